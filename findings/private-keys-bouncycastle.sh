#!/bin/sh
# BouncyCastle writes Ed25519 and X25519 private keys in PKCS#8 of version 2 (RFC 5958), with the public key behind the
# private one. pyca/cryptography and Node 20 refuse these, by errors that do not say why; Go and the JDK itself read
# them. All four read version 1: set org.bouncycastle.pkcs8.v1_info_only=true, or carry the 32 bytes alone.
# bcprov-jdk18on 1.84, cryptography 50.0.2, seen on 2026-12-01 with Java 17, Node 20 (OpenSSL 3.0.19) and Go 1.26.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:get -Dartifact=org.bouncycastle:bcprov-jdk18on:1.84 \
    -Ddest=bcprov.jar >maven.log 2>&1 || { cat maven.log; exit 1; }
cat > Keys.java <<'PROGRAM'
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.spec.PKCS8EncodedKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

public class Keys {
    public static void main(String[] version) throws Exception {
        for (String name : new String[] {"Ed25519", "X25519"}) {
            var own = KeyPairGenerator.getInstance(name, new BouncyCastleProvider()).generateKeyPair().getPrivate();
            Files.write(Path.of(name + "-" + version[0] + ".der"), own.getEncoded());
            String read = "read";
            try {
                KeyFactory.getInstance(name).generatePrivate(new PKCS8EncodedKeySpec(own.getEncoded()));
            } catch (java.security.spec.InvalidKeySpecException error) {
                read = "refused";
            }
            System.out.println("JDK 17, " + name + ", version " + version[0] + ": " + read);
            if (!read.equals("read")) {
                throw new AssertionError(name);
            }
        }
    }
}
PROGRAM
java -cp bcprov.jar Keys.java 2
java -Dorg.bouncycastle.pkcs8.v1_info_only=true -cp bcprov.jar Keys.java 1
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check cryptography==50.0.2
"$folder/venv/bin/python" - <<'PROGRAM'
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_der_private_key

for name in ["Ed25519", "X25519"]:
    for version, expected in [("2", "refused"), ("1", "read")]:
        der = Path(f"{name}-{version}.der").read_bytes()
        assert der[4] == int(version) - 1 and len(der) == {"2": 83, "1": 48}[version]
        try:
            load_der_private_key(der, None)
            outcome = "read"
        except ValueError:
            outcome = "refused"
        print(f"cryptography 50.0.2, {name}, version {version}: {outcome}")
        assert outcome == expected
PROGRAM
cat > main.mjs <<'PROGRAM'
import assert from 'node:assert'
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

for (const name of ['Ed25519', 'X25519']) {
  for (const [version, expected] of [[2, 'refused'], [1, 'read']]) {
    let outcome = 'read'
    try {
      createPrivateKey({ key: readFileSync(`${name}-${version}.der`), format: 'der', type: 'pkcs8' })
    } catch {
      outcome = 'refused'
    }
    console.log(`Node ${process.version}, OpenSSL ${process.versions.openssl}, ${name}, version ${version}: ${outcome}`)
    assert.equal(outcome, expected)
  }
}
PROGRAM
node main.mjs
cat > main.go <<'PROGRAM'
package main

import (
	"crypto/x509"
	"fmt"
	"log"
	"os"
)

func main() {
	for _, file := range []string{"Ed25519-2.der", "Ed25519-1.der", "X25519-2.der", "X25519-1.der"} {
		der, err := os.ReadFile(file)
		if err != nil {
			log.Fatal(err)
		}
		key, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			log.Fatal(file, ": ", err)
		}
		fmt.Printf("Go, %s: %T\n", file, key)
	}
}
PROGRAM
GOTOOLCHAIN=local go run main.go
