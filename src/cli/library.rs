//! The library behind a command: opened, asked, waited for, closed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{DeviceArguments, output};
use crate::domain::{Activity, NoticeLevel, Snapshot};
use crate::engine::{self, Engine};
use crate::store::StoreError;
use crate::vision::Purpose;

/// Where the user's library lies: `ALBUMEN_LIBRARY` if it is set, else the system's place for application data.
#[must_use]
pub fn default_library() -> PathBuf {
    if let Some(path) = std::env::var_os("ALBUMEN_LIBRARY").filter(|path| !path.is_empty()) {
        return path.into();
    }
    let name = "library.albumen";
    match directories::ProjectDirs::from("", "", "albumen") {
        Some(folders) => folders.data_dir().join(name),
        // No home folder at all: the current one is at least visible.
        None => PathBuf::from(name),
    }
}

/// A running engine on one library.
pub(super) struct Opened {
    engine: Engine,
}

impl Opened {
    /// Opens a library that must be there already, to edit it.
    pub(super) fn existing(path: &Path) -> anyhow::Result<Self> {
        must_be_there(path)?;
        Self::start(path, &DeviceArguments::default(), 20.0, false)
    }

    /// Opens a library that must be there already, to read it: also one that another Albumen has open.
    pub(super) fn to_read(path: &Path) -> anyhow::Result<Self> {
        must_be_there(path)?;
        let device = &DeviceArguments::default();
        match Self::start(path, device, 20.0, false) {
            Err(error) if may_be_read(&error) => Self::start(path, device, 20.0, true),
            other => other,
        }
    }

    /// Opens or makes a library.
    pub(super) fn with_device(path: &Path, device: &DeviceArguments, min_face: f32) -> anyhow::Result<Self> {
        Self::start(path, device, min_face, false)
    }

    fn start(path: &Path, device: &DeviceArguments, min_face: f32, read_only: bool) -> anyhow::Result<Self> {
        let options = engine::Options {
            read_only,
            min_face,
            ..engine::Options::new(path.to_owned(), device.finder(Purpose::Grouping)?)
        };
        let engine = Engine::start(options)?;
        let first = engine.handle().wait(|snapshot| snapshot.ready && snapshot.activity == Activity::Idle)?;
        for notice in first.notices.iter().filter(|notice| notice.level == NoticeLevel::Error) {
            // A library that cannot be read is shown as an empty one that cannot be changed, and says why.
            anyhow::ensure!(first.read_only.as_ref() != Some(&notice.text), "{}", notice.text);
            output::say(&notice.text);
        }
        Ok(Self { engine })
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.engine.handle().snapshot()
    }

    /// A line to it, to wait for what comes by itself.
    pub(super) fn handle(&self) -> engine::Handle {
        self.engine.handle()
    }

    /// Runs a command to its end.
    pub(super) fn run(&self, command: engine::Command) -> anyhow::Result<Arc<Snapshot>> {
        self.run_with(command, |_| {})
    }

    /// Runs a command to its end and shows every snapshot on the way.
    pub(super) fn run_with(
        &self,
        command: engine::Command,
        watch: impl FnMut(&Snapshot),
    ) -> anyhow::Result<Arc<Snapshot>> {
        let (after, errors) = self.attempt(command, watch)?;
        anyhow::ensure!(errors.is_empty(), "{}", errors.join("\n"));
        Ok(after)
    }

    /// The same for a command that may be done in spite of errors: what was said on the way, each once.
    pub(super) fn attempt(
        &self,
        command: engine::Command,
        mut watch: impl FnMut(&Snapshot),
    ) -> anyhow::Result<(Arc<Snapshot>, Vec<String>)> {
        let handle = self.engine.handle();
        let mut heard = Heard::after(&handle.snapshot());
        let after = handle.run(command, |snapshot| {
            heard.listen(snapshot);
            watch(snapshot);
        })?;
        Ok((after, heard.errors))
    }

    pub(super) fn close(self) {
        self.engine.close();
    }
}

/// Errors that were said: a snapshot holds the latest few notices only, so each is looked at.
pub(super) struct Heard {
    last: u64,
    errors: Vec<String>,
}

impl Heard {
    /// Only what is said after this snapshot.
    pub(super) fn after(snapshot: &Snapshot) -> Self {
        Self { last: snapshot.notices.last().map_or(0, |notice| notice.number), errors: Vec::new() }
    }

    pub(super) fn listen(&mut self, snapshot: &Snapshot) {
        for notice in snapshot.notices.iter().filter(|notice| notice.number > self.last) {
            if notice.level == NoticeLevel::Error && !self.errors.contains(&notice.text) {
                self.errors.push(notice.text.clone());
            }
        }
        self.last = snapshot.notices.last().map_or(self.last, |notice| notice.number.max(self.last));
    }

    /// What was heard since the last time.
    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.errors)
    }
}

fn must_be_there(path: &Path) -> anyhow::Result<()> {
    // Where nobody may look, opening it says what is in the way.
    let there = path.try_exists().unwrap_or(true);
    anyhow::ensure!(there, "there is no library yet; make one with `albumen scan FOLDER`: {}", path.display());
    Ok(())
}

fn may_be_read(error: &anyhow::Error) -> bool {
    error.downcast_ref::<StoreError>().is_some_and(StoreError::may_be_read)
}
