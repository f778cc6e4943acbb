//! A plain model of what the operations mean, for the random [`programs`](super::programs).
//!
//! It knows nothing of wakers, locks or nodes: lines are lists of numbers, and a
//! wait that is granted is woken once.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::task::Poll;

use aiosync::{TryGetError, TryPutError, TryReserveError};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    Closed,
    ClosedNow,
}

/// What a wait is for, and what it still has.
#[derive(Clone)]
pub(super) enum Aim {
    /// `put`, `put_many`: the items that are left.
    Put(VecDeque<usize>),
    Reserve,
    /// `get`, `get_many`: how many at the most.
    Get(usize),
    Join,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Unpolled,
    Waiting,
    Granted,
    Closed,
}

#[derive(Clone)]
pub(super) struct Waiter {
    pub(super) aim: Aim,
    pub(super) standing: Standing,
    pub(super) wakes: usize,
}

/// What a wait comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Done,
    Refused(Vec<usize>),
    Got(Vec<usize>),
    Closed,
    Slot,
}

/// What the operations mean, with lines of indices into `waiters`.
pub(super) struct Model {
    take: fn(&mut Vec<usize>) -> usize,
    capacity: usize,
    /// In the order in which they were put.
    items: Vec<usize>,
    phase: Phase,
    unfinished: usize,
    getters: VecDeque<usize>,
    putters: VecDeque<usize>,
    granted_getters: usize,
    granted_putters: usize,
    waiters: Vec<Option<Waiter>>,
}

impl Model {
    pub(super) fn new(capacity: Option<usize>, take: fn(&mut Vec<usize>) -> usize) -> Self {
        Self {
            take,
            capacity: capacity.unwrap_or(usize::MAX),
            items: Vec::new(),
            phase: Phase::Open,
            unfinished: 0,
            getters: VecDeque::new(),
            putters: VecDeque::new(),
            granted_getters: 0,
            granted_putters: 0,
            waiters: Vec::new(),
        }
    }

    /// `len`, `unfinished`, those waiting to get and to put, `is_closed`.
    pub(super) fn counts(&self) -> (usize, usize, usize, usize, bool) {
        assert!(self.items.len() + self.granted_putters <= self.capacity);
        assert!(self.granted_getters <= self.items.len());
        let (getters, putters) = (self.getters.len(), self.putters.len());
        let closed = self.phase != Phase::Open;
        (self.items.len(), self.unfinished, getters, putters, closed)
    }

    /// How often each wait was woken that is still there.
    pub(super) fn wakes(&self) -> Vec<Option<usize>> {
        let waiters = self.waiters.iter();
        waiters
            .map(|waiter| waiter.as_ref().map(|waiter| waiter.wakes))
            .collect()
    }

    /// A new wait.
    pub(super) fn start(&mut self, aim: Aim) {
        self.waiters.push(Some(Waiter {
            aim,
            standing: Standing::Unpolled,
            wakes: 0,
        }));
    }

    /// A wait that has answered.
    pub(super) fn end(&mut self, index: usize) {
        self.waiters[index] = None;
    }

    pub(super) fn try_put(&mut self, item: usize) -> Result<(), TryPutError<usize>> {
        if self.has_room() {
            self.put(item);
            Ok(())
        } else if self.phase == Phase::Open {
            Err(TryPutError::Full(item))
        } else {
            Err(TryPutError::Closed(item))
        }
    }

    pub(super) fn try_get(&mut self) -> Result<usize, TryGetError> {
        match self.free_items() {
            0 if self.is_over() => Err(TryGetError::Closed),
            0 => Err(TryGetError::Empty),
            _ => Ok(self.get(1)[0]),
        }
    }

    pub(super) fn try_reserve(&mut self) -> Result<(), TryReserveError> {
        if self.has_room() {
            self.granted_putters += 1;
            Ok(())
        } else if self.phase == Phase::Open {
            Err(TryReserveError::Full)
        } else {
            Err(TryReserveError::Closed)
        }
    }

    /// Whether a slot puts.
    pub(super) fn put_into_slot(&mut self, item: usize) -> bool {
        let open = self.phase == Phase::Open;
        if open {
            self.granted_putters -= 1;
            self.put(item);
        }
        open
    }

    fn free_items(&self) -> usize {
        if self.getters.is_empty() && self.phase != Phase::ClosedNow {
            self.items.len() - self.granted_getters
        } else {
            0
        }
    }

    fn has_room(&self) -> bool {
        let used = self.items.len() + self.granted_putters;
        self.phase == Phase::Open && self.putters.is_empty() && used < self.capacity
    }

    fn is_over(&self) -> bool {
        match self.phase {
            Phase::Open => false,
            Phase::Closed => self.items.is_empty(),
            Phase::ClosedNow => true,
        }
    }

    fn release(&mut self, index: usize, standing: Standing) {
        let waiter = self.waiters[index].as_mut().unwrap();
        waiter.standing = standing;
        waiter.wakes += 1;
    }

