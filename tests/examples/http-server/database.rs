//! What has to outlive a restart: transactions and certificates, in SQLite.
//!
//! Each function is one statement, or one that is repeated if somebody else was faster; none waits for a key. Any number of
//! servers may share the file.

use std::{path::Path, time::Duration};

use pki_core::{Certificate, Csr, UnixTime};
use rusqlite::{Connection, OptionalExtension as _, params};
use scep::server::{TransactionKey, TransactionRecord, TransactionState};

use crate::Result;

pub fn open(path: &Path) -> Result<Connection> {
    let database = Connection::open(path)?;
    // Another process approves while this one serves.
    database.busy_timeout(Duration::from_secs(10))?;
    database.execute_batch(
        "PRAGMA journal_mode = WAL;
         CREATE TABLE IF NOT EXISTS certificates (
            serial BLOB PRIMARY KEY, subject TEXT NOT NULL, not_after INTEGER NOT NULL, der BLOB NOT NULL
         ) STRICT;
         CREATE TABLE IF NOT EXISTS transactions (
            authority BLOB NOT NULL, id BLOB NOT NULL, csr BLOB NOT NULL, record BLOB NOT NULL,
            pending INTEGER NOT NULL, changed INTEGER NOT NULL, PRIMARY KEY (authority, id)
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

/// The list of what was issued.
pub fn keep_certificate(database: &Connection, certificate: &Certificate) -> Result<()> {
    let (serial, not_after) = (certificate.serial_number(), certificate.validity().not_after.as_seconds());
    database.execute(
        "INSERT INTO certificates (serial, subject, not_after, der) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        params![serial, certificate.subject().to_string(), not_after, certificate.as_der()],
    )?;
    Ok(())
}
