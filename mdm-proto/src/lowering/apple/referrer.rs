//! Wi-Fi, VPN and e-mail payloads that refer to a SCEP payload.

use alloc::{string::String, vec::Vec};

use super::{ConfigurationProfile, InvalidIdentifier, Payload};
use crate::{
    plist::{Dictionary, Value},
    profile::{EapMethod, EmailProfile, ProfileId, Referrer, VpnAuthentication, VpnProfile, WifiProfile},
};

impl ConfigurationProfile {
    /// Adds the payload of a profile that refers to SCEP profiles, whose payloads go into the same configuration profile.
    ///
    /// `rest` is what the payload has beside: it is taken as it is, but for what the profile and the reference say. A Wi-Fi
    /// payload trusts the certificate payloads named by `anchors`. A VPN is one with IKEv2. The name of the payload is the
    /// profile's identifier.
    ///
    /// # Errors
    /// [`InvalidIdentifier`] if an identifier is too long inside of this profile's.
    pub fn add_referrer(
        self,
        referrer: &Referrer,
        anchors: &[&str],
        rest: Dictionary,
    ) -> Result<Self, InvalidIdentifier> {
        let (payload_type, content) = match referrer {
            Referrer::Email(profile) => ("com.apple.eas.account", self.email(profile, rest)?),
            Referrer::Vpn(profile) => ("com.apple.vpn.managed", self.vpn(profile, rest)?),
            Referrer::Wifi(profile) => ("com.apple.wifi.managed", self.wifi(profile, anchors, rest)?),
        };
        Ok(self.add_payload(Payload::new(payload_type, referrer.id().as_str(), content)))
    }

    fn wifi(
        &self,
        profile: &WifiProfile,
        anchors: &[&str],
        mut content: Dictionary,
    ) -> Result<Dictionary, InvalidIdentifier> {
        let mut eap = taken(&content, "EAPClientConfiguration");
        let methods = profile.methods().iter().map(|method| Value::from(eap_type(*method)));
        eap.insert("AcceptEAPTypes", methods.collect::<Vec<_>>());
        if !profile.server_names().is_empty() {
            let names = profile.server_names().iter().map(|name| name.as_str().into());
            eap.insert("TLSTrustedServerNames", names.collect::<Vec<Value>>());
        }
        if !anchors.is_empty() {
            let uuids = anchors.iter().map(|name| Ok(self.identifier_of(name)?.uuid().into()));
            eap.insert("PayloadCertificateAnchorUUID", uuids.collect::<Result<Vec<Value>, _>>()?);
        }
        content.insert("SSID_STR", profile.ssid());
        content.insert("EAPClientConfiguration", eap);
        content.insert_some("PayloadCertificateUUID", self.uuid_of(profile.certificate())?);
        Ok(content)
    }

    fn vpn(&self, profile: &VpnProfile, mut content: Dictionary) -> Result<Dictionary, InvalidIdentifier> {
        let mut ike = taken(&content, "IKEv2");
        let (method, extended) = match profile.authentication() {
            VpnAuthentication::Certificate => ("Certificate", false),
            VpnAuthentication::CertificateAndPassword => ("Certificate", true),
            // With EAP-TLS the certificate stands in the EAP exchange, not in IKE's own.
            VpnAuthentication::EapTls | VpnAuthentication::Password => ("None", true),
        };
        ike.insert("RemoteAddress", profile.server());
        ike.insert("AuthenticationMethod", method);
        ike.insert("ExtendedAuthEnabled", i32::from(extended));
        ike.insert_some("PayloadCertificateUUID", self.uuid_of(profile.certificate())?);
        content.insert("VPNType", "IKEv2");
        content.insert("IKEv2", ike);
        Ok(content)
    }

    fn email(&self, profile: &EmailProfile, mut content: Dictionary) -> Result<Dictionary, InvalidIdentifier> {
        content.insert("Host", profile.host());
        content.insert_some("PayloadCertificateUUID", self.uuid_of(profile.certificate())?);
        for (enabled, key, scep) in [
            ("SMIMESigningEnabled", "SMIMESigningCertificateUUID", profile.signing_certificate()),
            ("SMIMEEncryptByDefault", "SMIMEEncryptionCertificateUUID", profile.encryption_certificate()),
        ] {
            if let Some(uuid) = self.uuid_of(scep)? {
                content.insert(enabled, true);
                content.insert(key, uuid);
            }
        }
        Ok(content)
    }

    fn uuid_of(&self, scep: Option<&ProfileId>) -> Result<Option<String>, InvalidIdentifier> {
        scep.map(|id| Ok(self.identifier_of(id.as_str())?.uuid())).transpose()
    }
}

fn taken(content: &Dictionary, key: &str) -> Dictionary {
    content.find(key).and_then(Value::as_dictionary).cloned().unwrap_or_default()
}

/// The numbers of the IANA registry of EAP methods.
const fn eap_type(method: EapMethod) -> i32 {
    match method {
        EapMethod::Fast => 43,
        EapMethod::Peap => 25,
        EapMethod::Tls => 13,
        EapMethod::Ttls => 21,
    }
}
