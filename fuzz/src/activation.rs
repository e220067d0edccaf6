/// To come.
pub fn activation_device(_data: &[u8]) {}

/// To come.
pub fn activation_service(_data: &[u8]) {}
