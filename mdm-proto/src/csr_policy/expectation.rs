//! [`Expectation`]: what a CSR should ask for.

use alloc::{collections::BTreeSet, vec::Vec};
use core::fmt;

use pki_core::{Csr, DecodeError, Oid, OwnedOid, extension::KeyUsage};
use scep::server::{NameMismatch, Names};

use super::{ExpectedKey, Mismatch, Mismatches, names};
use crate::profile::{AgentProfile, CertificateTemplate, ExpandError, ScepProfile, ScepSettings, Variables};

/// What a CSR should ask for, field by field, and how much each has to be so.
///
/// ```
/// use mdm_proto::csr_policy::{Expectation, Field};
/// use mdm_proto::profile::{NameTemplate, ProfileId, ScepProfile, ScepSettings, Variable, Variables};
/// use pki_core::{CsrBuilder, KeyKind, Name, algorithm::SignatureAlgorithm};
/// use pki_core::crypto::{Signer, rustcrypto::{PrivateKey, Random}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let settings = ScepSettings::new(ProfileId::new("wifi")?, "https://ca.example.com/scep");
/// let profile = ScepProfile::new(settings, NameTemplate::parse("CN=%DeviceId%")?);
/// let variables = Variables::new().with(Variable::DeviceId, "device-1");
/// let expectation = Expectation::from_profile(&profile, &variables)?;
///
/// let mut rng = Random(getrandom::SysRng);
/// let key = PrivateKey::generate(KeyKind::P256, &mut rng)?;
/// let csr = CsrBuilder::new(Name::from_common_name("device-2")?, key.public_key().clone())
///     .build(SignatureAlgorithm::ECDSA_SHA256)?
///     .sign_with(&key, &mut rng)?;
///
/// let mismatches = expectation.check(&csr).unwrap_err();
/// assert!(mismatches.concern(Field::Subject) && mismatches.concern(Field::Key));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    pub(super) names: Names,
    pub(super) comparison: NameComparison,
    pub(super) key: ExpectedKey,
    pub(super) key_usage: KeyUsage,
    pub(super) extended_key_usage: Vec<OwnedOid>,
    pub(super) template: Option<CertificateTemplate>,
    pub(super) rules: [FieldRule; Field::ALL.len()],
}

/// A field of a CSR that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Field {
    /// subjectAltName, as a set.
    AlternativeNames,
    /// extKeyUsage, as a set.
    ExtendedKeyUsage,
    /// The key to certify.
    Key,
    /// keyUsage.
    KeyUsage,
    /// The subject.
    Subject,
    /// Microsoft's template.
    Template,
}

/// How a field has to stand to what is expected of it. Where nothing is expected, equal is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "all, less, nothing")]
pub enum FieldRule {
    /// It may be absent. If it is there, it must be equal. A key is never absent.
    MayBeAbsent,
    /// It must be equal.
    #[default]
    MustEqual,
    /// It is not looked at.
    NotCompared,
}

/// When two names are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "by meaning or by octets")]
pub enum NameComparison {
    /// By what they mean. Subjects by RFC 5280 section 7.1; host names, hosts of mailboxes, schemes and authorities of URIs
    /// without case (sections 7.2, 7.4, 7.5); user principal names without case and across string types, as Active Directory
    /// does; others by their octets.
    #[default]
    Normalised,
    /// By their octets.
    Raw,
}

impl Expectation {
    /// These names and this key, and nothing else: no usages, no template.
    ///
    /// Names and key must be equal. Usages and template may be absent and, as long as nothing is expected of them, must be.
    #[must_use]
    pub const fn new(names: Names, key: ExpectedKey) -> Self {
        Self {
            names,
            comparison: NameComparison::Normalised,
            key,
            key_usage: KeyUsage::NONE,
            extended_key_usage: Vec::new(),
            template: None,
            rules: DEFAULT_RULES,
        }
    }

