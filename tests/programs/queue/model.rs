//! What the operations of a queue mean.
//!
//! It knows nothing of wakers, locks or nodes: wait queues are lists of names, and a granted
//! wait is woken once.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::mem;

use aiosync::{TaskDoneError, TryGetError, TryPutError, TryReserveError};

use super::item::Item;
use crate::arguments::{NAMES, Name};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    Closed,
    ClosedNow,
}

/// The operation of a wait, and its data.
#[derive(Clone)]
pub(super) enum Aim {
    /// `put` and `put_many`: the items that are left.
    Put(VecDeque<Item>),
    Reserve,
    Get,
    /// The largest number of items.
    GetMany(usize),
    Join,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Unpolled,
    Waiting,
    Granted,
    Closed,
}

#[derive(Clone)]
struct Waiter {
    aim: Aim,
    standing: Standing,
}

/// The result of a wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Done,
    Refused(Vec<Item>),
    Got(Vec<Item>),
    Closed,
    Slot,
}

/// The counts of a queue.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) len: usize,
    pub(super) is_full: bool,
    pub(super) unfinished: usize,
    pub(super) waiting_getters: usize,
    pub(super) waiting_putters: usize,
    pub(super) is_closed: bool,
}

/// Where a wait is.
#[derive(Default)]
pub(super) struct Lines {
    getters: VecDeque<Name>,
    putters: VecDeque<Name>,
    joiners: VecDeque<Name>,
    enders: VecDeque<Name>,
}

impl Lines {
    fn leave(&mut self, name: Name) {
        for line in [
            &mut self.getters,
            &mut self.putters,
            &mut self.joiners,
            &mut self.enders,
        ] {
            line.retain(|&other| other != name);
        }
    }
}

pub(super) struct Model {
    /// Takes the next item.
    take: fn(&mut Vec<Item>) -> Item,
    capacity: usize,
    /// In the order in which they were put.
    items: Vec<Item>,
    phase: Phase,
    unfinished: usize,
    /// The items that were taken out and are not done.
    pub(super) in_work: usize,
    lines: Lines,
    granted_getters: usize,
    granted_putters: usize,
    waiters: [Option<Waiter>; NAMES],
    pub(super) woken: Vec<Name>,
}

impl Model {
    pub(super) fn new(capacity: Option<usize>, take: fn(&mut Vec<Item>) -> Item) -> Self {
        Self {
            take,
            capacity: capacity.unwrap_or(usize::MAX),
            items: Vec::new(),
            phase: Phase::Open,
            unfinished: 0,
            in_work: 0,
            lines: Lines::default(),
            granted_getters: 0,
            granted_putters: 0,
            waiters: [const { None }; NAMES],
            woken: Vec::new(),
        }
    }

    pub(super) fn counts(&self) -> Counts {
        assert!(self.items.len() + self.granted_putters <= self.capacity);
        assert!(self.granted_getters <= self.items.len());
        Counts {
            len: self.items.len(),
            is_full: self.items.len() == self.capacity,
            unfinished: self.unfinished,
            waiting_getters: self.lines.getters.len(),
            waiting_putters: self.lines.putters.len(),
            is_closed: self.phase != Phase::Open,
        }
    }

    pub(super) fn waits(&self, name: Name) -> bool {
        let waiter = self.waiters[name.0].as_ref();
        waiter.is_some_and(|waiter| waiter.standing == Standing::Waiting)
    }

    /// Returns the wait queue in which it waits, or waited.
    pub(super) fn queue_of(&self, name: Name) -> usize {
        match self.waiters[name.0].as_ref().map(|waiter| &waiter.aim) {
            None => 0,
            Some(Aim::Put(_) | Aim::Reserve) => 1,
            Some(Aim::Get | Aim::GetMany(_)) => 2,
            Some(Aim::Join) => 3,
            Some(Aim::Closed) => 4,
        }
    }

    pub(super) fn start(&mut self, name: Name, aim: Aim) {
        let standing = Standing::Unpolled;
        self.waiters[name.0] = Some(Waiter { aim, standing });
    }

    pub(super) fn try_put(&mut self, item: Item) -> Result<(), TryPutError<Item>> {
        if self.has_room() {
            self.put(item);
            Ok(())
        } else if self.phase == Phase::Open {
            Err(TryPutError::Full(item))
        } else {
            Err(TryPutError::Closed(item))
        }
    }

