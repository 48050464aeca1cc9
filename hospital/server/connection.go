package server

import (
	"context"
	"crypto/tls"
	"net"
)

type connectionKey struct{}

// KeepConnection lets a transfer reset its connection: set it as the ConnContext of
// the http.Server that serves releases.
func KeepConnection(ctx context.Context, c net.Conn) context.Context {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	return context.WithValue(ctx, connectionKey{}, c)
}

// connectionOf returns the connection of a request, or nil.
func connectionOf(ctx context.Context) *net.TCPConn {
	connection, _ := ctx.Value(connectionKey{}).(*net.TCPConn)
	return connection
}
