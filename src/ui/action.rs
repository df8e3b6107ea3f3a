//! Everything one can do: label, tooltip, shortcut, and enabled or why not. Buttons, keys and the README come from here.

use std::fmt::Write as _;

use egui::{Key, KeyboardShortcut, Modifiers};

use super::view::{ExportDraft, Pick, Screen, ViewState};
use crate::domain::{Activity, FaceFlag, Snapshot};
use crate::engine::Command;

/// An action of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The system's folder dialog.
    ChooseFolder,
    /// The known folders again.
    Rescan,
    /// Stop for a while, or go on.
    Pause,
    /// End the scan or the export.
    Cancel,
    /// Take back the latest edit.
    Undo,
    /// Do it again.
    Redo,
    /// Selected cards become one.
    Merge,
    /// Selected faces leave their group.
    Split,
    /// Selected faces are no faces.
    NotAFace,
    /// Selected faces are strangers.
    Ignore,
    /// Selected faces come back.
    TakeBack,
    /// Albums.
    Export,
    /// The board.
    ShowPeople,
    /// Every face.
    ShowFaces,
    /// Files that could not be read.
    ShowProblems,
    /// Back, or end what is half done.
    Back,
    /// Light or dark.
    Theme,
    /// Larger cards.
    Larger,
    /// Smaller cards.
    Smaller,
}

impl Action {
    /// Every action, in the order of the README.
    #[must_use]
    pub const fn all() -> [Self; 19] {
        [
            Self::ChooseFolder,
            Self::Rescan,
            Self::Pause,
            Self::Cancel,
            Self::Undo,
            Self::Redo,
            Self::Merge,
            Self::Split,
            Self::NotAFace,
            Self::Ignore,
            Self::TakeBack,
            Self::Export,
            Self::ShowPeople,
            Self::ShowFaces,
            Self::ShowProblems,
            Self::Back,
            Self::Theme,
            Self::Larger,
            Self::Smaller,
        ]
    }

