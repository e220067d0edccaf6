//! The broker, in front of the CA whose password is one for everybody.

use std::time::Duration;

use getrandom::SysRng;
use mdm_proto::{
    broker::service::{
        self, Admitted, AttemptLimits, AttemptRecord, Attributes, BlindRecord, Entitlement, Error, Incoming, Step,
    },
    identity::Identity,
    profile::{ProfileId, Variables},
};
use pki_core::{
    Certificate,
    crypto::rustcrypto::{PROVIDER, Random},
};
use scep::{
    TransactionId,
    client::{ClientConfig, SignRecord},
};

use super::{Service, database::Kind, profiles};
use crate::{Result, http};

/// A transaction of a device.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(String, Vec<u8>);

impl Service {
    /// A message of this device, and what it is told.
    pub(super) fn broker(&self, identity: &Identity, message: &[u8]) -> Result<Vec<u8>> {
        self.try_broker(identity, message).or_else(|error| {
            println!("broker: {error}");
            Ok(error.downcast::<Error>()?.refusal())
        })
    }

    fn try_broker(&self, identity: &Identity, message: &[u8]) -> Result<Vec<u8>> {
        let (device, now, rng) = (identity.device().to_string(), self.clock.now(), &mut Random(SysRng));
        let blinding = |csr| [device.as_bytes(), &BlindRecord::name(csr)].concat();
        let (transaction, profile, step) = match self.broker.receive(message)? {
            Incoming::Request(request) => {
                let (_, entitlement) = self.entitlement(identity, request.profile())?;
                let admitted = self.admit(&device, request.profile())?;
                let prepared = self.broker.prepare(&request, &entitlement, admitted, now, rng)?;
                if let Some(record) = prepared.record() {
                    let (name, ends) = (blinding(request.csr()), Some(record.expires()));
                    let _replaced = self.database.take(Kind::Blinding, &name)?;
                    self.database.insert(Kind::Blinding, &name, record.to_der().expose(), ends)?;
                }
                return Ok(prepared.message().to_vec());
            }
            Incoming::SignedDigest(signed) => {
                let transaction = signed.transaction_id().clone();
                if let Some((_, step)) = self.step(identity, &transaction)? {
                    return message_of(&step);
                }
                let (url, entitlement) = self.entitlement(identity, signed.profile())?;
                let admitted = self.admit(&device, signed.profile())?;
                // Taken out: a digest is completed once.
                let record = self.database.take(Kind::Blinding, &blinding(signed.csr()))?;
                let record = record.as_deref().map(BlindRecord::from_der).transpose()?;
                let completed = self.broker.complete(&signed, &entitlement, record.as_ref(), admitted, now)?;
                let step = completed.submit(ClientConfig::new(PROVIDER))?;
                (transaction, signed.profile().clone(), self.with_ca(&url, step)?)
            }
            Incoming::Further(further) => {
                let transaction = further.transaction_id().clone();
                let (profile, step) = self.step(identity, &transaction)?.ok_or(Error::Transaction)?;
                let next = match &step {
                    Step::Attributes(attributes) => attributes.answer(&further, rng),
                    Step::Pending(pending) => pending.poll(&further, rng),
                    Step::Relayed(relayed) => match relayed.confirm(&further, now) {
                        Ok(certificate) => return self.told(device, &transaction, &certificate),
                        Err(error) => Err(error),
                    },
                    _ => return Err(Error::Unexpected.into()),
                };
                // What came before comes again: the answer was lost.
                if matches!(next, Err(Error::Unexpected)) {
                    return message_of(&step);
                }
                let step = next?;
                let (url, _) = self.entitlement(identity, &profile)?;
                (transaction, profile, self.with_ca(&url, step)?)
            }
            _ => return Err(Error::Unexpected.into()),
        };
        let message = message_of(&step)?;
        if let Step::Attributes(attributes) = &step {
            // Before the device hears of it: its answer may come when all of this has been killed.
            let record = [profile.as_str().as_bytes(), b"\n", &attributes.record().to_der()].concat();
            let (name, ends) = (relay(&device, &transaction), now.plus(DAY));
            let _replaced = self.database.take(Kind::Relay, &name)?;
            self.database.insert(Kind::Relay, &name, &record, Some(ends))?;
        }
        let mut under_way = self.under_way.lock().map_err(|_| "another request failed")?;
        under_way.insert(Name(device, transaction.as_bytes().to_vec()), (profile, step));
        // What is forgotten here is in the database, or devices begin again.
        while under_way.len() > MOST {
            under_way.pop_first();
        }
        Ok(message)
    }

