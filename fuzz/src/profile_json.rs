/// To come.
pub fn profile_json(_data: &[u8]) {}
