//! Decoders that panic: they cost their file, say nothing on the terminal, and never the program.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use super::MediaError;

/// A picture that takes longer is a trap: 12 megapixels take a second, on a machine that has nothing else to do.
const PATIENCE: Duration = Duration::from_mins(5);
/// Threads that may be lost to broken files before no more are risked in this run of the program.
const MOST_LOST: usize = 8;

static LOST: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// A decoder is at work on this thread, and somebody catches its panics.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
    /// A decoder is at work on this thread whose panics nobody could catch.
    static DOOMED: RefCell<Option<SyncSender<()>>> = const { RefCell::new(None) };
}

/// Runs a decoder in Rust. Its panic is an error.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T, MediaError>) -> Result<T, MediaError> {
    install();
    let before = CAUGHT.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CAUGHT.set(before);
    result.unwrap_or_else(|_panic| Err(gave_up()))
}

/// Runs a decoder behind a C interface, through which no panic may pass: the language ends the program there. So the
/// decoder gets a thread of its own, which is stopped for good before that happens and stays behind with what it holds.
pub(super) fn isolated<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, MediaError> + Send + 'static,
) -> Result<T, MediaError> {
    install();
    if LOST.load(Ordering::Relaxed) >= MOST_LOST {
        return Err(MediaError::Damaged("too many like it were broken before it; start again to try it".to_owned()));
    }
    let (panicked, panic_seen) = sync_channel(1);
    let (finished, result) = sync_channel(1);
    let body = move || {
        // The sender goes with the thread or with the panic: either way the waiting below ends.
        DOOMED.set(Some(panicked));
        let result = work();
        DOOMED.set(None);
        // Nobody waits any more when it took too long.
        finished.send(result).unwrap_or_default();
    };
    if thread::Builder::new().name("decoder".to_owned()).spawn(body).is_err() {
        return Err(MediaError::Unreadable("the system gives no more threads".to_owned()));
    }
    // The channel closes when the work has ended well, so this returns at once then.
    match panic_seen.recv_timeout(PATIENCE) {
        Err(RecvTimeoutError::Disconnected) => result.recv_timeout(PATIENCE).unwrap_or_else(|_gone| Err(gave_up())),
        Ok(()) | Err(RecvTimeoutError::Timeout) => {
            LOST.fetch_add(1, Ordering::Relaxed);
            Err(gave_up())
        }
    }
}

fn gave_up() -> MediaError {
    MediaError::Damaged("its decoder gave up".to_owned())
}

/// Puts one hook before the one that is there.
fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let doomed = DOOMED.try_with(|sender| sender.try_borrow_mut().ok().and_then(|mut sender| sender.take()));
            if let Ok(Some(sender)) = doomed {
                // Whether somebody still waits or not, this thread goes no further.
                sender.send(()).unwrap_or_default();
                loop {
                    thread::park();
                }
            }
            if !CAUGHT.try_with(Cell::get).unwrap_or(false) {
                before(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_work_goes_on() {
        assert_eq!(caught(|| Ok(1)), Ok(1));
        assert_eq!(caught::<u8>(|| panic!("on purpose")), Err(gave_up()));
        assert_eq!(caught(|| Err::<u8, _>(MediaError::Empty)), Err(MediaError::Empty));
        assert_eq!(caught(|| caught::<u8>(|| panic!("on purpose")).or(Ok(2))), Ok(2));
    }

    /// In a process of its own: the thread that stays behind holds the lock on the panic hook, which the test harness
    /// wants at its end. (The program itself never asks for it again.)
    #[test]
    fn a_panic_that_cannot_pass_stops_its_thread_only() {
        extern "C" fn as_in_c() {
            panic!("on purpose; nothing may unwind through here");
        }
        const CHILD: &str = "ALBUMEN_TEST_GUARD_CHILD";
        if std::env::var_os(CHILD).is_none() {
            let name = "media::guard::tests::a_panic_that_cannot_pass_stops_its_thread_only";
            let mut child = std::process::Command::new(std::env::current_exe().unwrap());
            let status = child.args(["--exact", name, "--nocapture"]).env(CHILD, "1").status().unwrap();
            assert_eq!(status.code(), Some(17), "the child checked everything and came to its end");
            return;
        }
        assert_eq!(isolated(|| Ok(1)), Ok(1));
        let broken = isolated(|| {
            as_in_c();
            Ok(2)
        });
        assert_eq!(broken, Err(gave_up()));
        assert_eq!(isolated(|| Err::<u8, _>(MediaError::Truncated)), Err(MediaError::Truncated));
        std::process::exit(17);
    }
}
