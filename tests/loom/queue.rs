//! Queue: put against get, cancelled waits, close, join, closed. Some models use a `LifoQueue`,
//! because a ring would only add steps; `ring.rs` has the models of the ring.

use std::sync::Arc;

use aiosync::{GetError, LifoQueue, PriorityQueue, Queue};
use loom::future::block_on;
use loom::thread;

use crate::explore::{Wakes, explore, explore_fully, poll_once};

/// Breaks if `QueueCore::grant` does not grant what a change allows: a putter after an item
/// was taken, a getter after one was put.
#[test]
fn items_pass_in_order_through_a_queue_of_one() {
    explore("queue: 2 items, capacity 1", 1_200, || {
        let queue = Arc::new(LifoQueue::bounded(1));
        let other = Arc::clone(&queue);
        let producer = thread::spawn(move || {
            block_on(other.put(1)).unwrap();
            block_on(other.put(2)).unwrap();
        });
        assert_eq!(block_on(queue.get()), Ok(1));
        assert_eq!(block_on(queue.get()), Ok(2));
        producer.join().unwrap();
        assert!(queue.is_empty());
    });
}

/// Breaks if a returned grant of a getter is not handed on (`QueueCore::return_grant` without
/// settling). No second item is put.
#[test]
fn the_item_of_a_cancelled_getter_goes_to_the_next() {
    explore("queue: put against a getter's drop", 1_000, || {
        let queue = Arc::new(Queue::bounded(1));
        let mut first = Box::pin(Arc::clone(&queue).get_owned());
        assert!(poll_once(&mut first).is_pending());
        let mut second = Box::pin(Arc::clone(&queue).get_owned());
        assert!(poll_once(&mut second).is_pending());
        let dropper = thread::spawn(move || drop(first));
        let getter = thread::spawn(move || block_on(second));
        queue.try_put(7).unwrap();
        dropper.join().unwrap();
        assert_eq!(getter.join().unwrap(), Ok(7));
    });
}

/// Breaks if a returned grant of a putter is not handed on (`QueueCore::return_grant` without
/// settling). No second item is got.
#[test]
fn the_room_of_a_cancelled_putter_goes_to_the_next() {
    explore("queue: get against a putter's drop", 1_000, || {
        let queue = Arc::new(Queue::bounded(1));
        queue.try_put(0).unwrap();
        let mut first = Box::pin(Arc::clone(&queue).put_owned(1));
        assert!(poll_once(&mut first).is_pending());
        let mut second = Box::pin(Arc::clone(&queue).put_owned(2));
        assert!(poll_once(&mut second).is_pending());
        let dropper = thread::spawn(move || drop(first));
        let putter = thread::spawn(move || block_on(second));
        assert_eq!(queue.try_get(), Ok(0));
        dropper.join().unwrap();
        putter.join().unwrap().unwrap();
        assert_eq!(queue.try_get(), Ok(2));
    });
}

/// Breaks if `close` does not end the waits of getters when no item is left.
#[test]
fn closing_ends_the_waits_of_getters() {
    explore("queue: close against get", 11, || {
        let queue = Arc::new(Queue::<u8>::bounded(1));
        let other = Arc::clone(&queue);
        let getter = thread::spawn(move || block_on(other.get()));
        assert!(queue.close());
        assert_eq!(getter.join().unwrap(), Err(GetError));
    });
}

/// Breaks if `close_now` does not wake a getter that waits without a grant.
#[test]
fn closing_now_ends_the_waits_of_getters() {
    explore("queue: close_now against get", 11, || {
        let queue = Arc::new(Queue::<u8>::unbounded());
        let other = Arc::clone(&queue);
        let getter = thread::spawn(move || block_on(other.get()));
        assert_eq!(queue.close_now().count(), 0);
        assert_eq!(getter.join().unwrap(), Err(GetError));
    });
}

/// As the model above, with a ring.
#[test]
fn closing_now_with_a_ring_ends_the_waits_of_getters() {
    explore("queue: close_now against get, with a ring", 120, || {
        let queue = Arc::new(Queue::<u8>::bounded(1));
        let other = Arc::clone(&queue);
        let getter = thread::spawn(move || block_on(other.get()));
        assert_eq!(queue.close_now().count(), 0);
        assert_eq!(getter.join().unwrap(), Err(GetError));
    });
}

/// Breaks if `close` does not end the waits of putters, or if the item of a successful put is
/// not inside afterwards.
#[test]
fn closing_refuses_a_put_or_keeps_its_item() {
    explore("queue: close against put", 22, || {
        let queue = Arc::new(Queue::bounded(1));
        queue.try_put(0).unwrap();
        let other = Arc::clone(&queue);
        let putter = thread::spawn(move || block_on(other.put(1)).is_ok());
        assert_eq!(queue.try_get(), Ok(0));
        assert!(queue.close());
        let put = putter.join().unwrap();
        assert_eq!(
            block_on(queue.get()),
            if put { Ok(1) } else { Err(GetError) }
        );
    });
}

/// Breaks if a slot still puts after the close, or if `reserve` succeeds after it.
#[test]
fn closing_refuses_a_slot_or_keeps_its_item() {
    explore("queue: close against reserve and Slot::put", 4, || {
        let queue = Arc::new(Queue::bounded(1));
        let other = Arc::clone(&queue);
        let putter =
            thread::spawn(move || block_on(other.reserve()).is_ok_and(|slot| slot.put(1).is_ok()));
        assert!(queue.close());
        let inside = queue.len();
        let put = putter.join().unwrap();
        // An item can only have been put before the close.
        assert_eq!(inside, usize::from(put));
        assert_eq!(
            block_on(queue.get()),
            if put { Ok(1) } else { Err(GetError) }
        );
    });
}

