//! [`NextAuthority`]: the certificates that a CA will have.

mod error;

pub use error::NextAuthorityError;

use alloc::vec::Vec;

use pki_core::{
    Certificate, DecodeError, Limits, UnixTime,
    cms::{CertificateIdentifier, SignedData, SignerInfo},
    crypto::CryptoProvider,
    oid,
};

use super::{
    Authority, AuthorityError,
    authority::{is_ca, may_issue},
};

/// What GetNextCACert gives (RFC 8894 section 4.7): the certificates that a CA will have when those it has expire.
///
/// It exists only if all of this holds:
/// - the reply is signed by the key of the current CA (section 4.7.1), which was verified before anything in it was looked at;
/// - what is signed is a certificates-only SignedData (section 3.4); certificates beside it count for nothing;
/// - there is a certificate of a CA in it that the current authority does not have.
///
/// They need not be valid yet. [`Rollover`](super::Rollover) keeps them until they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextAuthority {
    certificates: Vec<Certificate>,
    from: UnixTime,
}

/// Whose signature on the answer to GetNextCACert counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there is a CA, and there are those who answer for it")]
pub enum NextSigner {
    /// That of the CA that issues, by whatever certificate it has for its key (RFC 8894 section 4.7.1). The default.
    #[default]
    Ca,
    /// Also those of [`Authority::signers`]: an RA that answers for everything. Who has an RA's key can then say who the next
    /// CA is, and outlive the RA's certificate.
    CaOrRa,
}

/// Who may sign, and what is not new.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    signers: Vec<Certificate>,
    current: Vec<Certificate>,
}

impl NextAuthority {
    /// The certificates, in the order received, which means nothing (RFC 8894 section 3.4).
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// When all CA certificates in it have become valid.
    #[must_use]
    pub const fn valid_from(&self) -> UnixTime {
        self.from
    }

    /// The authority that it will be, at `now` or, where it is not valid yet, when it becomes so.
    ///
    /// # Errors
    /// [`AuthorityError`], but for `FingerprintMismatch` and `Malformed`.
    pub fn authority(&self, crypto: &CryptoProvider, now: UnixTime) -> Result<Authority, AuthorityError> {
        Authority::proposed(&self.certificates, crypto, now.max(self.from))
    }
}

impl Judge {
    pub(super) fn new(authority: &Authority, signer: NextSigner) -> Self {
        let ca = Some(authority.issuer()).filter(|ca| may_issue(ca));
        let has_key = |certificate: &&Certificate| ca.is_some_and(|ca| certificate.public_key() == ca.public_key());
        let ras = match signer {
            NextSigner::Ca => &[],
            NextSigner::CaOrRa => authority.signers(),
        };
        let signers = authority.certificates().iter().filter(has_key).chain(ras).cloned().collect();
        Self { signers, current: authority.certificates().to_vec() }
    }

    /// Reads the answer to GetNextCACert. Signed attributes may be there or not, content being of type id-data.
    pub(super) fn read(
        &self,
        body: &[u8],
        limits: Limits,
        crypto: &CryptoProvider,
    ) -> Result<NextAuthority, NextAuthorityError> {
        let signed_data = SignedData::from_ber(body, limits).map_err(NextAuthorityError::Malformed)?;
        let signer = match signed_data.signers() {
            [signer] => signer,
            signers => return Err(NextAuthorityError::SignerCount { found: signers.len() }),
        };
        let certificate = self.signer(signer.sid()).ok_or(NextAuthorityError::SignerUnknown)?;
        verify(signer, &signed_data, certificate, crypto)?;
        // From here on it is the CA that speaks.
        if signed_data.content_type() != oid::DATA {
            return Err(NextAuthorityError::ContentType);
        }
        let content = signed_data.content().filter(|content| !content.is_empty());
        self.content(content.ok_or(NextAuthorityError::ContentMissing)?, limits)
    }

    fn content(&self, content: &[u8], limits: Limits) -> Result<NextAuthority, NextAuthorityError> {
        let bundle = SignedData::from_ber(content, limits).map_err(NextAuthorityError::ContentMalformed)?;
        if !bundle.signers().is_empty() {
            return Err(NextAuthorityError::NotCertificatesOnly);
        }
        let certificates = bundle.certificates().map(Certificate::from_der).collect::<Result<Vec<_>, _>>();
        let certificates =
            certificates.map_err(DecodeError::within("certificates")).map_err(NextAuthorityError::ContentMalformed)?;
        let mut cas = certificates.iter().filter(|certificate| is_ca(certificate)).peekable();
        if cas.peek().is_none() {
            return Err(NextAuthorityError::NoCa);
        }
        let new = cas.filter(|ca| !self.current.contains(ca));
        let from = new.map(|ca| ca.validity().not_before).max().ok_or(NextAuthorityError::Unchanged)?;
        Ok(NextAuthority { certificates, from })
    }

    fn signer(&self, sid: CertificateIdentifier<'_>) -> Option<&Certificate> {
        self.signers.iter().find(|certificate| sid.names(certificate))
    }
}

fn verify(
    signer: &SignerInfo<'_>,
    signed_data: &SignedData<'_>,
    certificate: &Certificate,
    crypto: &CryptoProvider,
) -> Result<(), NextAuthorityError> {
    signer
        .verify_any(signed_data.content_type(), signed_data.content(), certificate.public_key(), crypto)
        .map(drop)
        .map_err(NextAuthorityError::Signature)
}
