/// To come.
pub fn est(_data: &[u8]) {}
