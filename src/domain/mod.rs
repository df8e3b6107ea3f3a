//! The words everything else is written in: photos, faces, persons, the user's edits and the library they fold into.
//!
//! No file access, no clock, no threads. Machine results (photos, faces, groups) and the user's edits are two things:
//! the first can be thrown away and made again, the second never. `Library` is the fold of the edits; a
//! [`Snapshot`] is what a screen may see of both.

mod counting;
mod edit;
mod export;
mod face;
mod geometry;
mod groups;
mod ids;
mod library;
mod map;
mod method;
mod photo;
mod pixels;
mod relink;
mod review;
mod snapshot;
mod table;

pub use counting::{count, thousands};
pub use edit::{Edit, FaceFlag, Meaning, Preset};
pub use export::{ExportMode, ExportPlan, ExportRequest, ExportSummary};
pub use face::{DetectedFace, EmbeddedFace, Face, Landmarks};
pub use geometry::FaceBox;
pub use groups::{Group, Groups};
pub use ids::{FaceId, FaceKey, GroupId, ParseIdError, PersonId, PhotoHash, PhotoId};
pub use library::{Changes, Library, Person};
pub use map::{FaceMap, MapState, MapWork, Spot};
pub use method::{Method, UnknownMethod};
pub use photo::{Photo, Problem, ProblemKind, Taken};
pub use pixels::Pixels;
pub use relink::relink;
pub use review::{Cut, Explanation, Preview, Question, QuestionKind, SplitPlan, Study, Suggestion};
pub use snapshot::{Activity, Counts, GroupingProgress, HistoryEntry, Notice, NoticeLevel, ScanReport, Snapshot};
pub use table::{KeyMap, RowId, Table};
