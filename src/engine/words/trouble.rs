//! Work that was stopped, and mistakes of this program.

use crate::engine::threads::Task;

/// The engine's own thread is gone.
pub const ENDED: &str = "the library's thread has ended";
/// The user did not want to wait for groups.
pub const GROUPING_STOPPED: &str = "Stopped. Groups are as they were; look again to have them made anew";
/// A scan met a mistake of this program.
pub const SCAN_MISTAKE: &str = "The scan ended by a mistake in this program. Scan again to go on";
/// A photo met one; the scan went on.
pub const PHOTO_MISTAKE: &str = "this program made a mistake on it; other photos are not affected";

/// A thread has ended without a result.
pub(in crate::engine) fn mistake(task: Task) -> String {
    let what = match task {
        Task::Networks => "Loading the networks",
        Task::Scan(_) => "The scan",
        Task::Watching(_) => "The look at the folders",
        Task::Grouping(_) => "Grouping",
        Task::Asking(_) => "The look at the groups",
        Task::Outline(_) | Task::Map(_) => "Drawing the map",
        Task::Studying => "The look at this card",
        Task::Drawing(_) => "The look at the drawn face",
        Task::ExportPlan(_) | Task::Export => "The export",
    };
    format!("{what} ended by a mistake in this program. Try it again; if it happens again, please report it")
}
