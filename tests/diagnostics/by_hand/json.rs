//! Reports through serde.

use serde_json::{Value, json};

use super::source::snapshot::{
    empty, histogram, hold, lock, named, primitive, report, transfer, wait, waker,
};
use super::source::{HoldMode, Level, PrimitiveKind, Recording, Report};

fn value(report: &Report) -> Value {
    serde_json::to_value(report).expect("a report has only strings as keys")
}

#[test]
fn a_report_has_the_fields_of_the_struct() {
    let mut pool = primitive(9, PrimitiveKind::Semaphore)
        .named("pool")
        .supply(0, Some(10))
        .holder(hold(41, named("worker"), HoldMode::Permits).since(31_000))
        .waiter(
            wait(7, waker(0x1000))
                .began(2_000)
                .polled(1_000)
                .operation("acquire"),
        );
    pool.wait_times = histogram([1, 1, 3_000]);
    pool.acquisitions = 3;
    let site = |line| json!({"file": "app.rs", "line": line, "column": 5});
    let expected = json!({
        "recording": "holders",
        "primitives": [{
            "id": 9,
            "kind": "semaphore",
            "name": "pool",
            "created": site(909),
            "acquisitions": 3,
            "supply": {"available": 0, "total": 10},
            "waiters": [{
                "id": 7,
                "operation": "acquire",
                "task": {"name": "task 0x1000", "is_named": false},
                "site": site(7),
                "amount": 1,
                "waited_ns": 2_000_000_000_u64,
                "polls": 2,
                "last_poll_ns": 1_000_000_000,
                "wakes": 0,
                "last_wake_ns": null,
                "granted_ns": null,
                "is_last_owner": false,
                "is_blocking": false,
            }],
            "holders": [{
                "task": {"name": "worker", "is_named": true},
                "site": site(41),
                "mode": "permits",
                "amount": 1,
                "held_ns": 31_000_000_000_u64,
            }],
            "holders_not_listed": 0,
            "holders_are_complete": true,
            "last_release_ns": 3_600_000_000_000_u64,
            "transfers": {"last_put": null, "last_get": null},
            "wait_times": {
                "total": 3,
                "sum_ns": 3_002_000_000_u64,
                "buckets": [
                    {"at_least_ns": 524_288, "count": 2},
                    {"at_least_ns": 2_147_483_648_u64, "count": 1},
                ],
            },
            "hold_times": {"total": 0, "sum_ns": 0, "buckets": []},
        }],
        "verdicts": [],
    });
    assert_eq!(value(&report([pool])), expected);
}

#[test]
fn each_verdict_has_a_name_a_certainty_and_a_sentence() {
    let report = report([
        lock(1)
            .waiter(wait(10, named("syncer")).granted(3_000))
            .waiter(wait(14, named("syncer")).polled(2_999)),
        lock(2).waiter(wait(20, waker(0x1000)).granted(3_000)),
        lock(3).held_by(5, named("a")).waiter(wait(30, named("a"))),
        lock(4).held_by(6, named("b")).waiter(wait(40, named("c"))),
        lock(5).held_by(7, named("c")).waiter(wait(50, named("b"))),
        primitive(6, PrimitiveKind::Event).waiter(wait(60, named("d")).last_owner()),
        lock(7).waiter(wait(70, named("e"))),
    ]);
    let value = value(&report);
    let verdicts = value["verdicts"].as_array().expect("a list");
    let mut names: Vec<_> = verdicts.iter().map(|verdict| &verdict["verdict"]).collect();
    names.sort_by_key(|name| name.as_str());
    let expected = [
        "abandoned",
        "cycle",
        "free_with_waiters",
        "futurelock",
        "grant_not_taken",
        "reentry",
    ];
    assert_eq!(names, expected);
    for (verdict, found) in verdicts.iter().zip(&report.verdicts) {
        assert_eq!(verdict["text"], report.explain(found).to_string());
        let is_certain = verdict["verdict"] == "futurelock";
        let certainty = if is_certain { "certain" } else { "suspected" };
        assert_eq!(verdict["certainty"], certainty);
    }
    assert_eq!(verdicts[0]["primitive"], 1);
    assert_eq!(
        (&verdicts[0]["granted"], &verdicts[0]["polled"]),
        (&json!(10), &json!(14))
    );
    let is_cycle = |verdict: &&Value| verdict["verdict"] == "cycle";
    let cycle = verdicts.iter().find(is_cycle).expect("there is one");
    assert_eq!(cycle["links"][0]["task"]["name"], "b");
    assert_eq!(cycle["links"][0]["holds"], 4);
    assert_eq!(cycle["links"][0]["waits"], 50);
    assert_eq!(cycle["links"][0]["held_site"]["line"], 6);
}

#[test]
fn what_is_recorded_is_a_word() {
    let word = |recording| value(&empty(recording))["recording"].clone();
    assert_eq!(word(Recording::NotCompiled), "not_compiled");
    assert_eq!(word(Recording::Off), "off");
    assert_eq!(word(Recording::On(Level::Waits)), "waits");
    assert_eq!(word(Recording::On(Level::Holders)), "holders");
}

#[test]
fn the_last_accesses_to_a_queue_are_there() {
    let mut queue = primitive(1, PrimitiveKind::Queue);
    queue.transfers.last_put = Some(transfer(3, named("producer"), 5));
    let value = value(&report([queue]));
    let put = &value["primitives"][0]["transfers"]["last_put"];
    assert_eq!(put["task"]["name"], "producer");
    assert_eq!(put["ago_ns"], 5_000_000);
}

#[test]
fn the_report_of_the_crate_can_be_serialized() {
    let report = aiosync::diagnostics::report();
    let text = serde_json::to_string(&report).expect("a report has only strings as keys");
    assert!(text.starts_with("{\"recording\":"), "{text}");
}
