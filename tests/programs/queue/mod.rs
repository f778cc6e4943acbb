//! The three queues: every result, every wake, every waker that is kept, and all counts.
#![forbid(unsafe_code)]

mod item;
mod model;
mod operation;

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aiosync::{
    GetTimeoutError, LifoQueue, Order, OrderedQueue, OwnedSlot, PriorityQueue, PutTimeoutError,
    Queue, Slot, TryGetError, TryPutError, TryReserveError,
};
use futures_util::FutureExt;

use self::item::Item;
use self::model::{Aim, Answer, Counts, Model, Phase};
pub(crate) use self::operation::{NewQueue, Operation};
use super::arguments::{Below, NAMES, Name};
use super::program::Subject;
use super::waiters::Waiters;

type Wait<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// A slot of either kind.
enum AnySlot<'a, O: Order<Item>> {
    Borrowed(Slot<'a, Item, O>),
    Owned(OwnedSlot<Item, O>),
}

impl<O: Order<Item>> AnySlot<'_, O> {
    fn put(self, item: Item) -> Result<(), aiosync::PutError<Item>> {
        match self {
            Self::Borrowed(slot) => slot.put(item),
            Self::Owned(slot) => slot.put(item),
        }
    }
}

type Slots<'a, O> = Rc<RefCell<Vec<AnySlot<'a, O>>>>;

fn put_answer(put: Result<(), aiosync::PutError<Item>>) -> Answer {
    match put {
        Ok(()) => Answer::Done,
        Err(error) => Answer::Refused(vec![error.into_inner()]),
    }
}

fn get_answer(got: Result<Item, aiosync::GetError>) -> Answer {
    got.map_or(Answer::Closed, |item| Answer::Got(vec![item]))
}

struct Simulation<'a, O: Order<Item>> {
    queue: &'a Arc<OrderedQueue<Item, O>>,
    model: Model,
    waiters: Waiters<Wait<'a>>,
    slots: Slots<'a, O>,
    serial: usize,
}

