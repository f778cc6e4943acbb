//! Tests that run in a process of their own, because their failure aborts the process.
#![forbid(unsafe_code)]

use std::env;
use std::process::Command;

/// Set in the process that runs the body.
const CHILD: &str = "AIOSYNC_TEST_IN_ITS_OWN_PROCESS";

/// Runs the body of a test in another process, which must succeed. `module` is the test's
/// `module_path!()`, and `test` its name.
#[track_caller]
pub(crate) fn in_own_process(module: &str, test: &str, body: impl FnOnce()) {
    if cfg!(miri) || env::var_os(CHILD).is_some() {
        return body();
    }
    let module = module.split_once("::").map_or("", |(_, module)| module);
    let mut child = Command::new(env::current_exe().expect("this is a program"));
    child
        .args(["--exact", &format!("{module}::{test}")])
        .args(["--test-threads", "1"])
        .env(CHILD, "1");
    let output = child.output().expect("it can be started again");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("running 1 test"), "{printed}");
    assert!(
        output.status.success(),
        "{module}::{test} ended with {}",
        output.status
    );
}
