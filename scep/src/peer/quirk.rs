//! [`Quirk`]: one deviation, and whose it is.

use core::fmt;

/// How far a quirk may be tolerated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Standing {
    /// RFC 8894 or CMS leave it open, though we would do it otherwise.
    Allowed,
    /// Against the RFC, and harmless: nothing that a signature, a nonce or a key proves hangs on it.
    Safe,
    /// An algorithm that RFC 8894 section 2.9 forbids. It is there only where the
    /// [`CryptoProvider`](pki_core::crypto::CryptoProvider) has it, which the default one does not.
    Legacy,
    /// Gives up something that the protocol proves. Tolerated only by a profile that names it.
    Unsafe,
    /// Never tolerated, whatever a profile says.
    Never,
}

macro_rules! quirks {
    ($($(#[$doc:meta])* $variant:ident: $standing:ident, $section:literal, [$($owner:literal),*], $text:literal;)*) => {
        /// A deviation from RFC 8894, or from what it builds on, that a real peer shows.
        ///
        /// Each says what deviates, whose it is, and what the tolerant side does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Quirk {
            $($(#[$doc])* $variant,)*
        }

        impl Quirk {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name of the variant.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)*
                }
            }

            /// Whose it is, by [`PeerProfile::name`](super::PeerProfile::name) where there is a profile; nobody's where the
            /// survey names none.
            #[must_use]
            pub const fn owners(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => &[$($owner),*],)*
                }
            }

            /// What it deviates from.
            #[must_use]
            pub const fn section(self) -> &'static str {
                match self {
                    $(Self::$variant => $section,)*
                }
            }

            /// How far it may be tolerated.
            #[must_use]
            pub const fn standing(self) -> Standing {
                match self {
                    $(Self::$variant => Standing::$standing,)*
                }
            }

            const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

