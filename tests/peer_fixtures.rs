//! Messages of scepclient, scepserver, strongSwan, certmonger, BouncyCastle and OpenSSL (`data/peers`) are read, verified and
//! opened, and are what OpenSSL says they are and what the peers were told to send.

use std::{collections::BTreeMap, fs, path::PathBuf};

use conformance::fixtures;
use pki_core::{
    Certificate, Limits, Secret,
    cms::{EnvelopedData, SignedData},
    crypto::{
        CryptoProvider, Decrypter as _,
        rustcrypto::{LEGACY_PROVIDER, PROVIDER, PrivateKey, Random},
    },
    oid, pem,
};
use scep::{
    Capabilities, Capability,
    http::{HttpRequest, Method, Request},
    message::{MessageData, Opened, Received, Verified},
    peer::{PeerProfile, Quirk, Quirks},
    server::{Incoming, NextCaResponse, Operation, RegistrationAuthority, Responder},
};
use serde::Deserialize;

/// What OpenSSL says about one message: `interop/facts.py`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    file: String,
    attributes: BTreeMap<String, String>,
    digest: String,
    signature: String,
    signer: Signer,
    envelope: Option<Envelope>,
    content: Option<Content>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signer {
    issuer: String,
    subject: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Envelope {
    content_type: String,
    transport: String,
    cipher: String,
    key: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase", deny_unknown_fields)]
enum Content {
    Csr {
        subject: String,
        challenge: Option<String>,
        spki_sha1: String,
        spki_sha256: String,
        key_sha256: String,
        dns_names: Vec<String>,
    },
    Names {
        issuer: Vec<String>,
        subject: Vec<String>,
    },
    Serial {
        serial: String,
    },
    Bundle {
        certificates: Vec<String>,
        crls: usize,
    },
}

/// The peers that send requests.
const CLIENTS: [&str; 4] = ["bouncycastle", "certmonger", "scepclient", "strongswan"];

fn path(peer: &str, file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "data/peers", peer, file].iter().collect()
}

fn bytes(peer: &str, file: &str) -> Vec<u8> {
    fs::read(path(peer, file)).unwrap()
}

fn facts(peer: &str) -> Vec<Facts> {
    serde_json::from_slice(&bytes(peer, "facts.json")).unwrap()
}

fn fact(peer: &str, file: &str) -> Facts {
    facts(peer).into_iter().find(|facts| facts.file == file).unwrap()
}

/// What the peer sends as a client.
fn requests(peer: &str) -> Vec<Facts> {
    let requests: Vec<_> = facts(peer).into_iter().filter(|facts| facts.attributes["messageType"] != "3").collect();
    assert!(!requests.is_empty());
    requests
}

/// What the peer answers as a server.
fn replies(peer: &str) -> Vec<Facts> {
    let replies: Vec<_> = facts(peer).into_iter().filter(|facts| facts.attributes["messageType"] == "3").collect();
    assert!(!replies.is_empty());
    replies
}

fn authority(name: &str) -> Certificate {
    let text = fs::read_to_string(path("authority", &format!("{name}.pem"))).unwrap();
    Certificate::from_der(&pem::decode(&text, "CERTIFICATE").unwrap()).unwrap()
}

/// The request as it came: by POST, or for a file that ends in `.query` by GET.
fn request(peer: &str, file: &str) -> HttpRequest {
    match String::from_utf8(bytes(peer, file)) {
        Ok(query) if file.ends_with(".query") => HttpRequest::new(Method::Get, query, []),
        _ => HttpRequest::new(Method::Post, "operation=PKIOperation", bytes(peer, file)),
    }
}

fn message(peer: &str, file: &str) -> Vec<u8> {
    match request(peer, file).parse(&Limits::DEFAULT).unwrap() {
        Request::PkiOperation { message } => message.into_owned(),
        other => panic!("{other:?}"),
    }
}

fn key(name: &str) -> &'static PrivateKey {
    match name {
        "client" => fixtures::client_key(),
        "ra" => fixtures::ra_key(),
        other => panic!("{other}"),
    }
}

