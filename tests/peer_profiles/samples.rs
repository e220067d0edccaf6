//! What real messages show: recorded from the programs themselves.

use std::{fs, path::PathBuf};

use conformance::{TestRandom, fixtures, skipped};
use pki_core::{
    Certificate, Limits,
    crypto::{
        Decrypter,
        rustcrypto::{LEGACY_PROVIDER, PrivateKey},
    },
};
use scep::{
    HttpRequest,
    http::{Method, Request as Parsed},
    message::{Opened, Received, Verified},
    peer::{PeerProfile, Quirk, Quirks},
};

#[test]
fn a_request_of_scepclient_has_the_quirks_of_micromdm() {
    let data = |name: &str| fs::read(root().join("tests/data/cms").join(name)).expect("a sample");
    let recipient = Certificate::from_der(&data("cert-rsa.der")).expect("a certificate");
    let key = PrivateKey::from_pkcs8_der(&data("key-rsa.pk8")).expect("a key");
    let received = Received::decode(&data("micromdm-pkcsreq.der"), Limits::DEFAULT).expect("a pkiMessage");
    let verified = received.verify(&LEGACY_PROVIDER).expect("a signature");
    let opened = open(&verified, &recipient, &key).expect("an open envelope");
    for quirk in [Quirk::EnvelopePieces, Quirk::Sha1, Quirk::SingleDes, Quirk::SignatureNamesDigest] {
        assert!(opened.quirks().contains(quirk), "{quirk:?} of {:?}", opened.quirks());
    }
    assert_eq!(PeerProfile::MICROMDM.check(opened.quirks()), Ok(()));
}

#[test]
fn recorded_messages_have_no_quirks_but_those_of_their_senders() {
    let peers = root().join("tests/data/peers");
    if !peers.exists() {
        return skipped("no messages were recorded");
    }
    // The programs built on BouncyCastle are ours, and have habits that jscep leaves to its callers.
    let habits = Quirks::of(&[Quirk::SignerKeyUsage, Quirk::ContentEmpty]);
    for (directory, profile) in [
        ("bouncycastle", PeerProfile::JSCEP.tolerating(habits)),
        ("certmonger", PeerProfile::CERTMONGER),
        ("scepclient", PeerProfile::MICROMDM),
        ("scepserver", PeerProfile::MICROMDM),
        ("strongswan", PeerProfile::STRONGSWAN),
    ] {
        for file in fs::read_dir(peers.join(directory)).expect("messages") {
            let path = file.expect("a file").path();
            let bytes = fs::read(&path).expect("a message");
            let (of_http, message) = match path.extension().and_then(|extension| extension.to_str()) {
                Some("query") => from_query(&bytes),
                Some("der") => (Quirks::NONE, bytes),
                _ => continue,
            };
            let Ok(received) = Received::decode(&message, Limits::DEFAULT) else { continue };
            let seen = of_http | all_of(&received);
            assert_eq!(profile.check(seen), Ok(()), "{} {seen:?}", path.display());
            assert_ne!(seen, Quirks::NONE, "{}", path.display());
        }
    }
}

fn from_query(query: &[u8]) -> (Quirks, Vec<u8>) {
    let request = HttpRequest::new(Method::Get, String::from_utf8_lossy(query).trim(), []);
    match request.parse(&Limits::DEFAULT) {
        Ok(Parsed::PkiOperation { message }) => (request.quirks(), message.into_owned()),
        other => panic!("{other:?}"),
    }
}

/// As far as it can be read with the keys at hand.
fn all_of(received: &Received) -> Quirks {
    let authority = ["authority/ca.pem", "authority/ra.pem"].map(|name| {
        let pem = fs::read_to_string(root().join("tests/data/peers").join(name)).expect("a certificate");
        Certificate::from_pem(&pem).expect("a certificate")
    });
    let verified = received.verify(&LEGACY_PROVIDER).or_else(|_| received.verify_by(&authority, &LEGACY_PROVIDER));
    let Ok(verified) = verified else { return received.quirks() };
    let keys = authority.iter().zip([fixtures::ca_key(), fixtures::ra_key()]);
    let opened = keys.filter_map(|(certificate, key)| open(&verified, certificate, key)).next();
    opened.map_or_else(|| verified.quirks(), |opened| opened.quirks())
}

fn open(verified: &Verified, recipient: &Certificate, key: &PrivateKey) -> Option<Opened> {
    let wrapped = verified.wrapped_key(recipient, &LEGACY_PROVIDER).ok()?;
    let key = key.unwrap_key(&wrapped, &mut TestRandom::new(1)).ok()?;
    verified.open(&key, &LEGACY_PROVIDER).ok()
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