quirks! {
    /// Signed attributes that are not in the order of a DER SET OF (A10: micromdm in 2016, OpenXPKI until 2022).
    ///
    /// Tolerated: the signature is verified over the bytes received.
    AttributeOrder: Safe, "RFC 5652 section 5.3", ["micromdm", "OpenXPKI"],
        "the signed attributes are not in DER order";
    /// An attribute whose text is a UTF8String or IA5String, or has a character that a PrintableString lacks (O13: early
    /// Microsoft and Cisco).
    ///
    /// Tolerated: read alike, and a transactionID goes back octet for octet.
    AttributeString: Safe, "RFC 8894 section 3.2.1", ["NDES", "Cisco IOS", "Cisco ASA"],
        "an attribute is no PrintableString";
    /// CA certificates with keyUsage for certificates and CRLs only, where they have to answer SCEP, too (micromdm).
    ///
    /// Tolerated where there is no other certificate.
    AuthorityKeyUsage: Safe, "RFC 8894 section 2.1.2", ["micromdm"],
        "the CA's keyUsage is for certificates and CRLs only";
    /// `-` and `_` in the base64 of a GET (A11: mdmb, and micromdm of old).
    ///
    /// Tolerated: read as `+` and `/`.
    Base64Alphabet: Safe, "RFC 8894 section 4.1", ["micromdm", "mdmb"],
        "the base64 has the URL-safe alphabet";
    /// `+`, `/` or `=` in the base64 of a GET without percent escape (A11: Apple escapes `=` only, strongSwan `+` only).
    ///
    /// Tolerated: a `+` stays a plus.
    Base64Escapes: Safe, "RFC 8894 section 4.1", ["Apple", "strongSwan"],
        "the base64 is not percent-escaped";
    /// Line breaks in the base64 of a GET, escaped or not (C1: Cisco IOS, sscep, strongSwan).
    ///
    /// Tolerated: left out.
    Base64LineBreaks: Safe, "RFC 8894 section 4.1", ["Cisco IOS", "Cisco ASA", "sscep", "strongSwan"],
        "the base64 has line breaks";
    /// Base64 of a GET without its padding (A11).
    ///
    /// Tolerated.
    Base64Padding: Safe, "RFC 8894 section 4.1", [],
        "the base64 has no padding";
    /// A space in the base64 of a GET: a plus that something on the way decoded (A11: Fleet).
    ///
    /// Tolerated: read as a plus.
    Base64Spaces: Safe, "RFC 8894 section 4.1", ["Fleet"],
        "the base64 has spaces";
    /// An envelope in BER that is not DER: indefinite lengths, long lengths, strings in pieces (A5: Apple in 2022; O2: EJBCA,
    /// jscep and whatever else is built on BouncyCastle).
    ///
    /// Tolerated: read by a bounded BER reader.
    BerEnvelope: Safe, "X.690 section 10", ["Apple", "EJBCA", "jscep"],
        "the envelope is BER";
    /// A message, or the certificates-only SignedData inside, in BER that is not DER (O2).
    ///
    /// Tolerated: the signature is verified over the contents received.
    BerMessage: Safe, "X.690 section 10", ["EJBCA", "jscep"],
        "the message is BER";
    /// A `message` beside GetCACaps, GetCACert or GetNextCACert, be it empty: a CA identifier as drafts had it (W3, N8, O10).
    ///
    /// Tolerated: handed to the caller.
    CaIdentifier: Safe, "RFC 8894 sections 3.5.1 and 4.2",
        ["Apple", "Windows", "Intune", "Cisco IOS", "Cisco ASA", "Juniper", "sscep", "certmonger", "jscep", "Chromebook"],
        "there is a CA identifier";
    /// GetCACaps keywords in another letter case than table 7 (C5).
    ///
    /// Tolerated: whole words in any letter case.
    CapabilitiesCase: Safe, "RFC 8894 section 3.5.2", ["Cisco IOS"],
        "capabilities are in another letter case";
    /// Several GetCACaps keywords in a line (C5: IOS as a CA).
    ///
    /// Tolerated: words are parted by any white space.
    CapabilitiesLine: Safe, "RFC 8894 section 3.5.2", ["Cisco IOS"],
        "several capabilities are in one line";
    /// A byte order mark in a GetCACaps response.
    ///
    /// Tolerated: passed over.
    CapabilitiesMark: Safe, "RFC 8894 section 3.5.2", [],
        "the capabilities have a byte order mark";
    /// No GetCACaps: an HTTP error or a page of HTML (N7: old NDES).
    ///
    /// Tolerated: a CA that states nothing.
    CapabilitiesMissing: Allowed, "RFC 8894 section 3.5.2", ["NDES"],
        "there are no capabilities";
    /// No certificate in the message, not even the signer's (N1: NDES; Dogtag).
    ///
    /// Tolerated in a reply: it is verified by the authority's certificate from GetCACert, never left unverified. A request
    /// without its signer's certificate is refused as such.
    CertificatesMissing: Safe, "RFC 8894 section 3.2", ["NDES", "Intune", "Dogtag"],
        "there are no certificates";
    /// A challengePassword that is neither PrintableString nor UTF8String (O11: claimed of tools around NDES, sscep, jscep).
    ///
    /// Tolerated: compared by its characters.
    ChallengeString: Safe, "RFC 2985 section 5.4.1", ["sscep", "jscep"],
        "the challengePassword is of an old string type";
    /// CertRep FAILURE or PENDING with an OCTET STRING of no octets for content (micromdm, step-ca, EJBCA).
    ///
    /// Tolerated: digests like no content.
    ContentEmpty: Safe, "RFC 8894 sections 3.3.2.2 and 3.3.2.3", ["micromdm", "step-ca", "EJBCA"],
        "the content is empty instead of absent";
    /// CertRep FAILURE or PENDING with octets for content (N3: NDES has one zero octet).
    ///
    /// Tolerated: covered by the signature, and not looked at.
    ContentMeaningless: Safe, "RFC 8894 sections 3.3.2.2 and 3.3.2.3", ["NDES", "Intune"],
        "there is content where there is none";
    /// A PKCS#10 request without attributes field, with an empty extensionRequest, or with a BER boolean.
    ///
    /// Tolerated.
    CsrForm: Safe, "RFC 2986 section 4.1", [],
        "the CSR has an odd form";
    /// Extensions asked for by Microsoft's attribute from before PKCS#9 had one (Windows).
    ///
    /// Tolerated: read as an extensionRequest.
    CsrMicrosoftExtensions: Safe, "RFC 2985 section 5.4.2", ["Windows", "Intune"],
        "the CSR has Microsoft's extension request";
    /// A PKCS#10 request of version 1 or 2 (A2: Apple in 2016 sent 2).
    ///
    /// Tolerated: the structure is the same.
    CsrVersion: Safe, "RFC 2986 section 4.1", ["Apple"],
        "the CSR has another version than 0";
    /// An eContentType that is not id-data but id-envelopedData: what general CMS libraries make of it.
    ///
    /// Tolerated: contentType has to agree with it all the same.
    EnvelopeContentType: Safe, "RFC 8894 section 3.2", [],
        "eContentType is not id-data";
    /// A message for a key that can't decrypt, with the CSR not enveloped at all: servers and clients from before the RFC.
    ///
    /// Never tolerated: it shows the challenge to everybody (RFC 8894 section 3.1).
    EnvelopeOmitted: Never, "RFC 8894 section 3.1", [],
        "the envelope is omitted";
    /// encryptedContent constructed, in pieces (O1: micromdm, step-ca and whatever else is built on Go's pkcs7; A5: Apple in
    /// 2022).
    ///
    /// Tolerated: joined.
    EnvelopePieces: Safe, "X.690 section 10", ["Apple", "micromdm", "step-ca"],
        "encryptedContent is in pieces";
    /// Signed attributes that neither RFC 5652 nor RFC 8894 has (O6: cryptlib's randomNonce; BouncyCastle's
    /// `CMSAlgorithmProtection`, RFC 6211). signingTime is none of them.
    ///
    /// Allowed: the RFC's list is a minimum.
    ExtraAttributes: Allowed, "RFC 8894 section 3.2.1", ["cryptlib", "jscep", "EJBCA"],
        "there are further signed attributes";
    /// CertRep FAILURE without failInfo, or with one that is no number (EJBCA in some cases).
    ///
    /// Tolerated: a failure remains one.
    FailInfoMissing: Safe, "RFC 8894 section 3.2.1.4", ["EJBCA"],
        "failInfo is missing";
    /// A failInfo that table 5 does not have (Dogtag has 5 to 12).
    ///
    /// Tolerated: handed to the caller by its number.
    FailInfoUndefined: Safe, "RFC 8894 section 3.2.1.4", ["Dogtag"],
        "failInfo is not defined";
    /// AES-GCM under the identifier of EnvelopedData (micromdm, step-ca).
    ///
    /// Never tolerated: the tag is not authenticated as AuthEnvelopedData has it (RFC 5083).
    GcmEnvelope: Never, "RFC 5083 section 1", ["micromdm", "step-ca"],
        "AES-GCM stands under EnvelopedData";
    /// PKIOperation by GET to a server that states POSTPKIOperation (C1: Cisco IOS; certmonger; macOS at times; sscep before
    /// 0.8).
    ///
    /// Tolerated.
    GetInsteadOfPost: Safe, "RFC 8894 section 4.1", ["Cisco IOS", "Cisco ASA", "certmonger", "Apple", "sscep"],
        "the message came by GET";
    /// A recipient or signer named by key identifier (O4).
    ///
    /// Allowed by CMS.
    KeyIdentifier: Allowed, "RFC 5652 section 6.2.1", [],
        "a signer or recipient is named by key identifier";
    /// CR and LF behind the message.
    ///
    /// Tolerated: cut off; nothing else may stand there.
    LineBreakAfter: Safe, "X.690 section 8.1", [],
        "there are line breaks behind the message";
    /// MD5 as the digest (C2: old Cisco; jscep falls back to it).
    ///
    /// Tolerated where the provider has it; answered with SHA-1.
    Md5: Legacy, "RFC 8894 section 2.9", ["Cisco IOS", "Cisco ASA", "jscep"],
        "the digest is MD5";
    /// Another `Content-Type` than section 4 has, or none (C5: IOS as a CA; micromdm's client; N11: NDES).
    ///
    /// Tolerated: the content tells what it is. A page of HTML is an error all the same.
    MediaType: Safe, "RFC 8894 section 4", ["Cisco IOS", "NDES", "Intune", "micromdm"],
        "the media type is another";
    /// Signed attributes of Microsoft (N4: error text, server state and more under 1.3.6.1.4.1.311.21).
    ///
    /// Allowed, as any other.
    MicrosoftAttributes: Allowed, "RFC 8894 section 3.2.1", ["NDES", "Intune"],
        "there are signed attributes of Microsoft";
    /// GetNextCACert signed by an RA.
    ///
    /// Unsafe: who has an RA's key could say who the next CA is. Refused unless named by
    /// [`PeerProfile::tolerating`](super::PeerProfile::tolerating), or by
    /// [`NextSigner::CaOrRa`](crate::client::NextSigner::CaOrRa).
    NextAuthorityByRa: Unsafe, "RFC 8894 section 4.7.1", [],
        "the next CA is signed by an RA";
    /// GetNextCACert with its certificates beside the signature instead of under it (jscep).
    ///
    /// Never tolerated: anybody could have put them there.
    NextAuthorityUnsigned: Never, "RFC 8894 section 4.7.1", ["jscep"],
        "the next CA is not under the signature";
    /// A senderNonce of another length than 16 octets (A3: old iOS and macOS send 8; OpenXPKI answers them with as many).
    ///
    /// Tolerated: 1 to 64 octets, which go back as they came.
    NonceLength: Safe, "RFC 8894 section 3.2.1", ["Apple", "OpenXPKI"],
        "senderNonce has not 16 octets";
    /// A recipientNonce that is not the senderNonce of the request, or none (O9: why Digi's routers have a switch for it).
    ///
    /// Unsafe: an old reply passes for a new one. Refused unless named by
    /// [`PeerProfile::tolerating`](super::PeerProfile::tolerating).
    NonceNotEchoed: Unsafe, "RFC 8894 section 3.2.1.5", ["Digi"],
        "recipientNonce is not that of the request";
    /// CertPoll with issuer and subject in each other's place (O8: sscep of old, for `VeriSign`).
    ///
    /// Tolerated: the names are information; the transactionID says what is asked for.
    PollNames: Safe, "RFC 8894 section 3.3.3", ["sscep"],
        "the names of the poll are in each other's place";
    /// A renewal by PKCSReq: signed by a certificate that is not self-signed (C4: Cisco, certmonger, sscep, jscep).
    ///
    /// Tolerated: the signer says what it is, not the messageType.
    RenewalAsPkcsReq: Safe, "RFC 8894 section 2.3", ["Cisco IOS", "Cisco ASA", "certmonger", "sscep", "jscep"],
        "a certificate of a CA signed a PKCSReq";
    /// A reply without senderNonce (O3: cryptlib, and micromdm in 2016).
    ///
    /// Tolerated: nobody answers a reply.
    SenderNonceAbsent: Safe, "RFC 8894 section 3.2.1", ["cryptlib", "micromdm"],
        "senderNonce is missing";
    /// A reply whose senderNonce is the request's (O3: micromdm, step-ca).
    ///
    /// Tolerated: nobody answers a reply.
    SenderNonceCopied: Safe, "RFC 8894 section 3.2.1.5", ["micromdm", "step-ca"],
        "senderNonce is that of the request";
    /// Several certificates in a CertRep (C6: Cisco's VPN client wants the CA's, too; EJBCA, step-ca, OpenXPKI on request).
    ///
    /// Allowed: the one for the key that was asked for is found wherever it stands.
    SeveralCertificates: Allowed, "RFC 8894 section 3.3.2.1", ["EJBCA", "step-ca", "OpenXPKI"],
        "there are several certificates in the reply";
    /// An envelope for several recipients (O4: micromdm encrypts a reply to every certificate in the request).
    ///
    /// Tolerated: exactly the recipient that is named is tried (CVE-2019-1563).
    SeveralRecipients: Safe, "RFC 8894 section 3.2.2", ["micromdm"],
        "the envelope has several recipients";
    /// SHA-1 as the digest (N2: NDES; C2: Cisco).
    ///
    /// Allowed by the RFC as what was there before.
    Sha1: Allowed, "RFC 8894 section 2.9",
        ["NDES", "Intune", "Cisco IOS", "Cisco ASA", "jscep", "micromdm"],
        "the digest is SHA-1";
    /// A signatureAlgorithm that names its digest, such as sha256WithRSAEncryption, where rsaEncryption would do (O5: Apple
    /// in 2022; micromdm, strongSwan, BouncyCastle).
    ///
    /// Allowed by CMS: it has to agree with digestAlgorithm.
    SignatureNamesDigest: Allowed, "RFC 3370 section 3.2", ["Apple", "micromdm", "strongSwan", "jscep", "EJBCA"],
        "signatureAlgorithm names a digest";
    /// A self-signed signer with a critical extension beside keyUsage and basicConstraints (W2: Windows has
    /// authorityKeyIdentifier; A1: macOS has extendedKeyUsage).
    ///
    /// Tolerated: it proves no more than who has the key.
    SignerExtensions: Safe, "RFC 5280 section 4.2", ["Windows", "Intune", "Apple"],
        "the signer's certificate has other critical extensions";
    /// A self-signed signer with another key than the CSR (A1: macOS in 2016).
    ///
    /// Tolerated: a challenge authenticates, not the signer, and the reply goes to the key that signed.
    SignerKey: Safe, "RFC 8894 section 2.3", ["Apple"],
        "the signer has another key than the CSR";
    /// A self-signed signer whose keyUsage is absent, or lacks digitalSignature or, with RSA, keyEncipherment (sscep has no
    /// extensions, certmonger and strongSwan no keyUsage; A1: macOS in 2016 had digitalSignature only).
    ///
    /// Tolerated: drafts told everybody to look away.
    SignerKeyUsage: Safe, "RFC 8894 section 2.3",
        ["sscep", "Apple", "certmonger", "strongSwan"],
        "the signer's keyUsage is not for signatures and encryption";
    /// A signer whose serial number is longer than 20 octets, zero or negative, or whose certificate has another odd form
    /// (certmonger and sscep have serial numbers of 32 octets).
    ///
    /// Tolerated: compared octet by octet.
    SignerSerial: Safe, "RFC 5280 section 4.1.2.2", ["certmonger", "sscep"],
        "the signer's certificate has an odd serial number or form";
    /// A self-signed signer that is signed with SHA-1, or MD5, in a message with a better digest (O14: Apple in 2022).
    ///
    /// Tolerated: a self-signature proves nothing that the message does not.
    SignerSha1: Safe, "RFC 8894 section 2.9", ["Apple"],
        "the signer's certificate is signed with SHA-1";
    /// A self-signed signer with another subject than the CSR (C3: Cisco, whose CSR has unstructuredName; A1, A6: Apple;
    /// micromdm).
    ///
    /// Tolerated: keys are compared, and not names.
    SignerSubject: Safe, "RFC 8894 section 2.3", ["Cisco IOS", "Cisco ASA", "Apple", "micromdm"],
        "the signer has another subject than the CSR";
    /// Single DES as the content cipher (C2: old Cisco; the default of micromdm and step-ca; jscep falls back to it).
    ///
    /// Tolerated where the provider has it.
    SingleDes: Legacy, "RFC 8894 section 2.9", ["Cisco IOS", "Cisco ASA", "jscep", "micromdm", "step-ca"],
        "the content cipher is single DES";
    /// Triple DES as the content cipher (jscep, NDES, Dogtag, EJBCA).
    ///
    /// Allowed by the RFC as what was there before.
    TripleDes: Allowed, "RFC 8894 section 2.9", ["NDES", "Intune", "jscep", "Dogtag", "EJBCA"],
        "the content cipher is triple DES";
    /// messageType 18, the UpdateReq of drafts (micromdm takes it).
    ///
    /// Never tolerated: taking it by a path of its own gave certificates to anyone (CVE-2026-30836).
    UpdateReq: Never, "RFC 8894 section 3.2.1.2", ["micromdm"],
        "messageType is UpdateReq";
}

impl Quirk {
    /// By [`Quirk::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|quirk| quirk.name() == name)
    }

    /// Whether tolerating it gives nothing up.
    #[must_use]
    pub const fn is_safe(self) -> bool {
        matches!(self.standing(), Standing::Allowed | Standing::Safe)
    }

    pub(super) const fn bit(self) -> u64 {
        1 << self.number()
    }

    #[expect(clippy::as_conversions, reason = "the number of a variant")]
    const fn number(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Quirk {
    /// What deviates, in words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
