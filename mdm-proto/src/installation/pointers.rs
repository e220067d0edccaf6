//! [`Pointers`]: where certificates say that more is to be had.

use alloc::{string::String, vec::Vec};

use pki_core::{CertificateBuilder, OwnedOid, oid::Oid};

/// URIs for cRLDistributionPoints and authorityInfoAccess.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pointers {
    crl_urls: Vec<String>,
    access: Vec<(OwnedOid, String)>,
}

impl Pointers {
    pub(super) const NONE: Self = Self { crl_urls: Vec::new(), access: Vec::new() };

    pub(super) fn add_crl(&mut self, uri: &str) {
        self.crl_urls.push(uri.into());
    }

    pub(super) fn add_access(&mut self, method: Oid<'_>, uri: &str) {
        self.access.push((method.into(), uri.into()));
    }

    pub(super) fn apply(&self, builder: CertificateBuilder) -> CertificateBuilder {
        let crl_urls: Vec<_> = self.crl_urls.iter().map(String::as_str).collect();
        let access: Vec<_> =
            self.access.iter().filter_map(|(method, uri)| Some((method.as_oid()?, uri.as_str()))).collect();
        builder.with_crl_distribution_points(&crl_urls).with_authority_info_access(&access)
    }
}
