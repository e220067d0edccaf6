use alloc::vec::Vec;

use hex_literal::hex;
use spake2plus::{P256Sha512, Suite as SpakeSuite};

use super::*;
use crate::activation::password::DeviceName;

/// A vector of RFC 9383 appendix C: those of P-256 with HMAC. The values were compared with those that other implementations'
/// tests have (`BoringSSL`'s for SHA-256; `openHiTLS`' and a Python one's for SHA-512).
struct Vector {
    context: &'static [u8],
    w0: [u8; 32],
    w1: [u8; 32],
    l: [u8; 65],
    x: [u8; 32],
    y: [u8; 32],
    share_p: [u8; 65],
    share_v: [u8; 65],
    confirm_p: &'static [u8],
    confirm_v: &'static [u8],
    shared: &'static [u8],
}

const SHA256: Vector = Vector {
    context: b"SPAKE2+-P256-SHA256-HKDF-SHA256-HMAC-SHA256 Test Vectors",
    w0: hex!("bb8e1bbcf3c48f62c08db243652ae55d3e5586053fca77102994f23ad95491b3"),
    w1: hex!("7e945f34d78785b8a3ef44d0df5a1a97d6b3b460409a345ca7830387a74b1dba"),
    l: hex!(
        "04eb7c9db3d9a9eb1f8adab81b5794c1f13ae3e225efbe91ea487425854c7fc00f"
        "00bfedcbd09b2400142d40a14f2064ef31dfaa903b91d1faea7093d835966efd"
    ),
    x: hex!("d1232c8e8693d02368976c174e2088851b8365d0d79a9eee709c6a05a2fad539"),
    y: hex!("717a72348a182085109c8d3917d6c43d59b224dc6a7fc4f0483232fa6516d8b3"),
    share_p: hex!(
        "04ef3bd051bf78a2234ec0df197f7828060fe9856503579bb1733009042c15c0c1"
        "de127727f418b5966afadfdd95a6e4591d171056b333dab97a79c7193e341727"
    ),
    share_v: hex!(
        "04c0f65da0d11927bdf5d560c69e1d7d939a05b0e88291887d679fcadea75810fb"
        "5cc1ca7494db39e82ff2f50665255d76173e09986ab46742c798a9a68437b048"
    ),
    confirm_p: &hex!("926cc713504b9b4d76c9162ded04b5493e89109f6d89462cd33adc46fda27527"),
    confirm_v: &hex!("9747bcc4f8fe9f63defee53ac9b07876d907d55047e6ff2def2e7529089d3e68"),
    shared: &hex!("0c5f8ccd1413423a54f6c1fb26ff01534a87f893779c6e68666d772bfd91f3e7"),
};

const SHA512: Vector = Vector {
    context: b"SPAKE2+-P256-SHA512-HKDF-SHA512-HMAC-SHA512 Test Vectors",
    w0: hex!("1cc5207d6e34b8f7828206fb64b86aa9c712bc952abf251bb9f5856b24d8c8cc"),
    w1: hex!("4279649e62532b01dc27d2ed39100ba350518fb969672061a01edce752d0e672"),
    l: hex!(
        "043a348ad475d2200d46df876f1eb2e136056da31dafff52cc7762bf3be84de009"
        "7c4e69b0b9321326af1f0af4a14561a9c7b640cb5afd6822d14cb34830fc4511"
    ),
    x: hex!("b586ab83f175c1a2b56b6a1b6a283523f88a9befcf11e22efb48e2ee1fe69a23"),
    y: hex!("ac1fb828f041782d452ea9cc00c3fa34a55fa8f7f98c04be45a3d607b092d441"),
    share_p: hex!(
        "04a7928c4b47f6b8657a5b8ebcb6f1bd266192e152fb9745a4180c94657a2f323b"
        "4d50d536c0325cdb0ec42c9bd8db8d7af3ff6dc85edb4b5365375c62e09def4a"
    ),
    share_v: hex!(
        "04498c29e37dbd53ebf8db76679901d90c6be3af57f46ac3025b32420839f0489c"
        "6c3b6bf5ddc8ecbc3d7c83d0891ad814a00ad23eba13197c9d96a5b10275e35d"
    ),
    confirm_p: &hex!(
        "6b2469b56cf8ac3f94a8d0b533380ea6b3d0f46b3e12ee82550d49e129c24127"
        "28c9437a64ee5f80c8cdc5e8a30faa0a6deb8a5251346ba81bb6fc955b2304fc"
    ),
    confirm_v: &hex!(
        "154174fc278a935e290b3352ba877e179fa9281c0a76928faea703c72d383b26"
        "7511a5cf084cb07147efece94e3cfd91944e7baab856858fbebc087167b0f409"
    ),
    shared: &hex!(
        "11887659d9e002f34fa6cc270d33570f001b2a3fc0522b643c07327d09a4a9f4"
        "7aab85813d13c585b53adf5ac9de5707114848f3dc31a4045f69a2cc1972b098"
    ),
};

