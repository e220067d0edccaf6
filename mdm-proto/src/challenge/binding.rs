//! [`Binding`]: who may use a challenge, and for what.

use alloc::sync::Arc;
use core::fmt;

use pki_core::{
    DecodeError, DecodeErrorKind,
    der::{Reader, Tag, Writer},
};

use crate::{csr_policy::Expectation, identity::der};

/// Who may use a challenge, and for what: a device, a profile, and what the CSR has to look like.
///
/// `device` and `profile` are the caller's own names for them. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    device: Arc<str>,
    profile: Arc<str>,
    request: Request,
}

/// What comes with the challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Request {
    /// Whatever CSR.
    Any,
    /// A CSR as expected.
    Expected(Arc<Expectation>),
    /// A message that nobody opens here.
    Sealed,
}

/// A name of a device or profile that is empty, too long, not printable, or a step in a path (`.`, `..`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidName;

impl Binding {
    /// Most octets in the name of a device or profile.
    pub const LONGEST_NAME: usize = 255;

    /// For this device, this profile, and CSRs that are as expected.
    ///
    /// # Errors
    /// [`InvalidName`] unless both names have 1 to [`LONGEST_NAME`](Self::LONGEST_NAME) octets and no control characters, and none
    /// is `.` or `..`, which clients take out of the path of a [proxy](crate::proxy::Route).
    pub fn new(device: &str, profile: &str, expectation: Expectation) -> Result<Self, InvalidName> {
        Ok(Self::any_request(device, profile)?.with_expectation(expectation))
    }

    /// For this device and this profile, and for whatever CSR: whoever has the challenge names himself. For CAs that decide every
    /// name themselves.
    ///
    /// # Errors
    /// As [`Binding::new`].
    pub fn any_request(device: &str, profile: &str) -> Result<Self, InvalidName> {
        let is_name = |name: &str| {
            let is_step = matches!(name, "." | "..");
            (1..=Self::LONGEST_NAME).contains(&name.len()) && !name.contains(char::is_control) && !is_step
        };
        if is_name(device) && is_name(profile) {
            Ok(Self { device: device.into(), profile: profile.into(), request: Request::Any })
        } else {
            Err(InvalidName)
        }
    }

    /// For this device and this profile, and for a transaction whose CSR is not seen: for tokens of a
    /// [proxy](crate::proxy). No CSR is authorised by it, since the CA behind looks at that.
    ///
    /// # Errors
    /// As [`Binding::new`].
    pub fn passage(device: &str, profile: &str) -> Result<Self, InvalidName> {
        Ok(Self { request: Request::Sealed, ..Self::any_request(device, profile)? })
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.device
    }

    /// The profile.
    #[must_use]
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// What the CSR has to look like; `None` if nothing is said of that.
    #[must_use]
    pub fn expectation(&self) -> Option<&Expectation> {
        match &self.request {
            Request::Expected(expectation) => Some(expectation),
            Request::Any | Request::Sealed => None,
        }
    }

    /// Whether it is for what passes a proxy, and for no CSR.
    pub(super) fn is_passage(&self) -> bool {
        self.request == Request::Sealed
    }

    pub(super) const fn shared_device(&self) -> &Arc<str> {
        &self.device
    }

    pub(super) fn with_expectation(self, expectation: Expectation) -> Self {
        Self { request: Request::Expected(Arc::new(expectation)), ..self }
    }

    /// The two names, and what comes with them unless that is whatever CSR.
    pub(super) fn encode(&self, w: &mut Writer) {
        self.encode_names(w);
        match &self.request {
            Request::Any => {}
            Request::Expected(expectation) => w.constructed(EXPECTATION, |w| w.raw(&expectation.to_der())),
            Request::Sealed => w.primitive(PASSAGE, &[]),
        }
    }

    pub(super) fn encode_names(&self, w: &mut Writer) {
        der::write_text(w, &self.device);
        der::write_text(w, &self.profile);
    }

    /// Reads what [`encode`](Self::encode) wrote; leaves what follows.
    pub(super) fn decode(fields: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let place = fields.error(DecodeErrorKind::InvalidString);
        let device = der::text(fields).map_err(DecodeError::within("device"))?;
        let profile = der::text(fields).map_err(DecodeError::within("profile"))?;
        let binding = Self::any_request(&device, &profile).map_err(|InvalidName| place)?;
        if let Some(element) = fields.optional(EXPECTATION)? {
            let expectation = Expectation::from_der(element.content());
            return Ok(binding.with_expectation(expectation.map_err(DecodeError::within("expectation"))?));
        }
        match fields.optional(PASSAGE)? {
            None => Ok(binding),
            Some(element) if element.content().is_empty() => Ok(Self { request: Request::Sealed, ..binding }),
            Some(element) => Err(element.error(DecodeErrorKind::InvalidValue)),
        }
    }
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the name of a device or profile has 1 to 255 octets, no control characters, and is not `.` or `..`",
        )
    }
}

impl core::error::Error for InvalidName {}

const EXPECTATION: Tag = Tag::context_constructed(0);
/// After [1], which stands for an expectation in sealed challenges.
const PASSAGE: Tag = Tag::context(2);
