//! [`Tag`]: the identifier octet.

use core::fmt;

/// An identifier octet (X.690 section 8.1.2): class, constructed bit, number up to 30.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(u8);

impl Tag {
    /// BOOLEAN
    pub const BOOLEAN: Self = Self(0x01);
    /// INTEGER
    pub const INTEGER: Self = Self(0x02);
    /// BIT STRING
    pub const BIT_STRING: Self = Self(0x03);
    /// OCTET STRING
    pub const OCTET_STRING: Self = Self(0x04);
    /// NULL
    pub const NULL: Self = Self(0x05);
    /// OBJECT IDENTIFIER
    pub const OID: Self = Self(0x06);
    /// ENUMERATED
    pub const ENUMERATED: Self = Self(0x0a);
    /// UTF8String
    pub const UTF8_STRING: Self = Self(0x0c);
    /// NumericString
    pub const NUMERIC_STRING: Self = Self(0x12);
    /// PrintableString
    pub const PRINTABLE_STRING: Self = Self(0x13);
    /// TeletexString, also called T61String
    pub const TELETEX_STRING: Self = Self(0x14);
    /// IA5String
    pub const IA5_STRING: Self = Self(0x16);
    /// UTCTime
    pub const UTC_TIME: Self = Self(0x17);
    /// GeneralizedTime
    pub const GENERALIZED_TIME: Self = Self(0x18);
    /// VisibleString
    pub const VISIBLE_STRING: Self = Self(0x1a);
    /// UniversalString, 4 octets a character
    pub const UNIVERSAL_STRING: Self = Self(0x1c);
    /// BMPString, 2 octets a character
    pub const BMP_STRING: Self = Self(0x1e);
    /// SEQUENCE and SEQUENCE OF
    pub const SEQUENCE: Self = Self(0x30);
    /// SET and SET OF
    pub const SET: Self = Self(0x31);

    /// From the identifier octet.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        Self(byte)
    }

    /// Context-specific and primitive: `[number] IMPLICIT` of a primitive type. The number is below 31.
    #[must_use]
    pub const fn context(number: u8) -> Self {
        Self(0x80 | (number & 0x1f))
    }

    /// Context-specific and constructed: `[number] EXPLICIT`, or IMPLICIT of a constructed type. The number is below 31.
    #[must_use]
    pub const fn context_constructed(number: u8) -> Self {
        Self(0xa0 | (number & 0x1f))
    }

    /// The identifier octet.
    #[must_use]
    pub const fn as_byte(self) -> u8 {
        self.0
    }

    /// Whether the constructed bit is set.
    #[must_use]
    pub const fn is_constructed(self) -> bool {
        self.0 & CONSTRUCTED != 0
    }

    /// The same class and number with the constructed bit cleared.
    #[must_use]
    pub const fn primitive(self) -> Self {
        Self(self.0 & !CONSTRUCTED)
    }

    /// Whether the tag number continues in further octets, which nothing in PKIX does.
    #[must_use]
    pub const fn is_long_form(self) -> bool {
        self.0 & 0x1f == 0x1f
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            Self::BOOLEAN => "BOOLEAN",
            Self::INTEGER => "INTEGER",
            Self::BIT_STRING => "BIT STRING",
            Self::OCTET_STRING => "OCTET STRING",
            Self::NULL => "NULL",
            Self::OID => "OBJECT IDENTIFIER",
            Self::ENUMERATED => "ENUMERATED",
            Self::UTF8_STRING => "UTF8String",
            Self::NUMERIC_STRING => "NumericString",
            Self::PRINTABLE_STRING => "PrintableString",
            Self::TELETEX_STRING => "TeletexString",
            Self::IA5_STRING => "IA5String",
            Self::UTC_TIME => "UTCTime",
            Self::GENERALIZED_TIME => "GeneralizedTime",
            Self::VISIBLE_STRING => "VisibleString",
            Self::UNIVERSAL_STRING => "UniversalString",
            Self::BMP_STRING => "BMPString",
            Self::SEQUENCE => "SEQUENCE",
            Self::SET => "SET",
            Self(byte) if byte & 0xc0 == 0x80 => return write!(f, "[{}]", byte & 0x1f),
            Self(byte) => return write!(f, "tag {byte:#04x}"),
        };
        f.write_str(name)
    }
}

const CONSTRUCTED: u8 = 0x20;
