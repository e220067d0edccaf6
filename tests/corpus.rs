//! The corpus of the fuzz targets, replayed by the stable compiler: each file as it is, cut short, and damaged.

use std::{fs, path::PathBuf};

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

/// Cuts and mutations of each file. All targets together take seconds.
const VARIANTS: u64 = 40;

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let directory: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "fuzz", "corpus", target].iter().collect();
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// The same sequence on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % limit
    }

    fn octet(&mut self) -> u8 {
        // The octets that lengths, tags and flags are made of are worth more than others.
        const TELLING: [u8; 12] = [0x00, 0x01, 0x04, 0x24, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x84, 0xa0, 0xff];
        match self.below(2) {
            0 => TELLING[self.below(TELLING.len())],
            _ => u8::try_from(self.below(256)).unwrap(),
        }
    }

    /// One change: an octet replaced, inserted or taken out, or a stretch written twice.
    fn damage(&mut self, data: &mut Vec<u8>) {
        let place = self.below(data.len().max(1));
        match self.below(4) {
            0 => data.insert(place, self.octet()),
            1 if !data.is_empty() => drop(data.remove(place)),
            2 => {
                let end = data.len().min(place + 1 + self.below(40));
                data.extend_from_within(place.min(end)..end);
            }
            _ if !data.is_empty() => data[place] = self.octet(),
            _ => {}
        }
    }
}

fn replay(target: &str) {
    let (_, body) = fuzz::TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    let files = corpus(target);
    assert!(!files.is_empty(), "no corpus");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    body(&[]);
    for file in files {
        body(&file);
        for _ in 0..VARIANTS {
            body(&file[..random.below(file.len() + 1)]);
            let mut damaged = file.clone();
            for _ in 0..=random.below(3) {
                random.damage(&mut damaged);
            }
            body(&damaged);
        }
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name));
        })*

        #[test]
        fn every_target_is_replayed() {
            let known = fuzz::TARGETS.iter().map(|(name, _)| *name);
            assert!(known.eq([$(stringify!($name)),*]));
        }
    };
}

targets! {
    ber_reader capabilities certificate chain chain_bytes client_dialogue cms crl csr extension http_request name
    name_constraints ocsp pem pending_record scep_message server_dialogue
    activation_device activation_service broker est mscep_admin plist profile_json sealed_challenge syncml
}
