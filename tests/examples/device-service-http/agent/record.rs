//! All that the agent knows, as one record: what belongs together changes together.

use std::collections::{BTreeMap, BTreeSet};

use mdm_proto::{
    client_certificate::DeviceIdentity,
    identity::IdentityUris,
    keystore::{KeyHandle, Keystore, Step},
    lifecycle::{CertificateId, Life, LifecyclePolicy, Monitor, PolicyId, RevocationWatch, Seed},
    profile::{AgentProfileSet, ProfileId},
};
use pki_core::Csr;
use scep::TransactionId;
use serde::{Deserialize, Serialize};

use crate::Result;

pub struct Record {
    /// Of the service.
    pub url: String,
    /// What names the device for good.
    pub device: String,
    pub identity: DeviceIdentity,
    pub profiles: AgentProfileSet,
    pub keystore: Keystore,
    pub monitor: Monitor,
    /// By profile: what was begun.
    pub under_way: BTreeMap<ProfileId, UnderWay>,
    /// By profile: what the monitor calls it.
    numbers: BTreeMap<ProfileId, u64>,
}

/// What was begun for a profile.
#[derive(Clone)]
pub enum UnderWay {
    /// A certificate is to be got with a challenge, for a new key. Nothing was sent that can be sent again: a broker's device
    /// begins with another key each time.
    Enrolment,
    /// A certificate is to be got by the one that is there.
    Renewal,
    /// This request was sent, or is about to be. Only this one gets an answer again.
    Request(Request),
}

/// A request to a SCEP CA. The challenge is in it.
#[derive(Clone)]
pub struct Request {
    pub key: KeyHandle,
    pub csr: Csr,
    pub transaction: TransactionId,
    pub is_renewal: bool,
}

impl Record {
    /// What the monitor calls the certificate of this profile.
    pub fn number(&mut self, profile: &ProfileId) -> CertificateId {
        // 0 is the client certificate.
        let next = u64::try_from(self.numbers.len()).unwrap_or(u64::MAX).saturating_add(1);
        CertificateId(*self.numbers.entry(profile.clone()).or_insert(next))
    }

    /// The profile that the monitor calls so.
    pub fn profile(&self, id: CertificateId) -> Result<ProfileId> {
        let found = self.numbers.iter().find(|(_, number)| **number == id.0);
        Ok(found.ok_or("there is no profile of this number")?.0.clone())
    }

    pub fn track_new(&mut self, id: CertificateId) {
        let seed = Seed::new(self.device.as_bytes(), &id.0.to_be_bytes());
        self.monitor.track(id, Life::enrolling(seed));
    }

    /// Under the policy of client certificates, whose revocation the service itself tells.
    pub fn track_client(&mut self, life: impl Into<Life>) {
        let policy = self.monitor.policies().last().unwrap_or(PolicyId::FIRST);
        self.monitor.track_under(policy, super::CLIENT, life);
    }

    /// Every key that something refers to.
    pub fn keys(&self) -> BTreeSet<KeyHandle> {
        let Self { identity, keystore, under_way, .. } = self;
        let mut keys: BTreeSet<_> = identity.keys().map(|key| key.key.clone()).collect();
        keys.extend(identity.pending().map(|pending| pending.key.clone()));
        keys.extend(keystore.entries().map(|entry| entry.key.clone()));
        keys.extend(under_way.values().filter_map(|under_way| match under_way {
            UnderWay::Request(request) => Some(request.key.clone()),
            UnderWay::Enrolment | UnderWay::Renewal => None,
        }));
        let to_delete = |step| if let Step::DeleteKey(key) = step { Some(key) } else { None };
        keys.extend(keystore.steps().into_iter().filter_map(to_delete));
        keys
    }

