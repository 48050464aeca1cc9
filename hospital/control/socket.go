package control

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

const (
	// SocketName is the name of the socket in a vault's folder.
	SocketName = "control.sock"
	// roomName is a folder that nobody else may enter, in which the socket is made.
	roomName = ".control"
	// descriptors is where Linux has a process's open files by number.
	descriptors = "/proc/self/fd"
)

// ErrLong says that a vault's folder has a longer name than a socket may have.
var ErrLong = errors.New("the folder's name is too long for a socket")

// Listener waits for commands for one vault.
type Listener struct {
	socket *net.UnixListener
	path   string
}

// Listen makes the socket of a vault that this process alone writes to. One that a killed
// process left is replaced. It is made in a folder that nobody else may enter and then
// moved, so that at no moment another user can connect.
func Listen(home string) (*Listener, error) {
	room := filepath.Join(home, roomName)
	if err := os.RemoveAll(room); err != nil {
		return nil, err
	}
	if err := os.Mkdir(room, 0o700); err != nil {
		return nil, err
	}
	l := &Listener{path: filepath.Join(home, SocketName)}
	err := within(room, func(name string) (err error) {
		l.socket, err = net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
		return err
	})
	if err == nil {
		l.socket.SetUnlinkOnClose(false) // it has another name by then
		made := filepath.Join(room, SocketName)
		if err = os.Chmod(made, 0o600); err == nil {
			err = os.Rename(made, l.path)
		}
		if err != nil {
			err = errors.Join(err, l.socket.Close())
		}
	}
	if err = errors.Join(err, os.RemoveAll(room)); err != nil {
		return nil, err
	}
	return l, nil
}

// Close removes the socket. What was connected stays so.
func (l *Listener) Close() error {
	err := os.Remove(l.path)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, l.socket.Close())
}

// dial connects to the process that serves a vault.
func dial(home string) (conn *net.UnixConn, err error) {
	err = within(home, func(name string) error {
		conn, err = net.DialUnix("unix", nil, &net.UnixAddr{Name: name, Net: "unix"})
		return err
	})
	return conn, err
}

// within calls use with a name of the socket in a folder that is short enough for the
// system: one of some hundred bytes is not, but the open folder has a short one.
func within(dir string, use func(name string) error) error {
	name := filepath.Join(dir, SocketName)
	longest := len(syscall.RawSockaddrUnix{}.Path) - 1
	if len(name) <= longest {
		return use(name)
	}
	if _, err := os.Stat(descriptors); err != nil {
		return fmt.Errorf("%w: %s has %d bytes, at most %d go: move the vault, or name it by a shorter symbolic link", ErrLong, name, len(name), longest)
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return use(fmt.Sprintf("%s/%d/%s", descriptors, f.Fd(), SocketName))
}
