//! What has to outlive a restart: transactions and certificates, in SQLite.

use std::{path::Path, time::Duration};

use pki_core::{Certificate, Csr, CsrDigest, PublicKey, UnixTime};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use scep::{
    FailInfo, TransactionId,
    server::{TransactionRecord, TransactionState},
};

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
            id BLOB PRIMARY KEY, csr_digest BLOB NOT NULL, csr BLOB NOT NULL, signer BLOB NOT NULL,
            created INTEGER NOT NULL, serial BLOB REFERENCES certificates, fail_info INTEGER
         ) STRICT;
         CREATE INDEX IF NOT EXISTS transactions_created ON transactions (created);",
    )?;
    Ok(database)
}

/// The transaction, and the CSR that it is about.
pub fn find(database: &Connection, id: &TransactionId) -> Result<Option<(TransactionRecord, Csr)>> {
    let mut statement = database.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?;
    statement.query_row([id.as_bytes()], |row| Ok(record(row))).optional()?.transpose()
}

/// The undecided ones.
pub fn pending(database: &Connection) -> Result<Vec<(TransactionRecord, Csr)>> {
    let mut statement = database.prepare(&format!("{SELECT} WHERE t.serial IS NULL AND fail_info IS NULL"))?;
    statement.query_map([], |row| Ok(record(row)))?.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().collect()
}

/// After some time a transactionID may come again: clients that make it of their key want another certificate then. The
/// certificates stay.
pub fn forget_before(database: &Connection, time: UnixTime) -> Result<()> {
    database.execute("DELETE FROM transactions WHERE created < ?1", [time.as_seconds()])?;
    Ok(())
}

/// A row of [`SELECT`].
fn record(row: &Row<'_>) -> Result<(TransactionRecord, Csr)> {
    let csr = Csr::from_der(row.get_ref(2)?.as_blob()?)?;
    let state = match (row.get_ref(5)?.as_blob_or_null()?, row.get(6)?) {
        (Some(der), _) => TransactionState::Issued(vec![Certificate::from_der(der)?]),
        (None, Some(info)) => TransactionState::Rejected(FailInfo::new(info)),
        (None, None) => TransactionState::Pending,
    };
    let record = TransactionRecord::from_parts(
        TransactionId::from_bytes(row.get_ref(0)?.as_blob()?)?,
        CsrDigest::from_bytes(row.get(1)?),
        PublicKey::from_der(row.get_ref(3)?.as_blob()?)?,
        state,
        UnixTime::from_seconds(row.get(4)?),
    );
    Ok((record, csr))
}

/// A new transaction, undecided.
pub fn insert(database: &Connection, record: &TransactionRecord, csr: &Csr) -> Result<()> {
    let TransactionRecord { transaction_id, csr: digest, signer, created, .. } = record;
    database.execute(
        "INSERT INTO transactions (id, csr_digest, csr, signer, created) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![transaction_id.as_bytes(), digest.as_bytes(), csr.as_der(), signer.as_der(), created.as_seconds()],
    )?;
    Ok(())
}

/// Decides a transaction; not at all by [`TransactionState::Pending`].
pub fn settle(database: &Connection, id: &TransactionId, state: &TransactionState) -> Result<()> {
    match state {
        TransactionState::Pending => {}
        TransactionState::Rejected(info) => {
            database.execute(
                "UPDATE transactions SET fail_info = ?2 WHERE id = ?1",
                params![id.as_bytes(), info.number()],
            )?;
        }
        TransactionState::Issued(chain) => {
            let certificate = chain.first().ok_or("nothing was issued")?;
            let (serial, not_after) = (certificate.serial_number(), certificate.validity().not_after.as_seconds());
            database.execute(
                "INSERT INTO certificates (serial, subject, not_after, der) VALUES (?1, ?2, ?3, ?4)",
                params![serial, certificate.subject().to_string(), not_after, certificate.as_der()],
            )?;
            database.execute("UPDATE transactions SET serial = ?2 WHERE id = ?1", params![id.as_bytes(), serial])?;
        }
    }
    Ok(())
}

const SELECT: &str = "SELECT id, csr_digest, csr, signer, created, der, fail_info
    FROM transactions t LEFT JOIN certificates c ON c.serial = t.serial";
