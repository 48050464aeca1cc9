package main

import (
	"context"
	"encoding/hex"
	"io"
	"mime"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/dmdl-network/dmdl/hospital/vault"
)

// vaultDocumentCmd keeps texts whose digests stand on the ledger.
func vaultDocumentCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "document",
		Short: "Keep texts whose digests stand on the ledger, for all participants to read",
		Long: `Keep texts whose SHA-256 digests stand on the ledger: descriptions of works and the
own terms of licences. "dmdld vault serve --release-listen" sends each to whoever holds a
role at an active institution and asks for its digest, by "dmdld requester document".

What is added is thereby public to the participants of all institutions, and it is not
encrypted: nothing that may not be read by them, nothing about a patient. Descriptions
that "dmdld vault work" was given are here too.`,
		RunE: client.ValidateCmd,
	}
	cmd.AddCommand(vaultDocumentAddCmd(), vaultDocumentListCmd(), vaultDocumentRemoveCmd())
	return cmd
}

// shownDocument is a document as commands print it.
type shownDocument struct {
	Digest    string    `json:"digest"`
	MediaType string    `json:"media_type"`
	Size      int64     `json:"size,string"`
	MadeAt    time.Time `json:"made_at"`
}

func showDocument(d vault.Document) shownDocument {
	return shownDocument{Digest: hex.EncodeToString(d.Digest[:]), MediaType: d.MediaType, Size: d.Size, MadeAt: d.MadeAt}
}

func vaultDocumentAddCmd() *cobra.Command {
	var mediaType string
	cmd := &cobra.Command{
		Use:   "add FILE",
		Short: "Make a file public to all participants, and print its digest",
		Long: `Keep a file of at most 1 MiB as a document, and print its SHA-256 digest. By this it
is public to the participants of all institutions.`,
		Example:     "dmdld vault document add terms.txt --type text/plain",
		Args:        cobra.ExactArgs(1),
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, args []string) error {
			content, err := readDocument(fileName(cmd, args[0]))
			if err != nil {
				return err
			}
			if mediaType == "" {
				mediaType = mime.TypeByExtension(filepath.Ext(args[0]))
			}
			if mediaType == "" {
				mediaType = "application/octet-stream"
			}
			return withVault(cmd, false, func(ctx context.Context, _ string, v *vault.Vault) error {
				d, err := v.AddDocument(ctx, mediaType, content)
				if err != nil {
					return err
				}
				shown := showDocument(d)
				return printResult(cmd, shown, func() { cmd.Println(shown.Digest) })
			})
		},
	}
	cmd.Flags().StringVar(&mediaType, "type", "", "media type, such as text/plain (default: by the name of the file)")
	return cmd
}

// readDocument reads a file, and of one that is too large no more than shows it.
func readDocument(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, vault.MaxDocument+1))
}

func vaultDocumentListCmd() *cobra.Command {
	return &cobra.Command{
		Use:         "list",
		Short:       "List what all participants may read",
		Args:        cobra.NoArgs,
		Annotations: itself,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withVault(cmd, true, func(ctx context.Context, _ string, v *vault.Vault) error {
				documents, err := v.Documents(ctx)
				if err != nil {
					return err
				}
				all := make([]shownDocument, len(documents))
				for i, d := range documents {
					all[i] = showDocument(d)
				}
				return printResult(cmd, all, func() {
					for _, d := range all {
						cmd.Printf("%s  %10s  %s  %s\n", d.Digest, size(d.Size), d.MadeAt.Format("2006-01-02 15:04"), d.MediaType)
					}
				})
			})
		},
	}
}

func vaultDocumentRemoveCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "remove DIGEST",
		Short: "Serve a document no longer",
		Long: `Remove a document, which is then served no longer; who has it keeps it. The description
of a work of this vault stays as long as the work has it.`,
		Args:        cobra.ExactArgs(1),
		Annotations: handedOver,
		RunE: func(cmd *cobra.Command, args []string) error {
			digest, err := parseDigest("digest", args[0])
			if err != nil {
				return err
			}
			return withVault(cmd, false, func(ctx context.Context, _ string, v *vault.Vault) error {
				return v.RemoveDocument(ctx, digest)
			})
		},
	}
}
