#![forbid(unsafe_code)]
//! A report as text for people.

use core::fmt::{self, Display, Formatter};
use core::time::Duration;

use super::report::{
    HoldMode, HolderReport, PrimitiveId, PrimitiveKind, PrimitiveReport, Recording, Report, Supply,
    TaskReport, WaiterReport,
};
use super::verdict::{Certainty, CycleLink, Verdict};

/// The largest number of waiters or call sites in one line.
const LISTED: usize = 12;

impl Display for Report {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.recording {
            Recording::NotCompiled => {
                return formatter.write_str(
                    "aiosync records no waits: it is built without the feature `diagnostics`",
                );
            }
            Recording::Off if self.primitives.is_empty() => {
                return formatter.write_str(
                    "aiosync records no waits: call `aiosync::diagnostics::enable` first",
                );
            }
            Recording::On(_) if self.primitives.is_empty() => {
                return formatter.write_str("No recorded wait or holder.");
            }
            Recording::Off | Recording::On(_) => {}
        }
        let mut separator = "";
        for primitive in &self.primitives {
            formatter.write_str(separator)?;
            self.write_primitive(formatter, primitive)?;
            separator = "\n";
        }
        for verdict in &self.verdicts {
            if let Verdict::Cycle { links } = verdict {
                formatter.write_str("\n")?;
                self.write_cycle(formatter, links)?;
            }
        }
        Ok(())
    }
}

impl Report {
    fn write_primitive(
        &self,
        formatter: &mut Formatter<'_>,
        primitive: &PrimitiveReport,
    ) -> fmt::Result {
        write!(
            formatter,
            "{} created at {}",
            Title(primitive),
            primitive.created
        )?;
        write_state(formatter, primitive)?;
        for verdict in &self.verdicts {
            self.write_verdict(formatter, primitive, verdict)?;
        }
        let mut separator = "\n  waiting: ";
        for waiter in primitive.ungranted().take(LISTED) {
            write!(formatter, "{separator}{}", WaiterText(waiter))?;
            separator = " · ";
        }
        let more = primitive.ungranted().count().saturating_sub(LISTED);
        if more > 0 {
            write!(formatter, " · and {more} more")?;
        }
        Ok(())
    }

    /// Writes the lines of a verdict that is about one primitive.
    fn write_verdict(
        &self,
        formatter: &mut Formatter<'_>,
        about: &PrimitiveReport,
        verdict: &Verdict,
    ) -> fmt::Result {
        match verdict {
            Verdict::Futurelock {
                certainty,
                primitive,
                granted,
                polled,
            } if *primitive == about.id => {
                let (Some((_, granted)), Some((other, polled))) =
                    (self.wait(*granted), self.wait(*polled))
                else {
                    return Ok(());
                };
                write!(
                    formatter,
                    "\n  its task {} was polled after the grant and now waits at {} for ",
                    Task(&polled.task),
                    polled.site
                )?;
                if other.id == about.id {
                    write!(formatter, "this same {}", noun(about.kind))?;
                } else {
                    write!(formatter, "{}", Title(other))?;
                }
                write!(
                    formatter,
                    "\n  => FUTURELOCK ({}): poll or drop the future created at {}",
                    Sure(*certainty),
                    granted.site
                )
            }
            Verdict::GrantNotTaken {
                primitive, granted, ..
            } if *primitive == about.id => {
                let Some((_, granted)) = self.wait(*granted) else {
                    return Ok(());
                };
                write!(
                    formatter,
                    "\n  => GRANTED AND NOT POLLED (suspected futurelock): is the task {} busy, or \
                     does it keep the future created at {} without polling it?",
                    Task(&granted.task),
                    granted.site
                )
            }
            Verdict::Reentry {
                primitive,
                wait,
                held,
            } if *primitive == about.id => {
                let Some((_, waiter)) = self.wait(*wait) else {
                    return Ok(());
                };
                write!(
                    formatter,
                    "\n  => RE-ENTRY (suspected, because guards can move): {} waits at {} for what \
                     it acquired at {held}",
                    Task(&waiter.task),
                    waiter.site
                )
            }
            Verdict::Abandoned { primitive, wait } if *primitive == about.id => {
                let Some((_, waiter)) = self.wait(*wait) else {
                    return Ok(());
                };
                write!(
                    formatter,
                    "\n  => ABANDONED (suspected): the wait of {} at {} owns the last `Arc`",
                    Task(&waiter.task),
                    waiter.site
                )
            }
            Verdict::FreeWithWaiters { primitive, since } if *primitive == about.id => write!(
                formatter,
                "\n  => FREE, ALTHOUGH SOMEBODY WAITS, for {} (suspected): this would be a bug in \
                 aiosync, please report it",
                Age(*since)
            ),
            _ => Ok(()),
        }
    }

    fn write_cycle(&self, formatter: &mut Formatter<'_>, links: &[CycleLink]) -> fmt::Result {
        formatter.write_str("=> CYCLE (suspected, because guards can move): ")?;
        let mut separator = "";
        for link in links {
            write!(
                formatter,
                "{separator}{} holds {} ({}, {})",
                Task(&link.task),
                self.title(link.holds),
                link.held_site,
                Age(link.held)
            )?;
            if let Some((primitive, waiter)) = self.wait(link.waits) {
                write!(
                    formatter,
                    " and waits for {} ({})",
                    Title(primitive),
                    waiter.site
                )?;
            }
            separator = "; ";
        }
        Ok(())
    }

