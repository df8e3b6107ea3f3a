//! What to export, and what an export would write.

use std::path::PathBuf;

use super::GroupId;

/// How an album's files come to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExportMode {
    /// Byte-for-byte copies.
    #[default]
    Copy,
    /// Hard links: no space, same disk only.
    Hardlink,
    /// Symbolic links.
    Symlink,
}

/// What to export and where to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportRequest {
    /// The folder that will hold one folder per album.
    pub to: PathBuf,
    /// These groups, or every named person when empty.
    pub groups: Vec<GroupId>,
    /// How.
    pub mode: ExportMode,
    /// An XMP file with names and face regions beside each copy.
    pub sidecars: bool,
}

/// What an export would write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportSummary {
    /// Albums by folder name, and files in each.
    pub albums: Vec<(String, usize)>,
    /// Files in all.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Files that are there already, byte for byte.
    pub unchanged: usize,
    /// Photos that cannot be found, in a sentence each.
    pub problems: Vec<String>,
}

/// The answer to the question what an export would write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportPlan {
    /// Which export: whoever asks again soon after knows whether this is still the answer to the question before.
    pub request: ExportRequest,
    /// What it would write; a sentence when it cannot be done.
    pub outcome: Result<ExportSummary, String>,
}
