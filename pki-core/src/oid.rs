//! [`Oid`] and the object identifiers that the family names.

use core::fmt;

use const_oid::{ObjectIdentifier, ObjectIdentifierRef};

/// An OBJECT IDENTIFIER: its contents octets, borrowed from what was read or from the table below.
///
/// Any identifier of any length survives; equality is equality of octets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid<'a>(&'a [u8]);

impl<'a> Oid<'a> {
    /// From contents octets, without tag and length. `None` if no sequence of arcs is encoded like that.
    #[must_use]
    pub const fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        match bytes {
            [] | [.., 0x80..=0xff] => None,
            _ => Some(Self(bytes)),
        }
    }

    /// The contents octets.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// From a constant of the `const-oid` crate.
    #[must_use]
    pub const fn from_const(oid: &'a ObjectIdentifier) -> Self {
        Self(oid.as_bytes())
    }
}

impl fmt::Display for Oid<'_> {
    /// Dotted decimal; identifiers with arcs over 32 bits in hexadecimal as `#2b06…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ObjectIdentifierRef::from_bytes(self.0) {
            Ok(oid) => write!(f, "{oid}"),
            Err(_) => {
                f.write_str("#")?;
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

impl fmt::Debug for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

macro_rules! table {
    ($($(#[$doc:meta])* $name:ident = $dotted:literal;)*) => {
        $($(#[$doc])* #[doc = concat!(" `", $dotted, "`")]
        pub const $name: Oid<'static> = {
            const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap($dotted);
            Oid::from_const(&OID)
        };)*

        #[cfg(test)]
        const TABLE: &[(Oid<'static>, &str)] = &[$(($name, $dotted)),*];
    };
}

table! {
    // Names: RFC 5280 appendix A, RFC 4519, RFC 2985.
    /// commonName
    COMMON_NAME = "2.5.4.3";
    /// surname
    SURNAME = "2.5.4.4";
    /// serialNumber (of a device or person)
    SERIAL_NUMBER = "2.5.4.5";
    /// countryName
    COUNTRY_NAME = "2.5.4.6";
    /// localityName
    LOCALITY_NAME = "2.5.4.7";
    /// stateOrProvinceName
    STATE_OR_PROVINCE_NAME = "2.5.4.8";
    /// streetAddress
    STREET_ADDRESS = "2.5.4.9";
    /// organizationName
    ORGANIZATION_NAME = "2.5.4.10";
    /// organizationalUnitName
    ORGANIZATIONAL_UNIT_NAME = "2.5.4.11";
    /// title
    TITLE = "2.5.4.12";
    /// givenName
    GIVEN_NAME = "2.5.4.42";
    /// initials
    INITIALS = "2.5.4.43";
    /// generationQualifier
    GENERATION_QUALIFIER = "2.5.4.44";
    /// dnQualifier
    DN_QUALIFIER = "2.5.4.46";
    /// pseudonym
    PSEUDONYM = "2.5.4.65";
    /// domainComponent
    DOMAIN_COMPONENT = "0.9.2342.19200300.100.1.25";
    /// userId
    USER_ID = "0.9.2342.19200300.100.1.1";
    /// emailAddress
    EMAIL_ADDRESS = "1.2.840.113549.1.9.1";
    /// unstructuredName
    UNSTRUCTURED_NAME = "1.2.840.113549.1.9.2";
    /// User principal name, an otherName of Microsoft's
    UPN = "1.3.6.1.4.1.311.20.2.3";
    /// id-on-SmtpUTF8Mailbox: RFC 9598
    SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9";

    // Attributes: RFC 2985, RFC 5652.
    /// contentType
    CONTENT_TYPE = "1.2.840.113549.1.9.3";
    /// messageDigest
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
    /// signingTime
    SIGNING_TIME = "1.2.840.113549.1.9.5";
    /// challengePassword
    CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7";
    /// extensionRequest
    EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
    /// Microsoft's certificate extensions attribute, an older form of extensionRequest
    MICROSOFT_CERTIFICATE_EXTENSIONS = "1.3.6.1.4.1.311.2.1.14";

    // CMS content types: RFC 5652.
    /// id-data
    DATA = "1.2.840.113549.1.7.1";
    /// id-signedData
    SIGNED_DATA = "1.2.840.113549.1.7.2";
    /// id-envelopedData
    ENVELOPED_DATA = "1.2.840.113549.1.7.3";
    /// id-ct-authEnvelopedData: RFC 5083
    AUTH_ENVELOPED_DATA = "1.2.840.113549.1.9.16.1.23";

    // Extensions of certificates, CRLs and CRL entries: RFC 5280 sections 4.2, 5.2 and 5.3.
    /// subjectDirectoryAttributes
    SUBJECT_DIRECTORY_ATTRIBUTES = "2.5.29.9";
    /// subjectKeyIdentifier
    SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
    /// keyUsage
    KEY_USAGE = "2.5.29.15";
    /// subjectAltName
    SUBJECT_ALT_NAME = "2.5.29.17";
    /// issuerAltName
    ISSUER_ALT_NAME = "2.5.29.18";
    /// basicConstraints
    BASIC_CONSTRAINTS = "2.5.29.19";
    /// cRLNumber
    CRL_NUMBER = "2.5.29.20";
    /// `szOID_ENROLL_CERTTYPE_EXTENSION`: the name of a certificate template of Microsoft's
    MICROSOFT_TEMPLATE_NAME = "1.3.6.1.4.1.311.20.2";
    /// `szOID_CERTIFICATE_TEMPLATE`: the identifier of a certificate template of Microsoft's
    MICROSOFT_TEMPLATE = "1.3.6.1.4.1.311.21.7";
    /// reasonCode, of CRL entries
    REASON_CODE = "2.5.29.21";
    /// invalidityDate, of CRL entries
    INVALIDITY_DATE = "2.5.29.24";
    /// deltaCRLIndicator
    DELTA_CRL_INDICATOR = "2.5.29.27";
    /// issuingDistributionPoint
    ISSUING_DISTRIBUTION_POINT = "2.5.29.28";
    /// certificateIssuer, of CRL entries
    CERTIFICATE_ISSUER = "2.5.29.29";
    /// nameConstraints
    NAME_CONSTRAINTS = "2.5.29.30";
    /// cRLDistributionPoints
    CRL_DISTRIBUTION_POINTS = "2.5.29.31";
    /// certificatePolicies
    CERTIFICATE_POLICIES = "2.5.29.32";
    /// anyPolicy
    ANY_POLICY = "2.5.29.32.0";
    /// policyMappings
    POLICY_MAPPINGS = "2.5.29.33";
    /// authorityKeyIdentifier
    AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
    /// policyConstraints
    POLICY_CONSTRAINTS = "2.5.29.36";
    /// extKeyUsage
    EXT_KEY_USAGE = "2.5.29.37";
    /// freshestCRL
    FRESHEST_CRL = "2.5.29.46";
    /// inhibitAnyPolicy
    INHIBIT_ANY_POLICY = "2.5.29.54";
    /// authorityInfoAccess
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";
    /// subjectInfoAccess
    SUBJECT_INFO_ACCESS = "1.3.6.1.5.5.7.1.11";
    /// id-ad-ocsp
    AD_OCSP = "1.3.6.1.5.5.7.48.1";
    /// id-ad-caIssuers
    AD_CA_ISSUERS = "1.3.6.1.5.5.7.48.2";
    /// id-ad-caRepository
    AD_CA_REPOSITORY = "1.3.6.1.5.5.7.48.5";

    // OCSP: RFC 6960 section 4.4 and appendix B.
    /// id-pkix-ocsp-basic
    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1";
    /// id-pkix-ocsp-nonce
    OCSP_NONCE = "1.3.6.1.5.5.7.48.1.2";
    /// id-pkix-ocsp-crl
    OCSP_CRL = "1.3.6.1.5.5.7.48.1.3";
    /// id-pkix-ocsp-response, the acceptable response types
    OCSP_RESPONSE = "1.3.6.1.5.5.7.48.1.4";
    /// id-pkix-ocsp-nocheck
    OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5";
    /// id-pkix-ocsp-archive-cutoff
    OCSP_ARCHIVE_CUTOFF = "1.3.6.1.5.5.7.48.1.6";
    /// id-pkix-ocsp-service-locator
    OCSP_SERVICE_LOCATOR = "1.3.6.1.5.5.7.48.1.7";
    /// id-pkix-ocsp-pref-sig-algs
    OCSP_PREFERRED_SIGNATURE_ALGORITHMS = "1.3.6.1.5.5.7.48.1.8";
    /// id-pkix-ocsp-extended-revoke
    OCSP_EXTENDED_REVOKE = "1.3.6.1.5.5.7.48.1.9";

    // Extended key usages: RFC 5280 section 4.2.1.12 and vendors'.
    /// anyExtendedKeyUsage
    ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";
    /// id-kp-serverAuth
    SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    /// id-kp-clientAuth
    CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    /// id-kp-codeSigning
    CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
    /// id-kp-emailProtection
    EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    /// id-kp-timeStamping
    TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
    /// id-kp-OCSPSigning
    OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
    /// id-kp-cmcRA: RFC 6402
    CMC_RA = "1.3.6.1.5.5.7.3.28";
    /// Certificate Request Agent, of Microsoft's (NDES enrolment agents)
    CERTIFICATE_REQUEST_AGENT = "1.3.6.1.4.1.311.20.2.1";

    // Public keys and signatures: RFC 3279, RFC 4055, RFC 5480, RFC 5758, RFC 8410.
    /// rsaEncryption
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
    /// md5WithRSAEncryption
    MD5_WITH_RSA = "1.2.840.113549.1.1.4";
    /// sha1WithRSAEncryption
    SHA1_WITH_RSA = "1.2.840.113549.1.1.5";
    /// id-RSAES-OAEP
    RSAES_OAEP = "1.2.840.113549.1.1.7";
    /// id-mgf1
    MGF1 = "1.2.840.113549.1.1.8";
    /// id-pSpecified
    P_SPECIFIED = "1.2.840.113549.1.1.9";
    /// id-RSASSA-PSS
    RSASSA_PSS = "1.2.840.113549.1.1.10";
    /// sha256WithRSAEncryption
    SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
    /// sha384WithRSAEncryption
    SHA384_WITH_RSA = "1.2.840.113549.1.1.12";
    /// sha512WithRSAEncryption
    SHA512_WITH_RSA = "1.2.840.113549.1.1.13";
    /// sha224WithRSAEncryption
    SHA224_WITH_RSA = "1.2.840.113549.1.1.14";
    /// id-ecPublicKey
    EC_PUBLIC_KEY = "1.2.840.10045.2.1";
    /// secp256r1, P-256
    SECP256R1 = "1.2.840.10045.3.1.7";
    /// secp384r1, P-384
    SECP384R1 = "1.3.132.0.34";
    /// secp521r1, P-521
    SECP521R1 = "1.3.132.0.35";
    /// ecdsa-with-SHA1
    ECDSA_WITH_SHA1 = "1.2.840.10045.4.1";
    /// ecdsa-with-SHA224
    ECDSA_WITH_SHA224 = "1.2.840.10045.4.3.1";
    /// ecdsa-with-SHA256
    ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    /// ecdsa-with-SHA384
    ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3";
    /// ecdsa-with-SHA512
    ECDSA_WITH_SHA512 = "1.2.840.10045.4.3.4";
    /// id-Ed25519
    ED25519 = "1.3.101.112";

    // Digests and ciphers: RFC 3370, RFC 3565, RFC 5754.
    /// md5
    MD5 = "1.2.840.113549.2.5";
    /// id-sha1
    SHA1 = "1.3.14.3.2.26";
    /// id-sha224
    SHA224 = "2.16.840.1.101.3.4.2.4";
    /// id-sha256
    SHA256 = "2.16.840.1.101.3.4.2.1";
    /// id-sha384
    SHA384 = "2.16.840.1.101.3.4.2.2";
    /// id-sha512
    SHA512 = "2.16.840.1.101.3.4.2.3";
    /// desCBC
    DES_CBC = "1.3.14.3.2.7";
    /// des-ede3-cbc
    DES_EDE3_CBC = "1.2.840.113549.3.7";
    /// id-aes128-CBC
    AES128_CBC = "2.16.840.1.101.3.4.1.2";
    /// id-aes192-CBC
    AES192_CBC = "2.16.840.1.101.3.4.1.22";
    /// id-aes256-CBC
    AES256_CBC = "2.16.840.1.101.3.4.1.42";
    /// id-aes128-GCM: RFC 5084
    AES128_GCM = "2.16.840.1.101.3.4.1.6";
    /// id-aes192-GCM
    AES192_GCM = "2.16.840.1.101.3.4.1.26";
    /// id-aes256-GCM
    AES256_GCM = "2.16.840.1.101.3.4.1.46";

    // Keys from passwords: RFC 3211, RFC 8018 appendix C.
    /// id-PBKDF2
    PBKDF2 = "1.2.840.113549.1.5.12";
    /// id-alg-PWRI-KEK
    PWRI_KEK = "1.2.840.113549.1.9.16.3.9";
    /// id-hmacWithSHA1
    HMAC_WITH_SHA1 = "1.2.840.113549.2.7";
    /// id-hmacWithSHA224
    HMAC_WITH_SHA224 = "1.2.840.113549.2.8";
    /// id-hmacWithSHA256
    HMAC_WITH_SHA256 = "1.2.840.113549.2.9";
    /// id-hmacWithSHA384
    HMAC_WITH_SHA384 = "1.2.840.113549.2.10";
    /// id-hmacWithSHA512
    HMAC_WITH_SHA512 = "1.2.840.113549.2.11";

    // SCEP attributes: RFC 8894 section 3.2.1, table 2.
    /// id-messageType
    SCEP_MESSAGE_TYPE = "2.16.840.1.113733.1.9.2";
    /// id-pkiStatus
    SCEP_PKI_STATUS = "2.16.840.1.113733.1.9.3";
    /// id-failInfo
    SCEP_FAIL_INFO = "2.16.840.1.113733.1.9.4";
    /// id-senderNonce
    SCEP_SENDER_NONCE = "2.16.840.1.113733.1.9.5";
    /// id-recipientNonce
    SCEP_RECIPIENT_NONCE = "2.16.840.1.113733.1.9.6";
    /// id-transactionID
    SCEP_TRANSACTION_ID = "2.16.840.1.113733.1.9.7";
    /// id-scep-failInfoText
    SCEP_FAIL_INFO_TEXT = "1.3.6.1.5.5.7.24.1";
    /// `szOID_ENROLL_SCEP_ERROR`: why NDES says no
    MICROSOFT_SCEP_ERROR = "1.3.6.1.4.1.311.21.33";
    /// `szOID_ENROLL_SCEP_SERVER_MESSAGE`: what the CA behind NDES says
    MICROSOFT_SCEP_SERVER_MESSAGE = "1.3.6.1.4.1.311.21.38";
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn the_table_prints_as_it_was_written() {
        for (oid, dotted) in TABLE {
            assert_eq!(oid.to_string(), *dotted);
        }
    }

    #[test]
    fn no_identifier_is_named_twice() {
        for (index, (oid, _)) in TABLE.iter().enumerate() {
            assert!(TABLE.iter().skip(index + 1).all(|(other, _)| other != oid), "{oid}");
        }
    }

    #[test]
    fn octets_of_rsadsi_as_in_x690() {
        assert_eq!(RSA_ENCRYPTION.as_bytes(), hex_literal::hex!("2a864886f70d010101"));
    }

    #[test]
    fn an_unfinished_arc_is_no_identifier() {
        assert_eq!(Oid::from_bytes(&[]), None);
        assert_eq!(Oid::from_bytes(&[0x2a, 0x86]), None);
    }

    #[test]
    fn arcs_too_long_to_print_are_shown_in_hexadecimal() {
        let oid = Oid::from_bytes(&[0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]).unwrap();
        assert_eq!(oid.to_string(), "#2affffffffff7f");
    }
}
