//! The operations of a queue.
#![forbid(unsafe_code)]

use crate::arguments::{Below, Name};

#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
pub(crate) enum NewQueue {
    #[display("let queue = Arc::new(Queue::{_0})")]
    Fifo(Room),
    #[display("let queue = Arc::new(LifoQueue::{_0})")]
    Lifo(Room),
    #[display("let queue = Arc::new(PriorityQueue::{_0})")]
    Priority(Room),
}

#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
pub(crate) enum Room {
    #[display("bounded(1)")]
    One,
    #[display("bounded(2)")]
    Two,
    #[display("bounded(3)")]
    Three,
    #[display("bounded(7)")]
    Seven,
    #[display("unbounded()")]
    Endless,
}

impl Room {
    pub(super) fn capacity(&self) -> Option<usize> {
        match self {
            Self::One => Some(1),
            Self::Two => Some(2),
            Self::Three => Some(3),
            Self::Seven => Some(7),
            Self::Endless => None,
        }
    }
}

/// The number of an item. Items with the same number differ by when they were put.
type Number = Below<4>;

/// `slots` is a vector of slots that are kept for later.
#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
pub(crate) enum Operation {
    #[proptest(weight = 4)]
    #[display("let {_0} = queue.put({_1})")]
    Put(Name, Number),
    #[display("let {_0} = queue.clone().put_owned({_1})")]
    PutOwned(Name, Number),
    #[proptest(weight = 2)]
    #[display("let {_0} = queue.put_many([{_1}; {_2}])")]
    PutMany(Name, Number, Below<9>),
    #[proptest(weight = 2)]
    #[display("let {_0} = queue.reserve()")]
    Reserve(Name),
    #[display("let {_0} = queue.clone().reserve_owned()")]
    ReserveOwned(Name),
    #[proptest(weight = 4)]
    #[display("let {_0} = queue.get()")]
    Get(Name),
    #[display("let {_0} = queue.clone().get_owned()")]
    GetOwned(Name),
    #[proptest(weight = 2)]
    #[display("let {_0} = queue.get_many({_1})")]
    GetMany(Name, Below<9>),
    #[display("let {_0} = queue.join()")]
    Join(Name),
    #[display("let {_0} = queue.clone().join_owned()")]
    JoinOwned(Name),
    #[display("let {_0} = queue.closed()")]
    Closed(Name),
    #[display("let {_0} = queue.clone().closed_owned()")]
    ClosedOwned(Name),
    #[proptest(weight = 16)]
    #[display("{_0}.poll()")]
    Poll(Name),
    #[proptest(weight = 4)]
    #[display("{_0}.poll() with another waker")]
    PollAnew(Name),
    #[proptest(weight = 4)]
    #[display("drop({_0})")]
    Drop(Name),
    #[proptest(weight = 2)]
    #[display("queue.try_put({_0})")]
    TryPut(Number),
    #[display("queue.put_blocking_timeout({_0}, ZERO)")]
    PutBlockingTimeout(Number),
    #[proptest(weight = 2)]
    #[display("queue.try_get()")]
    TryGet,
    #[display("queue.try_get_many({_0})")]
    TryGetMany(Below<9>),
    #[display("queue.get_blocking_timeout(ZERO)")]
    GetBlockingTimeout,
    #[proptest(weight = 2)]
    #[display("slots.extend(queue.try_reserve())")]
    TryReserve,
    #[display("slots.extend(queue.clone().try_reserve_owned())")]
    TryReserveOwned,
    #[proptest(weight = 2)]
    #[display("slots.pop().put({_0})")]
    PutIntoSlot(Number),
    #[display("drop(slots.pop())")]
    DropSlot,
    #[proptest(weight = 4)]
    #[display("queue.task_done()")]
    TaskDone,
    #[display("drop(queue.done_guard())")]
    DoneGuard,
    #[display("queue.close()")]
    Close,
    #[display("drop(queue.clone().close_guard_owned())")]
    CloseGuard,
    #[display("queue.close_now()")]
    CloseNow,
}
