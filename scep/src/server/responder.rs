//! [`Responder`]: who answers, and the first look at a request.

use alloc::{sync::Arc, vec::Vec};
use core::time::Duration;

use pki_core::{
    Certificate, Limits, UnixTime,
    algorithm::SignatureAlgorithm,
    cms::PasswordProfile,
    crypto::{CryptoProvider, SecureRandom},
};

use super::{
    ConfigError, Error, Generation, NextCaResponse, Query, Refusal, RegistrationAuthority, Sealed,
    reply::{EmptyContent, Reply, ReplyContext},
    text::FailInfoTexts,
};
use crate::{
    attribute::{KnownMessageType, MessageType},
    capability::{Capabilities, Capability},
    http::{HttpRequest, HttpResponse, Request},
    message::{MessageError, Received, ReplyAddress, Verified},
    peer::PeerProfile,
};

/// A SCEP server's identity and limits: certificates without their keys.
///
/// Immutable and cheap to clone. Any number of replicas give the same answers.
///
/// While a CA or an RA is replaced there are several generations of it (RFC 8894 sections 4.7 and 5.1):
///
/// - the current one is what GetCACert gives;
/// - the next one takes its place at a time, and is served as soon as it is known, since clients that have heard of it by
///   GetNextCACert may ask for certificates of its CA;
/// - former ones are served until their certificates expire.
///
/// A request is for the generation that it is encrypted to. That one's key opens it, [`Sealed::recipient`], that one's CA
/// issues, [`Sealed::issuer`], and that one's key signs the reply, [`Reply::signer`].
#[derive(Clone, Debug)]
pub struct Responder(Arc<Settings>);

/// A request at first sight.
#[must_use = "the peer waits for an answer"]
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "moved once, and taken apart at once")]
#[non_exhaustive]
pub enum Incoming {
    /// GetCACaps, GetCACert or GetNextCACert: answered as it stands.
    Query(Query),
    /// A PKIOperation whose signature holds and whose content is still closed.
    Sealed(Sealed),
}

#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// What is current until the next is.
    first: Arc<Generation>,
    next: Option<(Arc<Generation>, UnixTime)>,
    former: Vec<Arc<Generation>>,
    next_ca_response: Option<NextCaResponse>,
    pub(super) crypto: CryptoProvider,
    limits: Limits,
    renewal: Renewal,
    clock_tolerance: Option<Duration>,
    pub(super) password_profile: PasswordProfile,
    pub(super) empty_content: EmptyContent,
    pub(super) peer: PeerProfile,
    pub(super) fail_info_text: FailInfoTexts,
}

/// Whether RenewalReq is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Renewal {
    Refused,
    Served,
}

impl Responder {
    /// Of one generation: a CA with a registration authority apart from it, which is the recommended way. See
    /// [`Generation::new`].
    ///
    /// # Errors
    /// As [`Generation::new`].
    pub fn new(ca: Certificate, ra: RegistrationAuthority, crypto: CryptoProvider) -> Result<Self, ConfigError> {
        Ok(Self::of(Generation::new(ca, ra, &crypto)?, crypto))
    }

    /// Of one generation: a CA whose own key signs and decrypts SCEP messages. See [`Generation::with_ca_key`].
    ///
    /// # Errors
    /// As [`Generation::with_ca_key`].
    pub fn with_ca_key(ca: Certificate, crypto: CryptoProvider) -> Result<Self, ConfigError> {
        Ok(Self::of(Generation::with_ca_key(ca, &crypto)?, crypto))
    }

    /// Of this generation, made with the same provider.
    #[must_use]
    pub fn of(current: Generation, crypto: CryptoProvider) -> Self {
        Self(Arc::new(Settings {
            first: Arc::new(current),
            next: None,
            former: Vec::new(),
            next_ca_response: None,
            crypto,
            limits: Limits::DEFAULT,
            renewal: Renewal::Refused,
            clock_tolerance: None,
            password_profile: PasswordProfile::DEFAULT,
            empty_content: EmptyContent::Absent,
            peer: PeerProfile::TOLERANT,
            fail_info_text: FailInfoTexts::Off,
        }))
    }

