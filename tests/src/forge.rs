//! Messages that no builder would write: [`RawMessage`] and [`RawEnvelope`] have every part of a pkiMessage in the open.

use std::num::NonZeroU32;

use pki_core::{
    Certificate, Limits, Oid, Secret,
    algorithm::{AlgorithmIdentifier, CipherAlgorithm, DigestAlgorithm, KeyTransportAlgorithm, SignatureAlgorithm},
    cms::{self, EnvelopedDataBuilder, PasswordKey, PasswordProfile},
    crypto::{
        ContentKey, Signer,
        rustcrypto::{LEGACY_PROVIDER, PROVIDER, PrivateKey},
    },
    der::{Tag, Writer},
    oid,
};
use rsa::{Pkcs1v15Sign, RsaPrivateKey, pkcs8::DecodePrivateKey};
use scep::{
    http::{HttpRequest, HttpResponse, MediaType, Method},
    message::{Attributes, EnvelopeAlgorithms, Received, seal},
};

use crate::{Pair, TestRandom, TestServer, fixtures};

/// A SignedData, part by part.
#[derive(Clone, Debug)]
pub struct RawMessage {
    /// eContentType.
    pub content_type: Oid<'static>,
    /// eContent.
    pub content: Option<Vec<u8>>,
    /// The bag.
    pub certificates: Vec<Vec<u8>>,
    /// SignerInfos.
    pub signers: Vec<RawSigner>,
}

/// A SignerInfo, part by part.
#[derive(Clone, Debug)]
pub struct RawSigner {
    /// Whom sid names.
    pub certificate: Certificate,
    /// Whose signature it is.
    pub key: &'static PrivateKey,
    /// digestAlgorithm.
    pub digest: DigestAlgorithm,
    /// signedAttrs. contentType and messageDigest are added unless they are here or in `omitted`.
    pub attributes: Vec<RawAttribute>,
    /// What is not added.
    pub omitted: Vec<Oid<'static>>,
    /// unsignedAttrs.
    pub unsigned: Vec<RawAttribute>,
    /// What is wrong with the signature.
    pub flaw: Flaw,
    /// What is otherwise than we would write it.
    pub forms: Vec<Form>,
}

/// How a SignerInfo may differ from ours and be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// signedAttrs in the order given, and not in that of DER.
    AsGiven,
    /// sid is the subjectKeyIdentifier.
    ByKeyIdentifier,
    /// signatureAlgorithm names the digest, too, where ours is rsaEncryption.
    DigestNamed,
}

/// An attribute with any number of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAttribute {
    /// attrType.
    pub oid: Oid<'static>,
    /// attrValues, each in DER.
    pub values: Vec<Vec<u8>>,
}

/// What can be wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    None,
    /// One bit of it is another.
    Bit,
    /// It is over the content: there are no signed attributes.
    OverContent,
    /// It is right, over attributes that stand in the reverse of the order of DER.
    Unsorted,
}

/// An EnvelopedData, part by part.
#[derive(Clone, Debug)]
pub struct RawEnvelope {
    /// Whom recipientInfos name, and what their encryptedKey is.
    pub recipients: Vec<(Certificate, Vec<u8>)>,
    /// contentEncryptionAlgorithm.
    pub cipher: CipherAlgorithm,
    /// The initialisation vector.
    pub iv: Vec<u8>,
    /// encryptedContent.
    pub ciphertext: Vec<u8>,
    /// contentType.
    pub content_type: Oid<'static>,
}

/// What a request asks, as its server reads it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The transaction attributes.
    pub attributes: Attributes,
    /// Who signed it.
    pub signer: Certificate,
}

