package copies

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/fingerprint"
)

// ErrStranger says that a certificate is not that of the institution it should be.
var ErrStranger = errors.New("this certificate is not trusted here")

// Peers is the folder of the institutions that are trusted: NUMBER.pem is the
// certificate of one, and NUMBER.key the key shared with it, 64 hex digits. It is read
// at every connection and question, so that what is removed is refused at once.
type Peers string

// PeersIn returns the folder in a vault's home.
func PeersIn(home string) Peers { return Peers(filepath.Join(home, "peers")) }

// Trust pins the certificate of an institution, in PEM, and the shared key. What was
// pinned for it before is replaced. One certificate stands for one institution.
func (p Peers) Trust(institution uint64, certificate, key []byte) error {
	if institution == 0 {
		return errors.New("institution 0: give its number on the ledger, from 1")
	}
	leaf, err := parseCertificate(certificate)
	if err != nil {
		return err
	}
	if known, err := p.of(leaf); err == nil && known != institution {
		return fmt.Errorf("this certificate is that of institution %d: get the one of institution %d", known, institution)
	}
	if _, err := parseKey(key); err != nil {
		return err
	}
	if err := os.MkdirAll(string(p), 0o700); err != nil {
		return err
	}
	// The certificate comes last: who has one is trusted.
	if err := replace(p.file(institution, ".key"), key); err != nil {
		return err
	}
	return replace(p.file(institution, ".pem"), certificate)
}

// replace writes a file for this user alone, whole or not at all.
func replace(path string, content []byte) error {
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func (p Peers) file(institution uint64, suffix string) string {
	return filepath.Join(string(p), strconv.FormatUint(institution, 10)+suffix)
}

// Key returns the key that is shared with an institution.
func (p Peers) Key(institution uint64) ([]byte, error) {
	text, err := os.ReadFile(p.file(institution, ".key"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf(`institution %d: %w: see "dmdld vault copies trust"`, institution, ErrStranger)
	}
	if err != nil {
		return nil, err
	}
	return parseKey(text)
}

// List returns the institutions that are trusted.
func (p Peers) List() ([]uint64, error) {
	entries, err := os.ReadDir(string(p))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all []uint64
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".pem")
		if n, err := strconv.ParseUint(name, 10, 64); ok && err == nil && n > 0 {
			all = append(all, n)
		}
	}
	return all, nil
}

// of returns the institution of a certificate.
func (p Peers) of(leaf *x509.Certificate) (uint64, error) {
	all, err := p.List()
	if err != nil {
		return 0, err
	}
	for _, n := range all {
		if err := p.is(leaf, n); err == nil {
			return n, nil
		}
	}
	return 0, ErrStranger
}

// is says whether a certificate has the public key that is pinned for an institution.
func (p Peers) is(leaf *x509.Certificate, institution uint64) error {
	text, err := os.ReadFile(p.file(institution, ".pem"))
	if err != nil {
		return fmt.Errorf("institution %d: %w: %w", institution, ErrStranger, err)
	}
	pinned, err := parseCertificate(text)
	if err != nil {
		return err
	}
	if !bytes.Equal(pinned.RawSubjectPublicKeyInfo, leaf.RawSubjectPublicKeyInfo) {
		return ErrStranger
	}
	return nil
}

// ServerTLS is the configuration of a vault that is asked. Who has no certificate that
// is pinned is refused at the handshake.
func (p Peers) ServerTLS(own tls.Certificate) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"},
		ClientAuth: tls.RequireAnyClientCert,
		VerifyConnection: func(s tls.ConnectionState) error {
			_, err := p.of(s.PeerCertificates[0])
			return err
		},
	}
}

// clientTLS is the configuration of a vault that asks one institution. The pinned key
// stands in the place of authorities and names.
func (p Peers) clientTLS(own tls.Certificate, institution uint64) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS13,
		InsecureSkipVerify: true, // VerifyConnection compares the key instead
		VerifyConnection: func(s tls.ConnectionState) error {
			return p.is(s.PeerCertificates[0], institution)
		},
	}
}

func parseCertificate(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("no certificate in PEM: it begins with -----BEGIN CERTIFICATE-----")
	}
	return x509.ParseCertificate(block.Bytes)
}

func parseKey(text []byte) ([]byte, error) {
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != fingerprint.KeySize {
		return nil, fmt.Errorf("the shared key is not %d bytes in hex: make one with \"openssl rand -hex %d\"", fingerprint.KeySize, fingerprint.KeySize)
	}
	return key, nil
}
