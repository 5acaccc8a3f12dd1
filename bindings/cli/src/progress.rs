//! A bar with rate and time left, for what takes more than a second, on a terminal only.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::interrupt::Interrupt;
use crate::output::one_line;
use crate::session::Session;

const SHOWN_AFTER: Duration = Duration::from_secs(1);
const WITH_END: &str = "{msg} [{bar:30}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
const WITHOUT_END: &str = "{msg} {spinner} {bytes}, {bytes_per_sec}";

/// One piece of work that may be watched and interrupted.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    begun: Instant,
    shown: bool,
    interrupt: Interrupt,
}

impl Progress {
    /// `total` is the number of bytes, if it is known.
    pub(crate) fn of(what: &str, total: Option<u64>, session: &Session) -> Self {
        let bar = (session.world.terminals.stderr && !session.json).then(|| {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
            let template = if total.is_some() { WITH_END } else { WITHOUT_END };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_message(one_line(what));
            bar
        });
        Self { bar, begun: Instant::now(), shown: false, interrupt: session.world.interrupt.clone() }
    }

    /// So many bytes are done; says whether to go on.
    pub(crate) fn at(&mut self, done: u64) -> ControlFlow<()> {
        if let Some(bar) = &self.bar {
            if !self.shown && self.begun.elapsed() >= SHOWN_AFTER {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                self.shown = true;
            }
            bar.set_position(done);
        }
        self.interrupt.flow()
    }

    /// Counts what is read.
    pub(crate) fn reader<R: Read>(self, inner: R) -> Counted<R> {
        Counted { inner, done: 0, progress: self }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }
}

/// A reader whose bytes are counted.
pub(crate) struct Counted<R> {
    inner: R,
    done: u64,
    progress: Progress,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.done += read as u64;
        match self.progress.at(self.done) {
            ControlFlow::Continue(()) => Ok(read),
            ControlFlow::Break(()) => Err(io::Error::other("interrupted")),
        }
    }
}
