/// To come.
pub fn sealed_challenge(_data: &[u8]) {}
