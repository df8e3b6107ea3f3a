//! The window's shell: takes the latest snapshot, draws the screen one is on, sends what came of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use egui::{CentralPanel, Context, Frame, Key, Ui};

use super::action::Action;
use super::settings::Settings;
use super::thumbs::Thumbs;
use super::view::{Dialog, Pick, Screen, ViewState, Wanted};
use super::{
    about, cards, drag, frame, naming, palette, person_dialogs, screens, splitting, text, theme, why, widgets,
};
use crate::domain::{Activity, Snapshot};
use crate::engine::{Command, Handle};

/// An answer of the folder dialog: the folder, nothing when it was closed, or why there is no dialog.
pub type Picked = (Pick, Result<Option<PathBuf>, String>);

/// Shows a file in the system's viewer, or in its folder when the second argument says so.
pub type ShowFile = Arc<dyn Fn(&Path, bool) + Send + Sync>;

/// What the window needs from the system; none of it blocks.
#[derive(Clone)]
pub struct Services {
    /// Shows a folder dialog; the answer comes into `picked`.
    pub pick_folder: Arc<dyn Fn(Pick) + Send + Sync>,
    /// Where the answer comes to.
    pub picked: Arc<Mutex<Vec<Picked>>>,
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
            pick_folder: Arc::new(|_| {}),
            picked: Arc::default(),
            sample: None,
            show_file: Arc::new(|_, _| {}),
            settings: Settings::default(),
            keep_settings: Arc::new(|_| {}),
        }
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
    /// The looks in force; `view.settings` is what they shall be.
    looks: Option<Settings>,
}

impl AlbumenApp {
    /// A window on an engine.
    #[must_use]
    pub fn new(ctx: &Context, handle: Handle, services: Services) -> Self {
        theme::apply(ctx);
        let view =
            ViewState { sample: services.sample.clone(), settings: services.settings.clone(), ..ViewState::default() };
        let (snapshot, thumbs) = (handle.snapshot(), Thumbs::new(handle.clone()));
        let mut app =
            Self { handle, services, snapshot, thumbs, view, started: false, title: String::new(), looks: None };
        app.looks(ctx);
        app
    }

    /// Puts the chosen looks into force and keeps them.
    fn looks(&mut self, ctx: &Context) {
        let wanted = &self.view.settings;
        if self.looks.as_ref() == Some(wanted) {
            return;
        }
        ctx.set_theme(wanted.look.preference());
        ctx.set_zoom_factor(wanted.scale);
        theme::motion(ctx, wanted.still);
        if self.looks.as_ref().is_some_and(|looks| looks.watch) != wanted.watch {
            self.handle.send(Command::Watch(wanted.watch));
        }
        let reading = |settings: &Settings| (settings.workers, settings.min_face);
        if self.looks.as_ref().map_or(reading(&Settings::default()), reading) != reading(wanted) {
            let workers = (wanted.workers > 0).then_some(wanted.workers);
            self.handle.send(Command::Reading { workers, min_face: f32::from(wanted.min_face) });
        }
        if self.looks.is_some() {
            (self.services.keep_settings)(wanted);
        }
        self.looks = Some(wanted.clone());
    }

