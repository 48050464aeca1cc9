package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// rights are what the chapter about copyright is about.
type rights struct {
	// officers sign for the hospitals, by their place.
	officers map[int]ledger.Key
	// list are the records of the dataset, root and size their tree.
	list []string
	root []byte
	size uint64
	// dataset and model are the works.
	dataset, model copyright.WorkId
	licence        access.LicenceId
	// researcher asks under the licence.
	researcher *requester
}

// challenge is how long claims may be contested in the story.
const challenge = 2 * time.Second

// claim has the custodian make a dataset of its records but one, claim it, attest it
// with its vault, and waits until the window has passed.
func (s *story) claim(ctx context.Context) (string, error) {
	r := &rights{officers: make(map[int]ledger.Key)}
	s.rights = r
	for _, hospital := range []int{treating, researching, custodian} {
		var err error
		if r.officers[hospital], err = s.person(ctx, hospital, consortium.ROLE_RIGHTS_OFFICER); err != nil {
			return "", err
		}
	}
	if err := s.decide(ctx, &copyright.MsgUpdateParams{Authority: app.Authority(), Params: copyright.Params{ChallengePeriod: challenge}}); err != nil {
		return "", err
	}
	if err := s.listDataset(ctx); err != nil {
		return "", err
	}
	description, err := s.addWork(ctx, r.list, &r.root, &r.size)
	if err != nil {
		return "", err
	}
	if r.dataset, err = s.register(ctx, custodian, &copyright.MsgRegisterWork{
		Kind: copyright.WORK_KIND_DATASET, Right: copyright.RIGHT_DATABASE, Description: description,
		Root: r.root, Size_: r.size, Custodians: []uint64{custodian + 1},
	}); err != nil {
		return "", err
	}
	var answer struct{ Compared int }
	if err := s.archive.dmdld(ctx, s.Binary, &answer, "vault", "work", "attest", workName(r.dataset)); err != nil {
		return "", err
	}
	if err := s.awaitWork(ctx, r.dataset, copyright.WORK_STATUS_UPHELD); err != nil {
		return "", err
	}
	return fmt.Sprintf("work %s of %d records, %d of them compared with what was committed to; upheld", workName(r.dataset), r.size, answer.Compared), nil
}

// listDataset lists the records of the vault but the one that research may not see.
func (s *story) listDataset(ctx context.Context) error {
	var all struct{ Root string }
	if err := s.archive.dmdld(ctx, s.Binary, &all, "vault", "work", "make"); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, s.Binary, "vault", "work", "show", all.Root, "--vault", s.archive.home).Output()
	if err != nil {
		return err
	}
	withheld := server.RecordName(s.cast.withheld)
	s.rights.list = slices.DeleteFunc(strings.Fields(string(out)), func(name string) bool { return name == withheld })
	return nil
}

// addWork puts a list into the vault, with a description, and returns the digest of that.
func (s *story) addWork(ctx context.Context, list []string, root *[]byte, size *uint64) (description []byte, err error) {
	publisher := s.net.Nodes[custodian].Name
	text, err := json.Marshal(map[string]any{
		"identifiers": []map[string]string{}, "creators": []map[string]string{{"name": publisher}},
		"titles": []map[string]string{{"title": "Records for the story"}}, "publisher": map[string]string{"name": publisher},
		"publicationYear": strconv.Itoa(time.Now().Year()), "types": map[string]string{"resourceTypeGeneral": "Dataset"}, "sizes": []string{fmt.Sprintf("%d records", len(list))},
	})
	if err != nil {
		return nil, err
	}
	names, document := filepath.Join(s.home, "list.txt"), filepath.Join(s.home, "datacite.json")
	if err := errors.Join(os.WriteFile(names, []byte(strings.Join(list, "\n")), 0o600), os.WriteFile(document, text, 0o600)); err != nil {
		return nil, err
	}
	var answer struct {
		Root, Description string
		Size              uint64 `json:"size,string"`
	}
	if err := s.archive.dmdld(ctx, s.Binary, &answer, "vault", "work", "add", names, "--description", document); err != nil {
		return nil, err
	}
	if *root, err = hex.DecodeString(answer.Root); err != nil {
		return nil, err
	}
	*size = answer.Size
	return hex.DecodeString(answer.Description)
}

