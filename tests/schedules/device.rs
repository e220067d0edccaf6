//! [`Device`]: a client whose process may end anywhere.

use std::sync::Arc;

use conformance::{Clock, TestRandom};
use scep::client::{ClientConfig, EnrolmentRequest, PendingRecord, PollPolicy, Step};

use crate::world::{Issuer, PROVIDER, SaltedKey, request};

/// A client, and what it wrote to its disk.
pub struct Device<'w> {
    key: &'w SaltedKey,
    config: Arc<ClientConfig>,
    pub step: Step,
    /// The last [`PendingRecord`].
    disk: Option<Vec<u8>>,
}

impl<'w> Device<'w> {
    pub fn new(key: &'w SaltedKey, issuer: &Issuer) -> Self {
        let policy = PollPolicy { limit: 40, ..PollPolicy::DEFAULT };
        let config = ClientConfig::new(PROVIDER).with_authority(issuer.authority.clone()).with_poll_policy(policy);
        let config = Arc::new(config);
        Self { key, step: first(key, &config), config, disk: None }
    }

    /// The process ends; another one goes on from the record, or begins anew.
    pub fn restart(&mut self, clock: &Clock) {
        self.step = match &self.disk {
            Some(record) => {
                let record = PendingRecord::from_der(record).expect("a record");
                Step::Wait(record.resume(Arc::clone(&self.config), clock.now()).expect("the same CA"))
            }
            None => first(self.key, &self.config),
        };
    }

    /// Answers the step, if nobody else is needed for that. What goes wrong leaves the step as it is.
    pub fn turn(&mut self, clock: &mut Clock, rng: &mut TestRandom) {
        let next = match &self.step {
            Step::Sign(sign) => sign.sign_with(self.key, rng),
            Step::Open(open) => open.open_with(self.key, rng),
            Step::Wait(wait) => {
                self.disk = Some(wait.record().to_der());
                clock.advance_to(wait.until());
                wait.poll(rng)
            }
            step => panic!("{step:?}"),
        };
        if let Ok(next) = next {
            self.step = next;
        }
    }
}

fn first(key: &SaltedKey, config: &Arc<ClientConfig>) -> Step {
    Step::start(Arc::clone(config), EnrolmentRequest::new(request("device", key))).expect("a beginning")
}
