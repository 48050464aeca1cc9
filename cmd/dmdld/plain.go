package main

import (
	"regexp"
	"strconv"
)

// noise is what the libraries wrap around the words of a refusal, with what stands for it.
var noise = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`rpc error: code = \w+ desc = `), ""},
	{regexp.MustCompile(`failed to execute message; message index: 0: `), ""},
	{regexp.MustCompile(` \[[^][\s]+\.go:\d+\]`), ""},
	{regexp.MustCompile(` with gas used: '\d+'(: unknown request)?`), ""},
	{regexp.MustCompile(`( not found): key not found$`), "$1"},
	{regexp.MustCompile(`strconv\.ParseU?[iI]nt: parsing "-\d+": invalid syntax`), "give a whole number that is not negative"},
	{regexp.MustCompile(`strconv\.ParseU?[iI]nt: parsing ("(?:[^"\\]|\\.)*"): invalid syntax`), "$1 is not a whole number"},
	{regexp.MustCompile(`strconv\.ParseU?[iI]nt: parsing ("\d+"): value out of range`), "$1 is too large"},
}

// positional is the flag by which the libraries name an argument without a name.
var positional = regexp.MustCompile(`for "--(\d+)" flag`)

// plainly says an error without what only the programmers of the libraries can read.
func plainly(text string) string {
	for _, n := range noise {
		text = n.pattern.ReplaceAllString(text, n.instead)
	}
	return positional.ReplaceAllStringFunc(text, func(flag string) string {
		place, err := strconv.Atoi(positional.FindStringSubmatch(flag)[1])
		if err != nil {
			return flag
		}
		return "for argument " + strconv.Itoa(place+1)
	})
}
