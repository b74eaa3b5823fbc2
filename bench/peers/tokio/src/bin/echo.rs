//! Echoes data from fd 3, waiting with tokio's `AsyncFd`.

use std::os::unix::io::FromRawFd;
use std::os::unix::net::UnixStream;
use tokio::io::unix::AsyncFd;

fn main() {
    peers::run(async {
        let socket = AsyncFd::new(unsafe { UnixStream::from_raw_fd(3) }).expect("a socket");
        let mut buffer = [0; 64];
        loop {
            match peers::read(&socket, &mut buffer).await.expect("read") {
                0 => break,
                count => peers::write(socket.get_ref(), &buffer[..count]),
            }
        }
    });
}
