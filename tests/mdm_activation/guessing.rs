//! What can be learnt about the password: one guess for each run, and nothing from listening.

use mdm_proto::activation::password::{DeviceError, DeviceStep};
use p256::{ProjectivePoint, elliptic_curve::Group};

use crate::{
    attacker::{self, Guess, Keys, Run, masks, octets, point, scalar, strings},
    world::{PASSWORD, World, cheap, device, exchange},
};

/// What an attacker tries, the right one among them.
const CANDIDATES: [&str; 6] = ["123456", "password", "sesame-4710", PASSWORD, "letmein", "sesame-4712"];

fn guesses(parameters: &[u8]) -> Vec<Guess> {
    let salt = &strings(parameters)[0];
    CANDIDATES.iter().map(|candidate| Guess::new(candidate, salt, cheap())).collect()
}

fn right(parameters: &[u8]) -> Guess {
    Guess::new(PASSWORD, &strings(parameters)[0], cheap())
}

#[test]
fn a_device_that_shares_no_code_agrees_with_the_service() {
    let mut world = World::new();
    let parameters = world.post(&attacker::hello());
    let (guess, x) = (right(&parameters), scalar(1));
    let reply = world.post(&attacker::share(guess.share_p(x)));
    let [share_v, confirm_v] = strings(&reply).try_into().unwrap();
    let run = Run { parameters: &parameters, share_p: guess.share_p(x), share_v: point(&share_v) };
    assert_eq!(run.of_prover(&guess, x).confirm_v.to_vec(), confirm_v);
}

#[test]
fn a_service_that_shares_no_code_agrees_with_the_device() {
    let mut world = World::new();
    let parameters = world.post(&attacker::hello());
    let (guess, y) = (right(&parameters), scalar(2));
    let sent = world.until_share(&device(), PASSWORD);
    let share_p = point(&strings(sent.message())[0]);
    let run = Run { parameters: &parameters, share_p, share_v: guess.share_v(y) };
    let reply = attacker::proof(run.share_v, run.of_verifier(&guess, y).confirm_v);
    assert!(matches!(sent.finish(&reply, world.clock.now()), Ok(DeviceStep::Enrol(_))));
}

/// Every point that can be made for Z of what was heard and a guess: both shares unmasked, as they are, negated, added, doubled,
/// multiplied by what the guess gives, and the points that everybody knows.
fn conceivable(run: &Run<'_>, guess: &Guess) -> Vec<ProjectivePoint> {
    let (m, n) = masks();
    let (x, y) = (run.share_p - m * guess.w0, run.share_v - n * guess.w0);
    let mut points = vec![x, y, x + y, x - y, run.share_p, run.share_v, guess.l(), m, n, ProjectivePoint::GENERATOR];
    for factor in [guess.w0, guess.w1, guess.w0 * guess.w1, guess.w0 + guess.w1] {
        points.extend([x * factor, y * factor, (x + y) * factor]);
    }
    let doubled: Vec<_> = points.iter().flat_map(|point| [-*point, point.double()]).collect();
    points.extend(doubled);
    points
}

#[test]
fn rfc9383_s6_who_listens_can_check_no_guess() {
    let mut world = World::new();
    let parameters = world.post(&attacker::hello());
    let (guess, x) = (right(&parameters), scalar(1));
    let [share_v, confirm_v] = strings(&world.post(&attacker::share(guess.share_p(x)))).try_into().unwrap();
    let run = Run { parameters: &parameters, share_p: guess.share_p(x), share_v: point(&share_v) };
    let heard = |keys: &Keys| keys.confirm_v.as_slice() == confirm_v;

    for guess in guesses(&parameters) {
        // V follows from what was heard and a guess. Z would take x or y.
        let v = (run.share_v - masks().1 * guess.w0) * guess.w1;
        assert!(conceivable(&run, &guess).into_iter().all(|z| !heard(&run.keys(&guess, z, v))));
    }
    // With x, the check works, and tells the right one: it is only x that is missing.
    let told: Vec<_> = guesses(&parameters).iter().map(|guess| heard(&run.of_prover(guess, x))).collect();
    assert_eq!(told, CANDIDATES.map(|candidate| candidate == PASSWORD));
}

