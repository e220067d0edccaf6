//! The keystore, stopped after every step and started again from what was stored.

use std::collections::{BTreeMap, BTreeSet};

use mdm_proto::{
    keystore::{KeyHandle, Keystore, Removal, Step},
    profile::ProfileId,
};
use pki_core::Certificate;
use proptest::prelude::*;

use super::world::*;

/// The real keystore, and what the service was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct World {
    entries: BTreeMap<u32, (Certificate, KeyHandle)>,
    keys: BTreeSet<KeyHandle>,
    revoked: BTreeSet<Vec<u8>>,
}

impl World {
    fn execute(&mut self, step: &Step) {
        match step {
            Step::Add(entry) => {
                let id = entry.id.number();
                let value = (entry.chain[0].clone(), entry.key.clone());
                if let Some(former) = self.entries.insert(id, value.clone()) {
                    assert_eq!(former, value, "an id names one entry");
                }
                assert!(self.keys.contains(&entry.key), "the key of what is added is there");
            }
            Step::Delete(id) => drop(self.entries.remove(&id.number())),
            Step::DeleteKey(key) => {
                assert!(self.entries.values().all(|(_, held)| held != key), "no entry loses its key");
                self.keys.remove(key);
            }
            Step::Revoke(certificate) => drop(self.revoked.insert(certificate.as_der().to_vec())),
        }
    }

    /// What a consumer of the profile can use works.
    fn check(&self, keystore: &Keystore) {
        for profile in keystore.profiles().chain(keystore.kept()) {
            for entry in keystore.candidates(profile) {
                let (certificate, key) = self.entries.get(&entry.id.number()).expect("what can be used is there");
                assert_eq!((certificate, key), (&entry.chain[0], &entry.key));
                assert!(self.keys.contains(key));
            }
        }
    }

    /// Nothing is there that should not be.
    fn check_settled(&self, keystore: &Keystore) {
        let there: BTreeSet<_> = self.entries.keys().copied().collect();
        let wanted: BTreeSet<_> = keystore.entries().map(|entry| entry.id.number()).collect();
        assert_eq!(there, wanted);
        let keys: BTreeSet<_> = keystore.entries().map(|entry| entry.key.clone()).collect();
        assert_eq!(self.keys, keys);
    }
}

/// What the caller asks for.
#[derive(Clone, Copy, Debug)]
enum Wish {
    /// Another certificate for this profile, with a new key or the one that is in use.
    Put(u8, SameKey),
    Proven(u8),
    Failed(u8),
    Remove(u8, Removal),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SameKey {
    No,
    Yes,
}

fn wish() -> impl Strategy<Value = Wish> {
    let removal = prop_oneof![Just(Removal::Keep), Just(Removal::Delete), Just(Removal::DeleteAndRevoke)];
    let same_key = prop_oneof![3 => Just(SameKey::No), 1 => Just(SameKey::Yes)];
    prop_oneof![
        4 => (0..3_u8, same_key).prop_map(|(profile, same_key)| Wish::Put(profile, same_key)),
        3 => (0..3_u8).prop_map(Wish::Proven),
        1 => (0..3_u8).prop_map(Wish::Failed),
        1 => (0..3_u8, removal).prop_map(|(profile, removal)| Wish::Remove(profile, removal)),
    ]
}

/// When the power goes while steps are executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crash {
    /// After a step was executed, and before that was stored.
    Executed,
    /// After it was stored.
    Stored,
    Never,
}

fn crash() -> impl Strategy<Value = Crash> {
    prop_oneof![2 => Just(Crash::Never), 1 => Just(Crash::Executed), 1 => Just(Crash::Stored)]
}

fn profile(number: u8) -> ProfileId {
    ProfileId::new(&format!("profile-{number}")).unwrap()
}

fn certificates() -> &'static [Certificate] {
    static ALL: std::sync::OnceLock<Vec<Certificate>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| (0..64).map(|number| root_at(&format!("{number}"), "any", now())).collect())
}

