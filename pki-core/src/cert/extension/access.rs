//! authorityInfoAccess and subjectInfoAccess.

use crate::{
    der::{Decode, Reader},
    error::DecodeError,
    name::GeneralName,
    oid::Oid,
};

/// One `AccessDescription`: where to get what (RFC 5280 section 4.2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessDescription<'a> {
    /// What is there, like [`AD_OCSP`](crate::oid::AD_OCSP) or [`AD_CA_ISSUERS`](crate::oid::AD_CA_ISSUERS).
    pub method: Oid<'a>,
    /// Where.
    pub location: GeneralName<'a>,
}

impl<'a> Decode<'a> for AccessDescription<'a> {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut inner = reader.sequence()?;
        let method = inner.oid()?;
        let location = GeneralName::decode(&mut inner)?;
        inner.finish()?;
        Ok(Self { method, location })
    }
}
