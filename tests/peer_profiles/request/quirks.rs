//! One function for each quirk that a client can have.

use conformance::{
    fixtures,
    forge::{Form, RawAttribute},
};
use pki_core::{
    NameRef, Oid, Profile,
    algorithm::{CipherAlgorithm, DigestAlgorithm, SignatureAlgorithm},
    der::{Reader, Tag, Writer},
    oid,
};
use scep::{http::Method, peer::Quirk};

use super::{Alphabet, Request, attribute};
use crate::ber;

/// A request with one quirk.
pub(crate) type Fixture = (Quirk, fn(&mut Request));

/// One for each quirk that a client can have.
pub(crate) const FIXTURES: &[Fixture] = &[
    (Quirk::AttributeOrder, attribute_order_of_old_stacks),
    (Quirk::AttributeString, attribute_string_of_early_cisco),
    (Quirk::Base64Alphabet, base64_alphabet_of_mdmb),
    (Quirk::Base64Escapes, base64_escapes_of_apple),
    (Quirk::Base64LineBreaks, base64_line_breaks_of_cisco_ios),
    (Quirk::Base64Padding, base64_padding),
    (Quirk::Base64Spaces, base64_spaces_of_fleet),
    (Quirk::BerEnvelope, ber_envelope_of_apple),
    (Quirk::BerMessage, ber_message_of_jscep),
    (Quirk::CaIdentifier, ca_identifier_of_windows),
    (Quirk::ChallengeString, challenge_string_of_sscep),
    (Quirk::CsrForm, csr_form),
    (Quirk::CsrMicrosoftExtensions, csr_extensions_of_windows),
    (Quirk::CsrVersion, csr_version_of_apple),
    (Quirk::EnvelopeContentType, envelope_content_type),
    (Quirk::EnvelopePieces, envelope_pieces_of_micromdm),
    (Quirk::ExtraAttributes, extra_attributes_of_cryptlib),
    (Quirk::GetInsteadOfPost, get_instead_of_post_of_certmonger),
    (Quirk::KeyIdentifier, key_identifier),
    (Quirk::LineBreakAfter, line_break_after),
    (Quirk::Md5, md5_of_cisco_ios),
    (Quirk::MediaType, media_type_of_micromdm),
    (Quirk::MicrosoftAttributes, microsoft_attributes_of_ndes),
    (Quirk::NonceLength, nonce_length_of_apple),
    (Quirk::PollNames, poll_names_of_sscep),
    (Quirk::RenewalAsPkcsReq, renewal_as_pkcs_req_of_certmonger),
    (Quirk::SeveralRecipients, several_recipients),
    (Quirk::Sha1, sha1_of_cisco_asa),
    (Quirk::SignatureNamesDigest, signature_names_digest_of_apple),
    (Quirk::SignerExtensions, signer_extensions_of_windows),
    (Quirk::SignerKey, signer_key_of_apple),
    (Quirk::SignerKeyUsage, signer_key_usage_of_sscep),
    (Quirk::SignerSerial, signer_serial_of_certmonger),
    (Quirk::SignerSha1, signer_sha1_of_apple),
    (Quirk::SignerSubject, signer_subject_of_cisco_asa),
    (Quirk::SingleDes, single_des_of_cisco_ios),
    (Quirk::TripleDes, triple_des_of_jscep),
];

/// A10: in the order in which a program adds them.
fn attribute_order_of_old_stacks(request: &mut Request) {
    request.message.forms.push(Form::AsGiven);
}

/// O13: UTF8String.
fn attribute_string_of_early_cisco(request: &mut Request) {
    request.message.text = Tag::UTF8_STRING;
}

/// A11: `-` and `_`.
fn base64_alphabet_of_mdmb(request: &mut Request) {
    get_instead_of_post_of_certmonger(request);
    request.http.alphabet = Alphabet::UrlSafe;
}

