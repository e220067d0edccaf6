//! [`Protection`]: how messages to a CA are made and sent.

use alloc::borrow::Cow;

use pki_core::algorithm::{CipherAlgorithm, DigestAlgorithm};

use super::{ClientConfig, DowngradePolicy, Error, KnownCapabilities, StandardPolicy, Unsupported};
use crate::{
    capability::{Capabilities, Capability},
    http::Method,
    message::EnvelopeAlgorithms,
};

/// How messages to this CA are made and sent, by its capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Protection {
    pub(super) digest: DigestAlgorithm,
    pub(super) envelope: EnvelopeAlgorithms,
    pub(super) method: Method,
    /// What is known of the CA now, for the caller to keep.
    pub(super) seen: KnownCapabilities,
}

impl Protection {
    /// The best that the CA states and the provider has (RFC 8894 section 3.5.2), within what the caller puts up with.
    pub(super) fn choose(config: &ClientConfig, stated: &Capabilities) -> Result<Self, Error> {
        let seen = config.known_capabilities().updated(stated);
        let capabilities = believed(config, stated)?;
        let post = capabilities.supports(Capability::PostPkiOperation);
        let method = if post { Method::Post } else { Method::Get };
        let (digest, cipher) = algorithms(config, &capabilities)?;
        let envelope = EnvelopeAlgorithms { cipher, key_transport: config.key_transport() };
        if config.crypto().key_transport(envelope.key_transport).is_none() {
            return Err(Unsupported::Provider.into());
        }
        Ok(Self { digest, envelope, method, seen })
    }
}

/// What is made of what the CA states: nobody signed that (section 7.5).
fn believed<'c>(config: &ClientConfig, stated: &'c Capabilities) -> Result<Cow<'c, Capabilities>, Error> {
    let known = config.known_capabilities();
    let missing = known.missing_from(stated);
    let assumed = match config.standard_policy() {
        StandardPolicy::Assume => true,
        StandardPolicy::AssumeIfSilent => stated.known().next().is_none(),
        StandardPolicy::Refuse => false,
    };
    if missing.is_empty() && !assumed {
        return Ok(Cow::Borrowed(stated));
    }
    if !missing.is_empty() && config.downgrade_policy() == DowngradePolicy::Refuse {
        return Err(Error::Downgraded { missing });
    }
    let mut believed = stated.clone();
    believed.extend(missing);
    believed.extend(assumed.then_some(Capability::ScepStandard));
    Ok(Cow::Owned(believed))
}

fn algorithms(
    config: &ClientConfig,
    capabilities: &Capabilities,
) -> Result<(DigestAlgorithm, CipherAlgorithm), Unsupported> {
    let (crypto, floor) = (config.crypto(), config.algorithm_floor());
    let strong_digests = || capabilities.digests().filter(|digest| floor.allows_digest(*digest));
    let strong_ciphers = || capabilities.ciphers().filter(|cipher| floor.allows_cipher(*cipher));
    let authenticated = config.authenticated_encryption().and_then(|wanted| wanted.of(capabilities));
    let weak_digest = if strong_digests().next().is_none() { capabilities.digests().next() } else { None };
    let weak_cipher =
        if authenticated.is_none() && strong_ciphers().next().is_none() { capabilities.ciphers().next() } else { None };
    if weak_digest.is_some() || weak_cipher.is_some() {
        return Err(Unsupported::BelowFloor { digest: weak_digest, cipher: weak_cipher });
    }
    let digest = strong_digests().find(|digest| crypto.digest(digest.oid()).is_some());
    let digest = digest.ok_or(Unsupported::NoCommonAlgorithm)?;
    match authenticated {
        Some(cipher) if !cipher.is_authenticated() => Err(Unsupported::Cipher),
        Some(cipher) if crypto.authenticated_cipher(cipher.oid()).is_none() => Err(Unsupported::Provider),
        Some(cipher) => Ok((digest, cipher)),
        None => {
            let cipher = strong_ciphers().find(|cipher| crypto.cipher(cipher.oid()).is_some());
            Ok((digest, cipher.ok_or(Unsupported::NoCommonAlgorithm)?))
        }
    }
}

#[cfg(test)]
#[cfg(feature = "rustcrypto")]
mod tests {
    use pki_core::crypto::{CryptoProvider, rustcrypto::PROVIDER};

    use super::*;
    use crate::client::AuthenticatedEncryption;

    fn chosen(crypto: CryptoProvider, wanted: AuthenticatedEncryption, stated: &str) -> Result<CipherAlgorithm, Error> {
        let config = ClientConfig::new(crypto).with_authenticated_encryption(wanted);
        let capabilities = Capabilities::parse(stated.as_bytes()).unwrap();
        Protection::choose(&config, &capabilities).map(|protection| protection.envelope.cipher)
    }

    #[test]
    fn an_authenticated_cipher_is_used_where_both_sides_say_so() {
        let gcm = CipherAlgorithm::AES128_GCM;
        let agreed = || AuthenticatedEncryption::agreed(gcm);
        let stated = || AuthenticatedEncryption::stated_by("example.com-GCM", gcm);
        assert_eq!(chosen(PROVIDER, agreed(), "SCEPStandard").unwrap(), gcm);
        assert_eq!(chosen(PROVIDER, stated(), "SCEPStandard\nexample.com-gcm").unwrap(), gcm);
        assert_eq!(chosen(PROVIDER, stated(), "SCEPStandard").unwrap(), CipherAlgorithm::AES128_CBC);

        let without = CryptoProvider { authenticated_ciphers: &[], ..PROVIDER };
        assert_eq!(chosen(without, agreed(), "SCEPStandard"), Err(Unsupported::Provider.into()));
        let no_mode = AuthenticatedEncryption::agreed(CipherAlgorithm::AES256_CBC);
        assert_eq!(chosen(PROVIDER, no_mode, "SCEPStandard"), Err(Unsupported::Cipher.into()));
    }
}
