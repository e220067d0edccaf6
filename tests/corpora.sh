#!/usr/bin/env bash
# Puts the test suites that are too large for this repository under target/corpora, where tests/pkits.rs and tests/limbo.rs
# look for them:
#
#   target/corpora/pkits         certificates and CRLs of NIST PKITS, from the PyPI package cryptography-vectors
#   target/corpora/limbo.json    all of x509-limbo, from limbo.json.zst in the directory that PKI_CORPORA names
#
# What is there already is left alone; what cannot be had is said and is no error, as the tests skip what is not there.
#
#   tests/corpora.sh             both
#   tests/corpora.sh pkits       one
set -euo pipefail
cd "$(dirname "$0")/.."

readonly target=target/corpora
# As in tests/data/pkits/README.md.
readonly vectors=cryptography-vectors==50.0.2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

missing() { echo "*** NOT FETCHED: $*" >&2; }

pip() { python3 -m pip "$@" --quiet --disable-pip-version-check --no-deps; }

pkits() {
    [[ -d $target/pkits ]] && return
    pip download "$vectors" --dest "$scratch" || { missing "$vectors from PyPI"; return; }
    python3 -m zipfile -e "$scratch"/cryptography_vectors-*.whl "$scratch/vectors"
    mkdir "$scratch/pkits"
    mv "$scratch"/vectors/cryptography_vectors/x509/PKITS_data/{certs,crls} "$scratch/pkits/"
    mv "$scratch/pkits" "$target/pkits"
    echo "$target/pkits: $(find "$target/pkits" -type f | wc -l) files"
}

limbo() {
    local packed=${PKI_CORPORA:-../shared/corpora}/limbo.json.zst
    [[ -f $packed ]] || { missing "no $packed"; return; }
    [[ $target/limbo.json -nt $packed ]] && return
    if command -v zstd >/dev/null; then
        zstd --decompress --quiet --force "$packed" -o "$scratch/limbo.json"
    else
        python3 -c 'import zstandard' 2>/dev/null || pip install zstandard --root-user-action=ignore --target "$scratch/python" ||
            { missing "neither zstd nor zstandard from PyPI to unpack $packed"; return; }
        PYTHONPATH=$scratch/python python3 - "$packed" "$scratch/limbo.json" <<'PYTHON'
import sys
import zstandard
with open(sys.argv[1], "rb") as packed, open(sys.argv[2], "wb") as unpacked:
    zstandard.ZstdDecompressor().copy_stream(packed, unpacked)
PYTHON
    fi
    # Newer than what it came from.
    touch "$scratch/limbo.json"
    mv "$scratch/limbo.json" "$target/limbo.json"
    echo "$target/limbo.json: $(stat -c %s "$target/limbo.json") octets"
}

mkdir -p "$target"
if (($#)); then suites=("$@"); else suites=(pkits limbo); fi
for suite in "${suites[@]}"; do "$suite"; done