fn apply(wish: Wish, count: usize, keystore: &Keystore, world: &mut World) -> Keystore {
    match wish {
        Wish::Put(number, same_key) => {
            let former = keystore.candidates(&profile(number)).next().map(|entry| entry.key.clone());
            let key = former.filter(|_| same_key == SameKey::Yes).unwrap_or_else(|| handle(&format!("key {count}")));
            // The key was made before there could be a certificate.
            world.keys.insert(key.clone());
            keystore.put(&profile(number), vec![certificates()[count].clone()], key).unwrap()
        }
        Wish::Proven(number) => keystore.proven(&profile(number)),
        Wish::Failed(number) => keystore.failed(&profile(number)),
        Wish::Remove(number, removal) => keystore.remove(&profile(number), removal),
    }
}

/// Executes what is left, with crashes; from what was stored each time.
fn settle(stored: &mut Vec<u8>, world: &mut World, crashes: &mut impl Iterator<Item = Crash>) {
    'restart: loop {
        let mut keystore = Keystore::from_der(stored).unwrap();
        world.check(&keystore);
        while let Some(step) = keystore.steps().first() {
            world.execute(step);
            world.check(&keystore);
            let crash = crashes.next().unwrap_or(Crash::Never);
            if crash == Crash::Executed {
                continue 'restart;
            }
            keystore = keystore.done(step);
            *stored = keystore.to_der();
            world.check(&keystore);
            if crash == Crash::Stored {
                continue 'restart;
            }
        }
        return;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Wherever it stops, it comes to where it would have come without.
    #[test]
    fn every_prefix_converges(
        wishes in prop::collection::vec((wish(), any::<bool>()), 1..40),
        crashes in prop::collection::vec(crash(), 0..80),
    ) {
        let (mut smooth, mut rough) = ((Keystore::new().to_der(), World::default()), (Keystore::new().to_der(), World::default()));
        let mut crashes = crashes.into_iter();
        for (count, (wish, settles)) in wishes.into_iter().enumerate() {
            for (stored, world) in [&mut smooth, &mut rough] {
                let before = Keystore::from_der(stored).unwrap();
                let usable = |keystore: &Keystore, number| keystore.candidates(&profile(number)).count();
                let keystore = apply(wish, count, &before, world);
                // Nothing that works goes by a wish for something new.
                if let Wish::Put(number, _) = wish {
                    prop_assert_eq!(usable(&keystore, number).min(1), usable(&before, number).min(1));
                }
                *stored = keystore.to_der();
            }
            if settles {
                settle(&mut smooth.0, &mut smooth.1, &mut std::iter::empty());
                settle(&mut rough.0, &mut rough.1, &mut crashes);
            }
            prop_assert_eq!(&smooth.0, &rough.0);
        }
        settle(&mut smooth.0, &mut smooth.1, &mut std::iter::empty());
        settle(&mut rough.0, &mut rough.1, &mut crashes);
        prop_assert_eq!(&smooth, &rough);
        rough.1.check_settled(&Keystore::from_der(&rough.0).unwrap());
    }
}

/// A renewal, stopped at each of its steps.
#[test]
fn a_renewal_never_leaves_a_profile_without_a_certificate() {
    let mut world = World::default();
    let wifi = profile(1);
    let mut stored = apply(Wish::Put(1, SameKey::No), 0, &Keystore::new(), &mut world).to_der();
    settle(&mut stored, &mut world, &mut std::iter::empty());
    let first = Keystore::from_der(&stored).unwrap().proven(&wifi);
    for crashed in 0..6 {
        let mut world = world.clone();
        let mut stored = apply(Wish::Put(1, SameKey::No), 1, &first, &mut world).to_der();
        let mut crashes = (0..6).map(|step| if step == crashed { Crash::Executed } else { Crash::Stored });
        settle(&mut stored, &mut world, &mut crashes);
        assert_eq!(Keystore::from_der(&stored).unwrap().candidates(&wifi).count(), 2);
        stored = Keystore::from_der(&stored).unwrap().proven(&wifi).to_der();
        settle(&mut stored, &mut world, &mut crashes);
        let keystore = Keystore::from_der(&stored).unwrap();
        assert_eq!(keystore.candidates(&wifi).next().unwrap().chain[0], certificates()[1]);
        world.check_settled(&keystore);
        assert_eq!(world.entries.len(), 1);
    }
}
