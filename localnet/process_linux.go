package localnet

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// spawner starts processes from one thread that never ends, because the kernel
// ends a child when the thread that made it ends, and Go ends threads at will.
var spawner = sync.OnceValue(func() chan func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for start := range work {
			start()
		}
	}()
	return work
})

// StartBound starts a command whose process ends with this one, even if this
// one is killed, and that interrupts from the terminal do not reach.
func StartBound(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	failed := make(chan error)
	spawner() <- func() { failed <- cmd.Start() }
	return <-failed
}
