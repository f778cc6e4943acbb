//! Tests of the tools of the benchmarks, with made-up figures: the report, and the table of
//! instruction counts.

mod instructions;
mod pictures;
mod report;
mod runs;
mod scene;
mod start;

#[path = "../../report/charts.rs"]
mod charts;
#[path = "../../report/choice.rs"]
mod choice;
#[path = "../../report/crates.rs"]
mod crates;
#[path = "../../report/curves.rs"]
mod curves;
#[path = "../../report/figures.rs"]
mod figures;
#[path = "../../report/machine.rs"]
#[allow(dead_code, reason = "the rest runs git and the compiler")]
mod machine;
#[path = "../../report/measured.rs"]
mod measured;
#[path = "../../report/page.rs"]
mod page;
#[path = "../../harness/records.rs"]
#[allow(dead_code, reason = "the benchmarks use the rest")]
mod records;
#[path = "../../report/remarks.rs"]
mod remarks;
#[path = "../../report/rows.rs"]
mod rows;
#[path = "../../report/run.rs"]
#[allow(dead_code, reason = "the rest runs the benchmarks")]
mod run;
#[path = "../../report/svg.rs"]
mod svg;
#[path = "../../instructions/table.rs"]
mod table;
#[path = "../../report/workloads.rs"]
mod workloads;
#[path = "../../report/write.rs"]
mod write;
