//! CRLs, OCSP requests and responses.

use pki_core::{
    Certificate, Crl, CrlBuilder, DecodeError, Name, UnixTime,
    algorithm::{DigestAlgorithm, SignatureAlgorithm},
    crl::{CrlNumber, IssuingDistributionPoint, Reasons, Revocation, RevocationReason, RevokedCertificate},
    extension::Extensions,
    ocsp::{
        BasicOcspResponse, CertId, CertIdRef, CertStatus, NoBasicResponse, NoncePolicy, OcspRequest,
        OcspRequestBuilder, OcspResponse, OcspResponseBuilder, ResponderId,
    },
};

use super::{
    fake::{self, BAD_SIGNATURE},
    fixture::{self, NOW, World},
    operations::Operations,
};

/// DER, or entries to make a CRL of: finding a serial number comes to the same as going over the list.
pub fn crl(data: &[u8]) {
    match data.split_first() {
        Some((0, entries)) => built_crl(&mut Operations::new(entries)),
        Some((_, der)) => {
            if let Ok(crl) = Crl::from_der(der) {
                assert_eq!(crl.as_der(), der);
                every_part_of_crl(&crl);
            }
        }
        None => {}
    }
}

/// DER of a request or of a response, or what to make them of.
pub fn ocsp(data: &[u8]) {
    let Some((kind, der)) = data.split_first() else { return };
    match kind % 3 {
        0 => built_dialogue(&mut Operations::new(der)),
        1 => {
            if let Ok(request) = OcspRequest::from_der(der) {
                assert_eq!(request.as_der(), der);
                every_part_of_request(&request);
            } else if let Ok(path) = std::str::from_utf8(der)
                && let Ok(request) = OcspRequest::from_get_path(path)
            {
                every_part_of_request(&request);
            }
        }
        _ => {
            if let Ok(response) = OcspResponse::from_der(der) {
                assert_eq!(response.as_der(), der);
                every_part_of_response(&response);
            }
        }
    }
}

fn every_part_of_crl(crl: &Crl) {
    assert_eq!(Crl::from_der(crl.as_der()).as_ref(), Ok(crl));
    assert!(crl.tbs().len() < crl.as_der().len() && (1..=2).contains(&crl.version()));
    assert!(!format!("{crl:?}").is_empty());
    assert_eq!(crl.revoked().count(), crl.len());
    assert_eq!(crl.revoked().next().is_none(), crl.is_empty());
    every_extension(crl.extensions());
    let verified = crl.verify_signature(World::shared().ca.public_key(), &fake::PROVIDER);
    let same = crl.signature_algorithm() == crl.tbs_signature_algorithm();
    assert!(verified.is_err() || same && !matches!(crl.signature(), [] | [BAD_SIGNATURE, ..]));
    if crl.unknown_critical_extension().is_none() {
        assert!(crl.revoked().all(|entry| entry.unknown_critical_extension().is_none()));
    }
    let _ = (crl.issuer().to_string(), crl.this_update(), crl.next_update(), crl.has_certificate_issuers());

    for (place, entry) in crl.revoked().enumerate().take(MOST_SEARCHED) {
        assert!(!format!("{entry:?}").is_empty());
        let _ = (entry.reason(), entry.invalidity_date(), entry.extensions().count());
        let found = crl.find(entry.serial_number(), entry.certificate_issuer()).map(|found| description(&found));
        let is_it = |other: &RevokedCertificate<'_>| {
            other.serial_number() == entry.serial_number()
                && other.certificate_issuer().matches(entry.certificate_issuer())
        };
        let (first, scanned) = crl.revoked().enumerate().find(|(_, other)| is_it(other)).unwrap();
        // An entry before may be for several issuers, of which only the first is told.
        if found != Some(description(&scanned)) {
            let several = crl.revoked().take(first.min(place)).any(|other| found == Some(description(&other)));
            assert!(several && crl.has_certificate_issuers(), "{entry:?}");
        }
    }
    assert!(crl.find(b"no number that a CRL has", crl.issuer()).is_none() || !crl.is_empty());
}

fn description(entry: &RevokedCertificate<'_>) -> (Vec<u8>, UnixTime, String, usize) {
    let issuer = entry.certificate_issuer().to_string();
    (entry.serial_number().to_vec(), entry.revocation_date(), issuer, entry.extensions().count())
}

/// Serial number, issuer, date, reason, date of invalidity.
type Entry<'a> = (Vec<u8>, &'a Name, UnixTime, RevocationReason, Option<UnixTime>);

