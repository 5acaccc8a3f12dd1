//! Ctrl-C. The first one asks the work to stop, so that what was begun is removed; a second one ends the
//! process at once.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::failure::{Exit, Failure};

/// Whether the work is to stop.
#[derive(Clone)]
pub(crate) struct Interrupt {
    asked: Arc<AtomicBool>,
    of_the_process: bool,
}

impl Interrupt {
    pub(crate) fn of_the_process() -> Self {
        Self { asked: Arc::default(), of_the_process: true }
    }

    #[cfg(feature = "hazmat")]
    pub(crate) fn never() -> Self {
        Self { asked: Arc::default(), of_the_process: false }
    }

    /// From now on signals are asked politely for. Before, as at a prompt, they end the process, which has
    /// nothing in the making.
    pub(crate) fn watch(&self) -> Result<(), Failure> {
        if !self.of_the_process {
            return Ok(());
        }
        let failed = |error| Failure::io("take signals", &error);
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: it ends the process only where the flag stands already.
            let at_once = flag::register_conditional_shutdown(
                signal,
                Exit::Interrupted.number().into(),
                Arc::clone(&self.asked),
            );
            at_once.map_err(failed)?;
            flag::register(signal, Arc::clone(&self.asked)).map_err(failed)?;
        }
        Ok(())
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    pub(crate) fn flow(&self) -> ControlFlow<()> {
        if self.is_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
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
        let read = self.inner.read(buffer)?;
        match self.interrupt.is_asked() {
            true => Err(io::Error::other("interrupted")),
            false => Ok(read),
        }
    }
}
