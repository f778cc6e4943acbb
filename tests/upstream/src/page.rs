//! The tables of docs/upstream.md. Each is between two comments.

use std::error::Error;
use std::fs;
use std::path::Path;

use crate::mutants::{Kind, Verdict};
use crate::prepare::Prepared;
use crate::suites::{How, LeftOut, Rule};

const PAGE: &str = "docs/upstream.md";

/// Writes the table of the suites.
pub(crate) fn write_suites(root: &Path, suites: &[Prepared]) -> Result<(), Box<dyn Error>> {
    write(root, "suites", &table_of_suites(suites))
}

/// Writes the table of the defects.
pub(crate) fn write_mutants(root: &Path, verdicts: &[Verdict]) -> Result<(), Box<dyn Error>> {
    write(root, "mutants", &table_of_mutants(verdicts))
}

/// Returns a sentence if the page has another table of the suites, or other defects.
pub(crate) fn differences(root: &Path, suites: &[Prepared]) -> Result<Vec<String>, Box<dyn Error>> {
    let mut problems = Vec::new();
    if !has(root, "suites", &table_of_suites(suites))? {
        problems.push(format!("{PAGE} is out of date: cargo upstream --page"));
    }
    let counts = counts(suites);
    let readme = fs::read_to_string(root.join("README.md"))?;
    if !readme.contains(&counts) {
        problems.push(format!("README.md does not say {counts:?}"));
    }
    let page = fs::read_to_string(root.join(PAGE))?;
    let (start, end) = place(&page, "mutants")?;
    for what in crate::mutants::texts() {
        if !page[start..end].contains(&format!("| {what} |")) {
            problems.push(format!("{PAGE} lacks {what:?}: cargo upstream --mutants"));
        }
    }
    Ok(problems)
}

/// Returns whether the page has this table.
pub(crate) fn has(root: &Path, name: &str, table: &str) -> Result<bool, Box<dyn Error>> {
    let page = fs::read_to_string(root.join(PAGE))?;
    let (start, end) = place(&page, name)?;
    Ok(&page[start..end] == table)
}

/// Writes a table into its place.
pub(crate) fn write(root: &Path, name: &str, table: &str) -> Result<(), Box<dyn Error>> {
    let path = root.join(PAGE);
    let mut page = fs::read_to_string(&path)?;
    let (start, end) = place(&page, name)?;
    page.replace_range(start..end, table);
    Ok(fs::write(path, page)?)
}

/// Returns where a table is: behind `<!-- NAME: … -->`, up to `<!-- end of NAME -->`.
fn place(page: &str, name: &str) -> Result<(usize, usize), String> {
    let missing = || format!("{PAGE} lacks a place for {name}");
    let opening = page.find(&format!("<!-- {name}: ")).ok_or_else(missing)?;
    let start = opening + page[opening..].find("-->\n").ok_or_else(missing)? + 4;
    let end = page
        .find(&format!("<!-- end of {name} -->"))
        .ok_or_else(missing)?;
    Ok((start, end))
}

/// Returns the number of tests that pass, as the README says it.
fn counts(suites: &[Prepared]) -> String {
    let total: usize = suites.iter().map(|suite| suite.tests.len()).sum();
    let passed: usize = suites.iter().map(passing).sum();
    format!("{passed} of {total} tests")
}

/// Returns how many tests of a suite pass.
fn passing(suite: &Prepared) -> usize {
    let left_out = suite.chosen.suite.left_out.iter();
    let is_test = |item: &&LeftOut| suite.tests.iter().any(|test| test == item.name);
    suite.tests.len() - left_out.filter(is_test).count()
}

fn table_of_suites(suites: &[Prepared]) -> String {
    let mut table = "\n| suite | passed | left out, by name |\n|---|---|---|\n".to_owned();
    let mut rules: Vec<&'static Rule> = Vec::new();
    let mut numbered = |item: &LeftOut| {
        let is_same = |rule: &&&Rule| std::ptr::eq(**rule, item.rule);
        match rules.iter().position(|rule| is_same(&rule)) {
            Some(index) => index + 1,
            None => {
                rules.push(item.rule);
                rules.len()
            }
        }
    };
    let (mut passed, mut total) = (0, 0);
    for suite in suites {
        let Prepared { chosen, tests } = suite;
        let mut notes: Vec<(usize, Vec<String>)> = Vec::new();
        for item in chosen.suite.left_out {
            let rule = numbered(item);
            let name = format!("`{}`", item.name);
            match notes.iter_mut().find(|(number, _)| *number == rule) {
                Some((_, names)) => names.push(name),
                None => notes.push((rule, vec![name])),
            }
        }
        let notes = notes
            .iter()
            .map(|(rule, names)| format!("rule {rule}: {}", names.join(", ")));
        let passes = passing(suite);
        passed += passes;
        total += tests.len();
        table += &format!(
            "| {} {} `{}` | {passes} of {} | {} |\n",
            chosen.peer.name,
            chosen.peer.version,
            chosen.suite.name,
            tests.len(),
            notes.collect::<Vec<_>>().join("; "),
        );
    }
    table += &format!("| all | {passed} of {total} | |\n\nThe rules:\n\n");
    for (index, rule) in rules.iter().enumerate() {
        table += &format!("{}. {}\n", index + 1, rule.0);
    }
    let count = |how| {
        let items = suites.iter().flat_map(|suite| suite.chosen.suite.left_out);
        items.filter(|item| item.how == how).count()
    };
    table += &format!(
        "\nOf the items that are left out, {} do not compile and are removed from the copy. {} \
         compile but contradict a rule; they are run\nand must fail. {} compiles, and would block \
         its thread forever. {} are not built by their crate for this target.\n\n",
        count(How::Cut),
        count(How::Fails),
        count(How::Blocks),
        count(How::Absent),
    );
    table
}

fn table_of_mutants(verdicts: &[Verdict]) -> String {
    let mut table =
        "\n| kind of defect | noticed by the suites | by `tests/it` |\n|---|---|---|\n".to_owned();
    for kind in Kind::ALL {
        let of_kind = || verdicts.iter().filter(|v| v.mutant.kind == kind);
        let suites = of_kind().filter(|v| !v.noticed_by.is_empty()).count();
        let own = of_kind().filter(|v| v.is_noticed_by_own).count();
        let all = of_kind().count();
        table += &format!("| {} | {suites} of {all} | {own} of {all} |\n", kind.name());
    }
    table += "\n| kind | defect | suites that fail |\n|---|---|---|\n";
    for Verdict {
        mutant, noticed_by, ..
    } in verdicts
    {
        let suites = match &noticed_by[..] {
            [] => "**none**".to_owned(),
            suites => suites.join(", "),
        };
        table += &format!("| {} | {} | {suites} |\n", mutant.kind.name(), mutant.what);
    }
    table + "\n"
}
