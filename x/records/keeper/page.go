package keeper

import (
	"context"
	"encoding/binary"
	"math"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/x/records"
)

// bySubjectPage returns a page of a subject's explicit records in the order of
// their ids, or its reverse. An entry of the index holds several records, so a
// page may end within an entry: its key is the id of the next record.
func (k Keeper) bySubjectPage(ctx context.Context, subject records.SubjectId, page *query.PageRequest) ([]records.Record, *query.PageResponse, error) {
	from, err := parsePageKey(page.Key, page.Reverse)
	if err != nil {
		return nil, nil, err
	}
	it, err := k.bySubject.Iterate(ctx, subjectRange(subject, from, page.Reverse))
	if err != nil {
		return nil, nil, err
	}
	defer it.Close()

	skip := page.Offset
	var list []records.Record
	for ; it.Valid(); it.Next() {
		entry, err := it.KeyValue()
		if err != nil {
			return nil, nil, err
		}
		for _, id := range idsOf(entry, from, page.Reverse) {
			if skip > 0 {
				skip--
				continue
			}
			if uint64(len(list)) == page.Limit {
				return list, &query.PageResponse{NextKey: pageKey(id)}, nil
			}
			record, err := k.Record(ctx, id)
			if err != nil {
				return nil, nil, err
			}
			list = append(list, record)
		}
	}
	return list, &query.PageResponse{}, nil
}

// subjectRange holds a subject's entries from that of an id on.
func subjectRange(subject records.SubjectId, from records.RecordId, reverse bool) *collections.Range[subjectKey] {
	at := func(institution, number uint64) subjectKey {
		return collections.Join4(subject.Institution, subject.Number, institution, number)
	}
	r := new(collections.Range[subjectKey])
	if reverse {
		return r.StartInclusive(at(0, 0)).EndInclusive(at(from.Institution, from.Batch)).Descending()
	}
	return r.StartInclusive(at(from.Institution, from.Batch)).EndInclusive(at(math.MaxUint64, math.MaxUint64))
}

// idsOf returns the ids that an entry holds from an id on.
func idsOf(entry collections.KeyValue[subjectKey, []byte], from records.RecordId, reverse bool) []records.RecordId {
	first := entry.Key.K3() == from.Institution && entry.Key.K4() == from.Batch
	var ids []records.RecordId
	for _, place := range entry.Value {
		leaf := uint64(place)
		if first && (reverse && leaf > from.Leaf || !reverse && leaf < from.Leaf) {
			continue
		}
		ids = append(ids, records.RecordId{Institution: entry.Key.K3(), Batch: entry.Key.K4(), Leaf: leaf})
	}
	if reverse {
		slices.Reverse(ids)
	}
	return ids
}

// pageKeySize is the size of a page key in bytes: institution, batch and leaf.
const pageKeySize = 3 * 8

func pageKey(id records.RecordId) []byte {
	key := binary.BigEndian.AppendUint64(nil, id.Institution)
	key = binary.BigEndian.AppendUint64(key, id.Batch)
	return binary.BigEndian.AppendUint64(key, id.Leaf)
}

// parsePageKey returns the id of the first record of a page.
func parsePageKey(key []byte, reverse bool) (records.RecordId, error) {
	switch {
	case len(key) == pageKeySize:
		return records.RecordId{
			Institution: binary.BigEndian.Uint64(key),
			Batch:       binary.BigEndian.Uint64(key[8:]),
			Leaf:        binary.BigEndian.Uint64(key[16:]),
		}, nil
	case len(key) > 0:
		return records.RecordId{}, status.Errorf(codes.InvalidArgument,
			"pagination.key has %d bytes, want the next_key of the page before, %d bytes", len(key), pageKeySize)
	case reverse:
		return records.RecordId{Institution: math.MaxUint64, Batch: math.MaxUint64, Leaf: math.MaxUint64}, nil
	}
	return records.RecordId{}, nil
}
