//! What has to outlive a restart, in SQLite.
//!
//! Every record is octets with a kind and a name, and changes by compare-and-set: one statement, which the first to make it
//! wins. Any number of services may share the file.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use pki_core::{Certificate, UnixTime, crl::RevocationReason, ocsp::CertStatus};
use rusqlite::{Connection, OptionalExtension as _, params};
use scep::server::AuthorityId;

use crate::Result;

pub struct Database(Mutex<Connection>);

/// What a record is of.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// An activation password of a user.
    Activation,
    /// How often a broker was asked.
    Attempts,
    /// What a digest was blinded with.
    Blinding,
    /// A one-time challenge.
    Challenge,
    /// The client certificates of a device.
    Device,
    /// The authorities, and the server certificate.
    Installation,
    /// A SCEP profile.
    Profile,
    /// A profile that refers to one.
    Referrer,
    /// A message of a broker that a device has to sign.
    Relay,
    /// A key, a password, and the like.
    Secret,
    /// A SCEP transaction.
    Transaction,
    /// Which device a user has.
    User,
}

/// One revoked certificate.
pub struct Revoked {
    pub serial: Vec<u8>,
    pub at: UnixTime,
    pub reason: Option<RevocationReason>,
}

impl Database {
    pub fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS records (
                kind TEXT NOT NULL, name BLOB NOT NULL, record BLOB NOT NULL, ends INTEGER, PRIMARY KEY (kind, name)
             ) STRICT;
             CREATE INDEX IF NOT EXISTS records_ends ON records (ends);
             CREATE TABLE IF NOT EXISTS certificates (
                authority BLOB NOT NULL, serial BLOB NOT NULL, der BLOB NOT NULL, revoked INTEGER, reason INTEGER,
                PRIMARY KEY (authority, serial)
             ) STRICT;",
        )?;
        Ok(Self(Mutex::new(connection)))
    }

    pub fn load(&self, kind: Kind, name: &[u8]) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT record FROM records WHERE kind = ?1 AND name = ?2";
        Ok(self
            .connection()?
            .prepare_cached(sql)?
            .query_row(params![kind.name(), name], |row| row.get(0))
            .optional()?)
    }

    /// The record, which has to be there.
    pub fn find(&self, kind: Kind, name: &[u8]) -> Result<Vec<u8>> {
        self.load(kind, name)?.ok_or_else(|| format!("there is no record {kind:?} of this name").into())
    }

    /// All of a kind, by name.
    pub fn all(&self, kind: Kind) -> Result<Vec<Vec<u8>>> {
        let connection = self.connection()?;
        let mut statement = connection.prepare_cached("SELECT record FROM records WHERE kind = ?1 ORDER BY name")?;
        let rows = statement.query_map([kind.name()], |row| row.get(0))?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// A new record that is of use until then; whether there was none of this name.
    pub fn insert(&self, kind: Kind, name: &[u8], record: &[u8], ends: Option<UnixTime>) -> Result<bool> {
        let sql = "INSERT INTO records (kind, name, record, ends) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
        let ends = ends.map(UnixTime::as_seconds);
        Ok(self.connection()?.prepare_cached(sql)?.execute(params![kind.name(), name, record, ends])? == 1)
    }

    /// Compare and set: whether `old` was still there, or nothing if it is `None`.
    pub fn replace(&self, kind: Kind, name: &[u8], old: Option<&[u8]>, new: &[u8]) -> Result<bool> {
        let Some(old) = old else { return self.insert(kind, name, new, None) };
        let sql = "UPDATE records SET record = ?1 WHERE kind = ?2 AND name = ?3 AND record = ?4";
        Ok(self.connection()?.prepare_cached(sql)?.execute(params![new, kind.name(), name, old])? == 1)
    }

    /// Takes a record out: only one gets it.
    pub fn take(&self, kind: Kind, name: &[u8]) -> Result<Option<Vec<u8>>> {
        let sql = "DELETE FROM records WHERE kind = ?1 AND name = ?2 RETURNING record";
        Ok(self
            .connection()?
            .prepare_cached(sql)?
            .query_row(params![kind.name(), name], |row| row.get(0))
            .optional()?)
    }

    /// Forgets what has been of no use for two weeks: who comes too late is told apart from who comes with nothing for as long.
    pub fn forget_before(&self, now: UnixTime) -> Result<()> {
        let oldest = now.minus(Duration::from_secs(14 * 86_400)).as_seconds();
        self.connection()?.prepare_cached("DELETE FROM records WHERE ends < ?1")?.execute([oldest])?;
        Ok(())
    }

    // --- Certificates of the SCEP CAs

    pub fn keep_certificate(&self, authority: &AuthorityId, certificate: &Certificate) -> Result<()> {
        let sql = "INSERT INTO certificates (authority, serial, der) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        let parameters = params![authority.as_bytes(), certificate.serial_number(), certificate.as_der()];
        self.connection()?.prepare_cached(sql)?.execute(parameters)?;
        Ok(())
    }

    /// What is known of this very certificate.
    pub fn status(&self, certificate: &Certificate) -> Result<CertStatus> {
        let connection = self.connection()?;
        let mut statement =
            connection.prepare_cached("SELECT revoked, reason FROM certificates WHERE serial = ?1 AND der = ?2")?;
        let found = statement.query_row(params![certificate.serial_number(), certificate.as_der()], |row| {
            Ok((row.get(0)?, reason(row.get(1)?)))
        });
        Ok(match found.optional()? {
            None => CertStatus::Unknown,
            Some((None, _)) => CertStatus::Good,
            Some((Some(at), reason)) => CertStatus::Revoked { at: UnixTime::from_seconds(at), reason },
        })
    }

    /// Revokes what has this serial number, given in hexadecimal. Whether there was anything to revoke.
    pub fn revoke(&self, serial: &str, why: RevocationReason, now: UnixTime) -> Result<bool> {
        let sql = "UPDATE certificates SET revoked = ?2, reason = ?3
                   WHERE hex(serial) IN (upper(?1), '00' || upper(?1)) AND revoked IS NULL";
        Ok(self.connection()?.execute(sql, params![serial, now.as_seconds(), why.code()])? > 0)
    }

    pub fn revoked(&self, authority: &AuthorityId) -> Result<Vec<Revoked>> {
        let connection = self.connection()?;
        let mut statement = connection.prepare_cached(
            "SELECT serial, revoked, reason FROM certificates WHERE authority = ?1 AND revoked IS NOT NULL",
        )?;
        let rows = statement.query_map([authority.as_bytes()], |row| {
            Ok(Revoked { serial: row.get(0)?, at: UnixTime::from_seconds(row.get(1)?), reason: reason(row.get(2)?) })
        })?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// How many there are by this authority.
    pub fn issued(&self, authority: &AuthorityId) -> Result<u32> {
        let sql = "SELECT count(*) FROM certificates WHERE authority = ?1";
        Ok(self.connection()?.query_row(sql, [authority.as_bytes()], |row| row.get(0))?)
    }

    fn connection(&self) -> Result<MutexGuard<'_, Connection>> {
        self.0.lock().map_err(|_| "the database was left in disorder".into())
    }
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::Attempts => "attempts",
            Self::Blinding => "blinding",
            Self::Challenge => "challenge",
            Self::Device => "device",
            Self::Installation => "installation",
            Self::Profile => "profile",
            Self::Referrer => "referrer",
            Self::Relay => "relay",
            Self::Secret => "secret",
            Self::Transaction => "transaction",
            Self::User => "user",
        }
    }
}

fn reason(code: Option<u8>) -> Option<RevocationReason> {
    code.and_then(RevocationReason::from_code)
}
