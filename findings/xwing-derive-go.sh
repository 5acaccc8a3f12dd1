#!/bin/sh
# HPKE's DeriveKeyPair for X-Wing (KEM 0x647a) in Go: crypto/hpke of the standard library hashes the input with the
# labels of draft-ietf-hpke-pq; circl hashes it bare, SHAKE-256(ikm, 32), and so does @hpke/hybridkem-x-wing for
# JavaScript. One ikm thus gives two key pairs, under one KEM id and within one language. Carry the 32-byte private
# key, which crypto/hpke and circl read alike, and derive nothing.
# Go 1.26, circl v1.6.5, @hpke/hybridkem-x-wing 0.7.0 with Node 20, seen on 2026-12-01.
set -eu
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
cat > main.go <<'PROGRAM'
package main

import (
	"bytes"
	"crypto/hpke"
	"crypto/sha3"
	"fmt"
	"log"

	circl "github.com/cloudflare/circl/hpke"
)

func main() {
	ikm := bytes.Repeat([]byte{7}, 32)
	bare := sha3.SumSHAKE256(ikm, 32)
	key, err := hpke.MLKEM768X25519().DeriveKeyPair(ikm)
	must(err)
	own, err := key.Bytes()
	must(err)
	public, private := circl.KEM_XWING.Scheme().DeriveKeyPair(ikm)
	other, err := private.MarshalBinary()
	must(err)
	otherPublic, err := public.MarshalBinary()
	must(err)
	fmt.Printf("crypto/hpke:  %x, bare: %v\n", own, bytes.Equal(own, bare))
	fmt.Printf("circl v1.6.5: %x, bare: %v\n", other, bytes.Equal(other, bare))
	if bytes.Equal(own, bare) || !bytes.Equal(other, bare) {
		log.Fatal("they derive otherwise")
	}
	same, err := hpke.MLKEM768X25519().NewPrivateKey(other)
	must(err)
	one := bytes.Equal(same.PublicKey().Bytes(), otherPublic)
	fmt.Println("the 32-byte private key itself, in both: one public key:", one)
	if !one {
		log.Fatal("two public keys")
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
PROGRAM
export GOTOOLCHAIN=local GOFLAGS=-mod=mod
go mod init example.org/finding 2>/dev/null
go get github.com/cloudflare/circl@v1.6.5 2>/dev/null
go run .
npm install --silent --no-audit --no-fund --no-save @hpke/hybridkem-x-wing@0.7.0
cat > main.mjs <<'PROGRAM'
import assert from 'node:assert'
import { createHash } from 'node:crypto'
import { XWing } from '@hpke/hybridkem-x-wing'

const kem = new XWing()
const ikm = new Uint8Array(32).fill(7)
const { privateKey } = await kem.deriveKeyPair(ikm.buffer)
const seed = Buffer.from(await kem.serializePrivateKey(privateKey)).toString('hex')
const bare = createHash('shake256', { outputLength: 32 }).update(ikm).digest('hex')
console.log(`@hpke/hybridkem-x-wing 0.7.0: ${seed}, bare: ${seed === bare}`)
assert.equal(seed, bare)
PROGRAM
node main.mjs
