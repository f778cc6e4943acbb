//! The remarks: explanations that are written by hand, in `remarks.toml`. They have no figures,
//! because the next run may have others.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::workloads::workloads;

/// A section that may have a remark.
#[derive(Clone, Copy)]
pub(crate) enum Section {
    Workload(&'static str),
    Growth,
    Tail,
    Memory,
}

impl Section {
    fn name(self) -> &'static str {
        match self {
            Self::Workload(group) => group,
            Self::Growth => "growth",
            Self::Tail => "tail",
            Self::Memory => "memory",
        }
    }
}

/// The contents of `remarks.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remarks {
    /// The remarks, by workload or section.
    remarks: BTreeMap<String, String>,
    /// The targets of the labels in the remarks.
    links: BTreeMap<String, String>,
}

impl Remarks {
    /// Reads the remarks. Fails if one belongs to no workload or section, or if a label has no
    /// target or is not used.
    pub(crate) fn read(file: &Path) -> Result<Self, Box<dyn Error>> {
        let shown = file.display();
        let text = fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
        let remarks: Self = toml::from_str(&text).map_err(|error| format!("{shown}: {error}"))?;
        for name in remarks.remarks.keys() {
            let sections = [Section::Growth, Section::Tail, Section::Memory];
            let is_section = sections.iter().any(|section| section.name() == name);
            if !is_section && !workloads().any(|workload| workload.group == name) {
                return Err(format!("{shown}: there is no workload {name:?}").into());
            }
        }
        let all: String = remarks.remarks.values().map(String::as_str).collect();
        for label in remarks.links.keys() {
            if !all.contains(&format!("[{label}]")) {
                return Err(format!("{shown}: no remark uses the link [{label}]").into());
            }
        }
        for part in all.split("][").skip(1) {
            let label = part.split(']').next().unwrap_or(part);
            if !remarks.links.contains_key(label) {
                return Err(format!("{shown}: the link [{label}] has no target").into());
            }
        }
        Ok(remarks)
    }

    /// Returns the remark on a section, or nothing.
    pub(crate) fn text(&self, section: Section) -> String {
        let remark = self.remarks.get(section.name());
        let break_before = match section {
            // A table ends with an empty line already.
            Section::Workload(_) => "",
            _ => "\n",
        };
        remark
            .map(|remark| format!("{break_before}{}\n", remark.trim()))
            .unwrap_or_default()
    }

    /// Returns the labels and their targets.
    pub(crate) fn links(&self) -> &BTreeMap<String, String> {
        &self.links
    }
}
