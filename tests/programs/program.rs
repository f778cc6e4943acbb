//! A program: a primitive, and operations on it in sequence.
//!
//! `proptest` creates programs and shrinks those that fail. A fuzzer creates them from bytes.
//! Both print as lines of code.
#![forbid(unsafe_code)]

use std::any::Any;
use std::cell::Cell;
use std::fmt::{self, Debug, Display};
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arbitrary::Unstructured;
use proptest::arbitrary::any;
use proptest::collection::vec;
use proptest::strategy::{BoxedStrategy, Strategy};

/// The largest number of operations.
const LONGEST: usize = 160;

/// The subject of a program. It prints as the line that creates it.
pub(crate) trait Subject: Display {
    type Operation: Display;

    /// Creates the subject, and runs the steps on it and on its model. Panics if the two differ
    /// visibly after a step.
    fn run<'a>(&self, steps: impl Iterator<Item = &'a Self::Operation>)
    where
        Self::Operation: 'a;
}

pub(crate) struct Program<S: Subject> {
    subject: S,
    operations: Vec<S::Operation>,
}

impl<S: Subject> Program<S> {
    /// Runs the program. An error names the line and the difference.
    pub(crate) fn run(&self) -> Result<(), String> {
        let begun = Cell::new(0);
        let mut operations = self.operations.iter();
        let steps = iter::from_fn(|| {
            begun.set(begun.get() + 1);
            operations.next()
        });
        let outcome = catch_unwind(AssertUnwindSafe(|| self.subject.run(steps)));
        outcome.map_err(|panic| {
            let line = match begun.get() {
                0 => self.subject.to_string(),
                begun => match self.operations.get(begun - 1) {
                    Some(operation) => operation.to_string(),
                    None => "the end".to_owned(),
                },
            };
            format!("{line}\n{}", message(&*panic))
        })
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let message = panic.downcast_ref::<String>().cloned();
    let message = message.or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned()));
    message.unwrap_or_else(|| "a panic without a message".to_owned())
}

impl<S: Subject> Debug for Program<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\n    {};", self.subject)?;
        let mut lines = self.operations.iter();
        lines.try_for_each(|operation| write!(formatter, "\n    {operation};"))
    }
}

impl<S> proptest::arbitrary::Arbitrary for Program<S>
where
    S: Subject + proptest::arbitrary::Arbitrary + 'static,
    S::Operation: proptest::arbitrary::Arbitrary + Debug + 'static,
{
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        let parts = (any::<S>(), vec(any::<S::Operation>(), 0..LONGEST));
        let program = parts.prop_map(|(subject, operations)| Self {
            subject,
            operations,
        });
        program.boxed()
    }
}

impl<S> Program<S>
where
    S: Subject + for<'a> arbitrary::Arbitrary<'a>,
    S::Operation: for<'a> arbitrary::Arbitrary<'a>,
{
    /// Returns the program that the bytes stand for. All bytes stand for one, which ends with
    /// them.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        let mut bytes = Unstructured::new(bytes);
        let subject = bytes.arbitrary().expect("nothing is made of no bytes");
        let mut operations = Vec::new();
        while !bytes.is_empty() && operations.len() < LONGEST {
            operations.push(bytes.arbitrary().expect("nothing is made of no bytes"));
        }
        Self {
            subject,
            operations,
        }
    }
}