/// Gives just the octets that reduce to a scalar.
struct Replay(Vec<u8>);

impl Replay {
    fn of(scalar: &[u8; 32]) -> Self {
        Self([&[0; 32], scalar.as_slice()].concat())
    }
}

impl TryRng for Replay {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("only octets are asked for")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("only octets are asked for")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.copy_from_slice(&self.0);
        Ok(())
    }
}

impl TryCryptoRng for Replay {}

fn matches<S: SpakeSuite>(vector: &Vector) {
    let context = Context { context: vector.context, prover_id: b"client", verifier_id: b"server" };
    let output = [&[0; 8], vector.w0.as_slice(), &[0; 8], vector.w1.as_slice()].concat();
    let secret = ProverSecret::<S>::from_pbkdf_output(&output).unwrap();
    let record = secret.verifier_record();
    assert_eq!(record.to_bytes().as_ref(), [vector.w0.as_slice(), &vector.l].concat());

    let (prover, share_p) = Prover::start(&secret, &context, &mut Replay::of(&vector.x));
    assert_eq!(share_p.as_ref(), vector.share_p);
    let (verifier, share_v) = Verifier::start(&record, &context, &mut Replay::of(&vector.y));
    assert_eq!(share_v.as_ref(), vector.share_v);

    let (confirming, confirm_v) = verifier.receive(&share_p).unwrap();
    assert_eq!(confirm_v.as_ref(), vector.confirm_v);
    let (confirm_p, key) = prover.receive(&share_v).unwrap().finish(&confirm_v).unwrap();
    assert_eq!(confirm_p.as_ref(), vector.confirm_p);
    assert_eq!(key.as_bytes().as_ref(), vector.shared);
    assert_eq!(confirming.finish(&confirm_p).unwrap().as_bytes().as_ref(), vector.shared);
}

#[test]
fn rfc9383_appendix_c_p256_sha256_hkdf_sha256_hmac_sha256() {
    matches::<P256Sha256>(&SHA256);
}

#[test]
fn rfc9383_appendix_c_p256_sha512_hkdf_sha512_hmac_sha512() {
    matches::<P256Sha512>(&SHA512);
}

#[test]
fn the_suite_is_the_one_that_the_context_names() {
    let name = <Suite as SpakeSuite>::NAME.as_bytes();
    assert!(CONTEXT.ends_with(name));
}

fn sender(user: &str, device: &str) -> Sender {
    Sender { user: UserId::new(user).unwrap(), device: DeviceName::new(device).unwrap() }
}

fn parameters(service: &str) -> Parameters {
    let scrypt = ScryptParameters::new(1, 1, 1).unwrap();
    Parameters { service: ServiceName::new(service).unwrap(), salt: [5; 32], scrypt }
}

fn secret_of(password: &str, user: &str, service: &str) -> DeviceSecret {
    let password = ActivationPassword::typed(password).unwrap();
    let (user, service) = (UserId::new(user).unwrap(), ServiceName::new(service).unwrap());
    derive(&password, (&user, &service), &[5; 32], ScryptParameters::new(1, 1, 1).unwrap()).unwrap()
}

/// Whether both sides come to the same key, and each to nothing if not.
fn agree(
    (secret, verifier): (&DeviceSecret, &ServiceVerifier),
    device: (&Sender, &Parameters),
    service: (&Sender, &Parameters),
) -> bool {
    let (prover, share) = start(secret, &Bound::new(device.0, device.1), &[1; 32]);
    let share = device_share(&share).unwrap();
    let run = ServiceRun::new(verifier, &Bound::new(service.0, service.1), &share, &[2; 32]).unwrap();
    match confirm(prover, peer(&run.proof).unwrap()) {
        Some((confirmation, key)) => {
            let theirs = run.finish(&confirmation).unwrap();
            assert_eq!(key.as_bytes(), theirs.as_bytes());
            true
        }
        None => false,
    }
}

