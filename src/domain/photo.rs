//! A photo of the library, and what may be wrong with a file.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{PhotoHash, PhotoId};

/// When a photo was taken by the camera's clock: EXIF gives no time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Taken {
    /// Year, e.g. 2019.
    pub year: i16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// Seconds since midnight.
    pub second: u32,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// One content, wherever its copies lie. Originals are never written.
#[derive(Clone, Debug, PartialEq)]
pub struct Photo {
    /// Row.
    pub id: PhotoId,
    /// Content.
    pub hash: PhotoHash,
    /// Every file with this content that the last scans saw: sorted, at least one.
    pub paths: Vec<PathBuf>,
    /// Upright width in pixels.
    pub width: u32,
    /// Upright height in pixels.
    pub height: u32,
    /// EXIF orientation of the stored pixels, 1 to 8.
    pub orientation: u8,
    /// By the camera's clock, if it says.
    pub taken: Option<Taken>,
}

/// Why a file gave no photo. The kinds are part of the command line's JSON: `kind` is the name in kebab case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The file holds nothing.
    Empty,
    /// It begins as a photo and ends too early or breaks off.
    Truncated,
    /// It claims a format and does not hold to it.
    Damaged,
    /// No photo format at all.
    NotAPhoto,
    /// A photo format this program cannot read.
    Unsupported,
    /// Too many pixels or bytes to open safely.
    TooLarge,
    /// A side of 0 pixels.
    NoPixels,
    /// The system did not let it be read.
    Unreadable,
    /// A link to nothing, or to itself.
    BrokenLink,
    /// The photo was read, the networks failed on it.
    Recognition,
}

impl ProblemKind {
    /// The name in the JSON, e.g. `not-a-photo`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Truncated => "truncated",
            Self::Damaged => "damaged",
            Self::NotAPhoto => "not-a-photo",
            Self::Unsupported => "unsupported",
            Self::TooLarge => "too-large",
            Self::NoPixels => "no-pixels",
            Self::Unreadable => "unreadable",
            Self::BrokenLink => "broken-link",
            Self::Recognition => "recognition",
        }
    }
}

/// A file that could not be used, why, and what can be done: soft failures are values, a scan goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The file or folder.
    pub path: PathBuf,
    /// The kind of trouble.
    pub kind: ProblemKind,
    /// One sentence without the path.
    pub message: String,
}
