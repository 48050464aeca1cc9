package localnet

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// ServeMetrics lets the node serve its metrics from its next start on, and
// returns the address.
func (n *Node) ServeMetrics() (address string, err error) {
	free, err := freePorts(1)
	if err != nil {
		return "", err
	}
	address = fmt.Sprintf("127.0.0.1:%d", free[0])
	path := filepath.Join(n.Home, "config", "config.toml")
	config, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	const off, listen = "prometheus = false", "prometheus_listen_addr = "
	at := bytes.Index(config, []byte("\n"+listen))
	if at < 0 || !bytes.Contains(config, []byte(off)) {
		return "", fmt.Errorf("%s: no settings of metrics as dmdld init writes them", path)
	}
	end := at + 1 + bytes.IndexByte(config[at+1:], '\n')
	config = append(append(config[:at+1:at+1], listen+`"`+address+`"`...), config[end:]...)
	return address, os.WriteFile(path, bytes.Replace(config, []byte(off), []byte("prometheus = true"), 1), 0o600)
}
