/// To come.
pub fn syncml(_data: &[u8]) {}
