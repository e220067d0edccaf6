//! Whether a response is signed by somebody who may answer for the CA (RFC 6960 section 4.2.2.2).

use alloc::vec::Vec;

use super::{Checks, OcspRejection, Question};
use crate::{
    cert::{Certificate, extension::KeyUsage},
    chain::{error::Violation, facts::Facts},
    key::PublicKeyRef,
    name::{Name, NameRef},
    ocsp::{BasicOcspResponse, ResponderId},
    oid,
    time::UnixTime,
};

/// Requirements 2, 3 and 4: it is signed by one of those who may (section 4.2.2.2).
pub(super) fn check_signer<'a>(
    question: &Question<'a>,
    basic: &BasicOcspResponse,
    helpers: impl Iterator<Item = &'a Certificate>,
    checks: &mut dyn Checks,
) -> Result<(), OcspRejection> {
    let mut rejection = OcspRejection::UnknownResponder;
    // Criteria 2 and 1: the CA's key, and those that the configuration trusts.
    let issuer = question.certificate.issuer();
    let trusted = question.policy.responders.iter().filter(|responder| responder.answers_for(issuer));
    let trusted = trusted.map(|responder| (responder.name.as_ref().map(Name::as_ref), responder.key.as_ref()));
    for (name, key) in core::iter::once((Some(issuer), question.issuer_key)).chain(trusted) {
        if !may_be_signer(question, basic, name, key) {
            continue;
        }
        match checks.response(basic, key).ok_or(OcspRejection::LimitExceeded)? {
            Ok(()) => return Ok(()),
            Err(error) => rejection = OcspRejection::Signature(error),
        }
    }
    // Criterion 3: those that the CA delegated to.
    let mut tried: Vec<Certificate> = Vec::new();
    for delegate in basic.certificates().filter_map(Result::ok).chain(helpers.cloned()) {
        let may_be = delegate.issuer().matches(issuer)
            && may_be_signer(question, basic, Some(delegate.subject()), delegate.public_key());
        // Nobody is heard about itself.
        if !may_be || delegate == *question.certificate || tried.contains(&delegate) {
            continue;
        }
        if tried.len() == MOST_DELEGATES {
            return Err(OcspRejection::LimitExceeded);
        }
        match check_delegate(question, basic, &delegate, checks) {
            Ok(()) => return Ok(()),
            Err(OcspRejection::LimitExceeded) => return Err(OcspRejection::LimitExceeded),
            Err(found) => rejection = found,
        }
        tried.push(delegate);
    }
    Err(rejection)
}

/// Requirement 3: whether the response names whoever has this name and key as its signer. Where SHA-1 is not to be had, or
/// the name is not known, it is not ruled out.
fn may_be_signer(
    question: &Question<'_>,
    basic: &BasicOcspResponse,
    name: Option<NameRef<'_>>,
    key: PublicKeyRef<'_>,
) -> bool {
    match (basic.responder_id(), name) {
        (ResponderId::ByName(_), None) => true,
        (responder, name) => responder.matches(name.unwrap_or(NameRef::EMPTY), key, question.crypto) != Some(false),
    }
}

/// Criterion 3: a certificate for `OCSPSigning`, issued directly by the CA with the key that issued the certificate in
/// question, valid, and not revoked; and the response is signed by it.
fn check_delegate(
    question: &Question<'_>,
    basic: &BasicOcspResponse,
    delegate: &Certificate,
    checks: &mut dyn Checks,
) -> Result<(), OcspRejection> {
    check_delegation(delegate, question.now).map_err(OcspRejection::Responder)?;
    let signed = checks.certificate(delegate, question.issuer_key).ok_or(OcspRejection::LimitExceeded)?;
    signed.map_err(|error| OcspRejection::Responder(Violation::Signature(error)))?;
    let signed = checks.response(basic, delegate.public_key()).ok_or(OcspRejection::LimitExceeded)?;
    signed.map_err(OcspRejection::Signature)?;
    if delegate.extension(oid::OCSP_NO_CHECK).is_some() {
        return Ok(());
    }
    checks.delegate_status(delegate).map_err(OcspRejection::Responder)
}

/// What the certificate of a delegate has to say by itself.
fn check_delegation(delegate: &Certificate, at: UnixTime) -> Result<(), Violation> {
    let facts = Facts::read(delegate, &[])?;
    // Everything that a CA may sign is not meant: anyExtendedKeyUsage is no delegation.
    let purposes = || facts.extended_key_usage.into_iter().flat_map(|purposes| purposes.iter());
    if !purposes().any(|purpose| purpose == oid::OCSP_SIGNING) {
        let found = purposes().take(MOST_REPORTED).map(Into::into).collect();
        return Err(Violation::ExtendedKeyUsage { required: oid::OCSP_SIGNING.into(), found });
    }
    // Either bit goes with OCSPSigning (RFC 5280 section 4.2.1.12).
    let required = KeyUsage::DIGITAL_SIGNATURE;
    match facts.key_usage {
        Some(found) if !found.intersects(required | KeyUsage::NON_REPUDIATION) => {
            return Err(Violation::KeyUsage { required, found });
        }
        _ => {}
    }
    if let Some(extension) = facts.unknown_critical {
        return Err(Violation::UnknownCriticalExtension(extension.into()));
    }
    let validity = delegate.validity();
    if at < validity.not_before {
        return Err(Violation::NotYetValid { at, not_before: validity.not_before });
    }
    if validity.not_after < at {
        return Err(Violation::Expired { at, not_after: validity.not_after });
    }
    Ok(())
}

/// Each costs a signature check or two. Responders send one certificate of their own.
const MOST_DELEGATES: usize = 4;

/// How many purposes an error repeats.
const MOST_REPORTED: usize = 16;
