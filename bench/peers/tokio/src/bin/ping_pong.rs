//! Two tokio tasks send one byte back and forth. The argument is the number of round trips.

use std::os::unix::net::UnixStream;
use std::time::Instant;
use tokio::io::unix::AsyncFd;

type Socket = AsyncFd<UnixStream>;

fn socket(end: UnixStream) -> Socket {
    end.set_nonblocking(true).expect("set_nonblocking");
    AsyncFd::new(end).expect("a socket")
}

async fn receive(socket: &Socket) {
    assert_eq!(peers::read(socket, &mut [0]).await.expect("read"), 1);
}

async fn serve(socket: Socket, round_trips: usize) {
    for _ in 0..round_trips {
        peers::write(socket.get_ref(), b"x");
        receive(&socket).await;
    }
}

async fn answer(socket: Socket, round_trips: usize) {
    for _ in 0..round_trips {
        receive(&socket).await;
        peers::write(socket.get_ref(), b"x");
    }
}

fn main() {
    let round_trips = peers::argument(1);
    peers::run(async {
        let (left, right) = UnixStream::pair().expect("socketpair");
        let (left, right) = (socket(left), socket(right));
        let cpu_before = peers::cpu_microseconds();
        let start = Instant::now();
        let answering = tokio::spawn(answer(right, round_trips));
        tokio::spawn(serve(left, round_trips)).await.expect("serve");
        answering.await.expect("answer");
        let round_trip = start.elapsed().as_secs_f64() * 1e6 / round_trips as f64;
        let cpu = (peers::cpu_microseconds() - cpu_before) / round_trips as f64;
        println!("{{\"roundTrip\":{round_trip:.4},\"cpu\":{cpu:.4}}}");
    });
}
