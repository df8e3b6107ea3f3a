//! Albums on disk: a plan that can be shown before anything is written, and the writing. Originals are only read.

mod plan;
mod run;

pub use plan::{Album, AlbumPhoto, Existing, Plan, Sidecar, Step, plan, safe_name};
pub use run::{Mode, Report, existing, run};
