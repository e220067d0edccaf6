//! What has to outlive a restart: transactions and certificates, in SQLite.
//!
//! Each function is one statement, or one that is repeated if somebody else was faster; none waits for a key. Any number of
//! servers may share the file.

use std::{path::Path, time::Duration};

use pki_core::{Certificate, Csr, UnixTime, cms::PasswordKey, ocsp::CertStatus};
use rusqlite::{Connection, OptionalExtension as _, params};
use scep::server::{AuthorityId, TransactionKey, TransactionRecord, TransactionState};

use crate::Result;

pub fn open(path: &Path) -> Result<Connection> {
    let database = Connection::open(path)?;
    // Another process approves while this one serves.
    database.busy_timeout(Duration::from_secs(10))?;
    database.execute_batch(
        "PRAGMA journal_mode = WAL;
         CREATE TABLE IF NOT EXISTS certificates (
            authority BLOB NOT NULL, serial BLOB NOT NULL, subject TEXT NOT NULL, not_after INTEGER NOT NULL,
            der BLOB NOT NULL, revoked INTEGER, PRIMARY KEY (authority, serial)
         ) STRICT;
         CREATE TABLE IF NOT EXISTS transactions (
            authority BLOB NOT NULL, id BLOB NOT NULL, csr BLOB NOT NULL, record BLOB NOT NULL,
            password_key BLOB, pending INTEGER NOT NULL, changed INTEGER NOT NULL, PRIMARY KEY (authority, id)
         ) STRICT;
         CREATE INDEX IF NOT EXISTS transactions_changed ON transactions (changed);",
    )?;
    Ok(database)
}

/// The transaction.
pub fn find(database: &Connection, key: &TransactionKey) -> Result<Option<TransactionRecord>> {
    let mut statement = database.prepare_cached("SELECT record FROM transactions WHERE authority = ?1 AND id = ?2")?;
    let record = statement.query_row(params![key.authority.as_bytes(), key.id.as_bytes()], |row| {
        Ok(TransactionRecord::from_der(row.get_ref(0)?.as_blob()?))
    });
    Ok(record.optional()?.transpose()?)
}

/// The undecided ones, and the CSRs that they are about.
pub fn pending(database: &Connection) -> Result<Vec<(TransactionRecord, Csr)>> {
    let mut statement = database.prepare("SELECT record, csr FROM transactions WHERE pending ORDER BY changed")?;
    let mut rows = statement.query([])?;
    let mut pending = Vec::new();
    while let Some(row) = rows.next()? {
        let record = TransactionRecord::from_der(row.get_ref(0)?.as_blob()?)?;
        pending.push((record, Csr::from_der(row.get_ref(1)?.as_blob()?)?));
    }
    Ok(pending)
}

/// After some time a transactionID may come again: clients that make it of their key want another certificate then. The
/// certificates stay.
pub fn forget_before(database: &Connection, time: UnixTime) -> Result<()> {
    database.execute("DELETE FROM transactions WHERE changed < ?1", [time.as_seconds()])?;
    Ok(())
}

/// A new transaction, undecided; nothing if there is one already.
pub fn insert(database: &Connection, record: &TransactionRecord, csr: &Csr) -> Result<()> {
    let TransactionKey { authority, id } = record.key();
    database.execute(
        "INSERT INTO transactions (authority, id, csr, record, pending, changed) VALUES (?1, ?2, ?3, ?4, TRUE, ?5)
         ON CONFLICT DO NOTHING",
        params![authority.as_bytes(), id.as_bytes(), csr.as_der(), record.to_der(), record.changed().as_seconds()],
    )?;
    Ok(())
}

/// Changes a transaction; anew if somebody else has changed it meanwhile.
pub fn change<T>(
    database: &Connection,
    key: &TransactionKey,
    change: impl Fn(&mut TransactionRecord) -> T,
) -> Result<T> {
    let mut statement = database.prepare_cached(
        "UPDATE transactions SET record = ?1, pending = ?2, changed = ?3
         WHERE authority = ?4 AND id = ?5 AND record = ?6",
    )?;
    loop {
        let mut record = find(database, key)?.ok_or("the transaction is gone")?;
        let before = record.to_der();
        let out = change(&mut record);
        let changed = statement.execute(params![
            record.to_der(),
            *record.state() == TransactionState::Pending,
            record.changed().as_seconds(),
            key.authority.as_bytes(),
            key.id.as_bytes(),
            before
        ])?;
        if changed == 1 {
            return Ok(out);
        }
    }
}

