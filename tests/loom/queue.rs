//! Queue: put against get, cancelled waits, close, join, closed. A `LifoQueue` stands
//! where the ring would only add steps; see `ring.rs`.

use std::sync::Arc;

use aiosync::{GetError, LifoQueue, PriorityQueue, Queue};
use loom::future::block_on;
use loom::thread;

use crate::explore::{Wakes, explore, explore_fully, poll_once};

/// Breaks if `Tickets::settle` does not grant what a change allows: to a putter when
/// an item was taken, to a getter when one was put.
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

/// Breaks if a getter's ticket that is given back is not granted on
/// (`return_getter_ticket` without settling). Nobody puts a second item.
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

/// Breaks if a putter's ticket that is given back is not granted on
/// (`return_putter_ticket` without settling). Nobody gets a second item.
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

/// Breaks if `close` does not end the getters' waits when nothing is left.
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

/// Breaks if `close` does not end the putters' waits, or if a put that succeeded is not
/// inside afterwards.
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

/// Breaks if a slot outlives the close, or if `reserve` keeps room that `close` has
/// taken back.
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
        // What was put was put before the close.
        assert_eq!(inside, usize::from(put));
        assert_eq!(
            block_on(queue.get()),
            if put { Ok(1) } else { Err(GetError) }
        );
    });
}

/// Breaks if `close_now` loses an item or gives one out twice, to its caller and to a
/// getter that was granted it.
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

/// Breaks if a blocking twin is not in the line of the tasks, or its parker loses a
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

/// Breaks if reaching zero does not release those who wait for it: the put that follows
/// hides the zero.
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

/// Breaks if reaching zero releases after the mutex (`Tickets::task_done`): a put and a
/// first poll of `join` fall between, and the earlier zero, which another waits for, wakes
/// a wait that goes on.
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
        assert_eq!(wakes.count(), 0, "woken without an end");
        queue.task_done().unwrap();
        assert_eq!(wakes.count(), 1);
        assert!(wakes.poll(&mut join).is_ready());
    });
}

/// Polls once; answers whether it is pending.
fn poll_pinned(future: &mut (impl Future + Unpin)) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    std::pin::Pin::new(future).poll(&mut context).is_pending()
}

/// Breaks if the close does not release those who wait for it.
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

/// Breaks if the comparing mark of one thread is taken for another's, or if a cancelled
/// getter disturbs the order.
#[test]
fn a_priority_queue_gives_the_smallest_to_who_came_first() {
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

/// Breaks if the last that is done counts as done although another has been faster
/// (`Tickets::task_done` under the mutex).
#[test]
fn of_two_who_finish_the_last_one_is_refused() {
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
