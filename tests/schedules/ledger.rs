//! [`Ledger`]: what must hold, whatever happens.

use std::collections::BTreeMap;

use pki_core::Certificate;
use scep::{
    http::HttpResponse,
    server::{Finality, MessageDigest, TransactionKey},
};

/// What the CA signed and what went out, compared with what was signed and went out before.
#[derive(Default)]
pub struct Ledger {
    signed: BTreeMap<TransactionKey, Vec<u8>>,
    sent: BTreeMap<TransactionKey, Certificate>,
    replies: BTreeMap<(MessageDigest, Finality), Vec<u8>>,
    transactions: BTreeMap<MessageDigest, TransactionKey>,
    /// Whether every reply is kept, so that the same octets must get the same ones.
    pub keeps_all: bool,
    pub replayed: u32,
}

impl Ledger {
    /// The CA signs this.
    pub fn signed(&mut self, key: &TransactionKey, tbs: &[u8]) {
        let first = self.signed.entry(key.clone()).or_insert_with(|| tbs.to_vec());
        assert_eq!(first, tbs, "two certificates for {key}");
    }

    /// This certificate goes out.
    pub fn sent(&mut self, key: &TransactionKey, certificate: &Certificate) {
        let first = self.sent.entry(key.clone()).or_insert_with(|| certificate.clone());
        assert_eq!(first, certificate, "two certificates sent for {key}");
    }

    /// This reply goes out.
    pub fn replied(&mut self, message: &MessageDigest, finality: Finality, reply: &HttpResponse) {
        match self.replies.get(&(*message, finality)) {
            Some(first) if self.keeps_all => {
                assert!(*first == reply.body, "two {finality:?} replies to the same octets");
                self.replayed += 1;
            }
            Some(_) => {}
            None => {
                self.replies.insert((*message, finality), reply.body.clone());
            }
        }
    }

    /// Whether the last word on this message has gone out.
    pub fn is_over(&self, message: &MessageDigest) -> bool {
        self.replies.contains_key(&(*message, Finality::Final))
    }

    /// The message is of this transaction.
    pub fn belongs(&mut self, message: &MessageDigest, key: &TransactionKey) {
        self.transactions.insert(*message, key.clone());
    }

    /// The transaction of a message that was answered.
    pub fn transaction_of(&self, message: &MessageDigest) -> Option<&TransactionKey> {
        self.transactions.get(message)
    }
}
