#![forbid(unsafe_code)]
//! Verdicts as sentences for people.

use alloc::format;
use core::fmt::{self, Display, Formatter};
use core::time::Duration;

use super::report::{
    PrimitiveId, PrimitiveKind, PrimitiveReport, Report, TaskReport, WaiterReport,
};
use super::verdict::{Certainty, CycleLink, Verdict};

impl Report {
    /// Returns a verdict as text, in one line.
    ///
    /// The verdict must be one of this report.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::diagnostics;
    ///
    /// let report = diagnostics::report();
    /// for verdict in &report.verdicts {
    ///     eprintln!("{}", report.explain(verdict));
    /// }
    /// ```
    pub fn explain<'a>(&'a self, verdict: &'a Verdict) -> impl Display + 'a {
        Explanation {
            report: self,
            verdict,
        }
    }

    /// Returns what a verdict says, without its evidence.
    pub(super) fn conclude<'a>(&'a self, verdict: &'a Verdict) -> Conclusion<'a> {
        Conclusion {
            report: self,
            verdict,
        }
    }
}

/// A conclusion with its evidence.
struct Explanation<'a> {
    report: &'a Report,
    verdict: &'a Verdict,
}

impl Display for Explanation<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.report.conclude(self.verdict).fmt(formatter)?;
        match Evidence::of(self.report, self.verdict) {
            Some(evidence) => write!(formatter, "; {evidence}"),
            None => Ok(()),
        }
    }
}

/// What shows that a task does not take its grant, because it waits elsewhere.
pub(super) struct Evidence<'a> {
    about: &'a PrimitiveReport,
    granted: &'a WaiterReport,
    other: &'a PrimitiveReport,
    polled: &'a WaiterReport,
}

impl<'a> Evidence<'a> {
    /// Returns the evidence for a futurelock.
    pub(super) fn of(report: &'a Report, verdict: &Verdict) -> Option<Self> {
        let Verdict::Futurelock {
            granted, polled, ..
        } = verdict
        else {
            return None;
        };
        let (about, granted) = report.wait(*granted)?;
        let (other, polled) = report.wait(*polled)?;
        Some(Self {
            about,
            granted,
            other,
            polled,
        })
    }
}

impl Display for Evidence<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let (task, site) = (Its(&self.granted.task), self.polled.site);
        let was_polled = self.granted.granted > Some(self.polled.last_poll);
        let is_same_task = self.polled.task.is_same_as(&self.granted.task);
        match (is_same_task, self.polled.is_blocking, was_polled) {
            (false, _, _) => write!(
                formatter,
                "the thread that polled it last, for its {task}, blocks at {site} for "
            )?,
            (true, true, _) => write!(formatter, "its {task} blocks its thread at {site} for ")?,
            (true, false, true) => write!(
                formatter,
                "its {task} was polled after the grant and now waits at {site} for "
            )?,
            (true, false, false) => write!(
                formatter,
                "its {task} was not polled after the grant, and waits at {site} for "
            )?,
        }
        if self.other.id == self.about.id {
            write!(formatter, "this same {}", noun(self.about.kind))
        } else {
            Title(self.other).fmt(formatter)
        }
    }
}

/// What a verdict says.
pub(super) struct Conclusion<'a> {
    report: &'a Report,
    verdict: &'a Verdict,
}

impl Conclusion<'_> {
    /// Returns a wait's call and its task. A report that was filtered may lack them.
    fn wait(&self, id: super::WaitId) -> Option<&WaiterReport> {
        self.report.wait(id).map(|(_, waiter)| waiter)
    }

    fn write_cycle(&self, formatter: &mut Formatter<'_>, links: &[CycleLink]) -> fmt::Result {
        formatter.write_str("CYCLE (suspected, because guards can move): ")?;
        for (index, link) in links.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            let next = &links[(index + 1) % links.len()];
            write!(
                formatter,
                "{} holds {} ({}, {}) and waits for {}",
                Task(&link.task),
                Name(self.report, link.holds),
                link.held_site,
                Age(link.held),
                Name(self.report, next.holds),
            )?;
            if let Some(waiter) = self.wait(link.waits) {
                write!(formatter, " ({})", waiter.site)?;
            }
        }
        Ok(())
    }
}

