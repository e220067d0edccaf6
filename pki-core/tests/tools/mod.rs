//! What the tests with the `openssl` program share.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use pki_core::{
    KeyKind,
    algorithm::SignatureAlgorithm,
    crypto::{
        Signer,
        rustcrypto::{PrivateKey, Random},
    },
};

/// Runs `openssl` with `input`; `None` where there is no such program. Standard output and error come together.
#[expect(clippy::print_stderr, reason = "a test that is skipped has to say so")]
pub(crate) fn openssl(arguments: &[&str], input: &[u8]) -> Option<(bool, String)> {
    let child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("SKIPPED: there is no openssl program");
        return None;
    };
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}

/// A fresh key.
pub(crate) fn key(kind: KeyKind) -> PrivateKey {
    PrivateKey::generate(kind, &mut Random(getrandom::SysRng)).unwrap()
}

/// What the key signs with best.
pub(crate) fn preferred(key: &PrivateKey) -> SignatureAlgorithm {
    *key.algorithms().first().unwrap()
}
