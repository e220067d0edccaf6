//! Requests as clients make them: [`Request`] has every choice of a client in the open, and each quirk is one function that
//! makes a different one, named after the quirk and its owner.

use conformance::{
    TestRandom, TestServer, fixtures,
    forge::{self, Form, RawAttribute, RawMessage, RawSigner},
};
use pki_core::{
    Certificate, CertificateBuilder, Name, NameRef, Oid, Profile, SerialNumber,
    algorithm::{CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    cms::{CertificateIdentifier, EnvelopedDataBuilder},
    crypto::{
        Signer,
        rustcrypto::{LEGACY_PROVIDER, PrivateKey},
    },
    der::{Reader, Tag, Writer},
    extension::Criticality,
    oid,
};
use scep::{
    http::{HttpRequest, Method},
    message::IssuerAndSubject,
    peer::Quirk,
};

use crate::ber;

/// A PKCSReq, by the choices of its client.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    csr: CsrSpec,
    signer: SignerSpec,
    envelope: EnvelopeSpec,
    message: MessageSpec,
    http: HttpSpec,
}

#[derive(Clone, Debug)]
struct CsrSpec {
    version: u32,
    subject: Name,
    key: &'static PrivateKey,
    challenge: Tag,
    /// Beside the challenge.
    attributes: Vec<Vec<u8>>,
}

#[derive(Clone, Debug)]
struct SignerSpec {
    subject: Name,
    key: &'static PrivateKey,
    profile: Option<Profile>,
    critical: Vec<(Oid<'static>, Vec<u8>)>,
    algorithm: SignatureAlgorithm,
    serial: Option<Vec<u8>>,
    issued_by_ca: bool,
}

#[derive(Clone, Debug)]
struct EnvelopeSpec {
    cipher: CipherAlgorithm,
    by_key_identifier: bool,
    others: Vec<Certificate>,
    form: Option<ber::Form>,
}

#[derive(Clone, Debug)]
struct MessageSpec {
    message_type: &'static str,
    transaction_id: String,
    text: Tag,
    nonce: usize,
    digest: DigestAlgorithm,
    content_type: Oid<'static>,
    further: Vec<RawAttribute>,
    forms: Vec<Form>,
    is_ber: bool,
    behind: &'static [u8],
    /// In place of the CSR.
    is_poll: bool,
}

#[derive(Clone, Debug)]
struct HttpSpec {
    method: Method,
    alphabet: Alphabet,
    line_breaks: bool,
    unpadded: bool,
    content_type: Option<&'static str>,
    query: Option<&'static str>,
}

/// What becomes of `+`, `/` and `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alphabet {
    Escaped,
    Plain,
    Spaces,
    UrlSafe,
}

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

impl Request {
    /// What this crate would send.
    pub(crate) fn flawless() -> Self {
        let key = fixtures::client_key();
        let subject = fixtures::name("device");
        Self {
            csr: CsrSpec {
                version: 0,
                subject: subject.clone(),
                key,
                challenge: Tag::PRINTABLE_STRING,
                attributes: Vec::new(),
            },
            signer: SignerSpec {
                subject,
                key,
                profile: Some(Profile::SCEP_TRANSPORT),
                critical: Vec::new(),
                algorithm: SignatureAlgorithm::RSA_PKCS1_SHA256,
                serial: None,
                issued_by_ca: false,
            },
            envelope: EnvelopeSpec {
                cipher: CipherAlgorithm::AES128_CBC,
                by_key_identifier: false,
                others: Vec::new(),
                form: None,
            },
            message: MessageSpec {
                message_type: "19",
                transaction_id: "5BC6A3E1 transaction".to_owned(),
                text: Tag::PRINTABLE_STRING,
                nonce: 16,
                digest: DigestAlgorithm::SHA256,
                content_type: oid::DATA,
                further: Vec::new(),
                forms: Vec::new(),
                is_ber: false,
                behind: &[],
                is_poll: false,
            },
            http: HttpSpec {
                method: Method::Post,
                alphabet: Alphabet::Escaped,
                line_breaks: false,
                unpadded: false,
                content_type: Some("application/x-pki-message"),
                query: None,
            },
        }
    }