impl Display for Conclusion<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.verdict {
            Verdict::Futurelock {
                certainty, granted, ..
            } => {
                write!(formatter, "FUTURELOCK ({})", Sure(*certainty))?;
                match self.wait(*granted) {
                    Some(granted) => write!(
                        formatter,
                        ": poll or drop the future created at {}",
                        granted.site
                    ),
                    None => Ok(()),
                }
            }
            Verdict::GrantNotTaken { granted, since, .. } => {
                formatter.write_str("GRANTED AND NOT POLLED (suspected futurelock)")?;
                match self.wait(*granted) {
                    Some(granted) => write!(
                        formatter,
                        ": the {} has not polled the future created at {} for {}; the task may \
                         be busy, or keep the future without polling it",
                        Its(&granted.task),
                        granted.site,
                        Age(*since)
                    ),
                    None => Ok(()),
                }
            }
            Verdict::Reentry { wait, held, .. } => {
                formatter.write_str("RE-ENTRY (suspected, because guards can move)")?;
                match self.wait(*wait) {
                    Some(waiter) => write!(
                        formatter,
                        ": {} waits at {} for what it acquired at {held}",
                        Task(&waiter.task),
                        waiter.site
                    ),
                    None => Ok(()),
                }
            }
            Verdict::Cycle { links } => self.write_cycle(formatter, links),
            Verdict::Abandoned { wait, .. } => {
                formatter.write_str("ABANDONED (suspected)")?;
                match self.wait(*wait) {
                    Some(waiter) => write!(
                        formatter,
                        ": the wait of {} at {} owns the last `Arc`, so nothing else can end it",
                        Task(&waiter.task),
                        waiter.site
                    ),
                    None => Ok(()),
                }
            }
            Verdict::FreeWithWaiters { since, .. } => write!(
                formatter,
                "FREE, ALTHOUGH A TASK HAS WAITED FOR {} (suspected): if a second report says the \
                 same, this is a bug in aiosync; please report it",
                Age(*since)
            ),
        }
    }
}

/// The kind, the id and the name of a primitive.
pub(super) struct Title<'a>(pub(super) &'a PrimitiveReport);

impl Display for Title<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.0.kind, self.0.id)?;
        match self.0.name {
            Some(name) => write!(formatter, " {name:?}"),
            None => Ok(()),
        }
    }
}

/// The id and the name of a primitive, which a filtered report may lack.
struct Name<'a>(&'a Report, PrimitiveId);

impl Display for Name<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.1.fmt(formatter)?;
        let primitive = self.0.primitive(self.1);
        match primitive.and_then(|primitive| primitive.name) {
            Some(name) => write!(formatter, " {name:?}"),
            None => Ok(()),
        }
    }
}

/// A task: in quotes if it is named.
pub(super) struct Task<'a>(pub(super) &'a TaskReport);

impl Display for Task<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if self.0.is_named() {
            write!(formatter, "{:?}", self.0.name)
        } else {
            formatter.write_str(&self.0.name)
        }
    }
}

/// A task after a word such as "its".
struct Its<'a>(&'a TaskReport);

impl Display for Its<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        // A name that the crate gives begins with "task" or "thread".
        let noun = if self.0.is_named() { "task " } else { "" };
        write!(formatter, "{noun}{}", Task(self.0))
    }
}

/// A duration, rounded down for people.
pub(super) struct Age(pub(super) Duration);

impl Display for Age {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0.as_secs(), self.0.subsec_nanos());
        let text = match (seconds, nanos) {
            (0, 0..1_000) => format!("{nanos} ns"),
            (0, 1_000..1_000_000) => format!("{} µs", nanos / 1_000),
            (0, _) => format!("{} ms", nanos / 1_000_000),
            (1..10, _) => format!("{seconds}.{} s", nanos / 100_000_000),
            (10..600, _) => format!("{seconds} s"),
            _ => format!("{} min", seconds / 60),
        };
        formatter.pad(&text)
    }
}

/// The certainty of a verdict in words.
struct Sure(Certainty);

impl Display for Sure {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            Certainty::Certain => "certain",
            Certainty::Suspected => "suspected",
        })
    }
}

/// Returns the noun for "this same …".
fn noun(kind: PrimitiveKind) -> &'static str {
    match kind {
        PrimitiveKind::Lock | PrimitiveKind::RwLock => "lock",
        PrimitiveKind::Semaphore => "semaphore",
        PrimitiveKind::Event => "event",
        PrimitiveKind::Barrier => "barrier",
        PrimitiveKind::Condition => "condition",
        PrimitiveKind::Queue => "queue",
        PrimitiveKind::OnceCell => "cell",
    }
}
