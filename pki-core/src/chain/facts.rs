//! [`Facts`]: what path processing has to know of one certificate, read in one pass.

use core::cell::OnceCell;

use super::error::Violation;
use crate::{
    cert::{
        Certificate,
        extension::{
            AuthorityKeyIdentifier, BasicConstraints, KeyUsage, NameConstraints, PolicyConstraints, PolicyInformation,
            PolicyMapping, SubjectKeyIdentifier,
        },
    },
    der::{Decode, Reader, SequenceOf},
    error::DecodeError,
    key::PublicKeyRef,
    oid::{self, Oid},
};

/// A certificate and its extensions that matter to RFC 5280 section 6.1.
#[derive(Clone, Debug)]
pub(super) struct Facts<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) public_key: PublicKeyRef<'a>,
    self_issued: OnceCell<bool>,
    pub(super) authority_key: Option<&'a [u8]>,
    pub(super) subject_key: Option<&'a [u8]>,
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) extended_key_usage: Option<SequenceOf<'a, Oid<'a>>>,
    pub(super) name_constraints: Option<NameConstraints<'a>>,
    pub(super) policies: Option<SequenceOf<'a, PolicyInformation<'a>>>,
    pub(super) policy_mappings: Option<SequenceOf<'a, PolicyMapping<'a>>>,
    /// Octets of policies and mappings: how much there is to be gone over on every path.
    pub(super) size_of_policies: usize,
    pub(super) policy_constraints: Option<PolicyConstraints>,
    pub(super) inhibit_any_policy: Option<u32>,
    /// The first critical extension that is none of those above, nor one that [`UNDERSTOOD`] lists.
    pub(super) unknown_critical: Option<Oid<'a>>,
}

impl<'a> Facts<'a> {
    /// Reads them. `known` are extensions that the caller processes.
    pub(super) fn read(certificate: &'a Certificate, known: &[Oid<'_>]) -> Result<Self, Violation> {
        let mut facts = Self {
            certificate,
            public_key: certificate.public_key(),
            self_issued: OnceCell::new(),
            authority_key: None,
            subject_key: None,
            basic_constraints: None,
            key_usage: None,
            extended_key_usage: None,
            name_constraints: None,
            policies: None,
            policy_mappings: None,
            size_of_policies: 0,
            policy_constraints: None,
            inhibit_any_policy: None,
            unknown_critical: None,
        };
        for extension in certificate.extensions().iter() {
            let value = Value(extension.value);
            if matches!(extension.oid, oid::CERTIFICATE_POLICIES | oid::POLICY_MAPPINGS) {
                facts.size_of_policies += extension.value.len();
            }
            match extension.oid {
                oid::AUTHORITY_KEY_IDENTIFIER => {
                    let identifier = value.read::<AuthorityKeyIdentifier<'_>>("authorityKeyIdentifier")?;
                    facts.authority_key = identifier.key_identifier;
                }
                oid::SUBJECT_KEY_IDENTIFIER => {
                    facts.subject_key =
                        Some(value.read::<SubjectKeyIdentifier<'_>>("subjectKeyIdentifier")?.as_bytes());
                }
                oid::BASIC_CONSTRAINTS => facts.basic_constraints = Some(value.read("basicConstraints")?),
                oid::KEY_USAGE => facts.key_usage = Some(value.read("keyUsage")?),
                oid::EXT_KEY_USAGE => facts.extended_key_usage = Some(value.read("extKeyUsage")?),
                oid::NAME_CONSTRAINTS => facts.name_constraints = Some(value.read("nameConstraints")?),
                oid::CERTIFICATE_POLICIES => facts.policies = Some(value.read("certificatePolicies")?),
                oid::POLICY_MAPPINGS => facts.policy_mappings = Some(value.read("policyMappings")?),
                oid::POLICY_CONSTRAINTS => facts.policy_constraints = Some(value.read("policyConstraints")?),
                oid::INHIBIT_ANY_POLICY => facts.inhibit_any_policy = Some(value.read("inhibitAnyPolicy")?),
                other if extension.critical && !UNDERSTOOD.contains(&other) && !known.contains(&other) => {
                    facts.unknown_critical = facts.unknown_critical.or(Some(other));
                }
                _ => {}
            }
        }
        Ok(facts)
    }

    /// Whether issuer and subject are the same name, compared when that is first asked.
    pub(super) fn is_self_issued(&self) -> bool {
        *self.self_issued.get_or_init(|| self.certificate.is_self_issued())
    }

    /// Whether it is a CA (RFC 5280 section 4.2.1.9).
    pub(super) fn is_ca(&self) -> bool {
        self.basic_constraints.is_some_and(|constraints| constraints.is_ca)
    }
}

/// The contents of an `extnValue`.
struct Value<'a>(&'a [u8]);

impl<'a> Value<'a> {
    fn read<T: Decode<'a>>(&self, field: &'static str) -> Result<T, Violation> {
        let mut reader = Reader::new(self.0);
        let value = T::decode(&mut reader).and_then(|value| reader.finish().map(|()| value));
        value.map_err(|error: DecodeError| Violation::Malformed { field, error })
    }
}

/// Extensions that need no processing to be obeyed, or are obeyed where names and revocation are checked.
const UNDERSTOOD: [Oid<'static>; 8] = [
    oid::SUBJECT_ALT_NAME,
    oid::ISSUER_ALT_NAME,
    oid::SUBJECT_DIRECTORY_ATTRIBUTES,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::FRESHEST_CRL,
    oid::AUTHORITY_INFO_ACCESS,
    oid::SUBJECT_INFO_ACCESS,
    oid::OCSP_NO_CHECK,
];
