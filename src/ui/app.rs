//! The window's shell: takes the latest snapshot, draws the screen one is on, sends what came of it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use egui::{CentralPanel, Context, Event, Frame, Id, Key, Modifiers, Ui, UiBuilder};

use super::action::Action;
use super::behind::Behind;
use super::covers::Covers;
use super::hint::Astray;
use super::index::{Index, Still};
use super::services::{Picked, Services};
use super::settings::Settings;
use super::thumbs::Thumbs;
use super::view::{Dialog, Pick, Screen, ViewState};
use super::{
    about, among, cards, closing, drag, following, frame, hint, inspector, naming, palette, person_dialogs, photos,
    screens, splitting, text, theme, why, widgets, work,
};
use crate::domain::{Activity, Snapshot};
use crate::engine::{Command, Handle};

/// The window.
pub struct AlbumenApp {
    handle: Handle,
    services: Services,
    snapshot: Arc<Snapshot>,
    thumbs: Thumbs,
    covers: Covers,
    /// Where one is and what is half done.
    pub view: ViewState,
    started: bool,
    title: String,
    /// The looks in force; `view.settings` is what they shall be.
    looks: Option<Settings>,
    /// A text of a screen had the focus when the last frame ended: of which one.
    wrote: Option<Screen>,
    /// A dialog stood over the screen when the last frame ended: a text of its own that goes with it was left on purpose.
    asked: bool,
    /// The field one was typing in has gone from under one's hands; until when letters are taken for its own.
    adrift: Option<f64>,
    behind: Behind,
    /// Another library was asked for when this was the latest snapshot: what it shows may not be what is open any more.
    leaving: Option<u64>,
    /// A folder that was chosen for another library.
    astray: Option<Astray>,
}

