//! [`CertificateBuilder`].

use super::{
    Certificate, Profile, SerialNumber,
    extension::{BasicConstraints, Criticality, KeyUsage, PolicyConstraints},
    extension_list::ExtensionList,
};
use crate::{
    algorithm::SignatureAlgorithm,
    build_error::BuildError,
    crypto::CryptoProvider,
    der::{Tag, Writer},
    key::PublicKey,
    name::{GeneralName, GeneralNamesBuilder, Name},
    oid::{self, Oid},
    signed::Signed,
    tbs::ToBeSigned,
    time::Validity,
};

/// Builds a [`Certificate`]: of version 3 if it has extensions, else of version 1 (RFC 5280 section 4.1.2.1).
///
/// Nothing is added that was not asked for: [`CertificateBuilder::with_profile`] sets the usages,
/// [`with_subject_key_identifier`](Self::with_subject_key_identifier) and [`with_authority`](Self::with_authority) the
/// identifiers.
#[derive(Debug)]
#[must_use]
pub struct CertificateBuilder {
    serial: SerialNumber,
    issuer: Name,
    subject: Name,
    validity: Validity,
    public_key: PublicKey,
    extensions: ExtensionList,
}

impl CertificateBuilder {
    /// Without extensions.
    pub fn new(serial: SerialNumber, issuer: Name, subject: Name, validity: Validity, public_key: PublicKey) -> Self {
        Self { serial, issuer, subject, validity, public_key, extensions: ExtensionList::default() }
    }

    /// Takes basicConstraints, keyUsage and extKeyUsage from `profile`.
    pub fn with_profile(mut self, profile: &Profile) -> Self {
        match profile.basic_constraints() {
            Some(constraints) => self.extensions.set_basic_constraints(constraints),
            None => self.extensions.remove(oid::BASIC_CONSTRAINTS),
        }
        let key_usage = profile.key_usage(self.public_key.as_ref());
        self.with_key_usage(key_usage).with_extended_key_usage(profile.extended_key_usage())
    }

    /// Sets authorityKeyIdentifier to the subjectKeyIdentifier of `issuer`, or, if that has none, to what it would be
    /// (RFC 5280 section 4.2.1.1).
    pub fn with_authority(mut self, issuer: &Certificate, crypto: &CryptoProvider) -> Self {
        self.extensions.set_authority(issuer, crypto);
        self
    }

    /// Sets authorityKeyIdentifier to the identifier of the issuer's key (RFC 5280 section 4.2.1.2, method 1).
    pub fn with_authority_key(mut self, key: &PublicKey, crypto: &CryptoProvider) -> Self {
        self.extensions.set_authority_key(key, crypto);
        self
    }

    /// Sets subjectKeyIdentifier (RFC 5280 section 4.2.1.2, method 1). Every CA certificate needs it.
    pub fn with_subject_key_identifier(mut self, crypto: &CryptoProvider) -> Self {
        match self.public_key.as_ref().key_identifier(crypto) {
            Some(id) => self.extensions.set(oid::SUBJECT_KEY_IDENTIFIER, Criticality::NonCritical, |w| {
                w.octet_string(id.as_bytes());
            }),
            None => self.extensions.fail(BuildError::MissingDigest),
        }
        self
    }

