package control

import (
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOtherUsersAreRefused(t *testing.T) {
	require.NoError(t, checkUser(1000, 1000))
	require.NoError(t, checkUser(0, 1000), "root may do everything anyway")
	require.ErrorContains(t, checkUser(1001, 1000), "user 1001")
	require.ErrorContains(t, checkUser(1000, 0), "user 1000")

	dir := home(t, 0)
	l, err := Listen(dir)
	require.NoError(t, err)
	defer l.Close()
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: filepath.Join(dir, SocketName), Net: "unix"})
	require.NoError(t, err)
	defer conn.Close()
	taken, err := l.socket.AcceptUnix()
	require.NoError(t, err)
	defer taken.Close()
	require.NoError(t, checkPeer(taken))
}
