//! A file descriptor that whoever started this process has left open for it, and named by its number.

use std::fs::File;
use std::io;
use std::os::fd::BorrowedFd;

use rustix::io::{Errno, FdFlags, fcntl_dupfd_cloexec, fcntl_getfd};

/// The open file itself, where its reader has come to: no path leads to a socket, or to the pipe of another user.
#[expect(
    unsafe_code,
    reason = "a number in the arguments is the only way in which a shell hands over an open file"
)]
pub(crate) fn inherited(number: u32) -> io::Result<File> {
    let number = i32::try_from(number).map_err(|_| Errno::BADF)?;
    // SAFETY: the number is not -1. Whether it is of an open file, the system says in both calls. What is open was
    // open at the start, or is closed when another program is started, as all that this one opens; of that nothing
    // is taken, so that no owner in this process loses a file or shares one.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    if fcntl_getfd(borrowed)?.contains(FdFlags::CLOEXEC) {
        return Err(Errno::BADF.into());
    }
    Ok(fcntl_dupfd_cloexec(borrowed, 0)?.into())
}
