//! The tools beside the benchmarks: the report, and the table of instructions. What they
//! are made of stands in `benches`; here it is tried on figures that are made up.

mod instructions;
mod report;
mod scene;

#[path = "../../../benches/report/charts.rs"]
mod charts;
#[path = "../../../benches/report/machine.rs"]
#[allow(dead_code, reason = "the rest asks git and the compiler")]
mod machine;
#[path = "../../../benches/report/measured.rs"]
mod measured;
#[path = "../../../benches/report/page.rs"]
mod page;
#[path = "../../../benches/harness/records.rs"]
#[allow(dead_code, reason = "the benchmarks use the rest")]
mod records;
#[path = "../../../benches/instructions/table.rs"]
mod table;
#[path = "../../../benches/report/verdict.rs"]
mod verdict;
#[path = "../../../benches/report/workloads.rs"]
mod workloads;
#[path = "../../../benches/report/write.rs"]
mod write;
