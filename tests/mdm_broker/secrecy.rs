//! No octet that is sent to the device contains the challenge, or determines it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    world::{blinding_key, public},
    *,
};

const CHALLENGES: [&str; 3] = ["tr0ub4dor", "a much longer challenge than the other, with é in it", "x9y8z7w6"];

/// What a device sees of an enrolment with this challenge, which the CA expects.
fn seen(challenge: &str, seed: u64, submission: Submission) -> World {
    let mut world = World::new().challenge(challenge).seed(seed).configure(|c| c.with_submission(submission));
    world.server.challenge = Some(Secret::from(challenge));
    world.server.policy = Policy::Pend(1);
    let end = world.drive();
    assert!(matches!(end, Ok(device::Step::Issued(_))), "{end:?}");
    world
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// How a text may be written: as it is, turned around, in UTF-16 and UTF-32, in hexadecimal, in base64 at each of three places,
/// and its digests.
fn encodings(text: &str) -> Vec<Vec<u8>> {
    let octets = text.as_bytes();
    let hex = |upper: bool| -> Vec<u8> {
        octets.iter().flat_map(|o| if upper { format!("{o:02X}") } else { format!("{o:02x}") }.into_bytes()).collect()
    };
    let mut all = vec![
        octets.to_vec(),
        octets.iter().rev().copied().collect(),
        text.to_uppercase().into_bytes(),
        text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
        hex(true),
        hex(false),
    ];
    for skip in 0..3 {
        let padded: Vec<u8> = std::iter::repeat_n(0, skip).chain(octets.iter().copied()).collect();
        let text = base64(&padded);
        // What does not depend on the neighbours.
        all.push(text[4 * usize::from(skip > 0)..text.len() - 4].to_vec());
    }
    for digest in PROVIDER.digests {
        all.push(digest.digest(&[octets]).as_bytes().to_vec());
    }
    // Half of it would be too much.
    all.push(octets[..octets.len() / 2 + 1].to_vec());
    all
}

fn base64(octets: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |value: u32, shift: u32| DIGITS[usize::try_from(value >> shift & 63).expect("six bits")];
    octets
        .chunks(3)
        .flat_map(|chunk| {
            let value = (0..3).fold(0, |value, i| value << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
            [18, 12, 6, 0].map(|shift| digit(value, shift))
        })
        .collect()
}

#[test]
fn no_octet_for_the_device_contains_the_challenge() {
    for submission in [Submission::ByService, Submission::ByDevice] {
        for challenge in CHALLENGES {
            let world = seen(challenge, 11, submission);
            let everything = world.to_device.concat();
            for encoding in encodings(challenge) {
                assert!(!contains(&everything, &encoding), "{challenge} as {encoding:x?}");
            }
            // The search finds what is there: the CA's name, in what the same messages carry.
            assert!(contains(&everything, b"Example"));
        }
    }
}

/// Where octets depend on the challenge at all, they are digests and ciphertexts of fresh randomness; everything else is the same,
/// length by length, whatever the challenge is.
#[test]
fn what_a_device_sees_has_the_same_form_whatever_the_challenge_is() {
    for submission in [Submission::ByService, Submission::ByDevice] {
        // Fields by their place: message, field, length.
        let form = |world: &World| -> Vec<(u8, usize)> {
            world.to_device.iter().map(|message| (number(message), message.len())).collect()
        };
        let forms: BTreeSet<_> = CHALLENGES.iter().map(|challenge| form(&seen(challenge, 11, submission))).collect();
        assert_eq!(forms.len(), 1, "{forms:?}");
    }
}

/// The protocol run with all challenges and many seeds: whatever bit of the digest one looks at, it is set as often for one
/// challenge as for another. (Of 256 bits and 200 runs, none is off by more than five standard deviations, which would happen once in
/// 6,800 sets of random digests; the seeds are fixed.)
#[test]
fn the_digest_is_distributed_alike_whatever_the_challenge_is() {
    const RUNS: u32 = 200;
    let request = message(0, |w| {
        w.primitive(Tag::UTF8_STRING, b"wifi");
        w.raw(csr(client_key()).as_der());
    });
    let mut digests = BTreeSet::new();
    for challenge in CHALLENGES {
        let mut counts = [0_u32; 256];
        let mut world = World::new().challenge(challenge);
        for seed in 0..RUNS {
            world.rng = TestRandom::new(seed.into());
            world.attempts = (None, None);
            let answer = world.answer(&request);
            let digest = body(&answer).octet_string().expect("a digest").to_vec();
            for (bit, count) in counts.iter_mut().enumerate() {
                *count += u32::from(digest[bit / 8] >> (bit % 8) & 1);
            }
            assert!(digests.insert(digest), "a digest occurs twice");
        }
        // Five standard deviations of a binomial distribution: 5 * sqrt(200 / 4).
        assert!(counts.iter().all(|count| count.abs_diff(RUNS / 2) <= 36), "{challenge}: {counts:?}");
    }
}

/// The very CSR that a device would have to guess: its own request, a challenge, and a blinding if it knew one.
fn guess(challenge: &str, blinding: Option<&[u8]>) -> Vec<u8> {
    let builder = CsrBuilder::new(name("device"), public(client_key()).clone());
    let builder = builder.with_challenge_password(&Secret::from(challenge));
    let builder = match blinding {
        Some(attribute) => builder.add_attribute(BlindingAttribute::RandomNonce.oid(), attribute),
        None => builder,
    };
    let unsigned = builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256).expect("a CSR");
    let sha256 = PROVIDER.digest(oid::SHA256).expect("SHA-256");
    sha256.digest(&[unsigned.message()]).as_bytes().to_vec()
}

/// A dictionary attack with all that a device knows. Without the blinding it finds the challenge; with it, it finds nothing, though
/// the right challenge is in the dictionary.
#[test]
fn a_dictionary_attack_finds_the_challenge_only_without_the_blinding() {
    let dictionary: Vec<String> = (0..2_000).map(|index| format!("password{index}")).collect();
    let challenge = &dictionary[1_234];
    // By digest, as an attacker would do it.
    let table: BTreeMap<Vec<u8>, &String> = dictionary.iter().map(|word| (guess(word, None), word)).collect();

    // A broker without blinding would give this digest.
    let naked = guess(challenge, None);
    assert_eq!(table.get(&naked), Some(&challenge));

    for blinding in [Blinding::Fresh, blinding_key()] {
        let mut world = World::new().challenge(challenge).broker(blinding, BlindingAttribute::RandomNonce);
        let device::Step::Send(send) = world.start() else { panic!() };
        let answer = world.answer(send.message());
        let digest = body(&answer).octet_string().expect("a digest").to_vec();
        assert_eq!(table.get(&digest), None);
        // Nor with values that might be guessed for the blinding: zeros, the transactionID's octets, the request itself.
        for guessed in [vec![0; 32], vec![0; 256], vec![0xff; 32], send.message()[..32].to_vec()] {
            let attribute = Writer::encode(|w| w.octet_string(&guessed));
            assert!(dictionary.iter().all(|word| guess(word, Some(&attribute)) != digest));
        }
    }
}

/// For who has the blinding, the digest is one of the challenge after all: what the attack above lacks is nothing but that. The CA has
/// it, and the service.
#[test]
fn with_the_blinding_the_digest_would_tell() {
    let mut world = World::new();
    let device::Step::Send(send) = world.start() else { panic!() };
    let answer = world.answer(send.message());
    let digest = body(&answer).octet_string().expect("a digest").to_vec();
    let end = world.drive_from(device::Step::Send(send));
    // The signed digest of the second request is another, since the blinding is fresh; so look at that.
    assert!(end.is_ok(), "{end:?}");
    let signed = world.budget.digest().expect("a digest").as_bytes().to_vec();
    assert_ne!(signed, digest);
    let request = world.to_ca.last().expect("a request");
    let received = scep::message::Received::decode(&request.body, pki_core::Limits::DEFAULT).expect("a message");
    let verified = received.verify(&PROVIDER).expect("a signature");
    let recipient = world.server.authority();
    let recipient = verified.recipient_among(&recipient).expect("a recipient");
    let wrapped = verified.wrapped_key(recipient, &PROVIDER).expect("a key");
    let key = pki_core::crypto::Decrypter::unwrap_key(ra_key(), &wrapped, &mut TestRandom::new(1)).expect("a key");
    let opened = verified.open(&key, &PROVIDER).expect("contents");
    let scep::message::MessageData::Csr(csr) = opened.data() else { panic!() };
    let blinding = csr.attributes().find(|found| found.oid == BlindingAttribute::RandomNonce.oid()).expect("one");
    let blinding = blinding.values().next().expect("a value").raw().to_vec();
    assert_eq!(guess(CHALLENGE, Some(&blinding)), signed);
    assert_ne!(guess("another", Some(&blinding)), signed);
}

#[test]
fn nothing_that_is_printed_shows_challenge_or_blinding() {
    let mut world = World::new();
    let device::Step::Send(send) = world.start() else { panic!() };
    world.answer(send.message());
    let record = world.blind.clone().expect("a record");
    let record = service::BlindRecord::from_der(&record).expect("a record");
    let printed = format!("{:?} {:?} {record:?}", world.entitlement, world.broker);
    assert!(!printed.contains(CHALLENGE) && printed.contains("Secret(..)"), "{printed}");
    let printed = format!("{:?}", Broker::new(PROVIDER, blinding_key()));
    assert!(printed.contains("Secret(..)"), "{printed}");
}
