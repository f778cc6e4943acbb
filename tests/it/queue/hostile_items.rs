//! Items whose drop uses the queue, or panics: they are dropped without any lock, and the
//! queue stays usable.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use aiosync::{LifoQueue, Order, OrderedQueue, PutError, Queue, TryPutError};

use super::{let_go, ready, use_all};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Polled, panic_message, watched};

/// What an item does in its drop.
type OnDrop<O> = fn(&OrderedQueue<Bomb<O>, O>);

/// An item whose drop uses its queue, if the queue is still alive.
struct Bomb<O: Order<Self>> {
    queue: Weak<OrderedQueue<Self, O>>,
    on_drop: OnDrop<O>,
    drops: Arc<AtomicUsize>,
}

impl<O: Order<Self>> Drop for Bomb<O> {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
        if let Some(queue) = self.queue.upgrade() {
            (self.on_drop)(&queue);
        }
    }
}

/// A queue and its items.
struct Setup<O: Order<Bomb<O>>> {
    queue: Arc<OrderedQueue<Bomb<O>, O>>,
    on_drop: OnDrop<O>,
    drops: Arc<AtomicUsize>,
}

impl<O: Order<Bomb<O>>> Setup<O> {
    fn new(queue: OrderedQueue<Bomb<O>, O>, on_drop: OnDrop<O>) -> Self {
        Self {
            queue: Arc::new(queue),
            on_drop,
            drops: Arc::default(),
        }
    }

    fn item(&self) -> Bomb<O> {
        Bomb {
            queue: Arc::downgrade(&self.queue),
            on_drop: self.on_drop,
            drops: Arc::clone(&self.drops),
        }
    }

    fn drops(&self) -> usize {
        self.drops.load(Ordering::SeqCst)
    }
}

/// Calls every method with harmless items.
fn everything<O: Order<Bomb<O>>>(queue: &OrderedQueue<Bomb<O>, O>) {
    use_all(queue, || Bomb {
        queue: Weak::new(),
        on_drop: |_| {},
        drops: Arc::default(),
    });
}

fn closing<O: Order<Bomb<O>>>(queue: &OrderedQueue<Bomb<O>, O>) {
    queue.close();
    drop(queue.close_now());
}

#[test]
fn what_close_now_took_out_may_use_the_queue_as_it_is_dropped() {
    watched(|| {
        for iterated in 0..4 {
            let setup = Setup::new(Queue::bounded(3), everything);
            for _ in 0..3 {
                setup
                    .queue
                    .try_put(setup.item())
                    .unwrap_or_else(|_| panic!());
            }
            let mut drained = setup.queue.close_now();
            drained.by_ref().take(iterated).for_each(drop);
            assert_eq!(setup.drops(), iterated);
            drop(drained);
            assert_eq!(setup.drops(), 3);
        }
    });
}

#[test]
fn what_close_now_took_out_of_a_lifo_queue_may_use_it_too() {
    watched(|| {
        let setup = Setup::new(LifoQueue::unbounded(), everything);
        for _ in 0..3 {
            setup
                .queue
                .try_put(setup.item())
                .unwrap_or_else(|_| panic!());
        }
        drop(setup.queue.close_now());
        assert_eq!(setup.drops(), 3);
    });
}

