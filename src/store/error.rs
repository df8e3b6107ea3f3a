//! What can be wrong with a library file, in sentences.

use std::path::{Path, PathBuf};

/// Why a library cannot be used. The path comes last.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Some other file, or a folder.
    #[error("this is not an Albumen library, and it was left as it is; give another file with --library: {}", path.display())]
    NotALibrary {
        /// The file.
        path: PathBuf,
    },
    /// Written by a later program.
    #[error("this library was written by a newer Albumen (version {version}); update Albumen to open it: {}", path.display())]
    Newer {
        /// The file's version.
        version: i64,
        /// The file.
        path: PathBuf,
    },
    /// Written by an earlier program and opened to read only.
    #[error("this library was written by an older Albumen and must be brought up to date first; open it in the window, or run `albumen people`, while no other Albumen has it open: {}", path.display())]
    Older {
        /// The file.
        path: PathBuf,
    },
    /// Another program has it.
    #[error("another Albumen has this library open; close its window or wait for its scan to end: {}", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The disk refuses.
    #[error("the library cannot be written ({reason}); check the disk's space and permissions: {}", path.display())]
    Disk {
        /// The system's words.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The file is broken.
    #[error("the library is damaged ({reason}); open it in the window, which saves what can be saved: {}", path.display())]
    Damaged {
        /// SQLite's words.
        reason: String,
        /// The file.
        path: PathBuf,
    },
}

impl StoreError {
    /// Whether the library may still be looked at: another program has it, or it may not be written.
    #[must_use]
    pub fn may_be_read(&self) -> bool {
        matches!(self, Self::InUse { .. } | Self::Disk { .. })
    }
}

pub(super) fn named(error: &rusqlite::Error, path: &Path) -> StoreError {
    use rusqlite::ErrorCode;

    let path = path.to_owned();
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotALibrary { path },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::InUse { path },
        Some(
            ErrorCode::DiskFull
            | ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::SystemIoFailure
            | ErrorCode::PermissionDenied
            // Of the machine, not of the file: a library is not called damaged, and made new, for want of memory.
            | ErrorCode::OutOfMemory
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::NoLargeFileSupport,
        ) => StoreError::Disk { reason, path },
        _ => StoreError::Damaged { reason, path },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn want_of_memory_is_no_damage() {
        let named = |code: std::ffi::c_int| {
            named(&rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None), Path::new("/l"))
        };
        assert!(matches!(named(rusqlite::ffi::SQLITE_NOMEM), StoreError::Disk { .. }));
        assert!(matches!(named(rusqlite::ffi::SQLITE_CORRUPT), StoreError::Damaged { .. }));
        assert!(matches!(named(rusqlite::ffi::SQLITE_BUSY), StoreError::InUse { .. }));
    }
}
