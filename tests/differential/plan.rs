//! [`Plan`]: a root, two CAs and a leaf, each of which can be made otherwise.

use conformance::{
    TestRandom,
    chain::{self, Draft},
    fixtures,
};
use pki_core::{
    Certificate, CertificateBuilder, GeneralNamesBuilder, Profile, UnixTime, Validity,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    crypto::{Signer, rustcrypto::PrivateKey},
    der::{Reader, Tag, Writer},
    oid,
};

/// Which of the certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Root,
    Upper,
    Lower,
    Leaf,
}

/// What every validator is asked about: is the leaf a TLS server's, by way of the pool?
#[derive(Clone, Debug)]
pub struct Chain {
    pub root: Vec<u8>,
    pub pool: Vec<Vec<u8>>,
    pub leaf: Vec<u8>,
}

/// What is done to one thing.
pub type Change<T> = Box<dyn FnOnce(&mut T)>;

/// The four certificates before they are made.
pub struct Plan {
    parts: [Part; 4],
    /// What becomes of the pool in the end.
    pub pool: Vec<Change<Vec<Vec<u8>>>>,
}

/// One of them.
pub struct Part {
    pub validity: Validity,
    pub profile: Profile,
    pub is_forged: bool,
    pub extend: Vec<Box<dyn FnOnce(CertificateBuilder) -> CertificateBuilder>>,
    /// On tbsCertificate, before it is signed.
    pub surgery: Vec<Change<Tbs>>,
    /// On the whole, after it is signed.
    pub damage: Vec<Change<Vec<u8>>>,
}

/// The elements of a tbsCertificate.
pub struct Tbs {
    pub version: Vec<u8>,
    pub serial: Vec<u8>,
    pub algorithm: Vec<u8>,
    pub issuer: Vec<u8>,
    pub validity: Vec<u8>,
    pub subject: Vec<u8>,
    pub key: Vec<u8>,
    pub unique_ids: Vec<u8>,
    /// Each with its header.
    pub extensions: Vec<Vec<u8>>,
    /// The algorithm outside.
    pub outer_algorithm: Vec<u8>,
}

impl Place {
    pub const ALL: &'static [Self] = &[Self::Root, Self::Upper, Self::Lower, Self::Leaf];
    pub const CAS: &'static [Self] = &[Self::Root, Self::Upper, Self::Lower];
    pub const BELOW: &'static [Self] = &[Self::Upper, Self::Lower, Self::Leaf];
    pub const INTERMEDIATE: &'static [Self] = &[Self::Upper, Self::Lower];
    pub const LEAF: &'static [Self] = &[Self::Leaf];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Upper => "upper",
            Self::Lower => "lower",
            Self::Leaf => "leaf",
        }
    }

    const fn index(self) -> usize {
        match self {
            Self::Root => 0,
            Self::Upper => 1,
            Self::Lower => 2,
            Self::Leaf => 3,
        }
    }
}

impl Plan {
    /// A valid one.
    pub fn new() -> Self {
        let part = |profile| Part {
            validity: fixtures::validity(),
            profile,
            is_forged: false,
            extend: Vec::new(),
            surgery: Vec::new(),
            damage: Vec::new(),
        };
        let ca = || part(Profile::ROOT_CA);
        let mut leaf = part(Profile::TLS_SERVER);
        leaf.extend.push(Box::new(|builder| {
            builder.with_subject_alt_name(GeneralNamesBuilder::new().add_dns_name("leaf.example.com"))
        }));
        Self { parts: [ca(), ca(), ca(), leaf], pool: Vec::new() }
    }

    pub fn at(&mut self, place: Place) -> &mut Part {
        &mut self.parts[place.index()]
    }

    /// Makes the certificates.
    pub fn make(self) -> Chain {
        let mut made = Vec::new();
        for (index, (place, part)) in Place::ALL.iter().zip(self.parts).enumerate() {
            let above = index.saturating_sub(1);
            let issuer = Place::ALL[above].name();
            let draft = Draft::by(issuer, place.name())
                .with_validity(part.validity.not_before, part.validity.not_after)
                .with_profile(part.profile);
            let certificate =
                draft.issue(|builder| part.extend.into_iter().fold(builder, |builder, change| change(builder)));
            let signer = if part.is_forged { chain::key("forger") } else { chain::key(issuer) };
            let mut tbs = Tbs::of(&certificate);
            part.surgery.into_iter().for_each(|change| change(&mut tbs));
            let mut der = tbs.sign(signer);
            part.damage.into_iter().for_each(|change| change(&mut der));
            made.push(der);
        }
        let leaf = made.remove(3);
        let root = made.remove(0);
        self.pool.into_iter().for_each(|change| change(&mut made));
        Chain { root, pool: made, leaf }
    }
}

