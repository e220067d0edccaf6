/// To come.
pub fn plist(_data: &[u8]) {}
