//! The example `pool`: its pool, and the program as its users run it.
#![forbid(unsafe_code)]

#[path = "../pool.rs"]
mod pool;
#[path = "../../run.rs"]
mod run;

use std::convert::Infallible;
use std::future::{self, Ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use pool::{GetError, Lent, Pool};
use run::{assert_refuses_arguments, assert_says, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_pool");

/// Counts its wakes.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

type Get<'a, C> = dyn Future<Output = Result<Lent<'a, C>, GetError<Infallible>>> + 'a;

/// A call of `get`, and the wakes of its task.
struct Call<'a, C> {
    get: Pin<Box<Get<'a, C>>>,
    wakes: Arc<Wakes>,
}

impl<'a, C> Call<'a, C> {
    /// Calls `get`. Its `open` returns this connection.
    fn new(pool: &'a Pool<C>, connection: C) -> Self {
        let open = || future::ready(Ok(connection));
        Self {
            get: Box::pin(pool.get(open)),
            wakes: Arc::default(),
        }
    }

    fn poll(&mut self) -> Poll<Result<Lent<'a, C>, GetError<Infallible>>> {
        let waker = Waker::from(Arc::clone(&self.wakes));
        self.get.as_mut().poll(&mut Context::from_waker(&waker))
    }

    fn wakes(&self) -> usize {
        self.wakes.0.load(Ordering::Relaxed)
    }
}

/// Lends a connection, which must be possible at once.
#[track_caller]
fn lend<C>(pool: &Pool<C>, connection: C) -> Lent<'_, C> {
    match Call::new(pool, connection).poll() {
        Poll::Ready(Ok(lent)) => lent,
        Poll::Ready(Err(error)) => panic!("{error}"),
        Poll::Pending => panic!("no connection is free"),
    }
}

#[track_caller]
fn assert_closed<C>(call: &mut Call<'_, C>) {
    let polled = call.poll().map(Result::err);
    assert_eq!(polled, Poll::Ready(Some(GetError::Closed)));
}

#[test]
fn close_releases_all_waiting_gets_with_an_error() {
    let pool = Pool::new(1);
    let lent = lend(&pool, 1);
    let [mut first, mut second] = [2, 3].map(|connection| Call::new(&pool, connection));
    assert!(first.poll().is_pending() && second.poll().is_pending());

    assert_eq!(pool.close().count(), 0);
    assert_eq!([first.wakes(), second.wakes()], [1, 1]);
    assert_closed(&mut first);
    assert_closed(&mut second);
    assert_eq!(*lent, 1); // still usable
}

#[test]
fn a_get_that_was_granted_before_the_close_fails_too() {
    let pool = Pool::new(1);
    let lent = lend(&pool, 1);
    let mut granted = Call::new(&pool, 2);
    assert!(granted.poll().is_pending());
    drop(lent);
    assert_eq!(granted.wakes(), 1);
    assert_eq!(pool.close().collect::<Vec<_>>(), [1]);
    assert_closed(&mut granted);
}

#[test]
fn gets_after_the_close_fail_at_once_and_open_nothing() {
    let pool = Pool::new(1);
    drop(pool.close());
    let open = || -> Ready<Result<u32, Infallible>> { panic!("the pool is closed") };
    let mut get = Box::pin(pool.get(open));
    let polled = get.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled.map(Result::err), Poll::Ready(Some(GetError::Closed)));
}

#[test]
fn close_returns_the_idle_connections_once() {
    let pool = Pool::new(3);
    drop([1, 2].map(|connection| lend(&pool, connection)));
    let mut idle: Vec<u32> = pool.close().collect();
    idle.sort_unstable();
    assert_eq!(idle, [1, 2]);
    assert_eq!(pool.close().count(), 0);
}

#[test]
fn a_connection_that_comes_back_after_the_close_is_dropped() {
    let pool = Pool::new(2);
    let connection = Arc::new(());
    let lent = lend(&pool, Arc::clone(&connection));
    assert_eq!(pool.close().count(), 0);
    drop(lent);
    assert_eq!(Arc::strong_count(&connection), 1);
    assert_eq!(pool.close().count(), 0);
}

#[test]
fn the_end_comes_when_the_pool_is_closed_and_all_connections_are_back() {
    let pool = Pool::new(3);
    let [one, two] = [1, 2].map(|connection| lend(&pool, connection));
    let mut end = Box::pin(pool.all_returned());
    let mut is_over = || {
        let mut context = Context::from_waker(Waker::noop());
        end.as_mut().poll(&mut context).is_ready()
    };
    drop(one);
    assert!(!is_over());
    drop(pool.close());
    assert!(!is_over());
    drop(two);
    assert!(is_over());
}

#[test]
fn a_connection_that_comes_back_is_lent_to_the_first_waiter() {
    let pool = Pool::new(1);
    let lent = lend(&pool, 1);
    let [mut first, mut second] = [2, 3].map(|connection| Call::new(&pool, connection));
    assert!(first.poll().is_pending() && second.poll().is_pending());
    drop(lent);
    assert_eq!([first.wakes(), second.wakes()], [1, 0]);
    assert!(second.poll().is_pending());
    let Poll::Ready(Ok(lent)) = first.poll() else {
        panic!("the first waiter gets the connection");
    };
    assert_eq!(*lent, 1);
    lent.discard();
    let Poll::Ready(Ok(lent)) = second.poll() else {
        panic!("the second waiter gets the place of the discarded connection");
    };
    assert_eq!(*lent, 3);
}

#[test]
fn the_last_connection_returned_is_lent_first() {
    let pool = Pool::new(3);
    let [one, two] = [1, 2].map(|connection| lend(&pool, connection));
    drop(two);
    drop(one);
    assert_eq!(*lend(&pool, 3), 1);
    assert_eq!(*lend(&pool, 3), 1);
}

#[test]
fn a_place_is_free_again_if_opening_fails_or_is_cancelled() {
    let pool = Pool::new(1);
    let mut context = Context::from_waker(Waker::noop());

    let mut failing = Box::pin(pool.get(|| future::ready(Err("refused"))));
    let polled = failing.as_mut().poll(&mut context).map(Result::err);
    assert_eq!(polled, Poll::Ready(Some(GetError::Open("refused"))));

    let never = || future::pending::<Result<u32, Infallible>>();
    let mut opening = Box::pin(pool.get(never));
    assert!(opening.as_mut().poll(&mut context).is_pending());
    let mut waiting = Call::new(&pool, 2);
    assert!(waiting.poll().is_pending());
    drop(opening);
    assert_eq!(waiting.wakes(), 1);
    let Poll::Ready(Ok(lent)) = waiting.poll() else {
        panic!("the waiter gets the place");
    };
    assert_eq!(*lent, 2);
}

#[test]
fn the_program_opens_no_more_connections_than_it_may() {
    assert_says(&run(PROGRAM, &[]), "(limit: 3)");
}

#[test]
fn unknown_arguments_are_refused() {
    assert_refuses_arguments(PROGRAM);
}