impl RawMessage {
    /// A CertRep by the server's RA with this pkiStatus, and nothing in it.
    #[must_use]
    pub fn cert_rep(asked: &Asked, server: &TestServer, status: &str) -> Self {
        let nonce = asked.attributes.sender_nonce.as_ref().expect("a nonce");
        let signer = RawSigner::new(
            server.signing(),
            server.signing_key(),
            [
                RawAttribute::printable(oid::SCEP_MESSAGE_TYPE, "3"),
                RawAttribute::printable(oid::SCEP_PKI_STATUS, status),
                RawAttribute::new(oid::SCEP_TRANSACTION_ID, asked.attributes.transaction_id.to_der()),
                RawAttribute::new(oid::SCEP_RECIPIENT_NONCE, nonce.to_der()),
                RawAttribute::octets(oid::SCEP_SENDER_NONCE, &[0x5e; 16]),
            ],
        );
        Self::new(None, signer)
    }

    /// A PKCSReq to the server for a name and a key, right in every respect.
    #[must_use]
    pub fn pkcs_req(server: &TestServer, common_name: &str, key: &'static PrivateKey) -> Self {
        let csr = fixtures::csr(common_name, key);
        Self::request(server, "19", csr.as_der(), fixtures::self_signed(common_name, key), key)
    }

    /// A request of any type with any messageData.
    #[must_use]
    pub fn request(
        server: &TestServer,
        message_type: &str,
        data: &[u8],
        signer: Certificate,
        key: &'static PrivateKey,
    ) -> Self {
        let signer = RawSigner::new(
            signer,
            key,
            [
                RawAttribute::printable(oid::SCEP_MESSAGE_TYPE, message_type),
                RawAttribute::printable(oid::SCEP_TRANSACTION_ID, "transaction 1"),
                RawAttribute::octets(oid::SCEP_SENDER_NONCE, &[0xa5; 16]),
            ],
        );
        Self::new(Some(envelope(data, &recipient(server))), signer)
    }

    /// With one signer, whose certificate is in the bag.
    #[must_use]
    pub fn new(content: Option<Vec<u8>>, signer: RawSigner) -> Self {
        let certificates = vec![signer.certificate.as_der().to_vec()];
        Self { content_type: oid::DATA, content, certificates, signers: vec![signer] }
    }

    /// The only signer, or the first.
    pub fn signer(&mut self) -> &mut RawSigner {
        &mut self.signers[0]
    }

    /// Changed.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// With this content.
    #[must_use]
    pub fn content(self, content: impl Into<Vec<u8>>) -> Self {
        Self { content: Some(content.into()), ..self }
    }

    /// With this attribute in place of the one that was there.
    #[must_use]
    pub fn set(self, oid: Oid<'static>, value: Vec<u8>) -> Self {
        self.without(oid).with(|message| message.signer().attributes.push(RawAttribute::new(oid, value)))
    }

    /// With this text as the value of the attribute.
    #[must_use]
    pub fn set_text(self, oid: Oid<'static>, text: &str) -> Self {
        self.set(oid, Writer::encode(|w| w.primitive(Tag::PRINTABLE_STRING, text.as_bytes())))
    }

    /// With these octets as the value of the attribute.
    #[must_use]
    pub fn set_octets(self, oid: Oid<'static>, octets: &[u8]) -> Self {
        self.set(oid, Writer::encode(|w| w.octet_string(octets)))
    }

    /// Without the attribute.
    #[must_use]
    pub fn without(self, oid: Oid<'static>) -> Self {
        self.with(|message| message.signer().attributes.retain(|attribute| attribute.oid != oid))
    }

    /// Signed by somebody else, who carries the certificate along.
    #[must_use]
    pub fn signed_by(self, certificate: &Certificate, key: &'static PrivateKey) -> Self {
        self.with(|message| {
            message.certificates = vec![certificate.as_der().to_vec()];
            message.signer().certificate = certificate.clone();
            message.signer().key = key;
        })
    }

