package main

import (
	"bytes"

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
			digest, err := parseDigest("digest", args[0])
			if err != nil {
				return err
			}
			identity, err := fetch.OpenIdentity(folder)
			if err != nil {
				return err
			}
			v, err := vaultAt(vault, authority, identity)
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
