//! Writing bodies.

use alloc::string::{String, ToString};

use super::{Command, Item, Results, Status, SyncBody, Verb, WriteError};
use crate::xml::Writer;

impl SyncBody {
    /// The `SyncBody` element, with `Final` behind the commands.
    ///
    /// The text may hold what the items hold, a challenge among it: it is the caller's to guard.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn to_xml(&self) -> Result<String, WriteError> {
        let mut writer = Writer::default();
        writer.start_with("SyncBody", &[("xmlns", SYNCML)]);
        self.write(&mut writer)?;
        writer.empty("Final");
        writer.end("SyncBody");
        Ok(writer.finish()?)
    }

    /// The commands alone, to be put into a body of the caller's.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn commands_to_xml(&self) -> Result<String, WriteError> {
        let mut writer = Writer::default();
        self.write(&mut writer)?;
        Ok(writer.finish()?)
    }

    fn write(&self, writer: &mut Writer) -> Result<(), WriteError> {
        let mut numbers = Numbers(Some(self.first_id().get()));
        for command in self.commands() {
            match command {
                Command::Atomic(commands) => {
                    writer.start("Atomic");
                    numbers.write(writer)?;
                    commands.iter().try_for_each(|inner| match inner {
                        Command::Request { verb: Verb::Get, .. }
                        | Command::Atomic(_)
                        | Command::Results(_)
                        | Command::Status(_) => Err(WriteError::Nested),
                        Command::Request { verb, items } => request(writer, &mut numbers, *verb, items),
                    })?;
                    writer.end("Atomic");
                }
                Command::Request { verb, items } => request(writer, &mut numbers, *verb, items)?,
                Command::Results(results) => write_results(writer, &mut numbers, results)?,
                Command::Status(status) => write_status(writer, &mut numbers, status)?,
            }
        }
        Ok(())
    }
}

/// The number of the next command.
struct Numbers(Option<u32>);

impl Numbers {
    fn write(&mut self, writer: &mut Writer) -> Result<(), WriteError> {
        let number = self.0.ok_or(WriteError::TooMany)?;
        writer.leaf("CmdID", &number.to_string());
        self.0 = number.checked_add(1);
        Ok(())
    }
}

fn request(writer: &mut Writer, numbers: &mut Numbers, verb: Verb, items: &[Item]) -> Result<(), WriteError> {
    writer.start(verb.name());
    numbers.write(writer)?;
    items.iter().for_each(|item| write_item(writer, item, "Target"));
    writer.end(verb.name());
    Ok(())
}

fn write_results(writer: &mut Writer, numbers: &mut Numbers, results: &Results) -> Result<(), WriteError> {
    writer.start("Results");
    numbers.write(writer)?;
    write_references(writer, results.message, results.command);
    results.items.iter().for_each(|item| write_item(writer, item, "Source"));
    writer.end("Results");
    Ok(())
}

fn write_status(writer: &mut Writer, numbers: &mut Numbers, status: &Status) -> Result<(), WriteError> {
    writer.start("Status");
    numbers.write(writer)?;
    write_references(writer, status.message, status.command);
    writer.leaf("Cmd", &status.name);
    status.targets.iter().for_each(|target| writer.leaf("TargetRef", target));
    writer.leaf("Data", &status.code.to_string());
    writer.end("Status");
    Ok(())
}

fn write_references(writer: &mut Writer, message: Option<u32>, command: u32) {
    if let Some(message) = message {
        writer.leaf("MsgRef", &message.to_string());
    }
    writer.leaf("CmdRef", &command.to_string());
}

fn write_item(writer: &mut Writer, item: &Item, side: &str) {
    writer.start("Item");
    if !item.uri().is_empty() {
        writer.start(side);
        writer.leaf("LocURI", item.uri());
        writer.end(side);
    }
    if item.format().is_some() || item.media_type().is_some() {
        writer.start("Meta");
        if let Some(format) = item.format() {
            write_meta(writer, "Format", format.name());
        }
        if let Some(media_type) = item.media_type() {
            write_meta(writer, "Type", media_type);
        }
        writer.end("Meta");
    }
    if let Some(data) = item.data() {
        writer.leaf("Data", data);
    }
    writer.end("Item");
}

fn write_meta(writer: &mut Writer, name: &str, text: &str) {
    writer.start_with(name, &[("xmlns", META)]);
    writer.text(text);
    writer.end(name);
}

const SYNCML: &str = "SYNCML:SYNCML1.2";
const META: &str = "syncml:metinf";