    fn title(&self, id: PrimitiveId) -> TitleOf<'_> {
        TitleOf(self.primitive(id), id)
    }
}

/// Writes what is known about the holders of a primitive, and what it granted.
fn write_state(formatter: &mut Formatter<'_>, primitive: &PrimitiveReport) -> fmt::Result {
    let mut separator = " — ";
    if let Some(supply) = primitive.supply {
        write!(formatter, "{separator}{}", Supplied(primitive.kind, supply))?;
        separator = "; ";
    }
    for waiter in primitive.granted().take(LISTED) {
        let granted = waiter.granted.unwrap_or_default();
        write!(
            formatter,
            "{separator}granted {} ago to the wait at {}, which has not been polled since",
            Age(granted),
            waiter.site
        )?;
        separator = "; ";
    }
    if !primitive.holders.is_empty() {
        write!(formatter, "{separator}")?;
        return write_holders(formatter, primitive);
    }
    let is_held = primitive.kind.has_holders()
        && !primitive.waiters.is_empty()
        && primitive.granted().next().is_none();
    if is_held && !primitive.holders_are_complete {
        write!(
            formatter,
            "{separator}held; the holder was not recorded, enable `Level::Holders`"
        )?;
    }
    Ok(())
}

/// Writes the holders, grouped by mode and call site.
fn write_holders(formatter: &mut Formatter<'_>, primitive: &PrimitiveReport) -> fmt::Result {
    let holders = &primitive.holders;
    let is_first_of_site = |(index, holder): &(usize, &HolderReport)| {
        let mut earlier = holders[..*index].iter();
        !earlier.any(|other| other.site == holder.site && other.mode == holder.mode)
    };
    let sites = holders.iter().enumerate().filter(is_first_of_site);
    let mut separator = "";
    for (index, first) in sites.clone().take(LISTED) {
        let same = holders[index..]
            .iter()
            .filter(|other| other.site == first.site && other.mode == first.mode);
        let amount: usize = same.clone().map(|holder| holder.amount).sum();
        write!(formatter, "{separator}{} ", Verb(first.mode))?;
        if same.count() == 1 && first.mode != HoldMode::Permits {
            write!(
                formatter,
                "{} {} for {}",
                Task(&first.task),
                first.site,
                Age(first.held)
            )?;
        } else {
            write!(
                formatter,
                "{} ×{amount} (longest {})",
                first.site,
                Age(first.held)
            )?;
        }
        separator = ", ";
    }
    let more = sites.count().saturating_sub(LISTED);
    if more > 0 {
        write!(formatter, ", and at {more} more calls")?;
    }
    if primitive.holders_not_listed > 0 {
        write!(formatter, ", and {} more", primitive.holders_not_listed)?;
    }
    Ok(())
}

/// The kind, the id and the name of a primitive.
struct Title<'a>(&'a PrimitiveReport);

impl Display for Title<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.0.kind, self.0.id)?;
        match self.0.name {
            Some(name) => write!(formatter, " {name:?}"),
            None => Ok(()),
        }
    }
}

/// The title of a primitive that may have left the report.
struct TitleOf<'a>(Option<&'a PrimitiveReport>, PrimitiveId);

impl Display for TitleOf<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(primitive) => Title(primitive).fmt(formatter),
            None => self.1.fmt(formatter),
        }
    }
}

/// A waiter in the list of waiters.
struct WaiterText<'a>(&'a WaiterReport);

impl Display for WaiterText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let waiter = self.0;
        write!(
            formatter,
            "{} {} {} for {} ({}, {})",
            Task(&waiter.task),
            waiter.operation,
            waiter.site,
            Age(waiter.waited),
            Count(waiter.polls, "poll", "polls"),
            Count(waiter.wakes, "wake", "wakes")
        )
    }
}

/// A task: in quotes if it is named.
struct Task<'a>(&'a TaskReport);

impl Display for Task<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if self.0.is_named() {
            write!(formatter, "{:?}", self.0.name)
        } else {
            formatter.write_str(&self.0.name)
        }
    }
}

/// A number with its noun.
struct Count(u64, &'static str, &'static str);

impl Display for Count {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self(count, one, several) = self;
        let noun = if *count == 1 { one } else { several };
        write!(formatter, "{count} {noun}")
    }
}

/// What a primitive has to give.
struct Supplied(PrimitiveKind, Supply);

impl Display for Supplied {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self(kind, Supply { available, total }) = self;
        let noun = match kind {
            PrimitiveKind::Semaphore => "free",
            PrimitiveKind::Barrier => "arrived",
            _ => "items",
        };
        match total {
            Some(total) => write!(formatter, "{available} of {total} {noun}"),
            None => write!(formatter, "{available} {noun}"),
        }
    }
}

/// A duration, rounded for people.
pub(super) struct Age(pub(super) Duration);

impl Display for Age {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0.as_secs(), self.0.as_micros());
        match seconds {
            0 if micros < 1_000 => write!(formatter, "{micros} µs"),
            0 => write!(formatter, "{} ms", micros / 1_000),
            1..10 => write!(formatter, "{seconds}.{} s", self.0.subsec_millis() / 100),
            10..600 => write!(formatter, "{seconds} s"),
            _ => write!(formatter, "{} min", seconds / 60),
        }
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

/// The verb before a holder.
struct Verb(HoldMode);

impl Display for Verb {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            HoldMode::Exclusive | HoldMode::Permits => "held by",
            HoldMode::Shared => "read by",
            HoldMode::Initializer => "initialized by",
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
