//! What `docs/benchmarks.md` says about further crates: the order of their waiters, and what a dropped
//! wait leaves behind.

use std::num::NonZeroUsize;

use performables::sync::Async;

use super::{Tried, poll, polled, waiting};

#[test]
fn a_newcomer_takes_a_lock_before_a_waiter_in_performables_and_zruntime() {
    let mutex = performables::sync::mutex::Mutex::<(), Async>::new(());
    let guard = mutex.try_lock();
    let _waiter = waiting(mutex.lock_async());
    drop(guard);
    assert!(mutex.try_lock().has_succeeded());

    let overtaken = overtaking_a_lock!(zruntime::lock::Mutex::new(()));
    assert_eq!(overtaken, (true, false));
    let overtaken = overtaking_a_semaphore!(zruntime::lock::Semaphore::new(1));
    assert_eq!(overtaken, (true, false));
}

#[test]
fn a_reader_of_performables_overtakes_a_waiting_writer_and_one_of_zruntime_does_not() {
    let lock = performables::sync::lock::RwLock::<(), Async>::new(());
    let _reader = lock.try_read();
    let _writer = waiting(lock.write_async());
    assert!(lock.try_read().has_succeeded());

    let lock = zruntime::lock::RwLock::new(());
    let _reader = lock.try_read();
    let _writer = waiting(lock.write());
    assert!(!lock.try_read().has_succeeded());
}

#[test]
fn a_dropped_wait_does_not_count_at_the_barriers_of_performables_and_zruntime() {
    let barrier = performables::sync::barrier::Barrier::<Async>::new(2);
    drop(waiting(barrier.wait_async()));
    assert!(!poll(&mut polled(barrier.wait_async())));

    assert!(!a_lone_wait_passes!(zruntime::lock::Barrier::new(2)));
}

#[test]
fn a_newcomer_takes_a_receivers_item_except_in_kanal() {
    let taken = (true, false);
    let (sender, receiver) = crossfire::mpmc::bounded_async(1);
    assert_eq!(
        overtaking_a_receiver!(
            sender.try_send(1).unwrap(),
            receiver.recv(),
            receiver.try_recv()
        ),
        taken
    );
    let (sender, receiver) = zruntime::mpmc::bounded(NonZeroUsize::MIN);
    assert_eq!(
        overtaking_a_receiver!(
            sender.try_send(1).unwrap(),
            receiver.recv(),
            receiver.try_recv()
        ),
        taken
    );
    let (sender, receiver) = flume::bounded(1);
    assert_eq!(
        overtaking_a_receiver!(
            sender.try_send(1).unwrap(),
            receiver.recv_async(),
            receiver.try_recv()
        ),
        taken
    );
    let (sender, receiver) = loole::bounded(1);
    assert_eq!(
        overtaking_a_receiver!(
            sender.try_send(1).unwrap(),
            receiver.recv_async(),
            receiver.try_recv()
        ),
        taken
    );
    let (sender, receiver) = performables::sync::channel::bounded(1);
    assert_eq!(
        overtaking_a_receiver!(
            sender.try_send(1).unwrap(),
            receiver.recv_async(),
            receiver.try_recv()
        ),
        taken
    );

    let (sender, receiver) = kanal::bounded_async(1);
    let mut waiter = waiting(receiver.recv());
    assert_eq!(sender.try_send(1), Ok(true));
    assert_eq!(receiver.try_recv(), Ok(None));
    assert!(poll(&mut waiter));
}

#[test]
fn a_newcomer_takes_a_senders_room_in_crossfire_performables_and_zruntime() {
    let (sender, receiver) = crossfire::mpmc::bounded_async(1);
    assert!(overtaking_a_sender!(
        sender.send(1),
        sender.try_send(1),
        receiver.try_recv()
    ));
    let (sender, receiver) = performables::sync::channel::bounded(1);
    assert!(overtaking_a_sender!(
        sender.send_async(1),
        sender.try_send(1),
        receiver.try_recv()
    ));
    let (sender, receiver) = zruntime::mpmc::bounded(NonZeroUsize::MIN);
    assert!(overtaking_a_sender!(
        sender.send(1),
        sender.try_send(1),
        receiver.try_recv()
    ));
}

/// A send waits behind the item 1, which is then taken out. The send is dropped before it is
/// polled again. Returns whether its item arrives anyway.
macro_rules! the_item_of_a_dropped_send_arrives {
    ($send:expr, $try_send:expr, $try_receive:expr) => {{
        assert!($try_send.is_ok());
        let send = waiting($send);
        assert!($try_receive.is_ok());
        drop(send);
        $try_receive.is_ok_and(|item| Option::<i32>::from(item) == Some(2))
    }};
}

#[test]
fn the_item_of_a_dropped_send_arrives_in_flume_kanal_and_loole_only() {
    let queue = aiosync::Queue::bounded(1);
    assert!(!the_item_of_a_dropped_send_arrives!(
        queue.put(2),
        queue.try_put(1),
        queue.try_get()
    ));
    let (sender, receiver) = performables::sync::channel::bounded(1);
    assert!(!the_item_of_a_dropped_send_arrives!(
        sender.send_async(2),
        sender.try_send(1),
        receiver.try_recv()
    ));
    let (sender, receiver) = zruntime::mpmc::bounded(NonZeroUsize::MIN);
    assert!(!the_item_of_a_dropped_send_arrives!(
        sender.send(2),
        sender.try_send(1),
        receiver.try_recv()
    ));

    let (sender, receiver) = flume::bounded(1);
    assert!(the_item_of_a_dropped_send_arrives!(
        sender.send_async(2),
        sender.try_send(1),
        receiver.try_recv()
    ));
    let (sender, receiver) = kanal::bounded_async(1);
    assert!(the_item_of_a_dropped_send_arrives!(
        sender.send(2),
        sender.try_send(1),
        receiver.try_recv()
    ));
    let (sender, receiver) = loole::bounded(1);
    assert!(the_item_of_a_dropped_send_arrives!(
        sender.send_async(2),
        sender.try_send(1),
        receiver.try_recv()
    ));
}
