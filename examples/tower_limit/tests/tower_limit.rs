//! The example `tower_limit`: its layer, and the program as its users run it.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use std::future::{self, Ready};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use aiosync::Event;
use futures_lite::FutureExt;
use run::{assert_refuses_arguments, assert_says, run};
use tower::{Layer, Service, service_fn};
use tower_limit::{Limit, LimitLayer};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tower_limit");

/// Counts its wakes.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A service, and the wakes of the task that uses it.
struct User<S> {
    service: Limit<S>,
    wakes: Arc<Wakes>,
}

impl<S> User<S> {
    fn new(service: Limit<S>) -> Self {
        let wakes = Arc::default();
        Self { service, wakes }
    }

    /// Polls whether the service is ready.
    fn is_ready<R>(&mut self) -> bool
    where
        S: Service<R, Error = &'static str>,
    {
        let waker = Waker::from(Arc::clone(&self.wakes));
        let mut context = Context::from_waker(&waker);
        match self.service.poll_ready(&mut context) {
            Poll::Ready(result) => result.is_ok(),
            Poll::Pending => false,
        }
    }

    fn wakes(&self) -> usize {
        self.wakes.0.load(Ordering::Relaxed)
    }
}

/// A service whose responses are ready at once.
#[derive(Clone)]
struct Echo;

impl Service<u32> for Echo {
    type Response = u32;
    type Error = &'static str;
    type Future = Ready<Result<u32, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, number: u32) -> Self::Future {
        future::ready(if number == 0 { Err("zero") } else { Ok(number) })
    }
}

/// Creates users of one service with this limit.
fn users<const N: usize>(limit: usize) -> [User<Echo>; N] {
    let service = LimitLayer::new(limit).layer(Echo);
    [(); N].map(|()| User::new(service.clone()))
}

#[test]
fn calls_in_flight_are_at_most_the_limit() {
    let service = LimitLayer::new(2).layer(service_fn(|end: Arc<Event>| async move {
        end.wait().await;
        Ok::<_, &'static str>(())
    }));
    let end = Arc::new(Event::new());
    let [mut first, mut second, mut third] = [(); 3].map(|()| User::new(service.clone()));
    let mut context = Context::from_waker(Waker::noop());

    assert!(first.is_ready() && second.is_ready() && !third.is_ready());
    let mut one = Box::pin(first.service.call(Arc::clone(&end)));
    let mut two = Box::pin(second.service.call(Arc::clone(&end)));
    assert!(one.poll(&mut context).is_pending() && two.poll(&mut context).is_pending());
    assert!(!first.is_ready() && !second.is_ready() && !third.is_ready());

    end.set();
    assert!(one.poll(&mut context).is_ready());
    drop(one);
    assert!(third.is_ready() && !first.is_ready());
    assert!(two.poll(&mut context).is_ready());
    drop(two);
    assert!(first.is_ready() && !second.is_ready());
}

#[test]
fn services_are_ready_in_the_order_of_their_polls() {
    let [mut holder, mut first, mut second, mut third] = users(1);
    assert!(holder.is_ready());
    assert!(!first.is_ready() && !second.is_ready() && !third.is_ready());

    let response = holder.service.call(1);
    assert!(!holder.is_ready()); // behind `third`
    drop(response);
    assert_eq!([first.wakes(), second.wakes(), third.wakes()], [1, 0, 0]);
    assert!(!second.is_ready() && first.is_ready());
    drop(first.service.call(1));
    assert_eq!([second.wakes(), third.wakes(), holder.wakes()], [1, 0, 0]);
    assert!(!third.is_ready() && second.is_ready());
    drop(second.service.call(1));
    assert_eq!([third.wakes(), holder.wakes()], [1, 0]);
    assert!(!holder.is_ready() && third.is_ready());
    drop(third.service.call(1));
    assert_eq!(holder.wakes(), 1);
    assert!(holder.is_ready());
}

#[test]
fn a_service_that_is_ready_takes_one_permit() {
    let [mut first, mut second] = users(1);
    assert!(first.is_ready() && first.is_ready());
    assert!(!second.is_ready());
    drop(first.service.call(1));
    assert_eq!(second.wakes(), 1);
}

#[test]
fn a_dropped_service_gives_its_permit_to_the_next() {
    let [mut ready, mut waiting] = users(1);
    assert!(ready.is_ready() && !waiting.is_ready());
    drop(ready);
    assert_eq!(waiting.wakes(), 1);
    assert!(waiting.is_ready());
}

#[test]
fn a_dropped_service_leaves_the_wait_queue() {
    let [mut ready, mut waiting, mut last] = users(1);
    assert!(ready.is_ready() && !waiting.is_ready() && !last.is_ready());
    drop(waiting);
    drop(ready);
    assert_eq!(last.wakes(), 1);
    assert!(last.is_ready());
}

