//! Requests as clients make them: [`Request`] has every choice of a client in the open, and each quirk is one function that
//! makes a different one, named after the quirk and its owner.

mod quirks;

use conformance::{
    TestRandom, TestServer, fixtures,
    forge::{self, Form, RawAttribute, RawMessage, RawSigner},
};
use pki_core::{
    Certificate, CertificateBuilder, Name, Oid, Profile, SerialNumber,
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

pub(crate) use self::quirks::{FIXTURES, signer_key_usage_of_apple};
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