    /// Sets authorityInfoAccess: what can be got, like [`AD_OCSP`](oid::AD_OCSP), and its URI
    /// (RFC 5280 section 4.2.2.1); none leaves the extension out.
    pub fn with_authority_info_access(mut self, access: &[(Oid<'_>, &str)]) -> Self {
        self.extensions.set_uris(
            oid::AUTHORITY_INFO_ACCESS,
            access,
            |(_, uri)| uri,
            |(method, uri), w| {
                w.oid(*method);
                GeneralName::Uri(uri).encode(w);
            },
        );
        self
    }

    /// Sets basicConstraints, critical for a CA.
    pub fn with_basic_constraints(mut self, constraints: BasicConstraints) -> Self {
        self.extensions.set_basic_constraints(constraints);
        self
    }

    /// Sets certificatePolicies, not critical and without qualifiers; none leaves the extension out.
    pub fn with_certificate_policies(mut self, policies: &[Oid<'_>]) -> Self {
        self.extensions.set_certificate_policies(policies);
        self
    }

    /// Sets cRLDistributionPoints: one for each URI, all reasons, by the issuer itself (RFC 5280 section 4.2.1.13); none
    /// leaves the extension out.
    pub fn with_crl_distribution_points(mut self, uris: &[&str]) -> Self {
        self.extensions.set_distribution_points(oid::CRL_DISTRIBUTION_POINTS, uris);
        self
    }

    /// Sets extKeyUsage, not critical; none leaves the extension out.
    pub fn with_extended_key_usage(mut self, purposes: &[Oid<'_>]) -> Self {
        self.extensions.set_extended_key_usage(purposes);
        self
    }

    /// Sets inhibitAnyPolicy, critical: after how many certificates anyPolicy means nothing any more
    /// (RFC 5280 section 4.2.1.14).
    pub fn with_inhibit_any_policy(mut self, certificates: u32) -> Self {
        self.extensions.set(oid::INHIBIT_ANY_POLICY, Criticality::Critical, |w| w.small_integer(certificates));
        self
    }

    /// Sets keyUsage, critical; none leaves the extension out.
    pub fn with_key_usage(mut self, usage: KeyUsage) -> Self {
        self.extensions.set_key_usage(usage);
        self
    }

    /// Sets `id-pkix-ocsp-nocheck`: who asks this OCSP responder need not ask whether its certificate is revoked
    /// (RFC 6960 section 4.2.2.2.1).
    pub fn with_ocsp_no_check(mut self) -> Self {
        self.extensions.set(oid::OCSP_NO_CHECK, Criticality::NonCritical, Writer::null);
        self
    }

    /// Sets nameConstraints, critical: where names of the certificates below have to lie, and where they must not
    /// (RFC 5280 section 4.2.1.10); none leaves the extension out.
    ///
    /// - dNSName: a domain with all below it, `example.com`; empty for all names.
    /// - iPAddress: the octets of an address and of its mask.
    /// - rfc822Name: a mailbox `root@example.com`, all at a host `example.com`, or all at the hosts of a domain
    ///   `.example.com`.
    /// - uniformResourceIdentifier: a host `host.example.com`, or those of a domain `.example.com`.
    /// - directoryName: a name with all that begin with its RDNs.
    /// - otherName of type [`UPN`](oid::UPN): all users of a domain `@example.com`, or one of them.
    pub fn with_name_constraints(mut self, permitted: &[GeneralName<'_>], excluded: &[GeneralName<'_>]) -> Self {
        self.extensions.set_name_constraints(permitted, excluded);
        self
    }

    /// Sets policyConstraints, critical; none leaves the extension out.
    pub fn with_policy_constraints(mut self, constraints: PolicyConstraints) -> Self {
        self.extensions.set_policy_constraints(constraints);
        self
    }

    /// Sets policyMappings, critical: pairs of a policy of the issuer's and one of the subject's, neither of them anyPolicy
    /// (RFC 5280 section 4.2.1.5); none leaves the extension out.
    pub fn with_policy_mappings(mut self, mappings: &[(Oid<'_>, Oid<'_>)]) -> Self {
        self.extensions.set_policy_mappings(mappings);
        self
    }

    /// Sets subjectAltName; critical if the subject is empty (RFC 5280 section 4.2.1.6).
    pub fn with_subject_alt_name(mut self, names: GeneralNamesBuilder) -> Self {
        self.extensions.set_subject_alt_name(names);
        self
    }

    /// Adds an extension; `value` is the DER that goes into `extnValue`.
    pub fn add_extension(mut self, oid: Oid<'_>, criticality: Criticality, value: &[u8]) -> Self {
        self.extensions.add(oid, criticality, value);
        self
    }

    /// The certificate, complete but for the signature by the issuer's key with `algorithm`.
    ///
    /// # Errors
    /// - [`BuildError::Duplicate`] if an extension was added twice, or a policy.
    /// - [`BuildError::Empty`] for an empty issuer (RFC 5280 section 4.1.2.4), or an empty subject without alternative name
    ///   (section 4.1.2.6).
    /// - [`BuildError::InvalidValue`] for a validity that ends before it begins, and whatever was wrong with an extension.
    /// - [`BuildError::MissingDigest`] if the provider has no SHA-1 for key identifiers.
    /// - [`BuildError::TooLong`] if it is larger than half of [`Certificate::MAX_SIZE`].
    /// - [`BuildError::Unreadable`] if it can't be read back, as with more than 128 extensions.
    pub fn build(mut self, algorithm: SignatureAlgorithm) -> Result<ToBeSigned<Certificate>, BuildError> {
        if self.issuer.is_empty() {
            return Err(BuildError::Empty("issuer"));
        }
        if self.validity.not_after < self.validity.not_before {
            return Err(BuildError::InvalidValue("validity"));
        }
        if self.subject.is_empty() {
            self.extensions.require_subject_alt_name();
        }
        self.extensions.check()?;
        Signed::to_be_signed(self.encode(algorithm), algorithm, Certificate)
    }

    fn encode(&self, algorithm: SignatureAlgorithm) -> alloc::vec::Vec<u8> {
        Writer::encode(|w| {
            w.sequence(|w| {
                if !self.extensions.is_empty() {
                    w.constructed(Tag::context_constructed(0), |w| w.small_integer(2));
                }
                w.primitive(Tag::INTEGER, self.serial.as_bytes());
                algorithm.identifier().encode(w);
                w.raw(self.issuer.as_der());
                w.sequence(|w| {
                    w.time(self.validity.not_before);
                    w.time(self.validity.not_after);
                });
                w.raw(self.subject.as_der());
                w.raw(self.public_key.as_der());
                if !self.extensions.is_empty() {
                    w.constructed(Tag::context_constructed(3), |w| self.extensions.encode(w));
                }
            });
        })
    }
}
