package vcf

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

var (
	lineFeed = []byte("\n")
	tab      = []byte("\t")
)

// fixed are the columns that every file has; format comes before samples.
var fixed = []string{"#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"}

// checker sees the text in parts of lines, so that no line of data, which may
// be megabytes long, is held in memory.
type checker struct {
	// headerOnly asks to stop after the line of column names.
	headerOnly bool
	done       bool

	version string
	samples []string

	lines int    // that have ended
	line  []byte // of the header, until the columns are known
	// columns is how many columns a line of data has; 0 until they are known.
	columns int
	tabs    int  // in the current line of data
	filled  bool // the current line of data is not empty
	blank   int  // the first empty line of data, or 0
}

// part takes more of the current line.
func (c *checker) part(p []byte) error {
	if c.columns > 0 {
		c.tabs += bytes.Count(p, tab)
		c.filled = c.filled || len(p) > 0
		return nil
	}
	if len(c.line)+len(p) > MaxHeader {
		return c.fault("a header line over %d bytes: split the file by samples", MaxHeader)
	}
	c.line = append(c.line, p...)
	return nil
}

func (c *checker) endLine() error {
	var err error
	if c.columns > 0 {
		err = c.endData()
	} else {
		err = c.endHeader(string(c.line))
	}
	c.line, c.tabs, c.filled = c.line[:0], 0, false
	c.lines++
	return err
}

func (c *checker) endHeader(line string) error {
	switch {
	case c.lines == 0:
		m := version.FindStringSubmatch(line)
		if m == nil {
			return c.fault("it does not declare ##fileformat=VCFv4 with a minor version: correct it")
		}
		c.version = m[1]
		return nil
	case strings.HasPrefix(line, "##"):
		return nil
	case strings.HasPrefix(line, "#CHROM"):
		return c.endColumns(strings.Split(line, "\t"))
	}
	return c.fault("neither a ## line nor the line of column names, #CHROM: correct the header")
}

func (c *checker) endColumns(names []string) error {
	if len(names) < len(fixed) || !slices.Equal(names[:len(fixed)], fixed) {
		return c.fault("the columns are not %s, separated by tabs: correct them", strings.Join(fixed, " "))
	}
	if len(names) > len(fixed) {
		if names[len(fixed)] != "FORMAT" {
			return c.fault("column 9 is not FORMAT: correct it")
		}
		c.samples = names[len(fixed)+1:]
	}
	seen := make(map[string]bool, len(c.samples))
	for i, name := range c.samples {
		if name == "" || seen[name] {
			return c.fault("column %d names no sample or one that was named before: correct it", len(fixed)+2+i)
		}
		seen[name] = true
	}
	c.columns, c.line, c.done = len(names), nil, c.headerOnly
	return nil
}

func (c *checker) endData() error {
	switch {
	case !c.filled && c.blank == 0:
		c.blank = c.lines + 1
		return nil
	case !c.filled:
		return nil
	case c.blank > 0:
		c.lines = c.blank - 1
		return c.fault("empty, with data after it: remove it")
	case c.tabs+1 != c.columns:
		return c.fault("%d columns where the header has %d: correct it", c.tabs+1, c.columns)
	}
	return nil
}

// end is called after the last line.
func (c *checker) end() error {
	if c.columns == 0 {
		return c.fault("the text ends before the line of column names, #CHROM: it is cut off")
	}
	return nil
}

// fault is an error about the current line.
func (c *checker) fault(reason string, args ...any) error {
	return format.Invalidf("line %d: %s", c.lines+1, fmt.Sprintf(reason, args...))
}
