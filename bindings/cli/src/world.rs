//! Where the process stands: its clock, its streams, and which of them are terminals.

use std::io::{self, IsTerminal, Read, Write};

use vlec::Clock;

use crate::interrupt::Interrupt;

/// What a command reads, writes, and takes the time from.
pub struct World {
    pub(crate) clock: Box<dyn Fn() -> Clock>,
    pub(crate) stdin: Box<dyn Read>,
    pub(crate) stdout: Box<dyn Write>,
    /// Makes durable what was written to standard output; `false` if nothing here can, as in a pipe.
    pub(crate) settle: Box<dyn Fn() -> io::Result<bool>>,
    pub(crate) stderr: Box<dyn Write>,
    pub(crate) terminals: Terminals,
    pub(crate) interrupt: Interrupt,
}

/// Which streams are terminals, and where colour is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terminals {
    pub(crate) stdin: bool,
    pub(crate) stdout: bool,
    pub(crate) stderr: bool,
    pub(crate) colour: bool,
    pub(crate) colour_of_errors: bool,
}

impl World {
    /// The process as it is: the system's clock, its three streams.
    pub fn system() -> Self {
        let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
        let wanted = |choice| choice != anstream::ColorChoice::Never;
        let terminals = Terminals {
            stdin: stdin.is_terminal(),
            stdout: stdout.is_terminal(),
            stderr: stderr.is_terminal(),
            colour: stdout.is_terminal() && wanted(anstream::AutoStream::choice(&stdout)),
            colour_of_errors: stderr.is_terminal() && wanted(anstream::AutoStream::choice(&stderr)),
        };
        Self {
            clock: Box::new(Clock::system),
            stdin: Box::new(Stdin),
            stdout: Box::new(stdout),
            settle: Box::new(settle),
            stderr: Box::new(stderr),
            terminals,
            interrupt: Interrupt::of_the_process(),
        }
    }

    /// A world with its own clock and streams, none of which is a terminal: for demonstrations.
    #[cfg(feature = "hazmat")]
    pub fn at(
        clock: impl Fn() -> Clock + 'static,
        stdin: impl Read + 'static,
        stdout: impl Write + 'static,
        stderr: impl Write + 'static,
    ) -> Self {
        Self {
            clock: Box::new(clock),
            stdin: Box::new(stdin),
            stdout: Box::new(stdout),
            settle: Box::new(|| Ok(false)),
            stderr: Box::new(stderr),
            terminals: Terminals::default(),
            interrupt: Interrupt::never(),
        }
    }
}

/// Standard input, of which nothing is read ahead: whether there is more can be asked of the system.
struct Stdin;

impl Read for Stdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(io::stdin(), buffer)?)
    }
}

/// A regular file can be made durable; who reads a pipe may have gone.
fn settle() -> io::Result<bool> {
    let stdout = io::stdout();
    let kind = rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(&stdout)?.st_mode);
    if kind != rustix::fs::FileType::RegularFile {
        return Ok(false);
    }
    rustix::fs::fsync(&stdout)?;
    Ok(true)
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { clock: _, stdin: _, stdout: _, settle: _, stderr: _, terminals, interrupt: _ } = self;
        write!(f, "World({terminals:?})")
    }
}
