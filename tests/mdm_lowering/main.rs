//! Profiles for Apple, Windows and Android, read back by other programs.

mod android;
mod apple;
mod declarative;
mod envelope;
mod property_list;
mod reports;
mod sample;
mod shared;
mod windows;