    fn settle(&mut self) {
        while !self.getters.is_empty()
            && (self.is_over() || self.items.len() > self.granted_getters)
        {
            let first = self.getters.pop_front().unwrap();
            if self.is_over() {
                self.release(first, Standing::Closed);
            } else {
                self.granted_getters += 1;
                self.release(first, Standing::Granted);
            }
        }
        while !self.putters.is_empty()
            && (self.phase != Phase::Open
                || self.items.len() + self.granted_putters < self.capacity)
        {
            let first = self.putters.pop_front().unwrap();
            if self.phase == Phase::Open {
                self.granted_putters += 1;
                self.release(first, Standing::Granted);
            } else {
                self.release(first, Standing::Closed);
            }
        }
    }

    fn put(&mut self, item: usize) {
        self.items.push(item);
        self.unfinished += 1;
        self.settle();
    }

    fn get(&mut self, count: usize) -> Vec<usize> {
        let got = (0..count).map(|_| (self.take)(&mut self.items)).collect();
        self.settle();
        got
    }

    pub(super) fn finish(&mut self, count: usize) {
        self.unfinished -= count;
        if self.unfinished == 0 && count > 0 {
            for index in 0..self.waiters.len() {
                if let Some(Waiter {
                    aim: Aim::Join,
                    standing,
                    ..
                }) = self.waiters[index]
                {
                    if standing == Standing::Waiting {
                        self.release(index, Standing::Granted);
                    }
                }
            }
        }
    }

    /// Whether this is the first close.
    pub(super) fn close(&mut self, phase: Phase) -> bool {
        let first = self.phase == Phase::Open;
        if first || phase == Phase::ClosedNow {
            self.phase = phase;
            self.granted_putters = 0;
            self.settle();
        }
        first
    }

    pub(super) fn close_now(&mut self) -> Vec<usize> {
        let mut items = Vec::new();
        while !self.items.is_empty() {
            items.push((self.take)(&mut self.items));
        }
        // The programs finish no item ahead.
        self.finish(items.len());
        self.granted_getters = 0;
        self.close(Phase::ClosedNow);
        items
    }

    pub(super) fn poll(&mut self, index: usize) -> Poll<Answer> {
        let Waiter {
            aim,
            standing,
            wakes,
        } = self.waiters[index].clone().unwrap();
        if standing == Standing::Waiting {
            return Poll::Pending;
        }
        let granted = standing == Standing::Granted;
        let open = self.phase == Phase::Open;
        let line;
        let left;
        match aim {
            Aim::Put(mut items) => {
                if granted && open {
                    self.granted_putters -= 1;
                    self.put(items.pop_front().unwrap());
                }
                while !items.is_empty() && self.has_room() {
                    self.put(items.pop_front().unwrap());
                }
                if items.is_empty() {
                    return Poll::Ready(Answer::Done);
                }
                if !open {
                    return Poll::Ready(Answer::Refused(items.into()));
                }
                (line, left) = (&mut self.putters, Aim::Put(items));
            }
            Aim::Reserve => {
                if !open {
                    return Poll::Ready(Answer::Closed);
                }
                if granted || self.has_room() {
                    self.granted_putters += usize::from(!granted);
                    return Poll::Ready(Answer::Slot);
                }
                (line, left) = (&mut self.putters, aim);
            }
            Aim::Get(most) => {
                if standing == Standing::Closed || self.is_over() {
                    return Poll::Ready(Answer::Closed);
                }
                let count = (usize::from(granted) + self.free_items()).min(most);
                if count > 0 {
                    self.granted_getters -= usize::from(granted);
                    return Poll::Ready(Answer::Got(self.get(count)));
                }
                (line, left) = (&mut self.getters, aim);
            }
            Aim::Join => {
                if granted || self.unfinished == 0 {
                    return Poll::Ready(Answer::Done);
                }
                self.waiters[index].as_mut().unwrap().standing = Standing::Waiting;
                return Poll::Pending;
            }
        }
        line.push_back(index);
        let standing = Standing::Waiting;
        self.waiters[index] = Some(Waiter {
            aim: left,
            standing,
            wakes,
        });
        Poll::Pending
    }

    pub(super) fn drop_slot(&mut self) {
        if self.phase == Phase::Open {
            self.granted_putters -= 1;
            self.settle();
        }
    }

    pub(super) fn drop_waiter(&mut self, index: usize) {
        let waiter = self.waiters[index].take().unwrap();
        self.getters.retain(|waiting| *waiting != index);
        self.putters.retain(|waiting| *waiting != index);
        match (waiter.standing, waiter.aim) {
            (Standing::Granted, Aim::Put(_) | Aim::Reserve) => self.drop_slot(),
            (Standing::Granted, Aim::Get(_)) if self.phase != Phase::ClosedNow => {
                self.granted_getters -= 1;
                self.settle();
            }
            _ => {}
        }
    }
}