/// A CRL of our own says what went into it.
fn built_crl(input: &mut Operations<'_>) {
    let names = ["A", "B", "C"].map(fixture::name);
    let settings = input.octet();
    let mut builder = CrlBuilder::new(names[0].clone(), NOW, NOW);
    let mut point = IssuingDistributionPoint::new(None);
    if settings & 1 == 0 {
        point = point.indirect();
        builder = builder.with_issuing_distribution_point(&point);
    } else if settings & 2 != 0 {
        builder = builder.with_issuing_distribution_point(&point.with_reasons(Reasons::KEY_COMPROMISE));
    }
    if settings & 4 != 0 {
        builder = builder.with_freshest_crl(&["http://a/"]);
    }
    let number = |octets: &[u8]| CrlNumber::from_bytes(octets).ok();
    if settings & 8 != 0
        && let Some(number) = number(input.octets())
    {
        builder = builder.with_number(number);
    }
    if settings & 16 != 0
        && let Some(base) = number(input.octets())
    {
        builder = builder.with_delta_base(base);
    }
    let mut model: Vec<Entry<'_>> = Vec::new();
    while !input.is_empty() && model.len() < MOST_SEARCHED {
        let kind = input.octet();
        let serial = input.octets().to_vec();
        let date = [NOW, UnixTime::from_seconds(i64::from(kind))][usize::from(kind & 1)];
        let reason = RevocationReason::from_code(kind >> 4).unwrap_or(RevocationReason::Unspecified);
        let invalidity = (kind & 2 != 0).then_some(NOW);
        let issuer = &names[usize::from(kind >> 2) % names.len()];
        let mut revocation = Revocation::new(&serial, date).with_reason(reason);
        if let Some(date) = invalidity {
            revocation = revocation.with_invalidity_date(date);
        }
        if *issuer != names[0] {
            revocation = revocation.with_certificate_issuer(issuer.as_ref());
        }
        builder = builder.add_revoked(revocation);
        model.push((serial, issuer, date, reason, invalidity));
    }
    let Ok(to_be_signed) = builder.build(SignatureAlgorithm::RSA_PKCS1_SHA256) else { return };
    let crl = to_be_signed.attach(fake::signature());
    every_part_of_crl(&crl);
    assert_eq!(crl.len(), model.len());
    for (entry, (serial, issuer, date, reason, invalidity)) in crl.revoked().zip(&model) {
        assert_eq!((entry.serial_number(), entry.certificate_issuer()), (&**serial, issuer.as_ref()));
        assert_eq!((entry.revocation_date(), entry.invalidity_date()), (*date, Ok(*invalidity)));
        assert_eq!(entry.reason().unwrap().unwrap_or(RevocationReason::Unspecified), *reason);
    }
    for (serial, ..) in &model {
        for issuer in &names {
            let expected = model.iter().find(|(other, of, ..)| other == serial && *of == issuer);
            let found = crl.find(serial, issuer.as_ref());
            assert_eq!(
                found.map(|entry| (entry.revocation_date(), entry.invalidity_date().unwrap())),
                expected.map(|(_, _, date, _, invalidity)| (*date, *invalidity))
            );
        }
    }
}

fn every_part_of_request(request: &OcspRequest) {
    assert_eq!(OcspRequest::from_der(request.as_der()).as_ref(), Ok(request));
    assert_eq!(OcspRequest::from_get_path(&request.to_get_path()).as_ref(), Ok(request));
    assert!(!format!("{request:?}").is_empty() && request.tbs().len() < request.as_der().len());
    assert!((1..=128).contains(&request.requests().count()));
    let _ = (request.requestor_name(), request.unknown_critical());
    every_extension(request.extensions());
    for single in request.requests() {
        every_cert_id(single.cert_id);
        assert_eq!(single.extensions.is_empty(), single.extensions.iter().next().is_none());
    }
    if let Some(signature) = request.signature() {
        assert!(signature.signature.len() < request.as_der().len());
        assert!(signature.certificates().count() <= 32);
    }
}

fn every_part_of_response(response: &OcspResponse) {
    assert_eq!(OcspResponse::from_der(response.as_der()).as_ref(), Ok(response));
    assert!(!format!("{response:?}").is_empty());
    match response.basic() {
        Ok(basic) => every_part_of_basic(basic),
        Err(reason) => {
            assert!(!reason.to_string().is_empty());
            if let NoBasicResponse::Refused(refusal) = reason {
                assert_eq!(OcspResponse::refusal(refusal).basic(), Err(NoBasicResponse::Refused(refusal)));
            }
        }
    }
}

