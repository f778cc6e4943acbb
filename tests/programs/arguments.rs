//! The arguments of operations: names of futures, and small numbers.
#![forbid(unsafe_code)]

use std::ops::Range;

use arbitrary::Unstructured;
use proptest::strategy::{Map, Strategy};

/// A number below `N`.
#[derive(Clone, Copy, Debug, derive_more::Display)]
pub(crate) struct Below<const N: usize>(pub(crate) usize);

/// A future, by its name.
#[derive(Clone, Copy, derive_more::Debug, derive_more::Display, PartialEq, Eq, PartialOrd, Ord)]
#[debug("w{_0}")]
#[display("w{_0}")]
pub(crate) struct Name(pub(crate) usize);

/// The number of names.
pub(crate) const NAMES: usize = 8;

impl<const N: usize> proptest::arbitrary::Arbitrary for Below<N> {
    type Parameters = ();
    type Strategy = Map<Range<usize>, fn(usize) -> Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        (0..N).prop_map(Self)
    }
}

impl<'a, const N: usize> arbitrary::Arbitrary<'a> for Below<N> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        bytes.int_in_range(0..=N - 1).map(Self)
    }
}

impl proptest::arbitrary::Arbitrary for Name {
    type Parameters = ();
    type Strategy = Map<Range<usize>, fn(usize) -> Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        (0..NAMES).prop_map(Self)
    }
}

impl<'a> arbitrary::Arbitrary<'a> for Name {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        bytes.int_in_range(0..=NAMES - 1).map(Self)
    }
}
