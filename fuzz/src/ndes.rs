/// To come.
pub fn mscep_admin(_data: &[u8]) {}
