#!/bin/sh
# cbor-x for JavaScript writes an integer of 2^32 and above as a float of 64 bits, a time in milliseconds among them,
# and every BigInt in nine bytes, 1n too: neither is what RFC 8949 §4.2.1 asks for, and the BigInt that keeps a time an
# integer spoils a small number. cborg and cbor2 (npm) write both in the shortest form. cbor2 in turn writes Node's
# Buffer, a Uint8Array to the other two, as a map of two texts, since a Buffer has a toJSON, with its options for
# deterministic encoding too. Hand over a plain Uint8Array, and compare the bytes with another library's.
# cbor-x 1.6.9, cbor2 2.3.0, cborg 6.1.5, seen on 2026-12-01 with Node 20.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save cbor-x@1.6.9 cbor2@2.3.0 cborg@6.1.5
cat > main.mjs <<'PROGRAM'
import assert from 'node:assert'
import * as cbor2 from 'cbor2'
import * as cborg from 'cborg'
import { Encoder } from 'cbor-x'

const first = new Encoder({ useRecords: false, mapsAsObjects: false, tagUint8Array: false })
const hex = (bytes) => Buffer.from(bytes).toString('hex')
const map = 'a2' + '6474797065' + '66427566666572' + '6464617461' + '8101'
const sorted = 'a2' + '6464617461' + '8101' + '6474797065' + '66427566666572'
for (const [name, value, x, two, g] of [
  ['4294967295', 4294967295, '1affffffff', '1affffffff', '1affffffff'],
  ['4294967296', 4294967296, 'fb41f0000000000000', '1b0000000100000000', '1b0000000100000000'],
  ['4294967296n', 4294967296n, '1b0000000100000000', '1b0000000100000000', '1b0000000100000000'],
  ['1n', 1n, '1b0000000000000001', '01', '01'],
  ['Uint8Array [1]', Uint8Array.of(1), '4101', '4101', '4101'],
  ['Buffer [1]', Buffer.from([1]), '4101', sorted, '4101'],
]) {
  const written = [first.encode(value), cbor2.encode(value, cbor2.cdeEncodeOptions), cborg.encode(value)].map(hex)
  console.log(`${name}: cbor-x 1.6.9: ${written[0]}; cbor2 2.3.0: ${written[1]}; cborg 6.1.5: ${written[2]}`)
  assert.deepEqual(written, [x, two, g])
}
console.log('cbor2 2.3.0, Buffer [1], no options:', hex(cbor2.encode(Buffer.from([1]))))
assert.equal(hex(cbor2.encode(Buffer.from([1]))), map)
PROGRAM
node main.mjs