    /// Adds the certificates above the CA, up to the root, which GetCACert then gives too (RFC 8894 section 2.2).
    #[must_use]
    pub fn with_superiors(self, superiors: impl IntoIterator<Item = Certificate>) -> Self {
        self.change(|settings| settings.first = Arc::new((*settings.first).clone().add_superiors(superiors)))
    }

    /// [`Generation::with_signature_algorithms`] of the generation that the responder was made of.
    #[must_use]
    pub fn with_signature_algorithms(self, algorithms: &[SignatureAlgorithm]) -> Self {
        self.change(|settings| {
            settings.first = Arc::new((*settings.first).clone().with_signature_algorithms(algorithms));
        })
    }

    /// Replaces what will follow at `at`, be it another CA or the same with another RA. Requests to it are taken at once;
    /// before `at` GetCACert does not give it.
    #[must_use]
    pub fn with_next(self, next: Generation, at: UnixTime) -> Self {
        self.change(|settings| settings.next = Some((Arc::new(next), at)))
    }

    /// Replaces those that went before, whose certificates clients may still have. Each is served until its encryption
    /// certificate or its CA's expires.
    #[must_use]
    pub fn with_former(self, former: impl IntoIterator<Item = Generation>) -> Self {
        self.change(|settings| settings.former = former.into_iter().map(Arc::new).collect())
    }

    /// Replaces the answer to GetNextCACert, which is then among the capabilities; without one the answer is HTTP status
    /// 404. It ends when [`Responder::with_next`]'s time has come: the next CA is the current one then.
    #[must_use]
    pub fn with_next_ca_response(self, response: NextCaResponse) -> Self {
        self.change(|settings| settings.next_ca_response = Some(response))
    }

    /// Serves RenewalReq and states the capability. Without it RenewalReq is refused with badRequest: what is not stated is
    /// not served, and what is stated is (RFC 8894 section 3.5.2). Renewals by PKCSReq come either way.
    #[must_use]
    pub fn with_renewal(self) -> Self {
        self.change(|settings| settings.renewal = Renewal::Served)
    }

    /// Refuses requests whose signingTime is further than this from the time here, either way, with badTime (RFC 8894
    /// section 3.2.1.4). Devices with a wrong clock are refused then, which is why nothing is looked at by default; requests
    /// without signingTime are taken in any case.
    #[must_use]
    pub fn with_clock_tolerance(self, tolerance: Duration) -> Self {
        self.change(|settings| settings.clock_tolerance = Some(tolerance))
    }

    /// Replaces how keys are derived from challengePasswords, under which replies go to keys that can't decrypt (RFC 8894
    /// section 3.1). The default is slow on purpose, some tenths of a second for each certificate: what is sent may be used to
    /// guess the password. One-time challenges of 128 random bits need no more than
    /// [`PasswordProfile::FEWEST_ITERATIONS`]; with fewer, requests by such keys are refused.
    #[must_use]
    pub fn with_password_profile(self, profile: PasswordProfile) -> Self {
        self.change(|settings| settings.password_profile = profile)
    }

    /// Writes a failInfoText into every FAILURE (RFC 8894 section 3.2.1.4), for people: what is wrong where anybody can see
    /// it, and no more than failInfo says where a private key was used to find out. [`Error`] has more, for the log.
    #[must_use]
    pub fn with_fail_info_text(self) -> Self {
        self.change(|settings| settings.fail_info_text = FailInfoTexts::On)
    }

    /// Replaces what stands where a reply has no content: for clients that can't read the form that RFC 8894 wants.
    #[must_use]
    pub fn with_empty_content(self, empty_content: EmptyContent) -> Self {
        self.change(|settings| settings.empty_content = empty_content)
    }

