//! The charts: bars for the workloads, and lines for the growth.
#![forbid(unsafe_code)]

use super::figures::{Figure, Figures, Rows, nanoseconds};
use super::machine::Origin;
use super::records::{CONTESTANTS, CREWS, WAITING};
use super::svg::{Picture, WIDTH};
use super::workloads::{BASELINE, OURS, capitalized, heading, workloads};

/// The workloads of the short chart, and a peer that many users know. Each row of bars also has
/// tokio and the fastest other peers.
pub(crate) const SHORT: [(&str, &str); 5] = [
    ("lock/uncontended", "async-lock"),
    ("lock/handed_off", "async-lock"),
    ("semaphore/handed_off", "async-lock"),
    ("queue/two_threads_1_to_1", "async-channel"),
    ("queue/one_thread_capacity_1", "async-channel"),
];

/// The peers in a group of the short chart.
const SHORT_PEERS: usize = 4;

const MARGIN: f64 = 16.0;
/// The right end of the names, and the left end of the bars.
const NAMES: f64 = 172.0;
const BARS: f64 = 180.0;
/// The length of the longest bar. Its figure is to the right of it.
const LONGEST: f64 = 340.0;
const BAR: f64 = 14.0;
const PITCH: f64 = 19.0;

/// A bar that is this many times longer than all others is cut.
const CUT: f64 = 4.0;

const BRACKETS: &str =
    "Medians of three passes. Brackets: the lowest and the highest, if more than 20 % apart.";

const SCALES: &str = "Shorter is better. Each group has a scale of its own.";

/// Draws bars for a few workloads, with a few peers in each.
pub(crate) fn short(figures: &Figures) -> String {
    let mut picture = Picture::new("The time of an operation, for aiosync and other crates");
    let mut y = 26.0;
    picture.text(
        "title",
        MARGIN,
        y,
        "The time of an operation, in nanoseconds",
    );
    y += 19.0;
    picture.text("small", MARGIN, y, SCALES);
    y += 16.0;
    let shown = "Shown are tokio, async-lock or async-channel, and the fastest other crates.";
    picture.text("small", MARGIN, y, shown);
    for (group, known) in SHORT {
        let rows = figures.rows(group);
        let workload = workloads().find(|workload| workload.group == group);
        let workload = workload.expect("a row of the short chart is a workload");
        let mut peers = rows.peers();
        peers.sort_by_key(|(name, _)| (*name != "tokio", *name != known));
        peers.truncate(SHORT_PEERS);
        // After tokio, the fastest comes first.
        peers[1..].sort_by(|one, other| one.1.value.total_cmp(&other.1.value));
        y = bars(&mut picture, y + 14.0, &workload.title(), rows, &peers);
    }
    finish(picture, y + 28.0, &[BRACKETS, &origin(figures)])
}

/// Draws bars for all workloads of a primitive, with all rows.
pub(crate) fn primitive(figures: &Figures, primitive: &str) -> String {
    let title = format!(
        "{}: the time of an operation, in nanoseconds",
        heading(primitive)
    );
    let mut picture = Picture::new(&title);
    picture.text("title", MARGIN, 26.0, &title);
    picture.text("small", MARGIN, 45.0, SCALES);
    let mut y = 45.0;
    for (workload, rows) in figures.workloads() {
        if workload.primitive() == primitive {
            let mut peers = rows.sorted();
            peers.retain(|(name, _)| *name != OURS);
            let title = capitalized(&workload.description());
            y = bars(&mut picture, y + 14.0, &title, rows, &peers);
        }
    }
    finish(picture, y + 28.0, &[BRACKETS, &origin(figures)])
}

/// Writes lines at the bottom of a chart, the first at `y`, and returns the file.
fn finish(mut picture: Picture, y: f64, lines: &[&str]) -> String {
    let mut bottom = y;
    for line in lines {
        picture.text("small", MARGIN, bottom, line);
        bottom += 16.0;
    }
    picture.finish(bottom)
}

