//! When a bounded queue allocates the memory for its items: at once, if that is at most one
//! mebibyte, and otherwise as the items come.
#![forbid(unsafe_code)]

use std::hint::black_box;

use aiosync::Queue;
use allocation_counter::measure;

const MEBIBYTE: u64 = 1 << 20;

/// The largest memory that a queue takes besides its cells.
const BESIDE: u64 = 1024;

#[cfg(target_pointer_width = "64")] // Elsewhere a queue has no ring.
#[test]
fn the_memory_for_a_few_items_is_taken_at_once() {
    for capacity in [1, 2, 3, 100, 1000] {
        let mut made = None;
        let making = measure(|| made = Some(Queue::bounded(capacity)));
        let queue = black_box(made).unwrap();
        let items = (capacity * size_of::<[u64; 8]>()) as u64;
        assert!(making.bytes_current as u64 >= items, "{capacity}");
        let using = measure(|| {
            (0..capacity).for_each(|_| queue.try_put([1_u64; 8]).unwrap());
            (0..capacity).for_each(|_| assert_eq!(queue.try_get(), Ok([1; 8])));
        });
        assert_eq!(using.count_total, 0, "{capacity}");
    }
}

#[test]
fn the_memory_for_many_items_is_taken_as_they_come() {
    fn assert_grows<T: Copy + std::fmt::Debug + PartialEq>(item: T) {
        for capacity in (0..=20).map(|bits| 1_usize << bits) {
            let making = measure(|| drop(black_box(Queue::<T>::bounded(capacity))));
            assert!(making.bytes_max <= MEBIBYTE + BESIDE, "{capacity}");
        }
        let queue = Queue::bounded(1 + (MEBIBYTE as usize / size_of::<T>()));
        let using = measure(|| queue.try_put(item).unwrap());
        assert_ne!(using.count_total, 0);
        assert_eq!(queue.try_get(), Ok(item));
    }
    assert_grows(1_u8);
    assert_grows([1_u8; 100]);
    assert_grows([1_u8; 4096]);
}
