package module_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/args/argstest"
	"github.com/dmdl-network/dmdl/x/records"
	"github.com/dmdl-network/dmdl/x/records/module"
)

var cli = argstest.Module{Name: records.ModuleName, Register: records.RegisterInterfaces, Options: module.AppModule{}.AutoCLIOptions()}

func TestEveryMethodHasACommandWithAnExample(t *testing.T) {
	cmd, _ := cli.Root(t)
	for path, methods := range map[string]int{
		"query": len(records.Query_serviceDesc.Methods),
		"tx":    len(records.Msg_serviceDesc.Methods),
	} {
		parent, _, err := cmd.Find([]string{path, records.ModuleName})
		require.NoError(t, err)
		require.Len(t, parent.Commands(), methods)
		for _, c := range parent.Commands() {
			require.NotContains(t, c.Short, "RPC method")
			require.True(t, strings.HasPrefix(c.Example, "dmdld "+path+" records "+c.Name()), c.Name())
		}
	}
}

func TestABatchIsAnchoredFromTheCommandLine(t *testing.T) {
	root := bytes.Repeat([]byte{0xAB}, records.CommitmentSize)
	require.Equal(t, &records.MsgAnchorBatch{
		Vault: sdk.AccAddress(bytes.Repeat([]byte{1}, 20)).String(), Number: 3, Root: root, Leaves: 1000,
	}, cli.Generate(t, "anchor-batch", "3", fmt.Sprintf("%x", root), "1000"))
}

func TestRecordsAreAnchoredFromTheCommandLine(t *testing.T) {
	commitment := bytes.Repeat([]byte{0xCD}, records.CommitmentSize)
	text := fmt.Sprintf(`{"descriptor": {"class": "RECORD_CLASS_DATASET", "size": "SIZE_CLASS_1_GIB"},
		"content": %[1]q, "sealed": %[1]q}`, base64.StdEncoding.EncodeToString(commitment))
	result := records.Leaf{
		Descriptor_: records.Descriptor{
			Subject: &records.SubjectId{Institution: 1, Number: 7},
			Class:   records.RECORD_CLASS_RESULT, Size_: records.SIZE_CLASS_16_KIB,
		},
		Content: commitment, Sealed: commitment,
	}
	dataset := records.Leaf{
		Descriptor_: records.Descriptor{Class: records.RECORD_CLASS_DATASET, Size_: records.SIZE_CLASS_1_GIB},
		Content:     commitment, Sealed: commitment,
	}
	require.Equal(t, &records.MsgAnchorRecords{
		Vault:   sdk.AccAddress(bytes.Repeat([]byte{1}, 20)).String(),
		Number:  42,
		Records: []records.Leaf{result, dataset},
	}, cli.Generate(t, "anchor-records", "42", "--records", "testdata/result.json", "--records", text))
}
