//! [`Webhook`]: one that a CA calls.

use alloc::{
    format,
    string::{String, ToString as _},
    sync::Arc,
};

use pki_core::{Certificate, Secret, UnixTime};
use scep::http::HttpResponse;
use serde_json::Value;

use super::{
    ID_HEADER, SIGNATURE_HEADER,
    body::{Body, Raw, Reply, Request},
    signing_key,
};
use crate::{
    challenge::{
        Grant, InvalidChallenge, Presented, RedeemError,
        external::{
            Ask, BasicAuth, Call, ExternalError, Failure, Question,
            call::{read, secret_text, shown},
            notify::{Duty, Recipient, transaction_text},
        },
    },
    keyed,
};

/// A webhook that a CA calls, of the kinds SCEPCHALLENGE and NOTIFYING. Cheap to clone.
///
/// step-ca calls by HTTPS only, waits ten seconds, and calls once more.
#[derive(Clone, Debug)]
pub struct Webhook(Arc<Settings>);

#[derive(Debug)]
struct Settings {
    url: String,
    id: String,
    secret: Secret,
    provisioner: String,
    auth: Option<WebhookAuth>,
    notify: Option<Webhook>,
}

/// What says who calls, beside the signature.
#[derive(Debug)]
#[non_exhaustive]
pub enum WebhookAuth {
    /// Name and password.
    Basic(BasicAuth),
    /// A token.
    Bearer(Secret),
}

/// A webhook that was asked, and whom to tell what came of it.
#[derive(Clone, Debug)]
pub(in crate::challenge) struct Asked {
    notify: Option<Webhook>,
}

impl Webhook {
    /// At this address, with this number, and the secret that signs, in base64 as step-ca shows it.
    ///
    /// # Errors
    /// [`InvalidChallenge`] if the secret is empty, or no base64.
    pub fn new(url: &str, id: &str, secret: &Secret) -> Result<Self, InvalidChallenge> {
        let secret = signing_key(secret)?;
        let (url, id, provisioner) = (url.into(), id.into(), String::new());
        Ok(Self(Arc::new(Settings { url, id, secret, provisioner, auth: None, notify: None })))
    }

    /// In the name of this provisioner.
    #[must_use]
    pub fn with_provisioner(self, name: &str) -> Self {
        self.changed(|settings| settings.provisioner = name.into())
    }

    /// With what says who calls.
    #[must_use]
    pub fn with_auth(self, auth: WebhookAuth) -> Self {
        self.changed(|settings| settings.auth = Some(auth))
    }

    /// Tells this other one (NOTIFYING) what came of the requests whose challenge was right.
    #[must_use]
    pub fn with_notify(self, notify: Self) -> Self {
        self.changed(|settings| settings.notify = Some(notify))
    }

    /// Whether the challenge is right.
    ///
    /// # Errors
    /// [`RedeemError::Missing`] without a challenge.
    pub fn ask(&self, presented: &Presented, now: UnixTime) -> Result<Ask, RedeemError> {
        let challenge = secret_text(presented.challenge()?);
        let transaction = presented.transaction().map(transaction_text).unwrap_or_default();
        let call = self.call(Body {
            request: Some(Request::new(presented.csr())),
            scep_challenge: challenge.as_str().into(),
            transaction: transaction.into(),
            ..self.body(now)
        });
        let notify = self.0.notify.clone();
        Ok(Ask::new(call, presented.clone(), Question::StepCa(Asked { notify })))
    }

    pub(in crate::challenge) fn success(&self, duty: &Duty, certificate: &Certificate, now: UnixTime) -> Call {
        let certificate = Some(Raw::new(certificate.as_der()));
        self.call(Body { certificate, ..self.about(duty, now) })
    }

    pub(in crate::challenge) fn failure(&self, duty: &Duty, failure: &Failure<'_>, now: UnixTime) -> Call {
        let description: String = failure.text.chars().take(255).collect();
        let (scep_error_code, scep_error_description) = (failure.code.into(), description.into());
        self.call(Body { scep_error_code, scep_error_description, ..self.about(duty, now) })
    }

    fn about(&self, duty: &Duty, now: UnixTime) -> Body<'_> {
        let request = Some(Request::new(&duty.csr));
        Body { request, transaction: duty.transaction_text().into(), ..self.body(now) }
    }

    fn body(&self, now: UnixTime) -> Body<'_> {
        let provisioner_name = self.0.provisioner.as_str().into();
        Body { timestamp: now.to_string().into(), provisioner_name, ..Body::default() }
    }

    fn call(&self, body: Body<'_>) -> Call {
        let call = Call::json(self.0.url.clone(), &body);
        let signature = signature(&self.0.secret, &call.http().body);
        let call = call.with_header(SIGNATURE_HEADER, signature).with_header(ID_HEADER, self.0.id.as_str());
        match &self.0.auth {
            None => call,
            Some(WebhookAuth::Basic(auth)) => call.with_authorization(&auth.header()),
            Some(WebhookAuth::Bearer(token)) => {
                call.with_authorization(&Secret::new([b"Bearer ".as_slice(), token.expose()].concat()))
            }
        }
    }

    fn changed(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Arc::try_unwrap(self.0).unwrap_or_else(|shared| shared.copy());
        change(&mut settings);
        Self(Arc::new(settings))
    }
}

impl Settings {
    fn copy(&self) -> Self {
        let secret = |secret: &Secret| Secret::from(secret.expose());
        let auth = self.auth.as_ref().map(|auth| match auth {
            WebhookAuth::Basic(auth) => WebhookAuth::Basic(auth.copy()),
            WebhookAuth::Bearer(token) => WebhookAuth::Bearer(secret(token)),
        });
        Self {
            url: self.url.clone(),
            id: self.id.clone(),
            secret: secret(&self.secret),
            provisioner: self.provisioner.clone(),
            auth,
            notify: self.notify.clone(),
        }
    }
}

impl Asked {
    pub(in crate::challenge) fn allowed(
        &self,
        presented: &Presented,
        answer: &HttpResponse,
    ) -> Result<Grant, ExternalError> {
        let reply: Reply<'_> = read(answer, LARGEST_REPLY)?;
        if !reply.allow {
            let (code, message) = reply.error.map(|error| (error.code, error.message)).unzip();
            return Err(ExternalError::Refused { code: shown(code), message: shown(message) });
        }
        let data = (reply.data != Value::Null).then(|| reply.data.to_string().into());
        let grant = Grant::new(presented).with_data(data);
        Ok(match &self.notify {
            None => grant,
            Some(notify) => grant.with_duty(Duty::new(Recipient::StepCa(notify.clone()), presented)),
        })
    }
}

/// The HMAC-SHA-256 of a body, in hexadecimal.
pub(super) fn signature(secret: &Secret, body: &[u8]) -> String {
    keyed::hash(secret.expose(), &[body]).iter().map(|octet| format!("{octet:02x}")).collect()
}

/// A yes, and what goes into a certificate's template.
const LARGEST_REPLY: usize = 256 * 1024;