    pub fn to_json(&self) -> Result<Vec<u8>> {
        let under_way = self.under_way.iter().map(|(profile, under_way)| (profile.to_string(), under_way.into()));
        Ok(serde_json::to_vec_pretty(&Json {
            url: self.url.clone(),
            device: self.device.clone(),
            identity: hex(&self.identity.to_der()),
            profiles: serde_json::from_slice(self.profiles.to_json()?.expose())?,
            keystore: hex(&self.keystore.to_der()),
            monitor: hex(&self.monitor.to_der()),
            under_way: under_way.collect(),
            numbers: self.numbers.iter().map(|(profile, number)| (profile.to_string(), *number)).collect(),
        })?)
    }

    pub fn from_json(json: &[u8]) -> Result<Self> {
        let json: Json = serde_json::from_slice(json)?;
        let under_way = json.under_way.into_iter();
        let under_way = under_way.map(|(profile, json)| Ok((ProfileId::new(&profile)?, json.into_under_way()?)));
        let numbers = json.numbers.into_iter().map(|(profile, number)| Ok((ProfileId::new(&profile)?, number)));
        Ok(Self {
            url: json.url,
            device: json.device,
            identity: DeviceIdentity::from_der(&octets(&json.identity)?)?,
            profiles: AgentProfileSet::from_json(&serde_json::to_vec(&json.profiles)?)?,
            keystore: Keystore::from_der(&octets(&json.keystore)?)?,
            monitor: Monitor::from_der(&[SCEP_POLICY, CLIENT_POLICY], &octets(&json.monitor)?)?,
            under_way: under_way.collect::<Result<_>>()?,
            numbers: numbers.collect::<Result<_>>()?,
        })
    }
}

impl Default for Record {
    fn default() -> Self {
        let mut monitor = Monitor::new(SCEP_POLICY);
        let _policy: std::result::Result<PolicyId, _> = monitor.add_policy(CLIENT_POLICY);
        Self {
            url: String::new(),
            device: String::new(),
            identity: DeviceIdentity::new(IdentityUris::DEFAULT),
            profiles: AgentProfileSet::new(""),
            keystore: Keystore::new(),
            monitor,
            under_way: BTreeMap::new(),
            numbers: BTreeMap::new(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Json {
    url: String,
    device: String,
    identity: String,
    profiles: serde_json::Value,
    keystore: String,
    monitor: String,
    under_way: BTreeMap<String, UnderWayJson>,
    numbers: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
enum UnderWayJson {
    Enrolment,
    Renewal,
    Request { key: String, csr: String, transaction: String, is_renewal: bool },
}

impl From<&UnderWay> for UnderWayJson {
    fn from(under_way: &UnderWay) -> Self {
        match under_way {
            UnderWay::Enrolment => Self::Enrolment,
            UnderWay::Renewal => Self::Renewal,
            UnderWay::Request(request) => Self::Request {
                key: hex(request.key.as_bytes()),
                csr: hex(request.csr.as_der()),
                transaction: hex(request.transaction.as_bytes()),
                is_renewal: request.is_renewal,
            },
        }
    }
}

impl UnderWayJson {
    fn into_under_way(self) -> Result<UnderWay> {
        Ok(match self {
            Self::Enrolment => UnderWay::Enrolment,
            Self::Renewal => UnderWay::Renewal,
            Self::Request { key, csr, transaction, is_renewal } => UnderWay::Request(Request {
                key: KeyHandle::new(&octets(&key)?)?,
                csr: Csr::from_der(&octets(&csr)?)?,
                transaction: TransactionId::from_bytes(&octets(&transaction)?)?,
                is_renewal,
            }),
        })
    }
}

pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn octets(hex: &str) -> Result<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| Ok(u8::from_str_radix(str::from_utf8(pair)?, 16)?));
    pairs.collect()
}

/// Of certificates by SCEP: from 30 days before the end.
const SCEP_POLICY: LifecyclePolicy = LifecyclePolicy::BES;
const CLIENT_POLICY: LifecyclePolicy = LifecyclePolicy { revocation: RevocationWatch::Ignore, ..LifecyclePolicy::BES };
