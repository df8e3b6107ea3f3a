//! The window's shell: takes the latest snapshot, draws the screen one is on, sends what came of it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use egui::{CentralPanel, Context, Frame, Ui};

use super::action::Action;
use super::screens;
use super::thumbs::Thumbs;
use super::view::{Pick, Screen, ViewState};
use super::{drag, frame, text, theme};
use crate::domain::{Activity, Snapshot};
use crate::engine::{Command, Handle};

/// An answer of the folder dialog: the folder, nothing when it was closed, or why there is no dialog.
pub type Picked = (Pick, Result<Option<PathBuf>, String>);

/// What the window needs from the system; none of it blocks.
#[derive(Clone)]
pub struct Services {
    /// Shows a folder dialog; the answer comes into `picked`.
    pub pick_folder: Arc<dyn Fn(Pick) + Send + Sync>,
    /// Where the answer comes to.
    pub picked: Arc<Mutex<Vec<Picked>>>,
    /// The sample photos, when they are at hand.
    pub sample: Option<PathBuf>,
}

impl Default for Services {
    fn default() -> Self {
        Self { pick_folder: Arc::new(|_| {}), picked: Arc::default(), sample: None }
    }
}

/// The window.
pub struct AlbumenApp {
    handle: Handle,
    services: Services,
    snapshot: Arc<Snapshot>,
    thumbs: Thumbs,
    /// Where one is and what is half done.
    pub view: ViewState,
    started: bool,
    title: String,
}

impl AlbumenApp {
    /// A window on an engine.
    #[must_use]
    pub fn new(ctx: &Context, handle: Handle, services: Services) -> Self {
        theme::apply(ctx);
        let view = ViewState { sample: services.sample.clone(), ..ViewState::default() };
        let (snapshot, thumbs) = (handle.snapshot(), Thumbs::new(handle.clone()));
        Self { handle, services, snapshot, thumbs, view, started: false, title: String::new() }
    }

    /// Takes in what has changed; before drawing.
    fn update(&mut self, ctx: &Context) {
        let before = std::mem::replace(&mut self.snapshot, self.handle.snapshot());
        if before.library_path != self.snapshot.library_path && !before.library_path.as_os_str().is_empty() {
            self.thumbs.clear();
        }
        if !self.started && self.snapshot.ready {
            self.started = true;
            if !self.snapshot.folders.is_empty() && self.view.screen == Screen::Start {
                self.view.screen = Screen::People;
            }
        }
        let picked = std::mem::take(&mut *self.services.picked.lock().unwrap_or_else(PoisonError::into_inner));
        for (pick, answer) in picked {
            match (pick, answer) {
                (Pick::Scan, Ok(Some(folder))) => self.scan(vec![folder]),
                (Pick::Export, Ok(Some(folder))) => {
                    if let Some(draft) = &mut self.view.export {
                        draft.to = folder.to_string_lossy().into_owned();
                    }
                }
                (_, Ok(None)) => {}
                (_, Err(why)) => self.view.no_dialog = Some(why),
            }
        }
        let dropped: Vec<PathBuf> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        if !dropped.is_empty() {
            self.scan(dropped);
        }
        self.thumbs.begin(ctx);
        let title = title(&self.snapshot);
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn scan(&mut self, folders: Vec<PathBuf>) {
        if self.handle.send(Command::Scan(folders)) {
            self.view.open(Screen::People);
        }
    }

    /// One frame, into a space of any size: the window's, or a test's.
    pub fn show(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.update(&ctx);
        let snapshot = Arc::clone(&self.snapshot);
        let mut commands = Vec::new();
        self.keys(&ctx, &snapshot, &mut commands);
        let photo = matches!(self.view.screen, Screen::Photo(_));
        if !photo {
            frame::top_ui(ui, &snapshot, &mut self.view, &mut commands);
        }
        frame::work_ui(ui, &snapshot, &mut commands);
        if !photo {
            frame::side_ui(ui, &snapshot, &mut self.view);
        }
        let fill = if photo { theme::BEHIND_PHOTOS } else { theme::palette(ui).surface };
        let margin = if photo { 0 } else { 16 };
        CentralPanel::default().frame(Frame::new().fill(fill).inner_margin(margin)).show(ui, |ui| {
            let (view, thumbs) = (&mut self.view, &mut self.thumbs);
            match view.screen {
                Screen::Start => screens::start::screen_ui(ui, &snapshot, view, thumbs, &mut commands),
                Screen::People => screens::people::screen_ui(ui, &snapshot, view, thumbs, &mut commands),
                Screen::Faces => screens::faces::screen_ui(ui, &snapshot, view, thumbs, &mut commands),
                Screen::Person(group) => screens::person::screen_ui(ui, group, &snapshot, view, thumbs, &mut commands),
                Screen::Photo(photo) => screens::photo::screen_ui(ui, photo, &snapshot, view, thumbs, &mut commands),
                Screen::Problems => screens::problems::screen_ui(ui, &snapshot, view, thumbs, &mut commands),
            }
            drag::carried_ui(ui, &snapshot);
            frame::toast_ui(ui, &snapshot, view, &mut commands);
            screens::export::dialog_ui(ui, &snapshot, view, &mut commands);
            screens::people::ask_merge_ui(ui, &snapshot, view, &mut commands);
            frame::hover_ui(ui);
        });
        self.thumbs.end();
        if let Some(pick) = self.view.pick.take() {
            (self.services.pick_folder)(pick);
        }
        for command in commands {
            if matches!(command, Command::Scan(_)) && self.view.screen == Screen::Start {
                self.view.open(Screen::People);
            }
            if !self.handle.send(command) {
                self.view.no_dialog =
                    Some("The library does not answer. Close the window and open it again".to_owned());
            }
        }
    }

    /// Shortcuts, unless a text is being typed.
    fn keys(&mut self, ctx: &Context, snapshot: &Snapshot, commands: &mut Vec<Command>) {
        let typing = ctx.text_edit_focused();
        for action in Action::all() {
            let shortcut = action.shortcut();
            let plain = !shortcut.modifiers.command;
            let texts_own = matches!(action, Action::Undo | Action::Redo);
            if typing && (plain && action != Action::Back || texts_own) {
                continue;
            }
            if ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
                action.run(ctx, snapshot, &mut self.view, commands);
            }
        }
    }
}

impl eframe::App for AlbumenApp {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }
}

/// What the task bar shows.
fn title(snapshot: &Snapshot) -> String {
    match snapshot.activity {
        Activity::Scanning { done, total, .. } if total > 0 => format!("{} % · Albumen", 100 * done / total),
        Activity::Idle if !snapshot.groups.is_empty() => {
            let people = snapshot.groups.iter().filter(|group| group.faces.len() > 1 || group.name.is_some()).count();
            format!("Albumen · {}", text::count(people, "person", "people"))
        }
        _ => "Albumen".to_owned(),
    }
}
