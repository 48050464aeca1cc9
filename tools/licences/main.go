// Command licences reads the licence of every module that a program is linked
// with and fails unless each is one that hospitals may use, change and pass on
// without asking anybody.
//
//	go run ./tools/licences ./cmd/dmdld
package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

func run(programs []string) error {
	if len(programs) == 0 {
		return errors.New("name the programs to check, such as ./cmd/dmdld")
	}
	folders, err := linked(programs)
	if err != nil {
		return err
	}
	var failed []error
	count := make(map[string]int)
	for _, module := range slices.Sorted(maps.Keys(folders)) {
		names, err := licencesOf(folders[module])
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", module, err))
			continue
		}
		count[strings.Join(names, " and ")]++
	}
	for _, names := range slices.Sorted(maps.Keys(count)) {
		fmt.Printf("%4d %s\n", count[names], names)
	}
	return errors.Join(failed...)
}

// linked returns the folders of the modules that the programs are linked with.
// It fails if a package among them is of the SDK's part that is not free.
func linked(programs []string) (map[string]string, error) {
	const format = "{{.ImportPath}}\t{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}"
	list := exec.Command("go", append([]string{"list", "-deps", "-f", format}, programs...)...)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	folders := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if refused(fields[0]) {
			return nil, fmt.Errorf("package %s is linked, directly or not: it is not free for production, or unmaintained", fields[0])
		}
		if len(fields) == 3 {
			folders[fields[1]] = fields[2]
		}
	}
	return folders, nil
}

// refused says whether a package is of a part of the SDK with other terms.
func refused(pkg string) bool {
	return strings.HasPrefix(pkg, "github.com/cosmos/cosmos-sdk/enterprise/") || strings.HasPrefix(pkg, "github.com/cosmos/cosmos-sdk/contrib/")
}

var fileName = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)[^/]*$`)

// logoLicence is where the modules of modernc.org say whence their logo is. No
// program links a picture.
const logoLicence = "LICENSE-LOGO"

// licencesOf returns the names of the licences in a module's folder. Every file
// that looks like a licence must be one that is accepted.
func licencesOf(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() || !fileName.MatchString(entry.Name()) || filepath.Ext(entry.Name()) == ".go" || entry.Name() == logoLicence {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		name, err := classify(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no licence in %s", folder)
	}
	return names, nil
}

// accepted are the licences by a sentence that is in each of them, in small
// letters and with single spaces. The first match names the file.
var accepted = []struct{ name, sentence string }{
	{"Apache-2.0 or MIT", "spdx-license-identifier: apache-2.0 or mit"},
	{"MPL-2.0", "mozilla public license version 2.0"},
	{"MPL-2.0", "mozilla public license, version 2.0"},
	{"Apache-2.0", "apache license version 2.0"},
	{"Apache-2.0", "apache license, version 2.0"},
	{"MIT", "permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"BSD", "redistribution and use in source and binary forms, with or without modification, are permitted"},
	{"ISC", "permission to use, copy, modify, and distribute this software for any purpose with or without fee is hereby granted"},
	{"ISC", "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted"},
}

// classify names the licence that a text is, or fails if it is not accepted.
func classify(text string) (string, error) {
	plain := strings.Join(strings.Fields(strings.ToLower(text)), " ")
	for _, licence := range accepted {
		if !strings.Contains(plain, licence.sentence) {
			continue
		}
		if licence.name != "MPL-2.0" && strings.Contains(plain, "general public license") { // MPL names it as a choice
			return "", errors.New("it mentions a General Public License")
		}
		return licence.name, nil
	}
	return "", fmt.Errorf("not one of Apache-2.0, MIT, BSD, ISC, MPL-2.0; it begins %q", plain[:min(len(plain), 60)])
}
