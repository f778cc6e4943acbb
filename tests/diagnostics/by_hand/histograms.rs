//! Durations in buckets.

use std::time::Duration;

use super::source::Histogram;
use super::source::snapshot::{histogram, ms};

#[test]
fn each_duration_is_in_the_bucket_of_its_magnitude() {
    for (nanoseconds, bucket) in [
        (0, 0),
        (1, 0),
        (2, 1),
        (3, 1),
        (4, 2),
        (1_023, 9),
        (1_024, 10),
        ((1 << 39) - 1, 38),
        (1 << 39, 39),
        (u64::MAX, 39),
    ] {
        let mut histogram = Histogram::EMPTY;
        histogram.count(Duration::from_nanos(nanoseconds));
        let found = histogram.counts().iter().position(|count| *count == 1);
        assert_eq!(found, Some(bucket), "{nanoseconds} ns");
        assert_eq!(histogram.total(), 1);
        assert!(Histogram::lower_bound(bucket) <= Duration::from_nanos(nanoseconds));
    }
}

#[test]
fn a_duration_beyond_all_clocks_is_in_the_last_bucket() {
    let mut histogram = Histogram::EMPTY;
    histogram.count(Duration::MAX);
    histogram.count(Duration::MAX);
    assert_eq!(histogram.counts().last(), Some(&2));
    assert_eq!(histogram.sum(), Duration::MAX);
}

#[test]
fn the_buckets_meet() {
    let bounds: Vec<_> = (0..40).map(Histogram::lower_bound).collect();
    assert_eq!(bounds[0], Duration::ZERO);
    assert_eq!(bounds[1], Duration::from_nanos(2));
    assert!(bounds[1..].windows(2).all(|pair| pair[1] == 2 * pair[0]));
    assert_eq!(Histogram::EMPTY.counts().len(), 40);
    assert!(bounds[39] > Duration::from_secs(9 * 60));
}

#[test]
#[should_panic(expected = "bucket 40 of a histogram with 40 buckets")]
fn there_is_no_bucket_behind_the_last() {
    let _ = Histogram::lower_bound(40);
}

#[test]
fn the_sum_and_the_total_count_all_durations() {
    let histogram = histogram([1, 2, 3_000]);
    assert_eq!((histogram.total(), histogram.sum()), (3, ms(3_003)));
    assert_eq!(Histogram::default(), Histogram::EMPTY);
}

#[test]
fn the_text_has_a_bar_for_each_bucket_between_the_first_and_the_last() {
    let histogram = histogram([1, 1, 1, 1, 5, 5]);
    let lines = [
        "  524 µs          4 ########################################",
        "    1 ms          0",
        "    2 ms          0",
        "    4 ms          2 ####################",
    ];
    assert_eq!(histogram.to_string().lines().collect::<Vec<_>>(), lines);
    assert_eq!(Histogram::EMPTY.to_string(), "no durations");
}
