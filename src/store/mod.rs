//! The library file: one SQLite database. The only place that names rusqlite.
//!
//! Machine rows (files, photos, faces) may be thrown away and made again; the edit log is sacred. A written batch is one
//! transaction; what a call has returned from is on disk.

mod backup;
mod edits;
mod error;
mod forget;
mod lists;
mod load;
mod machine;
mod paths;
mod photos;
mod recover;
mod rows;
mod schema;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};

use crate::domain::{DetectedFace, Edit, Face, FaceId, FaceKey, Photo, PhotoHash, PhotoId, Problem, Taken};

pub use error::StoreError;
pub use forget::Forgotten;
pub use machine::Reader;
pub use recover::{Recovered, has_backups, recover};

/// A face to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFace {
    /// Where and how sure.
    pub detected: DetectedFace,
    /// L2-normalised.
    pub embedding: Vec<f32>,
    /// A JPEG.
    pub thumbnail: Vec<u8>,
}

/// A photo to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewPhoto {
    /// Content.
    pub hash: PhotoHash,
    /// Upright width.
    pub width: u32,
    /// Upright height.
    pub height: u32,
    /// EXIF orientation of the stored pixels.
    pub orientation: u8,
    /// By the camera's clock.
    pub taken: Option<Taken>,
    /// Highest score first.
    pub faces: Vec<NewFace>,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A photo that was read.
    Photo(NewPhoto),
    /// The content of a photo that is known already.
    Known(PhotoId),
    /// No photo: the plural for the report.
    Skipped(String),
    /// Could not be used.
    Failed(Problem),
}

/// A file and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FileOutcome {
    /// Absolute.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970.
    pub modified_ns: i64,
    /// Its fate.
    pub outcome: Outcome,
}

/// What is known of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum KnownState {
    /// It is this photo.
    Photo(PhotoId),
    /// It is no photo.
    Skipped(String),
    /// It could not be used.
    Failed(Problem),
}

/// A file of an earlier scan.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownFile {
    /// Absolute.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970.
    pub modified_ns: i64,
    /// Its fate.
    pub state: KnownState,
}

/// What a batch changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// New photos, and photos whose paths changed, whole.
    pub photos: Vec<Photo>,
    /// New faces, and faces of photos that came back. Some are drawn by hand.
    pub faces: Vec<StoredFace>,
    /// Photos that no file holds any more.
    pub gone_photos: Vec<PhotoId>,
    /// Their faces.
    pub gone_faces: Vec<FaceId>,
}

/// A face's row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoredFace {
    /// The face.
    pub face: Face,
    /// The user drew it; it is shown while the edit that drew it counts.
    pub drawn: bool,
}

/// Everything at the start, without the large values (embeddings, thumbnails): they are read when they are needed.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Scanned folders.
    pub folders: Vec<PathBuf>,
    /// Every known file by path.
    pub files: BTreeMap<PathBuf, KnownFile>,
    /// Photos that some file holds.
    pub photos: Vec<Arc<Photo>>,
    /// Their faces, ascending.
    pub faces: Vec<StoredFace>,
    /// The clusters that were stored last.
    pub clusters: Vec<Vec<FaceId>>,
    /// How they were made; empty when there are none.
    pub clusters_way: String,
    /// Nothing that matters to them has changed since.
    pub clusters_fresh: bool,
    /// The model that scans used last; empty before the first.
    pub model: String,
    /// Undo steps, oldest first.
    pub steps: Vec<Vec<Edit>>,
    /// Steps that count; those after are undone.
    pub cursor: usize,
    /// The lowest id no person ever had.
    pub next_person: u32,
}

/// The keys of a photo's faces that the user has said something about.
pub type Pins<'a> = &'a dyn Fn(PhotoHash) -> Vec<FaceKey>;

/// An open library. One process at a time may write.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    /// Held for as long as the library is open; the system lets go of it when the process ends, however it ends. None
    /// when the library was opened to read.
    lock: Option<File>,
}

