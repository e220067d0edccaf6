//! [`ChannelBinding`]: proof of possession linked to the TLS connection (RFC 7030 section 3.5).

use alloc::string::String;
use core::fmt;

use base64ct::{Base64, Encoding};
use pki_core::{Csr, DecodeError, Secret};

/// What only the two ends of one TLS connection know: `tls-unique` (RFC 5929) up to TLS 1.2, and for TLS 1.3, which has none,
/// the exporter of RFC 9266.
///
/// Its base64 is the challengePassword of the CSR. A CSR made for one connection is worth nothing on another: make it anew
/// after a redirection, a reconnection or a wait; the key may stay.
///
/// ```
/// use mdm_proto::est::ChannelBinding;
/// # let exported = [7; 32];
///
/// // `connection.export_keying_material([0; 32], EXPORTER_LABEL, None)`, or the like.
/// let binding = ChannelBinding::new(&exported)?;
/// assert_eq!(binding.to_challenge_password().expose().len(), 44);
/// # Ok::<(), mdm_proto::est::InvalidBinding>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct ChannelBinding(Secret);

/// Not a channel binding: no octets, or more than [`ChannelBinding::MAX_LENGTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidBinding;

/// What a server asks of the link between a CSR and the connection that it came by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Linking {
    /// Others have checked it, or nobody: the challengePassword is not looked at. For requests that come by a registration
    /// authority (section 3.7), or from behind something that ends TLS.
    ByOthers,
    /// A challengePassword has to be the link; there may be none.
    #[default]
    IfPresent,
    /// There has to be one. Say so in [`CsrAttributes`](super::CsrAttributes), by the challengePassword's identifier.
    Required,
}

/// Why a CSR is not linked to its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// There is a challengePassword, and nothing to compare it with: the caller did not say what the connection's is.
    BindingUnknown,
    /// The challengePassword is another.
    Mismatch,
    /// There is no challengePassword.
    Missing,
    /// The challengePassword can't be read.
    Unreadable(DecodeError),
}

impl ChannelBinding {
    /// Most octets: their base64 has to fit into the 255 of a challengePassword.
    pub const MAX_LENGTH: usize = 189;

    /// From what TLS gives: `tls-unique`, or 32 octets by [`EXPORTER_LABEL`].
    ///
    /// # Errors
    /// [`InvalidBinding`]
    pub fn new(octets: &[u8]) -> Result<Self, InvalidBinding> {
        match octets.len() {
            1..=Self::MAX_LENGTH => Ok(Self(Secret::from(octets))),
            _ => Err(InvalidBinding),
        }
    }

    /// For [`CsrBuilder::with_challenge_password`](pki_core::CsrBuilder::with_challenge_password).
    #[must_use]
    pub fn to_challenge_password(&self) -> Secret {
        Secret::new(String::into_bytes(Base64::encode_string(self.0.expose())))
    }
}

impl Linking {
    /// Whether this CSR may come by a connection with this binding.
    ///
    /// # Errors
    /// [`LinkError`]
    pub fn check(self, csr: &Csr, binding: Option<&ChannelBinding>) -> Result<(), LinkError> {
        if self == Self::ByOthers {
            return Ok(());
        }
        let password = csr.challenge_password().map_err(LinkError::Unreadable)?;
        match (password, binding) {
            (None, _) if self == Self::Required => Err(LinkError::Missing),
            (None, _) => Ok(()),
            (Some(_), None) => Err(LinkError::BindingUnknown),
            (Some(found), Some(binding)) if found == binding.to_challenge_password() => Ok(()),
            (Some(_), Some(_)) => Err(LinkError::Mismatch),
        }
    }
}

impl fmt::Display for InvalidBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a channel binding: 1 to 189 octets are")
    }
}

impl core::error::Error for InvalidBinding {}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("linking of identity and proof of possession: ")?;
        match self {
            Self::BindingUnknown => {
                f.write_str("the challengePassword cannot be checked here; leave it out, or ask without a proxy")
            }
            Self::Mismatch => f.write_str("the challengePassword is not this connection's channel binding"),
            Self::Missing => f.write_str("required; put the channel binding into the challengePassword"),
            Self::Unreadable(error) => write!(f, "the challengePassword can't be read: {error}"),
        }
    }
}

impl core::error::Error for LinkError {}

/// The label by which TLS 1.3 exports a channel binding of 32 octets, without context (RFC 9266 section 2).
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";
