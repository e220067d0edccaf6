//! What OpenSSL makes of certificates.

use std::{
    env, fs,
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
};

use pki_core::{Certificate, UnixTime};

/// A certificate as `openssl x509 -text` shows it, white space joined; `None` where there is no OpenSSL.
pub(crate) fn text(certificate: &Certificate) -> Option<String> {
    let file = write(std::slice::from_ref(certificate));
    let output = Command::new("openssl").args(["x509", "-noout", "-text", "-in", &file]).output();
    fs::remove_file(file).ok();
    let Ok(output) = output else {
        conformance::skipped("no openssl program here");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What `openssl verify` says for this purpose: nothing, or the error. `None` where there is no OpenSSL.
pub(crate) fn verify(
    roots: &[Certificate],
    chain: &[Certificate],
    options: &[&str],
    at: UnixTime,
) -> Option<Result<(), String>> {
    let [leaf, above @ ..] = chain else { panic!("a certificate") };
    let (roots, leaf) = (write(roots), write(std::slice::from_ref(leaf)));
    let mut command = Command::new("openssl");
    command.args(["verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile", &roots]).args(options);
    command.args(["-attime", &at.as_seconds().to_string()]);
    let untrusted = (!above.is_empty()).then(|| write(above));
    if let Some(untrusted) = &untrusted {
        command.args(["-untrusted", untrusted]);
    }
    let output = command.arg(&leaf).output();
    [Some(roots), Some(leaf), untrusted].into_iter().flatten().for_each(|file| drop(fs::remove_file(file)));
    let Ok(output) = output else {
        conformance::skipped("no openssl program here");
        return None;
    };
    if output.status.success() {
        return Some(Ok(()));
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(Err(text.lines().find(|line| line.starts_with("error")).unwrap_or(&text).to_owned()))
}

fn write(certificates: &[Certificate]) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = env::temp_dir().join(format!("mdm-installation-{}-{number}.pem", process::id()));
    fs::write(&path, certificates.iter().map(Certificate::to_pem).collect::<String>()).unwrap();
    path.to_str().unwrap().to_owned()
}
