//! Writing to the disk while more is being written.

use std::fs::File;
use std::io;
use std::sync::mpsc::{self, SyncSender};
use std::thread::{self, JoinHandle};

/// After so many bytes the system is asked to write them to the disk, while more are written.
const FLUSH_EVERY: u64 = 64 << 20;

/// How much has been written since the last flush, and who flushes.
#[derive(Debug, Default)]
pub(super) struct Flushing {
    unflushed: u64,
    pub(super) flusher: Option<Flusher>,
}

impl Flushing {
    pub(super) fn count(&mut self, written: u64, file: &File) {
        self.unflushed += written;
        if self.unflushed >= FLUSH_EVERY {
            self.unflushed = 0;
            if self.flusher.is_none() {
                self.flusher = Flusher::start(file);
            }
            self.flusher.iter().for_each(Flusher::wake);
        }
    }
}

/// A thread that writes to the disk what has been written to the file so far, so that little is
/// left to wait for at the end. It only saves time: without it, the end does all the work.
#[derive(Debug)]
pub(super) struct Flusher {
    wake: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Flusher {
    fn start(file: &File) -> Option<Self> {
        let file = file.try_clone().ok()?;
        let (wake, woken) = mpsc::sync_channel(1);
        let flush = move || woken.iter().try_for_each(|()| file.sync_data());
        Some(Self { wake, thread: thread::Builder::new().spawn(flush).ok()? })
    }

    /// If it is still at work, it has been told already; if it failed, the end will say so.
    fn wake(&self) {
        let _ = self.wake.try_send(());
    }

    /// The system tells an error of the disk once: what this thread was told must not be lost.
    pub(super) fn finish(self) -> io::Result<()> {
        let Self { wake, thread } = self;
        drop(wake);
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that writes to the disk failed")))
    }
}