impl AlbumenApp {
    /// A window on an engine.
    #[must_use]
    pub fn new(ctx: &Context, handle: Handle, services: Services) -> Self {
        theme::apply(ctx);
        let view =
            ViewState { sample: services.sample.clone(), settings: services.settings.clone(), ..ViewState::default() };
        let (snapshot, thumbs) = (handle.snapshot(), Thumbs::new(handle.clone()));
        let title = String::new();
        let mut app = Self {
            handle,
            services,
            snapshot,
            thumbs,
            covers: Covers::default(),
            view,
            started: false,
            title,
            looks: None,
            wrote: None,
            asked: false,
            adrift: None,
            behind: Behind::default(),
            leaving: None,
            astray: None,
        };
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
            self.forget_library(ctx);
        } else if before.generation != self.snapshot.generation {
            let typed = matches!(self.view.dialog, Some(Dialog::Name { .. } | Dialog::MergeInto(..)));
            let asked = self.view.follow(&before, &self.snapshot, ctx);
            if typed && self.view.dialog.is_none() {
                // The field went with the dialog, and nobody left it.
                ctx.memory_mut(egui::Memory::stop_text_input);
                self.adrift = Some(ctx.input(|input| input.time) + DRIFT);
            }
            self.send(ctx, asked);
        }
        let still = self.still(ctx);
        let changed = before.generation != self.snapshot.generation || !self.started;
        if changed {
            self.view.index.refresh(&self.snapshot);
        }
        if changed || self.view.index.waits(still) {
            let nobody = BTreeSet::new();
            self.view.index.arrange(still, |id| following::follow(id, &nobody, &before, &self.snapshot));
        }
        if changed {
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
        for picked in picked {
            self.chosen(ctx, picked);
        }
        let dropped: Vec<PathBuf> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        if !dropped.is_empty() {
            self.scan(ctx, dropped);
        }
        self.update_covers(ctx);
        closing::asked(ctx, &self.snapshot, &mut self.view);
        self.thumbs.begin(ctx);
        let title = title(&self.snapshot, &self.view.index);
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// The folder dialog was answered. The answer is for the library that asked, and no other is changed by it.
    fn chosen(&mut self, ctx: &Context, Picked { pick, library, answer }: Picked) {
        let left = self.leaving == Some(self.snapshot.generation);
        // Before the first library is there nothing else can have been meant.
        let elsewhere = !library.as_os_str().is_empty() && (left || library != self.snapshot.library_path);
        match (pick, answer) {
            (_, Ok(Some(folder))) if elsewhere => {
                self.astray = Some(Astray::new(&folder, &library, ctx.input(|input| input.time)));
            }
            (Pick::Scan, Ok(Some(folder))) => self.scan(ctx, vec![folder]),
            (Pick::Export, Ok(Some(folder))) => {
                if let Some(Dialog::Export(draft)) = &mut self.view.dialog {
                    draft.to = folder.to_string_lossy().into_owned();
                }
            }
            (_, Ok(None)) => self.view.no_dialog = None,
            (_, Err(why)) => self.view.no_dialog = Some(why),
        }
    }

    /// Has the libraries of lately looked up when the start has come up, and takes in what was found.
    fn update_covers(&mut self, ctx: &Context) {
        let covered = std::mem::take(&mut *self.services.covered.lock().unwrap_or_else(PoisonError::into_inner));
        self.covers.take(ctx, covered);
        // Before it is known whether the start will be left at once, other libraries can wait.
        if self.covers.ask(self.view.screen == Screen::Start && self.snapshot.ready) {
            let others = screens::start::others(&self.snapshot, &self.view);
            if !others.is_empty() {
                (self.services.covers)(others);
            }
        }
    }

    /// Another library: of the view only the looks stay, and what the engine said last.
    fn forget_library(&mut self, ctx: &Context) {
        let ViewState { settings, sample, seen_notice, toast_since, .. } = std::mem::take(&mut self.view);
        self.view = ViewState { sample, seen_notice, toast_since, settings, ..ViewState::default() };
        self.thumbs.clear();
        self.started = false;
        (self.wrote, self.adrift, self.behind) = (None, None, Behind::default());
        self.leaving = None;
        egui::DragAndDrop::clear_payload(ctx);
        ctx.memory_mut(egui::Memory::stop_text_input);
        // What is as far down in this one is nothing one has looked for.
        ctx.data_mut(egui::util::IdTypeMap::remove_by_type::<egui::scroll_area::State>);
    }

    /// How far the board may change under what one is doing.
    fn still(&self, ctx: &Context) -> Still {
        if egui::DragAndDrop::has_any_payload(ctx) || self.view.lasso.is_some() {
            Still::Places
        } else if self.view.typing_in.is_some() {
            Still::Order
        } else {
            Still::No
        }
    }

    /// Hands commands over; gives whether all were taken.
    fn send(&mut self, ctx: &Context, commands: impl IntoIterator<Item = Command>) -> bool {
        let mut taken = true;
        for command in commands {
            self.view.takes_away(&command);
            if matches!(command, Command::OpenLibrary(_)) {
                self.leaving = Some(self.snapshot.generation);
            }
            if !self.handle.send(command) {
                taken = false;
                self.view.unheard = Some(ctx.input(|input| input.time));
                ctx.request_repaint();
            }
        }
        taken
    }

    fn scan(&mut self, ctx: &Context, folders: Vec<PathBuf>) {
        // In a library to look at the engine says why nothing comes of it, and one stays where one is.
        if self.send(ctx, [Command::Scan(folders)]) && self.snapshot.read_only.is_none() {
            self.view.open(Screen::People);
        }
    }

    /// What must be seen to also while the window is minimised and no frame is drawn: that it shall close.
    pub fn unseen(&mut self, ctx: &Context) {
        // The last frame may be long ago.
        closing::asked(ctx, &self.handle.snapshot(), &mut self.view);
    }

    /// One frame, into a space of any size: the window's, or a test's.
    pub fn show(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.update(&ctx);
        self.looks(&ctx);
        let snapshot = Arc::clone(&self.snapshot);
        let mut commands = Vec::new();
        self.view.width = ctx.content_rect().width();
        among::look_again(&self.view);
        self.keys(ui, &snapshot, &mut commands);
        let photo = matches!(self.view.screen, Screen::Photo(_));
        if !photo {
            frame::top_ui(ui, &snapshot, &mut self.view, &mut commands);
            frame::read_only_ui(ui, &snapshot);
        }
        work::work_ui(ui, &snapshot, &mut self.view, &mut commands);
        if !photo {
            frame::side_ui(ui, &snapshot, &mut self.view);
            inspector::panel_ui(ui, &snapshot, &mut self.view, &mut self.thumbs, &mut commands);
        }
        let fill = if photo { theme::BEHIND_PHOTOS } else { theme::palette(ui).surface };
        // From edge to edge.
        let bleeds = photo || self.view.screen == Screen::Map;
        let margin = if bleeds { egui::Margin::ZERO } else { egui::Margin { left: 16, right: 16, top: 4, bottom: 0 } };
        // Named, not counted: a field would lose the keys under one's hands when a panel comes or goes beside the screen.
        let place = Id::unique(("screen", std::mem::discriminant(&self.view.screen)));
        ui.scope_builder(UiBuilder::new().scope_id(place), |ui| {
            CentralPanel::default().frame(Frame::new().fill(fill).inner_margin(margin)).show(ui, |ui| {
                self.screen_ui(ui, &snapshot, &mut commands);
                self.over_ui(ui, &snapshot, &mut commands);
            });
        });
        self.thumbs.end();
        if let Some(pick) = self.view.pick.take() {
            (self.services.pick_folder)(pick, snapshot.library_path.clone());
        }
        if let Some((path, folder)) = self.view.show_file.take() {
            (self.services.show_file)(&path, folder);
        }
        if self.view.screen == Screen::Start && commands.iter().any(|command| matches!(command, Command::Scan(_))) {
            self.view.open(Screen::People);
        }
        self.send(&ctx, commands);
        self.end(&ctx);
    }

    /// What the next frame has to know of this one.
    fn end(&mut self, ctx: &Context) {
        self.behind.end(ctx, self.view.dialog.is_some(), self.view.screen);
        let typing = ctx.text_edit_focused();
        let asks = self.view.dialog.is_some();
        let asked = std::mem::replace(&mut self.asked, asks);
        self.wrote = (typing && !asks && !asked).then_some(self.view.screen);
        if !typing {
            self.view.typing_in = None;
        }
        if self.view.index.waits(self.still(ctx)) {
            ctx.request_repaint();
        }
        if let Some(seconds) = self.view.index.stale.take() {
            ctx.request_repaint_after(Duration::from_secs_f64(seconds.max(0.0)));
        }
    }

    fn screen_ui(&mut self, ui: &mut Ui, snapshot: &Snapshot, commands: &mut Vec<Command>) {
        let (view, thumbs) = (&mut self.view, &mut self.thumbs);
        if view.screen != Screen::Threshold {
            view.threshold.close(commands);
        }
        match view.screen {
            Screen::Start => screens::start::screen_ui(ui, snapshot, view, &self.covers, commands),
            Screen::People => screens::people::screen_ui(ui, snapshot, view, thumbs, commands),
            Screen::Faces => screens::faces::screen_ui(ui, snapshot, view, thumbs, commands),
            Screen::Aside(flag) => screens::faces::aside_ui(ui, flag, snapshot, view, thumbs, commands),
            Screen::Person(group) => screens::person::screen_ui(ui, group, snapshot, view, thumbs, commands),
            Screen::Photo(photo) => screens::photo::screen_ui(ui, photo, snapshot, view, thumbs, commands),
            Screen::Search => screens::search::screen_ui(ui, snapshot, view, thumbs, commands),
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
        // Each above the one before.
        let lowest = frame::toast_ui(ui, snapshot, view, commands);
        let lowest = closing::unheard_ui(ui, view, lowest);
        let lowest = hint::astray_ui(ui, &mut self.astray, lowest);
        hint::hint_ui(ui, snapshot, view, lowest);
        screens::export::dialog_ui(ui, snapshot, view, commands);
        cards::which_name_ui(ui, snapshot, view, commands);
        palette::merge_into_ui(ui, snapshot, view, thumbs, commands);
        palette::name_ui(ui, snapshot, view, thumbs, commands);
        palette::palette_ui(ui, snapshot, view, thumbs, commands);
        why::dialog_ui(ui, snapshot, view, thumbs);
        splitting::dialog_ui(ui, snapshot, view, thumbs, commands);
        person_dialogs::born_ui(ui, snapshot, view, commands);
        person_dialogs::forget_ui(ui, view, commands);
        about::shortcuts_ui(ui, view);
        about::about_ui(ui, view);
        closing::dialog_ui(ui, snapshot, view);
        frame::hover_ui(ui, snapshot);
    }

    /// Shortcuts, unless a text is being typed or something else stands over the screen.
    fn keys(&mut self, ui: &Ui, snapshot: &Snapshot, commands: &mut Vec<Command>) {
        let ctx = ui.ctx();
        let typing = ctx.text_edit_focused();
        let focused = ctx.memory(egui::Memory::focused).is_some();
        let free = !focused && self.view.dialog.is_none();
        let kind = std::mem::discriminant::<Screen>;
        let lost = self.wrote.take().is_some_and(|wrote| free && kind(&wrote) == kind(&self.view.screen));
        let dragging = egui::DragAndDrop::has_any_payload(ctx);
        // Those of the last frame: in this one none has been drawn yet.
        if egui::Popup::is_any_open(ctx) || dragging {
            return; // Escape is theirs
        }
        // A text has let go of the focus before anybody sees the Escape: that is all that this one does.
        let left = lost && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        if lost && !left {
            self.adrift = Some(ctx.input(|input| input.time) + DRIFT);
        }
        self.drift(ctx, focused);
        // Longer combinations first: Ctrl+Shift+M also looks like Ctrl+M.
        let shifted = |action: &&Action| action.shortcut().is_some_and(|keys| keys.modifiers.shift);
        let (long, short): (Vec<&Action>, Vec<&Action>) = Action::all().iter().partition(shifted);
        let mut held: Vec<Key> = Vec::new();
        for action in long.into_iter().chain(short) {
            let Some(shortcut) = action.shortcut() else { continue };
            if typing && !action.while_typing() {
                // Nor does it count as the shorter one.
                if shortcut.modifiers.shift && pressed(ctx, shortcut) {
                    held.push(shortcut.logical_key);
                }
                continue;
            }
            // Space presses the button that has the focus; the map sees itself to what it does there.
            let elsewhere = focused || self.view.screen == Screen::Map;
            if elsewhere && shortcut.logical_key == Key::Space || held.contains(&shortcut.logical_key) {
                continue;
            }
            if self.view.dialog.is_some() && *action != Action::Back {
                continue;
            }
            let held = ctx.input(|input| widgets::is_held(input, shortcut.logical_key));
            // Where plus needs Shift, the key it is on will do without.
            let bare = egui::KeyboardShortcut { logical_key: Key::Equals, ..shortcut };
            let plus = shortcut.logical_key == Key::Plus;
            let consumed =
                ctx.input_mut(|input| input.consume_shortcut(&shortcut) || plus && input.consume_shortcut(&bare));
            if consumed && (!held || action.repeats()) {
                action.run(ctx, snapshot, &mut self.view, commands);
            }
        }
        if !typing && self.view.dialog.is_none() {
            naming::number_keys(ui, snapshot, &mut self.view, commands);
            if !focused {
                photos::enter_key(ctx, snapshot, &mut self.view);
            }
        }
    }

    /// A field can go while one types: its group became part of somebody. The letters still on their way are not keys.
    fn drift(&mut self, ctx: &Context, focused: bool) {
        let Some(until) = self.adrift else { return };
        let now = ctx.input(|input| input.time);
        if focused || now > until || ctx.input(|input| input.pointer.any_pressed()) {
            self.adrift = None;
            return;
        }
        let (letters, ends) = ctx.input_mut(|input| {
            let letter = |event: &Event| match event {
                Event::Text(_) => true,
                Event::Key { key, modifiers, .. } => !modifiers.command && !is_for_no_text(*key),
                _ => false,
            };
            let ends = input.key_pressed(Key::Enter) || input.key_pressed(Key::Escape);
            let before = input.events.len();
            input.events.retain(|event| !letter(event));
            (input.events.len() < before, ends)
        });
        if ends {
            self.adrift = None;
        } else if letters {
            self.adrift = Some(now + DRIFT);
        }
    }
}

/// Seconds without a letter after which nobody is typing any more.
const DRIFT: f64 = 1.0;

/// F1, F2 and so on, which nobody types.
fn is_for_no_text(key: Key) -> bool {
    key.name().strip_prefix('F').is_some_and(|number| number.parse::<u8>().is_ok())
}

/// A key with what is held beside it, and leaves it to others.
fn pressed(ctx: &Context, shortcut: egui::KeyboardShortcut) -> bool {
    let keys = |event: &Event| {
        matches!(event, Event::Key { key, pressed: true, modifiers, .. }
            if *key == shortcut.logical_key && modifiers.matches_logically(shortcut.modifiers))
    };
    ctx.input(|input| input.events.iter().any(keys))
}

impl eframe::App for AlbumenApp {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.unseen(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }
}

/// What the task bar shows.
fn title(snapshot: &Snapshot, index: &Index) -> String {
    match snapshot.activity {
        Activity::Scanning { done, total, .. } if total > 0 => text::frame::title_reading(100 * done / total),
        Activity::Idle | Activity::Asking if !snapshot.groups.is_empty() => text::frame::title_people(index.many.len()),
        _ => text::ALBUMEN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FaceId, Group, GroupId};

    #[test]
    fn the_task_bar_counts_who_is_on_the_board() {
        let group = |faces: &[u32]| {
            let faces: Vec<FaceId> = faces.iter().map(|face| FaceId(*face)).collect();
            Group::new(GroupId::Faces(faces[0]), None, faces.clone(), faces[0])
        };
        let strangers = Group { ignored: true, name: Some("Postman".to_owned()), ..group(&[3, 4]) };
        let hidden = Group { hidden: true, ..group(&[5, 6]) };
        let groups = vec![group(&[1, 2]), strangers, hidden, group(&[7])];
        let snapshot = Snapshot::by_hand(Vec::new(), Vec::new(), groups);
        let mut index = Index::default();
        index.refresh(&snapshot);
        assert_eq!(title(&snapshot, &index), "Albumen · 1 person");
        assert_eq!((index.named, index.unnamed), (0, 1));
    }
}
