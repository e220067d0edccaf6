//! [`SyncBody`].

use alloc::vec::Vec;
use core::num::NonZeroU32;

use super::{Command, Results, Status};

/// The body of a SyncML message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncBody {
    commands: Vec<Command>,
    first_id: NonZeroU32,
}

impl SyncBody {
    /// With these commands, in this order, the first of which is number 1.
    #[must_use]
    pub fn new(commands: impl IntoIterator<Item = Command>) -> Self {
        Self { commands: commands.into_iter().collect(), first_id: NonZeroU32::MIN }
    }

    /// With another number for the first command. Read bodies have 1.
    #[must_use]
    pub fn with_first_id(self, first_id: NonZeroU32) -> Self {
        Self { first_id, ..self }
    }

    /// Adds a command.
    #[must_use]
    pub fn add_command(mut self, command: Command) -> Self {
        self.commands.push(command);
        self
    }

    /// The commands, in order.
    #[must_use]
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// The number of the first command.
    #[must_use]
    pub const fn first_id(&self) -> NonZeroU32 {
        self.first_id
    }

    /// The statuses among the commands.
    pub fn statuses(&self) -> impl Iterator<Item = &Status> {
        self.commands.iter().filter_map(|command| match command {
            Command::Status(status) => Some(status),
            _ => None,
        })
    }

    /// The results among the commands.
    pub fn results(&self) -> impl Iterator<Item = &Results> {
        self.commands.iter().filter_map(|command| match command {
            Command::Results(results) => Some(results),
            _ => None,
        })
    }
}
