// Checks what core/tests/interop.rs made, with the implementations that Go has of the same formats:
// x/mod/sumdb (notes, trees) and transparency-dev/formats (checkpoints, cosignatures, proofs, policies,
// with ML-DSA by filippo.io/mldsa). Then makes the same things for the library to check.
//
// It reads one JSON object from its standard input and writes one to its standard output. Whatever it
// disagrees with ends it with status 1.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/formats/witness"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type signerKey struct {
	Name   string
	Vkeys  [2]string // Ed25519, ML-DSA-44
	Seeds  [2][]byte
	Cosign bool
}

type inclusion struct {
	Index, Size int64
	Proof       [][]byte
}

type consistency struct {
	From, To int64
	Proof    [][]byte
}

type input struct {
	Leaves      [][]byte
	Roots       [][]byte // of every size, from 0
	Inclusion   []inclusion
	Consistency []consistency

	Origin     string
	Signers    []signerKey // the log first
	Checkpoint string
	Policy     string // with a URL in each witness line
	Proof      string
}

type output struct {
	Inclusion   []inclusion
	Consistency []consistency
	Checkpoint  string
	Proof       string
}

func main() {
	var in input
	check(json.NewDecoder(os.Stdin).Decode(&in))
	tree := newTree(in.Leaves)
	out := output{}
	in.trees(tree, &out)
	in.checkpoint(&out)
	in.proofText(&out)
	check(json.NewEncoder(os.Stdout).Encode(out))
}

// Every root and every proof of the library, as x/mod/sumdb/tlog has them.
func (in *input) trees(tree *tree, out *output) {
	for size, root := range in.Roots {
		same(fmt.Sprintf("root of %d", size), tree.root(int64(size)), hash(root))
	}
	for _, p := range in.Inclusion {
		what := fmt.Sprintf("leaf %d of %d", p.Index, p.Size)
		leaf := tlog.RecordHash(in.Leaves[p.Index])
		must(what, tlog.CheckRecord(hashes(p.Proof), p.Size, tree.root(p.Size), p.Index, leaf))
		own, err := tlog.ProveRecord(p.Size, p.Index, tree)
		must(what, err)
		out.Inclusion = append(out.Inclusion, inclusion{p.Index, p.Size, slices(own)})
	}
	for _, p := range in.Consistency {
		what := fmt.Sprintf("tree of %d from %d", p.To, p.From)
		must(what, tlog.CheckTree(hashes(p.Proof), p.To, tree.root(p.To), p.From, tree.root(p.From)))
		own, err := tlog.ProveTree(p.To, p.From, tree)
		must(what, err)
		out.Consistency = append(out.Consistency, consistency{p.From, p.To, slices(own)})
	}
}

// The library's checkpoint under everybody's keys; then one of Go's own, signed with the same keys.
func (in *input) checkpoint(out *output) {
	var verifiers []note.Verifier
	var signers []note.Signer
	for _, key := range in.Signers {
		for i, vkey := range key.Vkeys {
			verifier, signer := key.verifier(i, vkey), key.signer(i)
			if signer.Name() != verifier.Name() || signer.KeyHash() != verifier.KeyHash() {
				fail("the keys of " + key.Name + " have other ids")
			}
			verifiers = append(verifiers, verifier)
			signers = append(signers, signer)
		}
	}
	opened, err := note.Open([]byte(in.Checkpoint), note.VerifierList(verifiers...))
	must("checkpoint", err)
	if len(opened.Sigs) != len(verifiers) || len(opened.UnverifiedSigs) != 0 {
		fail(fmt.Sprintf("%d of %d signatures verify", len(opened.Sigs), len(verifiers)))
	}
	// The log's Ed25519 key alone, as any client of a log would.
	parsed, rest, _, err := log.ParseCheckpoint([]byte(in.Checkpoint), in.Origin, verifiers[0], verifiers[1:]...)
	must("checkpoint", err)
	if parsed.Origin != in.Origin || parsed.Size != uint64(len(in.Leaves)) || len(rest) != 0 ||
		!bytes.Equal(parsed.Hash, in.Roots[len(in.Roots)-1]) {
		fail("the checkpoint's text says something else")
	}
	// A note that was changed does not open.
	if _, err := note.Open([]byte(strings.Replace(in.Checkpoint, "\n", "\n1", 1)), note.VerifierList(verifiers...)); err == nil {
		fail("a changed checkpoint opens")
	}
	policy, err := witness.ParsePolicy([]byte(in.Policy))
	must("policy", err)
	if !policy.Satisfied([]byte(in.Checkpoint)) {
		fail("the policy is not satisfied")
	}

	signed, err := note.Sign(&note.Note{Text: string(parsed.Marshal())}, signers...)
	must("signing", err)
	if !policy.Satisfied(signed) {
		fail("the policy is not satisfied by Go's own checkpoint")
	}
	out.Checkpoint = string(signed)
}