#[test]
fn a_granted_service_that_is_dropped_before_its_poll_passes_the_permit_on() {
    let [mut ready, mut granted, mut last] = users(1);
    assert!(ready.is_ready() && !granted.is_ready() && !last.is_ready());
    drop(ready);
    assert_eq!([granted.wakes(), last.wakes()], [1, 0]);
    drop(granted);
    assert_eq!(last.wakes(), 1);
    assert!(last.is_ready());
}

#[test]
fn a_service_that_was_not_polled_has_no_place_in_the_queue() {
    let [mut first, _unpolled, mut last] = users(1);
    assert!(first.is_ready());
    drop(first.service.call(1)); // `first` has a new wait, which is not polled
    assert!(last.is_ready());
}

#[test]
fn a_clone_waits_on_its_own() {
    let [mut ready, mut waiting] = users(1);
    assert!(ready.is_ready());
    let mut clone = User::new(ready.service.clone());
    assert!(!clone.is_ready()); // the permit stays with the original
    assert!(!waiting.is_ready());
    let mut second = User::new(clone.service.clone());
    assert!(!second.is_ready());

    drop(ready);
    assert_eq!([clone.wakes(), waiting.wakes(), second.wakes()], [1, 0, 0]);
    assert!(clone.is_ready());
    drop((clone, waiting));
    assert_eq!(second.wakes(), 1);
    assert!(second.is_ready());
}

#[test]
fn the_services_of_one_layer_share_the_limit_and_those_of_another_do_not() {
    let layer = LimitLayer::new(1);
    let mut one = User::new(layer.layer(Echo));
    let mut other = User::new(layer.clone().layer(Echo));
    assert!(one.is_ready() && !other.is_ready());
    let [mut separate] = users(1);
    assert!(separate.is_ready());
}

#[test]
fn a_response_keeps_the_permit_until_it_is_dropped() {
    let [mut first, mut second] = users(1);
    for (request, expected) in [(7, Ok(7)), (0, Err("zero"))] {
        assert!(first.is_ready());
        let mut response = first.service.call(request);
        let polled = response.poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Ready(expected));
        assert!(!second.is_ready());
        drop(response);
        assert!(second.is_ready());
        drop(second.service.call(1)); // never polled
    }
    assert!(first.is_ready());
}

/// A service that is ready when its event is set, or fails.
#[derive(Clone)]
struct Busy(Arc<Event>, Result<(), &'static str>);

impl Service<()> for Busy {
    type Response = ();
    type Error = &'static str;
    type Future = Ready<Result<(), &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        if self.0.is_set() {
            Poll::Ready(self.1)
        } else {
            Poll::Pending
        }
    }

    fn call(&mut self, (): ()) -> Self::Future {
        future::ready(Ok(()))
    }
}

#[test]
fn the_permit_waits_for_the_service_below() {
    for result in [Ok(()), Err("broken")] {
        let event = Arc::new(Event::new());
        let service = LimitLayer::new(1).layer(Busy(Arc::clone(&event), result));
        let [mut first, mut second] = [(); 2].map(|()| User::new(service.clone()));
        assert!(!first.is_ready() && !second.is_ready());
        event.set();
        assert_eq!(first.is_ready(), result.is_ok());
        assert!(!second.is_ready()); // `first` has the permit
        drop(first);
        assert_eq!(second.wakes(), 1);
        assert_eq!(second.is_ready(), result.is_ok());
    }
}

#[test]
#[should_panic = "`poll_ready` was not ready"]
fn a_call_of_a_service_that_is_not_ready_panics() {
    let [mut ready, mut waiting] = users(1);
    assert!(ready.is_ready() && !waiting.is_ready());
    drop(waiting.service.call(1));
}

#[test]
fn a_call_allocates_nothing() {
    let [mut one, mut other] = users(1);
    let mut context = Context::from_waker(Waker::noop());
    let mut call = |ready: &mut User<Echo>, waiting: &mut User<Echo>, waits: bool| {
        assert!(ready.service.poll_ready(&mut context).is_ready());
        if waits {
            assert!(waiting.service.poll_ready(&mut context).is_pending());
        }
        let response = pin!(ready.service.call(1));
        assert!(response.poll(&mut context).is_ready());
    };
    for waits in [false, true] {
        let allocations = allocation_counter::measure(|| {
            for _ in 0..100 {
                call(&mut one, &mut other, waits);
                call(&mut other, &mut one, waits);
            }
        });
        assert_eq!(allocations.count_total, 0, "waits: {waits}");
    }
    let counted = allocation_counter::measure(|| drop(one.service.clone()));
    assert_eq!(counted.count_total, 1); // the box of the clone
}

#[test]
fn the_program_reaches_the_limit_and_stays_within_it() {
    assert_says(&run(PROGRAM, &[]), "30 calls, at most 3 in flight");
}

#[test]
fn unknown_arguments_are_refused() {
    assert_refuses_arguments(PROGRAM);
}
