//! [`SigningBudget`] beside a simple model, through the only ways that spend it.

use std::sync::Arc;

use proptest::prelude::*;

use super::{
    world::{now, public},
    *,
};

#[derive(Clone, Debug)]
enum Operation {
    Close,
    Digest(u8),
    Restore,
    /// A set of attributes, by the number of the enrolment that it belongs to.
    Set(usize),
}

/// What should be: a set of the digests that may still be signed, and a number.
#[derive(Debug, Default)]
struct Model {
    digest: Option<u8>,
    last: Option<usize>,
    sets: u32,
    closed: bool,
}

impl Model {
    fn apply(&mut self, operation: &Operation, limit: u32) -> Result<(), BudgetError> {
        match operation {
            Operation::Close => self.closed = true,
            Operation::Restore => {}
            Operation::Digest(_) | Operation::Set(_) if self.closed => return Err(BudgetError::Closed),
            Operation::Digest(digest) => match self.digest {
                Some(known) if known != *digest => return Err(BudgetError::DigestSpent),
                _ => self.digest = Some(*digest),
            },
            Operation::Set(set) if self.last == Some(*set) => {}
            Operation::Set(_) if self.sets >= limit => return Err(BudgetError::SetsSpent),
            Operation::Set(set) => {
                self.sets += 1;
                self.last = Some(*set);
            }
        }
        Ok(())
    }
}

/// Some steps with attributes to sign, of different enrolments of one key.
fn sets() -> Vec<device::SignAttributes> {
    let sign = |seed| {
        let mut world = World::new().seed(seed);
        match world.until(|step| matches!(step, device::Step::SignAttributes(_))) {
            device::Step::SignAttributes(sign) => sign,
            step => panic!("{step:?}"),
        }
    };
    (1..=4).map(sign).collect()
}

fn digest(octet: u8) -> device::SignDigest {
    let world = World::new();
    let config = Arc::clone(&world.config);
    let rng = &mut TestRandom::new(1);
    let step = device::Step::start(config, csr(client_key()), transport(client_key()), now(), rng).expect("a step");
    let device::Step::Send(send) = step else { panic!() };
    match send.finish(&message(8, |w| w.octet_string(&[octet; 32])), now()) {
        Ok(device::Step::SignDigest(sign)) => sign,
        other => panic!("{other:?}"),
    }
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        1 => Just(Operation::Close),
        3 => Just(Operation::Restore),
        6 => (0_u8..3).prop_map(Operation::Digest),
        10 => (0_usize..4).prop_map(Operation::Set),
    ]
}

#[test]
fn a_budget_does_what_its_model_does() {
    let (sets, digests) = (sets(), [digest(0), digest(1), digest(2)]);
    let config = ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(limit in 0_u32..4, operations in prop::collection::vec(operation(), 0..30))| {
        let mut model = Model::default();
        let mut budget = SigningBudget::new(public(client_key()).as_ref(), SigningLimits { attribute_sets: limit });
        for operation in &operations {
            let before = budget.clone();
            let spent = match operation {
                Operation::Close => { budget.close(); Ok(()) }
                Operation::Digest(octet) => digests[usize::from(*octet)].digest(&mut budget).map(drop),
                Operation::Restore => {
                    budget = SigningBudget::from_der(&budget.to_der()).expect("a budget");
                    prop_assert_eq!(&budget, &before);
                    Ok(())
                }
                Operation::Set(set) => sets[*set].bytes(&mut budget).map(drop),
            };
            let expected = model.apply(operation, limit);
            prop_assert_eq!(&spent, &expected.map_err(device::Error::Budget));
            if spent.is_err() {
                prop_assert_eq!(&budget, &before);
            }
            prop_assert_eq!(budget.sets_left(), limit - model.sets);
            prop_assert_eq!(budget.is_open(), !model.closed);
            let signed = budget.digest().map(|digest| digest.as_bytes()[0]);
            prop_assert_eq!(signed, model.digest);
        }
    });
}

#[test]
fn a_budget_is_one_key_s() {
    let mut budget = SigningBudget::new(public(other_key()).as_ref(), SigningLimits::DEFAULT);
    let other = Err(device::Error::Budget(BudgetError::OtherKey));
    assert_eq!(digest(1).digest(&mut budget).map(drop), other);
    assert_eq!(sets()[0].bytes(&mut budget).map(drop), other);
}
