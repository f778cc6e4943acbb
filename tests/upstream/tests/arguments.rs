//! What the command says about its arguments.

use std::process::{Command, Output};

fn upstream(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upstream"));
    command
        .args(arguments)
        .output()
        .expect("the command can be run")
}

#[track_caller]
fn is_misuse(arguments: &[&str], problem: &str) {
    let output = upstream(arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(message.lines().next(), Some(problem));
    assert!(message.contains("usage: cargo upstream"), "{message}");
    assert!(output.stdout.is_empty());
}

#[test]
fn an_unknown_option_is_named() {
    is_misuse(&["--pages"], "there is no option --pages");
}

#[test]
fn a_name_that_no_suite_has_is_named() {
    is_misuse(
        &["tokio", "sync_mutx"],
        "no suite has \"sync_mutx\" in its name",
    );
}

#[test]
fn two_options_are_refused() {
    is_misuse(&["--list", "--page"], "only one option is possible");
}

#[test]
fn a_page_of_some_suites_is_refused() {
    is_misuse(
        &["--page", "tokio"],
        "--page runs all suites, and takes no names",
    );
}

#[test]
fn an_unknown_client_is_named() {
    is_misuse(&["--clients", "bb8"], "no client has the name \"bb8\"");
}

#[test]
fn an_unknown_option_of_the_clients_is_named() {
    is_misuse(&["--clients", "--list"], "--clients has no option --list");
}

#[test]
fn two_options_of_the_clients_are_refused() {
    is_misuse(
        &["--clients", "--page", "--lock"],
        "--clients takes only one option",
    );
}

#[test]
fn a_measurement_of_some_clients_is_refused() {
    is_misuse(
        &["--clients", "--measure", "tower"],
        "this option of --clients is for all clients, and takes no names",
    );
}

#[test]
fn the_clients_come_first() {
    is_misuse(
        &["tokio", "--clients"],
        "--clients must be the first option",
    );
}
