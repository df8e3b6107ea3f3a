//! The desktop window: joins the engine, the screens and the system's dialogs.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Sender, TrySendError, bounded};

use crate::cli::{self, Arguments};
use crate::engine::{Command, Engine, Options, covers};
use crate::ui::{AlbumenApp, Covered, Pick, Picked, Screen, Services, Settings, words};
use crate::vision::Purpose;

/// How long the looks rest before they are written.
const REST: Duration = Duration::from_millis(500);

/// Opens the window and returns when it is closed.
#[must_use]
pub fn open(arguments: &Arguments) -> ExitCode {
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::failed(&error),
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    // Before anything is opened: a slip of the pen makes no library.
    let folder = arguments.folder.as_deref().map(std::path::absolute).transpose()?;
    if let Some(folder) = folder.as_ref().filter(|folder| !folder.exists()) {
        anyhow::bail!(words::no_such_folder(folder));
    }
    let context: Arc<OnceLock<egui::Context>> = Arc::default();
    let waker = Arc::clone(&context);
    let wake = move || {
        if let Some(context) = waker.get() {
            context.request_repaint();
        }
    };
    let options = |read_only| -> anyhow::Result<Options> {
        let usual = Options::new(arguments.library.path(), arguments.device.finder(Purpose::Grouping)?);
        // One core stays free for the window.
        let workers = usual.workers.saturating_sub(1).max(1);
        Ok(Options { read_only, workers, wake: Arc::new(wake.clone()), ..usual })
    };
    // A library that another Albumen has open, or that may not be written, can still be looked at; the window says why
    // nothing can be changed.
    let engine = match Engine::start(options(false)?) {
        Err(error) if error.may_be_read() => Engine::start(options(true)?).map_err(|_not_even_that| error)?,
        other => other?,
    };
    let handle = engine.handle();
    if let Some(folder) = folder {
        handle.send(Command::Scan(vec![folder]));
    }
    let scanning = arguments.folder.is_some();
    let picked: Arc<Mutex<Vec<Picked>>> = Arc::default();
    let covered: Arc<Mutex<Vec<Covered>>> = Arc::default();
    let settings_file = settings_file();
    let settings = settings_file.as_deref().map(read_settings).unwrap_or_default();
    let looks: Arc<Mutex<Looks>> = Arc::default();
    let keeper = settings_file.and_then(|file| keeper(file, &looks));
    let latest = Arc::clone(&looks);
    let services = Services {
        covers: cover_finder(Arc::clone(&covered), Arc::new(wake.clone())),
        covered,
        pick_folder: folder_dialog(Arc::clone(&picked), Arc::new(wake)),
        picked,
        sample: sample(),
        show_file: Arc::new(show_file),
        settings,
        keep_settings: Arc::new(move |settings| {
            let mut looks = latest.lock().unwrap_or_else(PoisonError::into_inner);
            looks.latest = Some(settings.clone());
            // Full: it was told already.
            if let Some(Err(TrySendError::Disconnected(()))) =
                looks.changed.as_ref().map(|changed| changed.try_send(()))
            {
                looks.changed = None;
            }
        }),
    };
    let size = egui::vec2(1180.0, 780.0);
    let viewport = egui::ViewportBuilder::default()
        .with_title(words::ALBUMEN)
        .with_inner_size(size)
        .with_min_inner_size([640.0, 420.0]);
    let native = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
    let opened = eframe::run_native(
        "albumen",
        native,
        Box::new(move |creation| {
            drop(context.set(creation.egui_ctx.clone()));
            let mut app = AlbumenApp::new(&creation.egui_ctx, handle, services);
            if scanning {
                app.view.screen = Screen::People;
            }
            Ok(Box::new(app))
        }),
    );
    engine.close();
    drop(looks.lock().unwrap_or_else(PoisonError::into_inner).changed.take());
    if let Some(keeper) = keeper {
        drop(keeper.join());
    }
    opened.map_err(|error| anyhow::anyhow!(words::no_window(&error.to_string())))
}

/// The system's folder dialog, on a thread of its own.
fn folder_dialog(
    picked: Arc<Mutex<Vec<Picked>>>,
    wake: Arc<dyn Fn() + Send + Sync>,
) -> Arc<dyn Fn(Pick, PathBuf) + Send + Sync> {
    Arc::new(move |pick, library| {
        let (picked, wake) = (Arc::clone(&picked), Arc::clone(&wake));
        let spawned = std::thread::Builder::new().name("dialog".to_owned()).spawn(move || {
            let title = match pick {
                Pick::Scan => words::CHOOSE_PHOTOS,
                Pick::Export => words::CHOOSE_FOR_ALBUMS,
            };
            let answer = std::panic::catch_unwind(|| rfd::FileDialog::new().set_title(title).pick_folder());
            let answer = answer.map_err(|_panic| words::NO_FOLDER_DIALOG.to_owned());
            picked.lock().unwrap_or_else(PoisonError::into_inner).push(Picked { pick, library, answer });
            wake();
        });
        if let Err(error) = spawned {
            tracing::error!("no thread for the folder dialog: {error}");
        }
    })
}