    pub(super) fn try_get_many(&mut self, most: usize) -> Result<Vec<Item>, TryGetError> {
        match self.free_items().min(most) {
            0 if most == 0 => Ok(Vec::new()),
            0 if self.is_over() => Err(TryGetError::Closed),
            0 => Err(TryGetError::Empty),
            count => Ok(self.get(count)),
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

    /// Returns whether a slot puts.
    pub(super) fn put_into_slot(&mut self, item: Item) -> bool {
        let open = self.phase == Phase::Open;
        if open {
            self.granted_putters -= 1;
            self.put(item);
        }
        open
    }

    fn free_items(&self) -> usize {
        if self.lines.getters.is_empty() && self.phase != Phase::ClosedNow {
            self.items.len() - self.granted_getters
        } else {
            0
        }
    }

    fn has_room(&self) -> bool {
        let used = self.items.len() + self.granted_putters;
        self.phase == Phase::Open && self.lines.putters.is_empty() && used < self.capacity
    }

    fn is_over(&self) -> bool {
        match self.phase {
            Phase::Open => false,
            Phase::Closed => self.items.is_empty(),
            Phase::ClosedNow => true,
        }
    }

    fn release(&mut self, name: Name, standing: Standing) {
        let waiter = self.waiters[name.0].as_mut().expect("it waits");
        waiter.standing = standing;
        self.woken.push(name);
    }

    fn settle(&mut self) {
        while self.is_over() || self.items.len() > self.granted_getters {
            let Some(first) = self.lines.getters.pop_front() else {
                break;
            };
            if self.is_over() {
                self.release(first, Standing::Closed);
            } else {
                self.granted_getters += 1;
                self.release(first, Standing::Granted);
            }
        }
        let open = self.phase == Phase::Open;
        while !open || self.items.len() + self.granted_putters < self.capacity {
            let Some(first) = self.lines.putters.pop_front() else {
                break;
            };
            if open {
                self.granted_putters += 1;
                self.release(first, Standing::Granted);
            } else {
                self.release(first, Standing::Closed);
            }
        }
    }

    fn put(&mut self, item: Item) {
        self.items.push(item);
        self.unfinished += 1;
        self.settle();
    }

    fn get(&mut self, count: usize) -> Vec<Item> {
        let got = (0..count).map(|_| (self.take)(&mut self.items)).collect();
        self.in_work += count;
        self.settle();
        got
    }

    /// Counts that many items as done.
    fn finish(&mut self, count: usize) {
        self.unfinished -= count;
        if self.unfinished == 0 && count > 0 {
            for name in mem::take(&mut self.lines.joiners) {
                self.release(name, Standing::Granted);
            }
        }
    }

    pub(super) fn task_done(&mut self) -> Result<(), TaskDoneError> {
        if self.unfinished == 0 {
            return Err(TaskDoneError);
        }
        self.in_work -= 1;
        self.finish(1);
        Ok(())
    }

    /// Returns whether this is the first close.
    pub(super) fn close(&mut self, phase: Phase) -> bool {
        let first = self.phase == Phase::Open;
        if first || phase == Phase::ClosedNow {
            self.phase = phase;
            self.granted_putters = 0;
            self.settle();
            for name in mem::take(&mut self.lines.enders) {
                self.release(name, Standing::Granted);
            }
        }
        first
    }

    pub(super) fn close_now(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        while !self.items.is_empty() {
            items.push((self.take)(&mut self.items));
        }
        self.finish(items.len());
        self.granted_getters = 0;
        self.close(Phase::ClosedNow);
        items
    }

    /// Returns the result of the wait. If there is none, it is queued.
    pub(super) fn poll(&mut self, name: Name) -> Option<Answer> {
        let Waiter { aim, standing } = self.waiters[name.0].clone().expect("it is there");
        if standing == Standing::Waiting {
            return None;
        }
        let granted = standing == Standing::Granted;
        let answer = match aim {
            Aim::Put(items) => self.poll_put(name, items, granted),
            Aim::Reserve => self.poll_reserve(granted),
            Aim::Get => self.poll_get(1, standing),
            Aim::GetMany(0) => Some(Answer::Got(Vec::new())),
            Aim::GetMany(most) => self.poll_get(most, standing),
            Aim::Join => (granted || self.unfinished == 0).then_some(Answer::Done),
            Aim::Closed => (granted || self.phase != Phase::Open).then_some(Answer::Done),
        };
        if answer.is_some() {
            self.waiters[name.0] = None;
            return answer;
        }
        let waiter = self.waiters[name.0].as_mut().expect("it is there");
        waiter.standing = Standing::Waiting;
        let line = match waiter.aim {
            Aim::Put(_) | Aim::Reserve => &mut self.lines.putters,
            Aim::Get | Aim::GetMany(_) => &mut self.lines.getters,
            Aim::Join => &mut self.lines.joiners,
            Aim::Closed => &mut self.lines.enders,
        };
        line.push_back(name);
        None
    }

    fn poll_put(&mut self, name: Name, mut items: VecDeque<Item>, granted: bool) -> Option<Answer> {
        if granted && self.phase == Phase::Open {
            self.granted_putters -= 1;
            self.put(items.pop_front().expect("it waits with an item"));
        }
        while !items.is_empty() && self.has_room() {
            self.put(items.pop_front().expect("it is not empty"));
        }
        if items.is_empty() {
            return Some(Answer::Done);
        }
        if self.phase != Phase::Open {
            return Some(Answer::Refused(items.into()));
        }
        self.start(name, Aim::Put(items));
        None
    }

    fn poll_reserve(&mut self, granted: bool) -> Option<Answer> {
        if self.phase != Phase::Open {
            return Some(Answer::Closed);
        }
        if !granted {
            self.try_reserve().ok()?;
        }
        Some(Answer::Slot)
    }

    fn poll_get(&mut self, most: usize, standing: Standing) -> Option<Answer> {
        if standing == Standing::Closed || self.is_over() {
            return Some(Answer::Closed);
        }
        let granted = usize::from(standing == Standing::Granted);
        let count = (granted + self.free_items()).min(most);
        if count == 0 {
            return None;
        }
        self.granted_getters -= granted;
        Some(Answer::Got(self.get(count)))
    }

    pub(super) fn drop_slot(&mut self) {
        if self.phase == Phase::Open {
            self.granted_putters -= 1;
            self.settle();
        }
    }

    pub(super) fn drop_waiter(&mut self, name: Name) {
        let waiter = self.waiters[name.0].take().expect("it is there");
        self.lines.leave(name);
        match (waiter.standing, waiter.aim) {
            (Standing::Granted, Aim::Put(_) | Aim::Reserve) => self.drop_slot(),
            (Standing::Granted, Aim::Get | Aim::GetMany(_)) if self.phase != Phase::ClosedNow => {
                self.granted_getters -= 1;
                self.settle();
            }
            _ => {}
        }
    }
}
