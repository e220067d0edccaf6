//! EST, and the records of activation by token.

use mdm_proto::{
    activation::token::{Token, TokenKey, TokenRecord, TokenState},
    est::{
        Authority, CaCertificates, CaTrust, ChannelBinding, Credentials, CsrAttributes, Function, HttpRequest,
        HttpResponse, Label, Linking, Template,
        client::{Call, Config, EnrolReply, Error},
        server::{Authorized, Connection, Enrol, Operation, Responder},
    },
};
use pki_core::{Csr, CsrDigest, Limits, Secret, pem};
use scep::http::{Method, RetryAfter};

use super::{
    fake,
    fixture::{NOW, World, csr},
};

/// The first octet says what the rest is: a request, a body as a client or a server gets it, a record, a token.
pub fn est(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    match first % 8 {
        0 => request(rest),
        1 => certificates(&reply(rest)),
        2 => certificates(&HttpResponse::new(200, "application/pkcs7-mime", base64(rest))),
        3 => attributes(rest),
        4 => enrolment(rest),
        5 => token_record(rest),
        6 => authority(rest),
        _ => texts(rest),
    }
}

fn config() -> Config {
    Config::new(fake::PROVIDER).with_limits(Limits::DEFAULT.with_size(16 * 1024))
}

fn base64(der: &[u8]) -> Vec<u8> {
    let text = pem::encode("X", der);
    text.lines().filter(|line| !line.starts_with('-')).collect::<String>().into_bytes()
}

/// Status, then `Retry-After` and body up to and behind the first NUL.
fn reply(data: &[u8]) -> HttpResponse {
    let (status, rest) = data.split_first().unwrap_or((&0, &[]));
    let status = [200, 202, 204, 401, 404, 500, 501, 200 + u16::from(*status)][usize::from(status % 8)];
    let (header, body) = split(rest);
    HttpResponse::new(status, header.clone(), body)
        .with_retry_after(RetryAfter::parse(&header))
        .with_www_authenticate(Some(header))
}

fn split(data: &[u8]) -> (String, &[u8]) {
    let end = data.iter().position(|octet| *octet == 0).unwrap_or(data.len());
    (String::from_utf8_lossy(&data[..end]).into_owned(), data.get(end + 1..).unwrap_or_default())
}

/// Path, content type, authorization and body. What is taken is what our own client sends, and is answered as it reads.
fn request(data: &[u8]) {
    let (path, rest) = split(data);
    let (content_type, rest) = split(rest);
    let (authorization, body) = split(rest);
    let method = if body.is_empty() { Method::Get } else { Method::Post };
    let mut request = HttpRequest::new(method, path.clone(), body).with_authorization(Secret::from(&*authorization));
    if !content_type.is_empty() {
        request = request.with_content_type(content_type);
    }
    if let Ok((function, label)) = Function::from_path(&path) {
        let again = function.path(label.as_ref());
        assert_eq!(path.split('?').next(), Some(&*again));
        assert_eq!(Function::from_path(&again), Ok((function, label)));
    }
    for linking in [Linking::ByOthers, Linking::IfPresent, Linking::Required] {
        let responder = Responder::new(fake::PROVIDER).with_linking(linking);
        match responder.receive(&request, &Connection::new()) {
            Ok(Operation::CaCerts(asked)) => certificates(&asked.answer(&[World::shared().ca.clone()])),
            Ok(Operation::CsrAttributes(asked)) => {
                let wanted = CsrAttributes::new().add_oid(pki_core::oid::CHALLENGE_PASSWORD);
                assert_eq!(Call::csr_attributes(&config()).finish(&asked.answer(&wanted)), Ok(wanted));
            }
            Ok(Operation::SimpleEnroll(enrol)) => answered(enrol),
            Ok(Operation::SimpleReenroll(_)) => panic!("there is no client's certificate"),
            Err(refusal) => {
                assert!((400..=501).contains(&refusal.reply.status));
                assert_eq!(refusal.reply.status, refusal.cause.status());
            }
        }
    }
}

/// Whoever asks for a certificate gets one for the key, by the right authorisation, and another answer otherwise.
fn answered(enrol: Enrol) {
    let csr = enrol.csr().clone();
    let call = Call::simple_enroll(&Config::new(fake::PROVIDER), &csr);
    let again = Responder::new(fake::PROVIDER).with_linking(Linking::ByOthers);
    let Ok(Operation::SimpleEnroll(same)) = again.receive(call.request(), &Connection::new()) else {
        panic!("our own request is not taken")
    };
    assert_eq!((same.csr(), same.digest()), (&csr, enrol.digest()));
    assert_eq!(same.label(), None);
    if let Ok(Some(credentials)) = enrol.credentials() {
        assert_eq!(Credentials::from_header(&credentials.to_header()), Ok(credentials));
    }
    assert!(enrol.authorize_by_certificate().is_err());

    let leaf = &World::shared().leaf;
    let issued = enrol.issue(&Authorized::manually(same.digest()), leaf);
    match issued {
        Ok(reply) => assert_eq!(call.finish(&reply), Ok(EnrolReply::Issued(leaf.clone()))),
        Err(_) => assert_ne!(leaf.public_key().as_der(), csr.public_key().as_der()),
    }
    let pending = call.finish(&same.pend(RetryAfter::At(NOW)));
    assert_eq!(pending, Ok(EnrolReply::Pending(RetryAfter::At(NOW))));
}