    /// Says who the clients are: what is tolerated of them, what they can read. Replaces
    /// [`with_empty_content`](Self::with_empty_content), too. [`PeerProfile::TOLERANT`] unless said.
    ///
    /// Clients of several kinds are served by one tolerant responder, or by one for each where the path tells them apart.
    ///
    /// # Errors
    /// [`ConfigError::UnsuitableKey`] if these clients don't get along with the key of one of the certificates, which is
    /// better known now than from each of them.
    pub fn with_peer(self, peer: PeerProfile) -> Result<Self, ConfigError> {
        let suits = |certificate: &Certificate| peer.keys.include(certificate.public_key());
        if !self.generations().flat_map(Generation::certificates).all(suits) {
            return Err(ConfigError::UnsuitableKey);
        }
        Ok(self.change(|settings| {
            settings.empty_content = peer.empty_content;
            settings.peer = peer;
        }))
    }

    /// Replaces the limits on what is read.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        self.change(|settings| settings.limits = limits)
    }

    /// The generation that GetCACert gives at `now`.
    #[must_use]
    pub fn current(&self, now: UnixTime) -> &Generation {
        self.0.current(now)
    }

    /// All generations, whatever the time.
    pub fn generations(&self) -> impl Iterator<Item = &Generation> {
        self.0.generations().map(|generation| &**generation)
    }

    /// What is stated at `now` (RFC 8894 section 3.5.2).
    #[must_use]
    pub fn capabilities(&self, now: UnixTime) -> Capabilities {
        let mut capabilities = Capabilities::of(&self.0.crypto);
        capabilities.extend((self.0.renewal == Renewal::Served).then_some(Capability::Renewal));
        capabilities.extend(self.0.next_ca_response(now).map(|_| Capability::GetNextCaCert));
        capabilities
    }

    /// Takes a request apart, as far as no private key is needed.
    ///
    /// `now` chooses the current generation; `rng` serves the nonce of a refusal.
    ///
    /// # Errors
    /// [`Refusal`], whose reply goes to the peer.
    pub fn receive(
        &self,
        request: &HttpRequest,
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<Incoming, Refusal> {
        let parsed = request.parse(&self.0.limits);
        if parsed.is_ok() {
            let check = self.0.peer.check_with(|| request.quirks());
            check.map_err(|quirk| Refusal::http(Error::Quirk(quirk)))?;
        }
        match parsed {
            Ok(Request::GetCaCaps { .. }) => Ok(Incoming::Query(Query::capabilities(&self.capabilities(now)))),
            Ok(Request::GetCaCert { .. }) => Ok(Incoming::Query(Query::certificates(self.current(now)))),
            Ok(Request::GetNextCaCert { .. }) => match self.0.next_ca_response(now) {
                Some(response) => Ok(Incoming::Query(Query::next_certificates(response))),
                None => Err(Refusal::http(Error::OperationUnsupported)),
            },
            Ok(Request::PkiOperation { message }) => self.receive_message(&message, now, rng).map(Incoming::Sealed),
            Err(error) => {
                let reply = Reply::Ready(HttpResponse::refusal(&error));
                Err(Refusal { cause: Error::Http(error), reply })
            }
        }
    }

    /// The same for a bare pkiMessage, where the caller has taken it out of HTTP.
    ///
    /// # Errors
    /// As [`Responder::receive`].
    pub fn receive_message(
        &self,
        message: &[u8],
        now: UnixTime,
        rng: &mut dyn SecureRandom,
    ) -> Result<Sealed, Refusal> {
        let received = Received::decode(message, self.0.limits).map_err(|error| Refusal::http(error.into()))?;
        let mut generation = self.0.current(now);
        let verified = received.verify(&self.0.crypto).map_err(Error::Message);
        let sealed = verified.and_then(|verified| {
            let chosen = self.0.chosen_by(&verified, now);
            generation = chosen.as_ref().map_or(generation, |chosen| chosen);
            self.seal(verified, chosen, now)
        });
        sealed.map_err(|cause| self.refuse(&received, generation, cause, rng))
    }

    /// The checks between the signature and the envelope, in the order of RFC 8894 section 3.2.1.
    fn seal(
        &self,
        verified: Verified,
        chosen: Result<&Arc<Generation>, MessageError>,
        now: UnixTime,
    ) -> Result<Sealed, Error> {
        let attributes = verified.attributes();
        match attributes.message_type.known() {
            Some(
                KnownMessageType::PkcsReq
                | KnownMessageType::CertPoll
                | KnownMessageType::GetCert
                | KnownMessageType::GetCrl,
            ) => {}
            Some(KnownMessageType::RenewalReq) if self.0.renewal == Renewal::Served => {}
            Some(KnownMessageType::RenewalReq) => return Err(Error::OperationUnsupported),
            _ => return Err(MessageError::UnexpectedType(attributes.message_type).into()),
        }
        let nonce = attributes.sender_nonce.clone().ok_or(Error::SenderNonceMissing)?;
        self.0.peer.check_with(|| verified.quirks()).map_err(Error::Quirk)?;
        self.0.check_clock(&verified, now)?;
        let signer = verified.signer().public_key();
        // Whether there is a password for such a key shows when the request is open, or is known from before.
        let by_password = !signer.can_encrypt();
        if by_password && matches!(attributes.message_type, MessageType::GET_CERT | MessageType::GET_CRL) {
            return Err(Error::ReplyUndeliverable);
        }
        let generation = chosen?;
        let (encryption, crypto) = (generation.encryption(), &self.0.crypto);
        let wrapped = verified.wrapped_key(encryption, crypto)?;
        let algorithms = verified.envelope_algorithms(encryption, crypto)?;
        if !by_password && !algorithms.fit(signer) {
            return Err(Error::ReplyUndeliverable);
        }
        let transaction_id = attributes.transaction_id.clone();
        let (responder, generation) = (self.clone(), Arc::clone(generation));
        let context = ReplyContext::new(responder, generation, verified.received(), transaction_id, Some(nonce));
        Sealed::new(verified, wrapped, context.answering(algorithms))
    }

    /// A CertRep FAILURE if the transaction is known, else an HTTP error.
    fn refuse(
        &self,
        received: &Received,
        generation: &Arc<Generation>,
        cause: Error,
        rng: &mut dyn SecureRandom,
    ) -> Refusal {
        let ReplyAddress { transaction_id, sender_nonce } = received.reply_address().clone();
        let Some(transaction_id) = transaction_id else { return Refusal::http(cause) };
        let generation = Arc::clone(generation);
        ReplyContext::new(self.clone(), generation, received, transaction_id, sender_nonce).refuse(cause, rng)
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0
    }

    fn change(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl Settings {
    fn current(&self, now: UnixTime) -> &Arc<Generation> {
        match &self.next {
            Some((next, at)) if now >= *at => next,
            _ => &self.first,
        }
    }

    fn generations(&self) -> impl Iterator<Item = &Arc<Generation>> {
        [&self.first].into_iter().chain(self.next.iter().map(|(next, _)| next)).chain(&self.former)
    }

    /// The generation that a request is encrypted to, the current one before others.
    fn chosen_by(&self, verified: &Verified, now: UnixTime) -> Result<&Arc<Generation>, MessageError> {
        let current = self.current(now);
        let is_over = |generation: &Generation| {
            [generation.ca(), generation.encryption()].iter().any(|certificate| certificate.validity().not_after < now)
        };
        let others = self.generations().filter(|other| !Arc::ptr_eq(other, current) && !is_over(other));
        let served: Vec<_> = [current].into_iter().chain(others).collect();
        let recipient = verified.recipient_among(served.iter().map(|generation| generation.encryption()))?;
        let chosen = served.into_iter().find(|generation| generation.encryption() == recipient);
        chosen.ok_or(MessageError::UnknownRecipient)
    }

    fn next_ca_response(&self, now: UnixTime) -> Option<&NextCaResponse> {
        let is_over = self.next.as_ref().is_some_and(|(_, at)| now >= *at);
        self.next_ca_response.as_ref().filter(|_| !is_over)
    }

    fn check_clock(&self, verified: &Verified, now: UnixTime) -> Result<(), Error> {
        let Some(tolerance) = self.clock_tolerance else { return Ok(()) };
        match verified.signing_time()? {
            Some(signing_time) if signing_time < now.minus(tolerance) || signing_time > now.plus(tolerance) => {
                Err(Error::ClockSkew { signing_time })
            }
            _ => Ok(()),
        }
    }
}

impl Refusal {
    pub(super) fn http(cause: Error) -> Self {
        let reply = Reply::http_error(cause.status());
        Self { cause, reply }
    }
}
