//! Tasks that wait for what they hold themselves, or for one another.
#![forbid(unsafe_code)]

use aiosync::diagnostics::{self, Certainty, Level, Verdict};
use aiosync::{Event, Lock, RwLock, Semaphore};

use crate::session::{Session, Task, assert_site};
use crate::verdicts::only;

#[test]
fn a_task_that_waits_for_what_it_holds_is_a_reentry() {
    let session = Session::new(Level::Holders);
    let lock = Lock::new(0);
    let program = Task::new().begin(async {
        let _first = lock.lock().await;
        let _second = lock.lock().await;
    });
    let line = line!() - 3;
    session.advance(100);
    let report = session.report();
    let Verdict::Reentry { held, .. } = only(&report) else {
        panic!("{report}")
    };
    assert_site(*held, file!(), line);
    assert_eq!(report.verdicts[0].certainty(), Certainty::Suspected);
    assert!(
        report.to_string().contains("RE-ENTRY (suspected"),
        "{report}"
    );
    drop(program);
    // The same task waits for another lock.
    let other = Lock::new(0);
    let guard = other.try_lock();
    let program = Task::new().begin(async {
        let _first = lock.lock().await;
        let _second = other.lock().await;
    });
    assert!(session.report().verdicts.is_empty());
    drop((program, guard));
    session.assert_empty();
}

/// A philosopher takes the left fork, waits, and takes the right one.
async fn dine(left: &Lock<()>, right: &Lock<()>, go: &Event) {
    let _left = left.lock().await;
    go.wait().await;
    let _right = right.lock().await;
}

#[test]
fn dining_philosophers_that_all_take_the_left_fork_are_a_cycle() {
    let session = Session::new(Level::Holders);
    let names = ["Ada", "Barbara", "Grace", "Frances", "Radia"];
    let forks: Vec<_> = names.iter().map(|_| Lock::new(()).named("fork")).collect();
    let go = Event::new();
    let tasks: Vec<_> = names.iter().map(|_| Task::new()).collect();
    let mut programs = Vec::new();
    for (index, (name, task)) in names.iter().zip(&tasks).enumerate() {
        let (left, right) = (&forks[index], &forks[(index + 1) % names.len()]);
        programs.push(task.begin(diagnostics::scope(*name, dine(left, right, &go))));
    }
    assert!(session.report().verdicts.is_empty());
    go.set();
    for (program, task) in programs.iter_mut().zip(&tasks) {
        assert!(session.report().verdicts.is_empty());
        assert!(task.poll(program).is_pending());
    }
    session.advance(9_000);
    let report = session.report();
    let Verdict::Cycle { links, .. } = only(&report) else {
        panic!("{report}")
    };
    assert_eq!(links.len(), 5);
    for (index, link) in links.iter().enumerate() {
        let next = &links[(index + 1) % links.len()];
        let (waits_for, wait) = report.wait(link.waits).expect("it is in the report");
        assert_eq!(waits_for.id, next.holds);
        assert!(wait.task.is_same_as(&link.task));
    }
    let text = report.to_string();
    assert!(
        text.contains("CYCLE (suspected, because guards can move): "),
        "{text}"
    );
    for name in names {
        assert!(text.contains(&format!("{name:?} holds #")), "{text}");
    }
    drop(programs);
    session.assert_empty();
}

#[test]
fn a_pool_whose_holders_all_wait_for_each_other_is_a_cycle() {
    let session = Session::new(Level::Holders);
    let (pool, lock) = (Semaphore::new(2), RwLock::new(0));
    let tasks = [Task::new(), Task::new(), Task::new()];
    let go = Event::new();
    let holder = async || {
        let _permit = pool.acquire().await;
        go.wait().await;
        let _guard = lock.write().await;
    };
    let mut holders: Vec<_> = tasks[..2].iter().map(|task| task.begin(holder())).collect();
    let mut writer = tasks[2].begin(async {
        let _guard = lock.write().await;
        go.wait().await;
        let _permit = pool.acquire().await;
    });
    go.set();
    assert!(tasks[0].poll(&mut holders[0]).is_pending());
    assert!(tasks[2].poll(&mut writer).is_pending());
    // The other holder of a permit may give it back.
    assert!(session.report().verdicts.is_empty());
    assert!(tasks[1].poll(&mut holders[1]).is_pending());
    session.advance(100);
    let report = session.report();
    let Verdict::Cycle { links, .. } = only(&report) else {
        panic!("{report}")
    };
    assert_eq!(links.len(), 2);
    drop((holders, writer));
    session.assert_empty();
}