/// What is trusted is in the bag, and can be kept.
fn certificates(reply: &HttpResponse) {
    let bag = match Call::ca_certificates(&config()).finish(reply) {
        Ok(bag) => bag,
        Err(error) => {
            assert!(!error.to_string().contains(char::is_control));
            return;
        }
    };
    assert!(!bag.certificates().is_empty());
    assert_eq!(bag.roles(&fake::PROVIDER).len(), bag.certificates().len());
    let first = bag.certificates()[0].clone();
    for trust in [CaTrust::Server, CaTrust::Certificate(first.clone())] {
        let Ok(authority) = bag.confirm(&trust, &fake::PROVIDER, NOW) else { continue };
        assert!(authority.roots().iter().all(|root| root.validity().contains(NOW)));
        let known = |certificate| bag.certificates().contains(certificate) || *certificate == first;
        assert!(authority.roots().iter().chain(authority.below()).all(known));
        assert_eq!(Authority::from_der(&authority.to_der()), Ok(authority));
    }
    let Ok(Operation::CaCerts(asked)) =
        Responder::new(fake::PROVIDER).receive(Call::ca_certificates(&config()).request(), &Connection::new())
    else {
        panic!("our own request is not taken")
    };
    let again = Call::ca_certificates(&Config::new(fake::PROVIDER)).finish(&asked.answer(bag.certificates()));
    assert_eq!(again, Ok(CaCertificates::new(bag.certificates().to_vec())));
}

/// Attributes as DER, and a template.
fn attributes(data: &[u8]) {
    let _ = Template::from_der(data);
    let Ok(attributes) = CsrAttributes::from_der(data, Limits::DEFAULT) else { return };
    let again = CsrAttributes::from_der(&attributes.to_der(), Limits::DEFAULT).expect("what was written");
    // Values of a SET are sorted when they are written.
    assert_eq!(again.entries().len(), attributes.entries().len());
    assert_eq!(again.to_der(), attributes.to_der());
    assert_eq!(again.wants_linking(), attributes.wants_linking());
    let _ = (attributes.key_kind(), attributes.extensions(), attributes.template(), attributes.oids().count());
    let reply = HttpResponse::new(200, "application/csrattrs", base64(data));
    assert_eq!(Call::csr_attributes(&Config::new(fake::PROVIDER)).finish(&reply), Ok(attributes));
}

/// An answer to a CSR: what is issued is for its key.
fn enrolment(data: &[u8]) {
    let csr = csr("Device", World::shared().device_key.public(), "secret");
    let call = Call::simple_enroll(&config(), &csr);
    let encoded = HttpResponse::new(200, "application/pkcs7-mime", base64(data));
    for reply in [reply(data), encoded] {
        match call.finish(&reply) {
            Ok(EnrolReply::Issued(certificate)) => {
                assert_eq!(certificate.public_key().as_der(), csr.public_key().as_der());
            }
            Ok(EnrolReply::Pending(retry_after)) => assert_eq!(Some(retry_after), reply.retry_after),
            Err(Error::Refused(refused) | Error::SomethingElse(refused)) => {
                assert!(refused.text.chars().count() <= 256)
            }
            Err(_) => {}
        }
    }
}

/// A record is written as it was read. By no token that there is can it be redeemed for two CSRs.
fn token_record(data: &[u8]) {
    let Ok(record) = TokenRecord::from_der(data) else { return };
    assert_eq!(record.to_der(), data);
    let key = TokenKey::new(Secret::new(vec![1; 32])).expect("long enough");
    let token = Token::generate(&mut fake::Counter(0)).expect("random");
    let first = record.present(&token, CsrDigest::from_bytes([1; 32]), &key, NOW);
    assert!(first.record().attempts_left() <= record.attempts_left());
    let second = first.record().present(&token, CsrDigest::from_bytes([2; 32]), &key, NOW);
    assert!(!first.is_right() || !second.is_right());
    assert!(!first.is_right() || matches!(first.record().state(), TokenState::Redeemed { .. }));
    assert_eq!(TokenRecord::from_der(&second.record().to_der()).as_ref(), Ok(second.record()));
}

fn authority(data: &[u8]) {
    if let Ok(authority) = Authority::from_der(data) {
        assert_eq!(authority.to_der(), data);
        assert!(!authority.roots().is_empty());
    }
}

/// A token, credentials, a label, a binding.
fn texts(data: &[u8]) {
    if let Ok(token) = Token::from_text(&Secret::from(data)) {
        assert_eq!(Token::from_text(&token.to_text()), Ok(token));
    }
    if let Ok(credentials) = Credentials::from_header(&Secret::from(data)) {
        assert_eq!(Credentials::from_header(&credentials.to_header()), Ok(credentials));
    }
    let text = String::from_utf8_lossy(data);
    if let Ok(label) = Label::new(&text) {
        assert_eq!(Function::from_path(&Function::CsrAttrs.path(Some(&label))), Ok((Function::CsrAttrs, Some(label))));
    }
    if let Ok(binding) = ChannelBinding::new(data) {
        let password = binding.to_challenge_password();
        assert!(password.expose().len() <= 255);
        let linked =
            csr("Device", World::shared().device_key.public(), str::from_utf8(password.expose()).expect("ASCII"));
        let linked = Csr::from_der(linked.as_der()).expect("what was built");
        assert_eq!(Linking::Required.check(&linked, Some(&binding)), Ok(()));
    }
}
