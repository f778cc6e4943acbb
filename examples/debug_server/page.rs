//! A report as a page.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use aiosync::diagnostics::{Certainty, PrimitiveReport, Report};

const STYLE: &str = "
    body { font: 15px/1.45 'DejaVu Sans', sans-serif; margin: 24px; color: #1c1e21; background: #fff }
    h1 { font-size: 20px; margin: 0 0 12px } h2 { font-size: 16px; margin: 20px 0 4px }
    .verdict { padding: 8px 12px; margin: 6px 0; background: #fff6dd; border-left: 4px solid #d29922 }
    .certain { background: #ffe9e7; border-color: #cf222e }
    table { border-collapse: collapse } td, th { text-align: left; padding: 2px 20px 2px 0 }
    th { font-weight: normal; color: #656d76 } .number { text-align: right }
    code { font: 13px 'DejaVu Sans Mono', monospace } small { font-weight: normal; color: #656d76 }
";

/// Returns a page: the verdicts, then each primitive with its holders and its waiters.
pub(crate) fn page(report: &Report) -> String {
    let verdicts = report.verdicts.iter().map(|verdict| {
        let class = match verdict.certainty() {
            Certainty::Certain => "verdict certain",
            _ => "verdict",
        };
        let text = report.explain(verdict);
        format!("<p class=\"{class}\">{}</p>\n", Escaped(text))
    });
    let verdicts: String = verdicts.collect();
    let primitives: String = report.primitives.iter().map(section).collect();
    let empty = if report.primitives.is_empty() {
        format!("<p>{}</p>\n", Escaped(report))
    } else {
        String::new()
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <title>What waits for what</title><style>{STYLE}</style></head><body>\n\
         <h1>What waits for what <small>· <a href=\"/debug/aiosync.json\">JSON</a></small></h1>\n\
         {verdicts}{primitives}{empty}</body></html>\n"
    )
}

/// Returns the part of the page about one primitive.
fn section(primitive: &PrimitiveReport) -> String {
    let name = primitive.name.map(|name| format!("\"{name}\""));
    let name = name.unwrap_or_default();
    let (kind, id, created) = (primitive.kind, primitive.id, primitive.created);
    let supply = primitive.supply.map(|supply| match supply.total {
        Some(total) => format!(" · {} of {total} available", supply.available),
        None => format!(" · {} available", supply.available),
    });
    let holders = primitive.holders.iter().map(|holder| {
        let (task, site) = (Escaped(&holder.task.name), Escaped(holder.site));
        row("holds", task, site, holder.held, "")
    });
    let waiters = primitive.waiters.iter().map(|waiter| {
        let (task, site) = (Escaped(&waiter.task.name), Escaped(waiter.site));
        let state = match waiter.granted {
            Some(_) => "was granted, and has not polled",
            None => "waits",
        };
        let counts = format!("polls: {}, wakes: {}", waiter.polls, waiter.wakes);
        row(state, task, site, waiter.waited, &counts)
    });
    let rows: String = holders.chain(waiters).collect();
    format!(
        "<h2>{kind} {id} {} <small>created at <code>{}</code>{}</small></h2>\n\
         <table><tr><th>task</th><th></th><th>since</th><th>call</th><th></th></tr>\n{rows}</table>\n",
        Escaped(name),
        Escaped(created),
        supply.unwrap_or_default(),
    )
}

fn row(state: &str, task: impl Display, site: impl Display, age: Duration, counts: &str) -> String {
    let age = age.as_secs_f64();
    format!(
        "<tr><td>{task}</td><td>{state}</td><td class=\"number\">{age:.1} s</td>\
         <td><code>{site}</code></td><td>{counts}</td></tr>\n"
    )
}

/// Text in a page. The name of a task may come from a user.
struct Escaped<T>(T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for c in self.0.to_string().chars() {
            match c {
                '&' => formatter.write_str("&amp;")?,
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '"' => formatter.write_str("&quot;")?,
                c => write!(formatter, "{c}")?,
            }
        }
        Ok(())
    }
}
