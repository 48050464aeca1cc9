package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dmdl-network/dmdl/hospital/fetch"
)

func requesterDocumentCmd() *cobra.Command {
	var folder, vault, authority, out string
	cmd := &cobra.Command{
		Use:   "document DIGEST",
		Short: "Get the description of a work or the terms of a licence from a vault",
		Long: `Get a document whose SHA-256 digest stands on the ledger, such as the description of a
work or the own terms of a licence, from a vault that serves it. The digest is given in
hex, or in base64 as "dmdld query copyright" prints it. The identity must be enrolled with
a role, whichever it is. What comes is compared with the digest before any of it is
written.`,
		Example: "dmdld requester document jrJZUMVEhLWTHyN5oiSfqd81T2QWZSs3DjbVKHd9Fkg= --identity ~/.dmdl-requester --from-vault https://vault.douglas.example:8471",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			digest, err := parseDigest(args[0])
			if err != nil {
				return err
			}
			identity, err := fetch.OpenIdentity(folder)
			if err != nil {
				return err
			}
			client, err := httpClient(authority)
			if err != nil {
				return err
			}
			v, err := fetch.NewVault(vault, client, identity.Account)
			if err != nil {
				return err
			}
			content, err := v.Document(cmd.Context(), digest)
			if err != nil {
				return err
			}
			if out != "" {
				return writeWhole(out, bytes.NewReader(content))
			}
			_, err = cmd.OutOrStdout().Write(content)
			return err
		},
	}
	cmd.Flags().StringVar(&folder, "identity", "", `folder that "dmdld requester init" made`)
	cmd.Flags().StringVar(&vault, "from-vault", "", "address of the vault")
	cmd.Flags().StringVar(&authority, "ca", "", "file of the certificate authority of the vault, if it is not one that this system trusts")
	cmd.Flags().StringVar(&out, "out", "", "new file that it goes into (default: standard output)")
	for _, name := range []string{"identity", "from-vault"} {
		_ = cmd.MarkFlagRequired(name) // the flag was added above
	}
	return cmd
}

// parseDigest reads a SHA-256 digest in hex, or in base64 as queries print it.
func parseDigest(text string) (digest [sha256.Size]byte, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		raw, err = base64.StdEncoding.DecodeString(text)
	}
	if err != nil || len(raw) != len(digest) {
		return digest, fmt.Errorf("digest %q: give a SHA-256 digest as 64 hex digits or in base64", text)
	}
	return [sha256.Size]byte(raw), nil
}
