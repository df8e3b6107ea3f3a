//! Threads beside the engine's own. Each reports in the end, also when this program made a mistake on it: nobody may wait
//! for one for ever.

use std::thread::JoinHandle;

use crossbeam_channel::Sender;

use super::run::{Engine, Event};
use super::scan_job::ScanEvent;
use super::words::trouble;
use crate::domain::{FaceKey, NoticeLevel};

/// What a thread was doing, and of which generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    Networks,
    Scan(u64),
    Watching(u64),
    Grouping(u64),
    Asking(u64),
    Outline(u64),
    Map(u64),
    Studying,
    Drawing(FaceKey),
    ExportPlan(u64),
    Export,
}

/// Reports a thread that ends without a word of its own.
struct Ending {
    events: Sender<Event>,
    task: Option<Task>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let Some(task) = self.task.take() else { return };
        let event = Event::GaveUp(task);
        if std::thread::panicking() {
            // The engine has ended when nobody listens.
            drop(self.events.send(event));
        } else {
            // There was no thread: this is the engine's own, which cannot wait for itself.
            drop(self.events.try_send(event));
        }
    }
}

/// Does some work on a thread of its own; it reports by itself, or [`Event::GaveUp`] does.
pub(super) fn spawn(
    name: &str,
    events: &Sender<Event>,
    task: Task,
    work: impl FnOnce() + Send + 'static,
) -> Option<JoinHandle<()>> {
    let ending = Ending { events: events.clone(), task: Some(task) };
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let mut ending = ending;
        work();
        ending.task = None;
    });
    thread.inspect_err(|error| tracing::error!("no thread for {name}: {error}")).ok()
}

impl Engine<'_> {
    /// A thread has ended without a result: whoever waits for it goes on, and it is said.
    pub(super) fn gave_up(&mut self, task: Task) {
        match task {
            Task::Networks => self.no_networks(),
            Task::Scan(generation) => {
                if self.scan.as_ref().is_some_and(|scan| scan.generation == generation) {
                    self.scan_event(ScanEvent::Finished { cancelled: true, seconds: 0.0, trouble: None });
                }
            }
            Task::Watching(generation) => self.not_looked(generation),
            Task::Grouping(generation) | Task::Asking(generation) | Task::Outline(generation) => {
                if generation != self.grouping.generation {
                    return;
                }
                // The session went with the thread; it is made again when something is asked. Not at once: it might end
                // in the same way for ever.
                self.grouping.lost();
                self.state.ready = true;
                if matches!(task, Task::Outline(_)) {
                    self.stop_map();
                }
            }
            Task::Map(generation) => self.not_drawn(generation),
            Task::Studying => self.study_on(),
            Task::Drawing(key) => self.drawing.ended_without(key),
            Task::ExportPlan(generation) => self.export_planned(generation, Err(trouble::mistake(task))),
            Task::Export => self.exporting = None,
        }
        self.say(NoticeLevel::Error, trouble::mistake(task));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_thread_that_panics_is_reported_and_one_that_does_not_is_not() {
        let (events, reports) = crossbeam_channel::bounded(4);
        let thread = spawn("test", &events, Task::Studying, || panic!("a panic on purpose")).unwrap();
        let event = reports.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(matches!(event, Event::GaveUp(Task::Studying)));
        assert!(thread.join().is_err());
        spawn("test", &events, Task::Export, || {}).unwrap().join().unwrap();
        drop(events);
        assert!(reports.recv().is_err(), "nothing more is said");
        assert!(trouble::mistake(Task::Export).starts_with("The export ended by a mistake"));
    }
}
