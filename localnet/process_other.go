//go:build !linux

package localnet

import "os/exec"

// startBound starts a command. Only Linux can bind its process to this one.
func startBound(cmd *exec.Cmd) error { return cmd.Start() }