    /// The DER.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        content_info(oid::SIGNED_DATA, |w| {
            w.small_integer(1);
            w.set_of(Tag::SET, self.signers.iter().map(|s| Writer::encode(|w| s.digest.identifier().encode(w))));
            w.sequence(|w| {
                w.oid(self.content_type);
                if let Some(content) = &self.content {
                    w.constructed(Tag::context_constructed(0), |w| w.octet_string(content));
                }
            });
            if !self.certificates.is_empty() {
                w.constructed(Tag::context_constructed(0), |w| self.certificates.iter().for_each(|c| w.raw(c)));
            }
            let signers = self.signers.iter().map(|signer| signer.encode(self.content_type, self.content.as_deref()));
            let signers: Vec<_> = signers.collect();
            w.constructed(Tag::SET, |w| signers.iter().for_each(|signer| w.raw(signer)));
        })
    }

    /// As a POST.
    #[must_use]
    pub fn to_request(&self) -> HttpRequest {
        HttpRequest::pki_operation(Method::Post, self.encode())
    }

    /// As a reply.
    #[must_use]
    pub fn to_reply(&self) -> HttpResponse {
        HttpResponse::ok(MediaType::PkiMessage, self.encode())
    }
}

impl RawSigner {
    /// A flawless one with SHA-256.
    #[must_use]
    pub fn new(
        certificate: Certificate,
        key: &'static PrivateKey,
        attributes: impl IntoIterator<Item = RawAttribute>,
    ) -> Self {
        Self {
            certificate,
            key,
            digest: DigestAlgorithm::SHA256,
            attributes: attributes.into_iter().collect(),
            omitted: Vec::new(),
            unsigned: Vec::new(),
            flaw: Flaw::None,
            forms: Vec::new(),
        }
    }

    fn encode(&self, content_type: Oid<'static>, content: Option<&[u8]>) -> Vec<u8> {
        let digester = LEGACY_PROVIDER.digest(self.digest.oid()).expect("a digest");
        let content_digest = digester.digest(&[content.unwrap_or_default()]);
        let automatic = [
            RawAttribute::new(oid::CONTENT_TYPE, Writer::encode(|w| w.oid(content_type))),
            RawAttribute::octets(oid::MESSAGE_DIGEST, content_digest.as_bytes()),
        ];
        let absent = |oid| !self.omitted.contains(&oid) && self.attributes.iter().all(|there| there.oid != oid);
        let added = automatic.iter().filter(|attribute| absent(attribute.oid));
        let attributes: Vec<_> = self.attributes.iter().chain(added).map(RawAttribute::encode).collect();
        let mut attributes = if self.forms.contains(&Form::AsGiven) { attributes } else { sorted(attributes) };
        if self.flaw == Flaw::Unsorted {
            attributes.reverse();
        }
        let signed = Writer::encode(|w| w.constructed(Tag::SET, |w| attributes.iter().for_each(|a| w.raw(a))));
        let message = if self.flaw == Flaw::OverContent { content.unwrap_or_default() } else { &signed };
        let (algorithm, mut signature) = self.sign(message);
        if let (Flaw::Bit, Some(last)) = (self.flaw, signature.last_mut()) {
            *last ^= 1;
        }
        Writer::encode(|w| {
            w.sequence(|w| {
                w.small_integer(1);
                self.encode_sid(w);
                self.digest.identifier().encode(w);
                if self.flaw != Flaw::OverContent {
                    w.constructed(Tag::context_constructed(0), |w| attributes.iter().for_each(|a| w.raw(a)));
                }
                algorithm.encode(w);
                w.octet_string(&signature);
                if !self.unsigned.is_empty() {
                    w.set_of(Tag::context_constructed(1), self.unsigned.iter().map(RawAttribute::encode));
                }
            });
        })
    }

    fn encode_sid(&self, writer: &mut Writer) {
        if self.forms.contains(&Form::ByKeyIdentifier) {
            let identifier = self.certificate.subject_key_identifier().expect("extensions").expect("an identifier");
            return writer.primitive(Tag::context(0), identifier.as_bytes());
        }
        writer.sequence(|w| {
            w.raw(self.certificate.issuer().as_der());
            w.primitive(Tag::INTEGER, self.certificate.serial_number());
        });
    }

