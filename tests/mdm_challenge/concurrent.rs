//! Many at once, one challenge.

use std::{
    collections::HashMap,
    sync::{Barrier, Mutex},
    thread,
};

use conformance::{
    TestRandom,
    fixtures::{client_key, other_key},
};
use mdm_proto::challenge::{
    Challenge, ChallengeFormat, ChallengeId, ChallengeRecord, Grant, Lookup, RedeemError, RedeemPolicy, Step,
};
use pki_core::{Csr, CsrDigest};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{after, alternative_names, binding, csr_with, now, present, service_key};

/// A place for records with a compare-and-set.
trait Store: Sync {
    fn get(&self, id: &ChallengeId) -> Option<ChallengeRecord>;
    /// Whether the old one was still there.
    fn replace(&self, old: &ChallengeRecord, new: &ChallengeRecord) -> bool;
}

impl Store for Mutex<HashMap<ChallengeId, Vec<u8>>> {
    fn get(&self, id: &ChallengeId) -> Option<ChallengeRecord> {
        let records = self.lock().expect("no panics");
        records.get(id).map(|der| ChallengeRecord::from_der(der).expect("a record"))
    }

    fn replace(&self, old: &ChallengeRecord, new: &ChallengeRecord) -> bool {
        let mut records = self.lock().expect("no panics");
        let is_there = records.get(&old.id()).is_some_and(|der| *der == old.to_der());
        if is_there {
            records.insert(old.id(), new.to_der());
        }
        is_there
    }
}

/// A database in a file, with a connection for each use.
struct Database(std::path::PathBuf);

impl Database {
    fn new(name: &str) -> Self {
        let mut path = std::env::temp_dir();
        path.push(format!("mdm-challenge-{}-{name}.sqlite", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let this = Self(path);
        let sql = "PRAGMA journal_mode = WAL;
            CREATE TABLE challenges (id BLOB PRIMARY KEY, device TEXT NOT NULL, ends INTEGER NOT NULL, record BLOB NOT NULL);";
        this.connection().execute_batch(sql).expect("a table");
        this
    }

    fn connection(&self) -> Connection {
        let connection = Connection::open(&self.0).expect("a database");
        connection.busy_timeout(std::time::Duration::from_secs(30)).expect("a timeout");
        connection
    }

    fn insert(&self, record: &ChallengeRecord) {
        let sql = "INSERT INTO challenges (id, device, ends, record) VALUES (?1, ?2, ?3, ?4)";
        let ends = record.ends(&RedeemPolicy::DEFAULT).as_seconds();
        let id = record.id();
        let values = params![id.as_bytes(), record.binding().device(), ends, record.to_der()];
        self.connection().execute(sql, values).expect("inserted");
    }
}

impl Store for Database {
    fn get(&self, id: &ChallengeId) -> Option<ChallengeRecord> {
        let sql = "SELECT record FROM challenges WHERE id = ?1";
        let der: Option<Vec<u8>> =
            self.connection().query_row(sql, params![id.as_bytes()], |row| row.get(0)).optional().expect("a query");
        der.map(|der| ChallengeRecord::from_der(&der).expect("a record"))
    }

    fn replace(&self, old: &ChallengeRecord, new: &ChallengeRecord) -> bool {
        let sql = "UPDATE challenges SET record = ?1 WHERE id = ?2 AND record = ?3";
        let id = old.id();
        let values = params![new.to_der(), id.as_bytes(), old.to_der()];
        self.connection().execute(sql, values).expect("an update") == 1
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What a server does, whole.
fn redeem(store: &dyn Store, csr: &Csr) -> Result<Grant, RedeemError> {
    let mut lookup = Lookup::new(&[service_key()], present(csr), RedeemPolicy::DEFAULT)?;
    loop {
        let record = lookup.ids().find_map(|id| store.get(id));
        lookup = match lookup.found(record.as_ref(), now())? {
            Step::Granted(grant) => return Ok(grant),
            Step::Store(spending) if store.replace(spending.previous(), spending.record()) => {
                return Ok(spending.stored());
            }
            Step::Store(spending) => spending.lost(),
            step => panic!("{step:?}"),
        };
    }
}

fn issue() -> (Challenge, ChallengeRecord) {
    service_key()
        .issue(binding("device"), after(3600), ChallengeFormat::DEFAULT, now(), &mut TestRandom::new(1))
        .expect("random")
}

/// Eight threads with two CSRs, or with one each, begin at once.
fn race(store: &dyn Store, csrs: &[Csr]) -> Vec<CsrDigest> {
    let start = Barrier::new(8);
    thread::scope(|scope| {
        let start = &start;
        let threads: Vec<_> = csrs
            .iter()
            .cycle()
            .take(8)
            .map(|csr| {
                scope.spawn(move || {
                    start.wait();
                    match redeem(store, csr) {
                        Ok(grant) => Some(*grant.redeemed().csr()),
                        Err(RedeemError::Spent) => None,
                        Err(error) => panic!("{error}"),
                    }
                })
            })
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().expect("no panic")).collect()
    })
}

/// Eight requests for the same names: a commonName in another letter case is the same name (RFC 5280 section 7.1) and another CSR.
fn eight(challenge: &Challenge) -> Vec<Csr> {
    let name = |number: u32| {
        let case = |(index, c): (usize, char)| if number >> index & 1 == 1 { c.to_ascii_uppercase() } else { c };
        "device".chars().enumerate().map(case).collect::<String>()
    };
    let key = |number: u32| if number.is_multiple_of(2) { client_key() } else { other_key() };
    (0..8).map(|number| csr_with(&name(number), alternative_names(), Some(challenge.expose()), key(number))).collect()
}

#[test]
fn eight_threads_with_eight_requests_give_exactly_one_success_in_memory() {
    for _ in 0..20 {
        let (challenge, record) = issue();
        let store = Mutex::new(HashMap::from([(record.id(), record.to_der())]));
        assert_eq!(race(&store, &eight(&challenge)).len(), 1);
    }
}

#[test]
fn eight_threads_with_eight_requests_give_exactly_one_success_in_a_database() {
    for round in 0..5 {
        let (challenge, record) = issue();
        let store = Database::new(&format!("eight-{round}"));
        store.insert(&record);
        assert_eq!(race(&store, &eight(&challenge)).len(), 1);
    }
}

#[test]
fn eight_threads_with_two_requests_give_one_of_them_to_all_who_sent_it() {
    let (challenge, record) = issue();
    let csr = |key| csr_with("device", alternative_names(), Some(challenge.expose()), key);
    let store = Database::new("two");
    store.insert(&record);
    let granted = race(&store, &[csr(client_key()), csr(other_key())]);
    assert_eq!(granted.len(), 4);
    assert!(granted.iter().all(|digest| *digest == granted[0]));
}
