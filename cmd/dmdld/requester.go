package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/fetch"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// requesterCmd is the side of whoever asks for data.
func requesterCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "requester", Short: "Ask for data of other institutions", RunE: client.ValidateCmd}
	cmd.AddCommand(requesterInitCmd(), requesterRequestCmd(), requesterBreakGlassCmd(), requesterEmergencyCmd(), requesterDocumentCmd())
	return cmd
}

func requesterInitCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "init DIR",
		Short: "Make the keys of somebody who asks for data",
		Long: `Make an account key and an age identity in a folder. The institution's operator
enrols the address that is printed, with the role in which it is to ask.`,
		Example: "dmdld requester init ~/.dmdl-requester",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			identity, err := fetch.NewIdentity(args[0])
			if err != nil {
				return err
			}
			digest := identity.Digest()
			result := struct {
				Address   string `json:"address"`
				Recipient string `json:"recipient"`
				Digest    string `json:"digest"`
			}{identity.Account.Address(), identity.Recipient(), hex.EncodeToString(digest[:])}
			return printResult(cmd, result, func() {
				cmd.Printf("%s\nrecipient's digest %s\n", result.Address, result.Digest)
			})
		},
	}
}

// ledgerFlags say which chain and node, and who asks.
type ledgerFlags struct{ chainID, identity, rpc, grpc string }

func (l *ledgerFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&l.chainID, flags.FlagChainID, "", "id of the chain")
	cmd.Flags().StringVar(&l.identity, "identity", "", `folder that "dmdld requester init" made`)
	cmd.Flags().StringVar(&l.rpc, flags.FlagNode, "http://127.0.0.1:26657", "RPC address of the own node")
	cmd.Flags().StringVar(&l.grpc, "grpc", "127.0.0.1:9090", "gRPC address of the own node")
	for _, name := range []string{flags.FlagChainID, "identity"} {
		_ = cmd.MarkFlagRequired(name) // the flag was added above
	}
}

// with runs with the identity and the ledger.
func (l *ledgerFlags) with(ctx context.Context, run func(ctx context.Context, identity fetch.Identity, c *ledger.Client) error) error {
	identity, err := fetch.OpenIdentity(l.identity)
	if err != nil {
		return err
	}
	c, err := ledger.Open(ledger.Config{ChainID: l.chainID, Gas: ante.Schedule, Nodes: []ledger.Endpoint{{RPC: l.rpc, GRPC: l.grpc}}})
	if err != nil {
		return err
	}
	return errors.Join(run(ctx, identity, c), c.Close())
}

// asking is a request as flags say it.
type asking struct {
	ledgerFlags
	subject, study, licence, purpose, action, role string
	custodian                                      uint64
	classes, accepts                               []string
	commercial                                     bool
}

func requesterRequestCmd() *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "request",
		Short: "Ask for data of a subject, and get a ticket if that is permitted",
		Long: `Ask for data of a subject. The ledger decides by the subject's consents and the
custodian's policy, and makes a ticket for what is permitted; "dmdld fetch" uses it.
Where nothing is permitted the answer is the same, whatever the reason.`,
		Example: "dmdld requester request --identity ~/.dmdl-requester --chain-id dmdl-1 --subject 1/7 --custodian 1 --purpose treat --role clinician --classes result,imaging --accept noredisclose",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, accepts, err := a.request()
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, identity fetch.Identity, c *ledger.Client) error {
				digest := identity.Digest()
				result, err := c.Submit(ctx, identity.Account, &access.MsgRequestAccess{
					Requester: identity.Account.Address(), Request: r, Recipient: digest[:], Accepts: accepts,
				})
				if err != nil {
					return err
				}
				var answer access.MsgRequestAccessResponse
				if err := result.Answer(&answer); err != nil {
					return err
				}
				return printTicket(cmd, answer.Ticket)
			})
		},
	}
	a.add(cmd)
	cmd.Flags().StringVar(&a.subject, "subject", "", "whose data, institution/number")
	cmd.Flags().Uint64Var(&a.custodian, "custodian", 0, "number of the institution that keeps them")
	cmd.Flags().StringVar(&a.purpose, "purpose", "", "what for: a code of v3-ActReason, such as treat or hresch")
	cmd.Flags().StringVar(&a.action, "action", "access", "access, or disclose to pass it on")
	cmd.Flags().StringVar(&a.role, "role", "", "role in which to ask, such as clinician")
	cmd.Flags().StringSliceVar(&a.classes, "classes", nil, "classes of records, such as result,imaging")
	cmd.Flags().StringVar(&a.study, "study", "", "the study it is for, institution/number")
	cmd.Flags().StringVar(&a.licence, "licence", "", "the licence for a work that it is asked under, institution/number")
	cmd.Flags().BoolVar(&a.commercial, "commercial", false, "the use is commercial")
	cmd.Flags().StringSliceVar(&a.accepts, "accept", nil, "obligations that are accepted: norelink,noredisclose,delau")
	return cmd
}

func printTicket(cmd *cobra.Command, id access.TicketId) error {
	name := fmt.Sprintf("%d/%d", id.Institution, id.Number)
	return printResult(cmd, struct {
		Ticket string `json:"ticket"`
	}{name}, func() { cmd.Println(name) })
}

