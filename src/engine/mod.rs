//! One thread owns the library: commands in, immutable snapshots out. Scans, grouping, exports and pictures run beside it
//! and report back; late results of an old generation are dropped. No window in here.

mod albums;
mod asking;
mod board;
mod boxes;
mod commands;
mod covers;
mod drawing;
mod editing;
mod export_job;
mod grouping;
mod handle;
mod history;
mod keeping;
mod mapping;
mod opening;
mod overruled;
mod pictures;
mod previewing;
mod progress;
mod run;
mod scan_job;
mod scanning;
mod state;
mod studying;
mod threads;
mod watching;
mod way;
mod words;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::bounded;

use crate::vision::{FaceFinder, VisionError};

pub use covers::covers;
pub use export_job::{ExportError, export_plan, export_run};
pub use handle::{Command, Ended, Forget, Handle, PictureKey, PictureResult};
pub use pictures::WHOLE_SIDE;
pub use way::way_of;

pub use crate::cluster::POOR as POOR_QUALITY;
pub use crate::domain::{ExportMode, ExportRequest};
pub use crate::store::StoreError;

use handle::Outbox;

/// Makes the finder when the first scan needs it: loading the weights takes a moment that opening a library need not
/// wait for. Asked again when it failed and another scan is wanted.
pub type FinderSource = Box<dyn Fn() -> Result<Arc<dyn FaceFinder>, VisionError> + Send + Sync>;

/// How to run.
pub struct Options {
    /// The library file.
    pub library: PathBuf,
    /// Only look at the library: another Albumen has it, or it must not change.
    pub read_only: bool,
    /// Where the finder comes from.
    pub finder: FinderSource,
    /// Photos read side by side.
    pub workers: usize,
    /// Smaller faces may be missed, in pixels.
    pub min_face: f32,
    /// Time between two looks at the folders, once [`Command::Watch`] was asked for.
    pub watch_every: Duration,
    /// Called after every new snapshot or picture, from any thread.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

impl Options {
    /// The usual ones.
    #[must_use]
    pub fn new(library: PathBuf, finder: FinderSource) -> Self {
        Self {
            library,
            read_only: false,
            finder,
            workers: crate::pipeline::default_workers(),
            min_face: 20.0,
            watch_every: Duration::from_secs(10),
            wake: Arc::new(|| {}),
        }
    }
}

/// Commands that may wait. A person cannot be 256 ahead; more means that the engine hangs, and the window must not.
const COMMANDS: usize = 256;

/// A running engine.
pub struct Engine {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Opens the library and starts the thread. A damaged library is kept aside and made new from its words; the first
    /// snapshot says so.
    ///
    /// # Errors
    /// [`StoreError`] when the library cannot be opened; with [`StoreError::InUse`], `read_only` still works.
    pub fn start(options: Options) -> Result<Self, StoreError> {
        let opened = opening::open(&options.library, options.read_only)?;
        let (commands, inbox) = bounded(COMMANDS);
        // One slot: once woken, the engine looks at everything.
        let (poke, poked) = bounded(1);
        let outbox = Arc::new(Outbox::default());
        let handle = Handle { commands, poke, outbox: Arc::clone(&outbox) };
        let path = options.library.clone();
        let thread = std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || run::run(opened, options, &inbox, &poked, &outbox))
            .map_err(|error| StoreError::Disk { reason: error.to_string(), path })?;
        Ok(Self { handle, thread: Some(thread) })
    }

    /// A line to it.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Ends the thread and waits for it.
    pub fn close(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(thread) = self.thread.take() {
            // Blocking send: the wish to end must not be lost.
            drop(self.handle.commands.send(Command::Quit));
            if thread.join().is_err() {
                tracing::error!("the engine's thread panicked");
            }
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.end();
    }
}