#[test]
fn rfc9383_s3_2_the_password_is_hashed_with_its_length_and_both_identities() {
    // hashlib.scrypt of len(pw) || pw || len(user) || user || len(service) || service, the halves reduced, and w1*P, by
    // Python's integers.
    let secret = secret_of("hunter2!", "jane", "mdm.example");
    let record = secret.verifier_record().to_bytes();
    let (w0, l) = record.split_at(32);
    assert_eq!(w0, hex!("be2997feb9fbee945d831ef6793b950383922e3990c43454c7eb29e6bd951072"));
    assert_eq!(
        l,
        hex!(
            "0469d720d8407ea9941356357abdc9866b6a236bc158e751b5910817462d424c7d"
            "93d7474dd62fe680becfb932888fb992afbb1f4f6787fbe5d9bd9f3dda05ca02"
        )
    );
}

#[test]
fn rfc9383_s3_3_everything_agreed_upon_is_bound() {
    let secret = secret_of("hunter2!", "jane", "mdm.example");
    let verifier = secret.verifier_record();
    let (right, here) = (sender("jane", "phone"), parameters("mdm.example"));
    let agrees = |other: &Sender, there: &Parameters| agree((&secret, &verifier), (&right, &here), (other, there));
    assert!(agrees(&right, &here));
    assert!(!agrees(&sender("joan", "phone"), &here), "user");
    assert!(!agrees(&sender("jane", "laptop"), &here), "device");
    assert!(!agrees(&right, &parameters("mdm.example.org")), "service");
    assert!(!agrees(&right, &Parameters { salt: [6; 32], ..here.clone() }), "salt");
    let cheaper = ScryptParameters::new(2, 1, 1).unwrap();
    assert!(!agrees(&right, &Parameters { scrypt: cheaper, ..here.clone() }), "cost");
    let other = secret_of("hunter3!", "jane", "mdm.example").verifier_record();
    assert!(!agree((&secret, &other), (&right, &here), (&right, &here)), "password");
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_another() {
    let verifier = secret_of("hunter2!", "jane", "mdm.example").verifier_record();
    let (sender, parameters) = (sender("jane", "phone"), parameters("mdm.example"));
    let bound = Bound::new(&sender, &parameters);
    let share = device_share(&SHA256.share_p).unwrap();
    let proof = |seed: u8| ServiceRun::new(&verifier, &bound, &share, &[seed; 32]).unwrap().proof;
    assert_eq!(proof(1), proof(1));
    assert_ne!(proof(1).share, proof(2).share);
}

#[test]
fn rfc9383_s3_3_only_elements_of_the_group_other_than_the_identity_are_shares() {
    let good = SHA256.share_p;
    assert!(device_share(&good).is_some());
    let mut off_curve = good;
    off_curve[64] ^= 1;
    let mut hybrid = good;
    hybrid[0] = 0x06 | (good[64] & 1);
    let mut compressed = good;
    compressed[0] = 0x02 | (good[64] & 1);
    let zeros = [0; 65];
    let mut origin = zeros;
    origin[0] = 4;
    let mut modulus = good;
    modulus[1..33].copy_from_slice(&hex!("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"));
    for bad in [off_curve, hybrid, compressed, zeros, origin, modulus] {
        assert!(device_share(&bad).is_none(), "{bad:02x?}");
        assert!(peer(&Proof { share: bad, confirmation: [0; 32] }).is_none());
    }
    assert!(peer(&Proof { share: good, confirmation: [0; 32] }).is_some());
}

#[test]
fn a_share_that_cancels_the_mask_is_refused_by_both_sides() {
    // w0 = 1 makes the masks M and N themselves, which are known (RFC 9383 section 4).
    let output = [&[0; 39], [1].as_slice(), &[0; 39], &[1]].concat();
    let secret = DeviceSecret::from_pbkdf_output(&output).unwrap();
    let (sender, parameters) = (sender("jane", "phone"), parameters("mdm.example"));
    let bound = Bound::new(&sender, &parameters);
    let m = hex!(
        "04886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f"
        "5ff355163e43ce224e0b0e65ff02ac8e5c7be09419c785e0ca547d55a12e2d20"
    );
    let n = hex!(
        "04d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49"
        "07d60aa6bfade45008a636337f5168c64d9bd36034808cd564490b1e656edbe7"
    );
    assert!(ServiceRun::new(&secret.verifier_record(), &bound, &device_share(&m).unwrap(), &[1; 32]).is_none());
    let (prover, _) = start(&secret, &bound, &[1; 32]);
    let proof = Proof { share: n, confirmation: [0; 32] };
    assert!(confirm(prover, peer(&proof).unwrap()).is_none());
}
