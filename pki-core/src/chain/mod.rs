//! Certification path validation: RFC 5280 section 6 as a pure function with a budget.
//!
//! [`ChainValidator::validate`] takes a certificate, a [`Pool`] of whatever may help, the [`Purpose`] and the time, and gives a
//! [`ValidatedChain`] or a [`ChainError`]. Same inputs, same verdict; nothing is kept between calls, nothing is fetched.
//!
//! What is missing is a value. The error names the certificates and CRLs that would help; whoever can reach them adds them
//! and calls again:
//!
//! ```
//! use pki_core::{Certificate, UnixTime, chain::{ChainError, ChainValidator, Pool, Purpose, ValidatedChain}};
//!
//! fn validate_with_fetch(
//!     validator: &ChainValidator,
//!     leaf: &Certificate,
//!     pool: &mut Pool,
//!     now: UnixTime,
//!     mut fetch: impl FnMut(&str) -> Option<Vec<u8>>,
//! ) -> Result<ValidatedChain, ChainError> {
//!     for _ in 0..3 {
//!         match validator.validate(leaf, pool, Purpose::CLIENT_AUTH, now) {
//!             Err(error) if !error.missing().is_empty() => {
//!                 error.missing().urls().filter_map(&mut fetch).for_each(|der| drop(pool.add_der(&der)));
//!             }
//!             verdict => return verdict,
//!         }
//!     }
//!     validator.validate(leaf, pool, Purpose::CLIENT_AUTH, now)
//! }
//! ```
//!
//! # How a path is found
//!
//! Certificates that can't be on any path are set aside one by one; what is left is searched from the anchors down, shortest
//! path first, and only a path that obeys every other rule has its signatures checked, each once. So a path costs as many
//! checks as it has certificates, a pool that reaches no anchor costs none, and [`ChainLimits`] bounds the rest.
//!
//! # Which rules
//!
//! | | |
//! |---|---|
//! | RFC 5280 6.1.1 | [`TrustAnchor`], [`PolicySettings`], [`Purpose`], the arguments of [`ChainValidator::validate`] |
//! | 6.1.2 to 6.1.6 | one function for each letter; policies by the graph of RFC 9618; [`Violation::rule`] says which |
//! | 4.2.1.10 | name constraints of directoryName, dNSName, iPAddress, rfc822Name, uniformResourceIdentifier, otherName |
//! | 6.3 | [`RevocationPolicy`]: complete, delta and indirect CRLs; RFC 6960 OCSP |
//! | 4 | [`ValidationProfile`]: what conforming certificates are like, on request |
//! | RFC 9525 | [`PeerName`] |

mod anchor;
mod error;
mod examine;
mod facts;
mod limits;
mod missing;
mod names;
mod policy;
mod pool;
mod profile;
mod purpose;
mod revocation;
mod rules;
mod search;
mod validated;

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

pub use anchor::TrustAnchor;
pub use error::{ChainError, Violation};
pub use examine::{Examination, Finding, Outcome};
pub use limits::{ChainLimits, LimitKind};
pub use missing::{Missing, MissingIssuer, MissingOcsp};
pub(crate) use names::is_subtree_base;
pub use names::{ConstrainedName, NameForm, NamePlace, NameRefused, PeerName};
pub use policy::{PolicySet, PolicySettings};
pub use pool::Pool;
pub use profile::{ProfileViolation, ValidationProfile};
pub use purpose::Purpose;
pub use revocation::{CrlRejected, OcspPolicy, OcspRejection, RevocationPolicy, TrustedResponder};
pub use validated::{EffectiveConstraints, ValidatedChain};

use self::{facts::Facts, limits::Budget, pool::NameIndex, rules::State, search::Search};
use crate::{build_error::OwnedOid, cert::Certificate, crypto::CryptoProvider, oid::Oid, time::UnixTime};

