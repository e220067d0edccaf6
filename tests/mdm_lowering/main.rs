//! Profiles for Apple, Windows and Android, read back by other programs.