// The library's proof as transparency-dev/formats reads and writes it, then around Go's own checkpoint.
func (in *input) proofText(out *output) {
	var text proof.TLogProof
	must("proof", text.Unmarshal([]byte(in.Proof)))
	if string(text.Marshal()) != in.Proof || string(text.Checkpoint) != in.Checkpoint {
		fail("the proof is written otherwise")
	}
	path := make(tlog.RecordProof, len(text.Hashes))
	for i, hash := range text.Hashes {
		path[i] = tlog.Hash(hash)
	}
	leaf, size := tlog.RecordHash(in.Leaves[text.Index]), int64(len(in.Leaves))
	must("proof", tlog.CheckRecord(path, size, hash(in.Roots[size]), int64(text.Index), leaf))
	text.Checkpoint = []byte(out.Checkpoint)
	text.ExtraData = []byte("made by Go")
	out.Proof = string(text.Marshal())
}

func (k *signerKey) verifier(i int, vkey string) note.Verifier {
	if i == 0 && !k.Cosign {
		verifier, err := note.NewVerifier(vkey)
		must("log's verifier", err)
		return verifier
	}
	verifier, err := fnote.NewVerifierForCosignatureV1(vkey)
	must("verifier", err)
	return verifier
}

// The time of cosignatures is the clock's, which the library asks nothing of.
func (k *signerKey) signer(i int) note.Signer {
	types := [2]byte{4, 6}
	if !k.Cosign {
		types[0] = 1
	}
	id := strings.Split(k.Vkeys[i], "+")[1]
	key := base64.StdEncoding.EncodeToString(append([]byte{types[i]}, k.Seeds[i]...))
	skey := fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", k.Name, id, key)
	if types[i] == 1 {
		signer, err := note.NewSigner(skey)
		must("log's signer", err)
		return signer
	}
	signer, err := fnote.NewSignerForCosignatureV1(skey)
	must("signer", err)
	return signer
}

// A tree as x/mod/sumdb/tlog stores it.
type tree struct{ stored []tlog.Hash }

func newTree(leaves [][]byte) *tree {
	t := &tree{}
	for i, leaf := range leaves {
		hashes, err := tlog.StoredHashes(int64(i), leaf, t)
		must("tree", err)
		t.stored = append(t.stored, hashes...)
	}
	return t
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = t.stored[index]
	}
	return out, nil
}

func (t *tree) root(size int64) tlog.Hash {
	root, err := tlog.TreeHash(size, t)
	must("root", err)
	return root
}

func hash(bytes []byte) tlog.Hash { return tlog.Hash(bytes) }

func hashes(list [][]byte) []tlog.Hash {
	out := make([]tlog.Hash, len(list))
	for i, bytes := range list {
		out[i] = hash(bytes)
	}
	return out
}

func slices(list []tlog.Hash) [][]byte {
	out := make([][]byte, len(list))
	for i, hash := range list {
		out[i] = hash[:]
	}
	return out
}

func same(what string, a, b tlog.Hash) {
	if a != b {
		fail(what + " differs")
	}
}

func must(what string, err error) {
	if err != nil {
		fail(what + ": " + err.Error())
	}
}

func check(err error) { must("input", err) }

func fail(reason string) {
	fmt.Fprintln(os.Stderr, reason)
	os.Exit(1)
}
