//! [`Command`] and what is in one.

use alloc::{string::String, vec, vec::Vec};
use core::fmt;

/// A command of a SyncML body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// All of these or none, in this order. Not inside of another one, and without Get (OMA-TS-DM-Protocol section 6).
    Atomic(Vec<Self>),
    /// Something that is asked for.
    Request {
        /// What is to be done.
        verb: Verb,
        /// To what.
        items: Vec<Item>,
    },
    /// What a Get gave.
    Results(Results),
    /// What came of a command.
    Status(Status),
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verb {
    /// A node is made.
    Add,
    /// A node is removed with all below it.
    Delete,
    /// A node is run.
    Exec,
    /// A value is wanted.
    Get,
    /// The value of a node that is there is changed.
    Replace,
}

/// A node and a value. `Debug` does not show the value, which may be a challenge.
#[derive(Clone, PartialEq, Eq)]
pub struct Item {
    uri: String,
    format: Option<Format>,
    media_type: Option<String>,
    data: Option<String>,
}

/// The type of a value (OMA-TS-DM-TND section 7.7.7.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `b64`: octets in base64.
    B64,
    /// `bin`: octets.
    Bin,
    /// `bool`
    Bool,
    /// `chr`: text.
    Chr,
    /// `date`
    Date,
    /// `float`
    Float,
    /// `int`
    Int,
    /// `node`: no value, but nodes below.
    Node,
    /// `null`: nothing.
    Null,
    /// `time`
    Time,
    /// `xml`
    Xml,
}

/// The values that a Get asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what SyncML has")]
pub struct Results {
    /// `MsgRef`: the message that asked.
    pub message: Option<u32>,
    /// `CmdRef`: the command that asked.
    pub command: u32,
    /// The values, each with the URI that it comes from.
    pub items: Vec<Item>,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what SyncML has")]
pub struct Status {
    /// `MsgRef`: the message that the command was in.
    pub message: Option<u32>,
    /// `CmdRef`: the command; 0 for the header.
    pub command: u32,
    /// `Cmd`: the name of the command, as the other side spells it.
    pub name: String,
    /// `TargetRef`: the nodes that it is about; none for all.
    pub targets: Vec<String>,
    /// `Data`: what came of it.
    pub code: StatusCode,
}

/// The number of a status (OMA-TS-SyncML-RepPro section 10). All numbers are kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusCode(u16);

impl Command {
    /// A node is made, or a value set.
    #[must_use]
    pub fn add(item: Item) -> Self {
        Self::Request { verb: Verb::Add, items: vec![item] }
    }

    /// A node is removed with all below it.
    #[must_use]
    pub fn delete(uri: impl Into<String>) -> Self {
        Self::Request { verb: Verb::Delete, items: vec![Item::new(uri)] }
    }

    /// A node is run.
    #[must_use]
    pub fn exec(uri: impl Into<String>) -> Self {
        Self::Request { verb: Verb::Exec, items: vec![Item::new(uri)] }
    }

    /// Values are wanted.
    #[must_use]
    pub fn get<U: Into<String>>(uris: impl IntoIterator<Item = U>) -> Self {
        Self::Request { verb: Verb::Get, items: uris.into_iter().map(Item::new).collect() }
    }

    /// The value of a node that is there is changed.
    #[must_use]
    pub fn replace(item: Item) -> Self {
        Self::Request { verb: Verb::Replace, items: vec![item] }
    }
}

impl Verb {
    /// The element.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "Add",
            Self::Delete => "Delete",
            Self::Exec => "Exec",
            Self::Get => "Get",
            Self::Replace => "Replace",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Add, Self::Delete, Self::Exec, Self::Get, Self::Replace].into_iter().find(|verb| verb.name() == name)
    }
}

impl Item {
    /// A node, without a value. A URI that is empty is none.
    #[must_use]
    pub fn new(uri: impl Into<String>) -> Self {
        Self { uri: uri.into(), format: None, media_type: None, data: None }
    }

    /// With the type of the value.
    #[must_use]
    pub fn with_format(self, format: Format) -> Self {
        Self { format: Some(format), ..self }
    }

    /// With the media type of the value, `text/plain` unless told.
    #[must_use]
    pub fn with_media_type(self, media_type: impl Into<String>) -> Self {
        Self { media_type: Some(media_type.into()), ..self }
    }

    /// With a value.
    #[must_use]
    pub fn with_data(self, data: impl Into<String>) -> Self {
        Self { data: Some(data.into()), ..self }
    }

    /// The node.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The type of the value.
    #[must_use]
    pub const fn format(&self) -> Option<Format> {
        self.format
    }

    /// The media type of the value.
    #[must_use]
    pub fn media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }

    /// The value.
    #[must_use]
    pub fn data(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// The same at another node.
    pub(super) fn at(self, uri: String) -> Self {
        Self { uri, ..self }
    }

    /// With the type that the other side says, if it is one.
    pub(super) fn with_format_name(self, name: &str) -> Self {
        Self { format: Format::from_name(name), ..self }
    }
}

impl Format {
    /// As SyncML spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::B64 => "b64",
            Self::Bin => "bin",
            Self::Bool => "bool",
            Self::Chr => "chr",
            Self::Date => "date",
            Self::Float => "float",
            Self::Int => "int",
            Self::Node => "node",
            Self::Null => "null",
            Self::Time => "time",
            Self::Xml => "xml",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        const ALL: [Format; 11] = [
            Format::B64,
            Format::Bin,
            Format::Bool,
            Format::Chr,
            Format::Date,
            Format::Float,
            Format::Int,
            Format::Node,
            Format::Null,
            Format::Time,
            Format::Xml,
        ];
        ALL.into_iter().find(|format| format.name() == name)
    }
}

impl StatusCode {
    /// 200: done.
    pub const OK: Self = Self(200);
    /// 202: taken, and going on.
    pub const ACCEPTED: Self = Self(202);
    /// 404: there is no such node.
    pub const NOT_FOUND: Self = Self(404);
    /// 418: the node is there already.
    pub const ALREADY_EXISTS: Self = Self(418);
    /// 500: the command failed.
    pub const COMMAND_FAILED: Self = Self(500);
    /// 507: something else in the same Atomic failed.
    pub const ATOMIC_FAILED: Self = Self(507);
    /// 516: what was done before that could not be undone.
    pub const ATOMIC_ROLL_BACK_FAILED: Self = Self(516);

    /// This number.
    #[must_use]
    pub const fn new(code: u16) -> Self {
        Self(code)
    }

    /// The number.
    #[must_use]
    pub const fn as_number(self) -> u16 {
        self.0
    }

    /// Whether the command was done or taken: 200 to 299.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self.0, 200..=299)
    }
}

impl fmt::Debug for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusCode({})", self.0)
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Item({}", self.uri)?;
        if let Some(format) = self.format {
            write!(f, ", {}", format.name())?;
        }
        if let Some(data) = &self.data {
            write!(f, ", {} octets", data.len())?;
        }
        f.write_str(")")
    }
}