#[test]
fn rfc9383_s6_a_false_device_checks_one_guess_for_each_attempt() {
    for (place, candidate) in CANDIDATES.iter().enumerate() {
        let mut world = World::new();
        let parameters = world.post(&attacker::hello());
        let (made_of, x) = (guesses(&parameters)[place], scalar(3));
        assert_eq!(world.attempts(), 0, "nothing that a guess could be checked with has been sent");
        let reply = world.post(&attacker::share(made_of.share_p(x)));
        assert_eq!(world.attempts(), 1);
        let [share_v, confirm_v] = strings(&reply).try_into().unwrap();
        let run = Run { parameters: &parameters, share_p: made_of.share_p(x), share_v: point(&share_v) };
        let found =
            guesses(&parameters).iter().position(|guess| run.of_prover(guess, x).confirm_v.as_slice() == confirm_v);
        // Only the one that the share was made of, and only if it is right.
        assert_eq!(found, (*candidate == PASSWORD).then_some(place));
    }
}

#[test]
fn rfc9383_s6_a_false_service_checks_one_guess_for_each_run() {
    for (place, candidate) in CANDIDATES.iter().enumerate() {
        let mut world = World::new();
        let parameters = world.post(&attacker::hello());
        let (guess, y) = (guesses(&parameters)[place], scalar(4));
        let sent = world.until_share(&device(), PASSWORD);
        let share_p = point(&strings(sent.message())[0]);
        let run = Run { parameters: &parameters, share_p, share_v: guess.share_v(y) };
        let reply = attacker::proof(run.share_v, run.of_verifier(&guess, y).confirm_v);
        match sent.finish(&reply, world.clock.now()) {
            Ok(_) => assert_eq!(*candidate, PASSWORD),
            Err(failure) => {
                assert_eq!(failure.cause, DeviceError::NotConfirmed);
                assert!(failure.exchange.is_none(), "there is nothing to try a second guess on");
            }
        }
    }
}

#[test]
fn what_a_device_sends_first_is_the_same_for_every_password() {
    // The share is the only thing that is made of the password before the service has proven itself, and a random point has
    // an x for every guess: as many shares as one likes, and none comes twice.
    let mut world = World::new();
    let shares: Vec<_> =
        (0..8).map(|turn| strings(world.until_share(&device(), CANDIDATES[turn % 2]).message())[0].clone()).collect();
    assert!(shares.iter().enumerate().all(|(place, share)| !shares[..place].contains(share)));
    assert_eq!(exchange(device().start()).message(), exchange(device().start()).message(), "no password in it");
}

#[test]
fn shares_that_would_leave_nothing_secret_get_nowhere() {
    // The identity has no encoding that is read; what the attacker can send instead is w0*M, which takes the right guess.
    let mut world = World::new();
    let parameters = world.post(&attacker::hello());
    for point in [&[0][..], &[0; 65], &octets(ProjectivePoint::GENERATOR)[..64], &[4; 65]] {
        let message = attacker::message(
            3,
            &[attacker::text(crate::world::USER), attacker::text(crate::world::DEVICE), attacker::string(point)],
        );
        assert_eq!(world.post(&message), b"400 Bad Request");
    }
    assert_eq!(world.attempts(), 0);
    let mask = masks().0 * right(&parameters).w0;
    let reply = world.post(&attacker::share(mask));
    assert_eq!((strings(&reply).len(), world.attempts()), (2, 1), "an answer like any other, and counted");
    for identity in [ProjectivePoint::GENERATOR, masks().1] {
        let sent = world.until_share(&device(), PASSWORD);
        let failure = sent.finish(&attacker::proof(identity, [0; 32]), world.clock.now()).unwrap_err();
        assert_eq!(failure.cause, DeviceError::NotConfirmed);
    }
    // w0*N from the service: it knows w0, and is believed no more for it.
    let sent = world.until_share(&device(), PASSWORD);
    let reply = attacker::proof(masks().1 * right(&parameters).w0, [0; 32]);
    assert_eq!(sent.finish(&reply, world.clock.now()).unwrap_err().cause, DeviceError::NotConfirmed);
}
