//! A line that is typed at the terminal and not shown. What is typed is shown again before the process ends or
//! stops, whatever ends or stops it.
//!
//! The system edits the line, and makes signals of keys: Ctrl-C and Ctrl-\ reach the whole job, and
//! [`crate::interrupt`] calls [`show`] before one of them ends this process. Ctrl-Z ends the line instead: only
//! after the terminal shows again is the job stopped.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Signal, getpgrp, kill_current_process_group};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr,
    tcgetpgrp, tcsetattr,
};
use zeroize::Zeroizing;

use crate::interrupt::Interrupt;

/// The longest line that the system takes, with its end. It loses what is typed beyond.
const MAX_LINE: usize = 4096;

/// The terminal, while what is typed is hidden.
static HIDING: Mutex<Option<Terminal>> = Mutex::new(None);

struct Terminal {
    device: File,
    shown: Termios,
    hidden: Termios,
}

/// What a read of the terminal ended with.
enum Line {
    Whole(Zeroizing<Vec<u8>>),
    /// Ctrl-Z was typed.
    Suspended,
}

/// Asks with `text`, and gives the line that is typed, without its end.
pub(crate) fn ask_hidden(text: &str, interrupt: &Interrupt) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut device = File::options().read(true).write(true).open("/dev/tty")?;
    let shown = tcgetattr(&device)?;
    let (hidden, suspend) = hiding(&shown);
    interrupt.listen()?;
    loop {
        if !is_own(&device) {
            // As when a job in the background reads: it waits until it is in the foreground.
            kill_current_process_group(Signal::TTOU)?;
        }
        let holding = Holding::begin(interrupt);
        let terminal = Terminal { device: device.try_clone()?, shown: shown.clone(), hidden: hidden.clone() };
        *now_hiding() = Some(terminal);
        tcsetattr(&device, OptionalActions::Now, &hidden)?;
        device.write_all(text.as_bytes())?;
        let line = read_line(&mut device, suspend)?;
        device.write_all(b"\n")?;
        drop(holding);
        match line {
            Line::Whole(line) => return Ok(line),
            Line::Suspended => {
                tcflush(&device, QueueSelector::IFlush)?;
                kill_current_process_group(Signal::TSTP)?;
            }
        }
    }
}

/// Shows again what is typed, if it is hidden, before a signal ends the process. Another job's terminal is left as it
/// is: setting it would stop the process that is to end.
pub(crate) fn show() {
    let hiding = now_hiding().take();
    if let Some(terminal) = hiding.filter(|terminal| is_own(&terminal.device)) {
        set(&terminal.device, &terminal.shown);
    }
}

/// A shell may have set the terminal while this process was stopped.
pub(crate) fn hide_again() {
    if let Some(terminal) = now_hiding().as_ref().filter(|terminal| is_own(&terminal.device)) {
        set(&terminal.device, &terminal.hidden);
    }
}

fn now_hiding() -> MutexGuard<'static, Option<Terminal>> {
    HIDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this job is the one that the terminal is for. If that is not known, the system will say.
fn is_own(device: &File) -> bool {
    tcgetpgrp(device).is_ok_and(|group| group == getpgrp())
}

/// There is nobody to tell an error to: the process goes on to its end.
fn set(device: &File, modes: &Termios) {
    let _ = tcsetattr(device, OptionalActions::Now, modes);
}

/// The modes in which a line is edited and not shown, and the key that suspends, which ends the line in them.
fn hiding(shown: &Termios) -> (Termios, u8) {
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
    hidden.local_modes.insert(LocalModes::ICANON | LocalModes::ISIG);
    hidden.input_modes.insert(InputModes::ICRNL);
    let suspend = shown.special_codes[SpecialCodeIndex::VSUSP];
    hidden.special_codes[SpecialCodeIndex::VSUSP] = NO_KEY;
    hidden.special_codes[SpecialCodeIndex::VEOL] = suspend;
    (hidden, suspend)
}

/// `_POSIX_VDISABLE`: no key has this meaning.
const NO_KEY: u8 = 0;

/// Read into one buffer that is large enough from the start: no copy is left behind.
fn read_line(device: &mut File, suspend: u8) -> io::Result<Line> {
    let mut line = Zeroizing::new(vec![0; MAX_LINE]);
    let mut len = 0;
    while let Some(rest) = line.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match device.read(rest) {
            Ok(0) if len == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        match line.get(..len).and_then(<[u8]>::last) {
            Some(b'\n') if len < MAX_LINE => {
                len -= 1;
                break;
            }
            Some(key) if *key == suspend && suspend != NO_KEY => return Ok(Line::Suspended),
            _ => {}
        }
    }
    if len == MAX_LINE {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a line of the terminal is not so long"));
    }
    line.truncate(len);
    Ok(Line::Whole(line))
}

/// For as long as something is hidden, signals wait until it is shown again.
struct Holding<'i>(&'i Interrupt);

impl<'i> Holding<'i> {
    fn begin(interrupt: &'i Interrupt) -> Self {
        interrupt.hold();
        Self(interrupt)
    }
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        let hiding = now_hiding().take();
        if let Some(terminal) = hiding {
            set(&terminal.device, &terminal.shown);
        }
        self.0.release();
    }
}
