//! This program again, as another process.

use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use crate::Result;

/// A process whose output is read line by line. It is killed with this.
pub struct Program {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

/// What of its output is shown.
#[derive(Clone, Copy)]
pub enum Shown {
    /// All of it, behind this name.
    As(&'static str),
    Nothing,
}

impl Program {
    /// Starts it.
    pub fn start<A: AsRef<OsStr>>(shown: Shown, arguments: impl IntoIterator<Item = A>) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("there is no output")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(std::io::Result::ok) {
                if let Shown::As(name) = shown {
                    println!("    {name:<9}{line}");
                }
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, lines, seen: Vec::new() })
    }

    /// Until a line has this in it.
    pub fn wait_for(&mut self, text: &str) -> Result<()> {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    let found = line.contains(text);
                    self.seen.push(line);
                    if found {
                        return Ok(());
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Err(format!("nothing was heard of {text:?}").into()),
                Err(RecvTimeoutError::Disconnected) => return Err(format!("it ended without {text:?}").into()),
            }
        }
    }

    /// SIGKILL: it can't put anything in order.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        Ok(self.child.wait().map(drop)?)
    }

    /// Until it ends, which it has to do well: all that it said.
    pub fn finish(mut self) -> Result<Vec<String>> {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => return Err("it does not end".into()),
            }
        }
        let status = self.child.wait()?;
        if status.success() {
            Ok(std::mem::take(&mut self.seen))
        } else {
            Err(format!("it ended with {status}").into())
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}

const PATIENCE: Duration = Duration::from_secs(60);
