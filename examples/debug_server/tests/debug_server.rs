//! The example `debug_server`, with clients on plain TCP connections.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use run::{assert_refuses_arguments, assert_says, outcome, run};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_debug_server");

/// The hangs that the watchdog of the program finds.
const HANGS: usize = 5;

/// A running server. Dropping it ends the process.
struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It runs until it is killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new(PROGRAM)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut server = Self {
            process,
            output,
            address: String::new(),
        };
        let line = server.line();
        let address = line.strip_prefix("listening on http://").expect(&line);
        let (address, path) = address.split_once('/').expect(&line);
        assert_eq!(path, "debug/aiosync");
        server.address = address.to_owned();
        server
    }

    /// Starts a server, and waits until its watchdog has found all hangs.
    fn hanging() -> Self {
        let mut server = Self::start();
        let hangs: Vec<String> = (0..HANGS).map(|_| server.line()).collect();
        for (index, hang) in hangs.iter().enumerate() {
            assert!(hang.starts_with(&format!("hang {}: ", index + 1)), "{hang}");
        }
        server
    }

    /// Returns the next line of the output.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    /// Returns the head and the body of a response.
    fn get(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let address = &self.address;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("it responds");
        let (head, body) = response.split_once("\r\n\r\n").expect(&response);
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        (head.to_owned(), body.to_owned())
    }
}

#[test]
fn the_json_has_the_hangs_of_the_program() {
    let server = Server::hanging();
    let (head, body) = server.get("/debug/aiosync.json");
    assert_says(&head, "application/json");
    let report: Value = serde_json::from_str(&body).expect("it is JSON");
    assert_eq!(report["recording"], "holders");
    let verdicts = report["verdicts"].as_array().expect("a list");
    let kinds: Vec<&Value> = verdicts.iter().map(|verdict| &verdict["verdict"]).collect();
    assert_eq!(kinds, ["futurelock", "cycle"]);
    let primitives = report["primitives"].as_array().expect("a list");
    let connections = primitives.iter().find(|one| one["name"] == "connections");
    let connections = connections.expect("the pool has a waiter");
    assert_eq!(connections["supply"]["available"], 0);
    assert_eq!(connections["holders"].as_array().map(Vec::len), Some(4));
}

#[test]
fn the_page_shows_the_verdicts_and_the_tasks() {
    let server = Server::hanging();
    let (head, body) = server.get("/debug/aiosync");
    assert_says(&head, "text/html");
    assert_says(&body, "<p class=\"verdict certain\">FUTURELOCK (certain)");
    assert_says(
        &body,
        "CYCLE (suspected, because guards can move): &quot;Ann to Bob&quot;",
    );
    assert_says(&body, "<td>request 13</td><td>waits</td>");
    assert_says(
        &body,
        "<td>syncer</td><td>was granted, and has not polled</td>",
    );
}

#[cfg(unix)]
#[test]
fn sigusr1_prints_a_report() {
    let mut server = Server::hanging();
    // The shell's builtin `kill`, because not every system has a program of that name.
    let kill = format!("kill -USR1 {}", server.process.id());
    let sent = Command::new("sh").args(["-c", &kill]).status();
    assert!(sent.expect("a shell").success());
    let mut report = String::new();
    while !report.contains("CYCLE") {
        report += &server.line();
        report += "\n";
    }
    assert_says(
        &report,
        "=> FUTURELOCK (certain): poll or drop the future created at ",
    );
    assert_says(&report, "Semaphore ");
}

#[test]
fn a_port_in_use_is_reported() {
    let server = Server::start();
    let (_, port) = server.address.split_once(':').expect("an address");
    let (code, printed, errors) = outcome(PROGRAM, &["--port", port]);
    assert_eq!((code, printed.as_str()), (Some(1), ""));
    let expected = format!("error: cannot listen on {}: ", server.address);
    assert!(errors.starts_with(&expected), "{errors}");
}

#[test]
fn unknown_arguments_are_refused() {
    assert_refuses_arguments(PROGRAM);
    assert_says(&run(PROGRAM, &["--help"]), "--port");
}
