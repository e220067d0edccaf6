//! [`Device`]: a client whose process may end anywhere.

use std::sync::Arc;

use conformance::{Clock, TestRandom};
use pki_core::Certificate;
use scep::client::{ClientConfig, EnrolmentRequest, KeyRole, OpenWith, PendingRecord, PollPolicy, Step};

use crate::world::{Issuer, PROVIDER, SaltedKey, World, renewal_request, request};

/// A client, and what it wrote to its disk.
pub struct Device<'w> {
    /// The key that a certificate is asked for.
    key: &'w SaltedKey,
    config: Arc<ClientConfig>,
    pub step: Step,
    /// The certificate to renew, and its key.
    current: Option<(Certificate, &'w SaltedKey)>,
    /// The last [`PendingRecord`].
    disk: Option<Vec<u8>>,
}

impl<'w> Device<'w> {
    pub fn new(world: &'w World, issuer: &Issuer) -> Self {
        let policy = PollPolicy { limit: 40, ..PollPolicy::DEFAULT };
        let config = ClientConfig::new(PROVIDER).with_authority(issuer.authority.clone()).with_poll_policy(policy);
        let (key, config) = (&world.devices[0], Arc::new(config));
        Self { key, step: begin(key, &config, None), config, current: None, disk: None }
    }

    /// Goes on to renew the certificate that it has got, for this key.
    pub fn renew(&mut self, certificate: Certificate, key: &'w SaltedKey) {
        let old = std::mem::replace(&mut self.key, key);
        self.disk = None;
        self.step = begin(key, &self.config, Some(&certificate));
        self.current = Some((certificate, old));
    }

    pub const fn is_renewing(&self) -> bool {
        self.current.is_some()
    }

    /// The process ends; another one goes on from the record, or begins anew.
    pub fn restart(&mut self, clock: &Clock) {
        self.step = match &self.disk {
            Some(record) => {
                let record = PendingRecord::from_der(record).expect("a record");
                Step::Wait(record.resume(Arc::clone(&self.config), clock.now()).expect("the same CA"))
            }
            None => begin(self.key, &self.config, self.current.as_ref().map(|(certificate, _)| certificate)),
        };
    }

    /// Answers the step, if nobody else is needed for that. What goes wrong leaves the step as it is.
    pub fn turn(&mut self, clock: &mut Clock, rng: &mut TestRandom) {
        let next = match &self.step {
            Step::Sign(sign) => sign.sign_with(self.key_for(sign.key()), rng),
            Step::Open(open) => match open.needs() {
                OpenWith::Key(role) => open.open_with(self.key_for(role), rng),
                needs => panic!("{needs:?}"),
            },
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

    fn key_for(&self, role: KeyRole) -> &'w SaltedKey {
        match (&self.current, role) {
            (Some((_, key)), KeyRole::Current) => key,
            _ => self.key,
        }
    }
}

fn begin(key: &SaltedKey, config: &Arc<ClientConfig>, current: Option<&Certificate>) -> Step {
    let request = match current {
        Some(current) => EnrolmentRequest::renewal(renewal_request("device", key), current.clone()),
        None => EnrolmentRequest::new(request("device", key)),
    };
    Step::start(Arc::clone(config), request).expect("a beginning")
}