// register claims a work for a hospital, by one contributor.
func (s *story) register(ctx context.Context, hospital int, claim *copyright.MsgRegisterWork) (copyright.WorkId, error) {
	officer := s.rights.officers[hospital]
	claim.Officer, claim.Jurisdiction = officer.Address(), "EU"
	claim.Contributors = []copyright.Contributor{{Account: officer.Address(), Credits: []copyright.Credit{copyright.CREDIT_DATA_CURATION}, Share: copyright.WholeShare}}
	var answer copyright.MsgRegisterWorkResponse
	result, err := s.client.Submit(ctx, officer, claim)
	if err != nil {
		return answer.Work, err
	}
	err = result.Answer(&answer)
	return answer.Work, err
}

func workName(id copyright.WorkId) string { return fmt.Sprintf("%d/%d", id.Institution, id.Number) }

// awaitWork waits until a work has a status.
func (s *story) awaitWork(ctx context.Context, id copyright.WorkId, want copyright.WorkStatus) error {
	query := copyright.NewQueryClient(s.client)
	for {
		answer, err := query.Work(ctx, &copyright.QueryWorkRequest{Institution: id.Institution, Number: id.Number})
		if err != nil || answer.Work.Status == want {
			return err
		}
		height, err := s.client.Height(ctx)
		if err == nil {
			err = s.archive.node.WaitHeight(ctx, height+1)
		}
		if err != nil {
			return fmt.Errorf("work %s is %s: %w", workName(id), answer.Work.Status, err)
		}
	}
}

// squat has another hospital claim the same records, and then all of them but one.
func (s *story) squat(ctx context.Context) (string, error) {
	r := s.rights
	words := sha256.Sum256([]byte("the squatter's description"))
	claim := &copyright.MsgRegisterWork{
		Kind: copyright.WORK_KIND_DATASET, Right: copyright.RIGHT_DATABASE, Description: words[:],
		Root: r.root, Size_: r.size, Custodians: []uint64{custodian + 1},
	}
	_, err := s.register(ctx, researching, claim)
	if err := refused(err, copyright.ErrClaimed.Error()); err != nil {
		return "", fmt.Errorf("a claim on the same records: %w", err)
	}
	// The custodian gets the list to attest, and sees what it is.
	if _, err := s.addWork(ctx, r.list[1:], &claim.Root, &claim.Size_); err != nil {
		return "", err
	}
	subset, err := s.register(ctx, researching, claim)
	if err != nil {
		return "", err
	}
	overlap, err := s.overlap(ctx, claim.Root, r.list[1])
	if err != nil {
		return "", err
	}
	evidence := sha256.Sum256([]byte("both lists, salted"))
	officer := r.officers[custodian]
	if _, err := s.client.Submit(ctx, officer, &copyright.MsgContestWork{
		Officer: officer.Address(), Work: subset, Ground: copyright.GROUND_OVERLAP, Other: &r.dataset, Evidence: evidence[:], Overlap: overlap,
	}); err != nil {
		return "", err
	}
	if err := s.decide(ctx, &copyright.MsgDecideWork{Authority: app.Authority(), Work: subset}); err != nil {
		return "", err
	}
	if err := s.awaitWork(ctx, subset, copyright.WORK_STATUS_REJECTED); err != nil {
		return "", err
	}
	strikes, err := copyright.NewQueryClient(s.client).Strikes(ctx, &copyright.QueryStrikesRequest{Institution: researching + 1})
	if err != nil {
		return "", err
	}
	if strikes.Strikes.Rejected != 1 {
		return "", fmt.Errorf("%d strikes, want one", strikes.Strikes.Rejected)
	}
	return fmt.Sprintf("%d of %d records: one is proven in both works, the members vote, and the strike stays", claim.Size_, r.size), nil
}

// overlap proves a record in the dataset and in another list of the vault.
func (s *story) overlap(ctx context.Context, other []byte, name string) (*copyright.Overlap, error) {
	id, err := server.ParseRecord(name)
	if err != nil {
		return nil, err
	}
	type proof struct {
		Place uint64 `json:"place,string"`
		Path  [][]byte
	}
	var proofs [2]proof
	for i, root := range [][]byte{other, s.rights.root} {
		if err := s.archive.dmdld(ctx, s.Binary, &proofs[i], "vault", "work", "prove", hex.EncodeToString(root), name); err != nil {
			return nil, err
		}
	}
	return &copyright.Overlap{
		Record: id, Place: proofs[0].Place, Path: proofs[0].Path, OtherPlace: proofs[1].Place, OtherPath: proofs[1].Path,
	}, nil
}
