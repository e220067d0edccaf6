//! Replies as servers make them: [`Reply`] has every choice of a server in the open, and each quirk is one function that
//! makes a different one, named after the quirk and its owner.

use conformance::{
    Pair, TestRandom, fixtures,
    forge::{self, Asked, Form, RawAttribute, RawMessage},
};
use pki_core::{
    Certificate, Oid, Profile,
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm},
    cms::{CertificateIdentifier, EnvelopedDataBuilder},
    crypto::rustcrypto::LEGACY_PROVIDER,
    der::{Tag, Writer},
    oid,
};
use scep::{
    http::{HttpResponse, MediaType},
    peer::Quirk,
};

use crate::ber;

/// A CertRep, by the choices of its server.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: Status,
    text: Tag,
    nonces: Nonces,
    fail_info: Option<&'static str>,
    content: Option<&'static [u8]>,
    digest: DigestAlgorithm,
    content_type: Oid<'static>,
    further: Vec<RawAttribute>,
    forms: Vec<Form>,
    has_certificates: bool,
    cipher: CipherAlgorithm,
    key_transport: KeyTransportAlgorithm,
    chain: bool,
    several_recipients: bool,
    envelope: Option<ber::Form>,
    is_ber: bool,
    media_type: &'static str,
    behind: &'static [u8],
}

/// pkiStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Success,
    Failure,
    Pending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nonces {
    Fresh(usize),
    Copied,
    NoSender,
    NotEchoed,
}

/// A reply with one quirk.
pub(crate) type Fixture = (Quirk, fn(&mut Reply));

/// One for each quirk that a server can have in a CertRep.
pub(crate) const FIXTURES: &[Fixture] = &[
    (Quirk::AttributeOrder, attribute_order_of_openxpki),
    (Quirk::AttributeString, attribute_string_of_early_ndes),
    (Quirk::BerEnvelope, ber_envelope_of_ejbca),
    (Quirk::BerMessage, ber_message_of_ejbca),
    (Quirk::CertificatesMissing, certificates_missing_of_ndes),
    (Quirk::ContentEmpty, content_empty_of_step_ca),
    (Quirk::ContentMeaningless, content_meaningless_of_ndes),
    (Quirk::EnvelopeContentType, envelope_content_type),
    (Quirk::EnvelopePieces, envelope_pieces_of_step_ca),
    (Quirk::ExtraAttributes, extra_attributes_of_cryptlib),
    (Quirk::FailInfoMissing, fail_info_missing_of_ejbca),
    (Quirk::FailInfoUndefined, fail_info_undefined_of_dogtag),
    (Quirk::KeyIdentifier, key_identifier),
    (Quirk::LineBreakAfter, line_break_after),
    (Quirk::Md5, md5_of_jscep),
    (Quirk::MediaType, media_type_of_ndes),
    (Quirk::MicrosoftAttributes, microsoft_attributes_of_ndes),
    (Quirk::NonceLength, nonce_length_of_openxpki),
    (Quirk::NonceNotEchoed, nonce_not_echoed_of_digi),
    (Quirk::SenderNonceAbsent, sender_nonce_absent_of_cryptlib),
    (Quirk::SenderNonceCopied, sender_nonce_copied_of_micromdm),
    (Quirk::SeveralCertificates, several_certificates_of_ejbca),
    (Quirk::SeveralRecipients, several_recipients_of_micromdm),
    (Quirk::Sha1, sha1_of_ndes),
    (Quirk::SignatureNamesDigest, signature_names_digest),
    (Quirk::SingleDes, single_des_of_micromdm),
    (Quirk::TripleDes, triple_des_of_dogtag),
];

/// A10.
fn attribute_order_of_openxpki(reply: &mut Reply) {
    reply.forms.push(Form::AsGiven);
}

/// O13: IA5String.
fn attribute_string_of_early_ndes(reply: &mut Reply) {
    reply.text = Tag::IA5_STRING;
}

/// O2: with encryptedContent in one piece.
fn ber_envelope_of_ejbca(reply: &mut Reply) {
    let pieces = matches!(reply.envelope, Some(ber::Form::Pieces(_)));
    reply.envelope = Some(if pieces { ber::Form::IndefinitePieces(656) } else { ber::Form::Keep });
}

/// O2.
fn ber_message_of_ejbca(reply: &mut Reply) {
    reply.is_ber = true;
}

/// N1.
fn certificates_missing_of_ndes(reply: &mut Reply) {
    reply.has_certificates = false;
}