impl<'a, O: Order<Item> + 'a> Simulation<'a, O> {
    fn item(&mut self, number: usize) -> Item {
        self.serial += 1;
        let serial = self.serial;
        Item { number, serial }
    }

    fn start(&mut self, name: Name, aim: Aim, wait: impl Future<Output = Answer> + 'a) {
        self.waiters.start(name, Box::pin(wait));
        self.model.start(name, aim);
    }

    fn begin(&mut self, operation: &Operation) {
        let queue = self.queue;
        match *operation {
            Operation::Put(name, Below(number)) => {
                let item = self.item(number);
                let wait = queue.put(item).map(put_answer);
                self.start(name, Aim::Put([item].into()), wait);
            }
            Operation::PutOwned(name, Below(number)) => {
                let item = self.item(number);
                let wait = Arc::clone(queue).put_owned(item).map(put_answer);
                self.start(name, Aim::Put([item].into()), wait);
            }
            Operation::PutMany(name, Below(number), Below(count)) => {
                let items: Vec<_> = (0..count).map(|_| self.item(number)).collect();
                let wait = queue.put_many(items.clone()).map(|put| match put {
                    Ok(()) => Answer::Done,
                    Err(rest) => Answer::Refused(rest.collect()),
                });
                self.start(name, Aim::Put(items.into()), wait);
            }
            Operation::Reserve(name) => {
                let slots = Rc::clone(&self.slots);
                let wait = queue.reserve().map(move |slot| match slot {
                    Ok(slot) => {
                        slots.borrow_mut().push(AnySlot::Borrowed(slot));
                        Answer::Slot
                    }
                    Err(_) => Answer::Closed,
                });
                self.start(name, Aim::Reserve, wait);
            }
            Operation::ReserveOwned(name) => {
                let slots = Rc::clone(&self.slots);
                let reserve = Arc::clone(queue).reserve_owned();
                let wait = reserve.map(move |slot| match slot {
                    Ok(slot) => {
                        slots.borrow_mut().push(AnySlot::Owned(slot));
                        Answer::Slot
                    }
                    Err(_) => Answer::Closed,
                });
                self.start(name, Aim::Reserve, wait);
            }
            Operation::Get(name) => self.start(name, Aim::Get, queue.get().map(get_answer)),
            Operation::GetOwned(name) => {
                let wait = Arc::clone(queue).get_owned().map(get_answer);
                self.start(name, Aim::Get, wait);
            }
            Operation::GetMany(name, Below(most)) => {
                let wait = async move {
                    let mut into = Vec::new();
                    match queue.get_many(&mut into, most).await {
                        Ok(count) if count == into.len() => Answer::Got(into),
                        Ok(count) => panic!("{count} are not {into:?}"),
                        Err(_) => Answer::Closed,
                    }
                };
                self.start(name, Aim::GetMany(most), wait);
            }
            Operation::Join(name) => {
                self.start(name, Aim::Join, queue.join().map(|()| Answer::Done));
            }
            Operation::JoinOwned(name) => {
                let join = Arc::clone(queue).join_owned();
                self.start(name, Aim::Join, join.map(|()| Answer::Done));
            }
            Operation::Closed(name) => {
                self.start(name, Aim::Closed, queue.closed().map(|()| Answer::Done));
            }
            Operation::ClosedOwned(name) => {
                let closed = Arc::clone(queue).closed_owned();
                self.start(name, Aim::Closed, closed.map(|()| Answer::Done));
            }
            _ => unreachable!("it begins no wait"),
        }
    }

    fn polled(&mut self, name: Name, progress: Poll<Answer>) {
        let expected = self.model.poll(name).map_or(Poll::Pending, Poll::Ready);
        assert_eq!(progress, expected, "what it comes to");
    }

    fn reserved(&mut self, slot: Result<AnySlot<'a, O>, TryReserveError>) {
        let outcome = slot.as_ref().map(|_| ()).map_err(|&error| error);
        assert_eq!(outcome, self.model.try_reserve());
        self.slots.borrow_mut().extend(slot);
    }

    fn step(&mut self, operation: &Operation) {
        let queue = self.queue;
        match *operation {
            Operation::Put(name, ..)
            | Operation::PutOwned(name, ..)
            | Operation::PutMany(name, ..)
            | Operation::Reserve(name)
            | Operation::ReserveOwned(name)
            | Operation::Get(name)
            | Operation::GetOwned(name)
            | Operation::GetMany(name, ..)
            | Operation::Join(name)
            | Operation::JoinOwned(name)
            | Operation::Closed(name)
            | Operation::ClosedOwned(name)
                if self.waiters.is_free(name) =>
            {
                self.begin(operation);
            }
            Operation::Poll(name) if !self.waiters.is_free(name) => {
                let progress = self.waiters.poll(name);
                self.polled(name, progress);
            }
            Operation::PollAnew(name) if !self.waiters.is_free(name) => {
                let progress = self.waiters.poll_anew(name);
                self.polled(name, progress);
            }
            Operation::Drop(name) if !self.waiters.is_free(name) => {
                self.waiters.drop(name);
                self.model.drop_waiter(name);
            }
            Operation::TryPut(Below(number)) => {
                let item = self.item(number);
                assert_eq!(queue.try_put(item), self.model.try_put(item));
            }
            Operation::PutBlockingTimeout(Below(number)) => {
                let item = self.item(number);
                let put = queue.put_blocking_timeout(item, Duration::ZERO);
                let put = put.map_err(|error| match error {
                    PutTimeoutError::Timeout(item) => TryPutError::Full(item),
                    PutTimeoutError::Closed(item) => TryPutError::Closed(item),
                });
                assert_eq!(put, self.model.try_put(item));
            }
            Operation::TryGet => {
                let got = queue.try_get().map(|item| vec![item]);
                assert_eq!(got, self.model.try_get_many(1));
            }
            Operation::TryGetMany(Below(most)) => {
                let mut into = Vec::new();
                let got = queue.try_get_many(&mut into, most);
                assert_eq!(got.unwrap_or(0), into.len());
                assert_eq!(got.map(|_| into), self.model.try_get_many(most));
            }
            Operation::GetBlockingTimeout => {
                let got = queue.get_blocking_timeout(Duration::ZERO);
                let got = got.map(|item| vec![item]).map_err(|error| match error {
                    GetTimeoutError::Timeout => TryGetError::Empty,
                    GetTimeoutError::Closed => TryGetError::Closed,
                });
                assert_eq!(got, self.model.try_get_many(1));
            }
            Operation::TryReserve => {
                self.reserved(queue.try_reserve().map(AnySlot::Borrowed));
            }
            Operation::TryReserveOwned => {
                let slot = Arc::clone(queue).try_reserve_owned();
                self.reserved(slot.map(AnySlot::Owned));
            }
            Operation::PutIntoSlot(Below(number)) => {
                let slot = self.slots.borrow_mut().pop();
                if let Some(slot) = slot {
                    let item = self.item(number);
                    let put = slot.put(item);
                    assert_eq!(put.is_ok(), self.model.put_into_slot(item), "is it put?");
                    if let Err(refused) = put {
                        assert_eq!(refused.into_inner(), item);
                    }
                }
            }
            Operation::DropSlot => {
                let slot = self.slots.borrow_mut().pop();
                if slot.is_some() {
                    drop(slot);
                    self.model.drop_slot();
                }
            }
            // No item is done before it was taken out.
            Operation::TaskDone if self.model.in_work > 0 || queue.unfinished() == 0 => {
                assert_eq!(queue.task_done(), self.model.task_done());
            }
            // A call too many is ignored.
            Operation::DoneGuard if self.model.in_work > 0 || queue.unfinished() == 0 => {
                drop(queue.done_guard());
                let _ = self.model.task_done();
            }
            Operation::Close => {
                assert_eq!(queue.close(), self.model.close(Phase::Closed), "the first?");
            }
            Operation::CloseGuard => {
                drop(Arc::clone(queue).close_guard_owned());
                self.model.close(Phase::Closed);
            }
            Operation::CloseNow => {
                let drained: Vec<_> = queue.close_now().collect();
                assert_eq!(drained, self.model.close_now());
            }
            _ => {}
        }
    }

    fn check(&mut self) {
        let queue = self.queue;
        let counts = Counts {
            len: queue.len(),
            is_full: queue.is_full(),
            unfinished: queue.unfinished(),
            waiting_getters: queue.waiting_getters(),
            waiting_putters: queue.waiting_putters(),
            is_closed: queue.is_closed(),
        };
        assert_eq!(counts, self.model.counts());
        // In the order of each wait queue. Which queue is served first is not specified.
        let by_queue = |mut names: Vec<Name>| {
            names.sort_by_key(|&name| self.model.queue_of(name));
            names
        };
        let expected = by_queue(self.model.woken.clone());
        assert_eq!(
            by_queue(self.waiters.woken()),
            expected,
            "the waiters that are woken"
        );
        self.model.woken.clear();
        self.waiters.check_wakers(|name| self.model.waits(name));
    }
}