    /// What a device with this profile should ask for.
    ///
    /// # Errors
    /// Those of [`ScepProfile::names`].
    pub fn from_profile(profile: &ScepProfile, variables: &Variables) -> Result<Self, ExpandError> {
        Ok(Self::from_settings(profile.settings(), profile.names(variables)?))
    }

    /// What the device that was given this should ask for.
    #[must_use]
    pub fn from_agent(profile: &AgentProfile) -> Self {
        Self::from_settings(profile.settings(), profile.names().clone())
    }

    fn from_settings(settings: &ScepSettings, names: Names) -> Self {
        Self {
            key_usage: settings.key_usage(),
            extended_key_usage: settings.extended_key_usage().to_vec(),
            template: settings.template().cloned(),
            ..Self::new(names, ExpectedKey::Algorithm(settings.key().algorithm()))
        }
    }

    /// With other names.
    #[must_use]
    pub fn with_names(self, names: Names) -> Self {
        Self { names, ..self }
    }

    /// With another way to compare names.
    #[must_use]
    pub fn with_comparison(self, comparison: NameComparison) -> Self {
        Self { comparison, ..self }
    }

    /// With another key.
    #[must_use]
    pub fn with_key(self, key: ExpectedKey) -> Self {
        Self { key, ..self }
    }

    /// With another key usage.
    #[must_use]
    pub fn with_key_usage(self, key_usage: KeyUsage) -> Self {
        Self { key_usage, ..self }
    }

