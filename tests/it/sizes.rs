//! The largest sizes of types and futures, in bytes. A change that makes one larger updates its
//! limit here. The futures of `with`, `wait_while` and `wait_for` contain closures and have no
//! fixed size.
#![forbid(unsafe_code)]
#![cfg(target_pointer_width = "64")]

use aiosync::futures::*;
use aiosync::*;

/// What the feature `diagnostics` adds to each type.
const fn with_diagnostics(bytes: usize) -> usize {
    if cfg!(feature = "diagnostics") {
        bytes
    } else {
        0
    }
}

/// Fails with all types that are too large.
macro_rules! assert_at_most {
    ($added:literal, $($bytes:literal $type:ty),+ $(,)?) => {
        let added = with_diagnostics($added);
        let sizes = [$((stringify!($type), size_of::<$type>(), $bytes + added)),+];
        let large = sizes.iter().filter(|(_, bytes, limit)| bytes > limit);
        let large: Vec<_> = large
            .map(|(name, bytes, limit)| format!("{name}: {bytes} bytes, not {limit}"))
            .collect();
        assert!(large.is_empty(), "too large:\n{}", large.join("\n"));
    };
}

#[test]
fn primitives_are_small() {
    assert_at_most!(
        40,
        32 Lock<()>,
        40 Lock<u64>,
        32 RwLock<()>,
        40 RwLock<u64>,
        72 Semaphore,
        56 Event,
        48 Barrier,
        48 Condition,
        200 Queue<u64>,
        184 LifoQueue<u64>,
        192 PriorityQueue<u64>,
        72 OnceCell<()>,
        80 OnceCell<u64>,
    );
}

#[test]
fn futures_are_small() {
    assert_at_most!(
        48,
        64 LockFuture<'_, ()>,
        64 LockFuture<'_, [u64; 100]>,
        64 LockOwnedFuture<()>,
        64 RwLockRead<'_, ()>,
        64 RwLockWrite<'_, [u64; 100]>,
        64 RwLockReadOwned<()>,
        64 RwLockWriteOwned<()>,
        72 Acquire<'_>,
        72 AcquireOwned,
        64 EventWait<'_>,
        64 EventWaitOwned,
        64 BarrierWait<'_>,
        64 BarrierWaitOwned,
        72 ConditionWait<'_, '_, ()>,
        72 ConditionWaitOwned<'_, ()>,
        88 Put<'_, u64, Fifo>,
        88 PutOwned<u64, Fifo>,
        152 PutMany<'_, u64, Fifo, std::vec::IntoIter<u64>>,
        64 Reserve<'_, u64, Fifo>,
        64 ReserveOwned<u64, Fifo>,
        72 Get<'_, u64, Fifo>,
        72 GetOwned<u64, Fifo>,
        88 GetMany<'_, u64, Fifo>,
        72 OnceCellWait<'_, u64>,
        48 Join<'_, u64, Fifo>,
        48 JoinOwned<u64, Fifo>,
        48 Closed<'_, u64, Fifo>,
        48 ClosedOwned<u64, Fifo>,
    );
}

#[test]
fn guards_and_permits_are_small() {
    assert_at_most!(
        8,
        8 LockGuard<'_, ()>,
        16 MappedLockGuard<'_, ()>,
        8 OwnedLockGuard<()>,
        16 OwnedMappedLockGuard<u64, ()>,
        8 RwLockReadGuard<'_, ()>,
        8 RwLockWriteGuard<'_, ()>,
        8 OwnedRwLockReadGuard<()>,
        8 OwnedRwLockWriteGuard<()>,
        16 MappedRwLockReadGuard<'_, ()>,
        16 MappedRwLockWriteGuard<'_, ()>,
        16 OwnedMappedRwLockReadGuard<u64, ()>,
        16 OwnedMappedRwLockWriteGuard<u64, ()>,
        16 Permit<'_>,
        16 OwnedPermit,
        16 Slot<'_, u64, Fifo>,
        16 OwnedSlot<u64, Fifo>,
        8 DoneGuard<'_, u64, Fifo>,
        8 CloseGuard<'_, u64, Fifo>,
        8 OwnedCloseGuard<u64, Fifo>,
    );
}
