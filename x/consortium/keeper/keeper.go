// Package keeper holds the state of the consortium module and its rules.
package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// Keeper is the only writer of the consortium store.
//
// Invariants: an account belongs to one institution for ever, and a consensus
// key for as long as evidence against it may arrive; a removed institution has
// no key; an institution's name is unique among those not removed; after
// EndBlock the validators are exactly consortium.Validating of the
// institutions, unless that set is empty or waits a block for a key type; while
// four or more validate no legal group holds a third of the power; a key that
// signed twice is never given to an institution; a closed proposal never
// changes.
type Keeper struct {
	cdc       codec.Codec
	addresses address.Codec
	accounts  consortium.Accounts
	limits    consortium.ConsensusParams
	executor  consortium.Executor

	params       collections.Item[consortium.Params]
	institutions collections.Map[uint64, consortium.Institution]
	// names maps the name of an institution that is not removed to its number.
	names collections.Map[string, uint64]
	// affiliations maps every account that ever acted for an institution to
	// the institution's number.
	affiliations collections.Map[[]byte, uint64]
	participants collections.Map[collections.Pair[uint64, []byte], consortium.Participant]
	// active is how many institutions are active.
	active collections.Item[uint64]
	// keyOwners maps the address of a consensus key to its owner.
	keyOwners collections.Map[[]byte, consortium.KeyOwner]
	// retiredKeys is the queue of keys to forget: (retired height, address).
	retiredKeys collections.Map[collections.Pair[uint64, []byte], uint64]
	// validators is what CometBFT was last told: key address to institution.
	validators collections.Map[[]byte, uint64]
	// absences counts blocks in a row without a signature, by institution.
	absences  collections.Map[uint64, uint64]
	proposals collections.Map[uint64, consortium.Proposal]
	// deadlines is the queue of open proposals: (deadline in seconds, id) to proposer.
	deadlines   collections.Map[collections.Pair[uint64, uint64], uint64]
	votes       collections.Map[collections.Pair[uint64, uint64], consortium.Vote]
	predecessor collections.Item[consortium.Predecessor]
}

// New returns a keeper over the given store.
func New(
	cdc codec.Codec, storeService store.KVStoreService, addresses address.Codec,
	accounts consortium.Accounts, limits consortium.ConsensusParams, executor consortium.Executor,
) Keeper {
	sb := collections.NewSchemaBuilder(storeService)
	pair := collections.PairKeyCodec(collections.Uint64Key, collections.BytesKey)
	numbers := collections.PairKeyCodec(collections.Uint64Key, collections.Uint64Key)
	k := Keeper{
		cdc: cdc, addresses: addresses, accounts: accounts, limits: limits, executor: executor,

		params:       collections.NewItem(sb, consortium.ParamsPrefix, "params", codec.CollValue[consortium.Params](cdc)),
		institutions: collections.NewMap(sb, consortium.InstitutionsPrefix, "institutions", collections.Uint64Key, codec.CollValue[consortium.Institution](cdc)),
		names:        collections.NewMap(sb, consortium.NamesPrefix, "names", collections.StringKey, collections.Uint64Value),
		affiliations: collections.NewMap(sb, consortium.AccountsPrefix, "affiliations", collections.BytesKey, collections.Uint64Value),
		participants: collections.NewMap(sb, consortium.ParticipantsPrefix, "participants", pair, codec.CollValue[consortium.Participant](cdc)),
		active:       collections.NewItem(sb, consortium.ActivePrefix, "active", collections.Uint64Value),
		keyOwners:    collections.NewMap(sb, consortium.KeyOwnersPrefix, "key_owners", collections.BytesKey, codec.CollValue[consortium.KeyOwner](cdc)),
		retiredKeys:  collections.NewMap(sb, consortium.RetiredKeysPrefix, "retired_keys", pair, collections.Uint64Value),
		validators:   collections.NewMap(sb, consortium.ValidatorsPrefix, "validators", collections.BytesKey, collections.Uint64Value),
		absences:     collections.NewMap(sb, consortium.AbsencesPrefix, "absences", collections.Uint64Key, collections.Uint64Value),
		proposals:    collections.NewMap(sb, consortium.ProposalsPrefix, "proposals", collections.Uint64Key, codec.CollValue[consortium.Proposal](cdc)),
		deadlines:    collections.NewMap(sb, consortium.DeadlinesPrefix, "deadlines", numbers, collections.Uint64Value),
		votes:        collections.NewMap(sb, consortium.VotesPrefix, "votes", numbers, codec.CollValue[consortium.Vote](cdc)),
		predecessor:  collections.NewItem(sb, consortium.PredecessorPrefix, "predecessor", codec.CollValue[consortium.Predecessor](cdc)),
	}
	if _, err := sb.Build(); err != nil {
		panic(err) // a schema that does not build is a programming error
	}
	return k
}

// institution returns one institution, or ErrInstitutionNotFound.
func (k Keeper) institution(ctx context.Context, number uint64) (consortium.Institution, error) {
	i, err := k.institutions.Get(ctx, number)
	if errors.Is(err, collections.ErrNotFound) {
		return i, errorsmod.Wrapf(consortium.ErrInstitutionNotFound, "%d", number)
	}
	return i, err
}

// allInstitutions returns every institution by number. There are as many as
// votes admitted, so the list is short.
func (k Keeper) allInstitutions(ctx context.Context) ([]consortium.Institution, error) {
	var all []consortium.Institution
	err := k.institutions.Walk(ctx, nil, func(_ uint64, i consortium.Institution) (bool, error) {
		all = append(all, i)
		return false, nil
	})
	return all, err
}

// affiliation returns the number of the institution that an account belongs
// to, or 0.
func (k Keeper) affiliation(ctx context.Context, account []byte) (uint64, error) {
	number, err := k.affiliations.Get(ctx, account)
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return number, err
}

// participant returns one participant, or ErrParticipantNotFound.
func (k Keeper) participant(ctx context.Context, account []byte) (consortium.Participant, error) {
	number, err := k.affiliation(ctx, account)
	if err != nil {
		return consortium.Participant{}, err
	}
	p, err := k.participants.Get(ctx, collections.Join(number, account))
	if errors.Is(err, collections.ErrNotFound) {
		return p, errorsmod.Wrap(consortium.ErrParticipantNotFound, k.text(account))
	}
	return p, err
}

// proposal returns one proposal, or ErrProposalNotFound.
func (k Keeper) proposal(ctx context.Context, id uint64) (consortium.Proposal, error) {
	p, err := k.proposals.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return p, errorsmod.Wrapf(consortium.ErrProposalNotFound, "%d", id)
	}
	return p, err
}

// text writes an account for an error.
func (k Keeper) text(account []byte) string {
	s, err := k.addresses.BytesToString(account)
	if err != nil {
		return err.Error()
	}
	return s
}

// decode reads an account of a message.
func (k Keeper) decode(field, account string) ([]byte, error) {
	bz, err := k.addresses.StringToBytes(account)
	if err != nil {
		return nil, errorsmod.Wrapf(consortium.ErrInvalid, "%s %q: %s", field, account, err)
	}
	return bz, nil
}

func isNotFound(err error) bool { return errors.Is(err, collections.ErrNotFound) }