/// What Go's pkcs7 makes of no content.
fn content_empty_of_step_ca(reply: &mut Reply) {
    reply.refuse();
    reply.content = Some(&[]);
}

/// N3: "1 bytes of enveloped data".
fn content_meaningless_of_ndes(reply: &mut Reply) {
    reply.refuse();
    reply.content = Some(&[0]);
}

/// 3.2-01.
fn envelope_content_type(reply: &mut Reply) {
    reply.content_type = oid::ENVELOPED_DATA;
}

/// O1.
fn envelope_pieces_of_step_ca(reply: &mut Reply) {
    let indefinite = reply.envelope.is_some();
    reply.envelope = Some(if indefinite { ber::Form::IndefinitePieces(656) } else { ber::Form::Pieces(656) });
}

/// O6: randomNonce.
fn extra_attributes_of_cryptlib(reply: &mut Reply) {
    let random_nonce = Oid::from_const(&RANDOM_NONCE);
    reply.further.push(RawAttribute::octets(random_nonce, &[0x1d; 16]));
}

/// Where its errors are none of SCEP's.
fn fail_info_missing_of_ejbca(reply: &mut Reply) {
    reply.refuse();
    reply.fail_info = None;
}

/// 5 to 12 are its own.
fn fail_info_undefined_of_dogtag(reply: &mut Reply) {
    reply.refuse();
    reply.fail_info = Some("5");
}

/// O4: the recipient by subjectKeyIdentifier; the client's certificate has none, so the signer it is.
fn key_identifier(reply: &mut Reply) {
    reply.forms.push(Form::ByKeyIdentifier);
}

/// LF behind the message.
fn line_break_after(reply: &mut Reply) {
    reply.behind = b"\n";
}

/// As it falls back to.
fn md5_of_jscep(reply: &mut Reply) {
    reply.digest = DigestAlgorithm::MD5;
}

/// N11, with what belongs into it.
fn media_type_of_ndes(reply: &mut Reply) {
    reply.media_type = "text/html; charset=utf-8";
}

/// N4: `.33` has the error, `.38` what the CA says.
fn microsoft_attributes_of_ndes(reply: &mut Reply) {
    reply.further.push(RawAttribute::printable(oid::MICROSOFT_SCEP_ERROR, "-2147024809"));
    reply.further.push(RawAttribute::printable(oid::MICROSOFT_SCEP_SERVER_MESSAGE, "Issued"));
}

/// A3: as many as an old iOS sent; ours are 16, so that only the fresh one is short.
fn nonce_length_of_openxpki(reply: &mut Reply) {
    reply.nonces = Nonces::Fresh(8);
}

/// O9.
fn nonce_not_echoed_of_digi(reply: &mut Reply) {
    reply.nonces = Nonces::NotEchoed;
}

/// O3.
fn sender_nonce_absent_of_cryptlib(reply: &mut Reply) {
    reply.nonces = Nonces::NoSender;
}

/// O3.
fn sender_nonce_copied_of_micromdm(reply: &mut Reply) {
    reply.nonces = Nonces::Copied;
}

/// C6.
fn several_certificates_of_ejbca(reply: &mut Reply) {
    reply.chain = true;
}

/// O4: to every certificate that it sees.
fn several_recipients_of_micromdm(reply: &mut Reply) {
    reply.several_recipients = true;
}

/// N2.
fn sha1_of_ndes(reply: &mut Reply) {
    reply.digest = DigestAlgorithm::SHA1;
}

/// O5.
fn signature_names_digest(reply: &mut Reply) {
    reply.forms.push(Form::DigestNamed);
}

/// The default of Go's pkcs7.
fn single_des_of_micromdm(reply: &mut Reply) {
    reply.cipher = CipherAlgorithm::DES_CBC;
}

/// Its default.
fn triple_des_of_dogtag(reply: &mut Reply) {
    reply.cipher = CipherAlgorithm::DES_EDE3_CBC;
}

impl Reply {
    /// What this crate would answer.
    pub(crate) const fn flawless(status: Status) -> Self {
        Self {
            status,
            text: Tag::PRINTABLE_STRING,
            nonces: Nonces::Fresh(16),
            fail_info: Some("2"),
            content: None,
            digest: DigestAlgorithm::SHA256,
            content_type: oid::DATA,
            further: Vec::new(),
            forms: Vec::new(),
            has_certificates: true,
            cipher: CipherAlgorithm::AES128_CBC,
            key_transport: KeyTransportAlgorithm::RsaPkcs1,
            chain: false,
            several_recipients: false,
            envelope: None,
            is_ber: false,
            media_type: MediaType::PkiMessage.as_str(),
            behind: &[],
        }
    }

