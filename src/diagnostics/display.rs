#![forbid(unsafe_code)]
//! A report as text for people.
//!
//! Each primitive has a paragraph: its holders, its verdicts, its waiters. The cycles follow,
//! because each of them is about several primitives. Long lists are cut.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};

use super::explain::{Age, Evidence, Task, Title};
use super::report::{
    HoldMode, HolderReport, PrimitiveId, PrimitiveKind, PrimitiveReport, Recording, Report, Supply,
    TransferReport, WaiterReport,
};
use super::verdict::Verdict;

/// The largest number of waiters, call sites or verdicts of one primitive.
const LISTED: usize = 12;

/// The largest number of grants in the first line of a primitive.
const LISTED_GRANTS: usize = 3;

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
        let mut about: BTreeMap<PrimitiveId, Vec<&Verdict>> = BTreeMap::new();
        for verdict in &self.verdicts {
            if let Some(id) = verdict.primitive() {
                about.entry(id).or_default().push(verdict);
            }
        }
        for (index, primitive) in self.primitives.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            let verdicts = about.get(&primitive.id);
            self.write_primitive(formatter, primitive, verdicts.map_or(&[], |list| list))?;
        }
        for verdict in &self.verdicts {
            if verdict.primitive().is_none() {
                write!(formatter, "\n{}", self.explain(verdict))?;
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
        verdicts: &[&Verdict],
    ) -> fmt::Result {
        let (title, created) = (Title(primitive), primitive.created);
        write!(formatter, "{title} created at {created}")?;
        write_state(formatter, primitive)?;
        for verdict in verdicts.iter().take(LISTED) {
            if let Some(evidence) = Evidence::of(self, verdict) {
                write!(formatter, "\n  {evidence}")?;
            }
            write!(formatter, "\n  => {}", self.conclude(verdict))?;
        }
        let more = verdicts.len().saturating_sub(LISTED);
        if more > 0 {
            write!(formatter, "\n  => and {more} more like these")?;
        }
        let mut separator = "\n  waiting: ";
        for waiter in primitive.ungranted().take(LISTED) {
            write!(
                formatter,
                "{separator}{}",
                WaiterText(primitive.kind, waiter)
            )?;
            separator = " · ";
        }
        let more = primitive.ungranted().count().saturating_sub(LISTED);
        if more > 0 {
            write!(formatter, " · and {more} more")?;
        }
        write_transfers(formatter, primitive)
    }
}

/// Writes what is known about the holders of a primitive, and what it granted.
fn write_state(formatter: &mut Formatter<'_>, primitive: &PrimitiveReport) -> fmt::Result {
    let mut separator = " — ";
    if let Some(supply) = primitive.supply {
        write!(formatter, "{separator}{}", Supplied(primitive.kind, supply))?;
        separator = "; ";
    }
    for waiter in primitive.granted().take(LISTED_GRANTS) {
        let ago = Age(waiter.granted.unwrap_or_default());
        let (task, site) = (Task(&waiter.task), waiter.site);
        write!(
            formatter,
            "{separator}granted {ago} ago to the wait at {site}"
        )?;
        if primitive.granted().count() == 1 {
            formatter.write_str(", which has not been polled since")?;
        } else {
            write!(formatter, " of {task}")?;
        }
        separator = "; ";
    }
    let more = primitive.granted().count().saturating_sub(LISTED_GRANTS);
    if more > 0 {
        write!(formatter, "; granted to {more} more waits")?;
    }
    if !primitive.holders.is_empty() {
        formatter.write_str(separator)?;
        return write_holders(formatter, primitive);
    }
    let is_held = primitive.kind.has_holders()
        && primitive.ungranted().next().is_some()
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
    let is_like =
        |one: &HolderReport, other: &HolderReport| one.site == other.site && one.mode == other.mode;
    let is_first_of_site = |(index, holder): &(usize, &HolderReport)| {
        let mut earlier = holders[..*index].iter();
        !earlier.any(|other| is_like(holder, other))
    };
    let sites = holders.iter().enumerate().filter(is_first_of_site);
    let mut verb = "";
    for (number, (index, first)) in sites.clone().take(LISTED).enumerate() {
        if number > 0 {
            formatter.write_str(", ")?;
        }
        if verb != self::verb(first.mode) {
            verb = self::verb(first.mode);
            write!(formatter, "{verb} ")?;
        }
        let same = holders[index..]
            .iter()
            .filter(|other| is_like(first, other));
        let (site, held) = (first.site, Age(first.held));
        let amount: usize = same.clone().map(|holder| holder.amount).sum();
        match same.count() {
            1 if first.mode == HoldMode::Permits => {
                write!(formatter, "{site} ×{amount} ({held})")?;
            }
            1 => write!(formatter, "{} {site} for {held}", Task(&first.task))?,
            _ => write!(formatter, "{site} ×{amount} (longest {held})")?,
        }
    }
    let more = sites.count().saturating_sub(LISTED);
    if more > 0 {
        write!(formatter, ", and from {more} more calls")?;
    }
    if primitive.holders_not_listed > 0 {
        write!(formatter, ", and {} more", primitive.holders_not_listed)?;
    }
    Ok(())
}

/// Writes the last accesses to a queue.
fn write_transfers(formatter: &mut Formatter<'_>, primitive: &PrimitiveReport) -> fmt::Result {
    let mut separator = "\n  ";
    let mut write = |what: &str, transfer: &Option<TransferReport>| {
        let Some(transfer) = transfer else {
            return Ok(());
        };
        let (task, site, ago) = (Task(&transfer.task), transfer.site, Age(transfer.ago));
        write!(
            formatter,
            "{separator}last {what}: {task} {site}, {ago} ago"
        )?;
        separator = " · ";
        Ok(())
    };
    write("put", &primitive.transfers.last_put)?;
    write("get", &primitive.transfers.last_get)
}

/// A waiter in the list of waiters.
struct WaiterText<'a>(PrimitiveKind, &'a WaiterReport);

impl Display for WaiterText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self(kind, waiter) = self;
        write!(formatter, "{} ", Task(&waiter.task))?;
        // The others have one waiting operation.
        if matches!(
            kind,
            PrimitiveKind::RwLock | PrimitiveKind::Queue | PrimitiveKind::OnceCell
        ) {
            write!(formatter, "{} ", waiter.operation)?;
        }
        if waiter.amount > 1 {
            write!(formatter, "×{} ", waiter.amount)?;
        }
        let (site, waited) = (waiter.site, Age(waiter.waited));
        let polls = Count(waiter.polls, "poll", "polls");
        let wakes = Count(waiter.wakes, "wake", "wakes");
        write!(formatter, "{site} for {waited} ({polls}, {wakes})")
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

/// Returns the verb before the holders.
fn verb(mode: HoldMode) -> &'static str {
    match mode {
        HoldMode::Exclusive | HoldMode::Permits => "held by",
        HoldMode::Shared => "read by",
        HoldMode::Initializer => "initialized by",
    }
}