    /// The device reports its certificate.
    fn told(&self, device: String, transaction: &TransactionId, certificate: &Certificate) -> Result<Vec<u8>> {
        println!("broker: {device} has its certificate, until {}", certificate.validity().not_after);
        let _record = self.database.take(Kind::Relay, &relay(&device, transaction))?;
        let name = Name(device, transaction.as_bytes().to_vec());
        self.under_way.lock().map_err(|_| "another request failed")?.remove(&name);
        Ok(Vec::new())
    }

    /// With the CA, over HTTP as with any, until there is something for the device.
    fn with_ca(&self, url: &str, mut step: Step) -> Result<Step> {
        let agent = http::plain();
        while let Step::Exchange(exchange) = &step {
            let reply = http::send_scep(&agent, url, exchange.request())?.into_scep();
            step = exchange.finish(&reply, self.clock.now(), &mut Random(SysRng))?;
        }
        if let Step::Relayed(relayed) = &step {
            println!("broker: {:?}", relayed.outcome());
        }
        Ok(step)
    }

    /// What the device may have, and the URL of the CA.
    fn entitlement(&self, identity: &Identity, id: &ProfileId) -> Result<(String, Entitlement)> {
        let profile = profiles::find(&self.database, id.as_str())?.ok_or(Error::Profile)?;
        let entitlement = Entitlement::from_profile(&profile, &Variables::of_identity(identity))?;
        let url = profile.settings().urls().first().ok_or("the profile has no URL")?;
        Ok((url.clone(), entitlement))
    }

    /// Counts, for the device and for the challenge. Where one of two writes is lost, one is counted that came to nothing.
    fn admit(&self, device: &str, profile: &ProfileId) -> Result<Admitted> {
        let names = [format!("{device} {profile}"), profile.to_string()];
        loop {
            let [by_device, by_challenge] =
                [&names[0], &names[1]].map(|name| self.database.load(Kind::Attempts, name.as_bytes()));
            let old = [by_device?, by_challenge?];
            let [by_device, by_challenge] = old.each_ref().map(|old| old.as_deref().map(AttemptRecord::from_der));
            let (by_device, by_challenge) = (by_device.transpose()?, by_challenge.transpose()?);
            let limits = AttemptLimits::DEFAULT;
            let admission = service::admit(by_device.as_ref(), by_challenge.as_ref(), limits, self.clock.now());
            let admission = admission.map_err(Error::Attempts)?;
            let new = [admission.device().to_der(), admission.challenge().to_der()];
            let mut stored = true;
            for ((name, old), new) in names.iter().zip(&old).zip(&new) {
                stored &= self.database.replace(Kind::Attempts, name.as_bytes(), old.as_deref(), new)?;
            }
            if stored {
                return Ok(admission.stored());
            }
        }
    }

    /// What the device's message is about: out of memory, or out of the record of what it was to sign.
    fn step(&self, identity: &Identity, transaction: &TransactionId) -> Result<Option<(ProfileId, Step)>> {
        let device = identity.device().to_string();
        let name = Name(device.clone(), transaction.as_bytes().to_vec());
        if let Some(known) = self.under_way.lock().map_err(|_| "another request failed")?.get(&name) {
            return Ok(Some(known.clone()));
        }
        let record = self.database.load(Kind::Relay, &relay(&device, transaction))?;
        let Some(record) = record else { return Ok(None) };
        let end = record.iter().position(|octet| *octet == b'\n').ok_or("a record without a profile")?;
        let (profile, record) = record.split_at(end);
        let profile = ProfileId::new(std::str::from_utf8(profile)?)?;
        let (_, entitlement) = self.entitlement(identity, &profile)?;
        let record = SignRecord::from_der(record.get(1..).unwrap_or_default())?;
        let client = ClientConfig::new(PROVIDER);
        let attributes = Attributes::resume(&record, client, entitlement.pin().clone(), self.clock.now())?;
        println!("broker: going on from a record");
        Ok(Some((profile, Step::Attributes(attributes))))
    }
}

/// The name of a record.
fn relay(device: &str, transaction: &TransactionId) -> Vec<u8> {
    [device.as_bytes(), transaction.as_bytes()].concat()
}

fn message_of(step: &Step) -> Result<Vec<u8>> {
    match step {
        Step::Attributes(attributes) => Ok(attributes.message().to_vec()),
        Step::Pending(pending) => Ok(pending.message().unwrap_or_default().to_vec()),
        Step::Relayed(relayed) => Ok(relayed.message().to_vec()),
        step => Err(format!("a step that came later than this program: {step:?}").into()),
    }
}

const DAY: Duration = Duration::from_secs(86_400);
/// Most enrolments under way.
const MOST: usize = 10_000;
