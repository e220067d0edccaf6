//! Reading messages and bodies.

use alloc::{string::String, vec::Vec};

use pki_core::Limits;

use super::{Command, Item, ReadError, ReadErrorKind, Results, Status, StatusCode, SyncBody, Verb};
use crate::xml::{Event, Reader};

impl SyncBody {
    /// Reads a message, or a body alone. Namespaces are not looked at; what is not of this module's vocabulary is passed over.
    ///
    /// # Errors
    /// [`ReadError`]; the bounds are [`Limits::size`], [`Limits::depth`] and [`Limits::elements`].
    pub fn from_xml(document: &[u8], limits: Limits) -> Result<Self, ReadError> {
        let mut reader = Reader::new(document, limits)?;
        let body = match reader.next_tag()? {
            Some(Event::Start("SyncBody")) => body(&mut reader)?,
            Some(Event::Start("SyncML")) => message(&mut reader)?,
            _ => return Err(error(&reader, ReadErrorKind::NotSyncMl)),
        };
        while reader.next()?.is_some() {}
        Ok(body)
    }
}

fn message(reader: &mut Reader<'_>) -> Result<SyncBody, ReadError> {
    let mut only = None;
    while let Some(name) = child(reader)? {
        match name {
            "SyncBody" if only.is_some() => return Err(error(reader, ReadErrorKind::NotSyncMl)),
            "SyncBody" => only = Some(body(reader)?),
            _ => reader.skip()?,
        }
    }
    only.ok_or_else(|| error(reader, ReadErrorKind::NotSyncMl))
}

fn body(reader: &mut Reader<'_>) -> Result<SyncBody, ReadError> {
    let mut commands = Vec::new();
    while let Some(name) = child(reader)? {
        match name {
            "Atomic" => commands.push(atomic(reader)?),
            "Results" => commands.push(Command::Results(results(reader)?)),
            "Status" => commands.push(Command::Status(status(reader)?)),
            name => match Verb::from_name(name) {
                Some(verb) => commands.push(request(reader, verb)?),
                None => reader.skip()?,
            },
        }
    }
    Ok(SyncBody::new(commands))
}

fn atomic(reader: &mut Reader<'_>) -> Result<Command, ReadError> {
    let mut commands = Vec::new();
    while let Some(name) = child(reader)? {
        match (Verb::from_name(name), name) {
            (Some(Verb::Get), _) | (None, "Atomic") => return Err(error(reader, ReadErrorKind::Nested)),
            (Some(verb), _) => commands.push(request(reader, verb)?),
            (None, _) => reader.skip()?,
        }
    }
    Ok(Command::Atomic(commands))
}

fn request(reader: &mut Reader<'_>, verb: Verb) -> Result<Command, ReadError> {
    let mut items = Vec::new();
    while let Some(name) = child(reader)? {
        match name {
            "Item" => items.push(item(reader, "Target")?),
            _ => reader.skip()?,
        }
    }
    Ok(Command::Request { verb, items })
}

fn results(reader: &mut Reader<'_>) -> Result<Results, ReadError> {
    let (mut message, mut command, mut items) = (None, None, Vec::new());
    while let Some(name) = child(reader)? {
        match name {
            "CmdRef" => command = Some(number(reader)?),
            "Item" => items.push(item(reader, "Source")?),
            "MsgRef" => message = Some(number(reader)?),
            _ => reader.skip()?,
        }
    }
    let command = command.ok_or_else(|| error(reader, ReadErrorKind::Missing))?;
    Ok(Results { message, command, items })
}

fn status(reader: &mut Reader<'_>) -> Result<Status, ReadError> {
    let (mut message, mut command, mut code) = (None, None, None);
    let (mut cmd, mut targets) = (String::new(), Vec::new());
    while let Some(name) = child(reader)? {
        match name {
            "Cmd" => cmd = text(reader)?,
            "CmdRef" => command = Some(number(reader)?),
            "Data" => {
                let found = number(reader)?;
                let found = u16::try_from(found).map_err(|_| error(reader, ReadErrorKind::InvalidNumber))?;
                code = Some(StatusCode::new(found));
            }
            "MsgRef" => message = Some(number(reader)?),
            "TargetRef" => targets.push(text(reader)?),
            _ => reader.skip()?,
        }
    }
    let (Some(command), Some(code)) = (command, code) else { return Err(error(reader, ReadErrorKind::Missing)) };
    Ok(Status { message, command, name: cmd, targets, code })
}

/// An item whose node stands in `side`.
fn item(reader: &mut Reader<'_>, side: &str) -> Result<Item, ReadError> {
    let (mut uri, mut meta, mut data) = (String::new(), Item::new(""), None);
    while let Some(name) = child(reader)? {
        match name {
            "Data" => data = Some(text(reader)?),
            "Meta" => meta = read_meta(reader)?,
            name if name == side => uri = location(reader)?,
            _ => reader.skip()?,
        }
    }
    let item = meta.at(uri);
    Ok(match data {
        Some(data) => item.with_data(data),
        None => item,
    })
}

fn location(reader: &mut Reader<'_>) -> Result<String, ReadError> {
    let mut uri = String::new();
    while let Some(name) = child(reader)? {
        match name {
            "LocURI" => uri = text(reader)?,
            _ => reader.skip()?,
        }
    }
    Ok(uri)
}

fn read_meta(reader: &mut Reader<'_>) -> Result<Item, ReadError> {
    let mut meta = Item::new("");
    while let Some(name) = child(reader)? {
        match name {
            "Format" => meta = meta.with_format_name(text(reader)?.trim_ascii()),
            "Type" => meta = meta.with_media_type(text(reader)?),
            _ => reader.skip()?,
        }
    }
    Ok(meta)
}

/// The next element inside of the one that is open; `None` at its end.
fn child<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>, ReadError> {
    match reader.next_tag()? {
        Some(Event::Start(name)) => Ok(Some(name)),
        _ => Ok(None),
    }
}

/// The text of the element that was just opened. Elements in it, as a device description has them, are passed over.
fn text(reader: &mut Reader<'_>) -> Result<String, ReadError> {
    let mut all = String::new();
    loop {
        match reader.next()? {
            Some(Event::Text(text)) => all.push_str(&text),
            Some(Event::Start(_)) => reader.skip()?,
            Some(Event::End(_)) | None => return Ok(all),
        }
    }
}

fn number(reader: &mut Reader<'_>) -> Result<u32, ReadError> {
    let text = text(reader)?;
    text.trim_ascii().parse().map_err(|_| error(reader, ReadErrorKind::InvalidNumber))
}

const fn error(reader: &Reader<'_>, kind: ReadErrorKind) -> ReadError {
    ReadError::new(kind, reader.position())
}
