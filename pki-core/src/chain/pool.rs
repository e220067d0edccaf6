//! [`Pool`]: what paths and revocation may be made of. Nothing in it is trusted.

use alloc::{collections::BTreeSet, vec::Vec};

use crate::{
    cert::Certificate, cms::SignedData, crl::Crl, error::DecodeError, limits::Limits, name::NameRef, ocsp::OcspResponse,
};

/// Certificates, CRLs and OCSP responses that may help a validation, in any order, junk among them. Whoever fetches adds to it.
///
/// What is added twice is kept once.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    certificates: Vec<Certificate>,
    by_subject: NameIndex,
    crls: Vec<Crl>,
    by_issuer: NameIndex,
    responses: Vec<OcspResponse>,
}

/// Things by the hash of a name.
#[derive(Clone, Debug, Default)]
pub(super) struct NameIndex(BTreeSet<(u64, usize)>);

impl Pool {
    /// Empty.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a certificate.
    pub fn add_certificate(&mut self, certificate: Certificate) {
        let hash = certificate.subject().folded_hash();
        if self.by_subject.find(hash).all(|index| self.certificates.get(index) != Some(&certificate)) {
            self.by_subject.insert(hash, self.certificates.len());
            self.certificates.push(certificate);
        }
    }

    /// Adds a CRL.
    pub fn add_crl(&mut self, crl: Crl) {
        let hash = crl.issuer().folded_hash();
        if self.by_issuer.find(hash).all(|index| self.crls.get(index) != Some(&crl)) {
            self.by_issuer.insert(hash, self.crls.len());
            self.crls.push(crl);
        }
    }

    /// Adds an OCSP response, and the certificates that it brings.
    pub fn add_ocsp(&mut self, response: OcspResponse) {
        if !self.responses.contains(&response) {
            self.responses.push(response);
        }
    }

    /// Adds what a server sent, whatever it is: a certificate, a CRL, an OCSP response, or a degenerate SignedData with
    /// certificates and CRLs (RFC 5280 section 4.2.2.1).
    ///
    /// # Errors
    /// What is wrong with it as a certificate, if it is none of these. Of a bundle, what can be read is added.
    pub fn add_der(&mut self, der: &[u8]) -> Result<(), DecodeError> {
        let as_certificate = match Certificate::from_der(der) {
            Ok(certificate) => {
                self.add_certificate(certificate);
                return Ok(());
            }
            Err(error) => error,
        };
        if let Ok(crl) = Crl::from_der(der) {
            self.add_crl(crl);
            return Ok(());
        }
        if let Ok(response) = OcspResponse::from_der(der) {
            self.add_ocsp(response);
            return Ok(());
        }
        let bundle = SignedData::from_ber(der, Limits::DEFAULT).map_err(|_| as_certificate)?;
        bundle.certificates().flat_map(Certificate::from_der).for_each(|certificate| self.add_certificate(certificate));
        bundle.crls().flat_map(Crl::from_der).for_each(|crl| self.add_crl(crl));
        Ok(())
    }

    /// The certificates, in the order in which they were added.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The CRLs, likewise.
    #[must_use]
    pub fn crls(&self) -> &[Crl] {
        &self.crls
    }

    /// The OCSP responses, likewise.
    #[must_use]
    pub fn ocsp_responses(&self) -> &[OcspResponse] {
        &self.responses
    }

    /// The certificates with this subject, which has this hash.
    pub(super) fn with_subject<'a>(
        &'a self,
        name: NameRef<'a>,
        hash: u64,
    ) -> impl Iterator<Item = (usize, &'a Certificate)> {
        self.with_subject_hash(hash).filter(move |(_, certificate)| certificate.subject().matches(name))
    }

    /// The certificates whose subjects have this hash.
    pub(super) fn with_subject_hash(&self, hash: u64) -> impl Iterator<Item = (usize, &Certificate)> {
        self.by_subject.find(hash).filter_map(|index| Some((index, self.certificates.get(index)?)))
    }

    /// The CRLs of this issuer.
    pub(super) fn crls_by<'a>(&'a self, issuer: NameRef<'a>) -> impl Iterator<Item = (usize, &'a Crl)> {
        self.by_issuer
            .find(issuer.folded_hash())
            .filter_map(|index| Some((index, self.crls.get(index)?)))
            .filter(move |(_, crl)| crl.issuer().matches(issuer))
    }
}

impl NameIndex {
    pub(super) fn insert(&mut self, hash: u64, index: usize) {
        self.0.insert((hash, index));
    }

    pub(super) fn find(&self, hash: u64) -> impl Iterator<Item = usize> {
        self.0.range((hash, 0)..=(hash, usize::MAX)).map(|(_, index)| *index)
    }
}

impl Extend<Certificate> for Pool {
    fn extend<I: IntoIterator<Item = Certificate>>(&mut self, certificates: I) {
        certificates.into_iter().for_each(|certificate| self.add_certificate(certificate));
    }
}

impl FromIterator<Certificate> for Pool {
    fn from_iter<I: IntoIterator<Item = Certificate>>(certificates: I) -> Self {
        let mut pool = Self::new();
        pool.extend(certificates);
        pool
    }
}
