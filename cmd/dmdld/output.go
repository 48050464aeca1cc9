package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/dmdl-network/dmdl/hospital/control"
)

// printResult prints a result: as JSON if --output asks for it, else as text.
func printResult(cmd *cobra.Command, result any, text func()) error {
	if output, _ := cmd.Flags().GetString(flags.FlagOutput); output == flags.OutputFormatJSON {
		return printJSON(cmd, result)
	}
	text()
	return nil
}

// printJSON prints a value on standard output, indented, with a line end.
func printJSON(cmd *cobra.Command, v any) error {
	encoder := json.NewEncoder(cmd.OutOrStdout())
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// meter shows on a terminal how far long work has come. In a pipe it is quiet.
type meter struct {
	out      io.Writer
	what     string
	begun    time.Time
	last     time.Time
	terminal bool
}

func newMeter(cmd *cobra.Command, what string) *meter {
	m := &meter{out: cmd.ErrOrStderr(), what: what, begun: time.Now()}
	switch out := m.out.(type) {
	case *os.File:
		m.terminal = term.IsTerminal(int(out.Fd()))
	case *control.Stream:
		m.terminal = out.Terminal()
	}
	return m
}

// show is called as often as one likes with how much of how much is done.
func (m *meter) show(done, total float64) {
	now := time.Now()
	if !m.terminal || now.Sub(m.last) < 200*time.Millisecond || total <= 0 {
		return
	}
	m.last = now
	left := "?"
	if done > 0 {
		left = (time.Duration(float64(now.Sub(m.begun)) * (total - done) / done)).Round(time.Second).String()
	}
	fmt.Fprintf(m.out, "\r%s: %3.0f %%, %s left \x1b[K", m.what, 100*done/total, left)
}

// count is show for things that are counted.
func (m *meter) count(done, total int) { m.show(float64(done), float64(total)) }

// end takes the line away.
func (m *meter) end() {
	if m.terminal {
		fmt.Fprint(m.out, "\r\x1b[K")
	}
}

// size writes a number of bytes for people.
func size(bytes int64) string {
	const unit = 1024
	if bytes < unit {
		return fmt.Sprintf("%d B", bytes)
	}
	value, prefix := float64(bytes)/unit, 0
	for value >= unit && prefix < 4 {
		value, prefix = value/unit, prefix+1
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGTP"[prefix])
}