    /// With these quirks.
    pub(crate) fn with(quirks: impl IntoIterator<Item = Quirk>) -> Self {
        let mut request = Self::flawless();
        for quirk in quirks {
            let (_, make) = FIXTURES.iter().find(|(of, _)| *of == quirk).expect("a fixture");
            make(&mut request);
        }
        request
    }

    /// The key that the reply is encrypted to.
    pub(crate) const fn reply_key(&self) -> &'static PrivateKey {
        self.signer.key
    }

    /// The key that a certificate is asked for.
    pub(crate) const fn new_key(&self) -> &'static PrivateKey {
        self.csr.key
    }

    /// As it goes to this server.
    pub(crate) fn to_http(&self, server: &TestServer) -> HttpRequest {
        if let Some(query) = self.http.query {
            return HttpRequest::new(Method::Get, query, []);
        }
        let mut message = self.encode(server);
        if self.http.unpadded && message.len().is_multiple_of(3) {
            // There is padding to leave out.
            let mut longer = self.clone();
            longer.message.transaction_id.push('x');
            message = longer.encode(server);
        }
        let mut request = HttpRequest::pki_operation(self.http.method, message);
        match self.http.method {
            Method::Post => request.content_type = self.http.content_type.map(str::to_owned),
            Method::Get => request.query = self.query(&request.query),
        }
        request
    }

    /// The signer's certificate.
    pub(crate) fn signer(&self, server: &TestServer) -> Certificate {
        let spec = &self.signer;
        let public_key = Signer::public_key(spec.key).clone();
        if spec.issued_by_ca {
            return fixtures::below_root(server.ca_key(), "device", spec.key, &Profile::DEVICE_CLIENT);
        }
        let serial = SerialNumber::from_bytes(&[0x41; 8]).expect("a serial number");
        let subject = spec.subject.clone();
        let mut builder = CertificateBuilder::new(serial, subject.clone(), subject, fixtures::validity(), public_key);
        if let Some(profile) = &spec.profile {
            builder = builder.with_profile(profile);
        }
        for (oid, value) in &spec.critical {
            builder = builder.add_extension(*oid, Criticality::Critical, value);
        }
        let certificate = builder.build(spec.algorithm).expect("a certificate");
        let certificate = certificate.sign_with(spec.key, &mut TestRandom::new(1)).expect("a signature");
        match &spec.serial {
            Some(serial) => with_serial(&certificate, serial, spec),
            None => certificate,
        }
    }

    fn encode(&self, server: &TestServer) -> Vec<u8> {
        let spec = &self.message;
        let signer = self.signer(server);
        let text =
            |oid, text: &str| RawAttribute::new(oid, Writer::encode(|w| w.primitive(spec.text, text.as_bytes())));
        // Not in the order of DER: transactionID is longer than messageType.
        let mut attributes = vec![
            text(oid::SCEP_TRANSACTION_ID, &spec.transaction_id),
            text(oid::SCEP_MESSAGE_TYPE, spec.message_type),
            RawAttribute::octets(oid::SCEP_SENDER_NONCE, &[0xa5; 64][..spec.nonce]),
        ];
        attributes.extend(spec.further.iter().cloned());
        let mut raw = RawSigner::new(signer.clone(), self.signer.key, attributes);
        raw.digest = spec.digest;
        raw.forms.clone_from(&spec.forms);
        let data = if spec.is_poll {
            IssuerAndSubject::new(signer.subject().to_owned(), server.ca().subject().to_owned()).to_der()
        } else {
            self.csr()
        };
        let mut message = RawMessage::new(Some(self.envelope(&data, server)), raw);
        message.content_type = spec.content_type;
        let der = message.encode();
        let message = if spec.is_ber { ber::signed_data(&der) } else { der };
        [message.as_slice(), spec.behind].concat()
    }

    fn csr(&self) -> Vec<u8> {
        let spec = &self.csr;
        let challenge = match spec.challenge {
            Tag::BMP_STRING => fixtures::CHALLENGE.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            _ => fixtures::CHALLENGE.as_bytes().to_vec(),
        };
        let challenge = attribute(oid::CHALLENGE_PASSWORD, |w| w.primitive(spec.challenge, &challenge));
        let info = Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(spec.version);
                w.raw(spec.subject.as_der());
                w.raw(Signer::public_key(spec.key).as_der());
                let attributes = spec.attributes.iter().cloned().chain([challenge]);
                w.set_of(Tag::context_constructed(0), attributes);
            });
        });
        signed(&info, spec.key, SignatureAlgorithm::RSA_PKCS1_SHA256)
    }

    fn envelope(&self, data: &[u8], server: &TestServer) -> Vec<u8> {
        let spec = &self.envelope;
        let recipient = forge::recipient(server);
        let identifier = recipient.subject_key_identifier().expect("extensions");
        let identifier = identifier.expect("a key identifier");
        let rid = if spec.by_key_identifier {
            CertificateIdentifier::SubjectKeyIdentifier(identifier.as_bytes())
        } else {
            CertificateIdentifier::of(&recipient)
        };
        let transport = KeyTransportAlgorithm::RsaPkcs1;
        let mut builder = EnvelopedDataBuilder::new(data, spec.cipher);
        for other in &spec.others {
            builder = builder.add_recipient(CertificateIdentifier::of(other), other.public_key(), transport);
        }
        let builder = builder.add_recipient(rid, recipient.public_key(), transport);
        let der = builder.build(&mut TestRandom::new(4), &LEGACY_PROVIDER).expect("an envelope");
        match spec.form {
            Some(form) => ber::envelope(&der, form),
            None => der,
        }
    }

    fn query(&self, query: &str) -> String {
        let (operation, escaped) = query.split_once("&message=").expect("a message");
        let text = escaped.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        let text = if self.http.unpadded { text.trim_end_matches('=').to_owned() } else { text };
        assert!(text.contains(['+', '/']), "there is something to escape");
        let escape = |text: &str| match self.http.alphabet {
            Alphabet::Escaped => text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
            Alphabet::Plain => text.replace('=', "%3D"),
            Alphabet::Spaces => text.replace('+', "%20").replace('/', "%2F").replace('=', "%3D"),
            Alphabet::UrlSafe => text.replace('+', "-").replace('/', "_").replace('=', "%3D"),
        };
        let length = if self.http.line_breaks { 64 } else { text.len() };
        let lines = text.as_bytes().chunks(length).map(|line| escape(std::str::from_utf8(line).expect("base64")));
        let text = lines.collect::<Vec<_>>().join("%0A");
        format!("{operation}&message={text}")
    }
}

