#!/bin/sh
# What the tests need beyond Python: a browser, ffmpeg, PostgreSQL's server, Go, Node.js, the npm packages of the
# tests of SDKs and blobs, and xmlsec1 for the identity provider that plays the other side of SAML.
# Does nothing where all is there.
set -eu
here=$(dirname "$0")
missing=""
command -v ffmpeg >/dev/null || missing="$missing ffmpeg"
command -v xmlsec1 >/dev/null || missing="$missing xmlsec1"
[ -x /usr/bin/chromium ] || missing="$missing chromium fonts-dejavu-core"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v go >/dev/null || missing="$missing golang-go"
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
# shellcheck disable=SC2086 -- one word per package
[ -z "$missing" ] || sh "$here/apt_install.sh" $missing
cd "$here/.."
for packages in tests/sdk tests/blobs; do
    (
        cd "$packages"
        [ -d node_modules ] && [ node_modules -nt package-lock.json ] || npm ci --no-audit --no-fund --silent
        touch node_modules
    )
done
