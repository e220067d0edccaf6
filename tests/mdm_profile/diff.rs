//! Which changes restart an enrolment, beside a model of four lines.

use mdm_proto::profile::{
    ChallengeSource, Curve, KeyAlgorithm, KeySpec, NameTemplate, ProfileId, ProfileSet, ScepProfile, ScepSettings,
    WifiProfile,
};
use pki_core::algorithm::{CipherAlgorithm, DigestAlgorithm};
use proptest::{collection::btree_set, prelude::*};
use scep::client::Fingerprint;

/// What matters of a profile, in the least words.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Model {
    // What restarts.
    ca: Option<u8>,
    thumbprints: std::collections::BTreeSet<u8>,
    key: u8,
    // What refers to it: a network of this name.
    network: Option<u8>,
    activation: u8,
    // What restarts nothing.
    rest: [u8; 5],
}

fn model() -> impl Strategy<Value = Model> {
    let ca = prop::option::of(0_u8..2);
    let network = prop::option::of(0_u8..2);
    let activation = prop_oneof![9 => Just(0_u8), 1 => Just(1)];
    (ca, btree_set(0_u8..3, 0..3), 0_u8..4, network, activation, prop::array::uniform5(0_u8..2)).prop_map(
        |(ca, thumbprints, key, network, activation, rest)| Model { ca, thumbprints, key, network, activation, rest },
    )
}

impl Model {
    fn set(&self) -> ProfileSet {
        let id = ProfileId::new("p").unwrap();
        let [url, digest, cipher, challenge, subject] = self.rest;
        let key = [
            KeyAlgorithm::Rsa { bits: 2048 },
            KeyAlgorithm::Rsa { bits: 3072 },
            KeyAlgorithm::Ec(Curve::P256),
            KeyAlgorithm::Ec(Curve::P384),
        ];
        let mut settings = ScepSettings::new(id.clone(), format!("https://ca{url}.example.com/"))
            .with_key(KeySpec::new(key[usize::from(self.key)]))
            .with_digest([DigestAlgorithm::SHA256, DigestAlgorithm::SHA512][usize::from(digest)])
            .with_cipher([CipherAlgorithm::AES128_CBC, CipherAlgorithm::AES256_CBC][usize::from(cipher)]);
        if let Some(ca) = self.ca {
            settings = settings.with_ca_identifier(format!("ca{ca}"));
        }
        for octet in &self.thumbprints {
            settings = settings.add_thumbprint(Fingerprint::new(&[*octet; 32]).unwrap());
        }
        let challenge = [ChallengeSource::OneTime, ChallengeSource::Sealed][usize::from(challenge)].clone();
        let subject = NameTemplate::parse(["CN=%UserName%", "CN=%DeviceId%"][usize::from(subject)]).unwrap();
        let profile = ScepProfile::new(settings, subject).with_challenge(challenge);
        let set = ProfileSet::new(self.activation.to_string()).with_scep(profile).unwrap();
        match self.network {
            Some(ssid) => {
                let wifi = WifiProfile::new(ProfileId::new("w").unwrap(), ssid.to_string()).with_certificate(id);
                set.with_referrer(wifi).unwrap()
            }
            None => set,
        }
    }

    /// Whether an enrolment starts.
    fn restarts(&self, new: &Self) -> bool {
        let thumbprints = !self.thumbprints.is_subset(&new.thumbprints)
            || (self.thumbprints.is_empty() && !new.thumbprints.is_empty());
        let network = new.network.is_some() && self.network != new.network;
        self.activation != new.activation || self.ca != new.ca || self.key != new.key || thumbprints || network
    }
}

proptest! {
    #[test]
    fn a_change_restarts_what_it_should(old in model(), new in model()) {
        let (before, after) = (old.set(), new.set());
        let diff = before.diff(&after);
        prop_assert_eq!(diff.enrolments().count() == 1, old.restarts(&new));
        let same = old == new || (Model { network: new.network, ..old.clone() } == new && !old.restarts(&new));
        prop_assert_eq!(diff.unchanged().len() == 1, same);
        prop_assert!(diff.orphans().is_empty());
        // To itself, never.
        prop_assert!(after.diff(&after).changed().is_empty());
    }
}