/// The rules for one thing that a drop does to the queue.
macro_rules! rules {
    ($name:ident, $on_drop:path) => {
        mod $name {
            use super::*;

            /// Creates a full queue of capacity 1.
            fn full() -> Setup<aiosync::Fifo> {
                let setup = Setup::new(Queue::bounded(1), $on_drop);
                setup
                    .queue
                    .try_put(setup.item())
                    .unwrap_or_else(|_| panic!());
                setup
            }

            #[test]
            fn the_item_of_a_waiting_put_that_is_dropped() {
                watched(|| {
                    let setup = full();
                    drop(Polled::waiting(setup.queue.put(setup.item())));
                    assert!(setup.drops() >= 1);
                    assert_eq!(setup.queue.waiting_putters(), 0);
                });
            }

            #[test]
            fn the_item_of_a_granted_put_that_is_dropped() {
                watched(|| {
                    let setup = full();
                    let put = Polled::waiting(Arc::clone(&setup.queue).put_owned(setup.item()));
                    let taken = setup.queue.try_get();
                    drop(put);
                    assert_eq!(setup.drops(), 1);
                    drop(taken);
                    assert_eq!(setup.drops(), 2);
                });
            }

            #[test]
            fn the_item_of_a_put_that_was_never_polled() {
                watched(|| {
                    let setup = full();
                    drop(setup.queue.put(setup.item()));
                    assert!(setup.drops() >= 1);
                });
            }

            #[test]
            fn the_items_of_a_put_many_that_is_dropped_half_way() {
                watched(|| {
                    let setup = full();
                    let items = [setup.item(), setup.item(), setup.item()];
                    let mut put = Polled::waiting(setup.queue.put_many(items));
                    let taken = setup.queue.try_get();
                    put.assert_pending();
                    drop(put);
                    drop(taken);
                    drop(setup.queue.close_now());
                    assert_eq!(setup.drops(), 4);
                });
            }

            #[test]
            fn the_items_that_errors_give_back() {
                watched(|| {
                    let setup = full();
                    let full = setup.queue.try_put(setup.item());
                    assert!(matches!(full, Err(TryPutError::Full(_))));
                    let late = setup
                        .queue
                        .put_blocking_timeout(setup.item(), Duration::ZERO);
                    let waiting = Polled::waiting(setup.queue.put(setup.item()));
                    let taken = setup.queue.try_get();
                    drop(waiting);
                    drop((full, late, taken));
                    drop(setup.queue.close_now());
                    assert_eq!(setup.drops(), 4);

                    let put = ready(setup.queue.put(setup.item()));
                    let many = ready(setup.queue.put_many([setup.item(), setup.item()]));
                    assert!(matches!(put, Err(PutError(_))));
                    drop((put, many.err()));
                    assert_eq!(setup.drops(), 7);
                });
            }

            #[test]
            fn the_item_that_a_slot_gives_back() {
                watched(|| {
                    let setup = Setup::new(Queue::<Bomb<_>>::bounded(1), $on_drop);
                    let slot = setup.queue.try_reserve().unwrap();
                    setup.queue.close();
                    drop(slot.put(setup.item()));
                    assert_eq!(setup.drops(), 1);
                });
            }

            #[test]
            fn the_items_that_were_got() {
                watched(|| {
                    let setup = full();
                    drop(ready(setup.queue.get()));
                    let mut into = Vec::new();
                    drop(setup.queue.try_put(setup.item()));
                    let_go(setup.queue.try_get_many(&mut into, 9));
                    drop(into);
                    assert_eq!(setup.drops(), 2);
                });
            }
        }
    };
}

rules!(may_use_the_queue_in_its_drop, everything);
rules!(may_close_the_queue_in_its_drop, closing);

/// An item whose first drop panics.
fn panicking(setup: &Setup<aiosync::Fifo>) -> Bomb<aiosync::Fifo> {
    let mut item = setup.item();
    item.on_drop = |_| panic!("the drop panics");
    item
}

#[test]
fn a_drop_that_panics_in_a_cancelled_put_leaves_the_wait_queue_in_order() {
    watched(|| {
        let setup = Setup::new(Queue::bounded(1), |_| {});
        setup
            .queue
            .try_put(setup.item())
            .unwrap_or_else(|_| panic!());
        let waiting = Polled::waiting(setup.queue.put(panicking(&setup)));
        let granted_later = Polled::waiting(setup.queue.put(panicking(&setup)));
        let mut last = Polled::waiting(setup.queue.put(setup.item()));
        assert_eq!(panic_message(|| drop(waiting)), "the drop panics");
        assert_eq!(setup.queue.waiting_putters(), 2);
        drop(setup.queue.try_get());
        assert_eq!(panic_message(|| drop(granted_later)), "the drop panics");
        assert_eq!(last.wakes(), 1);
        last.assert_ready().unwrap_or_else(|_| panic!());
        assert_eq!((setup.queue.len(), setup.drops()), (1, 3));
    });
}

#[test]
fn a_drop_that_panics_after_close_now_leaves_the_queue_closed_and_usable() {
    watched(|| {
        let setup = Setup::new(Queue::bounded(3), |_| {});
        for item in [setup.item(), panicking(&setup), setup.item()] {
            setup.queue.try_put(item).unwrap_or_else(|_| panic!());
        }
        let mut join = Polled::waiting(setup.queue.join());
        let mut closed = Polled::waiting(setup.queue.closed());
        let message = panic_message(|| drop(setup.queue.close_now()));
        assert_eq!((message.as_str(), setup.drops()), ("the drop panics", 3));
        join.assert_ready();
        closed.assert_ready();
        assert!(setup.queue.try_get().is_err() && setup.queue.is_closed());
    });
}