/// An attribute with one value.
fn attribute(oid: Oid<'static>, value: impl FnOnce(&mut Writer)) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.oid(oid);
            w.constructed(Tag::SET, value);
        });
    })
}

/// What all that is signed looks like in X.509 and PKCS#10.
fn signed(tbs: &[u8], key: &PrivateKey, algorithm: SignatureAlgorithm) -> Vec<u8> {
    let signature = key.sign(algorithm, tbs, &mut TestRandom::new(6)).expect("a signature");
    Writer::encode(|w| {
        w.sequence(|w| {
            w.raw(tbs);
            algorithm.identifier().encode(w);
            w.bit_string(signature.as_bytes());
        });
    })
}

/// The same certificate with another serial number, of any length.
fn with_serial(certificate: &Certificate, serial: &[u8], spec: &SignerSpec) -> Certificate {
    let mut fields = Reader::new(certificate.tbs()).sequence().expect("a TBSCertificate");
    let version = fields.optional(Tag::context_constructed(0)).expect("version");
    fields.integer().expect("serialNumber");
    let tbs = Writer::encode(|w| {
        w.sequence(|w| {
            version.iter().for_each(|version| w.raw(version.raw()));
            w.primitive(Tag::INTEGER, serial);
            w.raw(fields.rest());
        });
    });
    Certificate::from_der(&signed(&tbs, spec.key, spec.algorithm)).expect("a certificate")
}

/// 1.2.840.113549.1.9.25.3
const RANDOM_NONCE: Oid<'static> = Oid::from_const(&const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.25.3"));
/// 1.3.6.1.4.1.311.21.37
const MICROSOFT_CLIENT_REQUEST: Oid<'static> =
    Oid::from_const(&const_oid::ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.21.37"));
