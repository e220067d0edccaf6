//! [`Variable`] and [`Variables`]: what templates leave open, and what stands there for one device.

use alloc::{boxed::Box, collections::BTreeMap, string::String};
use core::fmt;

/// What a template leaves open: something about the user, the device or the profile that its place is taken by.
///
/// Names are neutral. Those by which UEM, Intune and Fleet call the same are [read](Variable::from_name), too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Variable {
    /// `AadDeviceId`: the device's identifier in Entra.
    AadDeviceId,
    /// `custom.NAME`: whatever the service has beside these.
    Custom(CustomVariable),
    /// `DeviceFqdn`: the device's fully qualified domain name.
    DeviceFqdn,
    /// `DeviceId`: the device's identifier in the service.
    DeviceId,
    /// `DeviceImei`
    DeviceImei,
    /// `DeviceMeid`
    DeviceMeid,
    /// `DeviceName`
    DeviceName,
    /// `DeviceSerial`: the serial number that its maker gave it.
    DeviceSerial,
    /// `ProfileId`: the identifier of the SCEP profile.
    ProfileId,
    /// `RenewalId`: a mark by which a renewal is told from the certificate before.
    RenewalId,
    /// `UserDistinguishedName`: the user's name in the directory. Where it stands alone it gives whole RDNs.
    UserDistinguishedName,
    /// `UserEmail`
    UserEmail,
    /// `UserName`
    UserName,
    /// `UserPrincipalName`
    UserPrincipalName,
    /// `UserSid`: the security identifier of the user or device in Active Directory, `S-1-5-21-...`.
    UserSid,
    /// `WifiMac`: the address of the device's Wi-Fi interface.
    WifiMac,
    /// `WorkSpaceId`: the identifier of the device's work space.
    WorkSpaceId,
}

/// The name of a variable that the service made up: 1 to 64 letters, digits, dashes and underscores, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomVariable(Box<str>);

/// Values for variables, of one device and profile.
///
/// An empty value is none: what a device has not is left out in the one way as in the other.
///
/// ```
/// use mdm_proto::profile::{NameTemplate, Variable, Variables};
///
/// let subject = NameTemplate::parse("CN=%UserName%,O=Example")?;
/// let variables = Variables::new().with(Variable::UserName, "Doe, Jane");
/// assert_eq!(subject.expand(&variables)?.to_string(), "CN=Doe\\, Jane,O=Example");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<Variable, String>);

impl Variable {
    /// By the name between the percent signs: ours, or one of UEM's, Intune's or Fleet's. Letter case, dashes and underscores
    /// make no difference.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if let Some((prefix, custom)) = name.split_once('.') {
            let custom = CustomVariable::new(custom).filter(|_| prefix.eq_ignore_ascii_case(CUSTOM));
            return custom.map(Self::Custom);
        }
        let same = |known: &str| letters(known).eq(letters(name));
        NAMES.iter().find(|(_, names)| names.iter().any(|known| same(known))).map(|(variable, _)| variable.clone())
    }

    /// The text in front of the value of `CustomVariable`, or the whole name.
    fn name(&self) -> &'static str {
        let names = NAMES.iter().find(|(variable, _)| variable == self).map(|(_, names)| *names);
        names.and_then(|names| names.first()).copied().unwrap_or(CUSTOM)
    }
}

impl CustomVariable {
    /// From what stands behind `custom.`; `None` if that is no name.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_name = matches!(name.len(), 1..=LONGEST_NAME) && name.bytes().all(allowed);
        is_name.then(|| Self(name.to_ascii_lowercase().into()))
    }

    /// The name, without `custom.`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Variables {
    /// Without values.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// With this value; an empty one takes it away.
    #[must_use]
    pub fn with(mut self, variable: Variable, value: impl Into<String>) -> Self {
        let value = value.into();
        if value.is_empty() {
            self.0.remove(&variable);
        } else {
            self.0.insert(variable, value);
        }
        self
    }

    /// The value, not empty.
    #[must_use]
    pub fn value(&self, variable: &Variable) -> Option<&str> {
        self.0.get(variable).map(String::as_str)
    }
}