    /// With these quirks.
    pub(crate) fn with(status: Status, quirks: impl IntoIterator<Item = Quirk>) -> Self {
        let mut reply = Self::flawless(status);
        for quirk in quirks {
            let (_, make) = FIXTURES.iter().find(|(of, _)| *of == quirk).expect("a fixture");
            make(&mut reply);
        }
        reply
    }

    /// With RSAES-OAEP (N2).
    pub(crate) fn with_oaep(self) -> Self {
        Self { key_transport: KeyTransportAlgorithm::RsaOaep(DigestAlgorithm::SHA1), ..self }
    }

    /// A quirk of refusals makes one of a SUCCESS.
    const fn refuse(&mut self) {
        if matches!(self.status, Status::Success) {
            self.status = Status::Failure;
        }
    }

    /// What the client of this pair gets for its request.
    pub(crate) fn to_http(&self, pair: &Pair) -> HttpResponse {
        let asked = Asked::by(pair);
        let transaction_id = asked.attributes.transaction_id.as_bytes().to_vec();
        let number = match self.status {
            Status::Success => "0",
            Status::Failure => "2",
            Status::Pending => "3",
        };
        let mut message = RawMessage::cert_rep(&asked, &pair.server, number);
        message.content_type = self.content_type;
        message.content = match self.status {
            Status::Success => Some(self.envelope(&asked, pair)),
            _ => self.content.map(<[u8]>::to_vec),
        };
        if !self.has_certificates {
            message.certificates.clear();
        }
        let text = |text: &[u8]| Writer::encode(|w| w.primitive(self.text, text));
        // Not in the order of DER: transactionID is longer than the others.
        message = message.without(oid::SCEP_TRANSACTION_ID).without(oid::SCEP_MESSAGE_TYPE);
        message.signer().attributes.insert(0, RawAttribute::new(oid::SCEP_TRANSACTION_ID, text(&transaction_id)));
        message = message.set(oid::SCEP_MESSAGE_TYPE, text(b"3")).set(oid::SCEP_PKI_STATUS, text(number.as_bytes()));
        if let (Status::Failure, Some(info)) = (self.status, self.fail_info) {
            message = message.set(oid::SCEP_FAIL_INFO, text(info.as_bytes()));
        }
        let request_nonce = asked.attributes.sender_nonce.as_ref().expect("a nonce").as_bytes();
        message = match self.nonces {
            Nonces::Fresh(length) => message.set_octets(oid::SCEP_SENDER_NONCE, &[0x5e; 64][..length]),
            Nonces::Copied => message.set_octets(oid::SCEP_SENDER_NONCE, request_nonce),
            Nonces::NoSender => message.without(oid::SCEP_SENDER_NONCE),
            Nonces::NotEchoed => message.without(oid::SCEP_RECIPIENT_NONCE),
        };
        message.signer().attributes.extend(self.further.iter().cloned());
        message.signer().digest = self.digest;
        message.signer().forms.clone_from(&self.forms);
        let der = message.encode();
        let bytes = if self.is_ber { ber::signed_data(&der) } else { der };
        HttpResponse::new(200, self.media_type, [bytes.as_slice(), self.behind].concat())
    }

    fn envelope(&self, asked: &Asked, pair: &Pair) -> Vec<u8> {
        let leaf = fixtures::below_root(pair.server.ca_key(), "device", pair.key, &Profile::DEVICE_CLIENT);
        let certificates: Vec<&Certificate> = if self.chain { vec![&leaf, pair.server.ca()] } else { vec![&leaf] };
        let bundle = forge::certs_only(&certificates);
        let other = fixtures::self_signed("somebody else", fixtures::other_key());
        let mut builder = EnvelopedDataBuilder::new(&bundle, self.cipher);
        if self.several_recipients {
            builder = builder.add_recipient(CertificateIdentifier::of(&other), other.public_key(), self.key_transport);
        }
        let rid = CertificateIdentifier::of(&asked.signer);
        let builder = builder.add_recipient(rid, asked.signer.public_key(), self.key_transport);
        let der = builder.build(&mut TestRandom::new(4), &LEGACY_PROVIDER).expect("an envelope");
        match self.envelope {
            Some(form) => ber::envelope(&der, form),
            None => der,
        }
    }
}

/// pkcs-9 randomNonce.
const RANDOM_NONCE: const_oid::ObjectIdentifier = const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.25.3");
