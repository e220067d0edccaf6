//! [`Missing`]: what would help a validation that failed.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    cert::{Certificate, extension::DistributionPointName},
    key::{KeyIdentifier, PublicKey, PublicKeyRef},
    name::{GeneralName, Name},
    oid,
};

/// What the pool lacked: certificates of issuers, CRLs, OCSP responses. Fetch, add to the [`Pool`](super::Pool), validate
/// again.
///
/// The URIs are as the certificates have them, each once, in the order in which they are best tried. They come from
/// certificates whose signature may not have been checked: fetch http and ldap only, with limits, and not from inside a
/// network that strangers must not reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    issuers: Vec<MissingIssuer>,
    crls: Vec<String>,
    ocsp: Vec<MissingOcsp>,
}

/// A CA whose certificate is not in the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingIssuer {
    /// Its name.
    pub name: Name,
    /// Its key, where the certificate below says.
    pub key_identifier: Option<KeyIdentifier>,
    /// Where its certificate, or a bundle with it, may be had: caIssuers of authorityInfoAccess (RFC 5280 section 4.2.2.1).
    pub urls: Vec<String>,
}

/// An OCSP response that is not in the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingOcsp {
    /// Whose status is wanted.
    pub certificate: Certificate,
    /// The key that signed it, by which a [`CertId`](crate::ocsp::CertId) names the issuer.
    pub issuer_key: PublicKey,
    /// Where to ask: ocsp of authorityInfoAccess (RFC 6960 section 3.1).
    pub urls: Vec<String>,
}

impl Missing {
    /// Whether there is nothing to fetch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.urls().next().is_none() && self.ocsp.is_empty()
    }

    /// Where something may be had by GET: certificates of issuers and CRLs. OCSP needs a request, see [`Missing::ocsp`].
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        let issuers = self.issuers.iter().flat_map(|issuer| &issuer.urls);
        issuers.chain(&self.crls).map(String::as_str)
    }

    /// Issuers of which the pool has no certificate that will do, the first few.
    #[must_use]
    pub fn issuers(&self) -> &[MissingIssuer] {
        &self.issuers
    }

    /// Where CRLs may be had: cRLDistributionPoints and freshestCRL (RFC 5280 sections 4.2.1.13 and 4.2.1.15).
    #[must_use]
    pub fn crls(&self) -> &[String] {
        &self.crls
    }

    /// OCSP responses.
    #[must_use]
    pub fn ocsp(&self) -> &[MissingOcsp] {
        &self.ocsp
    }

    /// Without the issuers, which a path that holds does not need.
    pub(super) fn status_only(self) -> Self {
        Self { issuers: Vec::new(), ..self }
    }

    /// Notes that the issuer of `certificate` is not there.
    pub(super) fn add_issuer_of(&mut self, certificate: &Certificate) {
        if self.issuers.len() == MOST_ENTRIES {
            return;
        }
        let key_identifier = certificate.authority_key_identifier().ok().flatten().and_then(|id| id.key_identifier);
        let issuer = MissingIssuer {
            name: certificate.issuer().to_owned(),
            key_identifier: key_identifier.map(KeyIdentifier::new),
            urls: access_urls(certificate, oid::AD_CA_ISSUERS),
        };
        if !self.issuers.contains(&issuer) {
            self.issuers.push(issuer);
        }
    }

    /// Notes where CRLs may be had.
    pub(super) fn add_crls(&mut self, urls: &[&str]) {
        urls.iter().for_each(|url| push_uri(&mut self.crls, GeneralName::Uri(url)));
    }

    /// Notes that the status of `certificate` is not known.
    pub(super) fn add_status_of(&mut self, certificate: &Certificate, issuer_key: PublicKeyRef<'_>) {
        let urls = access_urls(certificate, oid::AD_OCSP);
        let has_room = self.ocsp.len() < MOST_ENTRIES;
        if has_room && !urls.is_empty() && self.ocsp.iter().all(|known| known.certificate != *certificate) {
            let issuer_key = issuer_key.to_owned();
            self.ocsp.push(MissingOcsp { certificate: certificate.clone(), issuer_key, urls });
        }
        let points = [certificate.crl_distribution_points(), certificate.freshest_crl()];
        for point in points.into_iter().flat_map(|points| points.ok().flatten()).flat_map(|points| points.iter()) {
            if let Some(DistributionPointName::FullName(names)) = point.name {
                names.iter().for_each(|name| push_uri(&mut self.crls, name));
            }
        }
    }
}

fn access_urls(certificate: &Certificate, method: oid::Oid<'_>) -> Vec<String> {
    let mut urls = Vec::new();
    for access in certificate.authority_info_access().ok().flatten().into_iter().flat_map(|list| list.iter()) {
        if access.method == method {
            push_uri(&mut urls, access.location);
        }
    }
    urls
}

fn push_uri(urls: &mut Vec<String>, name: GeneralName<'_>) {
    if let GeneralName::Uri(uri) = name
        && urls.len() < MOST_ENTRIES
        && urls.iter().all(|known| known != uri)
    {
        urls.push(uri.to_string());
    }
}

/// More than any path lacks; hostile pools may lack thousands.
const MOST_ENTRIES: usize = 32;