/// Says where the figures of a chart come from.
fn origin(figures: &Figures) -> String {
    let Origin {
        machine,
        rustc,
        date,
        commit,
        ..
    } = &figures.origin;
    let notice = if figures.is_trial {
        "Only a trial. "
    } else {
        ""
    };
    let compiler = compiler(rustc);
    format!("{notice}{machine}, {compiler}, {date}, commit {commit}.")
}

/// Returns the name and the version of the compiler, without its commit.
fn compiler(rustc: &str) -> &str {
    rustc.split(" (").next().unwrap_or(rustc)
}

/// Draws a group: a heading, and below it a bar for `aiosync` and for each of these peers.
/// Returns the lower end.
fn bars(
    picture: &mut Picture,
    top: f64,
    title: &str,
    rows: &Rows,
    peers: &[(&str, Figure)],
) -> f64 {
    let title = title.replace('`', "");
    let mut y = top + 14.0;
    picture.text("head", MARGIN, y, &title);
    y += 7.0;
    let ours = rows.ours().expect("each workload has a row of aiosync");
    let all: Vec<_> = [(OURS, ours)].iter().chain(peers).copied().collect();
    let mut values: Vec<_> = all.iter().map(|(_, row)| row.value).collect();
    values.sort_by(f64::total_cmp);
    let (second, most) = (values[values.len() - 2], values[values.len() - 1]);
    let is_cut = most > second * CUT;
    let whole = if is_cut { second * 1.4 } else { most };
    let faster = rows.faster();
    let mut words = Vec::new();
    for (name, row) in all {
        let class = if name == OURS { "ours" } else { "other" };
        let base = y + BAR - 3.0;
        let class_of_name = if name == OURS { "name ours" } else { "name" };
        picture.text(class_of_name, NAMES, base, name);
        let length = (row.value / whole).min(1.0) * LONGEST;
        picture.rectangle(class, BARS, y, length.max(1.5), BAR);
        if row.value > whole {
            let cut = BARS + LONGEST - 40.0;
            for x in [cut, cut + 9.0] {
                let (top, bottom) = (y - 1.0, y + BAR + 1.0);
                let corners = [
                    (x + 5.0, top),
                    (x + 9.0, top),
                    (x + 4.0, bottom),
                    (x, bottom),
                ];
                picture.area("cut", &corners);
            }
        }
        let mut label = format!("{} ns", nanoseconds(row.value));
        if let Some(spread) = row.spread() {
            label = format!("{label} ({spread})");
        }
        words.push(format!("{name} {label}"));
        if faster.contains(&name) {
            label.push_str(", faster");
        }
        if name == BASELINE {
            label.push_str(", baseline");
        }
        let class = if name == OURS { "ours" } else { "" };
        picture.text(class, BARS + length + 7.0, base, &label);
        y += PITCH;
    }
    picture.describe(&format!("{title}: {}.", words.join(", ")));
    y
}

/// The height of a panel of a growth chart, and its left and right ends.
const PANEL: f64 = 170.0;
const PANELS: [(f64, f64); 2] = [(58.0, 340.0), (404.0, 686.0)];

/// Draws the time of a turn over the number of waiting tasks, on one thread and on two
/// pinned ones.
pub(crate) fn growth(figures: &Figures, primitive: &str) -> String {
    let panels = [CREWS[0], CREWS[1]].map(|crew| {
        let curves = CONTESTANTS.map(|name| {
            let points = figures.points.iter().filter(|turn| {
                let point = &turn.point;
                (&*point.primitive, &*point.implementation) == (primitive, name)
                    && point.crew == crew
            });
            points.map(|turn| turn.turn).collect()
        });
        Panel {
            title: crew,
            axis: "waiting tasks",
            curves,
        }
    });
    let title = format!("{}: the time of a turn, in nanoseconds", heading(primitive));
    lines(figures, &title, panels)
}

/// Draws the time of a poll of a notified waiter, and of a hand-off, over the number of others.
pub(crate) fn growth_by_hand(figures: &Figures) -> String {
    let panels = [
        ("polls", "poll of a notified waiter", "other waiters"),
        ("locks", "hand-off", "other locks"),
    ];
    let panels = panels.map(|(curve, title, axis)| Panel {
        title,
        axis,
        curves: CONTESTANTS.map(|name| figures.cost(curve, name).to_vec()),
    });
    let title = "An operation next to others, in nanoseconds";
    lines(figures, title, panels)
}

