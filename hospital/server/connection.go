package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
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

// Addressed serves only requests to a name that the vault's certificate has. What a
// requester signs for one vault names that vault in its authority alone: another vault
// could pass it on here with the name that it was signed for.
func Addressed(certificate *x509.Certificate, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if certificate.VerifyHostname(host) != nil {
			refuse(w, http.StatusMisdirectedRequest, "the certificate of this vault has not the name that the request is for")
			return
		}
		next.ServeHTTP(w, r)
	})
}
