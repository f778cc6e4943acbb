//! The server, which counts its connections.

use std::io;
use std::sync::{Arc, Mutex};

use aiosync::Event;
use smol::future::FutureExt;
use smol::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use smol::net::{TcpListener, TcpStream};

/// Of this number of requests, the server hangs up on one.
const HANGS_UP: usize = 100;

#[derive(Default)]
pub(crate) struct Server {
    /// A mutex of std, because no guard is held across an `await`.
    seen: Mutex<Seen>,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) total: u64,
    pub(crate) requests: usize,
    pub(crate) opened: usize,
    pub(crate) open: usize,
    pub(crate) most: usize,
    pub(crate) hung_up: usize,
}

/// The reaction to a request.
enum Reaction {
    Confirm,
    HangUp,
}

impl Server {
    pub(crate) fn seen(&self) -> Seen {
        *self.seen.lock().unwrap()
    }

    /// Serves until `stop` is set.
    pub(crate) async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        stop: Arc<Event>,
    ) -> io::Result<()> {
        loop {
            let accepted = async { Some(listener.accept().await) };
            let stopped = async {
                stop.wait().await;
                None
            };
            match accepted.or(stopped).await {
                Some(accepted) => {
                    let (stream, _) = accepted?;
                    smol::spawn(Arc::clone(&self).serve_connection(stream)).detach();
                }
                None => return Ok(()),
            }
        }
    }

    async fn serve_connection(self: Arc<Self>, stream: TcpStream) {
        self.begin();
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        while let Ok(1..) = stream.read_line(&mut line).await {
            match self.handle(line.trim_end()) {
                // `handle` has counted the end already, before the client can see it.
                Reaction::HangUp => return,
                Reaction::Confirm => {}
            }
            if stream.get_mut().write_all(b"OK\n").await.is_err() {
                break;
            }
            line.clear();
        }
        self.seen.lock().unwrap().open -= 1;
    }

    fn begin(&self) {
        let mut seen = self.seen.lock().unwrap();
        seen.opened += 1;
        seen.open += 1;
        seen.most = seen.most.max(seen.open);
    }

    fn handle(&self, request: &str) -> Reaction {
        let mut seen = self.seen.lock().unwrap();
        seen.requests += 1;
        let number = request
            .strip_prefix("ADD ")
            .and_then(|n| n.parse::<u64>().ok());
        match number {
            Some(number) if seen.requests % HANGS_UP != 0 => {
                seen.total += number;
                Reaction::Confirm
            }
            _ => {
                seen.open -= 1;
                seen.hung_up += 1;
                Reaction::HangUp
            }
        }
    }
}
