//! [`ExtensionList`]: the extensions that builders write.

use alloc::vec::Vec;

use super::{
    Certificate,
    extension::{AuthorityKeyIdentifier, BasicConstraints, Criticality, KeyUsage, NameConstraints, PolicyConstraints},
};
use crate::{
    build_error::BuildError,
    chain::{NameForm, is_subtree_base},
    crypto::CryptoProvider,
    der::{Element, Tag, Writer},
    key::{KeyIdentifier, PublicKey},
    name::{GeneralName, GeneralNamesBuilder},
    oid::{self, Oid},
};

/// Extensions to write, each type once, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExtensionList {
    entries: Vec<Entry>,
    error: Option<BuildError>,
}

#[derive(Clone, Debug)]
struct Entry {
    oid: Vec<u8>,
    criticality: Criticality,
    value: Vec<u8>,
}

impl ExtensionList {
    /// Puts an extension in the place of the one of the same type, or at the end.
    pub(crate) fn set(&mut self, oid: Oid<'_>, criticality: Criticality, write: impl FnOnce(&mut Writer)) {
        let entry = Entry { oid: oid.as_bytes().to_vec(), criticality, value: Writer::encode(write) };
        match self.entries.iter_mut().find(|known| known.oid == entry.oid) {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
    }

    /// Adds an extension whose value the caller encoded.
    pub(crate) fn add(&mut self, oid: Oid<'_>, criticality: Criticality, value: &[u8]) {
        if Element::from_der(value).is_err() {
            self.fail(BuildError::InvalidValue("extnValue"));
        }
        if self.contains(oid) {
            self.fail(BuildError::Duplicate(oid.into()));
        }
        self.set(oid, criticality, |w| w.raw(value));
    }

    pub(crate) fn remove(&mut self, oid: Oid<'_>) {
        self.entries.retain(|entry| entry.oid != oid.as_bytes());
    }

    /// Keeps the first error for [`ExtensionList::check`].
    pub(crate) fn fail(&mut self, error: BuildError) {
        self.error.get_or_insert(error);
    }

    /// The subjectKeyIdentifier of `issuer`, or, if that has none, what it would be (RFC 5280 section 4.2.1.1).
    pub(crate) fn set_authority(&mut self, issuer: &Certificate, crypto: &CryptoProvider) {
        let own = issuer.subject_key_identifier().ok().flatten().map(|id| KeyIdentifier::new(id.as_bytes()));
        self.set_authority_identifier(own.or_else(|| issuer.public_key().key_identifier(crypto)));
    }

    /// The identifier of the issuer's key (RFC 5280 section 4.2.1.2, method 1).
    pub(crate) fn set_authority_key(&mut self, key: &PublicKey, crypto: &CryptoProvider) {
        self.set_authority_identifier(key.as_ref().key_identifier(crypto));
    }

    fn set_authority_identifier(&mut self, identifier: Option<KeyIdentifier>) {
        match identifier {
            Some(id) => self.set(oid::AUTHORITY_KEY_IDENTIFIER, Criticality::NonCritical, |w| {
                AuthorityKeyIdentifier::encode(id.as_bytes(), w);
            }),
            None => self.fail(BuildError::MissingDigest),
        }
    }

    pub(crate) fn set_basic_constraints(&mut self, constraints: BasicConstraints) {
        // Critical in CA certificates (RFC 5280 section 4.2.1.9).
        let criticality = if constraints.is_ca { Criticality::Critical } else { Criticality::NonCritical };
        self.set(oid::BASIC_CONSTRAINTS, criticality, |w| constraints.encode(w));
    }

    /// One distribution point for each URI, with nothing but its name: cRLDistributionPoints or freshestCRL.
    pub(crate) fn set_distribution_points(&mut self, oid: Oid<'_>, uris: &[&str]) {
        self.set_uris(
            oid,
            uris,
            |uri| uri,
            |uri, w| {
                w.constructed(Tag::context_constructed(0), |w| {
                    w.constructed(Tag::context_constructed(0), |w| GeneralName::Uri(uri).encode(w));
                });
            },
        );
    }

    pub(crate) fn set_extended_key_usage(&mut self, purposes: &[Oid<'_>]) {
        if purposes.is_empty() {
            return self.remove(oid::EXT_KEY_USAGE);
        }
        self.set(oid::EXT_KEY_USAGE, Criticality::NonCritical, |w| {
            w.sequence(|w| purposes.iter().for_each(|purpose| w.oid(*purpose)));
        });
    }

    pub(crate) fn set_certificate_policies(&mut self, policies: &[Oid<'_>]) {
        if policies.is_empty() {
            return self.remove(oid::CERTIFICATE_POLICIES);
        }
        if let Some(repeated) = repeated(policies) {
            self.fail(BuildError::Duplicate(repeated.into()));
        }
        self.set(oid::CERTIFICATE_POLICIES, Criticality::NonCritical, |w| {
            w.sequence(|w| policies.iter().for_each(|policy| w.sequence(|w| w.oid(*policy))));
        });
    }

    pub(crate) fn set_policy_mappings(&mut self, mappings: &[(Oid<'_>, Oid<'_>)]) {
        if mappings.is_empty() {
            return self.remove(oid::POLICY_MAPPINGS);
        }
        if mappings.iter().any(|(issuer, subject)| *issuer == oid::ANY_POLICY || *subject == oid::ANY_POLICY) {
            self.fail(BuildError::InvalidValue("policyMappings"));
        }
        self.set(oid::POLICY_MAPPINGS, Criticality::Critical, |w| {
            w.sequence(|w| {
                for (issuer, subject) in mappings {
                    w.sequence(|w| [issuer, subject].into_iter().for_each(|policy| w.oid(*policy)));
                }
            });
        });
    }

    pub(crate) fn set_policy_constraints(&mut self, constraints: PolicyConstraints) {
        if constraints.is_empty() {
            return self.remove(oid::POLICY_CONSTRAINTS);
        }
        self.set(oid::POLICY_CONSTRAINTS, Criticality::Critical, |w| constraints.encode(w));
    }

    pub(crate) fn set_name_constraints(&mut self, permitted: &[GeneralName<'_>], excluded: &[GeneralName<'_>]) {
        if permitted.is_empty() && excluded.is_empty() {
            return self.remove(oid::NAME_CONSTRAINTS);
        }
        if let Some(base) = permitted.iter().chain(excluded).find(|base| !is_subtree_base(base)) {
            self.fail(BuildError::InvalidValue(NameForm::of(base).as_str()));
        }
        self.set(oid::NAME_CONSTRAINTS, Criticality::Critical, |w| NameConstraints::encode(permitted, excluded, w));
    }

    pub(crate) fn set_key_usage(&mut self, usage: KeyUsage) {
        if usage.is_empty() {
            return self.remove(oid::KEY_USAGE);
        }
        // Critical where it can be (RFC 5280 section 4.2.1.3).
        self.set(oid::KEY_USAGE, Criticality::Critical, |w| usage.encode(w));
    }

    pub(crate) fn set_subject_alt_name(&mut self, names: GeneralNamesBuilder) {
        match names.build() {
            Ok(der) => self.set(oid::SUBJECT_ALT_NAME, Criticality::NonCritical, |w| w.raw(&der)),
            Err(error) => self.fail(error),
        }
    }

    /// A SEQUENCE of one SEQUENCE for each of `items`, which `write` fills; each has a URI. Not critical.
    pub(crate) fn set_uris<T>(
        &mut self,
        oid: Oid<'_>,
        items: &[T],
        uri: impl Fn(&T) -> &str,
        write: impl Fn(&T, &mut Writer),
    ) {
        for item in items {
            match uri(item) {
                "" => self.fail(BuildError::Empty("uniformResourceIdentifier")),
                uri if !uri.is_ascii() => self.fail(BuildError::InvalidCharacters("uniformResourceIdentifier")),
                _ => {}
            }
        }
        if items.is_empty() {
            return self.remove(oid);
        }
        self.set(oid, Criticality::NonCritical, |w| {
            w.sequence(|w| items.iter().for_each(|item| w.sequence(|w| write(item, w))));
        });
    }

    /// Makes subjectAltName critical, as it has to be beside an empty subject (RFC 5280 section 4.2.1.6).
    pub(crate) fn require_subject_alt_name(&mut self) {
        match self.entries.iter_mut().find(|entry| entry.oid == oid::SUBJECT_ALT_NAME.as_bytes()) {
            Some(entry) => entry.criticality = Criticality::Critical,
            None => self.fail(BuildError::Empty("subject")),
        }
    }

    pub(crate) fn contains(&self, oid: Oid<'_>) -> bool {
        self.entries.iter().any(|entry| entry.oid == oid.as_bytes())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What was wrong first.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        self.error.clone().map_or(Ok(()), Err)
    }

    /// Writes `Extensions`.
    pub(crate) fn encode(&self, writer: &mut Writer) {
        writer.sequence(|w| {
            for entry in &self.entries {
                w.sequence(|w| {
                    w.primitive(Tag::OID, &entry.oid);
                    if entry.criticality == Criticality::Critical {
                        w.boolean(true);
                    }
                    w.octet_string(&entry.value);
                });
            }
        });
    }
}

/// An identifier that is there twice.
fn repeated<'a>(oids: &[Oid<'a>]) -> Option<Oid<'a>> {
    let mut sorted = oids.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).find_map(|pair| match pair {
        [one, next] if one == next => Some(*one),
        _ => None,
    })
}