    /// Takes in what has changed; before drawing.
    fn update(&mut self, ctx: &Context) {
        let before = std::mem::replace(&mut self.snapshot, self.handle.snapshot());
        if before.library_path != self.snapshot.library_path && !before.library_path.as_os_str().is_empty() {
            self.thumbs.clear();
            self.view.index.clear();
            self.view.map.clear();
            self.view.asked_study = None;
            self.view.asked_review = false;
            self.view.answered.clear();
            self.view.skipped.clear();
            self.view.wanted = Wanted::default();
            self.started = false;
            self.view.screen = Screen::Start;
            self.view.back.clear();
        }
        if before.generation != self.snapshot.generation || !self.started {
            self.view.index.refresh(&self.snapshot);
            self.view.recent.refresh(&self.snapshot);
            self.view.refresh_review(&self.snapshot);
        }
        if !self.started && self.snapshot.ready {
            self.started = true;
            self.view.settings.opened(self.snapshot.library_path.clone());
            if !self.snapshot.folders.is_empty() && self.view.screen == Screen::Start {
                self.view.screen = Screen::People;
            }
        }
        let picked = std::mem::take(&mut *self.services.picked.lock().unwrap_or_else(PoisonError::into_inner));
        for (pick, answer) in picked {
            match (pick, answer) {
                (Pick::Scan, Ok(Some(folder))) => self.scan(vec![folder]),
                (Pick::Export, Ok(Some(folder))) => {
                    if let Some(Dialog::Export(draft)) = &mut self.view.dialog {
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
        self.looks(&ctx);
        let snapshot = Arc::clone(&self.snapshot);
        let mut commands = Vec::new();
        self.keys(ui, &snapshot, &mut commands);
        let photo = matches!(self.view.screen, Screen::Photo(_));
        if !photo {
            frame::top_ui(ui, &snapshot, &mut self.view, &mut commands);
            frame::read_only_ui(ui, &snapshot);
        }
        frame::work_ui(ui, self.view.settings.still, &snapshot, &mut commands);
        if !photo {
            frame::side_ui(ui, &snapshot, &mut self.view);
        }
        let fill = if photo { theme::BEHIND_PHOTOS } else { theme::palette(ui).surface };
        // From edge to edge.
        let bleeds = photo || self.view.screen == Screen::Map;
        let margin = if bleeds { egui::Margin::ZERO } else { egui::Margin { left: 16, right: 16, top: 4, bottom: 0 } };
        CentralPanel::default().frame(Frame::new().fill(fill).inner_margin(margin)).show(ui, |ui| {
            self.screen_ui(ui, &snapshot, &mut commands);
            self.over_ui(ui, &snapshot, &mut commands);
        });
        self.thumbs.end();
        if let Some(pick) = self.view.pick.take() {
            (self.services.pick_folder)(pick);
        }
        if let Some((path, folder)) = self.view.show_file.take() {
            (self.services.show_file)(&path, folder);
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

    fn screen_ui(&mut self, ui: &mut Ui, snapshot: &Snapshot, commands: &mut Vec<Command>) {
        let (view, thumbs) = (&mut self.view, &mut self.thumbs);
        match view.screen {
            Screen::Start => screens::start::screen_ui(ui, snapshot, view, commands),
            Screen::People => screens::people::screen_ui(ui, snapshot, view, thumbs, commands),
            Screen::Faces => screens::faces::screen_ui(ui, snapshot, view, thumbs, commands),
            Screen::Aside(flag) => screens::faces::aside_ui(ui, flag, snapshot, view, thumbs, commands),
            Screen::Person(group) => screens::person::screen_ui(ui, group, snapshot, view, thumbs, commands),
            Screen::Photo(photo) => screens::photo::screen_ui(ui, photo, snapshot, view, thumbs, commands),
            Screen::Search => screens::search::screen_ui(ui, snapshot, view, thumbs),
            Screen::Review => screens::review::screen_ui(ui, snapshot, view, thumbs, commands),
            Screen::Map => screens::map::screen_ui(ui, snapshot, view, thumbs, commands),
            Screen::Threshold => screens::threshold::screen_ui(ui, snapshot, view, thumbs, commands),
            Screen::Problems => screens::problems::screen_ui(ui, snapshot, view, commands),
            Screen::History => screens::history::screen_ui(ui, snapshot, view, commands),
            Screen::Settings => screens::settings::screen_ui(ui, snapshot, view, commands),
        }
    }

    /// What lies over the screen.
    fn over_ui(&mut self, ui: &mut Ui, snapshot: &Snapshot, commands: &mut Vec<Command>) {
        let (view, thumbs) = (&mut self.view, &mut self.thumbs);
        drag::carried_ui(ui, snapshot, thumbs);
        frame::toast_ui(ui, snapshot, view, commands);
        screens::export::dialog_ui(ui, snapshot, view, commands);
        cards::which_name_ui(ui, snapshot, view, commands);
        palette::merge_into_ui(ui, snapshot, view, thumbs, commands);
        palette::palette_ui(ui, snapshot, view, thumbs, commands);
        why::dialog_ui(ui, snapshot, view, thumbs);
        splitting::dialog_ui(ui, snapshot, view, thumbs, commands);
        person_dialogs::born_ui(ui, snapshot, view, commands);
        person_dialogs::forget_ui(ui, view, commands);
        about::shortcuts_ui(ui, view);
        about::about_ui(ui, view);
        frame::hover_ui(ui);
    }

    /// Shortcuts, unless a text is being typed or something else stands over the screen.
    fn keys(&mut self, ui: &Ui, snapshot: &Snapshot, commands: &mut Vec<Command>) {
        let ctx = ui.ctx();
        let typing = ctx.text_edit_focused();
        let focused = ctx.memory(egui::Memory::focused).is_some();
        let dragging = egui::DragAndDrop::has_any_payload(ctx);
        if ctx.any_popup_open() || dragging {
            return; // Escape is theirs
        }
        // Longer combinations first: Ctrl+Shift+M also looks like Ctrl+M.
        let shifted = |action: &&Action| action.shortcut().is_some_and(|keys| keys.modifiers.shift);
        let (long, short): (Vec<&Action>, Vec<&Action>) = Action::all().iter().partition(shifted);
        for action in long.into_iter().chain(short) {
            let Some(shortcut) = action.shortcut() else { continue };
            let plain = !shortcut.modifiers.command;
            let texts_own = matches!(action, Action::Undo | Action::Redo | Action::SelectAll);
            if typing && (plain && *action != Action::Back || texts_own) {
                continue;
            }
            // Space presses the button that has the focus.
            if focused && shortcut.logical_key == Key::Space {
                continue;
            }
            if self.view.dialog.is_some() && *action != Action::Back {
                continue;
            }
            let held = ctx.input(|input| widgets::is_held(input, shortcut.logical_key));
            if ctx.input_mut(|input| input.consume_shortcut(&shortcut)) && (!held || action.repeats()) {
                action.run(ctx, snapshot, &mut self.view, commands);
            }
        }
        if !typing && self.view.dialog.is_none() {
            naming::number_keys(ui, snapshot, &mut self.view, commands);
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
