#!/bin/sh
# Kosovo has no code in ISO 3166-1, and libraries that give it XK for two letters do not agree on the three: XKX
# (iso3166 for Python, with a number too, 983), XKK (x/text for Go, and i18n-iso-countries for JavaScript), none at all
# (pycountry, which has no XK), and RKS in travel documents, where mrz refuses XKX. A table that is keyed by three
# letters loses the country between two of them: key by one's own list of codes.
# iso3166 3.0.0, pycountry 26.2.16, mrz 0.6.2, i18n-iso-countries 7.14.0, golang.org/x/text v0.44.0, seen on 2026-12-01.
set -eu
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    iso3166==3.0.0 pycountry==26.2.16 mrz==0.6.2
"$folder/venv/bin/python" - <<'PROGRAM'
import iso3166
import pycountry
from mrz.generator.td3 import TD3CodeGenerator


def document(code: str) -> str:
    try:
        return "taken " + str(TD3CodeGenerator("P", code, "A", "B", "L898902C3", code, "740812", "F", "300415"))[:5]
    except Exception as error:
        return "refused by " + type(error).__name__


first = iso3166.countries_by_alpha2["XK"]
print("iso3166 3.0.0:", first.alpha3, first.numeric)
assert (first.alpha3, first.numeric) == ("XKX", "983")
print("pycountry 26.2.16:", pycountry.countries.get(alpha_2="XK"))
assert pycountry.countries.get(alpha_2="XK") is None
for code, expected in [("RKS", "taken P<RKS"), ("XKX", "refused by CountryError"), ("XKK", "refused by CountryError")]:
    print("mrz 0.6.2,", code + ":", document(code))
    assert document(code) == expected
PROGRAM
npm install --silent --no-audit --no-fund --no-save i18n-iso-countries@7.14.0
cat > main.mjs <<'PROGRAM'
import assert from 'node:assert'
import countries from 'i18n-iso-countries'

console.log('i18n-iso-countries 7.14.0:', countries.alpha2ToAlpha3('XK'))
assert.equal(countries.alpha2ToAlpha3('XK'), 'XKK')
PROGRAM
node main.mjs
cat > main.go <<'PROGRAM'
package main

import (
	"fmt"
	"log"

	"golang.org/x/text/language"
)

func main() {
	region := language.MustParseRegion("XK")
	fmt.Println("x/text v0.44.0:", region.ISO3())
	if region.ISO3() != "XKK" {
		log.Fatal("another code")
	}
}
PROGRAM
export GOTOOLCHAIN=local GOFLAGS=-mod=mod
go mod init example.org/finding 2>/dev/null
go get golang.org/x/text@v0.44.0 2>/dev/null
go run .
