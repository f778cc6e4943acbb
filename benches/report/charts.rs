//! The charts, as SVG. They have a background of their own, so they are readable on any page.
#![forbid(unsafe_code)]

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::measured::Measured;
use super::records::{CONTESTANTS, Growth, Point};
use super::workloads::{OURS, PEERS, WORKLOADS};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const PAPER: RGBColor = RGBColor(252, 252, 250);
const INK: RGBColor = RGBColor(36, 41, 47);
const FAINT: RGBColor = RGBColor(208, 212, 218);
const BEHIND: RGBColor = RGBColor(250, 228, 224);
const OWN: RGBColor = RGBColor(213, 94, 0);

/// A colour for each of [`PEERS`]. Colour-blind readers can tell them apart.
const COLOURS: [RGBColor; 12] = [
    RGBColor(0, 114, 178),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(120, 94, 60),
    RGBColor(86, 180, 233),
    RGBColor(30, 60, 110),
    RGBColor(110, 160, 30),
    RGBColor(160, 30, 60),
    RGBColor(90, 70, 200),
    RGBColor(0, 130, 140),
    RGBColor(130, 134, 140),
];

fn text(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK)
}

fn anchored(size: u32, horizontal: HPos) -> TextStyle<'static> {
    text(size).pos(Pos::new(horizontal, VPos::Center))
}

/// The lowest and the highest ratio of the overview.
const LEAST: f64 = 0.25;
const MOST: f64 = 32.0;

const LINE: i32 = 24;
const LEFT: i32 = 430;
const WIDTH: i32 = 1000;
const TOP: i32 = 120;

/// Returns the horizontal position of a ratio. A ratio beyond an end gets the position of
/// the end.
fn position(ratio: f64) -> i32 {
    let share = (ratio.clamp(LEAST, MOST) / LEAST).log2() / (MOST / LEAST).log2();
    LEFT + (share * f64::from(WIDTH - LEFT - 30)).round() as i32
}

/// Draws the peers' times as multiples of aiosync's: a line for each workload, a dot for
/// each peer.
pub(crate) fn ratios(measured: &Measured) -> Outcome<String> {
    let mut svg = String::new();
    let height = TOP + LINE * WORKLOADS.len() as i32 + 30;
    {
        let size = (WIDTH as u32, height as u32);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&PAPER)?;
        let title = "Time of each peer, as a multiple of aiosync's";
        root.draw(&Text::new(title, (16, 24), anchored(22, HPos::Left)))?;
        legend(&root)?;
        let bottom = height - 26;
        let behind = [(LEFT, TOP - 8), (position(1.0), bottom)];
        root.draw(&Rectangle::new(behind, BEHIND.filled()))?;
        let mut tick = LEAST;
        while tick <= MOST {
            let x = position(tick);
            let style = if tick == 1.0 {
                OWN.stroke_width(2)
            } else {
                FAINT.stroke_width(1)
            };
            root.draw(&PathElement::new([(x, TOP - 8), (x, bottom)], style))?;
            let label = match tick {
                LEAST => format!("≤ {tick}"),
                MOST => format!("≥ {tick}"),
                _ => tick.to_string(),
            };
            root.draw(&Text::new(
                label,
                (x, height - 14),
                anchored(15, HPos::Center),
            ))?;
            tick *= 2.0;
        }
        for (index, workload) in WORKLOADS.iter().enumerate() {
            let y = TOP + LINE * index as i32 + LINE / 2;
            let what = workload.title().replace('`', "");
            let style = anchored(15, HPos::Right);
            root.draw(&Text::new(what, (LEFT - 12, y), style))?;
            let across = [(LEFT, y), (WIDTH - 30, y)];
            root.draw(&PathElement::new(across, FAINT.stroke_width(1)))?;
            let ours = measured.ours(workload.group).value;
            for ((name, _), colour) in PEERS.iter().zip(COLOURS) {
                if let Some(median) = measured.groups[workload.group].get(*name) {
                    let at = (position(median.value / ours), y);
                    root.draw(&Circle::new(at, 5, colour.filled()))?;
                }
            }
        }
        root.present()?;
    }
    Ok(svg)
}

/// Draws the names and the colours of the peers that have a row in any workload.
fn legend(root: &DrawingArea<SVGBackend<'_>, Shift>) -> Outcome {
    let named = PEERS.iter().zip(COLOURS).filter(|((name, _), _)| {
        let mut workloads = WORKLOADS.iter();
        workloads.any(|workload| workload.peers.contains(name))
    });
    for (index, ((name, _), colour)) in named.enumerate() {
        let (column, row) = (index as i32 % 6, index as i32 / 6);
        let at = (24 + column * 162, 54 + row * 22);
        root.draw(&Circle::new(at, 5, colour.filled()))?;
        let style = anchored(15, HPos::Left);
        root.draw(&Text::new(*name, (at.0 + 10, at.1), style))?;
    }
    Ok(())
}

/// The figure of a point that a curve shows.
type Figure = fn(&Point) -> f64;

/// Draws the time of a turn and of the wait, over the number of waiting tasks.
pub(crate) fn growth(growth: &Growth, primitive: &str) -> Outcome<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (960, 400)).into_drawing_area();
        root.fill(&PAPER)?;
        let figures: [(&str, Figure); 2] = [
            ("one turn, ns", |point| point.turn),
            ("p99 of the wait, ns", |point| point.wait.p99 as f64),
        ];
        for (area, (title, figure)) in root.split_evenly((1, 2)).iter().zip(figures) {
            curves(area, growth, primitive, title, figure)?;
        }
        root.present()?;
    }
    Ok(svg)
}

fn curves(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    growth: &Growth,
    primitive: &str,
    title: &str,
    figure: Figure,
) -> Outcome {
    let points = || {
        growth
            .points
            .iter()
            .filter(|point| point.primitive == primitive)
    };
    let values = || points().map(figure);
    let most = values().fold(1.0, f64::max) * 1.5;
    let least = values().fold(most, f64::min) / 4.0;
    let last = points().map(|point| point.waiting).max().unwrap_or(1);
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .margin_right(34)
        .caption(format!("{primitive}: {title}"), text(19))
        .x_label_area_size(44)
        .y_label_area_size(76)
        .build_cartesian_2d((1.0..last as f64).log_scale(), (least..most).log_scale())?;
    chart
        .configure_mesh()
        .label_style(text(15))
        .axis_style(INK)
        .bold_line_style(FAINT)
        .light_line_style(TRANSPARENT)
        .x_desc("waiting tasks")
        .x_label_formatter(&|waiting| format!("{waiting:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .draw()?;
    for name in CONTESTANTS {
        for threads in [1, 2] {
            let colour = if name == OURS { OWN } else { COLOURS[0] };
            let style = match threads {
                1 => colour.stroke_width(3),
                _ => colour.mix(0.55).stroke_width(2),
            };
            let curve = points()
                .filter(|point| point.implementation == name && point.threads == threads)
                .map(|point| (point.waiting as f64, figure(point)));
            let label = match threads {
                1 => format!("{name}, one thread"),
                _ => format!("{name}, two threads"),
            };
            chart
                .draw_series(LineSeries::new(curve, style).point_size(3))?
                .label(label)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .label_font(text(15))
        .background_style(PAPER.mix(0.85))
        .border_style(FAINT)
        .draw()?;
    Ok(())
}
