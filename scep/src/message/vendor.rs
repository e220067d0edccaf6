//! [`VendorText`]: what Microsoft's servers say beside the attributes of the RFC.

use pki_core::{cms::SignedAttributes, name::DirectoryString, oid};

use crate::attribute::FailInfoText;

/// What NDES says in attributes of its own, for a person to read: never to be acted on. Bounded and escaped as a failInfoText
/// is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VendorText {
    /// 1.3.6.1.4.1.311.21.33: why it says no, often a number (`-2147024809`).
    pub error: Option<FailInfoText>,
    /// 1.3.6.1.4.1.311.21.38: what the CA behind it says (`Issued`).
    pub server_message: Option<FailInfoText>,
}

impl VendorText {
    /// What can be read of it, in any of the string types; what can't is left out.
    pub(super) fn read(signed: &SignedAttributes<'_>) -> Self {
        let text = |oid| {
            let value = signed.single(oid).ok().flatten()?;
            let text = DirectoryString::from_element(&value).ok()?;
            Some(FailInfoText::new(text.as_str()))
        };
        Self { error: text(oid::MICROSOFT_SCEP_ERROR), server_message: text(oid::MICROSOFT_SCEP_SERVER_MESSAGE) }
    }
}