// request makes the message's parts out of the flags.
func (a *asking) request() (access.Request, []access.Obligation, error) {
	r := access.Request{Custodian: a.custodian, Commercial: a.commercial}
	var err error
	if r.Subject, r.Classes, err = a.whose(); err != nil {
		return r, nil, err
	}
	if a.study != "" {
		study, err := parsePair("study", a.study)
		if err != nil {
			return r, nil, err
		}
		r.Study = &access.StudyId{Institution: study[0], Number: study[1]}
	}
	if a.licence != "" {
		licence, err := parsePair("licence", a.licence)
		if err != nil {
			return r, nil, err
		}
		r.Licence = &access.LicenceId{Institution: licence[0], Number: licence[1]}
	}
	var accepts []access.Obligation
	for _, err := range []error{
		parseCode(&r.Purpose, "purpose", "PURPOSE_", a.purpose, access.Purpose_value),
		parseCode(&r.Action, "action", "ACTION_", a.action, access.Action_value),
		parseCode(&r.Role, "role", "ROLE_", a.role, consortium.Role_value),
		parseCodes(&accepts, "obligation", "OBLIGATION_", a.accepts, access.Obligation_value),
	} {
		if err != nil {
			return r, nil, err
		}
	}
	return r, accepts, nil
}

// whose says whose data of which classes.
func (a *asking) whose() (subject records.SubjectId, classes []records.RecordClass, err error) {
	pair, err := parsePair("subject", a.subject)
	if err != nil {
		return subject, nil, err
	}
	if a.custodian == 0 {
		return subject, nil, errors.New("custodian 0: give the number of the institution that keeps the data, from 1, with --custodian")
	}
	if len(a.classes) == 0 {
		return subject, nil, errors.New("no class is named: give --classes, such as --classes result,imaging")
	}
	err = parseCodes(&classes, "class", "RECORD_CLASS_", a.classes, records.RecordClass_value)
	return records.SubjectId{Institution: pair[0], Number: pair[1]}, classes, err
}

// parseCode reads a code in its short form, such as "emergency-clinician".
func parseCode[T ~int32](into *T, what, prefix, text string, values map[string]int32) error {
	value, known := values[prefix+strings.ToUpper(strings.ReplaceAll(text, "-", "_"))]
	if !known || value == 0 {
		var names []string
		for name, value := range values {
			if value != 0 {
				names = append(names, strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, prefix), "_", "-")))
			}
		}
		slices.Sort(names)
		return fmt.Errorf("%s %q is not listed: give one of %s", what, text, strings.Join(names, ", "))
	}
	*into = T(value)
	return nil
}

func parseCodes[T ~int32](into *[]T, what, prefix string, texts []string, values map[string]int32) error {
	for _, text := range texts {
		var one T
		if err := parseCode(&one, what, prefix, text, values); err != nil {
			return err
		}
		*into = append(*into, one)
	}
	slices.Sort(*into)
	return nil
}

// parsePair reads "1/7".
func parsePair(what, text string) ([2]uint64, error) {
	var pair [2]uint64
	parts := strings.Split(text, "/")
	if len(parts) != 2 {
		return pair, fmt.Errorf("%s %q: give institution/number, such as 1/7", what, text)
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 64)
		if err != nil || n == 0 {
			return pair, fmt.Errorf("%s %q: give institution/number, such as 1/7", what, text)
		}
		pair[i] = n
	}
	return pair, nil
}

func requesterBreakGlassCmd() *cobra.Command {
	var a asking
	var reason string
	cmd := &cobra.Command{
		Use:   "break-glass",
		Short: "Get a ticket in an emergency, whatever the subject consented to",
		Long: `Get a ticket at once, as an emergency clinician. It lasts a day at most, the subject's
account tells of it, and the custodian's privacy officer reviews it. The ledger shows a
commitment to the reason alone; the words and their opening are printed, for the officer.`,
		Example: `dmdld requester break-glass --identity ~/.dmdl-requester --chain-id dmdl-1 --subject 1/7 --custodian 1 --classes result --reason "unconscious after an accident"`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if reason == "" {
				return errors.New("--reason is empty: say in words why it cannot wait")
			}
			subject, classes, err := a.whose()
			if err != nil {
				return err
			}
			msg := &access.MsgBreakGlass{Subject: subject, Custodian: a.custodian, Classes: classes}
			return a.with(cmd.Context(), func(ctx context.Context, identity fetch.Identity, c *ledger.Client) error {
				return a.breakGlass(ctx, cmd, identity, c, msg, reason)
			})
		},
	}
	a.add(cmd)
	cmd.Flags().StringVar(&a.subject, "subject", "", "whose data, institution/number")
	cmd.Flags().Uint64Var(&a.custodian, "custodian", 0, "number of the institution that keeps them")
	cmd.Flags().StringSliceVar(&a.classes, "classes", nil, "classes of records, such as result,imaging")
	cmd.Flags().StringVar(&reason, "reason", "", "why, in words, for the privacy officer")
	return cmd
}

func (a *asking) breakGlass(ctx context.Context, cmd *cobra.Command, identity fetch.Identity, c *ledger.Client, msg *access.MsgBreakGlass, reason string) error {
	opening := commitment.NewOpening()
	shown := access.ReasonCommitment(a.chainID, reason, opening)
	digest := identity.Digest()
	msg.Clinician, msg.Recipient, msg.Reason = identity.Account.Address(), digest[:], shown[:]
	result, err := c.Submit(ctx, identity.Account, msg)
	if err != nil {
		return err
	}
	var answer access.MsgBreakGlassResponse
	if err := result.Answer(&answer); err != nil {
		return err
	}
	name := fmt.Sprintf("%d/%d", answer.Ticket.Institution, answer.Ticket.Number)
	told := struct {
		Ticket  string `json:"ticket"`
		Reason  string `json:"reason"`
		Opening string `json:"opening"`
	}{name, reason, base64.StdEncoding.EncodeToString(opening[:])}
	return printResult(cmd, told, func() {
		cmd.Printf("%s\nfor the privacy officer: %q, opening %s\n", told.Ticket, told.Reason, told.Opening)
	})
}