fn open(verified: &Verified, recipient: &Certificate, key: &PrivateKey) -> Opened {
    let wrapped = verified.wrapped_key(recipient, &LEGACY_PROVIDER).unwrap();
    let key = key.unwrap_key(&wrapped, &mut Random(getrandom::SysRng)).unwrap();
    verified.open(&key, &LEGACY_PROVIDER).unwrap()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Attributes, algorithms and signer.
fn assert_signed(verified: &Verified, facts: &Facts) {
    let attributes = verified.attributes();
    let said = |name: &str| facts.attributes.get(name).cloned();
    assert_eq!(Some(attributes.message_type.number().to_string()), said("messageType"), "{facts:?}");
    assert_eq!(attributes.transaction_id.as_bytes(), facts.attributes["transactionID"].as_bytes());
    assert_eq!(attributes.sender_nonce.as_ref().map(|nonce| hex(nonce.as_bytes())), said("senderNonce"));
    assert_eq!(attributes.recipient_nonce.as_ref().map(|nonce| hex(nonce.as_bytes())), said("recipientNonce"));
    assert_eq!(attributes.pki_status.map(|status| status.number().to_string()), said("pkiStatus"));
    assert_eq!(attributes.fail_info.map(|info| info.number().to_string()), said("failInfo"));
    assert_eq!(verified.signer().issuer().to_string(), facts.signer.issuer);
    assert_eq!(verified.signer().subject().to_string(), facts.signer.subject);

    let signed_data = SignedData::from_ber(verified.received().as_bytes(), Limits::DEFAULT).unwrap();
    let [signer] = signed_data.signers() else { panic!("one signer") };
    assert_eq!(signer.digest_algorithm().oid.to_string(), facts.digest);
    assert_eq!(signer.signature_algorithm().oid.to_string(), facts.signature);
    assert_eq!(signed_data.content().is_some_and(|content| !content.is_empty()), facts.envelope.is_some());
}

/// How the envelope is closed, and what is in it.
fn assert_content(opened: &Opened, facts: &Facts) {
    let received = opened.verified().received();
    let signed_data = SignedData::from_ber(received.as_bytes(), Limits::DEFAULT).unwrap();
    let envelope = EnvelopedData::from_ber(signed_data.content().unwrap(), Limits::DEFAULT).unwrap();
    let expected = facts.envelope.as_ref().unwrap();
    assert_eq!(envelope.cipher().oid.to_string(), expected.cipher, "{facts:?}");
    let keys = envelope.recipients().iter().map(|recipient| recipient.algorithm());
    let passwords = envelope.password_recipients().iter().map(|recipient| recipient.algorithm());
    let transports: Vec<_> = keys.chain(passwords).map(|algorithm| algorithm.oid.to_string()).collect();
    // scepclient encrypts to every certificate of the authority.
    assert!(!transports.is_empty() && transports.iter().all(|transport| *transport == expected.transport));
    assert_eq!(envelope.is_authenticated(), expected.content_type == "1.2.840.113549.1.9.16.1.23");

    match (opened.data(), facts.content.as_ref().unwrap()) {
        (MessageData::Csr(csr), Content::Csr { subject, challenge, spki_sha1, dns_names, .. }) => {
            csr.verify(&LEGACY_PROVIDER).unwrap();
            assert_eq!(csr.subject().to_string(), *subject);
            let said = csr.challenge_password().unwrap();
            assert_eq!(said.as_ref().map(|said| said.expose()), challenge.as_ref().map(|text| text.as_bytes()));
            let sha1 = PROVIDER.digest(oid::SHA1).unwrap();
            assert_eq!(sha1.digest(&[csr.public_key().as_der()]).to_string(), *spki_sha1);
            let names = csr.subject_alt_name().unwrap();
            let names: Vec<_> = names.iter().flat_map(|names| names.iter()).map(|name| format!("{name:?}")).collect();
            assert_eq!(names.len(), dns_names.len());
            assert!(names.iter().zip(dns_names).all(|(name, dns)| name.contains(dns)), "{names:?}");
        }
        (MessageData::IssuerAndSubject(names), Content::Names { issuer, subject }) => {
            for (name, expected) in [(names.issuer(), issuer), (names.subject(), subject)] {
                let texts =
                    name.as_ref().attributes().map(|attribute| String::from_utf8(attribute.value.to_vec()).unwrap());
                assert_eq!(texts.collect::<Vec<_>>(), *expected);
            }
        }
        (MessageData::IssuerAndSerial(target), Content::Serial { serial }) => {
            assert_eq!(hex(target.serial_number()), *serial);
            assert!(target.issuer().matches(authority("ca").subject()));
        }
        (MessageData::Bundle(bundle), Content::Bundle { certificates, crls }) => {
            let subjects: Vec<_> = bundle.certificates.iter().map(|found| found.subject().to_string()).collect();
            assert_eq!((&subjects, bundle.crls.len()), (certificates, *crls));
        }
        (data, expected) => panic!("{data:?} is not {expected:?}"),
    }
}

#[test]
fn every_request_is_what_openssl_says_it_is() {
    let ra = authority("ra");
    for peer in CLIENTS {
        for facts in requests(peer) {
            let received = Received::decode(&message(peer, &facts.file), Limits::DEFAULT).unwrap();
            let verified = received.verify(&LEGACY_PROVIDER).unwrap();
            assert_signed(&verified, &facts);
            assert_eq!(facts.envelope.as_ref().unwrap().key, "ra");
            assert_content(&open(&verified, &ra, key("ra")), &facts);
        }
    }
}

/// What each peer was told to send, or is known for: peer and file, messageType, digest, signature, cipher, key transport.
#[test]
fn every_request_is_what_the_peer_was_told_to_send() {
    const SHA1: &str = "1.3.14.3.2.26";
    const SHA256: &str = "2.16.840.1.101.3.4.2.1";
    const SHA512: &str = "2.16.840.1.101.3.4.2.3";
    const RSA: &str = "1.2.840.113549.1.1.1";
    const RSA_SHA1: &str = "1.2.840.113549.1.1.5";
    const RSA_SHA256: &str = "1.2.840.113549.1.1.11";
    const RSA_PSS: &str = "1.2.840.113549.1.1.10";
    const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
    const OAEP: &str = "1.2.840.113549.1.1.7";
    const DES: &str = "1.3.14.3.2.7";
    const DES3: &str = "1.2.840.113549.3.7";
    const AES128: &str = "2.16.840.1.101.3.4.1.2";
    const AES256: &str = "2.16.840.1.101.3.4.1.42";
    const AES128_GCM: &str = "2.16.840.1.101.3.4.1.6";

    let expected = [
        ("bouncycastle", "certpoll.der", "20", SHA256, RSA_SHA256, AES128, RSA),
        ("bouncycastle", "getcert.der", "21", SHA256, RSA_SHA256, AES128, RSA),
        ("bouncycastle", "getcrl.der", "22", SHA256, RSA_SHA256, AES128, RSA),
        ("bouncycastle", "pkcsreq-ec.der", "19", SHA256, ECDSA_SHA256, AES128, RSA),
        ("bouncycastle", "pkcsreq-gcm.der", "19", SHA256, RSA_SHA256, AES128_GCM, RSA),
        ("bouncycastle", "pkcsreq-oaep.der", "19", SHA256, RSA_SHA256, AES128, OAEP),
        ("bouncycastle", "pkcsreq-pss.der", "19", SHA256, RSA_PSS, AES256, RSA),
        ("bouncycastle", "pkcsreq.der", "19", SHA256, RSA_SHA256, AES128, RSA),
        ("bouncycastle", "renewalreq.der", "17", SHA256, RSA_SHA256, AES128, RSA),
        // Renewal is by PKCSReq, though the server said Renewal.
        ("certmonger", "certpoll.query", "20", SHA256, RSA, AES256, RSA),
        ("certmonger", "pkcsreq.query", "19", SHA256, RSA, AES256, RSA),
        ("certmonger", "rekey-by-pkcsreq.query", "19", SHA256, RSA, AES256, RSA),
        ("certmonger", "renewal-by-pkcsreq.query", "19", SHA256, RSA, AES256, RSA),
        ("scepclient", "pkcsreq.der", "19", SHA1, RSA_SHA1, DES, RSA),
        ("strongswan", "certpoll.der", "20", SHA256, RSA_SHA256, AES128, RSA),
        ("strongswan", "pkcsreq-3des-sha1.der", "19", SHA1, RSA_SHA1, DES3, RSA),
        ("strongswan", "pkcsreq-pss-sha512.der", "19", SHA512, RSA_PSS, AES128, RSA),
        ("strongswan", "pkcsreq.der", "19", SHA256, RSA_SHA256, AES128, RSA),
        // By RenewalReq, though the server did not say Renewal.
        ("strongswan", "renewalreq.der", "17", SHA256, RSA_SHA256, AES128, RSA),
    ];
    let mut rest: Vec<_> =
        CLIENTS.iter().flat_map(|peer| requests(peer).into_iter().map(|facts| (*peer, facts))).collect();
    for (peer, file, message_type, digest, signature, cipher, transport) in expected {
        let at = rest.iter().position(|(owner, facts)| *owner == peer && facts.file == file).unwrap();
        let (_, facts) = rest.remove(at);
        let envelope = facts.envelope.unwrap();
        let found = [&facts.attributes["messageType"], &facts.digest, &facts.signature, &envelope.cipher];
        assert_eq!(found, [message_type, digest, signature, cipher], "{peer} {file}");
        assert_eq!(envelope.transport, transport);
        let gcm = cipher == AES128_GCM;
        let content_type = if gcm { "1.2.840.113549.1.9.16.1.23" } else { "1.2.840.113549.1.7.3" };
        assert_eq!(envelope.content_type, content_type);
        if let Some(Content::Csr { challenge, .. }) = facts.content {
            // The first request has it; certmonger repeats it when it renews.
            let expected = (message_type == "19").then_some("secret");
            assert_eq!(challenge.as_deref(), expected, "{peer} {file}");
        }
    }
    assert!(rest.is_empty(), "{rest:?}");
}

/// Peers make the transactionID of the key that is to be certified: renewed with the same key, a certificate has the same.
#[test]
fn transaction_ids_are_by_each_peers_convention() {
    for peer in CLIENTS {
        for facts in requests(peer) {
            let Some(Content::Csr { spki_sha1, spki_sha256, key_sha256, .. }) = &facts.content else { continue };
            let expected = match peer {
                // As jscep.
                "bouncycastle" => spki_sha1.clone(),
                "certmonger" => decimal(spki_sha256),
                "scepclient" => base64(&key_sha256[..40]),
                "strongswan" => spki_sha1.to_uppercase(),
                other => panic!("{other}"),
            };
            assert_eq!(facts.attributes["transactionID"], expected, "{peer} {}", facts.file);
        }
    }
    let certmonger = ["pkcsreq.query", "certpoll.query", "renewal-by-pkcsreq.query"];
    let [first, poll, renewal] = certmonger.map(|file| fact("certmonger", file).attributes.remove("transactionID"));
    assert_eq!((&first, &first), (&poll, &renewal));
    assert_eq!(first.unwrap().len(), 77);
}

/// A number in hexadecimal.
fn decimal(hexadecimal: &str) -> String {
    let mut digits = vec![0_u32];
    for digit in hexadecimal.chars() {
        let mut carry = digit.to_digit(16).unwrap();
        for place in &mut digits {
            carry += *place * 16;
            *place = carry % 10;
            carry /= 10;
        }
        while carry > 0 {
            digits.push(carry % 10);
            carry /= 10;
        }
    }
    digits.iter().rev().map(u32::to_string).collect()
}

/// Octets in hexadecimal, in standard base64.
fn base64(hexadecimal: &str) -> String {
    let octets: Vec<u8> =
        (0..hexadecimal.len()).step_by(2).map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap()).collect();
    let pem = pem::encode("X", &octets);
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

/// A renewal is signed with the certificate that is to be renewed, everything else with a self-signed one or, for a lookup,
/// the one that was issued.
#[test]
fn who_signs_is_by_operation() {
    for peer in CLIENTS {
        for facts in requests(peer) {
            let signer = &facts.signer;
            let issued = ["renew", "rekey", "getc"].iter().any(|word| facts.file.starts_with(word));
            let expected = match (issued, peer) {
                (true, _) => "CN=Root,O=Example",
                (false, "scepclient") => "CN=SCEP SIGNER,O=Interop",
                (false, _) => &signer.subject,
            };
            assert_eq!(signer.issuer, expected, "{peer} {}", facts.file);
        }
    }
}

/// strongSwan names the RA as issuer where others name the CA (RFC 8894 section 3.3.3 has the CA).
#[test]
fn strongswan_polls_by_the_name_of_the_recipient() {
    let issuer = |peer, file| match fact(peer, file).content {
        Some(Content::Names { issuer, .. }) => issuer,
        other => panic!("{other:?}"),
    };
    assert_eq!(issuer("strongswan", "certpoll.der"), ["Example", "RA"]);
    assert_eq!(issuer("bouncycastle", "certpoll.der"), ["Example", "Root"]);
    assert_eq!(issuer("certmonger", "certpoll.query"), ["Example", "Root"]);
}

fn responder(crypto: CryptoProvider) -> Responder {
    let ra = authority("ra");
    Responder::new(authority("ca"), RegistrationAuthority { signing: ra.clone(), encryption: ra }, crypto)
        .unwrap()
        .with_renewal()
}

fn receive(crypto: CryptoProvider, peer: &str, file: &str) -> Result<Operation, String> {
    let rng = &mut Random(getrandom::SysRng);
    let now = authority("ra").validity().not_before;
    match responder(crypto).receive(&request(peer, file), now, rng) {
        Ok(Incoming::Sealed(sealed)) => sealed.open_with(key("ra"), rng).map_err(|refusal| refusal.cause.to_string()),
        Ok(other) => panic!("{other:?}"),
        Err(refusal) => Err(refusal.cause.to_string()),
    }
}

#[test]
fn the_server_takes_every_request_for_what_it_is() {
    for peer in CLIENTS {
        for facts in requests(peer) {
            let operation = receive(LEGACY_PROVIDER, peer, &facts.file).unwrap();
            let found = match operation {
                Operation::CertPoll(_) => "20",
                Operation::GetCert(_) => "21",
                Operation::GetCrl(_) => "22",
                Operation::PkcsReq(_) => "19",
                Operation::RenewalReq(_) => "17",
                other => panic!("{other:?}"),
            };
            assert_eq!(facts.attributes["messageType"], found);
        }
    }
}

/// RFC 8894 section 2.9: no single DES, unless the provider has it.
#[test]
fn scepclients_des_is_refused_without_the_legacy_provider() {
    let refusal = receive(PROVIDER, "scepclient", "pkcsreq.der").unwrap_err();
    assert!(refusal.contains("pkcsPKIEnvelope"), "{refusal}");
}

#[test]
fn scepservers_replies_are_what_openssl_says_they_are() {
    let ca = Certificate::from_der(&bytes("scepserver", "getcacert.der")).unwrap();
    // scepclient signs with a certificate that it makes: the reply is for that one.
    let request = Received::decode(&message("scepserver", "request.der"), Limits::DEFAULT).unwrap();
    for facts in replies("scepserver") {
        let received = Received::decode(&bytes("scepserver", &facts.file), Limits::DEFAULT).unwrap();
        let verified = received.verify_by(std::slice::from_ref(&ca), &LEGACY_PROVIDER).unwrap();
        assert_signed(&verified, &facts);
        // RFC 8894 section 3.2.1.5 has a fresh one.
        assert_eq!(verified.attributes().sender_nonce, verified.attributes().recipient_nonce);
        if let Some(envelope) = &facts.envelope {
            assert_eq!(envelope.key, "client");
            let signer = request.named_signer().unwrap();
            assert_content(&open(&verified, &signer, key("client")), &facts);
        }
    }
    assert_eq!(fact("scepserver", "certrep-success.der").attributes["pkiStatus"], "0");
    let refused = fact("scepserver", "certrep-failure.der").attributes;
    assert_eq!((refused["pkiStatus"].as_str(), refused["failInfo"].as_str()), ("2", "2"));
}

/// The key of the first recipient, or the challenge where that is a password.
fn open_first(verified: &Verified) -> Opened {
    let signed_data = SignedData::from_ber(verified.received().as_bytes(), Limits::DEFAULT).unwrap();
    let envelope = EnvelopedData::from_ber(signed_data.content().unwrap(), Limits::DEFAULT).unwrap();
    let rng = &mut Random(getrandom::SysRng);
    let key = match (envelope.recipients(), envelope.password_recipients()) {
        ([recipient], []) => {
            key("client").unwrap_key(&envelope.wrapped_key(recipient, &PROVIDER).unwrap(), rng).unwrap()
        }
        ([], [recipient]) => {
            let wrapped = envelope.password_wrapped_key(recipient, &PROVIDER).unwrap();
            let derived = wrapped.derive(&Secret::from("secret"), &PROVIDER).unwrap();
            wrapped.unwrap_key(&derived, rng, &PROVIDER).unwrap()
        }
        other => panic!("{other:?}"),
    };
    verified.open(&key, &PROVIDER).unwrap()
}

#[test]
fn bouncycastles_replies_are_what_openssl_says_they_are() {
    let authority = [authority("ca"), authority("ra")];
    for facts in replies("bouncycastle") {
        let received = Received::decode(&bytes("bouncycastle", &facts.file), Limits::DEFAULT).unwrap();
        let verified = received.verify_by(&authority, &PROVIDER).unwrap();
        assert_signed(&verified, &facts);
        if facts.envelope.is_some() {
            assert_content(&open_first(&verified), &facts);
        }
    }
    // What they were made to be.
    let expected = [
        ("certrep-crl.der", "0", "client"),
        ("certrep-failure.der", "2", ""),
        ("certrep-gcm.der", "0", "client"),
        ("certrep-oaep-aes256.der", "0", "client"),
        ("certrep-password.der", "0", "challenge"),
        ("certrep-pending.der", "3", ""),
        ("certrep-success.der", "0", "client"),
    ];
    let found = replies("bouncycastle");
    let found: Vec<_> = found
        .iter()
        .map(|facts| {
            let key = facts.envelope.as_ref().map_or("", |envelope| &envelope.key);
            (facts.file.as_str(), facts.attributes["pkiStatus"].as_str(), key)
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn scepservers_capabilities_are_read() {
    let capabilities = Capabilities::parse(&bytes("scepserver", "getcacaps.txt")).unwrap();
    assert!(capabilities.states(Capability::ScepStandard) && capabilities.states(Capability::Renewal));
}

#[test]
fn openssls_bundle_of_ca_certificates_is_read() {
    let bundle = bytes("openssl", "getcacert.der");
    let bundle = SignedData::from_ber(&bundle, Limits::DEFAULT).unwrap();
    let expected = [authority("ca"), authority("ra")];
    assert!(bundle.certificates().eq(expected.iter().map(Certificate::as_der)));
    assert!(bundle.signers().is_empty());
}

/// The form that RFC 8894 section 4.7.1 has: signed by the current CA, and inside a degenerate SignedData.
#[test]
fn next_ca_certificates_are_read() {
    for peer in ["bouncycastle", "openssl"] {
        let reply = bytes(peer, "getnextcacert.der");
        let response = NextCaResponse::from_der(&reply, &authority("ca"), &PROVIDER).unwrap();
        let [next] = response.certificates() else { panic!("{peer}: {response:?}") };
        assert_eq!(next.subject().to_string(), "CN=Next Root,O=Example");
        assert_eq!(next.public_key(), fixtures::other_key().public_key().as_ref());
    }
}

/// What the server sees deviate is what OpenSSL's facts say, it is known of the peer, and the peer's profile puts up with it.
#[test]
fn what_deviates_is_known_of_the_peer() {
    const SHA1: &str = "1.3.14.3.2.26";
    const DES: &str = "1.3.14.3.2.7";
    const DES3: &str = "1.2.840.113549.3.7";
    // Of PKCS #1, sha1WithRSAEncryption, sha256- and sha512-.
    const RSA_WITH_DIGEST: [&str; 3] = ["1.2.840.113549.1.1.5", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.13"];
    for (peer, profile) in [
        ("bouncycastle", None),
        ("certmonger", Some(PeerProfile::CERTMONGER)),
        ("scepclient", Some(PeerProfile::MICROMDM)),
        ("strongswan", Some(PeerProfile::STRONGSWAN)),
    ] {
        for facts in requests(peer) {
            let received = Received::decode(&message(peer, &facts.file), Limits::DEFAULT).unwrap();
            let seen = received.verify(&LEGACY_PROVIDER).unwrap().quirks();
            let cipher = facts.envelope.unwrap().cipher;
            let is_first = facts.attributes["messageType"] == "19";
            let is_issued = facts.signer.issuer == "CN=Root,O=Example";
            for (quirk, expected) in [
                (Quirk::RenewalAsPkcsReq, is_first && is_issued),
                (Quirk::Sha1, facts.digest == SHA1),
                (Quirk::SignatureNamesDigest, RSA_WITH_DIGEST.contains(&facts.signature.as_str())),
                (Quirk::SignerSerial, peer == "certmonger" && !is_issued),
                (Quirk::SingleDes, cipher == DES),
                (Quirk::TripleDes, cipher == DES3),
            ] {
                assert_eq!(seen.contains(quirk), expected, "{peer} {}: {quirk:?}", facts.file);
            }
            assert_eq!(PeerProfile::TOLERANT.check(seen), Ok(()));
            if let Some(profile) = profile {
                assert_eq!(profile.check(seen), Ok(()), "{peer} {}", facts.file);
                // SHA-1 and triple DES are what strongSwan was told once.
                let told = Quirks::of(&[Quirk::Sha1, Quirk::TripleDes]);
                let own = Quirks::owned_by(profile.name);
                assert!(own.contains_all(seen.difference(told)), "{peer} {}: {seen:?}", facts.file);
            }
        }
    }
}

/// RFC 8894 section 3.2.1.5: a senderNonce of one's own. micromdm copies the request's.
#[test]
fn scepservers_nonces_are_copies_and_bouncycastles_are_not() {
    for (peer, expected) in [("bouncycastle", false), ("scepserver", true)] {
        for facts in replies(peer) {
            let received = Received::decode(&bytes(peer, &facts.file), Limits::DEFAULT).unwrap();
            assert_eq!(facts.attributes["senderNonce"] == facts.attributes["recipientNonce"], expected);
            assert_eq!(received.quirks().contains(Quirk::SenderNonceCopied), expected);
        }
    }
}