    fn sign(&self, message: &[u8]) -> (AlgorithmIdentifier<'static>, Vec<u8>) {
        let named = self.forms.contains(&Form::DigestNamed);
        let identifier = |algorithm: SignatureAlgorithm| {
            if named { algorithm.identifier() } else { algorithm.cms_identifier() }
        };
        if self.digest == DigestAlgorithm::MD5 {
            return (identifier(SignatureAlgorithm::RSA_PKCS1_MD5), sign_with_md5(self.key, message));
        }
        let key = Signer::public_key(self.key).as_ref();
        let algorithm = SignatureAlgorithm::for_key(key, self.digest).expect("an algorithm");
        let signature = self.key.sign(algorithm, message, &mut TestRandom::new(3)).expect("a signature");
        (identifier(algorithm), signature.as_bytes().to_vec())
    }
}

impl RawAttribute {
    /// With one value.
    #[must_use]
    pub fn new(oid: Oid<'static>, value: Vec<u8>) -> Self {
        Self { oid, values: vec![value] }
    }

    /// With a PrintableString.
    #[must_use]
    pub fn printable(oid: Oid<'static>, text: &str) -> Self {
        Self::new(oid, Writer::encode(|w| w.primitive(Tag::PRINTABLE_STRING, text.as_bytes())))
    }

    /// With an OCTET STRING.
    #[must_use]
    pub fn octets(oid: Oid<'static>, octets: &[u8]) -> Self {
        Self::new(oid, Writer::encode(|w| w.octet_string(octets)))
    }

    fn encode(&self) -> Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                w.oid(self.oid);
                w.constructed(Tag::SET, |w| self.values.iter().for_each(|value| w.raw(value)));
            });
        })
    }
}

impl RawEnvelope {
    /// A good one with AES-128-CBC.
    #[must_use]
    pub fn new(data: &[u8], recipient: &Certificate) -> Self {
        let cipher = CipherAlgorithm::AES128_CBC;
        let key = &KEY[..cipher.key_length()];
        let iv = vec![0x1b; cipher.block_length()];
        let ciphertext = PROVIDER.cipher(cipher.oid()).expect("AES").encrypt(&ContentKey::new(key.to_vec()), &iv, data);
        let recipients = vec![(recipient.clone(), wrap(key, recipient))];
        Self { recipients, cipher, iv, ciphertext: ciphertext.expect("a ciphertext"), content_type: oid::DATA }
    }

    /// The DER.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let iv = Writer::encode(|w| w.octet_string(&self.iv));
        content_info(oid::ENVELOPED_DATA, |w| {
            w.small_integer(0);
            w.constructed(Tag::SET, |w| {
                for (certificate, key) in &self.recipients {
                    w.sequence(|w| {
                        w.small_integer(0);
                        w.sequence(|w| {
                            w.raw(certificate.issuer().as_der());
                            w.primitive(Tag::INTEGER, certificate.serial_number());
                        });
                        KeyTransportAlgorithm::RsaPkcs1.encode(w);
                        w.octet_string(key);
                    });
                }
            });
            w.sequence(|w| {
                w.oid(self.content_type);
                AlgorithmIdentifier::new(self.cipher.oid(), Some(&iv)).encode(w);
                w.primitive(Tag::context(0), &self.ciphertext);
            });
        })
    }
}

impl Asked {
    /// What a POST asks.
    ///
    /// # Panics
    /// If the request is none.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        Self::of_message(&request.body)
    }

    /// What a pkiMessage says.
    ///
    /// # Panics
    /// If it does not verify by the certificate in it.
    #[must_use]
    pub fn of_message(message: &[u8]) -> Self {
        let received = Received::decode(message, Limits::DEFAULT).expect("a pkiMessage");
        let verified = received.verify(&LEGACY_PROVIDER).expect("a signature");
        Self { attributes: verified.attributes().clone(), signer: verified.signer().clone() }
    }

    /// What the client of this pair asks now.
    #[must_use]
    pub fn by(pair: &Pair) -> Self {
        match &pair.step {
            scep::client::Step::Exchange(exchange) => Self::of(exchange.request()),
            step => panic!("{step:?} asks nothing"),
        }
    }
}

