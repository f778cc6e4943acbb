//! A thread that shows reports while the rest of the program hangs.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;

use aiosync::diagnostics;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::page;

/// Starts the thread. Prints the address.
pub(crate) fn start(port: u16) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = runtime.block_on(TcpListener::bind(address));
    let listener = listener
        .map_err(|error| io::Error::other(format!("cannot listen on {address}: {error}")))?;
    let bound = listener.local_addr()?;
    let signals = runtime.block_on(async { print_on_signal() })?;
    println!("listening on http://{bound}/debug/aiosync");
    let serve = async move {
        let server = axum::serve(listener, router()).into_future();
        let (ended, ()) = tokio::join!(server, signals);
        ended
    };
    let thread = thread::Builder::new().name("debug server".to_owned());
    thread.spawn(move || {
        if let Err(error) = runtime.block_on(serve) {
            eprintln!("error: the debug server has ended: {error}");
        }
    })?;
    Ok(())
}

fn router() -> Router {
    Router::new()
        .route("/debug/aiosync", get(show_page))
        .route("/debug/aiosync.json", get(show_json))
}

async fn show_page() -> Html<String> {
    Html(page::page(&diagnostics::report()))
}

async fn show_json() -> impl IntoResponse {
    let json = serde_json::to_string_pretty(&diagnostics::report());
    let json = json.expect("a report has only text and numbers");
    ([(CONTENT_TYPE, "application/json")], json + "\n")
}

/// Prints a report after each SIGUSR1.
///
/// A report must not be made in a signal handler. Here, the handler only wakes this future.
#[cfg(unix)]
fn print_on_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut signals = signal(SignalKind::user_defined1())?;
    Ok(async move {
        while signals.recv().await.is_some() {
            println!("{}", diagnostics::report());
        }
    })
}

/// Does nothing: this system has no SIGUSR1.
#[cfg(not(unix))]
fn print_on_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {})
}