impl Store {
    /// Opens a library, or makes one; folders above it are made too. On Unix only its owner may read it.
    ///
    /// # Errors
    /// [`StoreError`]: not a library, of a newer version, in use, or the disk refuses.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let cannot = |error: std::io::Error| StoreError::Disk { reason: error.to_string(), path: path.to_owned() };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(cannot)?;
        }
        if path.is_dir() {
            return Err(StoreError::NotALibrary { path: path.to_owned() });
        }
        // Before there is a lock file beside somebody's file.
        if is_other(path) {
            return Err(StoreError::NotALibrary { path: path.to_owned() });
        }
        let lock = private(&with_suffix(path, "-lock")).map_err(cannot)?;
        match lock_soon(&lock) {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(StoreError::InUse { path: path.to_owned() }),
            // A file system without locks: better to work than to refuse.
            Err(std::fs::TryLockError::Error(error)) => tracing::warn!("no lock on the library: {error}"),
        }
        drop(private(path).map_err(cannot)?);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let named = |error: rusqlite::Error| error::named(&error, path);
        let connection = Connection::open_with_flags(path, flags).map_err(named)?;
        schema::prepare(&connection, path)?;
        Ok(Self { connection, path: path.to_owned(), lock: Some(lock) })
    }

    /// Opens a library that another process may be writing, or that may not be written at all, to look at it. Every write to
    /// it fails.
    ///
    /// # Errors
    /// [`StoreError`]: not there, not a library, of another version, or the disk refuses.
    pub fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let (connection, version) = onlooker(path)?;
        if version < schema::VERSION {
            return Err(StoreError::Older { path: path.to_owned() });
        }
        Ok(Self { connection, path: path.to_owned(), lock: None })
    }

    /// Opens a library as it lies there, to look at it once: no file is made beside it and nothing is locked, unless a
    /// program has it open. Should one open it meanwhile, what is read may be of two moments.
    ///
    /// # Errors
    /// [`StoreError`]: not there, not a library, of another version, or the disk refuses.
    pub fn glance(path: &Path) -> Result<Self, StoreError> {
        let open = with_suffix(path, "-wal").exists();
        let connection = if open { reader(path)? } else { still_reader(path)? };
        if schema::check(&connection, path)? < schema::VERSION {
            return Err(StoreError::Older { path: path.to_owned() });
        }
        Ok(Self { connection, path: path.to_owned(), lock: None })
    }

    /// An empty library in memory that stands for one that cannot be read: it cannot be written.
    ///
    /// # Panics
    /// Never: a database in memory needs no disk.
    #[must_use]
    #[expect(clippy::expect_used, reason = "SQLite in memory fails only when memory does")]
    pub fn nothing(path: &Path) -> Self {
        let connection = Connection::open_in_memory().expect("memory for an empty database");
        schema::prepare(&connection, path).expect("memory for empty tables");
        Self { connection, path: path.to_owned(), lock: None }
    }

    /// The library's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether another process has the library open to write.
    #[must_use]
    pub fn is_in_use(path: &Path) -> bool {
        let lock = File::open(with_suffix(path, "-lock"));
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)))
    }

    /// Whether it was opened to read only.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.lock.is_none()
    }

    fn named(&self) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
        |error| error::named(&error, &self.path)
    }

    /// One transaction: all of `work`, or nothing when it fails.
    fn transaction<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, StoreError> {
        let named = |error: rusqlite::Error| error::named(&error, &self.path);
        let transaction = self.connection.transaction().map_err(named)?;
        let done = work(&transaction).map_err(named)?;
        transaction.commit().map_err(named)?;
        Ok(done)
    }
}

/// A connection that cannot write.
fn reader(path: &Path) -> Result<Connection, StoreError> {
    let named = |error: rusqlite::Error| error::named(&error, path);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(named)?;
    // The writer holds its lock for a moment at most.
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(named)?;
    Ok(connection)
}

/// A connection to look at a library, and its version. Where nothing may be written, not even the log's index, the file is
/// read as it is; a log that was left behind would be passed over, so there must be none.
fn onlooker(path: &Path) -> Result<(Connection, i64), StoreError> {
    let connection = reader(path)?;
    match schema::check(&connection, path) {
        Err(StoreError::Disk { .. }) if !with_suffix(path, "-wal").exists() => {
            let connection = still_reader(path)?;
            let version = schema::check(&connection, path)?;
            Ok((connection, version))
        }
        checked => checked.map(|version| (connection, version)),
    }
}

/// A connection to a file that nobody is going to change.
fn still_reader(path: &Path) -> Result<Connection, StoreError> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-_.~:".contains(byte);
    let escape = |byte: u8| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let address: String = paths::to_bytes(path).into_iter().map(escape).collect();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{address}?immutable=1"), flags)
        .map_err(|error| error::named(&error, path))
}

/// Locks the file, waiting a moment for a program that is just ending, or for a process that was split off from this one
/// and holds everything open until it becomes another program.
fn lock_soon(lock: &File) -> Result<(), std::fs::TryLockError> {
    for _ in 0..20 {
        match lock.try_lock() {
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(std::time::Duration::from_millis(20)),
            other => return other,
        }
    }
    lock.try_lock()
}

/// Whether a file begins as no database does. An empty one may become a library.
fn is_other(path: &Path) -> bool {
    const MARK: &[u8] = b"SQLite format 3\0";
    let mut start = [0; MARK.len()];
    let read = File::open(path).and_then(|mut file| std::io::Read::read(&mut file, &mut start));
    read.is_ok_and(|count| count > 0 && start != MARK)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Opens a file to write, making it readable by its owner only.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    // On Windows the folder for application data is private already.
    options.open(path)
}

#[cfg(test)]
mod tests;
