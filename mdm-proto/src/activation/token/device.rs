//! The device's dialogue, by owned steps.

use alloc::{string::String, sync::Arc};
use core::fmt;

use pki_core::{
    Certificate, Csr, UnixTime,
    chain::{ChainError, Purpose, ValidatedChain},
};

use super::Token;
use crate::{
    est::{
        Authority, AuthorityError, CaCertificates, CaTrust, Credentials, HttpRequest, HttpResponse, InvalidCredentials,
        Reenrolment, ReenrolmentError,
        client::{Call, Config, EnrolReply, Error},
    },
    identity::{Identity, IdentityError, IdentityUris},
};

/// What a user is given, beside the address of the service.
#[derive(Debug)]
pub struct ActivationData {
    credentials: Credentials,
    trust: CaTrust,
}

/// The first step: the CA's certificates.
#[derive(Debug)]
#[must_use = "an activation goes on"]
pub struct FetchAuthority {
    config: Arc<Config>,
    data: Arc<ActivationData>,
    call: Call<CaCertificates>,
}

/// The CA is known: connect anew, to a server that it certifies, and send a CSR.
#[derive(Debug)]
#[must_use = "an activation goes on"]
pub struct Ready {
    config: Arc<Config>,
    data: Arc<ActivationData>,
    authority: Authority,
}

/// A CSR is with the service. It can be sent again at any time, as it is: a reply that was lost comes again.
#[derive(Debug)]
#[must_use = "a request that is not sent has no answer"]
pub struct Exchange {
    config: Arc<Config>,
    authority: Authority,
    /// The certificate that is renewed.
    current: Option<Certificate>,
    call: Call<EnrolReply>,
}

/// How it goes on.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "it is decided or it is not")]
#[expect(clippy::large_enum_variant, reason = "it is matched where it is made")]
pub enum Progress {
    /// The certificate is here.
    Activated(Activated),
    /// The service has not decided. Send the same again, not before this.
    Wait(Wait),
}

/// The service has not decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// When to send the same [`Exchange`] again, at the earliest (RFC 7030 section 4.2.3). It is what the service says,
    /// however long that is.
    pub until: UnixTime,
}

/// The certificate is here: it is for the device's key, and valid for a TLS client below the CA that is trusted.
///
/// [`DeviceIdentity`](crate::client_certificate::DeviceIdentity) keeps what there is to keep: the
/// [roots](Authority::roots), the CSR before it is sent, and the [path](ValidatedChain::path).
#[derive(Clone, Debug)]
#[must_use = "here is the certificate"]
pub struct Activated {
    certificate: Certificate,
    chain: ValidatedChain,
    authority: Authority,
}

/// Why a step does not lead on. The step is unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceError {
    /// The CA is not the one that was to be trusted.
    Authority(AuthorityError),
    /// The service refused, or its answer can't be read.
    Est(Error),
    /// The caller: the CSR is none for the certificate that is to be renewed.
    Reenrolment(ReenrolmentError),
    /// The certificate is the one that was to be renewed.
    SameCertificate,
    /// The certificate is not valid below the CA.
    Untrusted(ChainError),
}

impl ActivationData {
    /// The name that the service finds the token's record by, which may be empty, the token, and what the CA is known by: a
    /// fingerprint, for short.
    ///
    /// # Errors
    /// [`InvalidCredentials`] for a name with a colon or control characters, or one that is too long.
    pub fn new(user: impl Into<String>, token: Token, trust: CaTrust) -> Result<Self, InvalidCredentials> {
        Ok(Self { credentials: Credentials::new(user, token.to_text())?, trust })
    }
}

impl FetchAuthority {
    /// Begins.
    pub fn start(config: Arc<Config>, data: ActivationData) -> Self {
        let call = Call::ca_certificates(&config);
        Self { config, data: Arc::new(data), call }
    }

