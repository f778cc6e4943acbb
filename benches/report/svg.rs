//! SVG pictures. They have a background of their own, in a light and in a dark version, so they
//! are readable on any page.
#![forbid(unsafe_code)]

use std::fmt::{Display, Write};

/// The width of all pictures, in pixels: that of a narrow page.
pub(crate) const WIDTH: f64 = 700.0;

/// No text is smaller than 12 pixels.
const STYLE: &str = "\
  text { font: 13px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: bold }
  .head { font-weight: bold }
  .name { text-anchor: end }
  .middle { text-anchor: middle }
  .small { font-size: 12px; fill: #57606a }
  .ground { fill: #fcfcfa; stroke: #d0d7de }
  .cut { fill: #fcfcfa }
  .other { fill: #9aa4b2 }
  .ours { fill: #c2500a }
  .line { stroke-width: 2 }
  .line.other { fill: none; stroke: #6a7585 }
  .line.ours { fill: none; stroke: #c2500a }
  .mark.other { fill: #6a7585 }
  .grid { stroke: #d8dee4 }
  text.ours { font-weight: bold; fill: #a04000 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #a3adb8 }
    .ground { fill: #161b22; stroke: #30363d }
    .cut { fill: #161b22 }
    .other { fill: #6b7684 }
    .ours { fill: #f0883e }
    .line.other { fill: none; stroke: #9aa4b2 }
    .line.ours { fill: none; stroke: #f0883e }
    .mark.other { fill: #9aa4b2 }
    .grid { stroke: #30363d }
    text.ours { fill: #ffa657 }
  }
";

/// A picture that grows downwards.
pub(crate) struct Picture {
    title: String,
    /// The contents in words, for readers who do not see the picture.
    description: String,
    body: String,
}

impl Picture {
    pub(crate) fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            description: String::new(),
            body: String::new(),
        }
    }

    /// Adds a sentence to the description.
    pub(crate) fn describe(&mut self, sentence: &str) {
        if !self.description.is_empty() {
            self.description.push(' ');
        }
        self.description.push_str(sentence);
    }

    /// Adds a text. `y` is its base line.
    pub(crate) fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        let text = escaped(text);
        let class = attribute(class);
        self.element(format_args!(
            "<text{class} x=\"{}\" y=\"{}\">{text}</text>",
            short(x),
            short(y),
        ));
    }

    pub(crate) fn rectangle(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64) {
        let class = attribute(class);
        self.element(format_args!(
            "<rect{class} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            short(x),
            short(y),
            short(width),
            short(height),
        ));
    }

    pub(crate) fn circle(&mut self, class: &str, x: f64, y: f64, radius: f64) {
        self.element(format_args!(
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{radius}\"/>",
            short(x),
            short(y),
        ));
    }

    /// Adds a line through these points.
    pub(crate) fn line(&mut self, class: &str, points: &[(f64, f64)]) {
        let points = points
            .iter()
            .map(|(x, y)| format!("{},{}", short(*x), short(*y)));
        let points = points.collect::<Vec<_>>().join(" ");
        self.element(format_args!(
            "<polyline class=\"{class}\" points=\"{points}\"/>"
        ));
    }

    /// Adds an area with these corners.
    pub(crate) fn area(&mut self, class: &str, corners: &[(f64, f64)]) {
        let corners = corners
            .iter()
            .map(|(x, y)| format!("{},{}", short(*x), short(*y)));
        let corners = corners.collect::<Vec<_>>().join(" ");
        self.element(format_args!(
            "<polygon class=\"{class}\" points=\"{corners}\"/>"
        ));
    }

    fn element(&mut self, element: impl Display) {
        let _ = writeln!(self.body, "{element}");
    }

    /// Returns the file.
    pub(crate) fn finish(self, height: f64) -> String {
        let (title, description) = (escaped(&self.title), escaped(&self.description));
        let (width, body) = (WIDTH, self.body);
        let (inner_width, inner_height) = (width - 1.0, height - 1.0);
        format!(
            "\
<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title description\">
<title id=\"title\">{title}</title>
<desc id=\"description\">{description}</desc>
<style>
{STYLE}</style>
<rect class=\"ground\" x=\"0.5\" y=\"0.5\" width=\"{inner_width}\" height=\"{inner_height}\" rx=\"6\"/>
{body}</svg>
"
        )
    }
}

/// Formats a length with at most one decimal. The package has two copies of each picture, and
/// more decimals do not compress.
fn short(length: f64) -> String {
    let text = format!("{length:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

fn attribute(class: &str) -> String {
    if class.is_empty() {
        String::new()
    } else {
        format!(" class=\"{class}\"")
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}
