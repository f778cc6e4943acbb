//! The same project without loom, as its users run it.
#![cfg(not(loom))]
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::thread;

use downstream::Service;
use futures_lite::future::block_on;

#[test]
fn four_workers_do_all_jobs() {
    let service = Arc::new(Service::new(8, 2));
    let workers = [(); 4].map(|()| {
        let service = Arc::clone(&service);
        thread::spawn(move || block_on(service.work()))
    });
    for job in 1..=1_000 {
        assert!(block_on(service.submit(job)));
    }
    block_on(service.shut_down());
    assert_eq!(block_on(service.stopped()), 500_500);
    assert!(!block_on(service.submit(1)));
    for worker in workers {
        worker.join().unwrap();
    }
}
