//! The waits of `join` and `closed`, which do not use the generic wait.
#![forbid(unsafe_code)]

use std::future::Future;
use std::sync::Arc;

use aiosync::Queue;

use crate::common::{Call, Hostile, Polled, panic_message};

/// A queue whose completions have not happened.
fn open_queue() -> Arc<Queue<u32>> {
    let queue = Queue::bounded(1);
    queue.try_put(1).unwrap();
    Arc::new(queue)
}

fn complete(queue: &Queue<u32>) {
    queue.task_done().unwrap();
    queue.close();
}

/// Returns the state that a future of a completion prints.
fn printed<F: Future + std::fmt::Debug>(wait: &Polled<F>) -> String {
    format!("{:?}", wait.future())
}

/// The rules, for one method.
macro_rules! rules {
    ($name:ident, $method:ident) => {
        mod $name {
            use super::*;

            #[test]
            fn a_waker_whose_drop_panics_leaves_a_released_wait_ready() {
                let queue = open_queue();
                let mut wait = Polled::waiting(queue.$method());
                let hostile = Hostile::new();
                let completing = Arc::clone(&queue);
                hostile.on(Call::Clone, move || complete(&completing));
                hostile.on(Call::Drop, || panic!("drop"));
                let message = panic_message(|| {
                    assert!(wait.poll_with(hostile.waker()).is_pending());
                });
                assert_eq!(message, "drop");
                assert_eq!(hostile.kept(), 0);
                wait.assert_ready();
            }

            #[test]
            fn a_replaced_waker_whose_drop_panics_leaves_the_new_one() {
                let queue = open_queue();
                let (mut wait, hostile) = (Polled::new(queue.$method()), Hostile::new());
                assert!(wait.poll_with(hostile.waker()).is_pending());
                hostile.on(Call::Drop, || panic!("drop"));
                let message = panic_message(|| wait.assert_pending());
                assert_eq!(message, "drop");
                assert_eq!((wait.wakers_kept(), hostile.kept()), (1, 0));
                complete(&queue);
                assert_eq!((wait.wakes(), hostile.calls(Call::Wake)), (1, 0));
                wait.assert_ready();
            }

            #[test]
            fn a_wait_stays_unpolled_if_the_clone_of_its_first_waker_panics() {
                let queue = open_queue();
                let (mut wait, hostile) = (Polled::new(queue.$method()), Hostile::new());
                hostile.on(Call::Clone, || panic!("clone"));
                let message = panic_message(|| {
                    assert!(wait.poll_with(hostile.waker()).is_pending());
                });
                assert_eq!(message, "clone");
                assert_eq!(printed(&wait), printed(&Polled::new(queue.$method())));
                wait.assert_pending();
                complete(&queue);
                assert_eq!(wait.wakes(), 1);
                wait.assert_ready();
            }
        }
    };
}

rules!(join, join);
rules!(closed, closed);
