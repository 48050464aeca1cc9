package control

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// checkPeer refuses whoever is neither the user of this process nor root.
func checkPeer(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var peer *unix.Ucred
	var asking error
	err = raw.Control(func(fd uintptr) { peer, asking = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err != nil {
		return err
	}
	if asking != nil {
		return asking
	}
	return checkUser(int(peer.Uid), os.Geteuid())
}

func checkUser(peer, own int) error {
	if peer != own && peer != 0 {
		return fmt.Errorf("user %d is neither the one of this process, %d, nor root", peer, own)
	}
	return nil
}
