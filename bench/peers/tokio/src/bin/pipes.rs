//! The pipes workload with tokio, with a task for each pipe. The arguments are the numbers of pipes, active ones, writes and runs.

use std::os::unix::io::{FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::Arc;
use std::time::Instant;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;

struct Workload {
    write_ends: Vec<OwnedFd>,
    writes_left: AtomicUsize,
    written: AtomicUsize,
    seen: AtomicUsize,
    finished: Notify,
}

impl Workload {
    fn write(&self, index: usize) {
        peers::write(&self.write_ends[index % self.write_ends.len()], b"e");
        add(&self.written, 1);
    }

    async fn read(self: Arc<Self>, index: usize, end: AsyncFd<OwnedFd>) {
        loop {
            assert_eq!(peers::read(&end, &mut [0]).await.expect("read"), 1);
            let seen = add(&self.seen, 1);
            let left = self.writes_left.load(Relaxed);
            if left > 0 {
                self.writes_left.store(left - 1, Relaxed);
                self.write(index + 1);
            } else if seen == self.written.load(Relaxed) {
                self.finished.notify_one();
            }
        }
    }

    /// The time of an event, in µs.
    async fn run(&self, active: usize, writes: usize) -> f64 {
        self.written.store(0, Relaxed);
        self.seen.store(0, Relaxed);
        self.writes_left.store(writes, Relaxed);
        let space = self.write_ends.len() / active;
        for i in 0..active {
            self.write(i * space);
        }
        let start = Instant::now();
        self.finished.notified().await;
        start.elapsed().as_secs_f64() * 1e6 / self.seen.load(Relaxed) as f64
    }
}

/// Adds, in a program of one thread. Returns the sum.
fn add(number: &AtomicUsize, more: usize) -> usize {
    let sum = number.load(Relaxed) + more;
    number.store(sum, Relaxed);
    sum
}

fn pipe() -> (OwnedFd, OwnedFd) {
    let mut ends = [0; 2];
    let result = unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_NONBLOCK | libc::O_CLOEXEC) };
    assert_eq!(result, 0, "pipe2");
    unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) }
}

fn main() {
    let [pipes, active, writes, runs] = [1, 2, 3, 4].map(peers::argument);
    peers::run(async {
        let (read_ends, write_ends): (Vec<_>, Vec<_>) = (0..pipes).map(|_| pipe()).unzip();
        let workload = Arc::new(Workload {
            write_ends,
            writes_left: AtomicUsize::new(0),
            written: AtomicUsize::new(0),
            seen: AtomicUsize::new(0),
            finished: Notify::new(),
        });
        for (index, end) in read_ends.into_iter().enumerate() {
            let end = AsyncFd::new(end).expect("a pipe");
            tokio::spawn(workload.clone().read(index, end));
        }
        let mut measured = Vec::new();
        for _ in 0..runs {
            measured.push(format!("{:.4}", workload.run(active, writes).await));
        }
        println!("{{\"runs\":[{}]}}", measured.join(","));
    });
}
