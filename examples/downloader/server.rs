//! The server and its limits.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fs, io};

use aiosync::Event;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_blocking;
use walkdir::WalkDir;

/// The limits of the server.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// The requests at a time.
    pub(crate) at_a_time: usize,
    /// The requests allowed at the start.
    pub(crate) burst: usize,
    /// The time after which one more request is allowed.
    pub(crate) every: Duration,
}

pub(crate) struct Server {
    /// The served files, by the path in the URL.
    files: BTreeMap<String, PathBuf>,
    limits: Limits,
    /// A mutex of std, because no guard is held across an `await`.
    load: Mutex<Load>,
}

struct Load {
    since: Instant,
    requests: usize,
    running: usize,
    most: usize,
}

impl Server {
    /// Creates a server of all files below these folders of `root`.
    pub(crate) fn new(root: &Path, folders: &[&str], limits: Limits) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        for folder in folders {
            for entry in WalkDir::new(root.join(folder)) {
                let entry = entry?;
                if entry.file_type().is_file() {
                    let below = entry
                        .path()
                        .strip_prefix(root)
                        .expect("each entry is below the root");
                    let path = format!("/{}", below.to_string_lossy().replace('\\', "/"));
                    files.insert(path, entry.into_path());
                }
            }
        }
        let load = Load {
            since: Instant::now(),
            requests: 0,
            running: 0,
            most: 0,
        };
        Ok(Self {
            files,
            limits,
            load: Mutex::new(load),
        })
    }

    /// Begins to measure the rate of requests.
    pub(crate) fn count_from_now(&self) {
        let mut load = self.load.lock().unwrap();
        load.since = Instant::now();
        load.requests = 0;
    }

    pub(crate) fn most_at_a_time(&self) -> usize {
        self.load.lock().unwrap().most
    }

    /// Serves until `stop` is set.
    pub(crate) async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        stop: Arc<Event>,
    ) -> io::Result<()> {
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let (stream, _) = accepted?;
                    tokio::spawn(Arc::clone(&self).serve_connection(stream));
                }
                () = stop.wait() => return Ok(()),
            }
        }
    }

    async fn serve_connection(self: Arc<Self>, stream: TcpStream) {
        let service = service_fn(|request| self.respond(request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        if let Err(error) = connection.await {
            eprintln!("error in the server: {error}");
        }
    }

    async fn respond(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let path = request.uri().path();
        let (status, body) = if path == "/" {
            let index: Vec<&str> = self.files.keys().map(String::as_str).collect();
            (StatusCode::OK, index.join("\n").into_bytes())
        } else if !self.begin() {
            (StatusCode::TOO_MANY_REQUESTS, Vec::new())
        } else {
            let found = self.read(path).await;
            self.load.lock().unwrap().running -= 1;
            found
        };
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = status;
        Ok(response)
    }

    async fn read(&self, path: &str) -> (StatusCode, Vec<u8>) {
        let Some(file) = self.files.get(path).cloned() else {
            return (StatusCode::NOT_FOUND, Vec::new());
        };
        match spawn_blocking(|| fs::read(file)).await {
            Ok(Ok(body)) => (StatusCode::OK, body),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
        }
    }

    /// Begins a request. Returns false if it would exceed the limits.
    fn begin(&self) -> bool {
        let mut load = self.load.lock().unwrap();
        let passed = load.since.elapsed().as_nanos() / self.limits.every.as_nanos();
        let allowed = self.limits.burst as u128 + passed;
        if load.requests as u128 >= allowed || load.running >= self.limits.at_a_time {
            return false;
        }
        load.requests += 1;
        load.running += 1;
        load.most = load.most.max(load.running);
        true
    }
}
