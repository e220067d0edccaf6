//! The client's machine on one page: for each [`Step`] that takes a reply, every kind of reply and what comes next.
//!
//! - `Exchange` with GetCACaps: [`CAPABILITIES`]
//! - `Exchange` with GetCACert: [`CERTIFICATES`]
//! - `Exchange` with PKCSReq, RenewalReq or CertPoll, and the `Open` that follows SUCCESS: [`OPERATION`]
//! - The same for renewals, and for replies under the challenge, where they differ: [`RENEWAL`], [`UNDER_CHALLENGE`]
//! - `Exchange` with GetCert or GetCRL, and the `Open` that follows SUCCESS: [`GET_CERT`], [`GET_CRL`]
//!
//! `Sign`, `ConfirmAuthority` and `Wait` take no reply, `Issued`, `Found` and `Rejected` nothing at all: no method does. After an
//! error the step is what it was, and the good reply still leads on.

use conformance::{
    Pair, Scenario, Stage, TestRandom, TestServer,
    fixtures::{self, client_key, other_key},
    forge::{self, Asked, Flaw, RawMessage, RawSigner},
};
use pki_core::{
    Certificate, CertificateBuilder, Crl, CrlBuilder, Profile, Validity,
    algorithm::SignatureAlgorithm,
    cms::certs_only,
    crypto::{
        Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
    oid,
};
use scep::{
    FailInfo, MessageType, PkiStatus,
    client::{
        AlgorithmFloor, AuthorityError, ClientConfig, Error, HttpRefusal, LookupRequest, Misbehaviour, OpenWith,
        RejectReason, Step, Unsupported,
    },
    http::{HttpRequest, HttpResponse, MediaType, Method},
    message::{IssuerAndSerial, MessageError},
};

use Next::*;

/// What comes of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    // The next step. Open is gone through to Issued, or to the error that it ends in.
    Confirm,
    Exchange,
    Found,
    Issued,
    Rejected(Option<u32>),
    SameCertificate,
    Sign,
    Wait,
    // The error.
    Attribute,
    Authority(&'static str),
    Envelope,
    Http(u16),
    Malformed,
    Missing,
    NoCertificateForKey,
    NoCommonAlgorithm,
    NoEnvelope,
    BadCertificatePath,
    BadCertificateSignature,
    BadCrlSignature,
    CrlCount(usize),
    CrlIssuer,
    NoSuchCertificate,
    PendingLookup,
    RecipientNonce,
    Signature,
    SignerUnknown,
    Status(Option<u32>),
    TransactionId,
    Type(u32),
    UnknownRecipient,
    Unopenable,
}

impl Next {
    fn of(result: Result<Step, Error>) -> Self {
        match result {
            Ok(Step::ConfirmAuthority(_)) => Confirm,
            Ok(Step::Exchange(_)) => Exchange,
            Ok(Step::Found(_)) => Found,
            Ok(Step::Issued(_)) => Issued,
            Ok(Step::Rejected(rejected)) => match rejected.reason() {
                RejectReason::Failed { info, .. } => Rejected(info.map(FailInfo::number)),
                RejectReason::SameCertificate => SameCertificate,
                reason => panic!("{reason:?}"),
            },
            Ok(Step::Sign(_)) => Sign,
            Ok(Step::Wait(_)) => Wait,
            Ok(step) => panic!("{step:?}"),
            Err(Error::Authority(error)) => Authority(match error {
                AuthorityError::Malformed(_) => "malformed",
                AuthorityError::Empty => "empty",
                AuthorityError::NotValidNow { .. } => "not valid now",
                AuthorityError::FingerprintMismatch => "fingerprint",
                AuthorityError::NoRecipient(_) => "no recipient",
                AuthorityError::NoSigner(_) => "no signer",
                error => panic!("{error:?}"),
            }),
            Err(Error::Http(HttpRefusal { status, .. })) => Http(status),
            Err(Error::Message(error)) => match error {
                MessageError::Attribute { .. } => Attribute,
                MessageError::AttributeMissing { .. } => Missing,
                MessageError::EnvelopeMissing => NoEnvelope,
                MessageError::EnvelopeMalformed(_) => Envelope,
                MessageError::Malformed(_) => Malformed,
                MessageError::SignerUnknown => SignerUnknown,
                MessageError::Signature(_) => Signature,
                MessageError::UnknownRecipient => UnknownRecipient,
                MessageError::Unopenable => Unopenable,
                error => panic!("{error:?}"),
            },
            Err(Error::Misbehaved(error)) => match error {
                Misbehaviour::BadCertificatePath(_) => BadCertificatePath,
                Misbehaviour::BadCertificateSignature => BadCertificateSignature,
                Misbehaviour::BadCrlSignature => BadCrlSignature,
                Misbehaviour::CrlCount { found } => CrlCount(found),
                Misbehaviour::CrlIssuer => CrlIssuer,
                Misbehaviour::NoCertificateForKey => NoCertificateForKey,
                Misbehaviour::NoSuchCertificate => NoSuchCertificate,
                Misbehaviour::PendingLookup => PendingLookup,
                Misbehaviour::RecipientNonce => RecipientNonce,
                Misbehaviour::Status(status) => Status(status.map(PkiStatus::number)),
                Misbehaviour::TransactionId => TransactionId,
                Misbehaviour::Type(message_type) => Type(MessageType::number(message_type)),
                error => panic!("{error:?}"),
            },
            Err(Error::Unsupported(Unsupported::NoCommonAlgorithm)) => NoCommonAlgorithm,
            Err(error) => panic!("{error:?}"),
        }
    }
}

type Row = (&'static str, fn(&World) -> HttpResponse, Next);

/// PKCSReq and CertPoll.
#[rustfmt::skip]
const OPERATION: &[Row] = &[
    // pkiStatus (section 3.2.1.3) and failInfo (section 3.2.1.4).
    ("SUCCESS", |w| w.success().to_reply(), Issued),
    ("FAILURE badAlg", |w| w.failure("0").to_reply(), Rejected(Some(0))),
    ("FAILURE badMessageCheck", |w| w.failure("1").to_reply(), Rejected(Some(1))),
    ("FAILURE badRequest", |w| w.failure("2").to_reply(), Rejected(Some(2))),
    ("FAILURE badTime", |w| w.failure("3").to_reply(), Rejected(Some(3))),
    ("FAILURE badCertId", |w| w.failure("4").to_reply(), Rejected(Some(4))),
    ("FAILURE, unknown failInfo", |w| w.failure("9").to_reply(), Rejected(Some(9))),
    ("FAILURE, no failInfo", |w| w.status("2").to_reply(), Rejected(None)),
    ("FAILURE, failInfo is no number", |w| w.failure("1,2").to_reply(), Rejected(None)),
    ("FAILURE, failInfo negative", |w| w.failure("-1").to_reply(), Rejected(None)),
    ("FAILURE, failInfo empty", |w| w.failure("").to_reply(), Rejected(None)),
    ("FAILURE, failInfo an OCTET STRING", |w| w.status("2").set_octets(oid::SCEP_FAIL_INFO, b"2").to_reply(), Rejected(None)),
    ("FAILURE, failInfoText not UTF-8", |w| w.failure("2").set_text_octets(b"\xff").to_reply(), Rejected(Some(2))),
    ("PENDING", |w| w.status("3").to_reply(), Wait),
    ("PENDING with failInfo", |w| w.status("3").set_text(oid::SCEP_FAIL_INFO, "2").to_reply(), Wait),
    ("SUCCESS with failInfo", |w| w.success().set_text(oid::SCEP_FAIL_INFO, "2").to_reply(), Issued),
    ("no pkiStatus", |w| w.success().without(oid::SCEP_PKI_STATUS).to_reply(), Status(None)),
    ("pkiStatus 1", |w| w.with_status("1").to_reply(), Status(Some(1))),
    ("pkiStatus 4", |w| w.with_status("4").to_reply(), Status(Some(4))),
    ("pkiStatus 2147483648", |w| w.with_status("2147483648").to_reply(), Status(Some(2_147_483_648))),
    ("pkiStatus empty", |w| w.with_status("").to_reply(), Attribute),
    ("pkiStatus 00", |w| w.with_status("00").to_reply(), Attribute),
    ("pkiStatus 0x0", |w| w.with_status("0x0").to_reply(), Attribute),
    ("pkiStatus with a space", |w| w.with_status(" 0").to_reply(), Attribute),
    ("pkiStatus 4294967296", |w| w.with_status("4294967296").to_reply(), Attribute),
    // transactionID (section 3.2.1.1).
    ("another transactionID", |w| w.with_id(|_| "another".into()).to_reply(), TransactionId),
    ("a prefix of the transactionID", |w| w.with_id(|id| id[..31].into()).to_reply(), TransactionId),
    ("one octet of the transactionID", |w| w.with_id(|id| id[..1].into()).to_reply(), TransactionId),
    ("an extension of the transactionID", |w| w.with_id(|id| format!("{id}0")).to_reply(), TransactionId),
    ("the transactionID in upper case", |w| w.with_id(str::to_uppercase).to_reply(), TransactionId),
    ("an empty transactionID", |w| w.with_id(|_| String::new()).to_reply(), Attribute),
    ("no transactionID", |w| w.success().without(oid::SCEP_TRANSACTION_ID).to_reply(), Missing),
    ("PENDING with another transactionID", |w| w.status("3").set_text(oid::SCEP_TRANSACTION_ID, "x").to_reply(), TransactionId),
    ("FAILURE with another transactionID", |w| w.failure("2").set_text(oid::SCEP_TRANSACTION_ID, "x").to_reply(), TransactionId),
    // recipientNonce and senderNonce (section 3.2.1.5).
    ("recipientNonce, one bit", |w| w.with_nonce(|nonce| nonce[15] ^= 1).to_reply(), RecipientNonce),
    ("recipientNonce, 8 octets of it", |w| w.with_nonce(|nonce| nonce.truncate(8)).to_reply(), RecipientNonce),
    ("recipientNonce and one octet", |w| w.with_nonce(|nonce| nonce.push(0)).to_reply(), RecipientNonce),
    ("recipientNonce empty", |w| w.with_nonce(Vec::clear).to_reply(), Attribute),
    ("recipientNonce of 65 octets", |w| w.with_nonce(|nonce| nonce.resize(65, 0)).to_reply(), Attribute),
    ("no recipientNonce", |w| w.success().without(oid::SCEP_RECIPIENT_NONCE).to_reply(), RecipientNonce),
    ("recipientNonce as senderNonce", |w| w.with_moved_nonce().to_reply(), RecipientNonce),
    ("recipientNonce of an earlier exchange", |w| w.success().set_octets(oid::SCEP_RECIPIENT_NONCE, &w.earlier_nonce).to_reply(), RecipientNonce),
    ("FAILURE without recipientNonce", |w| w.failure("2").without(oid::SCEP_RECIPIENT_NONCE).to_reply(), RecipientNonce),
    ("PENDING without recipientNonce", |w| w.status("3").without(oid::SCEP_RECIPIENT_NONCE).to_reply(), RecipientNonce),
    ("no senderNonce", |w| w.success().without(oid::SCEP_SENDER_NONCE).to_reply(), Issued),
    ("FAILURE without senderNonce", |w| w.failure("2").without(oid::SCEP_SENDER_NONCE).to_reply(), Rejected(Some(2))),
    // messageType (section 3.2.1.2).
    ("messageType 19", |w| w.with_type("19").to_reply(), Type(19)),
    ("messageType 17", |w| w.with_type("17").to_reply(), Type(17)),
    ("messageType 20", |w| w.with_type("20").to_reply(), Type(20)),
    ("messageType 0", |w| w.with_type("0").to_reply(), Type(0)),
    ("messageType 03", |w| w.with_type("03").to_reply(), Attribute),
    ("messageType 3x", |w| w.with_type("3x").to_reply(), Attribute),
    ("messageType with a space", |w| w.with_type("3 ").to_reply(), Attribute),
    ("messageType empty", |w| w.with_type("").to_reply(), Attribute),
    ("no messageType", |w| w.success().without(oid::SCEP_MESSAGE_TYPE).to_reply(), Missing),
    ("our own request", |w| HttpResponse::ok(MediaType::PkiMessage, w.request.body.clone()), SignerUnknown),
    // The signer (sections 2.3 and 3.2).
    ("signed by a stranger", |w| w.success().signed_by(&fixtures::self_signed("RA", other_key()), other_key()).to_reply(), SignerUnknown),
    ("signed by the client", |w| w.success().signed_by(&w.asked.signer, client_key()).to_reply(), SignerUnknown),
    ("signed by a sibling of the CA's", |w| w.success().signed_by(&w.sibling(), other_key()).to_reply(), SignerUnknown),
    ("signed by the CA, which may not", |w| w.success().signed_by(w.server.ca(), fixtures::ca_key()).to_reply(), SignerUnknown),
    ("signed by another key under the RA's name", |w| w.success().with(|m| m.signer().key = other_key()).to_reply(), Signature),
    ("with a false RA certificate in the bag", |w| w.with_false_ra().to_reply(), Signature),
    ("a broken signature", |w| w.success().with(|m| m.signer().flaw = Flaw::Bit).to_reply(), Signature),
    ("no contentType", |w| w.success().with(|m| m.signer().omitted = vec![oid::CONTENT_TYPE]).to_reply(), Signature),
    ("no certificates, as NDES", |w| w.success().with(|m| m.certificates.clear()).to_reply(), Issued),
    ("FAILURE by a stranger", |w| w.failure("2").signed_by(&w.sibling(), other_key()).to_reply(), SignerUnknown),
    ("PENDING by a stranger", |w| w.status("3").signed_by(&w.sibling(), other_key()).to_reply(), SignerUnknown),
    // The envelope (section 3): there is none but in SUCCESS, whatever peers put in its place.
    ("FAILURE, content empty", |w| w.failure("2").content([]).to_reply(), Rejected(Some(2))),
    ("FAILURE, content one zero octet, as NDES", |w| w.failure("2").content([0]).to_reply(), Rejected(Some(2))),
    ("FAILURE with a certificate", |w| w.with_status("2").to_reply(), Rejected(None)),
    ("PENDING, content empty", |w| w.status("3").content([]).to_reply(), Wait),
    ("PENDING, content one zero octet, as NDES", |w| w.status("3").content([0]).to_reply(), Wait),
    ("PENDING with a certificate", |w| w.with_status("3").to_reply(), Wait),
    ("SUCCESS without envelope", |w| w.status("0").to_reply(), NoEnvelope),
    ("SUCCESS, content empty", |w| w.status("0").content([]).to_reply(), NoEnvelope),
    ("SUCCESS, content one zero octet", |w| w.status("0").content([0]).to_reply(), Envelope),
    ("SUCCESS, certificates not encrypted", |w| w.status("0").content(forge::certs_only(&[&w.leaf])).to_reply(), Envelope),
    ("SUCCESS for another recipient", |w| w.sealed_to(&fixtures::self_signed("other", other_key())).to_reply(), UnknownRecipient),
    ("SUCCESS for another key of the same name", |w| w.sealed_to(&w.namesake()).to_reply(), Unopenable),
    ("SUCCESS with a CSR", |w| w.enveloping(fixtures::csr("device", client_key()).as_der()).to_reply(), Unopenable),
    ("SUCCESS with nothing", |w| w.enveloping(&[]).to_reply(), Unopenable),
    ("SUCCESS with a bare certificate", |w| w.enveloping(w.leaf.as_der()).to_reply(), Unopenable),
    // Certificates (section 3.3.2.1): ours, wherever it stands.
    ("no certificate", |w| w.certificates(&[]).to_reply(), NoCertificateForKey),
    ("a certificate for another key", |w| w.certificates(&[&w.sibling()]).to_reply(), NoCertificateForKey),
    ("the CA's certificate alone", |w| w.certificates(&[w.server.ca()]).to_reply(), NoCertificateForKey),
    ("leaf first of three", |w| w.certificates(&[&w.leaf, &w.sibling(), w.server.ca()]).to_reply(), Issued),
    ("leaf second of three", |w| w.certificates(&[w.server.ca(), &w.leaf, &w.sibling()]).to_reply(), Issued),
    ("leaf third of three", |w| w.certificates(&[w.server.ca(), &w.sibling(), &w.leaf]).to_reply(), Issued),
    ("leaf twice", |w| w.certificates(&[&w.leaf, &w.leaf]).to_reply(), Issued),
    ("leaf by another key under the CA's name", |w| w.certificates(&[&w.false_leaf()]).to_reply(), BadCertificateSignature),
    // HTTP (section 4.1).
    ("HTTP 404", |_| HttpResponse::new(404, "text/html", "<html>"), Http(404)),
    ("HTTP 500", |_| HttpResponse::new(500, "text/plain", ""), Http(500)),
    ("HTTP 503", |_| HttpResponse::new(503, "text/plain", "later"), Http(503)),
    ("HTTP 302", |_| HttpResponse::new(302, "text/plain", ""), Http(302)),
    ("HTTP 403 with the good message", |w| w.success().to_reply().with_status(403), Http(403)),
    ("HTML with 200", |_| HttpResponse::new(200, "text/html", "<html>sign in"), Http(200)),
    ("the good message as text/html", |w| w.success().to_reply().with_type("text/html"), Issued),
    ("the good message with no type", |w| w.success().to_reply().with_type(""), Issued),
    ("empty", |_| pki(b""), Malformed),
    ("truncated", |w| pki(&w.success().encode()[..900]), Malformed),
    ("2 MiB of zeros", |_| pki(&vec![0; 2 << 20]), Malformed),
    ("2 MiB of message", |w| pki(&w.success().content(vec![0x30; 2 << 20]).encode()), Malformed),
    ("random octets", |_| pki(&TestRandom::new(3).bytes(2000)), Malformed),
    ("CRLF behind the message", |w| pki(&[w.success().encode(), b"\r\n".to_vec()].concat()), Issued),
    ("a space behind the message", |w| pki(&[w.success().encode(), b"\r\n ".to_vec()].concat()), Malformed),
    ("a message behind the message", |w| pki(&w.success().encode().repeat(2)), Malformed),
];

/// RenewalReq for the same key.
#[rustfmt::skip]
const RENEWAL: &[Row] = &[
    ("SUCCESS", |w| w.certificates(&[&w.renewed()]).to_reply(), Issued),
    ("the same certificate (NDES)", |w| w.certificates(&[&w.leaf]).to_reply(), SameCertificate),
    ("the same certificate and the CA's", |w| w.certificates(&[&w.leaf, w.server.ca()]).to_reply(), SameCertificate),
    ("old and new", |w| w.certificates(&[&w.leaf, &w.renewed()]).to_reply(), Issued),
    ("new and old", |w| w.certificates(&[&w.renewed(), &w.leaf]).to_reply(), Issued),
    ("a certificate for another key", |w| w.certificates(&[&w.sibling()]).to_reply(), NoCertificateForKey),
    ("SUCCESS to a self-signed certificate", |w| w.sealed_to(&fixtures::self_signed("device", client_key())).to_reply(), UnknownRecipient),
    ("signed by the current certificate", |w| w.success().signed_by(&w.leaf, client_key()).to_reply(), SignerUnknown),
    ("PENDING", |w| w.status("3").to_reply(), Wait),
    ("FAILURE badTime", |w| w.failure("3").to_reply(), Rejected(Some(3))),
];

/// PKCSReq for an EC key, with a challenge.
#[rustfmt::skip]
const UNDER_CHALLENGE: &[Row] = &[
    ("SUCCESS", |w| w.under(fixtures::CHALLENGE, &[&w.ec_leaf()]).to_reply(), Issued),
    ("SUCCESS under another challenge", |w| w.under("another", &[&w.ec_leaf()]).to_reply(), Unopenable),
    ("SUCCESS to an RSA key", |w| w.sealed_to(&fixtures::self_signed("device", client_key())).to_reply(), UnknownRecipient),
    ("SUCCESS, certificates not encrypted", |w| w.status("0").content(forge::certs_only(&[&w.ec_leaf()])).to_reply(), Envelope),
    ("a certificate for another key", |w| w.under(fixtures::CHALLENGE, &[&w.leaf]).to_reply(), NoCertificateForKey),
    ("PENDING", |w| w.status("3").to_reply(), Wait),
    ("FAILURE badAlg", |w| w.failure("0").to_reply(), Rejected(Some(0))),
];

/// GetCert (section 4.5).
#[rustfmt::skip]
const GET_CERT: &[Row] = &[
    ("SUCCESS", |w| w.certificates(&[&w.leaf]).to_reply(), Found),
    ("the certificate among others", |w| w.certificates(&[w.server.ca(), &w.leaf, &w.sibling()]).to_reply(), Found),
    ("no certificate", |w| w.certificates(&[]).to_reply(), NoSuchCertificate),
    ("another certificate", |w| w.certificates(&[&w.sibling()]).to_reply(), NoSuchCertificate),
    ("a CRL", |w| w.crls(&[&w.crl("Root", fixtures::ca_key())]).to_reply(), NoSuchCertificate),
    ("PENDING", |w| w.status("3").to_reply(), PendingLookup),
    ("FAILURE badCertId", |w| w.failure("4").to_reply(), Rejected(Some(4))),
    ("no pkiStatus", |w| w.success().without(oid::SCEP_PKI_STATUS).to_reply(), Status(None)),
    ("signed by a stranger", |w| w.success().signed_by(&w.sibling(), other_key()).to_reply(), SignerUnknown),
    ("no recipientNonce", |w| w.success().without(oid::SCEP_RECIPIENT_NONCE).to_reply(), RecipientNonce),
    ("SUCCESS for another recipient", |w| w.sealed_to(&fixtures::self_signed("other", other_key())).to_reply(), UnknownRecipient),
    ("SUCCESS without envelope", |w| w.status("0").to_reply(), NoEnvelope),
    ("HTTP 500", |_| HttpResponse::new(500, "text/plain", ""), Http(500)),
];

/// GetCRL (section 4.6).
#[rustfmt::skip]
const GET_CRL: &[Row] = &[
    ("SUCCESS", |w| w.crls(&[&w.crl("Root", fixtures::ca_key())]).to_reply(), Found),
    ("no CRL", |w| w.crls(&[]).to_reply(), CrlCount(0)),
    ("two CRLs", |w| w.crls(&[&w.crl("Root", fixtures::ca_key()), &w.crl("Other", fixtures::ca_key())]).to_reply(), CrlCount(2)),
    ("a CRL of another issuer", |w| w.crls(&[&w.crl("Other", fixtures::ca_key())]).to_reply(), CrlIssuer),
    ("a CRL by another key", |w| w.crls(&[&w.crl("Root", other_key())]).to_reply(), BadCrlSignature),
    ("a certificate", |w| w.success().to_reply(), CrlCount(0)),
    ("PENDING", |w| w.status("3").to_reply(), PendingLookup),
    ("FAILURE badCertId", |w| w.failure("4").to_reply(), Rejected(Some(4))),
];

/// GetCACaps (section 3.5.2) for a client that allows 3DES and SHA-1: without an answer these are assumed, and nothing is
/// ever weaker. A server that is out of order has not answered. What comes of less than AES and SHA-256 by default is in
/// `client_policy.rs`.
#[rustfmt::skip]
const CAPABILITIES: &[Row] = &[
    ("SCEPStandard", |_| text("SCEPStandard\n"), Exchange),
    ("CRLF", |_| text("AES\r\nSHA-256\r\nPOSTPKIOperation\r\n"), Exchange),
    ("empty", |_| text(""), Exchange),
    ("unknown words", |_| text("SHA-2567\nAESX\nS\n\nSCEP\n"), Exchange),
    ("binary", |_| HttpResponse::new(200, "application/octet-stream", TestRandom::new(1).bytes(500)), Exchange),
    ("HTML", |_| HttpResponse::new(200, "text/html", "<html>AES</html>"), Exchange),
    ("HTTP 404", |_| HttpResponse::new(404, "text/html", ""), Exchange),
    ("HTTP 501", |_| HttpResponse::new(501, "text/html", ""), Exchange),
    ("HTTP 302", |_| HttpResponse::new(302, "text/html", "SCEPStandard"), Http(302)),
    ("HTTP 429", |_| HttpResponse::new(429, "text/plain", ""), Http(429)),
    ("HTTP 500", |_| HttpResponse::new(500, "text/html", "SHA-256"), Http(500)),
    ("HTTP 503", |_| HttpResponse::new(503, "text/html", ""), Http(503)),
    ("2 MiB", |_| text(&"AES\n".repeat(1 << 19)), Exchange),
    ("what no one has", |_| text("SHA-384\nSHA-512\nDES3\n"), Exchange),
];

/// GetCACert (section 4.2) for a client that pinned the root, the RA's two certificates being in a bundle of NDES's kind.
#[rustfmt::skip]
const CERTIFICATES: &[Row] = &[
    ("CA, RA signing, RA encryption", |w| bundle(&[&w.ca, &w.ra[0], &w.ra[1]]), Sign),
    ("CA, RA encryption, RA signing", |w| bundle(&[&w.ca, &w.ra[1], &w.ra[0]]), Sign),
    ("RA signing, CA, RA encryption", |w| bundle(&[&w.ra[0], &w.ca, &w.ra[1]]), Sign),
    ("RA signing, RA encryption, CA", |w| bundle(&[&w.ra[0], &w.ra[1], &w.ca]), Sign),
    ("RA encryption, CA, RA signing", |w| bundle(&[&w.ra[1], &w.ca, &w.ra[0]]), Sign),
    ("RA encryption, RA signing, CA", |w| bundle(&[&w.ra[1], &w.ra[0], &w.ca]), Sign),
    ("with no or another content type", |w| bundle(&[&w.ca, &w.ra[0], &w.ra[1]]).with_type("application/x-x509-ca-cert"), Sign),
    ("a CA that answers for itself, alone", |w| single(&w.answering), Sign),
    ("the same in a bundle", |w| bundle(&[&w.answering]), Sign),
    ("the same as a bundle's type", |w| single(&w.answering).with_type("application/x-x509-ca-ra-cert"), Sign),
    ("and with a type of its own", |w| single(&w.answering).with_type("application/octet-stream"), Sign),
    ("another CA", |w| single(&w.strange_ca()), Authority("fingerprint")),
    ("RA certificates without the CA's", |w| bundle(&[&w.ra[0], &w.ra[1]]), Authority("fingerprint")),
    ("a CA for certificates only, alone (micromdm)", |w| single(&w.ca), Sign),
    ("no RA for signing", |w| bundle(&[&w.ca, &w.ra[1]]), Authority("no signer")),
    ("no RA for encryption", |w| bundle(&[&w.ca, &w.ra[0]]), Authority("no recipient")),
    ("RA certificates of another CA", |w| bundle(&[&w.ca, &w.strange_ra()]), Authority("no recipient")),
    ("an RA that has expired", |w| bundle(&[&w.ca, &w.expired_ra()]), Authority("no recipient")),
    ("a CA that has expired", |w| bundle(&[&w.expired_ca()]), Authority("not valid now")),
    ("an empty bundle", |_| bundle(&[]), Authority("empty")),
    ("a bundle of garbage", |_| HttpResponse::ok(MediaType::X509CaRaCert, [0x30, 0x80, 0]), Authority("malformed")),
    ("empty", |_| HttpResponse::ok(MediaType::X509CaCert, []), Authority("malformed")),
    ("PEM", |w| HttpResponse::ok(MediaType::X509CaCert, pki_core::pem::encode("CERTIFICATE", w.ca.as_der())), Authority("malformed")),
    ("HTML", |_| HttpResponse::new(200, "text/html", "<html>"), Http(200)),
    ("HTTP 404", |_| HttpResponse::new(404, "text/html", ""), Http(404)),
    ("HTTP 500 with the certificate", |w| single(&w.answering).with_status(500), Http(500)),
    ("2 MiB", |_| HttpResponse::ok(MediaType::X509CaCert, vec![0x30; 2 << 20]), Authority("malformed")),
];

#[test]
fn replies_to_the_request() {
    operation(Stage::Request);
}

#[test]
fn replies_to_a_poll() {
    operation(Stage::Poll);
}

fn operation(stage: Stage) {
    let (mut pair, exchange) = Scenario::new().pending(1).to_exchange(stage);
    let world = World::of(&pair, exchange.request().clone());
    let good = if stage == Stage::Request { Wait } else { Issued };
    for (what, reply, expected) in OPERATION {
        let before = format!("{:?}", pair.step);
        let found = pair.try_reply(&reply(&world));
        let found = match found {
            Ok(Step::Open(open)) => {
                let opened = open.open_with(client_key(), &mut pair.rng);
                if opened.is_err() {
                    // What can't be opened now may be opened later.
                    let again = open.open_with(client_key(), &mut pair.rng);
                    assert_eq!(Next::of(again), Next::of(opened.clone()), "{what}");
                }
                opened
            }
            other => other,
        };
        if let Ok(Step::Issued(issued)) = &found {
            assert_eq!(issued.certificate(), &world.leaf, "{what}");
            assert_eq!(issued.chain(), [world.leaf.clone(), world.server.ca().clone()], "{what}");
        }
        assert_eq!(Next::of(found), *expected, "{what}");
        assert_eq!(format!("{:?}", pair.step), before, "{what}");
        if !matches!(expected, Issued | Rejected(_) | Wait) {
            let reply = pair.true_reply();
            let next = match pair.try_reply(&reply) {
                Ok(Step::Open(open)) => open.open_with(client_key(), &mut pair.rng),
                next => next,
            };
            assert_eq!(Next::of(next), good, "after {what}");
        }
    }
}

#[test]
fn replies_to_a_renewal() {
    let leaf = fixtures::below_root(fixtures::ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    let (pair, exchange) = Scenario::new().renewal(leaf, client_key()).to_exchange(Stage::Request);
    run(pair, exchange.request().clone(), RENEWAL);
}

#[test]
fn replies_under_the_challenge() {
    let (pair, exchange) = Scenario::new().key(fixtures::ec_key()).to_exchange(Stage::Request);
    run(pair, exchange.request().clone(), UNDER_CHALLENGE);
}

#[test]
fn replies_to_lookups() {
    let leaf = fixtures::below_root(fixtures::ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT);
    let request = || LookupRequest::new(IssuerAndSerial::of(&leaf), leaf.clone());
    let starts =
        [(Scenario::new().start_get_cert(request()), GET_CERT), (Scenario::new().start_get_crl(request()), GET_CRL)];
    for (mut pair, rows) in starts {
        let request = loop {
            match &pair.step {
                Step::Exchange(exchange) if exchange.request().method == Method::Post => {
                    break exchange.request().clone();
                }
                _ => pair.turn().expect("a next step"),
            }
        };
        run(pair, request, rows);
    }
}

fn run(mut pair: Pair, request: HttpRequest, rows: &[Row]) {
    let world = World::of(&pair, request);
    for (what, reply, expected) in rows {
        let before = format!("{:?}", pair.step);
        let found = match pair.try_reply(&reply(&world)) {
            Ok(Step::Open(open)) if open.needs() == OpenWith::Challenge => {
                open.open_with_challenge(&fixtures::CHALLENGE.into(), &mut pair.rng)
            }
            Ok(Step::Open(open)) => open.open_with(client_key(), &mut pair.rng),
            other => other,
        };
        assert_eq!(Next::of(found), *expected, "{what}");
        assert_eq!(format!("{:?}", pair.step), before, "{what}");
    }
}

#[test]
fn replies_to_get_ca_caps() {
    let legacy =
        || Scenario::new().start_with(ClientConfig::new(PROVIDER).with_algorithm_floor(AlgorithmFloor::Legacy));
    let mut pair = legacy();
    let world = World::of(&Scenario::new().to_exchange(Stage::Request).0, HttpRequest::get_ca_caps(None));
    for (what, reply, expected) in CAPABILITIES {
        let reply = reply(&world);
        let next = pair.try_reply(&reply);
        let mut follow = legacy();
        if let Ok(step) = &next {
            follow.step = step.clone();
        }
        assert_eq!(Next::of(next), *expected, "{what}");
        // Whatever was said, it ends well.
        assert!(matches!(follow.drive(), conformance::End::Issued(_)), "{what}: {:?}", follow.errors);
    }
}

#[test]
fn replies_to_get_ca_cert() {
    let server = || TestServer::with_two_ras(fixtures::ca_key(), fixtures::ra_key(), fixtures::ra_encryption_key());
    let (pair, exchange) = Scenario::with_server(server()).to_exchange(Stage::Certificates);
    let operation = Scenario::with_server(server()).to_exchange(Stage::Request).0;
    let mut world = World::of(&operation, exchange.request().clone());
    world.ra = server().authority().split_off(1);
    for (what, reply, expected) in CERTIFICATES {
        // Three roots of one key have three fingerprints: the pin is that of the first certificate, if it is the root's.
        let reply = reply(&world);
        let pin = match *what {
            "a CA that has expired" => world.expired_ca(),
            _ if world.has_answering(&reply) => world.answering.clone(),
            _ => world.ca.clone(),
        };
        let pin = scep::client::Fingerprint::of(&pin, &PROVIDER).expect("SHA-256");
        let mut pinned = Scenario::with_server(server()).start_with(ClientConfig::new(PROVIDER).with_fingerprint(pin));
        pinned.turn().expect("GetCACert");
        let before = format!("{:?}", pinned.step);
        assert_eq!(Next::of(pinned.try_reply(&reply)), *expected, "{what}");
        assert_eq!(format!("{:?}", pinned.step), before, "{what}");
        // Nobody pinned anything: what would do is shown for confirmation, what would not is not.
        let mut unpinned = Scenario::with_server(server()).unpinned().start();
        unpinned.turn().expect("GetCACert");
        let shown = unpinned.try_reply(&reply);
        match expected {
            Sign => assert_eq!(Next::of(shown), Confirm, "{what}"),
            Authority("fingerprint") => {}
            error => assert_eq!(Next::of(shown), *error, "{what}"),
        }
    }
    drop(pair);
}

#[test]
fn a_ca_with_no_algorithm_that_we_have_is_told_so() {
    use pki_core::crypto::{CryptoProvider, rustcrypto};
    const NO_3DES: CryptoProvider = CryptoProvider { ciphers: &[&rustcrypto::Aes128Cbc], ..PROVIDER };
    let config = ClientConfig::new(NO_3DES).with_algorithm_floor(AlgorithmFloor::Legacy);
    let mut pair = Scenario::new().start_with(config);
    assert_eq!(Next::of(pair.try_reply(&text("SHA-256\nDES3\n"))), NoCommonAlgorithm);
    assert_eq!(Next::of(pair.try_reply(&text(""))), NoCommonAlgorithm);
    assert_eq!(Next::of(pair.try_reply(&text("SCEPStandard"))), Exchange);
}

/// What replies are made of.
struct World {
    server: TestServer,
    asked: Asked,
    request: HttpRequest,
    earlier_nonce: Vec<u8>,
    leaf: Certificate,
    ca: Certificate,
    answering: Certificate,
    ra: Vec<Certificate>,
}

impl World {
    fn of(pair: &Pair, request: HttpRequest) -> Self {
        let operations: Vec<_> = pair.network.log().iter().filter(|(sent, _)| sent.method == Method::Post).collect();
        let earlier = operations.first().map(|(sent, _)| Asked::of(sent).attributes.sender_nonce.expect("a nonce"));
        let server = TestServer::with_ra(fixtures::ca_key(), fixtures::ra_key(), PROVIDER);
        Self {
            leaf: fixtures::below_root(fixtures::ca_key(), "device", client_key(), &Profile::DEVICE_CLIENT),
            asked: Asked::by(pair),
            request,
            earlier_nonce: earlier.map_or_else(|| vec![0x11; 16], |nonce| nonce.as_bytes().to_vec()),
            ca: server.ca().clone(),
            answering: fixtures::answering_root(fixtures::ca_key()),
            ra: server.authority().split_off(1),
            server,
        }
    }

    fn status(&self, status: &str) -> RawMessage {
        RawMessage::cert_rep(&self.asked, &self.server, status)
    }

    fn failure(&self, info: &str) -> RawMessage {
        self.status("2").set_text(oid::SCEP_FAIL_INFO, info)
    }

    fn success(&self) -> RawMessage {
        self.certificates(&[&self.leaf])
    }

    fn certificates(&self, certificates: &[&Certificate]) -> RawMessage {
        self.enveloping(&forge::certs_only(certificates))
    }

    fn enveloping(&self, data: &[u8]) -> RawMessage {
        self.status("0").content(forge::envelope(data, &self.asked.signer))
    }

    fn sealed_to(&self, recipient: &Certificate) -> RawMessage {
        self.status("0").content(forge::envelope(&forge::certs_only(&[&self.leaf]), recipient))
    }

    /// With the certificate, and yet with this status.
    fn with_status(&self, status: &str) -> RawMessage {
        self.success().set_text(oid::SCEP_PKI_STATUS, status)
    }

    fn with_type(&self, message_type: &str) -> RawMessage {
        self.success().set_text(oid::SCEP_MESSAGE_TYPE, message_type)
    }

    fn with_id(&self, change: impl Fn(&str) -> String) -> RawMessage {
        let id = str::from_utf8(self.asked.attributes.transaction_id.as_bytes()).expect("ASCII");
        self.success().set_text(oid::SCEP_TRANSACTION_ID, &change(id))
    }

    fn nonce(&self) -> Vec<u8> {
        self.asked.attributes.sender_nonce.as_ref().expect("a nonce").as_bytes().to_vec()
    }

    fn with_nonce(&self, change: impl Fn(&mut Vec<u8>)) -> RawMessage {
        let mut nonce = self.nonce();
        change(&mut nonce);
        self.success().set_octets(oid::SCEP_RECIPIENT_NONCE, &nonce)
    }

    fn with_moved_nonce(&self) -> RawMessage {
        self.success().without(oid::SCEP_RECIPIENT_NONCE).set_octets(oid::SCEP_SENDER_NONCE, &self.nonce())
    }

    fn crls(&self, crls: &[&Crl]) -> RawMessage {
        self.enveloping(&certs_only([], crls.iter().map(|crl| crl.as_der())))
    }

    /// A CRL that does not say by which key.
    fn crl(&self, issuer: &str, key: &PrivateKey) -> Crl {
        let validity = self.leaf.validity();
        CrlBuilder::new(fixtures::name(issuer), validity.not_before, validity.not_after)
            .build(SignatureAlgorithm::RSA_PKCS1_SHA256)
            .expect("a CRL")
            .sign_with(key, &mut TestRandom::new(8))
            .expect("a signature")
    }

    /// What came after the leaf, for the same key.
    fn renewed(&self) -> Certificate {
        fixtures::below_root(fixtures::ca_key(), "renewed", client_key(), &Profile::DEVICE_CLIENT)
    }

    fn ec_leaf(&self) -> Certificate {
        fixtures::below_root(fixtures::ca_key(), "device", fixtures::ec_key(), &Profile::DEVICE_CLIENT)
    }

    fn under(&self, challenge: &str, certificates: &[&Certificate]) -> RawMessage {
        self.status("0").content(forge::envelope_under(&forge::certs_only(certificates), challenge))
    }

    /// A certificate of the same CA for somebody else.
    fn sibling(&self) -> Certificate {
        fixtures::below_root(fixtures::ca_key(), "sibling", other_key(), &Profile::DEVICE_CLIENT)
    }

    /// A certificate with issuer and serial number of another one, for another key.
    fn copy_of(&self, certificate: &Certificate) -> Certificate {
        let issuer = certificate.issuer().to_owned();
        let serial = pki_core::SerialNumber::from_bytes(certificate.serial_number()).expect("a serial number");
        let key = Signer::public_key(other_key()).clone();
        let subject = certificate.subject().to_owned();
        let builder = CertificateBuilder::new(serial, issuer.clone(), subject, fixtures::validity(), key);
        fixtures::certify_with((&issuer, other_key()), builder.with_profile(&Profile::RA))
    }

    /// The recipient by name, with a key that the client does not have.
    fn namesake(&self) -> Certificate {
        self.copy_of(&self.asked.signer)
    }

    fn with_false_ra(&self) -> RawMessage {
        let certificate = self.copy_of(&self.server.signing());
        self.success().signed_by(&certificate, other_key())
    }

    fn false_leaf(&self) -> Certificate {
        fixtures::certify(
            (&fixtures::name("Root"), other_key()),
            &fixtures::name("device"),
            Signer::public_key(client_key()),
            fixtures::validity(),
            &Profile::DEVICE_CLIENT,
        )
    }

    fn strange_ca(&self) -> Certificate {
        fixtures::answering_root(other_key())
    }

    fn strange_ra(&self) -> Certificate {
        fixtures::below_root(other_key(), "RA", fixtures::ra_key(), &Profile::RA)
    }

    fn past() -> Validity {
        let validity = fixtures::validity();
        Validity::new(validity.not_before, validity.not_before.plus(std::time::Duration::from_secs(86_400)))
    }

    fn expired_ra(&self) -> Certificate {
        let (root, name, key) = (fixtures::name("Root"), fixtures::name("RA"), Signer::public_key(fixtures::ra_key()));
        fixtures::certify((&root, fixtures::ca_key()), &name, key, Self::past(), &Profile::RA)
    }

    fn expired_ca(&self) -> Certificate {
        let (root, key) = (fixtures::name("Root"), Signer::public_key(fixtures::ca_key()));
        fixtures::certify((&root, fixtures::ca_key()), &root, key, Self::past(), &Profile::ROOT_CA.answering_scep())
    }

    fn has_answering(&self, reply: &HttpResponse) -> bool {
        let der = self.answering.as_der();
        reply.body.windows(der.len()).any(|window| window == der)
    }
}

/// Small changes to replies.
trait Change {
    fn with_status(self, status: u16) -> Self;
    fn with_type(self, content_type: &str) -> Self;
}

impl Change for HttpResponse {
    fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    fn with_type(mut self, content_type: &str) -> Self {
        content_type.clone_into(&mut self.content_type);
        self
    }
}

trait SetText {
    fn set_text_octets(self, octets: &[u8]) -> Self;
}

impl SetText for RawMessage {
    /// failInfoText with any octets.
    fn set_text_octets(self, octets: &[u8]) -> Self {
        let value = pki_core::der::Writer::encode(|w| w.primitive(pki_core::der::Tag::UTF8_STRING, octets));
        self.set(oid::SCEP_FAIL_INFO_TEXT, value)
    }
}

fn pki(body: &[u8]) -> HttpResponse {
    HttpResponse::ok(MediaType::PkiMessage, body)
}

fn text(body: &str) -> HttpResponse {
    HttpResponse::ok(MediaType::TextPlain, body)
}

fn single(certificate: &Certificate) -> HttpResponse {
    HttpResponse::ok(MediaType::X509CaCert, certificate.as_der())
}

fn bundle(certificates: &[&Certificate]) -> HttpResponse {
    HttpResponse::ok(MediaType::X509CaRaCert, forge::certs_only(certificates))
}

#[test]
fn the_signer_info_of_the_table_is_what_it_says() {
    // The rows stand on this one: the server's own SUCCESS, and the forged one, are read alike.
    let (mut pair, exchange) = Scenario::new().to_exchange(Stage::Request);
    let world = World::of(&pair, exchange.request().clone());
    let forged: &RawSigner = &world.success().signers[0];
    assert_eq!(forged.certificate, pair.server.signing());
    let reply = pair.true_reply();
    assert!(matches!(pair.try_reply(&reply), Ok(Step::Open(_))));
    assert!(matches!(pair.try_reply(&world.success().to_reply()), Ok(Step::Open(_))));
}