/// Looks up the faces of other libraries, one library after the other, on a thread of its own.
fn cover_finder(
    covered: Arc<Mutex<Vec<Covered>>>,
    wake: Arc<dyn Fn() + Send + Sync>,
) -> Arc<dyn Fn(Vec<PathBuf>) + Send + Sync> {
    Arc::new(move |libraries| {
        let (covered, wake) = (Arc::clone(&covered), Arc::clone(&wake));
        let spawned = std::thread::Builder::new().name("covers".to_owned()).spawn(move || {
            for library in libraries {
                let faces = covers(&library);
                covered.lock().unwrap_or_else(PoisonError::into_inner).push((library, faces));
                wake();
            }
        });
        if let Err(error) = spawned {
            tracing::error!("no thread for the covers of libraries: {error}");
        }
    })
}

/// The sample photos: in the repository that the program was started from or built in, or beside the program.
fn sample() -> Option<PathBuf> {
    let here = std::env::current_dir().ok();
    let program = std::env::current_exe().ok();
    let above = program.iter().flat_map(|program| program.ancestors().skip(1).take(3).map(Path::to_owned));
    here.into_iter().chain(above).map(|folder| folder.join("assets/sample")).find(|folder| folder.is_dir())
}

/// The looks that are still to be written, and how their keeper is told.
#[derive(Default)]
struct Looks {
    latest: Option<Settings>,
    changed: Option<Sender<()>>,
}

/// Writes the looks soon after they have changed, on a thread of its own: the window touches no file, and a window that is
/// killed keeps them, too. Ends when nobody can tell it any more.
fn keeper(file: PathBuf, looks: &Arc<Mutex<Looks>>) -> Option<JoinHandle<()>> {
    // One word is enough: what is written is what is latest then.
    let (changed, changes) = bounded(1);
    let latest = Arc::clone(looks);
    let keep = move || {
        while let Ok(()) = changes.recv() {
            // A slider changes in every frame.
            while let Ok(()) = changes.recv_timeout(REST) {}
            let settings = latest.lock().unwrap_or_else(PoisonError::into_inner).latest.take();
            let written = settings.map_or(Ok(()), |settings| write_settings(&file, &settings));
            if let Err(error) = written {
                tracing::warn!("the window's settings could not be kept: {error}: {}", file.display());
            }
        }
    };
    let thread = std::thread::Builder::new().name("settings".to_owned()).spawn(keep);
    looks.lock().unwrap_or_else(PoisonError::into_inner).changed = Some(changed);
    thread.inspect_err(|error| tracing::error!("no thread to keep the settings: {error}")).ok()
}

/// Where the looks are kept; `ALBUMEN_SETTINGS` names another file.
fn settings_file() -> Option<PathBuf> {
    if let Some(file) = std::env::var_os("ALBUMEN_SETTINGS") {
        return Some(PathBuf::from(file));
    }
    let folders = directories::ProjectDirs::from("", "", "albumen")?;
    Some(folders.config_dir().join("window.json"))
}

/// The kept looks; the usual ones when there are none or they cannot be read.
fn read_settings(file: &Path) -> Settings {
    let text = std::fs::read_to_string(file).ok();
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Writes beside the file and renames, so that it is never half written, not even by two windows at once.
fn write_settings(file: &Path, settings: &Settings) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut settings = settings.clone();
    // JSON has no word for other names; one of them must not keep everything else from being kept.
    settings.recent.retain(|library| library.to_str().is_some());
    let beside = file.with_extension(format!("json.{}.new", std::process::id()));
    let written = File::create(&beside).and_then(|mut new| {
        new.write_all(serde_json::to_string_pretty(&settings)?.as_bytes())?;
        new.sync_all()
    });
    written.and_then(|()| std::fs::rename(&beside, file)).inspect_err(|_| drop(std::fs::remove_file(&beside)))
}

/// Shows a photo in the system's viewer, or its folder. The opener runs on its own.
fn show_file(path: &Path, folder: bool) {
    let shown = if folder { path.parent().unwrap_or(path) } else { path };
    if let Err(error) = open::that_detached(shown) {
        tracing::warn!("the system cannot show it: {error}: {}", shown.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_windows_write_their_looks_without_half_of_the_other() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("config/window.json");
        let looks = Settings { scale: 1.5, ..Settings::default() };
        write_settings(&file, &looks).unwrap();
        // Another window is at it, and has written half.
        let others = file.with_extension("json.new");
        std::fs::write(&others, "{ \"scale\":").unwrap();
        let looks = Settings { scale: 1.25, ..looks };
        write_settings(&file, &looks).unwrap();
        assert_eq!(read_settings(&file), looks);
        assert!(others.exists(), "the other's is its own to put in place");
        assert_eq!(std::fs::read_dir(temp.path().join("config")).unwrap().count(), 2, "nothing is left beside them");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            let odd = PathBuf::from(std::ffi::OsStr::from_bytes(b"/odd\xff.albumen"));
            write_settings(&file, &Settings { recent: vec![odd], ..looks.clone() }).unwrap();
            assert_eq!(read_settings(&file), looks, "all but the name that is no text");
        }
        // Where it cannot be put, nothing half stays either.
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir_all(file.join("inside")).unwrap();
        assert!(write_settings(&file, &looks).is_err());
        assert_eq!(std::fs::read_dir(temp.path().join("config")).unwrap().count(), 2);
    }
}
