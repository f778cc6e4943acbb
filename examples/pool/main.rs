#![forbid(unsafe_code)]
//! Many tasks share a few connections to a server, which the program starts itself. For each
//! line of this repository's documents, a task sends the number of words over one of the
//! connections. The server adds them up.
//!
//! ```text
//! cargo run -p pool
//! ```
//!
//! The pool is a `LifoQueue` of places, each with an idle connection or empty. Now and then,
//! the server hangs up. Then the client discards the connection, and its place is empty. At
//! the end, the program closes the queue. So no call waits for a connection forever.
//!
//! | module | contents |
//! |---|---|
//! | [`pool`] | the pool, for values of any type |
//! | [`server`] | the server, which counts its connections |
//! | [`connection`] | a connection of the client |
//!
//! Exit code: 0 if the server's total is right and it never had more connections than the
//! pool allows.

mod connection;
mod pool;
mod server;
#[path = "../usage.rs"]
mod usage;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::{fs, io};

use aiosync::{Event, Queue};
use smol::net::TcpListener;

use crate::connection::Connection;
use crate::pool::{GetError, Pool};
use crate::server::Server;

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The maximum number of connections.
const CONNECTIONS: usize = 3;

/// The number of tasks that use them.
const TASKS: usize = 12;

fn main() -> ExitCode {
    let [] = usage::read(
        "Sends requests to a server over a pool of connections, and checks the result.",
        [],
    );
    match smol::block_on(run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (server, stop) = (Arc::new(Server::default()), Arc::new(Event::new()));
    let serving = smol::spawn(Arc::clone(&server).serve(listener, Arc::clone(&stop)));

    let lines = smol::unblock(lines).await?;
    let expected: u64 = lines.iter().map(|line| words(line)).sum();
    let pool = Arc::new(Pool::new(CONNECTIONS));
    let work = Arc::new(Queue::unbounded());
    work.put_many(lines).await.expect("the queue is open");
    work.close();
    let tasks = [(); TASKS].map(|()| {
        let (pool, work) = (Arc::clone(&pool), Arc::clone(&work));
        smol::spawn(async move {
            while let Ok(line) = work.get().await {
                loop {
                    let lent = pool.get(|| Connection::open(address)).await;
                    let mut lent = lent.map_err(io::Error::other)?;
                    match lent.add(words(&line)).await {
                        Ok(()) => break,
                        // The server hung up and did not add the number.
                        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                            lent.discard()
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
            Ok(())
        })
    });
    for task in tasks {
        task.await?;
    }
    let idle = pool.close().count();
    pool.all_returned().await;
    let later = pool.get(|| Connection::open(address)).await;
    if !matches!(later, Err(GetError::Closed)) {
        return Err(io::Error::other("a closed pool lends no connection"));
    }
    stop.set();
    serving.await?;

    let seen = server.seen();
    println!("words                    {}", seen.total);
    println!("opened connections       {}", seen.opened);
    println!("closed by the server     {}", seen.hung_up);
    println!(
        "connections at a time    {} (limit: {CONNECTIONS})",
        seen.most
    );
    println!("idle at the end          {idle}");
    let right = seen.total == expected
        && seen.most <= CONNECTIONS
        && seen.hung_up > 0
        && seen.opened <= CONNECTIONS + seen.hung_up
        && seen.opened - seen.hung_up == idle;
    if !right {
        return Err(io::Error::other(format!(
            "a figure is wrong; the documents have {expected} words"
        )));
    }
    Ok(())
}

/// Returns all lines of the documents.
fn lines() -> io::Result<Vec<String>> {
    let docs = Path::new(ROOT).join("docs");
    let mut lines = Vec::new();
    for entry in fs::read_dir(docs)? {
        let path = entry?.path();
        if path.is_file() {
            lines.extend(fs::read_to_string(path)?.lines().map(str::to_owned));
        }
    }
    Ok(lines)
}

fn words(line: &str) -> u64 {
    line.split_whitespace().count() as u64
}
