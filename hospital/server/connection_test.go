package server_test

import (
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/server"
)

func TestARequestThatWasSignedForAnotherVaultIsRefused(t *testing.T) {
	certificate := &x509.Certificate{DNSNames: []string{"vault.alder.example"}, IPAddresses: []net.IP{net.IPv6loopback}}
	handler := server.Addressed(certificate, http.NotFoundHandler())
	for host, status := range map[string]int{
		"vault.alder.example":           http.StatusNotFound,
		"Vault.Alder.example:8471":      http.StatusNotFound,
		"[::1]:8471":                    http.StatusNotFound,
		"[::1]":                         http.StatusNotFound,
		"vault.douglas.example":         http.StatusMisdirectedRequest,
		"vault.douglas.example:8471":    http.StatusMisdirectedRequest,
		"vault.alder.example.evil:8471": http.StatusMisdirectedRequest,
		"127.0.0.1:8471":                http.StatusMisdirectedRequest,
		"":                              http.StatusMisdirectedRequest,
	} {
		r := httptest.NewRequest(http.MethodPost, "/v1/emergencies", http.NoBody)
		r.Host = host
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		require.Equal(t, status, answer.Code, host)
	}
}
