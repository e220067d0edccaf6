//! To come.
mod authority;
use getrandom::SysRng;
use pki_core::crypto::rustcrypto::Random;
use std::error::Error;
type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;
type Rng = Random<SysRng>;
fn main() -> Result<()> {
    let _ = authority::Authority::install;
    Ok(())
}