impl Tbs {
    fn of(certificate: &Certificate) -> Self {
        let mut reader = Reader::new(certificate.tbs()).sequence().expect("tbsCertificate");
        let mut fields: Vec<Vec<u8>> = Vec::new();
        while !reader.is_empty() {
            fields.push(reader.any().expect("an element").raw().to_vec());
        }
        let mut list = Reader::new(&fields[7]).nested(Tag::context_constructed(3)).expect("extensions");
        let mut list = list.sequence().expect("extensions");
        let mut extensions = Vec::new();
        while !list.is_empty() {
            extensions.push(list.any().expect("an extension").raw().to_vec());
        }
        let mut fields = fields.into_iter();
        let mut next = || fields.next().expect("an element");
        let outer_algorithm = Writer::encode(|w| certificate.signature_algorithm().encode(w));
        Self {
            version: next(),
            serial: next(),
            algorithm: next(),
            issuer: next(),
            validity: next(),
            subject: next(),
            key: next(),
            unique_ids: Vec::new(),
            extensions,
            outer_algorithm,
        }
    }

    /// The parts with what they are called, in order.
    pub fn parts(&mut self) -> Vec<(String, &mut Vec<u8>)> {
        let Self { version, serial, algorithm, issuer, validity, subject, key, extensions, .. } = self;
        let named = [
            ("version", version),
            ("serialNumber", serial),
            ("signature", algorithm),
            ("issuer", issuer),
            ("validity", validity),
            ("subject", subject),
            ("subjectPublicKeyInfo", key),
        ];
        let mut parts: Vec<(String, &mut Vec<u8>)> =
            named.into_iter().map(|(name, der)| (name.to_owned(), der)).collect();
        parts.extend(extensions.iter_mut().map(|extension| (extension_name(extension), extension)));
        parts
    }

    /// Puts an extension in the place of what has its type, or at the end.
    pub fn set_extension(&mut self, extension: Vec<u8>) {
        let name = extension_name(&extension);
        match self.extensions.iter().position(|other| extension_name(other) == name) {
            Some(index) => self.extensions[index] = extension,
            None => self.extensions.push(extension),
        }
    }

    pub fn remove_extension(&mut self, oid: pki_core::Oid<'_>) {
        let name = oid.to_string();
        self.extensions.retain(|extension| extension_type(extension) != name);
    }

    fn sign(&self, key: &PrivateKey) -> Vec<u8> {
        let tbs = Writer::encode(|w| {
            w.sequence(|w| {
                let fields = [
                    &self.version,
                    &self.serial,
                    &self.algorithm,
                    &self.issuer,
                    &self.validity,
                    &self.subject,
                    &self.key,
                    &self.unique_ids,
                ];
                fields.into_iter().for_each(|field| w.raw(field));
                if !self.extensions.is_empty() {
                    w.constructed(Tag::context_constructed(3), |w| {
                        w.sequence(|w| self.extensions.iter().for_each(|extension| w.raw(extension)));
                    });
                }
            });
        });
        let algorithm = SignatureAlgorithm::for_key(Signer::public_key(key).as_ref(), DigestAlgorithm::SHA256)
            .expect("an algorithm");
        let signature = key.sign(algorithm, &tbs, &mut TestRandom::new(1)).expect("a signature");
        Writer::encode(|w| {
            w.sequence(|w| {
                w.raw(&tbs);
                w.raw(&self.outer_algorithm);
                w.bit_string(signature.as_bytes());
            });
        })
    }
}

/// An extension in DER, `critical` as it is written.
pub fn extension(oid: pki_core::Oid<'_>, critical: &[u8], value: &[u8]) -> Vec<u8> {
    Writer::encode(|w| {
        w.sequence(|w| {
            w.oid(oid);
            w.raw(critical);
            w.octet_string(value);
        });
    })
}

pub const TRUE: &[u8] = &[1, 1, 0xff];
pub const ABSENT: &[u8] = &[];

fn extension_type(extension: &[u8]) -> String {
    let oid = Reader::new(extension).sequence().and_then(|mut inner| inner.oid().map(|oid| oid.to_string()));
    oid.unwrap_or_default()
}

fn extension_name(extension: &[u8]) -> String {
    let name = extension_type(extension);
    let known = [
        (oid::BASIC_CONSTRAINTS, "basicConstraints"),
        (oid::KEY_USAGE, "keyUsage"),
        (oid::EXT_KEY_USAGE, "extKeyUsage"),
        (oid::SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier"),
        (oid::AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier"),
        (oid::SUBJECT_ALT_NAME, "subjectAltName"),
    ];
    known.iter().find(|(oid, _)| oid.to_string() == name).map_or(name, |(_, name)| (*name).to_owned())
}

/// Seconds from the time of all validations.
pub fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(chain::now().as_seconds() + seconds)
}