/// Validates certification paths. Made once, used for many, shared between threads; cheap to clone.
///
/// ```
/// # #[cfg(feature = "rustcrypto")]
/// # fn main() -> Result<(), Box<dyn core::error::Error>> {
/// use std::time::Duration;
///
/// use pki_core::algorithm::SignatureAlgorithm;
/// use pki_core::chain::{ChainValidator, PeerName, Pool, Purpose, TrustAnchor, Violation};
/// use pki_core::crypto::{Signer, rustcrypto::{PROVIDER, PrivateKey, Random}};
/// use pki_core::{CertificateBuilder, GeneralNamesBuilder, KeyKind, Name, Profile, SerialNumber, UnixTime, Validity};
///
/// let mut rng = Random(getrandom::SysRng);
/// let now = UnixTime::from_seconds(1_795_392_000);
/// let year = Validity::starting(now, Duration::from_secs(365 * 86_400));
/// let (root_key, server_key) =
///     (PrivateKey::generate(KeyKind::P256, &mut rng)?, PrivateKey::generate(KeyKind::P256, &mut rng)?);
/// let root_name = Name::from_common_name("Example Root")?;
/// # let serial = SerialNumber::random(&mut rng)?;
/// let server = CertificateBuilder::new(
///     serial, root_name.clone(), Name::empty(), year, server_key.public_key().clone(),
/// )
/// .with_profile(&Profile::TLS_SERVER)
/// .with_subject_alt_name(GeneralNamesBuilder::new().add_dns_name("mdm.example.com"))
/// .build(SignatureAlgorithm::ECDSA_SHA256)?
/// .sign_with(&root_key, &mut rng)?;
///
/// // A device that was given the root's name and key.
/// let root = TrustAnchor::new(root_name, root_key.public_key().clone());
/// let validator = ChainValidator::new([root], PROVIDER);
/// let names = [PeerName::Dns("mdm.example.com")];
/// let purpose = Purpose::SERVER_AUTH.with_names(&names);
///
/// let chain = validator.validate(&server, &Pool::new(), purpose, now)?;
/// assert_eq!(chain.path(), [server.clone()]);
/// assert_eq!(chain.signatures(), 1);
///
/// let later = now.plus(Duration::from_secs(400 * 86_400));
/// let error = validator.validate(&server, &Pool::new(), purpose, later).unwrap_err();
/// assert!(matches!(error.violation(), Violation::Expired { .. }));
/// assert_eq!(error.rule(), "RFC 5280 section 6.1.3 (a) (2)");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "rustcrypto"))]
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct ChainValidator {
    anchors: Arc<[TrustAnchor]>,
    by_name: Arc<NameIndex>,
    crypto: CryptoProvider,
    limits: ChainLimits,
    policies: PolicySettings,
    profile: ValidationProfile,
    revocation: RevocationPolicy,
    ocsp: OcspPolicy,
    known_extensions: Vec<OwnedOid>,
}

/// What one validation is about.
#[derive(Clone, Copy)]
struct Context<'a> {
    validator: &'a ChainValidator,
    pool: &'a Pool,
    purpose: Purpose<'a>,
    policies: &'a PolicySettings,
    profile: ValidationProfile,
    now: UnixTime,
    /// 0 for the path that was asked for, 1 for that of a CRL issuer of it, and so on.
    nesting: u8,
    /// Whose path it is, if it is that of a CRL issuer.
    crl_signer: Option<&'a Certificate>,
}

