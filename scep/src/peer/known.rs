//! The peers that are known.

use core::time::Duration;

use super::{
    CaCertificates, ChallengeAlphabet, PeerProfile, Polling, Quirk, Quirks, RenewalStyle, ReplyCertificates,
    SuitableKeys, TransactionIdStyle,
};
use crate::server::EmptyContent;

impl PeerProfile {
    /// iOS, iPadOS and macOS, as a client (A1 to A16).
    pub const APPLE: Self = Self {
        reply_certificates: ReplyCertificates::LeafOnly,
        renewal: Some(RenewalStyle::Anew),
        keys: SuitableKeys::PlainRsa,
        polling: Some(Polling { interval: Duration::from_secs(10), attempts: 3 }),
        transaction_id: Some(TransactionIdStyle::UpperHexSha1OfRsaKey),
        ..Self::of_owner("Apple")
    };

    /// Microsoft NDES, as a server (N1 to N11).
    ///
    /// Where it states no AES, a client ends with [`BelowFloor`](crate::client::Unsupported::BelowFloor) unless it is told to
    /// go on: by [`StandardPolicy::Assume`](crate::client::StandardPolicy::Assume) where the server is known to have AES, as
    /// its replies show, else by [`AlgorithmFloor::Legacy`](crate::client::AlgorithmFloor::Legacy).
    pub const NDES: Self = Self { needs: Quirks::of(&[Quirk::Sha1, Quirk::TripleDes]), ..Self::of_owner("NDES") };

    /// The SCEP client of Windows, `ClientCertificateInstall` (W1 to W5). It wants RSAES-OAEP back where it sent it, which
    /// is what a [`Responder`](crate::server::Responder) does.
    pub const WINDOWS: Self = Self { challenge: ChallengeAlphabet::LettersDigitsHyphen, ..Self::of_owner("Windows") };

    /// Devices under Intune, and NDES with its connector (W1 to W6, N1 to N11).
    pub const INTUNE: Self = Self { challenge: ChallengeAlphabet::LettersDigitsHyphen, ..Self::of_owner("Intune") };

    /// Cisco IOS, as a client and as a CA (C1 to C5, C7).
    pub const CISCO_IOS: Self = Self {
        needs: Quirks::of(&[Quirk::Md5, Quirk::Sha1, Quirk::SingleDes]),
        renewal: Some(RenewalStyle::PkcsReq),
        polling: Some(Polling { interval: Duration::from_secs(60), attempts: 10 }),
        ..Self::of_owner("Cisco IOS")
    };

    /// Cisco ASA and the Cisco VPN client, as clients (C2 to C4, C6). The VPN client wants the CA's certificate in a reply:
    /// give it the chain.
    pub const CISCO_ASA: Self = Self::of_owner("Cisco ASA").like(Self::CISCO_IOS);

    /// Juniper, as a client (C6): it takes no other certificate in a reply than its own.
    pub const JUNIPER: Self = Self { reply_certificates: ReplyCertificates::LeafOnly, ..Self::of_owner("Juniper") };

    /// MikroTik `RouterOS`, as a client. It wants a senderNonce in a reply, which all of ours have.
    pub const MIKROTIK: Self = Self::of_owner("MikroTik");

    /// sscep, as a client (C1, O8, O11).
    pub const SSCEP: Self = Self {
        empty_content: EmptyContent::ZeroLength,
        renewal: Some(RenewalStyle::PkcsReq),
        transaction_id: Some(TransactionIdStyle::HexMd5),
        ..Self::of_owner("sscep")
    };

    /// strongSwan `pki --scep`, as a client (A11, C1).
    pub const STRONGSWAN: Self =
        Self { transaction_id: Some(TransactionIdStyle::HexSha1OfSpki), ..Self::of_owner("strongSwan") };

    /// certmonger, as a client (O7).
    pub const CERTMONGER: Self = Self {
        empty_content: EmptyContent::ZeroLength,
        renewal: Some(RenewalStyle::PkcsReq),
        ..Self::of_owner("certmonger")
    };

    /// jscep, as a client and as a server (O2, O11).
    pub const JSCEP: Self = Self {
        renewal: Some(RenewalStyle::PkcsReq),
        transaction_id: Some(TransactionIdStyle::HexSha1OfSpki),
        ..Self::of_owner("jscep")
    };

    /// micromdm/scep and micromdm, as a server and as a client (O1, O3, O4).
    pub const MICROMDM: Self =
        Self { transaction_id: Some(TransactionIdStyle::Base64KeyHash), ..Self::of_owner("micromdm") };

    /// step-ca, as a server (O1, O3).
    pub const STEP_CA: Self = Self::of_owner("step-ca");

    /// OpenXPKI, as a server (A3, A10).
    pub const OPENXPKI: Self = Self::of_owner("OpenXPKI");

    /// EJBCA, as a server (O2). It refuses RenewalReq.
    pub const EJBCA: Self = Self { renewal: Some(RenewalStyle::PkcsReq), ..Self::of_owner("EJBCA") };

    /// Dogtag, as a server (O7). It knows no renewal.
    pub const DOGTAG: Self = Self {
        ca_certificates: CaCertificates::OneByOne,
        renewal: Some(RenewalStyle::Anew),
        ..Self::of_owner("Dogtag")
    };

    /// All of them, the three for anybody first.
    pub const ALL: &'static [Self] = &[
        Self::TOLERANT,
        Self::CONFORMING,
        Self::STRICT,
        Self::APPLE,
        Self::CERTMONGER,
        Self::CISCO_ASA,
        Self::CISCO_IOS,
        Self::DOGTAG,
        Self::EJBCA,
        Self::INTUNE,
        Self::JSCEP,
        Self::JUNIPER,
        Self::MICROMDM,
        Self::MIKROTIK,
        Self::NDES,
        Self::OPENXPKI,
        Self::SSCEP,
        Self::STEP_CA,
        Self::STRONGSWAN,
        Self::WINDOWS,
    ];

    /// With what this owner has, and whatever is allowed to anybody. Who has a way to write a GET does GET.
    const fn of_owner(name: &'static str) -> Self {
        let owned = Quirks::owned_by(name);
        let gets = !owned.intersection(OF_GET).is_empty();
        let owned = if gets { owned.with(Quirk::GetInsteadOfPost) } else { owned };
        Self::new(name, Quirks::ALLOWED.union(owned))
    }

    /// With the ways, but not the quirks, of another.
    const fn like(self, other: Self) -> Self {
        Self { name: self.name, quirks: self.quirks, ..other }
    }
}

/// What shows in a GET only.
const OF_GET: Quirks =
    Quirks::of(&[Quirk::Base64Alphabet, Quirk::Base64Escapes, Quirk::Base64LineBreaks, Quirk::Base64Padding]);
