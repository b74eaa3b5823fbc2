//! The common part of the peers in Rust: waiting with tokio's `AsyncFd`, and the time.

use std::future::Future;
use std::io;
use std::os::unix::io::AsRawFd;
use tokio::io::unix::AsyncFd;

/// Runs `main` in a runtime with one thread.
pub fn run<F: Future>(main: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    runtime.expect("a runtime").block_on(main)
}

/// The argument at `position`, counted from 1, which must be a number.
pub fn argument(position: usize) -> usize {
    let text = std::env::args().nth(position).expect("more arguments");
    text.parse().expect("a number")
}

/// Waits until data can be read, and reads it.
pub async fn read<T: AsRawFd>(fd: &AsyncFd<T>, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        let mut guard = fd.readable().await?;
        match guard.try_io(|fd| read_now(fd.get_ref(), buffer)) {
            Ok(result) => return result,
            Err(_would_block) => continue,
        }
    }
}

fn read_now<T: AsRawFd>(fd: &T, buffer: &mut [u8]) -> io::Result<usize> {
    let pointer = buffer.as_mut_ptr().cast();
    counted(unsafe { libc::read(fd.as_raw_fd(), pointer, buffer.len()) })
}

/// Writes `bytes`, which must fit.
pub fn write<T: AsRawFd>(fd: &T, bytes: &[u8]) {
    let written = unsafe { libc::write(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    assert_eq!(counted(written).expect("room"), bytes.len());
}

fn counted(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// The CPU time of this process, in µs.
pub fn cpu_microseconds() -> f64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    assert_eq!(result, 0);
    now.tv_sec as f64 * 1e6 + now.tv_nsec as f64 / 1e3
}