impl ChainValidator {
    /// From whom to trust and which algorithms to accept; everything else is strict by default: the rules of RFC 5280
    /// section 6, any policy, no revocation.
    #[must_use]
    pub fn new(anchors: impl Into<Arc<[TrustAnchor]>>, crypto: CryptoProvider) -> Self {
        let anchors = anchors.into();
        let mut by_name = NameIndex::default();
        anchors.iter().enumerate().for_each(|(index, anchor)| by_name.insert(anchor.name_hash(), index));
        Self {
            anchors,
            by_name: Arc::new(by_name),
            crypto,
            limits: ChainLimits::DEFAULT,
            policies: PolicySettings::ANY,
            profile: ValidationProfile::PATH_VALIDATION,
            revocation: RevocationPolicy::default(),
            ocsp: OcspPolicy::DEFAULT,
            known_extensions: Vec::new(),
        }
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(self, limits: ChainLimits) -> Self {
        Self { limits, ..self }
    }

    /// With initial policies and flags (RFC 5280 section 6.1.1 (c), (e), (f), (g)).
    #[must_use]
    pub fn with_policies(self, policies: PolicySettings) -> Self {
        Self { policies, ..self }
    }

    /// With rules on certificates beside those on paths.
    #[must_use]
    pub fn with_profile(self, profile: ValidationProfile) -> Self {
        Self { profile, ..self }
    }

    /// With revocation.
    #[must_use]
    pub fn with_revocation(self, revocation: RevocationPolicy) -> Self {
        Self { revocation, ..self }
    }

    /// With other bounds on the age of OCSP responses, and responders that are trusted by configuration.
    #[must_use]
    pub fn with_ocsp(self, ocsp: OcspPolicy) -> Self {
        Self { ocsp, ..self }
    }

    /// Adds a critical extension that the caller promises to process (RFC 5280 section 6.1.4 (o)).
    #[must_use]
    pub fn add_known_extension(mut self, oid: Oid<'_>) -> Self {
        self.known_extensions.push(oid.into());
        self
    }

    /// The anchors.
    #[must_use]
    pub fn anchors(&self) -> &[TrustAnchor] {
        &self.anchors
    }

    /// Finds a valid path from `target` to an anchor, through certificates in `pool`.
    ///
    /// # Errors
    /// [`ChainError`]: the broken rule that says most, and what is missing.
    pub fn validate(
        &self,
        target: &Certificate,
        pool: &Pool,
        purpose: Purpose<'_>,
        now: UnixTime,
    ) -> Result<ValidatedChain, ChainError> {
        let context = Context::new(self, pool, purpose, now);
        let (mut budget, mut missing) = (Budget::new(self.limits), Missing::default());
        match Search::new(context, None, &mut budget, &mut missing).run(target) {
            Ok(found) => {
                let (authority_policies, user_policies) = found.state.policy_sets();
                Ok(ValidatedChain {
                    path: found.path.into_iter().cloned().collect(),
                    anchor: found.anchor.clone(),
                    authority_policies,
                    user_policies,
                    constraints: found.state.effective(),
                    signatures: budget.signatures_spent(),
                    missing: if self.revocation == RevocationPolicy::Prefer {
                        missing.status_only()
                    } else {
                        Missing::default()
                    },
                })
            }
            Err(failure) => {
                let anchor = failure.anchor.and_then(|index| self.anchors.get(index)).cloned();
                Err(ChainError::new(failure, anchor, missing, budget.exhausted(), budget.signatures_spent()))
            }
        }
    }
}

impl<'a> Context<'a> {
    const fn new(validator: &'a ChainValidator, pool: &'a Pool, purpose: Purpose<'a>, now: UnixTime) -> Self {
        let ChainValidator { policies, profile, .. } = validator;
        Self { validator, pool, purpose, policies, profile: *profile, now, nesting: 0, crl_signer: None }
    }

    /// For the path of somebody who says whether a certificate of this path is revoked. What was asked of the target, its
    /// policies among it, is not asked of them.
    const fn nested(&self, purpose: Purpose<'a>, crl_signer: Option<&'a Certificate>) -> Self {
        let profile = ValidationProfile::PATH_VALIDATION;
        Self { purpose, policies: &ANY_POLICY, profile, nesting: self.nesting + 1, crl_signer, ..*self }
    }

    /// The critical extensions that the caller processes.
    fn known_extensions(&self) -> Vec<Oid<'a>> {
        self.validator.known_extensions.iter().filter_map(OwnedOid::as_oid).collect()
    }

    /// The state below an anchor, if that is to be trusted now: an anchor that is a certificate has to be valid, obey the
    /// profile, and have no critical extension that nobody processes.
    fn anchor_state(&self, index: usize, budget: &mut Budget) -> Option<Result<State<'a>, Violation>> {
        let anchor = self.validator.anchors.get(index)?;
        let checked = anchor.certificate().map_or(Ok(()), |certificate| {
            let facts = Facts::read(certificate, &self.known_extensions())?;
            rules::check_anchor(&facts, self)?;
            self.check_self_signature(certificate, budget)
        });
        Some(checked.and_then(|()| State::initial(anchor, self.policies, self.validator.limits.depth)))
    }

    /// Where the profile lets an anchor do without authorityKeyIdentifier since it is self-signed, it has to be.
    fn check_self_signature(&self, anchor: &Certificate, budget: &mut Budget) -> Result<(), Violation> {
        if !profile::must_be_self_signed(self.profile, anchor) {
            return Ok(());
        }
        if !budget.signature() {
            return Err(Violation::LimitExceeded(LimitKind::Signatures));
        }
        let verified = anchor.verify_signature(anchor.public_key(), &self.validator.crypto);
        verified.map_err(|_| Violation::Profile(ProfileViolation::MissingAuthorityKeyIdentifier))
    }
}

impl fmt::Debug for ChainValidator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainValidator")
            .field("anchors", &self.anchors)
            .field("profile", &self.profile)
            .field("policies", &self.policies)
            .field("revocation", &self.revocation)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

static ANY_POLICY: PolicySettings = PolicySettings::ANY;
