//! Signals that end a process, Ctrl-C among them. While files are written the first one asks the work to stop, so
//! that what was begun is removed; a second one ends the process at once. While a passphrase is typed, the
//! terminal shows again what is typed before the process ends. At all other times they do what they do without
//! this program.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::{fs, process, thread};

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
    SIGXFSZ,
};
use signal_hook::iterator::Signals;
use signal_hook::{flag, low_level};

use crate::failure::{Exit, Failure};
use crate::terminal;

/// What ends a process that does not ask for it, and can be asked for; without signals of faults in the program
/// itself. A broken pipe and a limit on the length of files are errors of writing.
const ENDING: [i32; 10] =
    [SIGHUP, SIGINT, SIGQUIT, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU];
/// Likewise, and signal-hook cannot do what the system does by default.
const OTHERS: [rustix::process::Signal; 3] = {
    use rustix::process::Signal;
    [Signal::IO, Signal::POWER, Signal::STKFLT]
};

/// Whether the work is to stop.
#[derive(Clone)]
pub(crate) struct Interrupt {
    state: Arc<State>,
    of_the_process: bool,
}

struct State {
    /// Signals do what the system does by default.
    at_once: Arc<AtomicBool>,
    /// Something is being written: the first signal asks it to stop.
    watching: AtomicBool,
    /// The last signal that came, or zero. It stands before the work goes on in which the signal came: the end of
    /// a pipe whose writer has had it too is not taken for the end of the content.
    last: Arc<AtomicUsize>,
    /// Has something to read once a signal came: the system takes up a read again that a signal has stopped.
    wake: OnceLock<UnixStream>,
}

impl Interrupt {
    pub(crate) fn of_the_process() -> Self {
        // Whether or not anything is written: beyond the limit, writing then fails with a reason. Where the
        // handler cannot be had, the system's default stays.
        drop(flag::register(SIGXFSZ, Arc::default()));
        Self { of_the_process: true, ..Self::never() }
    }

    pub(crate) fn never() -> Self {
        let state = State {
            at_once: Arc::new(AtomicBool::new(true)),
            watching: AtomicBool::new(false),
            last: Arc::default(),
            wake: OnceLock::new(),
        };
        Self { state: Arc::new(state), of_the_process: false }
    }

    /// From now on signals are asked politely for. Before, they end the process, which has nothing in the making.
    pub(crate) fn watch(&self) -> Result<(), Failure> {
        if !self.of_the_process {
            return Ok(());
        }
        self.listen().map_err(|error| Failure::io("take signals", &error))?;
        self.state.watching.store(true, Ordering::SeqCst);
        self.state.at_once.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Signals come to a thread of their own from now on. Those that whoever started the process has it ignore, as
    /// `nohup` does, stay ignored.
    pub(crate) fn listen(&self) -> io::Result<()> {
        if self.state.wake.get().is_some() {
            return Ok(());
        }
        let (wake, rouse) = UnixStream::pair()?;
        let ignored = ignored();
        let is_taken = |signal: &i32| ignored & (1 << (signal - 1)) == 0;
        let others = OTHERS.map(rustix::process::Signal::as_raw);
        for signal in ENDING.into_iter().filter(is_taken) {
            flag::register_conditional_default(signal, Arc::clone(&self.state.at_once))?;
        }
        for signal in others.into_iter().filter(is_taken) {
            flag::register_conditional_shutdown(signal, status(signal), Arc::clone(&self.state.at_once))?;
        }
        let taken = ENDING.into_iter().chain(others).filter(is_taken);
        for signal in taken.clone() {
            flag::register_usize(signal, Arc::clone(&self.state.last), signal.unsigned_abs() as usize)?;
        }
        let mut signals = Signals::new(taken.chain([SIGCONT]))?;
        let state = Arc::clone(&self.state);
        thread::Builder::new().name("signals".into()).spawn(move || state.attend(&mut signals, &rouse))?;
        // A second call would be a second thread.
        drop(self.state.wake.set(wake));
        Ok(())
    }

    /// Until [`Self::release`], a signal ends the process only after [`terminal::show`].
    pub(crate) fn hold(&self) {
        self.state.at_once.store(false, Ordering::SeqCst);
    }

    pub(crate) fn release(&self) {
        self.state.at_once.store(!self.state.watching.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.state.last.load(Ordering::Relaxed) != 0
    }

    pub(crate) fn flow(&self) -> ControlFlow<()> {
        if self.is_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Ends the process by the Ctrl-C that stopped its work: a shell then stops what it does next too.
    pub(crate) fn end_of(&self, exit: Exit) {
        if exit == Exit::Interrupted && self.state.last.load(Ordering::SeqCst) == SIGINT as usize {
            die_of(SIGINT);
        }
    }

    /// Waits until standard input has something, or its end; an error if a signal comes first.
    fn await_input(&self) -> io::Result<()> {
        let Some(wake) = self.state.wake.get() else { return Ok(()) };
        let stdin = io::stdin();
        let mut ready =
            [PollFd::new(&stdin, PollFlags::IN), PollFd::from_borrowed_fd(wake.as_fd(), PollFlags::IN)];
        match poll(&mut ready, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) if self.is_asked() => Err(io::Error::other("interrupted")),
            Ok(_) => Ok(()),
            Err(rustix::io::Errno::INTR) => self.await_input(),
            Err(error) => Err(error.into()),
        }
    }

    /// The end of a pipe whose writer was interrupted too must not pass for the end of the content.
    pub(crate) fn reader<'r>(&self, inner: &'r mut dyn Read) -> InterruptedReader<'r> {
        InterruptedReader { inner, interrupt: self.clone() }
    }
}

impl State {
    /// On the thread of signals.
    fn attend(&self, signals: &mut Signals, mut rouse: &UnixStream) {
        let mut asked = false;
        for signal in signals.forever() {
            if signal == SIGCONT {
                terminal::hide_again();
            } else if self.watching.load(Ordering::SeqCst) && !asked {
                asked = true;
                // One byte fits; who waits for it reads nothing.
                let _ = rouse.write(&[1]);
            } else {
                terminal::show();
                die_of(signal);
            }
        }
    }
}

/// As the system does by default.
fn die_of(signal: i32) {
    // For a signal that it knows, this does not return.
    drop(low_level::emulate_default_handler(signal));
    process::exit(status(signal));
}

/// As shells show a process that a signal ended.
const fn status(signal: i32) -> i32 {
    128 + signal
}

/// The signals that this process was started to ignore, a bit for each; none where the system does not say.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Reads until it is interrupted.
pub(crate) struct InterruptedReader<'r> {
    inner: &'r mut dyn Read,
    interrupt: Interrupt,
}

impl Read for InterruptedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupt.await_input()?;
        let read = self.inner.read(buffer)?;
        match self.interrupt.is_asked() {
            true => Err(io::Error::other("interrupted")),
            false => Ok(read),
        }
    }
}
