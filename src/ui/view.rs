//! What the window holds and may lose: where one is, what is selected, what is half typed.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{FaceId, GroupId, PhotoId};
use crate::engine::ExportMode;

/// Where one is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Screen {
    /// Nothing scanned yet, or a new folder wanted.
    #[default]
    Start,
    /// The board of cards.
    People,
    /// Every face.
    Faces,
    /// One group.
    Person(GroupId),
    /// One photo.
    Photo(PhotoId),
    /// Files that could not be read.
    Problems,
}

/// What a folder is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// To look for faces in.
    Scan,
    /// To write albums to.
    Export,
}

/// The export dialog while it is open.
#[derive(Clone, Debug, Default)]
pub(super) struct ExportDraft {
    pub(super) to: String,
    pub(super) left_out: BTreeSet<GroupId>,
    pub(super) mode: ExportMode,
    pub(super) sidecars: bool,
}

/// Which faces the grid shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Filter {
    #[default]
    All,
    Unnamed,
    SetAside,
}

/// Everything above.
#[derive(Debug)]
pub struct ViewState {
    /// Where one is.
    pub screen: Screen,
    pub(super) back: Vec<Screen>,
    /// Selected faces.
    pub faces: BTreeSet<FaceId>,
    /// Selected cards.
    pub groups: BTreeSet<GroupId>,
    pub(super) anchor: Option<FaceId>,
    /// Names being typed, by card.
    pub(super) names: BTreeMap<GroupId, String>,
    /// The named card whose name is being changed.
    pub(super) renaming: Option<GroupId>,
    pub(super) focus_name: Option<GroupId>,
    pub(super) card_width: f32,
    pub(super) show_once: bool,
    pub(super) filter: Filter,
    /// The path being typed.
    pub path: String,
    pub(super) export: Option<ExportDraft>,
    /// Two named cards to be merged: which name stays?
    pub(super) ask_merge: Option<(GroupId, GroupId)>,
    /// A folder dialog is wanted.
    pub(super) pick: Option<Pick>,
    /// The system's folder dialog cannot be shown, and why.
    pub(super) no_dialog: Option<String>,
    pub(super) sample: Option<std::path::PathBuf>,
    pub(super) seen_notice: u64,
    pub(super) toast_since: f64,
    pub(super) photo_zoom: f32,
    pub(super) photo_pan: egui::Vec2,
}

impl Default for ViewState {
    fn default() -> Self {
        Self {
            screen: Screen::Start,
            back: Vec::new(),
            faces: BTreeSet::new(),
            groups: BTreeSet::new(),
            anchor: None,
            names: BTreeMap::new(),
            renaming: None,
            focus_name: None,
            card_width: 176.0,
            show_once: false,
            filter: Filter::All,
            path: String::new(),
            export: None,
            ask_merge: None,
            pick: None,
            no_dialog: None,
            sample: None,
            seen_notice: 0,
            toast_since: 0.0,
            photo_zoom: 1.0,
            photo_pan: egui::Vec2::ZERO,
        }
    }
}

impl ViewState {
    /// Goes to a screen; Escape leads back.
    pub fn open(&mut self, screen: Screen) {
        if self.screen != screen {
            self.back.push(self.screen);
            self.screen = screen;
            self.faces.clear();
            self.groups.clear();
            self.photo_zoom = 1.0;
            self.photo_pan = egui::Vec2::ZERO;
        }
    }

    /// Goes back, or ends what is half done.
    pub fn step_back(&mut self) {
        if self.export.take().is_some() || self.ask_merge.take().is_some() || self.renaming.take().is_some() {
            return;
        }
        if !self.faces.is_empty() || !self.groups.is_empty() {
            self.faces.clear();
            self.groups.clear();
        } else if let Some(screen) = self.back.pop() {
            self.screen = screen;
        }
    }

    /// A click on a face in a list: alone, added with Ctrl, up to it with Shift.
    pub(super) fn click_face(&mut self, face: FaceId, list: &[FaceId], modifiers: egui::Modifiers) {
        let place = |wanted: FaceId| list.iter().position(|face| *face == wanted);
        match (modifiers.shift, self.anchor.and_then(place), place(face)) {
            (true, Some(from), Some(to)) => {
                self.faces.extend(list.iter().take(from.max(to) + 1).skip(from.min(to)).copied());
            }
            _ if modifiers.command => {
                if !self.faces.remove(&face) {
                    self.faces.insert(face);
                }
                self.anchor = Some(face);
            }
            _ => {
                let alone = self.faces.len() == 1 && self.faces.contains(&face);
                self.faces.clear();
                if !alone {
                    self.faces.insert(face);
                }
                self.anchor = Some(face);
            }
        }
    }
}
