//go:build !linux

package localnet

import "os/exec"

// StartBound starts a command. Only Linux can bind its process to this one.
func StartBound(cmd *exec.Cmd) error { return cmd.Start() }
