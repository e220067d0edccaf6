//! The device's disk: one record, which is replaced as a whole, and a file for each key and each entry of the keystore.

use std::{
    fs,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use mdm_proto::keystore::{EntryId, KeyHandle};
use pki_core::{Certificate, Secret, crypto::rustcrypto::PrivateKey};

use super::record::Record;
use crate::Result;

pub struct Files {
    directory: PathBuf,
}

impl Files {
    pub fn open(directory: &Path) -> Result<Self> {
        for name in ["keys", "store"] {
            let mut builder = fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.recursive(true).create(directory.join(name))?;
        }
        Ok(Self { directory: directory.to_owned() })
    }

    pub fn load(&self) -> Result<Option<Record>> {
        match fs::read(self.directory.join(RECORD)) {
            Ok(json) => Record::from_json(&json).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub fn save(&self, record: &Record) -> Result<()> {
        self.write(RECORD, &record.to_json()?)
    }

    // --- Keys. A platform's agent has them in hardware.

    pub fn keep_key(&self, name: &KeyHandle, key: &PrivateKey) -> Result<()> {
        self.write(&key_file(name)?, key.to_pem().expose())
    }

    pub fn key(&self, name: &KeyHandle) -> Result<PrivateKey> {
        Ok(PrivateKey::from_pem(&fs::read_to_string(self.directory.join(key_file(name)?))?)?)
    }

    pub fn keys(&self) -> Result<Vec<KeyHandle>> {
        let files = fs::read_dir(self.directory.join("keys"))?;
        let names = files.map(|file| Ok(file?.file_name()));
        let names = names.collect::<Result<Vec<_>>>()?;
        let names = names.iter().filter_map(|name| name.to_str()?.strip_suffix(".pem"));
        names.map(|name| Ok(KeyHandle::new(name.as_bytes())?)).collect()
    }

    /// What is not there is deleted.
    pub fn delete_key(&self, name: &KeyHandle) -> Result<()> {
        delete(&self.directory.join(key_file(name)?))
    }

    // --- The work keystore

    pub fn add_entry(&self, id: EntryId, chain: &[Certificate]) -> Result<()> {
        let pem: String = chain.iter().map(Certificate::to_pem).collect();
        self.write(&format!("store/{id}.pem"), pem.as_bytes())
    }

    pub fn delete_entry(&self, id: EntryId) -> Result<()> {
        delete(&self.directory.join(format!("store/{id}.pem")))
    }

    /// The client certificate with its key, as curl wants them.
    pub fn show_client(&self, chain: &[Certificate], key: &KeyHandle) -> Result<()> {
        let pem: String = chain.iter().map(Certificate::to_pem).collect();
        let key = self.key(key)?.to_pem();
        self.write("client.pem", &[pem.as_bytes(), key.expose()].concat())
    }

    // --- What an activation needs while its answer is on the way: a secret.

    pub fn keep_request(&self, request: &Secret) -> Result<()> {
        self.write(REQUEST, request.expose())
    }

    pub fn request(&self) -> Option<Secret> {
        fs::read(self.directory.join(REQUEST)).ok().map(Secret::new)
    }

    pub fn delete_request(&self) -> Result<()> {
        delete(&self.directory.join(REQUEST))
    }

    /// The whole file or none of it, readable by its owner alone.
    fn write(&self, name: &str, octets: &[u8]) -> Result<()> {
        let (path, new) = (self.directory.join(name), self.directory.join(format!("{name}.new")));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        file.write_all(octets)?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        // The name is on the disk, too, when its directory is.
        let parent = path.parent().ok_or("no directory")?;
        Ok(fs::OpenOptions::new().read(true).open(parent)?.sync_all()?)
    }
}

fn key_file(name: &KeyHandle) -> Result<String> {
    Ok(format!("keys/{}.pem", str::from_utf8(name.as_bytes())?))
}

fn delete(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

const RECORD: &str = "agent.json";
const REQUEST: &str = "activation.der";