fn every_part_of_basic(basic: &BasicOcspResponse) {
    assert!(!format!("{basic:?}").is_empty());
    assert!(basic.responses().count() <= 128 && basic.certificates().count() <= 32);
    every_extension(basic.extensions());
    let World { ca, .. } = World::shared();
    match basic.responder_id() {
        ResponderId::ByName(name) => assert!(!format!("{name:?}").is_empty()),
        id @ ResponderId::ByKey(_) => assert!(id.matches(ca.subject(), ca.public_key(), &fake::PROVIDER).is_some()),
    }
    let _ = (basic.produced_at(), basic.nonce(), basic.unknown_critical(), basic.signature_algorithm());
    let verified = basic.verify_signature(ca.public_key(), &fake::PROVIDER);
    assert_eq!(verified.is_ok(), !matches!(basic.signature(), [] | [BAD_SIGNATURE, ..]));
    for single in basic.responses() {
        every_cert_id(single.cert_id);
        let _ = (single.status, single.this_update, single.next_update, single.unknown_critical());
        assert!(!format!("{single:?}").is_empty());
    }
}

fn every_cert_id(id: CertIdRef<'_>) {
    let owned = id.to_owned();
    assert_eq!(owned.as_ref(), id);
    assert_eq!(CertId::from_der(id.as_der()), Ok(owned));
    let World { ca, .. } = World::shared();
    let other = [id.serial_number, &[1]].concat();
    assert_eq!(id.matches(ca.subject(), ca.public_key(), &other, &fake::PROVIDER), Some(false));
    assert!(!format!("{id:?}").is_empty());
}

fn every_extension(extensions: Extensions<'_>) {
    assert_eq!(extensions.iter().count(), extensions.len());
    assert!(extensions.iter().all(|extension| extensions.find(extension.oid) == Some(extension)));
}

/// A request, and a response to it, made of the input, are read as they were written, and go with each other.
fn built_dialogue(input: &mut Operations<'_>) {
    let World { ca, ra, device, .. } = World::shared();
    let settings = input.octet();
    let mut ids: Vec<CertId> = Vec::new();
    for _ in 0..=input.below(5) {
        let digest = [DigestAlgorithm::SHA1, DigestAlgorithm::SHA256][input.below(2)];
        let id = CertId::new(input.octets(), ca.subject(), ca.public_key(), digest, &fake::HASHING);
        ids.extend(id);
    }
    let Some((first, rest)) = ids.split_first() else { return };
    let mut builder = OcspRequestBuilder::new(first.as_ref());
    for id in rest {
        builder = builder.add_certificate(id.as_ref());
    }
    let nonce = input.octets();
    if settings & 1 != 0 {
        builder = builder.with_nonce(nonce);
    }
    let Ok(request) = builder.build() else { return };
    every_part_of_request(&request);
    assert!(request.requests().map(|single| single.cert_id).eq(ids.iter().map(CertId::as_ref)));
    let sent = (settings & 1 != 0).then_some(nonce);
    assert_eq!(request.nonce(), Ok(sent));

    let responder = if settings & 2 == 0 { ResponderId::ByName(ca.subject()) } else { ResponderId::ByKey(&[7; 20]) };
    let mut builder = OcspResponseBuilder::new(responder, NOW);
    let mut statuses = Vec::new();
    for single in request.requests() {
        let kind = input.octet();
        let reason = if kind & 8 == 0 { None } else { RevocationReason::from_code(kind >> 4) };
        let status = match kind & 3 {
            0 => CertStatus::Good,
            1 => CertStatus::Unknown,
            _ => CertStatus::Revoked { at: NOW, reason },
        };
        let next = (kind & 4 != 0).then_some(NOW);
        builder = builder.add_response(single.cert_id, status, NOW, next);
        statuses.push((status, next));
    }
    let answered = if settings & 4 == 0 { sent } else { Some(input.octets()) };
    if let Some(nonce) = answered {
        builder = builder.with_nonce(nonce);
    }
    let certificates: &[Certificate] = if settings & 8 == 0 { &[] } else { &[ra.clone(), device.clone()] };
    let built = builder.with_certificates(certificates).build(SignatureAlgorithm::RSA_PKCS1_SHA256);
    let Ok(to_be_signed) = built else { return };
    let response = to_be_signed.attach(fake::signature());
    every_part_of_response(&response);
    let basic = response.basic().unwrap();
    assert!(basic.responder_id() == responder && basic.produced_at() == NOW && basic.tbs() == to_be_signed.message());
    assert!(basic.responses().map(|single| (single.status, single.next_update)).eq(statuses));
    assert!(basic.certificates().eq(certificates.iter().cloned().map(Ok::<_, DecodeError>)));
    assert_eq!(basic.nonce(), Ok(answered));
    let checked = request.check_nonce(basic, NoncePolicy::Required);
    assert_eq!(checked.is_ok(), sent.is_some() && sent == answered, "{checked:?}");
    assert!(request.check_nonce(basic, NoncePolicy::Optional).is_ok() >= checked.is_ok());
}

/// Entries beyond these are not looked for, which takes quadratic time.
const MOST_SEARCHED: usize = 100;
