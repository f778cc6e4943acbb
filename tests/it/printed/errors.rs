//! Every error has a readable message, whatever it holds.
#![forbid(unsafe_code)]

use std::error::Error;
use std::time::Duration;

use aiosync::{
    Barrier, GetTimeoutError, PutTimeoutError, Queue, ReserveError, Semaphore, SetError,
    TryGetError, TryPutError, TryReserveError,
};

use super::printed;
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::queue::ready;

/// Implements neither `Debug` nor anything else.
struct Plain;

/// One of each error, with words of its message.
fn errors() -> Vec<(Box<dyn Error>, [&'static str; 2])> {
    let full = Queue::bounded(1);
    full.try_put(Plain).unwrap();
    let closed = Queue::<Plain>::bounded(1);
    closed.close();
    let empty = Queue::<Plain>::bounded(1);
    let barrier = Barrier::new(2);
    barrier.abort();
    let broken = ready(barrier.wait()).unwrap_err();
    let late = PutTimeoutError::Timeout(Plain);
    let too_late = PutTimeoutError::Closed(Plain);
    let rest = ready(closed.put_many([Plain, Plain])).unwrap_err();
    vec![
        (
            Box::new(ready(closed.put(Plain)).unwrap_err()),
            ["queue", "closed"],
        ),
        (
            Box::new(full.try_put(Plain).unwrap_err()),
            ["queue", "full"],
        ),
        (
            Box::new(closed.try_put(Plain).unwrap_err()),
            ["queue", "closed"],
        ),
        (Box::new(late), ["queue", "in time"]),
        (Box::new(too_late), ["queue", "closed"]),
        (Box::new(rest), ["queue", "closed"]),
        (Box::new(ReserveError), ["queue", "closed"]),
        (Box::new(TryReserveError::Full), ["queue", "full"]),
        (Box::new(TryReserveError::Closed), ["queue", "closed"]),
        (
            Box::new(ready(closed.get()).map(drop).unwrap_err()),
            ["queue", "closed"],
        ),
        (
            Box::new(empty.try_get().map(drop).unwrap_err()),
            ["queue", "no item"],
        ),
        (Box::new(TryGetError::Closed), ["queue", "closed"]),
        (Box::new(GetTimeoutError::Timeout), ["queue", "in time"]),
        (Box::new(GetTimeoutError::Closed), ["queue", "closed"]),
        (Box::new(SetError::Initialized(Plain)), ["cell", "already"]),
        (Box::new(SetError::Initializing(Plain)), ["cell", "running"]),
        (
            Box::new(empty.task_done().unwrap_err()),
            ["task_done", "more often"],
        ),
        (Box::new(broken), ["barrier", "reset"]),
        (
            Box::new(Semaphore::bounded(7).release(3).unwrap_err()),
            ["3", "7"],
        ),
    ]
}

#[test]
fn every_error_is_a_sentence_that_names_its_reason() {
    for (error, words) in errors() {
        let (sentence, debug) = (error.to_string(), printed(&*error));
        assert!(sentence.split(' ').count() >= 5, "{sentence}");
        // The message fits behind "cannot continue: ", as is the custom.
        assert!(!sentence.ends_with('.'), "{sentence}");
        assert!(!sentence.starts_with(char::is_uppercase), "{sentence}");
        assert!(!sentence.contains('\n'), "{sentence}");
        for word in words {
            assert!(sentence.contains(word), "{sentence:?} without {word:?}");
        }
        // `unwrap` prints the `Debug` of the error, which names the type or the variant.
        assert!(debug.starts_with(char::is_uppercase), "{debug}");
        assert_ne!(debug, sentence);
        assert!(error.source().is_none(), "{sentence}");
    }
}

#[test]
fn an_error_that_is_unwrapped_says_what_it_is_whatever_it_holds() {
    let message = crate::common::panic_message(|| {
        let queue = Queue::bounded(1);
        queue.try_put(Plain).unwrap();
        let short = Duration::from_nanos(1);
        queue.put_blocking_timeout(Plain, short).unwrap();
    });
    assert!(message.contains("Timeout"), "{message}");
}

#[test]
fn errors_that_hold_items_answer_them_and_go_on_with_a_question_mark() {
    fn put_both(queue: &Queue<u8>) -> Result<(), Box<dyn Error + Send + Sync>> {
        queue.try_put(1)?;
        queue.try_put(2)?;
        Ok(())
    }

    let error = put_both(&Queue::bounded(1)).unwrap_err();
    let error = error.downcast::<TryPutError<u8>>().unwrap();
    assert_eq!(*error, TryPutError::Full(2));
}
