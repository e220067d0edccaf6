//! [`PassThrough`]: what passes to the CA behind a proxy.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use core::fmt;

use pki_core::{Limits, crypto::CryptoProvider};
use scep::{
    MessageType, Method, TransactionId,
    http::{HttpError, HttpRequest, HttpResponse, Request},
    message::{MessageError, Received},
};
use sha2::{Digest as _, Sha256};

use crate::challenge::SpentOn;

/// What passes to the CA behind a proxy. Immutable, to be shared.
///
/// By default: GetCACaps, GetCACert, and PKIOperation with PKCSReq, RenewalReq or CertPoll. GetCert and GetCRL would let a device
/// ask for others' certificates in the proxy's name; GetNextCACert many CAs don't have.
#[derive(Clone, Debug)]
pub struct PassThrough {
    upstream: String,
    crypto: CryptoProvider,
    limits: Limits,
    types: BTreeSet<u32>,
    next_ca: NextCa,
}

/// Whether GetNextCACert passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextCa {
    Passes,
    Refused,
}

/// What is asked for.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "with a token, or without")]
pub enum Passage {
    /// A question about the CA, which anybody may ask.
    Query(Forward),
    /// A message: the token in the path has to be redeemed for it.
    Operation(Operation),
}

/// A message for the CA, from whoever has a token. Its signature holds: the sender has the key that it says.
#[derive(Debug)]
#[must_use = "the device waits"]
pub struct Operation {
    pub(super) forward: Forward,
    transaction: TransactionId,
    signer: [u8; 32],
    message_type: MessageType,
}

/// What goes to the CA: the request as it came, but for parameters that SCEP does not have.
#[derive(Debug)]
#[must_use = "the device waits"]
pub struct Forward {
    url: String,
    request: HttpRequest,
    limits: Limits,
}

/// Why a request does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotPassed {
    /// It is no SCEP request.
    Http(HttpError),
    /// The message can't be believed.
    Message(MessageError),
    /// An operation, or a message, that this proxy does not pass.
    NotAllowed,
}

impl PassThrough {
    /// To the CA at this address; what clients append is better cleaned off: [`clean_scep_url`](crate::ndes::clean_scep_url).
    #[must_use]
    pub fn new(upstream: &str, crypto: CryptoProvider) -> Self {
        let types = [MessageType::PKCS_REQ, MessageType::RENEWAL_REQ, MessageType::CERT_POLL];
        Self {
            upstream: upstream.into(),
            crypto,
            limits: Limits::DEFAULT,
            types: types.into_iter().map(MessageType::number).collect(),
            next_ca: NextCa::Refused,
        }
    }

    /// Lets GetNextCACert pass, too.
    #[must_use]
    pub fn with_next_ca(self) -> Self {
        Self { next_ca: NextCa::Passes, ..self }
    }

    /// Lets messages of this type pass, too: GetCert, GetCRL.
    #[must_use]
    pub fn add_message_type(mut self, message_type: MessageType) -> Self {
        self.types.insert(message_type.number());
        self
    }

    /// With other limits for messages and replies.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`NotPassed`]. Answer by [`NotPassed::to_http`].
    pub fn receive(&self, mut request: HttpRequest) -> Result<Passage, NotPassed> {
        let message = match request.parse(&self.limits).map_err(NotPassed::Http)? {
            Request::GetCaCaps { .. } | Request::GetCaCert { .. } => None,
            Request::GetNextCaCert { .. } if self.next_ca == NextCa::Passes => None,
            Request::PkiOperation { message } => Some(Received::decode(&message, self.limits)),
            _ => return Err(NotPassed::NotAllowed),
        };
        let verified = match message {
            None => None,
            Some(message) => {
                Some(message.and_then(|message| message.verify(&self.crypto)).map_err(NotPassed::Message)?)
            }
        };
        request.query = parameters(&request);
        let separator = if self.upstream.contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}{}", self.upstream, request.query);
        let forward = Forward { url, request, limits: self.limits };
        let Some(verified) = verified else { return Ok(Passage::Query(forward)) };
        let message_type = verified.attributes().message_type;
        if !self.types.contains(&message_type.number()) {
            return Err(NotPassed::NotAllowed);
        }
        let transaction = verified.attributes().transaction_id.clone();
        let signer = Sha256::digest(verified.signer().public_key().as_der()).into();
        Ok(Passage::Operation(Operation { forward, transaction, signer, message_type }))
    }
}

impl Operation {
    /// The transaction that the token is redeemed for.
    #[must_use]
    pub const fn transaction(&self) -> &TransactionId {
        &self.transaction
    }

    /// What the token is redeemed for: the transaction of this signer, since anybody can sign a message with the transactionID of
    /// another.
    pub(super) fn spends(&self) -> SpentOn {
        SpentOn::Transaction { id: self.transaction.clone(), signer: self.signer }
    }

    /// PKCSReq and so on.
    #[must_use]
    pub const fn message_type(&self) -> MessageType {
        self.message_type
    }
}

impl Forward {
    /// Where to send it: the CA's address with the query, whose parameters are octet for octet as the device sent them.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The request: method, query, content type and body.
    #[must_use]
    pub const fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// What goes back to the device: the answer as it came, or 502 for one that is larger than any that makes sense.
    #[must_use]
    pub fn finish(self, answer: HttpResponse) -> HttpResponse {
        if answer.body.len() > self.limits.size { self.unreachable() } else { answer }
    }

    /// What goes back if there was no answer: 502, upon which clients ask again.
    #[must_use]
    pub fn unreachable(self) -> HttpResponse {
        HttpResponse::new(502, "text/plain", "the CA can't be reached\n")
    }
}

impl NotPassed {
    /// What goes back.
    #[must_use]
    pub fn to_http(&self) -> HttpResponse {
        match self {
            Self::Http(error) => HttpResponse::refusal(error),
            Self::Message(_) => HttpResponse::new(400, "text/plain", "the message can't be read\n"),
            Self::NotAllowed => HttpResponse::new(403, "text/plain", "not here\n"),
        }
    }
}

impl fmt::Display for NotPassed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) => error.fmt(f),
            Self::Message(error) => write!(f, "the message can't be believed: {error}"),
            Self::NotAllowed => f.write_str("the operation does not pass this proxy"),
        }
    }
}

impl core::error::Error for NotPassed {}

/// The parameters that were read (RFC 8894 section 4.1), as they came, and no others: a server that takes `Operation`,
/// `%6Fperation` or what follows a semicolon for a parameter would see another operation than this proxy.
fn parameters(request: &HttpRequest) -> String {
    let is_read = |parameter: &&str| match parameter.split('=').next() {
        Some("operation") => true,
        Some("message") => request.method == Method::Get,
        _ => false,
    };
    let query = request.query.trim_start_matches('?');
    query.split('&').filter(is_read).collect::<Vec<_>>().join("&").replace(';', "%3B")
}
