//! Random programs of all operations, beside a plain [`model`](super::model).
//! After each step both agree on every answer, on who was woken how often, and on
//! all counts.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use aiosync::{LifoQueue, Order, OrderedQueue, PriorityQueue, Queue, Slot};

use super::model::{Aim, Answer, Model, Phase};
use crate::common::{Polled, Random, rounds};

type Wait<'q> = Polled<Pin<Box<dyn Future<Output = Answer> + 'q>>>;

/// Slots that were had and not used yet.
type Slots<'q, O> = Rc<RefCell<Vec<Slot<'q, usize, O>>>>;

/// A future of the queue for the model's aim. A slot goes to `slots`.
fn wait_for<'q, O: Order<usize> + 'q>(
    queue: &'q OrderedQueue<usize, O>,
    aim: Aim,
    slots: Slots<'q, O>,
) -> Wait<'q> {
    Polled::new(Box::pin(async move {
        match aim {
            Aim::Put(items) if items.len() == 1 => match queue.put(items[0]).await {
                Ok(()) => Answer::Done,
                Err(error) => Answer::Refused(vec![error.into_inner()]),
            },
            Aim::Put(items) => match queue.put_many(items).await {
                Ok(()) => Answer::Done,
                Err(rest) => Answer::Refused(rest.collect()),
            },
            Aim::Reserve => match queue.reserve().await {
                Ok(slot) => {
                    slots.borrow_mut().push(slot);
                    Answer::Slot
                }
                Err(_) => Answer::Closed,
            },
            Aim::Get(1) => match queue.get().await {
                Ok(item) => Answer::Got(vec![item]),
                Err(_) => Answer::Closed,
            },
            Aim::Get(most) => {
                let mut into = Vec::new();
                match queue.get_many(&mut into, most).await {
                    Ok(count) => {
                        assert_eq!(count, into.len());
                        Answer::Got(into)
                    }
                    Err(_) => Answer::Closed,
                }
            }
            Aim::Join => {
                queue.join().await;
                Answer::Done
            }
        }
    }))
}

/// Makes items, each of them once, in no order.
struct Items(usize);

impl Items {
    fn next(&mut self) -> usize {
        self.0 += 1;
        (self.0 * 7919) % 1000 * 1000 + self.0
    }
}

fn any_aim(dice: &mut Random, items: &mut Items) -> Aim {
    match dice.below(12) {
        0..3 => Aim::Put([items.next()].into()),
        3 => Aim::Put((0..dice.below(5)).map(|_| items.next()).collect()),
        4..6 => Aim::Reserve,
        6..9 => Aim::Get(1),
        9..11 => Aim::Get(2 + dice.below(4)),
        _ => Aim::Join,
    }
}

/// Runs one program.
fn run<O: Order<usize>>(
    queue: &OrderedQueue<usize, O>,
    take: fn(&mut Vec<usize>) -> usize,
    seed: usize,
) {
    let mut dice = Random::new(seed as u64);
    let mut model = Model::new(queue.capacity(), take);
    let slots: Slots<'_, O> = Rc::default();
    let mut waits: Vec<Option<Wait<'_>>> = Vec::new();
    let mut items = Items(0);
    // Items that were got and are not done.
    let mut got = 0;
    for step in 0..250 {
        let at = || format!("seed {seed}, step {step}: {queue:?}");
        let live: Vec<_> = (0..waits.len())
            .filter(|index| waits[*index].is_some())
            .collect();
        let any = (!live.is_empty()).then(|| live[dice.below(live.len())]);
        let mut to_poll = None;
        match dice.below(100) {
            0..32 if live.len() < 12 => {
                let aim = any_aim(&mut dice, &mut items);
                to_poll = (dice.below(8) > 0).then_some(waits.len());
                waits.push(Some(wait_for(queue, aim.clone(), Rc::clone(&slots))));
                model.start(aim);
            }
            0..60 => to_poll = any,
            60..72 => {
                if let Some(index) = any {
                    waits[index] = None;
                    model.drop_waiter(index);
                }
            }
            72..78 => {
                let item = items.next();
                assert_eq!(queue.try_put(item), model.try_put(item), "{}", at());
            }
            78..84 => {
                let item = queue.try_get();
                assert_eq!(item, model.try_get(), "{}", at());
                got += usize::from(item.is_ok());
            }
            84..87 => {
                let slot = queue.try_reserve();
                let outcome = slot.as_ref().map(|_| ()).map_err(|error| *error);
                assert_eq!(outcome, model.try_reserve(), "{}", at());
                slots.borrow_mut().extend(slot);
            }
            87..93 => {
                let slot = slots.borrow_mut().pop();
                if let Some(slot) = slot {
                    if dice.below(2) == 0 {
                        drop(slot);
                        model.drop_slot();
                    } else {
                        let item = items.next();
                        let put = slot.put(item).is_ok();
                        assert_eq!(put, model.put_into_slot(item), "{}", at());
                    }
                }
            }
            93..99 if got > 0 => {
                got -= 1;
                model.finish(1);
                queue.task_done().unwrap();
            }
            99 if step > 100 && dice.below(2) == 0 => {
                let drained: Vec<_> = queue.close_now().collect();
                assert_eq!(drained, model.close_now(), "{}", at());
            }
            99 if step > 50 => {
                assert_eq!(queue.close(), model.close(Phase::Closed), "{}", at());
            }
            _ => {}
        }
        if let Some(index) = to_poll {
            let polled = waits[index].as_mut().unwrap().poll();
            assert_eq!(polled, model.poll(index), "{}", at());
            if let Poll::Ready(answer) = polled {
                if let Answer::Got(items) = answer {
                    got += items.len();
                }
                waits[index] = None;
                model.end(index);
            }
        }

        let counts = (
            queue.len(),
            queue.unfinished(),
            queue.waiting_getters(),
            queue.waiting_putters(),
            queue.is_closed(),
        );
        assert_eq!(counts, model.counts(), "{}", at());
        let wakes = waits.iter().map(|wait| wait.as_ref().map(Polled::wakes));
        assert_eq!(wakes.collect::<Vec<_>>(), model.wakes(), "{}", at());
    }
}

#[test]
fn a_queue_does_what_the_model_does() {
    for seed in 0..rounds(400) {
        run(&Queue::bounded(1 + seed % 4), |items| items.remove(0), seed);
    }
    for seed in 400..400 + rounds(100) {
        run(&Queue::unbounded(), |items| items.remove(0), seed);
    }
}

#[test]
fn a_lifo_queue_does_what_the_model_does() {
    for seed in 0..rounds(200) {
        run(
            &LifoQueue::bounded(1 + seed % 4),
            |items| items.pop().unwrap(),
            seed,
        );
    }
}

#[test]
fn a_priority_queue_does_what_the_model_does() {
    let take = |items: &mut Vec<usize>| {
        let smallest = (0..items.len()).min_by_key(|index| items[*index]);
        items.remove(smallest.unwrap())
    };
    for seed in 0..rounds(200) {
        run(&PriorityQueue::bounded(1 + seed % 4), take, seed);
    }
}
