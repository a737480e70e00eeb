//! Runs futures.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};

pub(super) type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Futures, and which of them were woken.
#[derive(Default)]
pub(super) struct Tasks {
    last: Cell<u64>,
    /// `None` while one is polled.
    tasks: RefCell<BTreeMap<u64, Option<Task>>>,
    woken: Arc<Mutex<VecDeque<u64>>>,
}

/// The waker of a task.
struct TaskWaker {
    task: u64,
    woken: Arc<Mutex<VecDeque<u64>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        if !woken.contains(&self.task) {
            woken.push_back(self.task);
        }
    }
}

impl Tasks {
    pub(super) fn spawn(&self, task: Task) {
        let number = self.last.get() + 1;
        self.last.set(number);
        self.tasks.borrow_mut().insert(number, Some(task));
        self.waker(number).wake();
    }

    fn waker(&self, task: u64) -> Waker {
        Waker::from(Arc::new(TaskWaker { task, woken: self.woken.clone() }))
    }

    /// Polls what was woken, until nothing is.
    pub(super) fn settle(&self) {
        loop {
            let next = { self.woken.lock().unwrap_or_else(PoisonError::into_inner).pop_front() };
            let Some(number) = next else { return };
            let taken = { self.tasks.borrow_mut().get_mut(&number).and_then(Option::take) };
            let Some(mut task) = taken else { continue };
            if task.as_mut().poll(&mut Context::from_waker(&self.waker(number))).is_ready() {
                self.tasks.borrow_mut().remove(&number);
            } else if let Some(place) = self.tasks.borrow_mut().get_mut(&number) {
                *place = Some(task);
            }
        }
    }

    /// Drops all futures.
    pub(super) fn release(&self) {
        let tasks = self.tasks.take();
        drop(tasks);
    }
}

/// Whether a future was woken.
pub(super) struct Flag(AtomicBool);

impl Flag {
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Relaxed)
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Relaxed)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

/// A flag that is set, and a waker that sets it.
pub(super) fn flag() -> (Arc<Flag>, Waker) {
    let flag = Arc::new(Flag(AtomicBool::new(true)));
    (flag.clone(), Waker::from(flag))
}
