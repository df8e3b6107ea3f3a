//! What the window has the system do, so that it touches no file itself and a test can stand in for the system.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::covers::Covered;
use super::settings::Settings;
use super::view::Pick;

/// An answer of the folder dialog. Other libraries can be opened while it stands there, so it says whose it is.
#[derive(Clone, Debug)]
pub struct Picked {
    /// What the folder is for.
    pub pick: Pick,
    /// The library that asked.
    pub library: PathBuf,
    /// The folder, nothing when the dialog was closed, or why there is no dialog.
    pub answer: Result<Option<PathBuf>, String>,
}

/// Shows a file in the system's viewer, or in its folder when the second argument says so.
pub type ShowFile = Arc<dyn Fn(&Path, bool) + Send + Sync>;

/// What the window needs from the system; none of it blocks.
#[derive(Clone)]
pub struct Services {
    /// Shows a folder dialog for a library; the answer comes into `picked`.
    pub pick_folder: Arc<dyn Fn(Pick, PathBuf) + Send + Sync>,
    /// Where the answer comes to.
    pub picked: Arc<Mutex<Vec<Picked>>>,
    /// Looks up the faces that these libraries are known by; they come into `covered`.
    pub covers: Arc<dyn Fn(Vec<PathBuf>) + Send + Sync>,
    /// Where they come to.
    pub covered: Arc<Mutex<Vec<Covered>>>,
    /// The sample photos, when they are at hand.
    pub sample: Option<PathBuf>,
    /// Shows a file in the system's viewer, or its folder when that is wanted.
    pub show_file: ShowFile,
    /// The looks as they were last time.
    pub settings: Settings,
    /// Keeps them for the next time.
    pub keep_settings: Arc<dyn Fn(&Settings) + Send + Sync>,
}

impl Default for Services {
    fn default() -> Self {
        Self {
            pick_folder: Arc::new(|_, _| {}),
            picked: Arc::default(),
            covers: Arc::new(|_| {}),
            covered: Arc::default(),
            sample: None,
            show_file: Arc::new(|_, _| {}),
            settings: Settings::default(),
            keep_settings: Arc::new(|_| {}),
        }
    }
}
