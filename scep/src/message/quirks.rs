//! What deviates in a message, stage by stage.

use alloc::vec::Vec;

use pki_core::{
    Certificate, Csr, CsrOddity, KeyKind, Limits, Oid,
    algorithm::DigestAlgorithm,
    ber,
    cms::{Attribute, CertificateIdentifier, EnvelopedData, SignedAttributes, SignedData, SignerInfo},
    der::{Decode, Reader, Tag},
    extension::KeyUsage,
    name::DirectoryString,
    oid,
};

use super::{Attributes, IssuerAndSubject};
use crate::{
    attribute::{KnownPkiStatus, MessageType, is_printable_string},
    peer::{Quirk, Quirks},
};

/// Of the outer CMS and of the attributes that could be read.
pub(super) fn of_signed_data(
    message: &[u8],
    signed_data: &SignedData<'_>,
    attributes: Option<&Attributes>,
    limits: Limits,
) -> Quirks {
    let mut seen = Quirks::NONE;
    seen.note(Quirk::BerMessage, !is_der(message, limits));
    seen.note(Quirk::EnvelopeContentType, signed_data.content_type() != oid::DATA);
    seen.note(Quirk::CertificatesMissing, signed_data.certificates().next().is_none());
    for signer in signed_data.signers() {
        seen |= of_signer_info(signer);
    }
    if let Some(attributes) = attributes {
        seen |= of_attributes(attributes, signed_data.content());
    }
    seen
}

/// Of the envelope, without opening it.
pub(super) fn of_envelope(content: &[u8], limits: Limits) -> Quirks {
    let mut seen = Quirks::NONE;
    let Ok(envelope) = EnvelopedData::from_ber(content, limits) else { return seen };
    seen.note(Quirk::BerEnvelope, !is_der(content, limits));
    seen.note(Quirk::EnvelopePieces, encrypted_content_is_constructed(content, limits));
    let recipients = envelope.recipients();
    seen.note(
        Quirk::SeveralRecipients,
        recipients.len() + envelope.password_recipients().len() + envelope.other_recipients() > 1,
    );
    seen.note(Quirk::KeyIdentifier, recipients.iter().any(|recipient| is_key_identifier(recipient.rid())));
    seen.note(Quirk::SingleDes, envelope.cipher().oid == oid::DES_CBC);
    seen.note(Quirk::TripleDes, envelope.cipher().oid == oid::DES_EDE3_CBC);
    seen
}

/// Of the certificate that a request is signed by, in a message with this digest.
pub(super) fn of_signer(signer: &Certificate, message_type: MessageType, digest: Option<DigestAlgorithm>) -> Quirks {
    let mut seen = Quirks::NONE;
    if message_type == MessageType::CERT_REP {
        return seen;
    }
    seen.note(Quirk::SignerSerial, signer.oddities().next().is_some());
    if !signer.is_self_issued() {
        seen.note(Quirk::RenewalAsPkcsReq, message_type == MessageType::PKCS_REQ);
        return seen;
    }
    let usual = [oid::KEY_USAGE, oid::BASIC_CONSTRAINTS];
    let mut extensions = signer.extensions().iter();
    let odd = extensions.any(|extension| extension.critical && !usual.contains(&extension.oid));
    seen.note(Quirk::SignerExtensions, odd);
    seen.note(Quirk::SignerKeyUsage, !has_usages(signer));
    let is_weak = WEAK_SIGNATURES.contains(&signer.signature_algorithm().oid);
    let is_better = !matches!(digest, Some(DigestAlgorithm::SHA1 | DigestAlgorithm::MD5));
    seen.note(Quirk::SignerSha1, is_weak && is_better);
    seen
}

/// Of the CSR in a request by this signer.
pub(super) fn of_csr(csr: &Csr, signer: &Certificate) -> Quirks {
    let mut seen = Quirks::NONE;
    for oddity in csr.oddities() {
        seen |= Quirks::from(match oddity {
            CsrOddity::Version(_) => Quirk::CsrVersion,
            CsrOddity::MicrosoftExtensionRequest => Quirk::CsrMicrosoftExtensions,
            _ => Quirk::CsrForm,
        });
    }
    seen.note(
        Quirk::ChallengeString,
        csr.attributes().any(|attribute| is_old_challenge(attribute.oid, attribute.reader())),
    );
    if signer.is_self_issued() {
        seen.note(Quirk::SignerKey, signer.public_key() != csr.public_key());
        seen.note(Quirk::SignerSubject, !signer.subject().matches(csr.subject()));
    }
    seen
}

