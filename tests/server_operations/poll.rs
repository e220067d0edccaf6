//! CertPoll (RFC 8894 sections 3.3.3 and 4.4), decided by the transaction's record.

use conformance::{
    fixtures::{self, client_key, other_key},
    forge::RawMessage,
};
use pki_core::{crypto::Signer, oid};
use scep::{
    FailInfo, PkiStatus,
    message::IssuerAndSubject,
    server::{Conflict, Error, Incoming, Operation, TransactionRecord, TransactionState},
};

use super::Bench;

fn request(bench: &Bench) -> RawMessage {
    RawMessage::pkcs_req(&bench.server, "device", client_key())
}

/// A poll with this record.
fn answer(bench: &mut Bench, record: Option<&TransactionRecord>) -> Result<(), Error> {
    let message = bench.poll(client_key());
    let received = bench.server.responder.receive(&message.to_request(), bench.clock.now(), &mut bench.rng);
    let Ok(Incoming::Sealed(sealed)) = received else { panic!("{received:?}") };
    let operation = sealed.open_with(bench.server.signing_key(), &mut bench.rng).expect("an operation");
    let Operation::CertPoll(poll) = operation else { panic!("{operation:?}") };
    poll.answer(record, &mut bench.rng).map(drop).map_err(|refusal| refusal.cause)
}

fn record(bench: &Bench) -> TransactionRecord {
    bench.server.transactions.records().next().expect("a record").clone()
}

/// The same record as if it stood so.
fn in_state(record: &TransactionRecord, state: TransactionState) -> TransactionRecord {
    let (created, changed) = (record.created(), record.changed());
    TransactionRecord::from_parts(record.key().clone(), *record.csr(), record.signer().clone(), created, state, changed)
}

#[test]
fn scep_4_4_03_a_poll_for_an_unknown_transaction_is_refused() {
    let mut bench = Bench::new();
    let poll = bench.poll(client_key());
    assert_eq!(bench.refused(&poll, FailInfo::BAD_REQUEST), Error::Transaction(Conflict::Unknown));
}

#[test]
fn peers_6_4_cert_poll_for_another_s_transaction_is_refused() {
    let mut bench = Bench::pending(1);
    let request = request(&bench);
    let reply = bench.send(&request);
    assert_eq!(reply.attributes().pki_status, Some(PkiStatus::PENDING));
    let theirs = bench.poll(other_key());
    assert_eq!(bench.refused(&theirs, FailInfo::BAD_REQUEST), Error::Transaction(Conflict::DifferentRequest));
    let own = bench.poll(client_key());
    bench.granted(&own);
    assert_eq!(bench.refused(&theirs, FailInfo::BAD_REQUEST), Error::Transaction(Conflict::DifferentRequest));
}

#[test]
fn scep_3_3_3_02_the_names_of_a_poll_are_not_looked_at() {
    let mut bench = Bench::pending(1);
    let request = request(&bench);
    bench.send(&request);
    let signer = fixtures::self_signed("device", client_key());
    let (root, device, other) = (fixtures::name("Root"), fixtures::name("device"), fixtures::name("other"));
    let swapped = IssuerAndSubject::new(device.clone(), root.clone());
    for names in [swapped, IssuerAndSubject::new(other.clone(), other)] {
        let poll = RawMessage::request(&bench.server, "20", &names.to_der(), signer.clone(), client_key());
        bench.granted(&poll);
    }
    // And nothing is found by them.
    let poll = bench.poll(client_key()).set_text(oid::SCEP_TRANSACTION_ID, "another");
    assert_eq!(bench.refused(&poll, FailInfo::BAD_REQUEST), Error::Transaction(Conflict::Unknown));
}

#[test]
fn scep_4_4_1_01_a_poll_is_answered_by_the_state_of_its_record() {
    let mut bench = Bench::pending(3);
    let request = request(&bench);
    bench.send(&request);
    let poll = bench.poll(client_key());
    for _ in 0..2 {
        assert_eq!(bench.send(&poll).attributes().pki_status, Some(PkiStatus::PENDING));
    }
    let reply = bench.granted(&poll);
    let bundle = bench.open(&reply, &fixtures::self_signed("device", client_key()), client_key());
    assert_eq!(bundle.certificates[0].public_key(), Signer::public_key(client_key()).as_ref());
    // Asked again, the same.
    let again = bench.granted(&poll);
    let same = bench.open(&again, &fixtures::self_signed("device", client_key()), client_key());
    assert_eq!(same.certificates, bundle.certificates);

    let rejected = in_state(&record(&bench), TransactionState::Rejected(FailInfo::BAD_ALG));
    assert_eq!(answer(&mut bench, Some(&rejected)), Ok(()));
}

#[test]
fn a_record_that_is_another_transaction_s_is_no_answer() {
    let mut bench = Bench::pending(3);
    let request = request(&bench).set_text(oid::SCEP_TRANSACTION_ID, "another");
    bench.send(&request);
    let record = record(&bench);
    assert_eq!(answer(&mut bench, Some(&record)), Err(Error::Transaction(Conflict::DifferentRequest)));
}

#[test]
fn a_record_without_a_certificate_is_no_success() {
    let mut bench = Bench::pending(3);
    let request = request(&bench);
    bench.send(&request);
    let empty = in_state(&record(&bench), TransactionState::Issued(Vec::new()));
    assert_eq!(answer(&mut bench, Some(&empty)), Err(Error::CertificateMismatch));
}
