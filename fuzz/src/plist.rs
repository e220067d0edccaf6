//! Property lists, and what is read from them.

use mdm_proto::{
    lowering::apple::{ScepPayload, certificate_list, profile_list},
    plist::{Dictionary, Value},
};
use pki_core::Limits;

/// A property list: what is read is written, and read as the same; a SCEP payload in it, too.
pub fn plist(data: &[u8]) {
    let value = match Value::from_xml(data, Limits::DEFAULT) {
        Ok(value) => value,
        Err(error) => return assert!(error.position() <= data.len()),
    };
    let document = value.to_xml().expect("what was read can be written");
    // Written with tabs and a header, it may be larger than what is read by default.
    let wide = Limits::DEFAULT.with_size(usize::MAX);
    let again = Value::from_xml(document.as_bytes(), wide).expect("what was written can be read");
    // A real that is no number is not equal to itself.
    assert_eq!(again.to_xml().as_ref(), Ok(&document));
    let _ = certificate_list(&value);
    let _ = profile_list(&value);
    for read in ScepPayload::read_all(&value).into_iter().flatten() {
        let content: Dictionary = [("PayloadContent", read.payload.to_dictionary())].into_iter().collect();
        let again = ScepPayload::read(&content).expect("what was written can be read");
        assert_eq!(again.payload.to_dictionary(), read.payload.to_dictionary());
    }
}
