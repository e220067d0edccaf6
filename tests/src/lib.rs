//! The harness: a client and a server joined by a scripted network, with virtual time and seeded randomness.
//!
//! [`Scenario`] leads to any state in one line, [`Pair`] goes on from there, [`forge`] writes messages that no builder
//! would. Nothing here is for use outside tests: the keys are public and the randomness is none.
//!
//! ```
//! use conformance::{End, Scenario};
//!
//! let (mut pair, wait) = Scenario::new().pending(1).to_wait();
//! assert_eq!(wait.until(), pair.clock.now().plus(std::time::Duration::from_secs(60)));
//! assert!(matches!(pair.drive(), End::Issued(_)));
//! ```

pub mod attack;
pub mod chain;
pub mod clock;
pub mod corpora;
pub mod dsa;
pub mod explain;
pub mod fixtures;
pub mod forge;
pub mod network;
pub mod oracle;
pub mod pair;
pub mod random;
pub mod scenario;
pub mod server;
pub mod skip;

pub use clock::Clock;
pub use network::{Fault, Network};
pub use pair::{End, Pair};
pub use random::TestRandom;
pub use scenario::{Scenario, Stage};
pub use server::{Policy, TestServer};
pub use skip::skipped;
