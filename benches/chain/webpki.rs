//! `rustls-webpki` with its AWS-LC.

use std::time::Duration;

use benches::paths::{HOST, NOW};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

pub(crate) fn cold(der: &[Vec<u8>]) {
    let [anchor, intermediates @ .., leaf] = der else { unreachable!() };
    let anchor = CertificateDer::from(anchor.as_slice());
    let anchors = [anchor_from_trusted_cert(&anchor).unwrap()];
    let intermediates: Vec<_> = intermediates.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let leaf = CertificateDer::from(leaf.as_slice());
    validate(&anchors, &EndEntityCert::try_from(&leaf).unwrap(), &intermediates);
}

/// `EndEntityCert` borrows; what is leaked here is one chain.
pub(crate) fn prepare(
    der: &[Vec<u8>],
) -> ([TrustAnchor<'static>; 1], EndEntityCert<'static>, Vec<CertificateDer<'static>>) {
    let [anchor, intermediates @ .., leaf] = der else { unreachable!() };
    let own = |der: &Vec<u8>| CertificateDer::from(der.clone());
    let leaf: &'static CertificateDer<'static> = Box::leak(Box::new(own(leaf)));
    let anchors = [anchor_from_trusted_cert(&own(anchor)).unwrap().to_owned()];
    (anchors, EndEntityCert::try_from(leaf).unwrap(), intermediates.iter().map(own).collect())
}

pub(crate) fn validate(anchors: &[TrustAnchor<'_>], leaf: &EndEntityCert<'_>, intermediates: &[CertificateDer<'_>]) {
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW.as_seconds().unsigned_abs()));
    let usage = KeyUsage::server_auth();
    leaf.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, anchors, intermediates, now, usage, None, None).unwrap();
    leaf.verify_is_valid_for_subject_name(&ServerName::try_from(HOST).unwrap()).unwrap();
}
