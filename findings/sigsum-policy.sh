#!/bin/sh
# Sigsum's policies and C2SP's tlog-policy have the same words and are no one format. sigsum-go takes bare Ed25519 keys
# in hexadecimal and refuses a C2SP vkey, in `witness` and in `log`; several `log` lines are alternatives, so that a tree
# head which one of two logs has signed is taken (a reader that wants both keys of one log must not use it).
# sigsum-go v0.14.1, seen on 2026-11-30 with Go 1.26.
set -eu
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
cat > main.go <<'PROGRAM'
package main

import (
	"encoding/base64"
	"fmt"
	"log"
	"strings"

	"sigsum.org/sigsum-go/pkg/crypto"
	"sigsum.org/sigsum-go/pkg/policy"
	"sigsum.org/sigsum-go/pkg/types"
)

func parse(text string) (*policy.Policy, error) { return policy.ParseConfig(strings.NewReader(text)) }

func main() {
	first, _, err := crypto.NewKeyPair()
	must(err)
	second, signer, err := crypto.NewKeyPair()
	must(err)
	vkey := "example.org/witness+01234567+" + base64.StdEncoding.EncodeToString(append([]byte{4}, first[:]...))
	for _, line := range []string{"witness w " + vkey, "log " + vkey} {
		_, err := parse(line + "\nquorum none\n")
		fmt.Printf("sigsum-go v0.14.1, %s <vkey>: %v\n", strings.Fields(line)[0], err)
		if err == nil {
			log.Fatal("a vkey is taken")
		}
	}
	both, err := parse(fmt.Sprintf("log %x\nlog %x\nquorum none\n", first, second))
	must(err)
	head := types.TreeHead{Size: 1}
	signed, err := head.Sign(signer)
	must(err)
	hash := crypto.HashBytes(second[:])
	err = both.VerifyCosignedTreeHead(&hash, &types.CosignedTreeHead{SignedTreeHead: signed})
	fmt.Println("sigsum-go v0.14.1, two logs, signed by the second one alone:", err)
	must(err)
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
PROGRAM
export GOTOOLCHAIN=local GOFLAGS=-mod=mod
go mod init example.org/finding 2>/dev/null
go get sigsum.org/sigsum-go@v0.14.1 2>/dev/null
go run .
