//! Certificates for path validation: plain chains, and meshes of CAs that certify each other.

use std::time::Duration;

use pki_core::{
    Certificate, CertificateBuilder, GeneralName, GeneralNamesBuilder, KeyKind, Name, NameBuilder, Oid, Profile,
    SerialNumber, UnixTime, Validity,
    algorithm::SignatureAlgorithm,
    crypto::{
        Signature, Signer,
        rustcrypto::{PROVIDER, PrivateKey},
    },
};

use crate::Seeded;

/// The name that servers are validated for.
pub const HOST: &str = "www.example.com";

/// When everything here is valid, in seconds since 1970: 2026-11-23 09:00.
pub const NOW: UnixTime = UnixTime::from_seconds(1_795_424_400);

/// A CA's name and key.
#[derive(Debug)]
pub struct Authority {
    /// Its name.
    pub name: Name,
    /// Its key.
    pub key: PrivateKey,
}

/// A chain of certificates.
#[derive(Debug)]
pub struct Chain {
    /// The anchor.
    pub anchor: Certificate,
    /// The CAs below the anchor, in order.
    pub intermediates: Vec<Certificate>,
    /// The server.
    pub leaf: Certificate,
}

/// What is wrong with a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mesh {
    /// Nothing.
    Ok,
    /// What the root certified excludes the server's name.
    NameConstraint,
    /// The root certified nobody.
    NoAnchor,
    /// Every CA has a policy, the server has another, and one is required: nothing shows before the end of a path.
    Policy,
}

/// What a hostile mesh has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hostile {
    /// 60 policies in each certificate.
    Policies,
    /// One name for all CAs, spelt differently.
    SelfIssued,
    /// 200 name constraints in each certificate.
    Names,
}

impl Authority {
    /// With a fresh key.
    pub fn new(name: &str, kind: KeyKind, rng: &mut Seeded) -> Self {
        Self { name: name_of(name), key: PrivateKey::generate(kind, rng).unwrap() }
    }

    /// A certificate for somebody, to be changed before it is [signed](Self::sign).
    pub fn certify(&self, subject: &Self, profile: &Profile, rng: &mut Seeded) -> CertificateBuilder {
        let validity = Validity::new(NOW.minus(YEAR), NOW.plus(YEAR));
        let key = Signer::public_key(&subject.key).clone();
        let serial = SerialNumber::random(rng).unwrap();
        CertificateBuilder::new(serial, self.name.clone(), subject.name.clone(), validity, key)
            .with_profile(profile)
            .with_subject_key_identifier(&PROVIDER)
            .with_authority_key(Signer::public_key(&self.key), &PROVIDER)
    }

    /// Signs a certificate.
    pub fn sign(&self, certificate: CertificateBuilder, rng: &mut Seeded) -> Certificate {
        let algorithm = self.key.algorithms()[0];
        certificate.build(algorithm).unwrap().sign_with(&self.key, rng).unwrap()
    }

    /// Certifies itself.
    pub fn root(&self, rng: &mut Seeded) -> Certificate {
        self.sign(self.certify(self, &Profile::ROOT_CA, rng), rng)
    }
}

impl Chain {
    /// A chain of so many certificates, anchor and server included; of one, if the server is its own anchor.
    pub fn new(length: usize, kind: KeyKind, rng: &mut Seeded) -> Self {
        let server = Authority::new(HOST, kind, rng);
        if length == 1 {
            let leaf =
                server.sign(server.certify(&server, &Profile::TLS_SERVER, rng).with_subject_alt_name(host()), rng);
            return Self { anchor: leaf.clone(), intermediates: Vec::new(), leaf };
        }
        let root = Authority::new("Example Root", kind, rng);
        let anchor = root.root(rng);
        let mut above = root;
        let mut intermediates = Vec::new();
        for number in 2..length {
            let below = Authority::new(&format!("Example CA {number}"), kind, rng);
            intermediates.push(above.sign(above.certify(&below, &Profile::ROOT_CA, rng), rng));
            above = below;
        }
        let leaf = above.sign(above.certify(&server, &Profile::TLS_SERVER, rng).with_subject_alt_name(host()), rng);
        Self { anchor, intermediates, leaf }
    }

