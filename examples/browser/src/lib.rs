//! A page that fetches many files, but only a few at a time.
//!
//! - A `Semaphore` limits the fetches.
//! - Each fetch puts its result into a `Queue`. One task gets the results and shows the counts.
//! - The tasks that fetch share a guard that closes the queue. So the queue is closed when the
//!   last fetch has ended.
//! - A timeout cancels a wait for a permit. The timer is the browser's.
//!
//! All tasks run on the page's event loop.

mod page;

use std::sync::Arc;

use aiosync::{Queue, Semaphore};
use futures_lite::future::or;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Response;

use crate::page::{Page, State};

const FILES: usize = 60;
const AT_A_TIME: usize = 4;

/// What a fetch has found.
struct Fetched {
    file: usize,
    result: Result<usize, JsValue>,
}

/// Fetches all files. Returns how many there were, the bytes in all of them, the most fetches at a
/// time, and how many waits for a permit are left after a timeout.
#[wasm_bindgen]
pub async fn run() -> Result<Vec<usize>, JsValue> {
    let page = Page::new(FILES, AT_A_TIME)?;
    let limit = Arc::new(Semaphore::new(AT_A_TIME));
    let results = Arc::new(Queue::bounded(8));

    let closes_the_queue = Arc::new(Arc::clone(&results).close_guard_owned());
    for file in 0..FILES {
        let (limit, results, page) = (Arc::clone(&limit), Arc::clone(&results), page.clone());
        let closes_the_queue = Arc::clone(&closes_the_queue);
        spawn_local(async move {
            let permit = limit.acquire().await;
            page.show(file, State::Running);
            let result = fetch(file).await;
            drop(permit);
            page.show(file, State::Fetched);
            let put = results.put(Fetched { file, result }).await;
            assert!(put.is_ok(), "the queue is closed after the last put");
            drop(closes_the_queue);
        });
    }
    drop(closes_the_queue);

    let (mut files, mut bytes) = (0, 0);
    while let Ok(Fetched { file, result }) = results.get().await {
        files += 1;
        bytes += result?;
        page.show(file, State::Counted);
        page.count(files, bytes, limit.waiters());
    }
    let left = give_up(&limit).await?;
    Ok(vec![files, bytes, page.most_at_a_time(), left])
}

/// Waits for a permit while there is none, and gives up after a moment. Returns how many waits are
/// left.
async fn give_up(limit: &Semaphore) -> Result<usize, JsValue> {
    let all = limit.acquire_many(AT_A_TIME).await;
    let granted = async {
        drop(limit.acquire().await);
        Err("there are too many permits".into())
    };
    or(granted, sleep(10)).await?;
    let left = limit.waiters();
    drop(all);
    Ok(left)
}

/// Waits for some milliseconds.
async fn sleep(milliseconds: i32) -> Result<(), JsValue> {
    let window = web_sys::window().ok_or("there is no window")?;
    let timer = Promise::new(&mut |resolve, _| {
        let started =
            window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
        started.expect("a window has timers");
    });
    JsFuture::from(timer).await?;
    Ok(())
}

/// Fetches a file and returns its length.
async fn fetch(file: usize) -> Result<usize, JsValue> {
    let window = web_sys::window().ok_or("there is no window")?;
    let response = JsFuture::from(window.fetch_with_str(&format!("file/{file}"))).await?;
    let response: Response = response.dyn_into()?;
    if !response.ok() {
        return Err(format!("file {file}: status {}", response.status()).into());
    }
    let text = JsFuture::from(response.text()?).await?;
    Ok(text.as_string().ok_or("a text is a string")?.len())
}
