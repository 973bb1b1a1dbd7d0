//! Work on all cores with results in order: a few threads take items from a queue while the calling thread puts items
//! in and takes results out, the oldest first.
//!
//! The threads live as long as one call of [`in_order`]. There is no stop signal here: whoever puts items in looks at
//! his own between two of them, and an item is small. Invariant: never more than [`in_flight`] items are between
//! `push` and the result, so memory is bounded whatever passes through.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// More threads than this outrun every disk, and each keeps blocks in memory.
const MAX_THREADS: usize = 16;

/// Items that wait for each thread besides the one it works on.
const ITEMS_FOR_EACH_THREAD: usize = 2;

/// The number of threads that work.
pub(crate) fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS)
}

/// The number of items that are in memory at most.
pub(crate) fn in_flight() -> usize {
    threads() * ITEMS_FOR_EACH_THREAD
}

/// Runs `body` on the calling thread with a line of workers beside it. Each worker makes a state of its own with
/// `state` (a compressor, a buffer) and applies `work` to every item that it takes.
///
/// Results that `body` has not taken when it returns are dropped: take them all with [`Line::next`] before an orderly
/// end, or just return after an error. A panic in `work` goes on in the calling thread.
///
/// ```ignore
/// let total = parallel::in_order(
///     || Vec::new(),                                  // a buffer for each thread
///     |buffer, block: Vec<u8>| shrink(buffer, block), // on any thread, in any order
///     |line| {
///         while let Some(block) = read_block()? {
///             if let Some(done) = line.push(block) {
///                 write(done)?;                       // on this thread, in order
///             }
///         }
///         while let Some(done) = line.next() {
///             write(done)?;
///         }
///         Ok(())
///     },
/// )?;
/// ```
pub(crate) fn in_order<T, R, S, O>(
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, T) -> R + Sync,
    body: impl FnOnce(&mut Line<T, R>) -> O,
) -> O
where
    T: Send,
    R: Send,
{
    let (queue, taken) = mpsc::channel::<Task<T, R>>();
    let taken = Mutex::new(taken);
    let (taken, state, work) = (&taken, &state, &work);
    thread::scope(|scope| {
        for _ in 0..threads() {
            scope.spawn(move || {
                let mut own = state();
                while let Some(task) = next_task(taken) {
                    let result = work(&mut own, task.item);
                    // Nobody waits any more when `body` has given up.
                    let _ = task.answer.send(result);
                }
            });
        }
        // The line owns the queue: the workers end when `body` is done with it.
        let mut line = Line { queue, waiting: VecDeque::new() };
        body(&mut line)
    })
}

fn next_task<T, R>(queue: &Mutex<Receiver<Task<T, R>>>) -> Option<Task<T, R>> {
    // A worker that panicked does so outside of the lock, so what it guards is sound.
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

struct Task<T, R> {
    item: T,
    answer: SyncSender<R>,
}

/// The calling thread's end of the line.
#[derive(Debug)]
pub(crate) struct Line<T, R> {
    queue: Sender<Task<T, R>>,
    waiting: VecDeque<Receiver<R>>,
}

impl<T, R> Line<T, R> {
    /// Puts an item in. When as many are under way as may be, waits for the oldest first and gives its result.
    pub(crate) fn push(&mut self, item: T) -> Option<R> {
        let oldest = if self.waiting.len() >= in_flight() { self.next() } else { None };
        let (answer, result) = mpsc::sync_channel(1);
        self.waiting.push_back(result);
        // The queue is closed only when every worker panicked, and then no result comes either.
        let _ = self.queue.send(Task { item, answer });
        oldest
    }

    /// Waits for the oldest result; `None` when nothing is under way (or its worker panicked, which ends
    /// [`in_order`] with that panic).
    pub(crate) fn next(&mut self) -> Option<R> {
        self.waiting.pop_front()?.recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn run(items: u64, work: impl Fn(u64) -> u64 + Sync) -> Vec<u64> {
        in_order(
            || (),
            |(), item| work(item),
            |line| {
                let mut results = Vec::new();
                for item in 0..items {
                    results.extend(line.push(item));
                }
                results.extend(std::iter::from_fn(|| line.next()));
                results
            },
        )
    }

    #[test]
    fn results_come_in_the_order_of_the_items_whoever_is_faster() {
        let uneven = |item: u64| {
            let rounds = if item.is_multiple_of(3) { 20_000 } else { 10 };
            (0..rounds).fold(item, |sum, n| std::hint::black_box(sum ^ n ^ n))
        };
        assert_eq!(run(500, uneven), (0..500).collect::<Vec<_>>());
        assert_eq!(run(1, |item| item + 7), [7]);
        assert_eq!(run(0, |item| item), [0; 0]);
    }

    #[test]
    fn no_more_items_are_under_way_than_may_be() {
        let (begun, ended) = (AtomicUsize::new(0), AtomicUsize::new(0));
        in_order(
            || (),
            |(), ()| (),
            |line| {
                for _ in 0..1_000 {
                    begun.fetch_add(1, Ordering::SeqCst);
                    ended.fetch_add(usize::from(line.push(()).is_some()), Ordering::SeqCst);
                    let under_way = begun.load(Ordering::SeqCst) - ended.load(Ordering::SeqCst);
                    assert!(under_way <= in_flight(), "{under_way} are under way");
                }
            },
        );
        assert_eq!(begun.into_inner() - ended.into_inner(), in_flight());
    }

    #[test]
    fn a_body_that_gives_up_ends_the_workers() {
        let done = AtomicUsize::new(0);
        let result: Result<(), &str> = in_order(
            || (),
            |(), ()| {
                done.fetch_add(1, Ordering::SeqCst);
            },
            |line| {
                line.push(());
                Err("enough")
            },
        );
        assert_eq!(result, Err("enough"));
        assert!(done.into_inner() <= 1);
    }

    #[test]
    fn each_worker_has_a_state_of_its_own() {
        let states = AtomicUsize::new(0);
        let most = in_order(
            || (states.fetch_add(1, Ordering::SeqCst), 0_usize),
            |(_, used), ()| {
                *used += 1;
                *used
            },
            |line| {
                let mut counts = Vec::new();
                for _ in 0..64 {
                    counts.extend(line.push(()));
                }
                counts.extend(std::iter::from_fn(|| line.next()));
                counts.into_iter().max()
            },
        );
        assert_eq!(states.into_inner(), threads());
        assert!(most.is_some_and(|most| most >= 64 / threads()));
    }

    #[test]
    #[should_panic(expected = "scoped thread panicked")]
    fn a_panic_in_the_work_is_not_swallowed() {
        run(3, |item| if item == 1 { panic!("a bug") } else { item });
    }
}
