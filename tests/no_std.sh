#!/usr/bin/env bash
# Proves that the crates need nothing but core and alloc: checks them with a sysroot that holds only these two, so that any
# `extern crate std` among the dependencies fails by name (E0463). That is found before code is generated, so none is; a library
# is not linked in any case.
set -euo pipefail
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
libraries=$(rustc --print sysroot)/lib/rustlib/$host/lib
target=${NO_STD_TARGET_DIR:-target/no_std}
sysroot=$PWD/$target/sysroot

rm -rf "$sysroot"
mkdir -p "$sysroot/lib/rustlib/$host/lib"
for library in core alloc compiler_builtins; do
    cp "$libraries"/lib"$library"-*.rlib "$sysroot/lib/rustlib/$host/lib/"
    # Newer toolchains keep the metadata apart.
    find "$libraries" -maxdepth 1 -name "lib$library-*.rmeta" -exec cp {} "$sysroot/lib/rustlib/$host/lib/" \;
done

# With --target, build scripts and procedural macros keep the ordinary sysroot.
check() {
    echo "no_std: $*"
    RUSTFLAGS="--sysroot=$sysroot" cargo check --locked --quiet --target "$host" --target-dir "$target" "$@"
}

# That the sysroot can tell the difference at all.
probe=$target/probe.rs
echo 'pub fn f() -> std::vec::Vec<u8> { std::vec::Vec::new() }' >"$probe"
if rustc --sysroot="$sysroot" --crate-type=lib --emit=metadata --out-dir "$target" "$probe" 2>/dev/null; then
    echo "no_std: a crate that uses std builds with this sysroot: it proves nothing" >&2
    exit 1
fi

for crate in pki-core scep mdm-proto; do
    check -p "$crate" --no-default-features
    check -p "$crate" --no-default-features --features rustcrypto
done
# Not --all-features: aws-lc-rs is C with std.
for crate in pki-core scep; do
    check -p "$crate" --no-default-features --features legacy
done
check -p mdm-proto --no-default-features --features rustcrypto,split-signing
echo "no_std: pki-core, scep and mdm-proto need only core and alloc"