    /// On its button.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::ChooseFolder => "Choose a folder…",
            Self::Rescan => "Look again",
            Self::Pause => "Pause or go on",
            Self::Cancel => "Cancel",
            Self::Undo => "Undo",
            Self::Redo => "Redo",
            Self::Merge => "Merge",
            Self::Split => "Split off",
            Self::NotAFace => "Not a face",
            Self::Ignore => "Ignore",
            Self::TakeBack => "Take back",
            Self::Export => "Export albums…",
            Self::ShowPeople => "People",
            Self::ShowFaces => "Faces",
            Self::ShowProblems => "Problems",
            Self::Back => "Back",
            Self::Theme => "Light or dark",
            Self::Larger => "Larger pictures",
            Self::Smaller => "Smaller pictures",
        }
    }

    /// What it does, in a few words.
    #[must_use]
    pub const fn tooltip(self) -> &'static str {
        match self {
            Self::ChooseFolder => "Look for faces in a folder of photos",
            Self::Rescan => "Look through the known folders for new photos",
            Self::Pause => "Stop reading photos for a while, or go on",
            Self::Cancel => "End the scan or the export; what was done is kept",
            Self::Undo => "Take back the latest edit",
            Self::Redo => "Do the undone edit again",
            Self::Merge => "Selected groups are one person",
            Self::Split => "Selected faces become a group of their own",
            Self::NotAFace => "Set the selected faces aside: they are no faces",
            Self::Ignore => "Set the selected faces aside: strangers",
            Self::TakeBack => "Bring the selected faces back that were set aside",
            Self::Export => "Write one folder per named person",
            Self::ShowPeople => "The board of groups",
            Self::ShowFaces => "Every face as it is found",
            Self::ShowProblems => "Files that could not be read, and why",
            Self::Back => "Back, or end what is half done",
            Self::Theme => "Change between light and dark",
            Self::Larger => "Show larger pictures",
            Self::Smaller => "Show smaller pictures",
        }
    }

    /// On the keyboard; `COMMAND` is Ctrl, or ⌘ on a Mac.
    #[must_use]
    pub const fn shortcut(self) -> KeyboardShortcut {
        let (modifiers, key) = match self {
            Self::ChooseFolder => (Modifiers::COMMAND, Key::O),
            Self::Rescan => (Modifiers::COMMAND, Key::R),
            Self::Pause => (Modifiers::COMMAND, Key::P),
            Self::Cancel => (Modifiers::COMMAND, Key::Period),
            Self::Undo => (Modifiers::COMMAND, Key::Z),
            Self::Redo => (Modifiers::COMMAND, Key::Y),
            Self::Merge => (Modifiers::COMMAND, Key::M),
            Self::Split => (Modifiers::COMMAND, Key::B),
            Self::NotAFace => (Modifiers::NONE, Key::Delete),
            Self::Ignore => (Modifiers::COMMAND, Key::I),
            Self::TakeBack => (Modifiers::COMMAND, Key::T),
            Self::Export => (Modifiers::COMMAND, Key::E),
            Self::ShowPeople => (Modifiers::COMMAND, Key::Num1),
            Self::ShowFaces => (Modifiers::COMMAND, Key::Num2),
            Self::ShowProblems => (Modifiers::COMMAND, Key::Num3),
            Self::Back => (Modifiers::NONE, Key::Escape),
            Self::Theme => (Modifiers::COMMAND, Key::D),
            Self::Larger => (Modifiers::COMMAND, Key::Plus),
            Self::Smaller => (Modifiers::COMMAND, Key::Minus),
        };
        KeyboardShortcut::new(modifiers, key)
    }

    /// `Ok` when it can be done now.
    ///
    /// # Errors
    /// Why it cannot, as a sentence.
    pub fn enabled(self, snapshot: &Snapshot, view: &ViewState) -> Result<(), &'static str> {
        let when = |possible: bool, why: &'static str| if possible { Ok(()) } else { Err(why) };
        let scanning = matches!(snapshot.activity, Activity::Scanning { .. } | Activity::Listing { .. });
        let exporting = matches!(snapshot.activity, Activity::Exporting { .. });
        match self {
            Self::Rescan => when(!snapshot.folders.is_empty(), "No folder was scanned yet"),
            Self::Pause => when(scanning, "No scan is running"),
            Self::Cancel => when(scanning || exporting, "Nothing is running"),
            Self::Undo => when(snapshot.undo.is_some(), "There is nothing to undo"),
            Self::Redo => when(snapshot.redo.is_some(), "There is nothing to do again"),
            Self::Merge => when(view.groups.len() >= 2, "Select two cards or more (Ctrl and click)"),
            Self::Split | Self::NotAFace | Self::Ignore => when(!view.faces.is_empty(), "Select some faces first"),
            Self::TakeBack => when(
                view.faces.iter().any(|face| snapshot.flagged.contains_key(face)),
                "Select faces that were set aside",
            ),
            Self::Export => when(
                snapshot.groups.iter().any(|group| group.name.is_some()),
                "Name somebody first: albums are made of named people",
            ),
            _ => Ok(()),
        }
    }

    /// Does it, when it can be done.
    pub fn run(self, ctx: &egui::Context, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
        if self.enabled(snapshot, view).is_err() {
            return;
        }
        let faces = || view.faces.iter().copied().collect::<Vec<_>>();
        match self {
            Self::ChooseFolder => view.pick = Some(Pick::Scan),
            Self::Rescan => commands.push(Command::Scan(Vec::new())),
            Self::Pause => {
                let paused = matches!(snapshot.activity, Activity::Scanning { paused: true, .. });
                commands.push(if paused { Command::Resume } else { Command::Pause });
            }
            Self::Cancel => commands.push(Command::Cancel),
            Self::Undo => commands.push(Command::Undo),
            Self::Redo => commands.push(Command::Redo),
            Self::Merge => commands.push(Command::MergeGroups(std::mem::take(&mut view.groups).into_iter().collect())),
            Self::Split => commands.push(Command::SplitFaces(faces())),
            Self::NotAFace => commands.push(Command::FlagFaces(faces(), Some(FaceFlag::NotAFace))),
            Self::Ignore => commands.push(Command::FlagFaces(faces(), Some(FaceFlag::Ignored))),
            Self::TakeBack => commands.push(Command::FlagFaces(faces(), None)),
            Self::Export => view.export = Some(ExportDraft::default()),
            Self::ShowPeople => view.open(Screen::People),
            Self::ShowFaces => view.open(Screen::Faces),
            Self::ShowProblems => view.open(Screen::Problems),
            Self::Back => view.step_back(),
            Self::Theme => {
                let dark = ctx.theme() == egui::Theme::Dark;
                ctx.set_theme(if dark { egui::Theme::Light } else { egui::Theme::Dark });
            }
            Self::Larger => view.card_width = (view.card_width * 1.25).min(320.0),
            Self::Smaller => view.card_width = (view.card_width / 1.25).max(112.0),
        }
        if matches!(self, Self::Split | Self::NotAFace | Self::Ignore | Self::TakeBack) {
            view.faces.clear();
        }
    }
}

/// The README's table of actions and keys.
#[must_use]
pub fn shortcut_table() -> String {
    let mut table = "| action | keys | what it does |\n| --- | --- | --- |\n".to_owned();
    for action in Action::all() {
        let KeyboardShortcut { modifiers, logical_key } = action.shortcut();
        let before = if modifiers.command { "Ctrl/⌘ " } else { "" };
        let key = match logical_key {
            Key::Period => ".".to_owned(),
            Key::Plus => "+".to_owned(),
            Key::Minus => "-".to_owned(),
            key => key.name().to_owned(),
        };
        // Writing to a String cannot fail.
        writeln!(table, "| {} | {before}{key} | {} |", action.label().trim_end_matches('…'), action.tooltip()).ok();
    }
    table
}
