//! The example `axum_shutdown`, with clients on plain TCP connections.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use run::{assert_refuses_arguments, assert_says, outcome};

const PROGRAM: &str = env!("CARGO_BIN_EXE_axum_shutdown");

/// A deadline that passes only if the server waits for something that never happens.
#[cfg(unix)]
const LONG: &str = "600";

/// A running server. Dropping it ends the process.
struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process has ended already, unless a test fails.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(PROGRAM)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut server = Self {
            process,
            output,
            address: String::new(),
        };
        let line = server.line();
        let address = line.strip_prefix("listening on http://").expect(&line);
        server.address = address.to_owned();
        server
    }

    /// Returns the next line of the output.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Response {
        Request::begin(self, method, path, body, "").finish()
    }

    #[cfg(unix)]
    fn kill(&self, signal: &str) {
        // The shell's builtin `kill`, because not every system has a program of that name.
        let kill = format!("kill -{signal} {}", self.process.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end. Returns the exit code, the remaining output and the errors.
    #[cfg(unix)]
    fn end(mut self) -> (Option<i32>, String, String) {
        let (mut printed, mut errors) = (String::new(), String::new());
        self.output.read_to_string(&mut printed).unwrap();
        let stderr = self.process.stderr.take();
        stderr.unwrap().read_to_string(&mut errors).unwrap();
        (self.process.wait().unwrap().code(), printed, errors)
    }
}

/// A request without its body.
struct Request<'a> {
    stream: BufReader<TcpStream>,
    body: &'a str,
}

impl<'a> Request<'a> {
    /// Connects and sends the head of a request.
    fn begin(server: &Server, method: &str, path: &str, body: &'a str, header: &str) -> Self {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        let length = body.len();
        let address = &server.address;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{header}\r\n"
        )
        .unwrap();
        let stream = BufReader::new(stream);
        Self { stream, body }
    }

    /// Begins a request, and waits until the server reads its body.
    #[cfg(unix)]
    fn halfway(server: &Server, method: &str, path: &str, body: &'a str) -> Self {
        let mut request = Self::begin(server, method, path, body, "Expect: 100-continue\r\n");
        for expected in ["HTTP/1.1 100 Continue\r\n", "\r\n"] {
            let mut line = String::new();
            request.stream.read_line(&mut line).unwrap();
            assert_eq!(line, expected);
        }
        request
    }

    /// Sends the body and returns the response.
    fn finish(mut self) -> Response {
        let body = self.body.as_bytes();
        self.stream.get_mut().write_all(body).unwrap();
        let mut response = String::new();
        self.stream.read_to_string(&mut response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").expect(&response);
        let status = head.split(' ').nth(1).expect(head);
        Response {
            status: status.parse().expect(head),
            retry_after: head.lines().find_map(|line| {
                let value = line.strip_prefix("retry-after: ")?;
                Some(value.to_owned())
            }),
            body: body.to_owned(),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Response {
    status: u16,
    retry_after: Option<String>,
    body: String,
}

/// The response with this status and body, and without `Retry-After`.
fn response(status: u16, body: &str) -> Response {
    Response {
        status,
        retry_after: None,
        body: format!("{body}\n"),
    }
}

#[cfg(unix)]
fn the_signal_finishes_the_accepted_jobs(signal: &str) {
    let mut server = Server::start(&["--paused", "--deadline", LONG]);
    for text in ["one", "two words", "and three words"] {
        assert_eq!(
            server.request("POST", "/jobs", text),
            response(202, "accepted")
        );
    }
    let late = Request::halfway(&server, "POST", "/jobs", "late");
    let resume = Request::halfway(&server, "POST", "/resume", "by the test");

    server.kill(signal);
    assert_eq!(
        server.line(),
        "stopped by a signal: accepted 3, done 0, words 0"
    );
    assert_eq!(late.finish(), response(503, "the server is shutting down"));
    assert_eq!(resume.finish(), response(200, "resumed"));

    assert_eq!(server.line(), "resumed: \"by the test\"");
    let (code, printed, errors) = server.end();
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert_eq!(printed, "ended: accepted 3, done 3, words 6\n");
}

#[cfg(unix)]
#[test]
fn sigterm_finishes_the_accepted_jobs() {
    the_signal_finishes_the_accepted_jobs("TERM");
}

#[cfg(unix)]
#[test]
fn ctrl_c_finishes_the_accepted_jobs() {
    the_signal_finishes_the_accepted_jobs("INT");
}

#[cfg(unix)]
#[test]
fn jobs_that_are_not_done_at_the_deadline_are_lost() {
    let server = Server::start(&["--paused", "--deadline", "0"]);
    for _ in 0..2 {
        assert_eq!(server.request("POST", "/jobs", "x").status, 202);
    }
    server.kill("TERM");
    let (code, printed, errors) = server.end();
    assert_eq!(
        (code, errors.as_str()),
        (Some(1), "error: 2 accepted jobs were lost\n")
    );
    assert_says(
        &printed,
        "the deadline of 0 s has passed\nended: accepted 2, done 0",
    );
}

#[cfg(unix)]
#[test]
fn a_server_without_jobs_ends_at_once() {
    let server = Server::start(&["--paused", "--deadline", LONG]);
    server.kill("TERM");
    let (code, printed, errors) = server.end();
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let expected = [
        "stopped by a signal: accepted 0, done 0, words 0\n",
        "ended: accepted 0, done 0, words 0\n",
    ];
    assert_eq!(printed, expected.concat());
}

#[test]
fn a_full_queue_refuses_jobs() {
    let server = Server::start(&["--paused", "--capacity", "2"]);
    for _ in 0..2 {
        assert_eq!(
            server.request("POST", "/jobs", "x"),
            response(202, "accepted")
        );
    }
    for _ in 0..2 {
        let expected = Response {
            retry_after: Some("1".to_owned()),
            ..response(503, "the queue is full")
        };
        assert_eq!(server.request("POST", "/jobs", "x"), expected);
    }
    let stats = response(200, "accepted 2, done 0, words 0, waiting 2");
    assert_eq!(server.request("GET", "/stats", ""), stats);
}

#[test]
fn a_port_in_use_is_reported() {
    let server = Server::start(&[]);
    let (_, port) = server.address.split_once(':').unwrap();
    let (code, printed, errors) = outcome(PROGRAM, &["--port", port]);
    assert_eq!((code, printed.as_str()), (Some(1), ""));
    let expected = format!("error: cannot listen on {}: ", server.address);
    assert!(errors.starts_with(&expected), "{errors}");
}

#[test]
fn unknown_arguments_are_refused() {
    assert_refuses_arguments(PROGRAM);
}

#[test]
fn numbers_out_of_range_are_refused_with_the_rule_and_the_value() {
    for (option, value, rule) in [
        ("--port", "65536", "65536 is not in 0..=65535"),
        ("--capacity", "0", "0 is not in 1..=65535"),
        ("--deadline", "3601", "3601 is not in 0..=3600"),
        ("--deadline", "soon", "invalid digit"),
    ] {
        let (code, printed, errors) = outcome(PROGRAM, &[option, value]);
        assert_eq!((code, printed.as_str()), (Some(2), ""));
        assert_says(&errors, &format!("'{value}' for '{option} "));
        assert_says(&errors, rule);
    }
}