/// Breaks if `close_now` loses an item, or returns one that a granted getter takes too.
#[test]
fn closing_now_and_a_getter_share_the_items() {
    explore("queue: close_now against a granted getter", 3, || {
        let queue = Arc::new(Queue::bounded(2));
        let mut get = Box::pin(Arc::clone(&queue).get_owned());
        assert!(poll_once(&mut get).is_pending());
        queue.try_put(1).unwrap();
        let getter = thread::spawn(move || block_on(get).is_ok());
        let drained = queue.close_now().count();
        let got = getter.join().unwrap();
        assert_eq!(drained + usize::from(got), 1);
        assert_eq!(queue.unfinished(), usize::from(got));
    });
}

/// Breaks if a blocking call does not wait in the queue of the tasks, or if its parker loses a
/// wake.
#[test]
fn a_blocked_thread_gets_what_a_task_puts() {
    explore("queue: blocking twins", 100, || {
        let queue = Arc::new(LifoQueue::bounded(1));
        let other = Arc::clone(&queue);
        let getter = thread::spawn(move || (other.get_blocking(), other.get_blocking()));
        block_on(queue.put(1)).unwrap();
        queue.put_blocking(2).unwrap();
        assert_eq!(getter.join().unwrap(), (Ok(1), Ok(2)));
    });
}

/// Breaks if reaching zero does not release the joins: the put that follows hides the zero.
#[test]
fn a_join_sees_the_zero_although_a_put_follows() {
    explore("queue: join against task_done and put", 98, || {
        let queue = Arc::new(Queue::bounded(2));
        queue.try_put(1).unwrap();
        let mut join = queue.join();
        assert!(poll_pinned(&mut join));
        let other = Arc::clone(&queue);
        let worker = thread::spawn(move || {
            other.task_done().unwrap();
            other.try_put(2).unwrap();
        });
        block_on(join);
        worker.join().unwrap();
    });
}

/// Breaks if `QueueCore::task_done` releases the joins after the mutex: a put and the first
/// poll of a `join` come in between, and the earlier zero wakes a wait that is not over.
#[test]
fn a_join_is_not_woken_by_the_zero_before_it() {
    explore("queue: task_done against put and join", 110, || {
        let queue = Arc::new(Queue::bounded(2));
        queue.try_put(1).unwrap();
        let mut earlier = queue.join();
        assert!(poll_pinned(&mut earlier));
        let other = Arc::clone(&queue);
        let worker = thread::spawn(move || other.task_done().unwrap());
        queue.try_put(2).unwrap();
        let wakes = Wakes::new();
        let mut join = Box::pin(queue.join());
        let at_once = wakes.poll(&mut join).is_ready();
        worker.join().unwrap();
        assert!(!at_once, "one item is not done");
        assert_eq!(wakes.count(), 0, "woken without a zero");
        queue.task_done().unwrap();
        assert_eq!(wakes.count(), 1);
        assert!(wakes.poll(&mut join).is_ready());
    });
}

/// Polls a future once. Returns whether it is pending.
fn poll_pinned(future: &mut (impl Future + Unpin)) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    std::pin::Pin::new(future).poll(&mut context).is_pending()
}

/// Breaks if `close` does not release the waits of `closed`.
#[test]
fn a_close_does_not_miss_a_task_that_is_about_to_listen() {
    explore(
        "queue: closed against close, task and thread",
        38_400,
        || {
            let queue = Arc::new(Queue::<u8>::bounded(1));
            let other = Arc::clone(&queue);
            let blocked = thread::spawn(move || other.closed().block());
            let other = Arc::clone(&queue);
            let closer = thread::spawn(move || other.close());
            block_on(queue.closed());
            blocked.join().unwrap();
            assert!(closer.join().unwrap());
        },
    );
}

/// Breaks if one thread takes the comparison of another thread for its own, or if the order
/// is wrong.
#[test]
fn a_priority_queue_gives_its_smallest_item_to_a_getter() {
    explore_fully("queue: priority, put against get", 4, || {
        let queue = Arc::new(PriorityQueue::bounded(2));
        queue.try_put(2).unwrap();
        let other = Arc::clone(&queue);
        let putter = thread::spawn(move || other.try_put(1).unwrap());
        let first = block_on(queue.get()).unwrap();
        putter.join().unwrap();
        let second = block_on(queue.get()).unwrap();
        assert_eq!(first + second, 3);
    });
}

/// Breaks if `QueueCore::task_done` counts the last item under the mutex although another
/// thread was faster.
#[test]
fn of_two_threads_that_finish_the_last_item_one_is_refused() {
    explore("queue: task_done twice beside a join", 20, || {
        let queue = Arc::new(Queue::unbounded());
        queue.try_put(1).unwrap();
        let mut join = Box::pin(queue.join());
        assert!(poll_once(&mut join).is_pending());
        let other = Arc::clone(&queue);
        let worker = thread::spawn(move || other.task_done().is_ok());
        let mine = queue.task_done().is_ok();
        let its = worker.join().unwrap();
        assert!(mine != its, "{mine}, {its}");
        assert!(poll_once(&mut join).is_ready());
    });
}