impl fmt::Display for Variable {
    /// The name, without percent signs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Custom(custom) => write!(f, ".{}", custom.as_str()),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Variables {
    /// The names alone: values say who somebody is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What counts of a name.
fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(|byte| !matches!(byte, b'_' | b'-')).map(|byte| byte.to_ascii_lowercase())
}

const CUSTOM: &str = "custom";
const LONGEST_NAME: usize = 64;

/// Our name first, then those of UEM, Intune and Fleet.
const NAMES: &[(Variable, &[&str])] = &[
    (Variable::AadDeviceId, &["AadDeviceId", "AzureADDeviceId"]),
    (Variable::DeviceFqdn, &["DeviceFqdn", "FullyQualifiedDomainName"]),
    (Variable::DeviceId, &["DeviceId", "HostUuid"]),
    (Variable::DeviceImei, &["DeviceImei", "Imei", "ImeiNumber"]),
    (Variable::DeviceMeid, &["DeviceMeid", "Meid"]),
    (Variable::DeviceName, &["DeviceName"]),
    (Variable::DeviceSerial, &["DeviceSerial", "SerialNumber", "HostHardwareSerial"]),
    (Variable::ProfileId, &["ProfileId"]),
    (Variable::RenewalId, &["RenewalId", "ScepRenewalId", "CertificateRenewalId"]),
    (Variable::UserDistinguishedName, &["UserDistinguishedName", "OnPremDistinguishedName"]),
    (Variable::UserEmail, &["UserEmail", "UserEmailAddress", "EmailAddress"]),
    (Variable::UserName, &["UserName"]),
    (Variable::UserPrincipalName, &["UserPrincipalName"]),
    (Variable::UserSid, &["UserSid", "OnPremisesSecurityIdentifier"]),
    (Variable::WifiMac, &["WifiMac", "WifiMacAddress"]),
    (Variable::WorkSpaceId, &["WorkSpaceId"]),
];

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;

    #[test]
    fn every_variable_is_read_by_its_own_name() {
        for (variable, names) in NAMES {
            assert_eq!(Variable::from_name(&variable.to_string()).as_ref(), Some(variable));
            assert!(names.iter().all(|name| Variable::from_name(name).as_ref() == Some(variable)), "{variable}");
        }
        let custom = Variable::Custom(CustomVariable::new("Cost-Centre_7").unwrap());
        assert_eq!(custom.to_string(), "custom.cost-centre_7");
        assert_eq!(Variable::from_name("Custom.COST-centre_7"), Some(custom));
    }

    #[test]
    fn the_names_of_uem_intune_and_fleet_are_read() {
        for (name, variable) in [
            ("UserEmailAddress", Variable::UserEmail),
            ("AAD_Device_ID", Variable::AadDeviceId),
            ("SERIALNUMBER", Variable::DeviceSerial),
            ("IMEINumber", Variable::DeviceImei),
            ("MEID", Variable::DeviceMeid),
            ("OnPrem_Distinguished_Name", Variable::UserDistinguishedName),
            ("WiFiMacAddress", Variable::WifiMac),
            ("SCEP_RENEWAL_ID", Variable::RenewalId),
        ] {
            assert_eq!(Variable::from_name(name), Some(variable), "{name}");
        }
    }

    #[test]
    fn what_is_no_variable_is_none() {
        let long = format!("custom.{}", "a".repeat(65));
        for name in ["", "User", "custom", "custom.", "custom.a.b", "custom.a b", "other.a", long.as_str()] {
            assert_eq!(Variable::from_name(name), None, "{name}");
        }
        assert!(Variable::from_name(&long[..long.len() - 1]).is_some());
    }

    #[test]
    fn an_empty_value_is_none() {
        let variables = Variables::new().with(Variable::UserName, "jane").with(Variable::DeviceId, "");
        assert_eq!(variables.value(&Variable::UserName), Some("jane"));
        assert_eq!(variables.value(&Variable::DeviceId), None);
        assert_eq!(variables.with(Variable::UserName, "").value(&Variable::UserName), None);
    }

    #[test]
    fn debug_does_not_say_who_it_is() {
        let shown = format!("{:?}", Variables::new().with(Variable::UserName, "jane"));
        assert_eq!(shown, "Variables{UserName}");
    }
}