/// A11: `+` and `/` as they are.
fn base64_escapes_of_apple(request: &mut Request) {
    get_instead_of_post_of_certmonger(request);
    request.http.alphabet = Alphabet::Plain;
}

/// C1: `%0A` after each 64 characters.
fn base64_line_breaks_of_cisco_ios(request: &mut Request) {
    get_instead_of_post_of_certmonger(request);
    request.http.line_breaks = true;
}

/// A11: no `=` at the end. One octet in the serial number more, and there would be some.
fn base64_padding(request: &mut Request) {
    get_instead_of_post_of_certmonger(request);
    request.http.unpadded = true;
}

/// A11: a proxy has decoded the query.
fn base64_spaces_of_fleet(request: &mut Request) {
    get_instead_of_post_of_certmonger(request);
    request.http.alphabet = Alphabet::Spaces;
}

/// A5, O2: indefinite lengths, with encryptedContent in one piece.
fn ber_envelope_of_apple(request: &mut Request) {
    let pieces = matches!(request.envelope.form, Some(ber::Form::Pieces(_)));
    request.envelope.form = Some(if pieces { ber::Form::IndefinitePieces(656) } else { ber::Form::Keep });
}

/// O2: indefinite lengths, sets and eContent among them.
fn ber_message_of_jscep(request: &mut Request) {
    request.message.is_ber = true;
}

/// W3: `?operation=GetCACaps&message=default`.
fn ca_identifier_of_windows(request: &mut Request) {
    request.http.query = Some("operation=GetCACaps&message=default");
}

/// O11: BMPString.
fn challenge_string_of_sscep(request: &mut Request) {
    request.csr.challenge = Tag::BMP_STRING;
}

/// An extensionRequest without extensions.
fn csr_form(request: &mut Request) {
    request.csr.attributes.push(attribute(oid::EXTENSION_REQUEST, |w| w.sequence(|_| {})));
}

/// W: 1.3.6.1.4.1.311.2.1.14 with keyUsage in it.
fn csr_extensions_of_windows(request: &mut Request) {
    let key_usage = |w: &mut Writer| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.oid(oid::KEY_USAGE);
                w.boolean(true);
                w.octet_string(&[0x03, 0x02, 0x05, 0xa0]);
            });
        });
    };
    request.csr.attributes.push(attribute(oid::MICROSOFT_CERTIFICATE_EXTENSIONS, key_usage));
}

/// A2: `INTEGER 2`.
fn csr_version_of_apple(request: &mut Request) {
    request.csr.version = 2;
}

/// 3.2-01: as the type of what is inside.
fn envelope_content_type(request: &mut Request) {
    request.message.content_type = oid::ENVELOPED_DATA;
}

/// O1: `[0]` constructed, with lengths.
fn envelope_pieces_of_micromdm(request: &mut Request) {
    let indefinite = request.envelope.form.is_some();
    request.envelope.form = Some(if indefinite { ber::Form::IndefinitePieces(656) } else { ber::Form::Pieces(656) });
}

/// O6: pkcs-9 randomNonce.
fn extra_attributes_of_cryptlib(request: &mut Request) {
    request.message.further.push(RawAttribute::octets(RANDOM_NONCE, &[0x1d; 16]));
}

/// C1, and certmonger to this day.
fn get_instead_of_post_of_certmonger(request: &mut Request) {
    request.http.method = Method::Get;
}

/// O4: the recipient by subjectKeyIdentifier.
fn key_identifier(request: &mut Request) {
    request.envelope.by_key_identifier = true;
}

/// CR LF behind the message.
fn line_break_after(request: &mut Request) {
    request.message.behind = b"\r\n";
}

/// C2.
fn md5_of_cisco_ios(request: &mut Request) {
    request.message.digest = DigestAlgorithm::MD5;
}

/// micromdm's client.
fn media_type_of_micromdm(request: &mut Request) {
    request.http.content_type = Some("application/octet-stream");
}