/// Forgets a transaction, so that its transactionID is free; unless it has changed meanwhile.
pub fn remove(database: &Connection, record: &TransactionRecord) -> Result<()> {
    let TransactionKey { authority, id } = record.key();
    database.execute(
        "DELETE FROM transactions WHERE authority = ?1 AND id = ?2 AND record = ?3",
        params![authority.as_bytes(), id.as_bytes(), record.to_der()],
    )?;
    Ok(())
}

/// Keeps what a later reply has to be encrypted with. It is a secret, as the challenge is that it is made of.
pub fn keep_password_key(database: &Connection, key: &TransactionKey, password_key: &PasswordKey) -> Result<()> {
    database.execute(
        "UPDATE transactions SET password_key = ?3 WHERE authority = ?1 AND id = ?2",
        params![key.authority.as_bytes(), key.id.as_bytes(), password_key.to_der().expose()],
    )?;
    Ok(())
}

pub fn password_key(database: &Connection, key: &TransactionKey) -> Result<Option<PasswordKey>> {
    let mut statement =
        database.prepare_cached("SELECT password_key FROM transactions WHERE authority = ?1 AND id = ?2")?;
    let found = statement.query_row(params![key.authority.as_bytes(), key.id.as_bytes()], |row| {
        Ok(row.get_ref(0)?.as_blob_or_null()?.map(PasswordKey::from_der))
    });
    Ok(found.optional()?.flatten().transpose()?)
}

/// The list of what was issued.
pub fn keep_certificate(database: &Connection, authority: &AuthorityId, certificate: &Certificate) -> Result<()> {
    let (serial, not_after) = (certificate.serial_number(), certificate.validity().not_after.as_seconds());
    database.execute(
        "INSERT INTO certificates (authority, serial, subject, not_after, der) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
        params![authority.as_bytes(), serial, certificate.subject().to_string(), not_after, certificate.as_der()],
    )?;
    Ok(())
}

/// A certificate by its serial number.
pub fn certificate(database: &Connection, authority: &AuthorityId, serial: &[u8]) -> Result<Option<Certificate>> {
    let mut statement = database.prepare_cached("SELECT der FROM certificates WHERE authority = ?1 AND serial = ?2")?;
    let found = statement
        .query_row(params![authority.as_bytes(), serial], |row| Ok(Certificate::from_der(row.get_ref(0)?.as_blob()?)));
    Ok(found.optional()?.transpose()?)
}

/// What is known of this very certificate.
pub fn status(database: &Connection, certificate: &Certificate) -> Result<CertStatus> {
    let mut statement = database.prepare_cached("SELECT revoked FROM certificates WHERE serial = ?1 AND der = ?2")?;
    let found = statement.query_row(params![certificate.serial_number(), certificate.as_der()], |row| row.get(0));
    Ok(match found.optional()? {
        None => CertStatus::Unknown,
        Some(None) => CertStatus::Good,
        Some(Some(at)) => CertStatus::Revoked { at: UnixTime::from_seconds(at), reason: None },
    })
}

/// Revokes what has this serial number, given in hexadecimal. Whether there was anything to revoke.
pub fn revoke(database: &Connection, serial: &str, now: UnixTime) -> Result<bool> {
    let changed = database.execute(
        "UPDATE certificates SET revoked = ?2 WHERE hex(serial) IN (upper(?1), '00' || upper(?1)) AND revoked IS NULL",
        params![serial, now.as_seconds()],
    )?;
    Ok(changed > 0)
}

/// Serial numbers and since when.
pub fn revoked(database: &Connection, authority: &AuthorityId) -> Result<Vec<(Vec<u8>, UnixTime)>> {
    let mut statement = database
        .prepare_cached("SELECT serial, revoked FROM certificates WHERE authority = ?1 AND revoked IS NOT NULL")?;
    let rows = statement.query_map([authority.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows
        .map(|row| row.map(|(serial, at)| (serial, UnixTime::from_seconds(at))))
        .collect::<std::result::Result<_, _>>()?)
}