    /// With other extended key usages; their order has no meaning.
    #[must_use]
    pub fn with_extended_key_usage(self, purposes: &[Oid<'_>]) -> Self {
        Self { extended_key_usage: purposes.iter().map(|oid| OwnedOid::from(*oid)).collect(), ..self }
    }

    /// With a template.
    #[must_use]
    pub fn with_template(self, template: CertificateTemplate) -> Self {
        Self { template: Some(template), ..self }
    }

    /// With another rule for a field.
    #[must_use]
    pub fn with_rule(mut self, field: Field, rule: FieldRule) -> Self {
        let rules = Field::ALL.iter().zip(&mut self.rules);
        rules.filter(|(known, _)| **known == field).for_each(|(_, place)| *place = rule);
        self
    }

    /// The names.
    #[must_use]
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> ExpectedKey {
        self.key
    }

    /// The rule for a field.
    #[must_use]
    pub fn rule(&self, field: Field) -> FieldRule {
        let rules = Field::ALL.iter().zip(&self.rules);
        rules.filter(|(known, _)| **known == field).map(|(_, rule)| *rule).next().unwrap_or_default()
    }

    /// Compares with what a CSR asks for. Its signature is not looked at.
    ///
    /// # Errors
    /// [`Mismatches`]: everything that is otherwise.
    pub fn check(&self, csr: &Csr) -> Result<(), Mismatches> {
        let mut found = Vec::new();
        if self.rule(Field::Key) != FieldRule::NotCompared {
            found.extend(self.key.check(csr.public_key()).err());
        }
        self.check_names(csr, &mut found);
        self.check_key_usage(csr, &mut found);
        self.check_extended_key_usage(csr, &mut found);
        self.check_template(csr, &mut found);
        Mismatches::check(found)
    }

    fn check_names(&self, csr: &Csr, out: &mut Vec<Mismatch>) {
        let alternative = self.rule(Field::AlternativeNames);
        let asked = match Names::of_csr(csr) {
            Ok(asked) => asked,
            Err(error) => {
                if alternative != FieldRule::NotCompared {
                    out.push(Mismatch::Name(NameMismatch::Unreadable(error)));
                }
                Names::new(csr.subject().to_owned())
            }
        };
        if self.is_compared(Field::Subject, asked.subject().is_empty())
            && names::subject_differs(&self.names, &asked, self.comparison)
        {
            let (asked, allowed) = (asked.subject().clone(), self.names.subject().clone());
            out.push(Mismatch::Name(NameMismatch::Subject { asked, allowed }));
        }
        let readable = csr.subject_alt_name().is_ok();
        if readable && self.is_compared(Field::AlternativeNames, asked.alternative().next().is_none()) {
            let differences = names::differences(&self.names, &asked, self.comparison);
            out.extend(differences.into_iter().map(Mismatch::Name));
        }
    }

    fn check_key_usage(&self, csr: &Csr, out: &mut Vec<Mismatch>) {
        let Some(found) = self.read(Field::KeyUsage, csr.key_usage(), out) else { return };
        let (expected, found) = (self.key_usage, found.unwrap_or(KeyUsage::NONE));
        if self.is_compared(Field::KeyUsage, found.is_empty()) && found != expected {
            out.push(Mismatch::KeyUsage { expected, found });
        }
    }

    fn check_extended_key_usage(&self, csr: &Csr, out: &mut Vec<Mismatch>) {
        let Some(asked) = self.read(Field::ExtendedKeyUsage, csr.extended_key_usage(), out) else { return };
        let asked: Vec<Oid<'_>> = asked.into_iter().flat_map(|purposes| purposes.iter()).collect();
        let expected: BTreeSet<_> = self.extended_key_usage.iter().filter_map(OwnedOid::as_oid).collect();
        let is_equal = asked.iter().copied().collect::<BTreeSet<_>>() == expected;
        if self.is_compared(Field::ExtendedKeyUsage, asked.is_empty()) && !is_equal {
            let found = asked.iter().take(MOST_PURPOSES).map(|oid| OwnedOid::from(*oid)).collect();
            out.push(Mismatch::ExtendedKeyUsage { expected: self.extended_key_usage.clone(), found });
        }
    }

    fn check_template(&self, csr: &Csr, out: &mut Vec<Mismatch>) {
        let templates = CertificateTemplate::of_csr(csr).map(Some);
        let Some(found) = self.read(Field::Template, templates, out) else { return };
        let found = found.unwrap_or_default();
        let is_equal = match (&self.template, found.as_slice()) {
            (None, []) => true,
            (Some(expected), [found]) => expected.matches(found),
            _ => false,
        };
        if self.is_compared(Field::Template, found.is_empty()) && !is_equal {
            out.push(Mismatch::Template { expected: self.template.clone(), found });
        }
    }

    /// Whether a field is compared that is there or absent.
    fn is_compared(&self, field: Field, absent: bool) -> bool {
        match self.rule(field) {
            FieldRule::MayBeAbsent => !absent,
            FieldRule::MustEqual => true,
            FieldRule::NotCompared => false,
        }
    }

    /// What the CSR has; `None` if it is not looked at or can't be read.
    fn read<T>(
        &self,
        field: Field,
        value: Result<Option<T>, DecodeError>,
        out: &mut Vec<Mismatch>,
    ) -> Option<Option<T>> {
        match value {
            _ if self.rule(field) == FieldRule::NotCompared => None,
            Ok(value) => Some(value),
            Err(error) => {
                out.push(Mismatch::Unreadable { field, error });
                None
            }
        }
    }
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::AlternativeNames, Self::ExtendedKeyUsage, Self::Key, Self::KeyUsage, Self::Subject, Self::Template];
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlternativeNames => "subjectAltName",
            Self::ExtendedKeyUsage => "extKeyUsage",
            Self::Key => "key",
            Self::KeyUsage => "keyUsage",
            Self::Subject => "subject",
            Self::Template => "template",
        })
    }
}

/// In the order of [`Field::ALL`].
const DEFAULT_RULES: [FieldRule; Field::ALL.len()] = [
    FieldRule::MustEqual,
    FieldRule::MayBeAbsent,
    FieldRule::MustEqual,
    FieldRule::MayBeAbsent,
    FieldRule::MustEqual,
    FieldRule::MayBeAbsent,
];

/// Most extended key usages that a mismatch shows.
const MOST_PURPOSES: usize = 32;
