//! SyncML messages, and the reports in them.

use mdm_proto::{
    lowering::windows::{InstallReport, UniqueId},
    profile::{CertificateStore, ProfileId},
    syncml::SyncBody,
};
use pki_core::Limits;

/// A message or a body: what is read is written, and read as the same.
pub fn syncml(data: &[u8]) {
    let body = match SyncBody::from_xml(data, Limits::DEFAULT) {
        Ok(body) => body,
        Err(error) => return assert!(error.position() <= data.len()),
    };
    let document = body.to_xml().expect("what was read can be written");
    // Elements that were left out are written with what they lacked.
    let mut wide = Limits::DEFAULT.with_size(usize::MAX);
    wide.elements = u32::MAX;
    assert_eq!(SyncBody::from_xml(document.as_bytes(), wide).as_ref(), Ok(&body));
    let profile = ProfileId::new("wifi-cert").expect("an identifier");
    if let Ok(report) = InstallReport::from_body(&body, &UniqueId::of(&profile), CertificateStore::Device) {
        assert_eq!(report.to_installed().is_some(), report.thumbprint.is_some());
    }
}
