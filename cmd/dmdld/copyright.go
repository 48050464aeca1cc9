package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/rights"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// addCopyrightCommands adds to the generated queries what draws and exports works.
func addCopyrightCommands(root *cobra.Command) error {
	parent, _, err := root.Find([]string{"query", copyright.ModuleName})
	if err != nil {
		return err
	}
	for _, cmd := range []*cobra.Command{lineageCmd(), offerODRLCmd(), agreementODRLCmd(), licenceAllowsCmd()} {
		flags.AddQueryFlagsToCmd(cmd)
		cmd.Flags().String(flags.FlagChainID, "", "id of the chain, if the folder's client.toml does not say")
		parent.AddCommand(cmd)
	}
	return nil
}

// works reads works from a node.
type works struct{ copyright.QueryClient }

// Work implements rights.Source.
func (w works) Work(ctx context.Context, id copyright.WorkId) (copyright.Work, error) {
	answer, err := w.QueryClient.Work(ctx, &copyright.QueryWorkRequest{Institution: id.Institution, Number: id.Number})
	if err != nil {
		return copyright.Work{}, err
	}
	return answer.Work, nil
}

// Children implements rights.Source.
func (w works) Children(ctx context.Context, id copyright.WorkId) ([]copyright.WorkId, error) {
	var all []copyright.WorkId
	page := &query.PageRequest{Limit: 200}
	for {
		answer, err := w.QueryClient.Children(ctx, &copyright.QueryChildrenRequest{Institution: id.Institution, Number: id.Number, Pagination: page})
		if err != nil {
			return nil, err
		}
		for _, child := range answer.Works {
			all = append(all, child.Id)
		}
		if answer.Pagination == nil || len(answer.Pagination.NextKey) == 0 {
			return all, nil
		}
		page = &query.PageRequest{Key: answer.Pagination.NextKey, Limit: 200}
	}
}

func lineageCmd() *cobra.Command {
	var bounds rights.Bounds
	var format string
	cmd := &cobra.Command{
		Use:   "lineage INSTITUTION/NUMBER",
		Short: "Draw what a work was made from and what was made from it",
		Long: `Draw what a work was made from and what was made from it: as a tree, as dot for
Graphviz, as W3C PROV-JSON, or as a FHIR R4 Bundle of Provenance.`,
		Example: "dmdld query copyright lineage 4/1 --format dot | dot -Tsvg > lineage.svg",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseWork(args[0])
			if err != nil {
				return err
			}
			ctx, err := client.GetClientQueryContext(cmd)
			if err != nil {
				return err
			}
			l, err := rights.Trace(cmd.Context(), works{copyright.NewQueryClient(ctx)}, id, bounds)
			if err != nil {
				return err
			}
			return printLineage(cmd.OutOrStdout(), l, rights.Ledger(ctx.ChainID), format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "tree", "tree, dot, prov or fhir")
	cmd.Flags().IntVar(&bounds.Up, "up", copyright.MaxDepth, "generations of what it was made from")
	cmd.Flags().IntVar(&bounds.Down, "down", copyright.MaxDepth, "generations of what was made from it")
	cmd.Flags().IntVar(&bounds.Works, "works", 1000, "works at most")
	return cmd
}

func printLineage(out io.Writer, l rights.Lineage, chain rights.Ledger, format string) error {
	switch format {
	case "tree":
		return l.Tree(out)
	case "dot":
		return l.Dot(out)
	}
	if chain == "" {
		return errNoChain
	}
	var document []byte
	var err error
	switch format {
	case "prov":
		document, err = chain.PROV(l)
	case "fhir":
		document, err = chain.FHIR(l)
	default:
		return fmt.Errorf("format %q: give tree, dot, prov or fhir", format)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, string(document))
	return err
}

// errNoChain says that exports need the chain's name.
var errNoChain = errors.New("name the chain with --chain-id: numbers of works count anew on each")

func offerODRLCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "odrl-offer INSTITUTION/NUMBER OFFER",
		Short:   "Print an offer of licences for a work as ODRL 2.2 (JSON-LD)",
		Example: "dmdld query copyright odrl-offer 4/1 2",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseWork(args[0])
			if err != nil {
				return err
			}
			index, err := strconv.ParseUint(args[1], 10, 32)
			if err != nil {
				return fmt.Errorf("offer %q: give its index, from 1", args[1])
			}
			return printPolicy(cmd, func(ctx client.Context, q copyright.QueryClient, p access.Params) ([]byte, error) {
				work, err := works{q}.Work(cmd.Context(), id)
				if err != nil {
					return nil, err
				}
				offer, err := findOffer(cmd.Context(), q, id, uint32(index))
				if err != nil {
					return nil, err
				}
				return rights.Ledger(ctx.ChainID).Offer(work, offer, p)
			})
		},
	}
}

// findOffer looks for an offer of a work.
func findOffer(ctx context.Context, q copyright.QueryClient, id copyright.WorkId, index uint32) (copyright.Offer, error) {
	page := &query.PageRequest{Limit: 200}
	for {
		answer, err := q.Offers(ctx, &copyright.QueryOffersRequest{Institution: id.Institution, Number: id.Number, Pagination: page})
		if err != nil {
			return copyright.Offer{}, err
		}
		for _, offer := range answer.Offers {
			if offer.Index == index {
				return offer, nil
			}
		}
		if answer.Pagination == nil || len(answer.Pagination.NextKey) == 0 {
			return copyright.Offer{}, fmt.Errorf("work %s has no offer %d", rights.Name(id), index)
		}
		page = &query.PageRequest{Key: answer.Pagination.NextKey, Limit: 200}
	}
}

func agreementODRLCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "odrl-agreement INSTITUTION/NUMBER",
		Short:   "Print a licence that is granted as ODRL 2.2 (JSON-LD)",
		Example: "dmdld query copyright odrl-agreement 4/1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			pair, err := parsePair("licence", args[0])
			if err != nil {
				return err
			}
			return printPolicy(cmd, func(ctx client.Context, q copyright.QueryClient, p access.Params) ([]byte, error) {
				answer, err := q.Licence(cmd.Context(), &copyright.QueryLicenceRequest{Institution: pair[0], Number: pair[1]})
				if err != nil {
					return nil, err
				}
				work, err := works{q}.Work(cmd.Context(), answer.Licence.Work)
				if err != nil {
					return nil, err
				}
				return rights.Ledger(ctx.ChainID).Agreement(work, answer.Licence, p)
			})
		},
	}
}

// printPolicy prints a policy, which names the chain and the parameters of purposes.
func printPolicy(cmd *cobra.Command, policy func(client.Context, copyright.QueryClient, access.Params) ([]byte, error)) error {
	ctx, err := client.GetClientQueryContext(cmd)
	if err != nil {
		return err
	}
	if ctx.ChainID == "" {
		return errNoChain
	}
	params, err := access.NewQueryClient(ctx).Params(cmd.Context(), &access.QueryParamsRequest{})
	if err != nil {
		return err
	}
	document, err := policy(ctx, copyright.NewQueryClient(ctx), params.Params)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), string(document))
	return err
}