/// A pkcsPKIEnvelope in AES-128-CBC.
#[must_use]
pub fn envelope(data: &[u8], recipient: &Certificate) -> Vec<u8> {
    envelope_with(data, recipient, EnvelopeAlgorithms::MANDATORY)
}

/// A pkcsPKIEnvelope in any algorithms, single DES among them.
#[must_use]
pub fn envelope_with(data: &[u8], recipient: &Certificate, algorithms: EnvelopeAlgorithms) -> Vec<u8> {
    seal(data, recipient, algorithms, &LEGACY_PROVIDER, &mut TestRandom::new(4)).expect("an envelope")
}

/// A pkcsPKIEnvelope under a password (RFC 8894 section 3.1), with as few iterations as there may be.
#[must_use]
pub fn envelope_under(data: &[u8], password: &str) -> Vec<u8> {
    let rng = &mut TestRandom::new(7);
    let iterations = NonZeroU32::new(PasswordProfile::FEWEST_ITERATIONS).expect("some");
    let profile = PasswordProfile::DEFAULT.with_iterations(iterations);
    let key = PasswordKey::derive(&Secret::from(password), profile, rng, &PROVIDER).expect("a key");
    let builder = EnvelopedDataBuilder::new(data, CipherAlgorithm::AES128_CBC).add_password_recipient(&key);
    builder.build(rng, &PROVIDER).expect("an envelope")
}

/// The messageData of a SUCCESS.
#[must_use]
pub fn certs_only(certificates: &[&Certificate]) -> Vec<u8> {
    cms::certs_only(certificates.iter().map(|certificate| certificate.as_der()), [])
}

/// A content key encrypted to a certificate.
#[must_use]
pub fn wrap(key: &[u8], recipient: &Certificate) -> Vec<u8> {
    let transport = PROVIDER.key_transport(KeyTransportAlgorithm::RsaPkcs1).expect("RSA");
    let key = ContentKey::new(key.to_vec());
    transport.wrap(recipient.public_key(), &key, &mut TestRandom::new(5)).expect("a wrapped key")
}

/// Whom requests to this server are encrypted to.
///
/// # Panics
/// If there is nobody.
#[must_use]
pub fn recipient(server: &TestServer) -> Certificate {
    let now = crate::Clock::new().now();
    let authority = scep::client::Authority::new(&server.authority(), &PROVIDER, now).expect("an authority");
    authority.recipient().clone()
}

/// RSA with MD5, which no key of ours signs with.
#[must_use]
pub fn sign_with_md5(key: &PrivateKey, message: &[u8]) -> Vec<u8> {
    let info = digest_info(DigestAlgorithm::MD5, message);
    let key = RsaPrivateKey::from_pkcs8_der(key.to_pkcs8_der().expose()).expect("an RSA key");
    key.sign(Pkcs1v15Sign::new_unprefixed(), &info).expect("a signature")
}

/// The DigestInfo that PKCS#1 v1.5 signs (RFC 8017 section 9.2).
#[must_use]
pub fn digest_info(algorithm: DigestAlgorithm, message: &[u8]) -> Vec<u8> {
    let digest = LEGACY_PROVIDER.digest(algorithm.oid()).expect("a digest").digest(&[message]);
    Writer::encode(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.oid(algorithm.oid());
                w.null();
            });
            w.octet_string(digest.as_bytes());
        });
    })
}

/// A ContentInfo.
pub fn content_info(content_type: Oid<'_>, write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.oid(content_type);
            w.constructed(Tag::context_constructed(0), |w| w.sequence(write));
        });
    })
}

fn sorted(mut elements: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    elements.sort();
    elements
}

/// The content key of all [`RawEnvelope`]s and some octets more.
pub const KEY: [u8; 40] = [0xc3; 40];
