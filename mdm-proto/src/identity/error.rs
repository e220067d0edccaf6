//! [`IdentityError`]: why a certificate does not say who it stands for.

use alloc::string::String;
use core::fmt;

use pki_core::DecodeError;

/// Why no [`Identity`](super::Identity) can be read from a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentityError {
    /// It is not there.
    Absent(IdentityField),
    /// A URI that is neither that of a device, nor of a work space, nor a SID, so that what it names can't be told. Perhaps
    /// the certificate was issued under another prefix.
    Ambiguous {
        /// The URI.
        uri: String,
    },
    /// It is there, and is none.
    Malformed(IdentityField),
    /// It is there twice, be it the same or not.
    Twice(IdentityField),
    /// The alternative names can't be read.
    Unreadable(DecodeError),
}

/// A part of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum IdentityField {
    /// The URI of the device.
    Device,
    /// The rfc822Name of the user.
    Email,
    /// The organizationName in the subject.
    Organisation,
    /// The URI of the user's SID.
    Sid,
    /// The user principal name.
    Upn,
    /// Both names of the user.
    User,
    /// The URI of the work space.
    WorkSpace,
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent(field) => {
                write!(f, "the certificate has no {field}: it is none of this service's, issue another")
            }
            Self::Ambiguous { uri } => {
                write!(f, "it can't be told what the URI {uri} names: check the prefix of work spaces")
            }
            Self::Malformed(field) => write!(f, "the certificate has something that is no {field}: issue another"),
            Self::Twice(field) => write!(f, "the certificate has more than one {field}: issue another"),
            Self::Unreadable(error) => write!(f, "the names in the certificate can't be read: {error}"),
        }
    }
}

impl fmt::Display for IdentityField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Device => "device",
            Self::Email => "mailbox",
            Self::Organisation => "organisation",
            Self::Sid => "SID",
            Self::Upn => "user principal name",
            Self::User => "user",
            Self::WorkSpace => "work space",
        })
    }
}

impl core::error::Error for IdentityError {}
