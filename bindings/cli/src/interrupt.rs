//! Ctrl-C. The first one asks the work to stop, so that what was begun is removed; a second one ends the
//! process at once.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::failure::{Exit, Failure};

/// Whether the work is to stop.
#[derive(Clone)]
pub(crate) struct Interrupt {
    asked: Arc<AtomicBool>,
    /// Has something to read once a signal came: the system takes up a read again that a signal has stopped.
    wake: Arc<OnceLock<UnixStream>>,
    of_the_process: bool,
}

impl Interrupt {
    pub(crate) fn of_the_process() -> Self {
        Self { asked: Arc::default(), wake: Arc::default(), of_the_process: true }
    }

    #[cfg(feature = "hazmat")]
    pub(crate) fn never() -> Self {
        Self { asked: Arc::default(), wake: Arc::default(), of_the_process: false }
    }

    /// From now on signals are asked politely for. Before, as at a prompt, they end the process, which has
    /// nothing in the making.
    pub(crate) fn watch(&self) -> Result<(), Failure> {
        if !self.of_the_process {
            return Ok(());
        }
        let failed = |error| Failure::io("take signals", &error);
        let (wake, rouse) = UnixStream::pair().map_err(failed)?;
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: it ends the process only where the flag stands already.
            let at_once = flag::register_conditional_shutdown(
                signal,
                Exit::Interrupted.number().into(),
                Arc::clone(&self.asked),
            );
            at_once.map_err(failed)?;
            flag::register(signal, Arc::clone(&self.asked)).map_err(failed)?;
            low_level::pipe::register(signal, rouse.try_clone().map_err(failed)?).map_err(failed)?;
        }
        // A second call would be a second command.
        drop(self.wake.set(wake));
        Ok(())
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    pub(crate) fn flow(&self) -> ControlFlow<()> {
        if self.is_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Waits until standard input has something, or its end; an error if a signal comes first.
    fn await_input(&self) -> io::Result<()> {
        let Some(wake) = self.wake.get() else { return Ok(()) };
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
