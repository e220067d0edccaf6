//! Any sequence of attempts, requests and waiting, beside a model of three numbers.

use std::{collections::HashMap, time::Duration};

use mdm_proto::activation::password::{DeviceExchange, DeviceStep, Standing};
use pki_core::UnixTime;
use proptest::prelude::*;

use crate::world::{PASSWORD, World, device, exchange};

/// What happens.
#[derive(Clone, Debug)]
enum Event {
    /// Somebody tries this password, and asks for a certificate if it was right.
    Try { right: bool },
    /// The n-th attempt's message comes again.
    Repeat(usize),
    /// The n-th request that was made comes, for the first time or again.
    Request(usize),
    /// Time passes, minutes.
    Pass(u16),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => any::<bool>().prop_map(|right| Event::Try { right }),
        1 => (0..6_usize).prop_map(Event::Repeat),
        3 => (0..6_usize).prop_map(Event::Request),
        1 => (0..30_u16).prop_map(Event::Pass),
        1 => (5_000..12_000_u16).prop_map(Event::Pass),
    ]
}

/// The record as three numbers.
struct Model {
    attempts: u8,
    /// When, and which request.
    activated: Option<(UnixTime, usize)>,
    expires: UnixTime,
}

impl Model {
    const LIMIT: u8 = 3;

    fn is_open(&self, now: UnixTime) -> bool {
        self.activated.is_none() && self.attempts < Self::LIMIT && now <= self.expires
    }

    fn standing(&self, now: UnixTime) -> &'static str {
        match self {
            Self { activated: Some(_), .. } => "activated",
            Self { attempts: Self::LIMIT, .. } => "locked",
            _ if now > self.expires => "expired",
            _ => "open",
        }
    }
}

fn name(standing: &Standing) -> &'static str {
    match standing {
        Standing::Activated { .. } => "activated",
        Standing::Expired => "expired",
        Standing::Locked => "locked",
        Standing::Open { .. } => "open",
        _ => "unknown",
    }
}

fn check(events: &[Event]) {
    let mut world = World::new();
    let mut model = Model { attempts: 0, activated: None, expires: world.record().unwrap().expires() };
    let mut shares: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut requests: Vec<(UnixTime, DeviceExchange)> = Vec::new();
    let mut answers: HashMap<usize, Vec<u8>> = HashMap::new();
    for event in events {
        let now = world.clock.now();
        match event {
            Event::Try { right } => {
                let share = world.until_share(&device(), if *right { PASSWORD } else { "wrong-password" });
                let reply = world.post(share.message());
                shares.push((share.message().to_vec(), reply.clone()));
                let counted = model.is_open(now);
                model.attempts += u8::from(counted);
                match share.finish(&reply, now) {
                    Ok(DeviceStep::Enrol(enrol)) => {
                        assert!(*right && counted);
                        requests.push((now, exchange(enrol.request(&world.csr()).unwrap())));
                    }
                    outcome => assert!(!(*right && counted), "{outcome:?}"),
                }
            }
            Event::Repeat(place) => {
                if let Some((message, earlier)) = shares.get(*place) {
                    let reply = world.post(message);
                    assert!(reply == *earlier || model.activated.is_some());
                }
            }
            Event::Request(place) => {
                let Some((made, request)) = requests.get(*place) else { continue };
                let reply = world.post(request.message());
                let again = matches!(model.activated, Some((at, by)) if by == *place && now <= at.plus(DAY));
                let first = model.activated.is_none() && now <= made.plus(TEN_MINUTES);
                assert_eq!(reply.len() > 8, again || first, "an answer, or a failure");
                if first {
                    model.activated = Some((now, *place));
                    answers.insert(*place, reply);
                } else if again {
                    assert_eq!(answers[place], reply);
                }
            }
            Event::Pass(minutes) => world.clock.advance(Duration::from_secs(60 * u64::from(*minutes))),
        }
        let (record, now) = (world.record().unwrap(), world.clock.now());
        assert_eq!(name(&record.standing(now)), model.standing(now));
        if model.activated.is_none() {
            assert_eq!(record.attempts(), model.attempts);
        }
        assert!(world.issued <= 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_record_is_as_the_model(events in prop::collection::vec(event(), 0..14)) {
        check(&events);
    }
}

const DAY: Duration = Duration::from_secs(86_400);
const TEN_MINUTES: Duration = Duration::from_secs(600);
