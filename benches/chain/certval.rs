//! `certval`, RSA by our provider: its own wants another release candidate of the `rsa` crate. It checks no names of peers.

use benches::paths::NOW;
use certval::{
    CertFile, CertSource, CertVector, CertificationPathResults, CertificationPathSettings, Error, PDVCertificate,
    PkiEnvironment, TaSource, TimeOfInterest, parse_cert,
};
use der::Encode;
use pki_core::{AlgorithmIdentifier, PublicKeyRef, crypto::rustcrypto::PROVIDER, der::Reader};

pub(crate) struct Prepared {
    environment: PkiEnvironment,
    settings: CertificationPathSettings,
    leaf: PDVCertificate,
}

pub(crate) fn cold(der: &[Vec<u8>]) {
    validate(&prepare(der));
}

pub(crate) fn prepare(der: &[Vec<u8>]) -> Prepared {
    let [anchor, intermediates @ .., leaf] = der else { unreachable!() };
    let mut settings = CertificationPathSettings::new();
    settings.set_time_of_interest(time());
    let mut environment = PkiEnvironment::new();
    environment.populate_5280_pki_environment();
    environment.add_verify_signature_message_callback(verify);
    let file = |bytes: &Vec<u8>| CertFile { filename: String::new(), bytes: bytes.clone() };
    let mut anchors = TaSource::new();
    anchors.push(file(anchor));
    anchors.initialize().unwrap();
    environment.add_trust_anchor_source(Box::new(anchors));
    let mut source = CertSource::new();
    intermediates.iter().for_each(|der| source.push(file(der)));
    source.initialize(&settings).unwrap();
    source.find_all_partial_paths(&environment, &settings);
    environment.add_certificate_source(Box::new(source));
    Prepared { environment, settings, leaf: parse_cert(leaf, "").unwrap() }
}

pub(crate) fn validate(prepared: &Prepared) {
    let Prepared { environment, settings, leaf } = prepared;
    let mut paths = Vec::new();
    environment.get_paths_for_target(leaf, &mut paths, 0, time()).unwrap();
    let mut results = CertificationPathResults::new();
    environment.validate_path(environment, settings, &paths[0], &mut results).unwrap();
}

fn time() -> TimeOfInterest {
    TimeOfInterest::from_unix_secs(NOW.as_seconds().unsigned_abs()).unwrap()
}

/// What certval without its feature `rsa` does not recognise.
fn verify(
    _: &PkiEnvironment,
    message: &[u8],
    signature: &der::asn1::BitString,
    algorithm: &x509_cert::spki::AlgorithmIdentifierOwned,
    key: &x509_cert::spki::SubjectPublicKeyInfoOwned,
) -> Result<(), Error> {
    let (algorithm, key) = (algorithm.to_der().unwrap(), key.to_der().unwrap());
    let algorithm = AlgorithmIdentifier::decode(&mut Reader::new(&algorithm)).map_err(|_error| Error::Unrecognized)?;
    let key = PublicKeyRef::from_der(&key).map_err(|_error| Error::Unrecognized)?;
    PROVIDER.verify(algorithm, key, message, signature.raw_bytes()).map_err(|_error| Error::Unrecognized)
}