    /// `count` CAs on P-256 that all certify each other: the root certified the first, the last certified the server.
    pub fn mesh(count: usize, mesh: Mesh, rng: &mut Seeded) -> Self {
        let root = Authority::new("Example Root", KeyKind::P256, rng);
        let authorities: Vec<_> =
            (0..count).map(|number| Authority::new(&format!("Example CA {number}"), KeyKind::P256, rng)).collect();
        let policy = |certificate: CertificateBuilder, policy: Oid<'_>| match mesh {
            Mesh::Policy => certificate.with_certificate_policies(&[policy]),
            _ => certificate,
        };
        let mut intermediates = Vec::new();
        if mesh != Mesh::NoAnchor {
            let entry = root.certify(&authorities[0], &Profile::ROOT_CA, rng);
            let excluded = [GeneralName::DnsName("example.com")];
            let excluded = if mesh == Mesh::NameConstraint { &excluded[..] } else { &[] };
            intermediates.push(root.sign(policy(entry.with_name_constraints(&[], excluded), CA_POLICY), rng));
        }
        for issuer in &authorities {
            for subject in authorities.iter().filter(|subject| subject.name != issuer.name) {
                let certificate = issuer.certify(subject, &Profile::ROOT_CA, rng);
                intermediates.push(issuer.sign(policy(certificate, CA_POLICY), rng));
            }
        }
        let (server, last) = (Authority::new(HOST, KeyKind::P256, rng), &authorities[count - 1]);
        let leaf = last.certify(&server, &Profile::TLS_SERVER, rng).with_subject_alt_name(host());
        Self { anchor: root.root(rng), intermediates, leaf: last.sign(policy(leaf, SERVER_POLICY), rng) }
    }

    /// What costs most to find no path through: nothing here is signed, and only the last step shows that all was in vain.
    pub fn hostile(hostile: Hostile, rng: &mut Seeded) -> Self {
        let kind = KeyKind::P256;
        let root = Authority::new("Example Root", kind, rng);
        let server = Authority::new(HOST, kind, rng);
        let count = match hostile {
            Hostile::SelfIssued => 160,
            _ => 8,
        };
        let authorities: Vec<_> = (0..count)
            .map(|number| match hostile {
                // One name, spelt in as many ways as there are keys.
                Hostile::SelfIssued => {
                    let letter = |place: u32| if number >> place & 1 == 0 { "a" } else { "A" };
                    let name: String = (0..60).map(|place| letter(place % 8)).collect();
                    Authority::new(&name, kind, rng)
                }
                _ => Authority::new(&format!("Example CA {number}"), kind, rng),
            })
            .collect();
        let policies: Vec<Vec<u8>> =
            (0..60).map(|number| vec![0x2b, 6, 1, 4, 1, 0x86, 0x8d, 0x1f, 3, number]).collect();
        let policies: Vec<_> = policies.iter().map(|octets| Oid::from_bytes(octets).unwrap()).collect();
        let hosts: Vec<String> = (0..200).map(|number| format!("{number}.example.com")).collect();
        let hosts: Vec<_> = hosts.iter().map(|host| GeneralName::DnsName(host)).collect();
        let change = |certificate: CertificateBuilder| match hostile {
            Hostile::Policies => certificate.with_certificate_policies(&policies),
            _ => certificate.with_certificate_policies(&[CA_POLICY]),
        };
        let names = |certificate: CertificateBuilder| match hostile {
            Hostile::Names => certificate.with_name_constraints(&[], &hosts),
            _ => certificate,
        };
        let entries = if hostile == Hostile::SelfIssued { &authorities[..] } else { &authorities[..1] };
        let mut intermediates: Vec<_> =
            entries.iter().map(|entry| unsigned(change(root.certify(entry, &Profile::ROOT_CA, rng)))).collect();
        for issuer in &authorities {
            for subject in authorities.iter().filter(|subject| subject.name != issuer.name).take(8) {
                intermediates.push(unsigned(names(change(issuer.certify(subject, &Profile::ROOT_CA, rng)))));
            }
        }
        let leaf =
            authorities[7].certify(&server, &Profile::TLS_SERVER, rng).with_certificate_policies(&[SERVER_POLICY]);
        Self { anchor: root.root(rng), intermediates, leaf: unsigned(leaf.with_subject_alt_name(host())) }
    }

    /// Anchor first.
    pub fn iter(&self) -> impl Iterator<Item = &Certificate> {
        [&self.anchor].into_iter().chain(&self.intermediates).chain([&self.leaf])
    }
}

/// A certificate that nobody signed, for places where no signature is checked.
pub fn unsigned(certificate: CertificateBuilder) -> Certificate {
    let unsigned = certificate.build(SignatureAlgorithm::ECDSA_SHA256).unwrap();
    unsigned.attach(Signature::new(vec![0; 70]))
}

fn name_of(common_name: &str) -> Name {
    NameBuilder::new().add_country("EX").add_organization("Example Ltd").add_common_name(common_name).build().unwrap()
}

fn host() -> GeneralNamesBuilder {
    GeneralNamesBuilder::new().add_dns_name(HOST)
}

const YEAR: Duration = Duration::from_secs(365 * 86_400);
/// 1.3.6.1.4.1.99999.1 and 2
const CA_POLICY: Oid<'static> = Oid::from_bytes(&[0x2b, 6, 1, 4, 1, 0x86, 0x8d, 0x1f, 1]).unwrap();
const SERVER_POLICY: Oid<'static> = Oid::from_bytes(&[0x2b, 6, 1, 4, 1, 0x86, 0x8d, 0x1f, 2]).unwrap();