/// Of the names in a CertPoll by this signer.
pub(super) fn of_poll(names: &IssuerAndSubject, signer: &Certificate) -> Quirks {
    let is_signer = |name: &pki_core::Name| name.as_ref().matches(signer.subject());
    let mut seen = Quirks::NONE;
    seen.note(Quirk::PollNames, is_signer(names.issuer()) && !is_signer(names.subject()));
    seen
}

/// Of the certificates-only SignedData in a CertRep, with so many certificates.
pub(super) fn of_bundle(bundle: &[u8], certificates: usize, limits: Limits) -> Quirks {
    let mut seen = Quirks::NONE;
    seen.note(Quirk::BerMessage, !is_der(bundle, limits));
    seen.note(Quirk::SeveralCertificates, certificates > 1);
    seen
}

/// Whether lengths and strings have the form of DER, with everything that is constructed looked into.
pub(crate) fn is_der(bytes: &[u8], limits: Limits) -> bool {
    let mut open: Vec<Reader<'_>> = alloc::vec![Reader::new(bytes)];
    while let Some(mut reader) = open.pop() {
        if reader.is_empty() {
            continue;
        }
        let Ok(element) = reader.any() else { return false };
        open.push(reader);
        let tag = element.tag();
        if tag.is_constructed() {
            let in_pieces = tag.as_byte() & CLASS == 0 && tag != Tag::SEQUENCE && tag != Tag::SET;
            if in_pieces || open.len() > usize::from(limits.depth) {
                return false;
            }
            open.push(element.reader());
        }
    }
    true
}

fn of_signer_info(signer: &SignerInfo<'_>) -> Quirks {
    let mut seen = Quirks::NONE;
    let digest = DigestAlgorithm::from_oid(signer.digest_algorithm().oid);
    seen.note(Quirk::Sha1, digest == Some(DigestAlgorithm::SHA1));
    seen.note(Quirk::Md5, digest == Some(DigestAlgorithm::MD5));
    seen.note(Quirk::SignatureNamesDigest, RSA_WITH_DIGEST.contains(&signer.signature_algorithm().oid));
    seen.note(Quirk::KeyIdentifier, is_key_identifier(signer.sid()));
    if let Some(signed) = signer.signed_attributes() {
        seen.note(Quirk::AttributeOrder, !is_sorted(signed));
        for attribute in signed.iter() {
            seen |= of_attribute(attribute);
        }
    }
    seen
}

fn of_attribute(attribute: &Attribute<'_>) -> Quirks {
    let mut seen = Quirks::NONE;
    let mut values = attribute.values();
    match attribute.oid() {
        oid::SCEP_MESSAGE_TYPE | oid::SCEP_PKI_STATUS | oid::SCEP_FAIL_INFO | oid::SCEP_TRANSACTION_ID => {
            seen.note(Quirk::AttributeString, values.any(|value| !is_printable_string(&value)));
        }
        oid::SCEP_FAIL_INFO_TEXT => {
            seen.note(Quirk::AttributeString, values.any(|value| value.tag() != Tag::UTF8_STRING));
        }
        // How long recipientNonce is, the other side chose.
        oid::SCEP_RECIPIENT_NONCE => {}
        oid::SCEP_SENDER_NONCE => {
            seen.note(Quirk::NonceLength, values.any(|value| value.content().len() != crate::Nonce::LENGTH));
        }
        oid::CONTENT_TYPE | oid::MESSAGE_DIGEST | oid::SIGNING_TIME => {}
        other => {
            let is_microsoft = other.as_bytes().starts_with(MICROSOFT);
            seen.note(Quirk::MicrosoftAttributes, is_microsoft);
            seen.note(Quirk::ExtraAttributes, !is_microsoft);
        }
    }
    seen
}