fn run<'a, O: Order<Item>>(
    queue: OrderedQueue<Item, O>,
    take: fn(&mut Vec<Item>) -> Item,
    steps: impl Iterator<Item = &'a Operation>,
) {
    let queue = Arc::new(queue);
    let mut simulation = Simulation {
        queue: &queue,
        model: Model::new(queue.capacity(), take),
        waiters: Waiters::new(),
        slots: Slots::default(),
        serial: 0,
    };
    for operation in steps {
        simulation.step(operation);
        simulation.check();
    }
    // The queue is closed, the items are taken out, and every wait is over.
    simulation.step(&Operation::Close);
    simulation.check();
    let names = (0..NAMES).map(Name);
    for operation in names.map(Operation::Poll) {
        simulation.step(&operation);
        simulation.check();
    }
    for operation in [Operation::CloseNow, Operation::DropSlot] {
        simulation.step(&operation);
        simulation.check();
    }
    while simulation.model.in_work > 0 {
        simulation.step(&Operation::TaskDone);
        simulation.check();
    }
    for name in simulation.waiters.names() {
        simulation.step(&Operation::Poll(name));
        simulation.check();
    }
    assert_eq!(
        simulation.waiters.names(),
        [],
        "the waiters without a result"
    );
    drop(simulation);
    assert_eq!(Arc::strong_count(&queue), 1, "an Arc is kept");
}

impl Subject for NewQueue {
    type Operation = Operation;

    fn run<'a>(&self, steps: impl Iterator<Item = &'a Operation>) {
        match self {
            Self::Fifo(room) => {
                let queue = room
                    .capacity()
                    .map_or_else(Queue::unbounded, Queue::bounded);
                run(queue, |items| items.remove(0), steps);
            }
            Self::Lifo(room) => {
                let queue = room.capacity();
                let queue = queue.map_or_else(LifoQueue::unbounded, LifoQueue::bounded);
                run(queue, |items| items.pop().expect("it is not empty"), steps);
            }
            Self::Priority(room) => {
                let queue = room.capacity();
                let queue = queue.map_or_else(PriorityQueue::unbounded, PriorityQueue::bounded);
                // The first of the smallest items.
                let take = |items: &mut Vec<Item>| {
                    let first = (0..items.len()).min_by_key(|&index| items[index].number);
                    items.remove(first.expect("it is not empty"))
                };
                run(queue, take, steps);
            }
        }
    }
}