    /// What to send. With [`CaTrust::Fingerprint`] and [`CaTrust::Certificate`] the server need not be authenticated, and
    /// nothing else is to be sent over a connection on which it is not (RFC 7030 section 4.1.1).
    #[must_use]
    pub const fn request(&self) -> &HttpRequest {
        self.call.request()
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// [`DeviceError::Est`], [`DeviceError::Authority`].
    pub fn finish(&self, reply: &HttpResponse, now: UnixTime) -> Result<Ready, DeviceError> {
        let certificates = self.call.finish(reply).map_err(DeviceError::Est)?;
        let authority = certificates.confirm(&self.data.trust, self.config.crypto(), now);
        let authority = authority.map_err(DeviceError::Authority)?;
        Ok(Ready { config: Arc::clone(&self.config), data: Arc::clone(&self.data), authority })
    }
}

impl Ready {
    /// Who certifies the server, from here on.
    #[must_use]
    pub const fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Sends this CSR with the token. Keep the CSR and its key first: if the answer is lost, and this step with it, the same
    /// CSR gets the answer, and no other.
    ///
    /// That is why a CSR for a token has no [`ChannelBinding`](crate::est::ChannelBinding): it would be good for one
    /// connection only.
    pub fn enrol(&self, csr: &Csr) -> Exchange {
        let call = Call::simple_enroll(&self.config, csr).with_credentials(&self.data.credentials);
        let (config, authority) = (Arc::clone(&self.config), self.authority.clone());
        Exchange { config, authority, current: None, call }
    }
}

impl Exchange {
    /// A renewal of `current` (RFC 7030 section 4.2.2), over a connection on which that is the client's certificate. The CSR is
    /// made by [`reenrolment_csr`](crate::est::reenrolment_csr), or like it. Keep `current` until the new certificate was
    /// used.
    ///
    /// # Errors
    /// [`DeviceError::Reenrolment`] if the CSR has other names.
    pub fn renew(
        config: Arc<Config>,
        authority: Authority,
        current: Certificate,
        csr: &Csr,
    ) -> Result<Self, DeviceError> {
        Reenrolment::check(csr, &current).map_err(DeviceError::Reenrolment)?;
        let call = Call::simple_reenroll(&config, csr);
        Ok(Self { config, authority, current: Some(current), call })
    }

    /// What to send, over a connection whose server is certified by [`authority`](Self::authority), and to no other.
    #[must_use]
    pub const fn request(&self) -> &HttpRequest {
        self.call.request()
    }

    /// Who certifies the server.
    #[must_use]
    pub const fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Reads the answer.
    ///
    /// Clocks differ: a certificate that is not valid yet is validated for the first second of its validity, one that no
    /// longer is for the last.
    ///
    /// # Errors
    /// [`DeviceError::Est`], [`DeviceError::Untrusted`], [`DeviceError::SameCertificate`].
    pub fn finish(&self, reply: &HttpResponse, now: UnixTime) -> Result<Progress, DeviceError> {
        let certificate = match self.call.finish(reply).map_err(DeviceError::Est)? {
            EnrolReply::Issued(certificate) => certificate,
            EnrolReply::Pending(retry_after) => {
                return Ok(Progress::Wait(Wait { until: now.plus(retry_after.delay(now)) }));
            }
        };
        if self.current.as_ref() == Some(&certificate) {
            return Err(DeviceError::SameCertificate);
        }
        let validity = certificate.validity();
        let at = now.max(validity.not_before).min(validity.not_after);
        let chain = self.authority.validate(&certificate, Purpose::CLIENT_AUTH, self.config.crypto(), at);
        let chain = chain.map_err(DeviceError::Untrusted)?;
        Ok(Progress::Activated(Activated { certificate, chain, authority: self.authority.clone() }))
    }
}

impl Activated {
    /// The certificate for the device's key.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The proof that it is valid below the CA: to be sent in TLS are its [`path`](ValidatedChain::path)'s certificates.
    #[must_use]
    pub const fn chain(&self) -> &ValidatedChain {
        &self.chain
    }

    /// The CA, to be kept for the server's certificate and for renewals.
    #[must_use]
    pub const fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Who the certificate stands for.
    ///
    /// # Errors
    /// [`IdentityError`] if the service issues certificates without these names.
    pub fn identity(&self, uris: &IdentityUris) -> Result<Identity, IdentityError> {
        Identity::from_certificate_with(&self.chain, uris)
    }
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authority(error) => write!(f, "the CA: {error}"),
            Self::Est(error) => error.fmt(f),
            Self::Reenrolment(error) => error.fmt(f),
            Self::SameCertificate => f.write_str("the service sent the certificate that was to be renewed"),
            Self::Untrusted(error) => write!(f, "the certificate is not valid below the CA: {error}"),
        }
    }
}

impl core::error::Error for DeviceError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Authority(error) => Some(error),
            Self::Est(error) => Some(error),
            Self::Reenrolment(error) => Some(error),
            Self::Untrusted(error) => Some(error),
            Self::SameCertificate => None,
        }
    }
}
