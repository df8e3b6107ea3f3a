//! Work side by side, results in order.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};

struct Window<T> {
    /// The next index nobody works on.
    next: usize,
    /// The next index to hand out.
    wanted: usize,
    ready: BTreeMap<usize, T>,
    stopped: bool,
}

/// Ends the work when a worker panics: nobody may wait for its result for ever.
struct Ending<'a, T> {
    window: &'a Mutex<Window<T>>,
    room: &'a Condvar,
    filled: &'a Condvar,
}

impl<T> Drop for Ending<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.window.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
            self.room.notify_all();
            self.filled.notify_all();
        }
    }
}

/// Does `work(0)`, `work(1)`, … `work(count - 1)` on `workers` threads and hands the results to `out` in order, on the
/// calling thread. At most four results a worker wait for a slow one before them. Ends early when `work` gives `None`
/// (results before it are still handed out) or `out` gives `false`.
///
/// # Panics
/// When `work` does, once all threads have ended.
pub fn ordered<T: Send>(
    count: usize,
    workers: usize,
    work: &(dyn Fn(usize) -> Option<T> + Sync),
    out: &mut dyn FnMut(T) -> bool,
) {
    let workers = workers.clamp(1, count.max(1));
    let ahead = 4 * workers;
    let window = Mutex::new(Window { next: 0, wanted: 0, ready: BTreeMap::new(), stopped: false });
    let (room, filled) = (Condvar::new(), Condvar::new());
    let lock = || window.lock().unwrap_or_else(PoisonError::into_inner);
    let worker = || {
        loop {
            let mut state = lock();
            while !state.stopped && state.next < count && state.next >= state.wanted + ahead {
                state = room.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.stopped || state.next >= count {
                return;
            }
            let index = state.next;
            state.next += 1;
            drop(state);
            // Dropped without the lock held.
            let result = {
                let _ending = Ending { window: &window, room: &room, filled: &filled };
                work(index)
            };
            let mut state = lock();
            match result {
                Some(result) => {
                    state.ready.insert(index, result);
                }
                None => state.stopped = true,
            }
            filled.notify_all();
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let mut state = lock();
        loop {
            let wanted = state.wanted;
            if let Some(result) = state.ready.remove(&wanted) {
                state.wanted += 1;
                drop(state);
                room.notify_all();
                let go_on = out(result);
                state = lock();
                state.stopped |= !go_on;
                if !go_on {
                    break;
                }
            } else if wanted >= count
                || (state.stopped && threads.iter().all(std::thread::ScopedJoinHandle::is_finished))
            {
                break;
            } else {
                // The time limit covers a worker that ends without a word.
                let waited = filled.wait_timeout(state, std::time::Duration::from_millis(50));
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        drop(state);
        room.notify_all();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(count: usize, workers: usize, stop_at: usize, enough: usize) -> Vec<usize> {
        let mut seen = Vec::new();
        let work = |index: usize| {
            std::thread::sleep(std::time::Duration::from_micros((index as u64 * 7919) % 300));
            (index < stop_at).then_some(index)
        };
        ordered(count, workers, &work, &mut |index| {
            seen.push(index);
            seen.len() < enough
        });
        seen
    }

    #[test]
    fn results_come_in_order_whatever_the_number_of_threads() {
        for workers in [1, 2, 7] {
            assert_eq!(run(200, workers, 200, 1000), (0..200).collect::<Vec<_>>());
        }
        assert!(run(0, 3, 0, 10).is_empty());
    }

    #[test]
    fn a_worker_that_panics_ends_it() {
        for workers in [1, 3] {
            let (done, ended) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                let mut seen = Vec::new();
                let work = |index: usize| {
                    assert!(index != 20, "a panic on purpose");
                    Some(index)
                };
                let run = std::panic::AssertUnwindSafe(|| {
                    ordered(200, workers, &work, &mut |index| {
                        seen.push(index);
                        true
                    });
                });
                let panicked = std::panic::catch_unwind(run).is_err();
                done.send((panicked, seen)).unwrap();
            });
            let (panicked, seen) = ended.recv_timeout(std::time::Duration::from_secs(20)).expect("it waits for ever");
            assert!(panicked && seen == (0..seen.len()).collect::<Vec<_>>() && seen.len() <= 20, "{seen:?}");
        }
    }

    #[test]
    fn it_ends_when_either_side_stops() {
        assert_eq!(run(200, 3, 200, 5), [0, 1, 2, 3, 4]);
        let cut = run(200, 3, 50, 1000);
        assert!(cut.len() <= 50 && cut == (0..cut.len()).collect::<Vec<_>>());
    }
}
