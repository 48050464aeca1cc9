package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALicenceIsKnownByItsText(t *testing.T) {
	for text, want := range map[string]string{
		"Apache License\n  Version 2.0, January 2004\n":                                                                          "Apache-2.0",
		"Licensed under the Apache License, Version 2.0 (the \"License\")":                                                       "Apache-2.0",
		"Permission is hereby granted, free of charge, to any\nperson obtaining a copy of this":                                  "MIT",
		"Redistribution and use in source and binary forms, with or without modification,\nare permitted":                        "BSD",
		"Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted": "ISC",
		"Mozilla Public License Version 2.0 ... or the GNU General Public License, Version 2.0":                                  "MPL-2.0",
	} {
		name, err := classify(text)
		require.NoError(t, err, text)
		require.Equal(t, want, name)
	}
}

func TestAnyOtherLicenceIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "not one of",
		"Business Source License 1.1": "business source license",
		"GNU General Public License":  "not one of",
		"All rights reserved.":        "all rights reserved",
		"Source Available Evaluation License, non-commercial":                                                                    "not one of",
		"Permission is hereby granted, free of charge, to any person obtaining a copy, or the GNU Lesser General Public License": "General Public License",
	} {
		_, err := classify(text)
		require.ErrorContains(t, err, want, text)
	}
}

func TestEveryLicenceOfAModuleMustBeAccepted(t *testing.T) {
	const mit = "Permission is hereby granted, free of charge, to any person obtaining a copy"
	folder := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	write("README.md", mit)
	_, err := licencesOf(folder)
	require.ErrorContains(t, err, "no licence")

	write("LICENSE.md", mit)
	write("Licence-apache", "Apache License, Version 2.0")
	write("license.go", "package p")
	write("LICENSE-LOGO", "https://pictures.example/logo.png")
	names, err := licencesOf(folder)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"MIT", "Apache-2.0"}, names)

	write("COPYING", "GNU Affero General Public License")
	_, err = licencesOf(folder)
	require.ErrorContains(t, err, "COPYING")
}

func TestPartsOfTheSDKThatAreNotFreeAreRefused(t *testing.T) {
	require.True(t, refused("github.com/cosmos/cosmos-sdk/enterprise/poa/x/poa"))
	require.True(t, refused("github.com/cosmos/cosmos-sdk/contrib/x/nft"))
	require.False(t, refused("github.com/cosmos/cosmos-sdk/x/auth"))
}
