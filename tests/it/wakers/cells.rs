//! A once cell as two scenes: one for the waits for its value, one for its initializers.
#![forbid(unsafe_code)]

use std::sync::Mutex;
use std::time::Duration;

use aiosync::OnceCell;
use aiosync::futures::{GetOrInit, OnceCellWait};

use super::scenes::{Bystanders, Scene};
use crate::common::Polled;
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::once_cell::{GetAtOnce, assert_empty, fail, initializers, leaked, succeed, waiters};

/// Uses each method of a cell, except `set`.
fn call_all_of(cell: &OnceCell<u32>) {
    let _seen = (cell.get(), format!("{cell:?}"), cell.clone());
    cell.wait_blocking_timeout(Duration::ZERO);
    let _failed = fail(cell).block_timeout(Duration::ZERO);
    let _wait = Polled::new(cell.wait()).poll();
    let _fail = Polled::new(fail(cell)).poll();
    let _dropped = Polled::new(cell.get_or_init(std::future::pending)).poll();
}

/// A cell without a value.
pub(super) struct Unvalued {
    cell: &'static OnceCell<u32>,
    bystanders: Bystanders<OnceCellWait<'static, u32>>,
}

impl Scene for Unvalued {
    type Wait = OnceCellWait<'static, u32>;

    fn new() -> Self {
        Self {
            cell: leaked(),
            bystanders: Bystanders::new(),
        }
    }

    fn start(&self) -> Self::Wait {
        self.cell.wait()
    }

    /// Releases all waiters, once.
    fn release(&self, _count: usize) {
        let _ = self.cell.set(1);
    }

    fn waiters(&self) -> usize {
        waiters(self.cell)
    }

    fn bystanders(&self) -> &Bystanders<Self::Wait> {
        &self.bystanders
    }

    fn call_everything(&self) {
        call_all_of(self.cell);
    }

    fn assert_whole(&self) {
        if self.cell.get().is_none() {
            assert_empty(self.cell);
        }
        assert_eq!(Polled::new(self.cell.wait()).assert_ready(), &1);
        assert!(self.cell.set(2).is_err());
    }
}

type Pending = std::future::Pending<u32>;

/// An initializer that does not end.
type Endless = GetOrInit<'static, u32, fn() -> Pending, Pending>;

/// A cell whose turn an initializer has at first.
pub(super) struct Initializing {
    cell: &'static OnceCell<u32>,
    first: Mutex<Option<Polled<Endless>>>,
    bystanders: Bystanders<GetAtOnce<'static>>,
}

impl Scene for Initializing {
    type Wait = GetAtOnce<'static>;

    fn new() -> Self {
        let cell = leaked();
        let first = cell.get_or_init(std::future::pending as fn() -> Pending);
        Self {
            cell,
            first: Mutex::new(Some(Polled::waiting(first))),
            bystanders: Bystanders::new(),
        }
    }

    /// Its initializer fails.
    fn start(&self) -> Self::Wait {
        fail(self.cell)
    }

    /// Each waiter that is granted the turn hands it off when it fails.
    fn release(&self, _count: usize) {
        let first = self.first.lock().unwrap().take();
        drop(first);
    }

    fn waiters(&self) -> usize {
        initializers(self.cell)
    }

    fn bystanders(&self) -> &Bystanders<Self::Wait> {
        &self.bystanders
    }

    fn call_everything(&self) {
        call_all_of(self.cell);
    }

    fn assert_whole(&self) {
        self.release(1);
        assert_empty(self.cell);
        assert_eq!(Polled::new(succeed(self.cell)).assert_ready(), Ok(&1));
    }
}
