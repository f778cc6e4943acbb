//! The example `worker_pool`, run as its users do.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_worker_pool");

const STARTED: &str = "running; Ctrl-C stops it\n";

/// Checks that these lines report the jobs from 1 to some number, each once. Returns that
/// number.
#[track_caller]
fn finished(lines: &[&str]) -> usize {
    let numbers: Option<BTreeSet<usize>> = (lines.iter())
        .map(|line| {
            line.strip_prefix("job ")?
                .strip_suffix(" is done")?
                .parse()
                .ok()
        })
        .collect();
    let expected = BTreeSet::from_iter(1..=lines.len());
    assert_eq!(numbers, Some(expected), "{lines:#?}");
    lines.len()
}

#[test]
fn it_ends_when_all_jobs_are_done() {
    let output = Command::new(PROGRAM).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{printed}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), STARTED);

    let lines: Vec<&str> = printed.lines().collect();
    let (last, jobs) = lines.split_last().unwrap();
    assert_eq!(finished(jobs), 100);
    assert_eq!(
        *last,
        "stopped by the end of the jobs: 100 jobs accepted, 0 lost"
    );
}

/// The output is full when the program starts, so it can finish no job before the test reads.
/// The signal comes earlier, in the middle of the jobs.
#[cfg(unix)]
fn signals_finish_the_accepted_jobs(signal: &str) {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::process::Stdio;

    let (mut output, mut full) = UnixStream::pair().unwrap();
    full.set_nonblocking(true).unwrap();
    while full.write(b"\n").is_ok() {}
    full.set_nonblocking(false).unwrap();
    let mut running = Command::new(PROGRAM)
        .stdout(OwnedFd::from(full))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut started = String::new();
    let mut errors = BufReader::new(running.stderr.take().unwrap());
    errors.read_line(&mut started).unwrap();
    assert_eq!(started, STARTED);

    // The shell's builtin `kill`, because not every system has a program of that name.
    let kill = format!("kill -{signal} {}", running.id());
    let sent = Command::new("sh").args(["-c", &kill]).status();
    assert!(sent.unwrap().success());
    let mut printed = String::new();
    output.read_to_string(&mut printed).unwrap();
    errors.read_to_string(&mut printed).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(0), "{printed}");

    let lines: Vec<&str> = printed.lines().filter(|line| !line.is_empty()).collect();
    let (last, jobs) = lines.split_last().unwrap();
    let accepted = finished(jobs);
    assert_eq!(
        *last,
        format!("stopped by a signal: {accepted} jobs accepted, 0 lost")
    );
    // The 16 jobs in the queue are among them.
    assert!((16..100).contains(&accepted), "{printed}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_finishes_the_accepted_jobs() {
    signals_finish_the_accepted_jobs("INT");
}

#[cfg(unix)]
#[test]
fn sigterm_finishes_the_accepted_jobs() {
    signals_finish_the_accepted_jobs("TERM");
}