/// A part of a chart, with a curve for each of the contestants.
struct Panel {
    title: &'static str,
    axis: &'static str,
    /// The figures at the numbers of [`WAITING`].
    curves: [Vec<Figure>; CONTESTANTS.len()],
}

/// Draws two panels.
fn lines(figures: &Figures, title: &str, panels: [Panel; 2]) -> String {
    let mut picture = Picture::new(title);
    picture.text("title", MARGIN, 26.0, title);
    // The marks differ in shape too, for readers who cannot tell the colours apart.
    for (name, x) in [(OURS, 545.0), ("tokio", 636.0)] {
        mark(&mut picture, name, x, 22.0);
        picture.text(if name == OURS { "ours" } else { "" }, x + 10.0, 26.0, name);
    }
    for (panel, ends) in panels.into_iter().zip(PANELS) {
        draw(&mut picture, &panel, ends);
    }
    let lines = ["Medians of three passes.", &origin(figures)];
    finish(picture, 74.0 + PANEL + 54.0, &lines)
}

/// Draws a small square for `aiosync`, or a dot.
fn mark(picture: &mut Picture, name: &str, x: f64, y: f64) {
    if name == OURS {
        picture.rectangle("mark ours", x - 4.0, y - 4.0, 8.0, 8.0);
    } else {
        picture.circle("mark other", x, y, 4.0);
    }
}

fn draw(picture: &mut Picture, panel: &Panel, (left, right): (f64, f64)) {
    let Panel {
        title,
        axis,
        curves,
    } = panel;
    let values = curves.iter().flatten().map(|figure| figure.value);
    let most = values.fold(1.0, f64::max);
    let step = step(most);
    let lines = (most / step).ceil();
    let (top, bottom) = (74.0, 74.0 + PANEL);
    let height = |value: f64| bottom - value / (lines * step) * PANEL;
    picture.text("head", left, top - 16.0, title);
    for line in 0..=lines as usize {
        let value = line as f64 * step;
        picture.line("grid", &[(left, height(value)), (right, height(value))]);
        picture.text(
            "name small",
            left - 6.0,
            height(value) + 4.0,
            &format!("{value:.0}"),
        );
    }
    let column = (right - left) / WAITING.len() as f64;
    let center = |index: usize| left + (index as f64 + 0.5) * column;
    for (index, number) in WAITING.iter().enumerate() {
        let number = grouped(*number);
        picture.text("middle small", center(index), bottom + 17.0, &number);
    }
    let middle = (left + right) / 2.0;
    picture.text("middle small", middle, bottom + 33.0, axis);
    let contestants = CONTESTANTS.into_iter().zip(curves).zip([-5.0, 5.0]);
    for ((name, curve), aside) in contestants {
        // The marks of one column are beside each other, so none hides another.
        let points = curve.iter().enumerate();
        let points = points.map(|(index, figure)| (center(index) + aside, height(figure.value)));
        let points: Vec<_> = points.collect();
        let class = if name == OURS {
            "line ours"
        } else {
            "line other"
        };
        picture.line(class, &points);
        for (x, y) in points {
            mark(picture, name, x, y);
        }
        let words = WAITING.iter().zip(curve);
        let words = words.map(|(number, figure)| format!("{figure} ns with {}", grouped(*number)));
        let words = words.collect::<Vec<_>>().join(", ");
        picture.describe(&format!("{name}, {title}, by {axis}: {words}."));
    }
}

/// Returns the distance of grid lines for values up to `most`: 1, 2 or 5 times a power of ten.
fn step(most: f64) -> f64 {
    let power = 10_f64.powf((most / 5.0).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let enough = steps.into_iter().find(|step| most / step <= 5.0);
    enough.unwrap_or(most)
}

/// Formats a number with a space between thousands.
pub(crate) fn grouped(number: usize) -> String {
    match number {
        ..1_000 => number.to_string(),
        _ => format!("{} {:03}", grouped(number / 1_000), number % 1_000),
    }
}

/// No label may leave the picture.
const _: () = assert!(BARS + LONGEST + 160.0 < WIDTH);
