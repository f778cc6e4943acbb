//! Nothing. The tests of this package are in its folder `tests`.
#![forbid(unsafe_code)]
