//! The desktop window: joins the engine, the screens and the system's dialogs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::cli::Arguments;
use crate::engine::{Command, Engine, Options};
use crate::ui::{AlbumenApp, Pick, Picked, Services};

/// Opens the window and returns when it is closed.
#[must_use]
pub fn open(arguments: &Arguments) -> ExitCode {
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let context: Arc<OnceLock<egui::Context>> = Arc::default();
    let waker = Arc::clone(&context);
    let wake = move || {
        if let Some(context) = waker.get() {
            context.request_repaint();
        }
    };
    // One core stays free for the window.
    let workers = crate::pipeline::default_workers().saturating_sub(1).max(1);
    let options = Options {
        wake: Arc::new(wake.clone()),
        workers,
        ..Options::new(arguments.library.path(), arguments.device.finder()?)
    };
    let engine = Engine::start(options)?;
    let handle = engine.handle();
    if let Some(folder) = &arguments.folder {
        let folder = std::path::absolute(folder)?;
        anyhow::ensure!(folder.exists(), "there is no such folder; check the name: {}", folder.display());
        handle.send(Command::Scan(vec![folder]));
    }
    let picked: Arc<Mutex<Vec<Picked>>> = Arc::default();
    let services =
        Services { pick_folder: folder_dialog(Arc::clone(&picked), Arc::new(wake)), picked, sample: sample() };
    let size = egui::vec2(1180.0, 780.0);
    let viewport = egui::ViewportBuilder::default()
        .with_title("Albumen")
        .with_inner_size(size)
        .with_min_inner_size([640.0, 420.0]);
    let native = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
    let opened = eframe::run_native(
        "albumen",
        native,
        Box::new(move |creation| {
            drop(context.set(creation.egui_ctx.clone()));
            Ok(Box::new(AlbumenApp::new(&creation.egui_ctx, handle, services)))
        }),
    );
    engine.close();
    opened.map_err(|error| {
        anyhow::anyhow!(
            "the window cannot be opened ({error}); it needs a desktop and a Vulkan or OpenGL driver. \
             Everything can be done without it: albumen --help"
        )
    })
}

/// The system's folder dialog, on a thread of its own.
fn folder_dialog(
    picked: Arc<Mutex<Vec<Picked>>>,
    wake: Arc<dyn Fn() + Send + Sync>,
) -> Arc<dyn Fn(Pick) + Send + Sync> {
    Arc::new(move |pick| {
        let (picked, wake) = (Arc::clone(&picked), Arc::clone(&wake));
        let spawned = std::thread::Builder::new().name("dialog".to_owned()).spawn(move || {
            let title = match pick {
                Pick::Scan => "Choose a folder of photos",
                Pick::Export => "Choose a folder for the albums",
            };
            let answer = std::panic::catch_unwind(|| rfd::FileDialog::new().set_title(title).pick_folder());
            let answer = answer.map_err(|_panic| "This desktop has no folder dialog. Type the path instead".to_owned());
            picked.lock().unwrap_or_else(PoisonError::into_inner).push((pick, answer));
            wake();
        });
        if let Err(error) = spawned {
            tracing::error!("no thread for the folder dialog: {error}");
        }
    })
}

/// The sample photos, when the program runs from its repository.
fn sample() -> Option<PathBuf> {
    let beside = std::env::current_dir().ok().map(|folder| folder.join("assets/sample"));
    beside.filter(|folder| folder.is_dir())
}
