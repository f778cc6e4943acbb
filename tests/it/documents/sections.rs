//! The docs of an item have their sections in a fixed order, and each method that waits,
//! blocks, fails or panics has the sections that say so.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use crate::tidy::{Source, assert_none, sources};

/// The sections, in their order.
const ORDER: [&str; 6] = [
    "Fairness",
    "Cancel safety",
    "Blocking",
    "Errors",
    "Panics",
    "Examples",
];

/// A public function or type.
struct Item<'a> {
    /// `path:line: name`.
    place: String,
    name: &'a str,
    /// Without the body.
    signature: String,
    sections: Vec<&'a str>,
    body: String,
}

impl Item<'_> {
    fn lacks(&self, section: &str) -> bool {
        !self.sections.contains(&section)
    }

    /// Returns the type that the function returns, as written.
    fn output(&self) -> &str {
        self.signature.split("->").nth(1).unwrap_or("").trim()
    }

    /// Returns the name of the type that the function returns.
    fn output_name(&self) -> &str {
        let output = self.output();
        let end = output.find(|c: char| !c.is_alphanumeric());
        &output[..end.unwrap_or(output.len())]
    }
}

/// Returns the public items of a file, with those inside macros.
fn items(source: &Source) -> Vec<Item<'_>> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let kinds = [
            "pub fn ",
            "pub const fn ",
            "pub struct ",
            "pub enum ",
            "pub type ",
        ];
        let Some(rest) = kinds.iter().find_map(|kind| code.strip_prefix(kind)) else {
            continue;
        };
        let above = lines[..index].iter().rev().map(|line| line.trim_start());
        let above = above.take_while(|line| line.starts_with("///") || line.starts_with("#["));
        let mut docs: Vec<_> = above.collect();
        docs.reverse();
        let mut in_code = false;
        let headings = docs.into_iter().filter_map(|line| {
            in_code ^= line.starts_with("/// ```");
            line.strip_prefix("/// # ").filter(|_| !in_code)
        });
        let sections = headings.collect();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        let is_end = |line: &&str| {
            let text = line.trim_start();
            line.len() - text.len() == indent && (text.starts_with('}') || text.ends_with("{}"))
        };
        let whole = lines[index..].iter();
        let body: Vec<&str> = whole.copied().take_while(|line| !is_end(line)).collect();
        let body = body.join("\n");
        let signature = body.split('{').next().unwrap_or("").to_owned();
        found.push(Item {
            place: format!("{}:{}: {name}", source.path, index + 1),
            name,
            signature,
            sections,
            body,
        });
    }
    found
}

/// Returns the public futures, streams and sinks, with the outputs of the futures.
fn waits() -> Vec<(String, String)> {
    let path = super::root().join("tests/public-api/surface.txt");
    let surface = std::fs::read_to_string(path).expect("the surface is written down");
    let mut waits = Vec::new();
    for line in surface.lines() {
        let future = line.strip_prefix("pub type aiosync::futures::");
        let Some((name, output)) = future.and_then(|future| future.split_once("::Output = "))
        else {
            continue;
        };
        let name = name.split('<').next().unwrap_or(name);
        waits.push((name.to_owned(), output.to_owned()));
    }
    assert!(waits.len() > 20, "there are futures");
    for other in ["QueueStream", "QueueStreamOwned"] {
        waits.push((other.to_owned(), String::new()));
    }
    waits.push(("QueueSink".to_owned(), "core::result::Result".to_owned()));
    waits
}

/// Calls `check` with each public function, except for those of the façade, which users do not
/// see.
fn each_function(mut check: impl FnMut(&Item<'_>)) {
    let mut count = 0;
    for source in sources(&["src"]) {
        if source.part() == "sync" {
            continue;
        }
        for item in items(&source) {
            if item.signature.contains("fn ") {
                count += 1;
                check(&item);
            }
        }
    }
    assert!(count > 100, "{count} public functions");
}

#[test]
fn sections_are_in_their_order() {
    let mut findings = Vec::new();
    for source in sources(&["src"]) {
        for item in items(&source) {
            let places: Vec<_> = (item.sections.iter())
                .map(|section| ORDER.iter().position(|known| known == section))
                .collect();
            if !places.is_sorted() || places.contains(&None) {
                findings.push(format!("{}: {:?}", item.place, item.sections));
            }
        }
    }
    assert_none(&findings, "the sections of an item's docs have an order");
}

#[test]
fn a_method_that_waits_says_how_fair_and_how_cancel_safe_it_is() {
    let waits = waits();
    let (mut findings, mut seen) = (Vec::new(), BTreeSet::new());
    each_function(|item| {
        let wait = waits.iter().find(|(name, _)| name == item.output_name());
        let Some((name, output)) = wait else { return };
        seen.insert(name.clone());
        let mut asked = vec!["Fairness", "Cancel safety", "Examples"];
        if output.starts_with("core::result::Result") {
            asked.push("Errors");
        }
        for section in asked {
            if item.lacks(section) {
                findings.push(format!("{}: # {section}", item.place));
            }
        }
    });
    assert_none(&findings, "each method that waits has these sections");
    let known: BTreeSet<_> = waits.into_iter().map(|(name, _)| name).collect();
    assert_eq!(seen, known, "each future is made by a method");
}

#[test]
fn a_method_that_blocks_says_so() {
    let (mut findings, mut count) = (Vec::new(), 0);
    each_function(|item| {
        // The methods that every future has. The docs of the module `futures` say how fair
        // they are.
        let of_future = matches!(item.name, "block" | "block_timeout");
        if !of_future && !item.name.contains("_blocking") {
            return;
        }
        count += 1;
        let mut asked = vec!["Blocking"];
        if !of_future {
            asked.extend(["Fairness", "Examples"]);
        }
        for section in asked {
            if item.lacks(section) {
                findings.push(format!("{}: # {section}", item.place));
            }
        }
    });
    assert_none(&findings, "each method that blocks has these sections");
    assert!(count > 15, "{count} methods that block");
}

#[test]
fn a_function_that_may_fail_or_panic_says_when() {
    let mut findings = Vec::new();
    each_function(|item| {
        if item.output().starts_with("Result<") && item.lacks("Errors") {
            findings.push(format!("{}: # Errors", item.place));
        }
        let own_code = item.body.lines().map(str::trim_start);
        let panics = own_code.filter(|line| !line.starts_with("//")).any(|line| {
            ["assert!(", "assert_eq!(", "panic!("]
                .iter()
                .any(|word| line.starts_with(word))
        });
        if panics && item.lacks("Panics") {
            findings.push(format!("{}: # Panics", item.place));
        }
    });
    assert_none(&findings, "errors and panics are said");
}