/// N4, sent back as a client request attribute: 1.3.6.1.4.1.311.21.37.
fn microsoft_attributes_of_ndes(request: &mut Request) {
    request.message.further.push(RawAttribute::printable(MICROSOFT_CLIENT_REQUEST, "1"));
}

/// A3.
fn nonce_length_of_apple(request: &mut Request) {
    request.message.nonce = 8;
}

/// O8: issuer and subject in each other's place.
fn poll_names_of_sscep(request: &mut Request) {
    request.message.message_type = "20";
    request.message.is_poll = true;
}

/// C4: with a certificate of the CA.
fn renewal_as_pkcs_req_of_certmonger(request: &mut Request) {
    request.signer.issued_by_ca = true;
}

/// O4: somebody else, too, who stands first.
fn several_recipients(request: &mut Request) {
    request.envelope.others.push(fixtures::self_signed("somebody else", fixtures::other_key()));
}

/// C2.
fn sha1_of_cisco_asa(request: &mut Request) {
    request.message.digest = DigestAlgorithm::SHA1;
    // And the certificate is no better than the message.
    request.signer.algorithm = SignatureAlgorithm::RSA_PKCS1_SHA1;
}

/// O5: sha256WithRSAEncryption.
fn signature_names_digest_of_apple(request: &mut Request) {
    request.message.forms.push(Form::DigestNamed);
}

/// W2: critical authorityKeyIdentifier.
fn signer_extensions_of_windows(request: &mut Request) {
    let identifier = Writer::encode(|w| w.sequence(|w| w.primitive(Tag::context(0), &[0x4b; 20])));
    request.signer.critical.push((oid::AUTHORITY_KEY_IDENTIFIER, identifier));
}

/// A1: a key of its own.
fn signer_key_of_apple(request: &mut Request) {
    request.signer.key = fixtures::other_key();
}

/// sscep: no extensions at all.
fn signer_key_usage_of_sscep(request: &mut Request) {
    request.signer.profile = None;
}

/// A1: digitalSignature only, of an RSA key.
pub(crate) fn signer_key_usage_of_apple(request: &mut Request) {
    request.signer.profile = Some(Profile::RA_SIGNING);
}

/// certmonger: 32 octets.
fn signer_serial_of_certmonger(request: &mut Request) {
    request.signer.serial = Some([&[0x31], [0x5a; 31].as_slice()].concat());
}

/// O14: SHA-1 in a SHA-256 message.
fn signer_sha1_of_apple(request: &mut Request) {
    request.signer.algorithm = SignatureAlgorithm::RSA_PKCS1_SHA1;
}

/// C3: unstructuredName in the CSR only.
fn signer_subject_of_cisco_asa(request: &mut Request) {
    let plain = fixtures::name("device");
    let names = Reader::new(plain.as_der()).sequence().expect("a name");
    let name = Writer::encode(|w| {
        w.sequence(|w| {
            w.raw(names.rest());
            w.constructed(Tag::SET, |w| {
                w.sequence(|w| {
                    w.oid(oid::UNSTRUCTURED_NAME);
                    w.primitive(Tag::IA5_STRING, b"asa.example.com");
                });
            });
        });
    });
    request.csr.subject = NameRef::from_der(&name).expect("a name").to_owned();
}

/// C2.
fn single_des_of_cisco_ios(request: &mut Request) {
    request.envelope.cipher = CipherAlgorithm::DES_CBC;
}

/// jscep's choice where the CA states nothing better.
fn triple_des_of_jscep(request: &mut Request) {
    request.envelope.cipher = CipherAlgorithm::DES_EDE3_CBC;
}

/// 1.2.840.113549.1.9.25.3
const RANDOM_NONCE: Oid<'static> = Oid::from_const(&const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.25.3"));
/// 1.3.6.1.4.1.311.21.37
const MICROSOFT_CLIENT_REQUEST: Oid<'static> =
    Oid::from_const(&const_oid::ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.21.37"));
