//! The server, which counts its connections.

use std::io;
use std::sync::{Arc, Mutex};

use aiosync::Event;
use smol::future::FutureExt;
use smol::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use smol::net::{TcpListener, TcpStream};

/// It hangs up instead of answering each so many requests.
const HANGS_UP: usize = 100;

#[derive(Default)]
pub(crate) struct Server {
    /// Of std: nothing is awaited while it is held.
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

/// What to do with a request.
enum Answer {
    Done,
    HangUp,
}

impl Server {
    pub(crate) fn seen(&self) -> Seen {
        *self.seen.lock().unwrap()
    }

    /// Serves until `stop`.
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
                    smol::spawn(Arc::clone(&self).converse(stream)).detach();
                }
                None => return Ok(()),
            }
        }
    }

    async fn converse(self: Arc<Self>, stream: TcpStream) {
        self.begin();
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        while let Ok(1..) = stream.read_line(&mut line).await {
            match self.answer(line.trim_end()) {
                // The end is counted before the client can see it.
                Answer::HangUp => return,
                Answer::Done => {}
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

    fn answer(&self, request: &str) -> Answer {
        let mut seen = self.seen.lock().unwrap();
        seen.requests += 1;
        let number = request
            .strip_prefix("ADD ")
            .and_then(|n| n.parse::<u64>().ok());
        match number {
            Some(number) if seen.requests % HANGS_UP != 0 => {
                seen.total += number;
                Answer::Done
            }
            _ => {
                seen.open -= 1;
                seen.hung_up += 1;
                Answer::HangUp
            }
        }
    }
}
