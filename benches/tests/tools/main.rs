//! Tests of the tools of the benchmarks, with made-up figures: the report, and the table of
//! instruction counts.

mod instructions;
mod report;
mod scene;

#[path = "../../report/charts.rs"]
mod charts;
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
#[path = "../../instructions/table.rs"]
mod table;
#[path = "../../report/verdict.rs"]
mod verdict;
#[path = "../../report/workloads.rs"]
mod workloads;
#[path = "../../report/write.rs"]
mod write;
