//! What can be wrong with a photo's bytes, in sentences.

use std::path::PathBuf;

use crate::domain::{Problem, ProblemKind};

/// Why a file gave no picture. The text is one sentence without the path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// 0 bytes.
    #[error("the file is empty; copy it again from where it came")]
    Empty,
    /// It breaks off.
    #[error("the photo breaks off before its end; copy it again from where it came")]
    Truncated,
    /// It is not what it claims to be.
    #[error("the photo is damaged ({0}); copy it again from where it came")]
    Damaged(String),
    /// No photo.
    #[error("this is not a photo in any format known here")]
    NotAPhoto,
    /// A format or variant that cannot be read.
    #[error("{0} cannot be read here; save it as JPEG or PNG to include it")]
    Unsupported(String),
    /// More than is safe to open.
    #[error("the photo is too large to open safely ({0}); a smaller copy can be read")]
    TooLarge(String),
    /// A side of 0 pixels.
    #[error("the photo has no pixels; copy it again from where it came")]
    NoPixels,
    /// The system's reason.
    #[error("the file cannot be opened ({0}); check its permissions or its disk")]
    Unreadable(String),
    /// A link to nothing.
    #[error("the link leads nowhere; restore the file it points to, or delete the link")]
    BrokenLink,
}

impl MediaError {
    /// The kind, as the command line's JSON gives it.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        match self {
            Self::Empty => ProblemKind::Empty,
            Self::Truncated => ProblemKind::Truncated,
            Self::Damaged(_) => ProblemKind::Damaged,
            Self::NotAPhoto => ProblemKind::NotAPhoto,
            Self::Unsupported(_) => ProblemKind::Unsupported,
            Self::TooLarge(_) => ProblemKind::TooLarge,
            Self::NoPixels => ProblemKind::NoPixels,
            Self::Unreadable(_) => ProblemKind::Unreadable,
            Self::BrokenLink => ProblemKind::BrokenLink,
        }
    }

    /// The error as a row of the report.
    #[must_use]
    pub fn into_problem(self, path: PathBuf) -> Problem {
        Problem { path, kind: self.kind(), message: self.to_string() }
    }
}