/// What the attributes say together, and of the content that goes with them.
fn of_attributes(attributes: &Attributes, content: Option<&[u8]>) -> Quirks {
    let mut seen = Quirks::NONE;
    seen.note(Quirk::UpdateReq, attributes.message_type.number() == UPDATE_REQ);
    if attributes.message_type != MessageType::CERT_REP {
        return seen;
    }
    let (sender, recipient) = (attributes.sender_nonce.as_ref(), attributes.recipient_nonce.as_ref());
    seen.note(Quirk::NonceNotEchoed, recipient.is_none());
    seen.note(Quirk::SenderNonceAbsent, sender.is_none());
    seen.note(Quirk::SenderNonceCopied, sender.is_some() && sender == recipient);
    let status = attributes.pki_status.and_then(|status| status.known());
    if status == Some(KnownPkiStatus::Failure) {
        seen.note(Quirk::FailInfoMissing, attributes.fail_info.is_none());
        seen.note(Quirk::FailInfoUndefined, attributes.fail_info.is_some_and(|info| info.known().is_none()));
    }
    if matches!(status, Some(KnownPkiStatus::Failure | KnownPkiStatus::Pending)) {
        seen.note(Quirk::ContentEmpty, content.is_some_and(<[u8]>::is_empty));
        seen.note(Quirk::ContentMeaningless, content.is_some_and(|content| !content.is_empty()));
    }
    seen
}

/// X.690 section 11.6.
fn is_sorted(signed: &SignedAttributes<'_>) -> bool {
    let mut reader = Reader::new(signed.as_bytes());
    let mut last: &[u8] = &[];
    while let Ok(element) = reader.any() {
        if element.raw() < last {
            return false;
        }
        last = element.raw();
    }
    true
}

/// RFC 8894 section 2.3. What can't be read is not there.
fn has_usages(signer: &Certificate) -> bool {
    let encrypts = matches!(signer.public_key().kind(), KeyKind::Rsa { .. });
    signer.key_usage().ok().flatten().is_some_and(|usage| {
        usage.contains(KeyUsage::DIGITAL_SIGNATURE) && (!encrypts || usage.contains(KeyUsage::KEY_ENCIPHERMENT))
    })
}

const fn is_key_identifier(identifier: CertificateIdentifier<'_>) -> bool {
    matches!(identifier, CertificateIdentifier::SubjectKeyIdentifier(_))
}

fn is_old_challenge(oid: Oid<'_>, mut values: Reader<'_>) -> bool {
    oid == oid::CHALLENGE_PASSWORD
        && DirectoryString::decode(&mut values)
            .is_ok_and(|text| text.tag() != Tag::PRINTABLE_STRING && text.tag() != Tag::UTF8_STRING)
}

/// Whether the encryptedContent of an envelope that can be read, or of an authenticated one, is `[0]` constructed.
fn encrypted_content_is_constructed(envelope: &[u8], limits: Limits) -> bool {
    let find = || {
        let mut info = ber::Reader::new(envelope, limits)?.sequence()?;
        info.oid()?;
        let mut fields = info.nested(Tag::context_constructed(0))?.sequence()?;
        fields.small_integer()?;
        fields.optional(Tag::context_constructed(0))?;
        fields.expect(Tag::SET)?;
        let mut encrypted = fields.sequence()?;
        encrypted.oid()?;
        encrypted.sequence()?;
        Ok::<_, pki_core::DecodeError>(encrypted.peek())
    };
    find().is_ok_and(|tag| tag.is_some_and(Tag::is_constructed))
}

/// The bits of a tag that are its class.
const CLASS: u8 = 0xc0;
/// Below 1.3.6.1.4.1.311.
const MICROSOFT: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37];
/// messageType 18 of drafts.
const UPDATE_REQ: u32 = 18;

const RSA_WITH_DIGEST: [Oid<'static>; 6] = [
    oid::MD5_WITH_RSA,
    oid::SHA1_WITH_RSA,
    oid::SHA224_WITH_RSA,
    oid::SHA256_WITH_RSA,
    oid::SHA384_WITH_RSA,
    oid::SHA512_WITH_RSA,
];
const WEAK_SIGNATURES: [Oid<'static>; 3] = [oid::MD5_WITH_RSA, oid::SHA1_WITH_RSA, oid::ECDSA_WITH_SHA1];
