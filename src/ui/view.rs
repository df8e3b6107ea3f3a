//! What the window holds and may lose: where one is, what is selected, what is half typed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::among::Known;
use super::grid::Top;
use super::index::Index;
use super::inspector_facts::Summary;
use super::naming::Offer;
use super::recent::Recent;
use super::screens::map::MapView;
use super::screens::photo_box::Fixing;
use super::screens::threshold::ThresholdView;
use super::settings::Settings;
pub(super) use super::wanted::{Choices, Filter, Order, PersonOrder, Wanted};
use crate::domain::{FaceFlag, FaceId, GroupId, PhotoId, Question, QuestionKind, Snapshot};
use crate::engine::{ExportMode, ExportRequest, Forget};

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
    /// Faces that were set aside.
    Aside(FaceFlag),
    /// One group.
    Person(GroupId),
    /// One photo.
    Photo(PhotoId),
    /// What was searched for.
    Search,
    /// Questions to answer.
    Review,
    /// Every face in the plane.
    Map,
    /// How readily faces join.
    Threshold,
    /// Files that could not be read.
    Problems,
    /// What was done.
    History,
    /// Looks and grouping.
    Settings,
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
    /// The field had the focus once.
    pub(super) begun: bool,
    /// What the dialog says now, since when, and what the engine was last asked to plan.
    pub(super) wanted: Option<ExportRequest>,
    pub(super) wanted_since: f64,
    pub(super) asked: Option<ExportRequest>,
    pub(super) sidecars: bool,
    /// Files of each album, in the order of the board, and the snapshot they were counted in.
    pub(super) files: Vec<(GroupId, usize)>,
    pub(super) counted: Option<u64>,
}

/// The split dialog while it is open.
#[derive(Clone, Debug, Default)]
pub(super) struct SplitDraft {
    /// Which of the offered cuts.
    pub(super) cut: usize,
    /// The faces that shall leave, once a hand has moved one; until then those of the cut.
    pub(super) leaving: Option<BTreeSet<FaceId>>,
}

/// The question before something is forgotten, while it is open.
#[derive(Clone, Debug)]
pub(super) struct ForgetDraft {
    pub(super) what: Forget,
    pub(super) title: String,
    /// What exactly will happen.
    pub(super) lines: Vec<String>,
}

/// The card that was last studied.
#[derive(Clone, Copy, Debug)]
pub(super) struct AskedStudy {
    /// Which, and how many faces it had.
    pub(super) card: (GroupId, usize),
    /// Steps of the history that counted.
    pub(super) steps: usize,
    /// When it was asked for.
    pub(super) at: f64,
}

/// The one thing that stands over the screen.
#[derive(Clone, Debug)]
pub(super) enum Dialog {
    /// Albums.
    Export(ExportDraft),
    /// Groups of different names are to be one: which name stays?
    WhichName(Vec<GroupId>),
    /// These groups become part of somebody to be chosen.
    MergeInto(Vec<GroupId>, String, usize),
    /// Who a group is, where no field for its name stands: what is typed, the line of the list, and whether the field had
    /// the focus once.
    Name { group: GroupId, typed: String, line: usize, begun: bool },
    /// Why these two are together, or apart; twice the same: why it is in its group.
    Why(FaceId, FaceId),
    /// A card is to be split, with its two piles to see first.
    Split(GroupId, SplitDraft),
    /// When a person was born: what is typed, and whether the field had the focus once.
    Born(GroupId, String, bool),
    /// Something is to be forgotten for good.
    Forget(ForgetDraft),
    /// Every action by name, and everybody.
    Palette(String, usize),
    /// The keys.
    Shortcuts,
    /// What this is.
    About,
    /// The window shall close while something is going on; what stood here before comes back when it stays open.
    Closing(Option<Box<Dialog>>),
}

/// A rectangle being drawn on empty ground.
#[derive(Clone, Debug)]
pub(super) struct Lasso {
    /// Where it began, in the scrolled content's own space.
    pub(super) from: egui::Vec2,
    /// It adds to what was selected before.
    pub(super) adds: bool,
    /// What was selected before, and is again when the rectangle is given up.
    pub(super) faces: BTreeSet<FaceId>,
    pub(super) groups: BTreeSet<GroupId>,
}

impl Lasso {
    /// What stays selected beside what it holds.
    pub(super) fn kept(&self) -> (BTreeSet<FaceId>, BTreeSet<GroupId>) {
        if self.adds { (self.faces.clone(), self.groups.clone()) } else { Default::default() }
    }
}

/// Everything above.
#[expect(clippy::struct_excessive_bools, reason = "each is a thing of its own that is so or not")]
#[derive(Debug)]
pub struct ViewState {
    /// Where one is.
    pub screen: Screen,
    pub(super) back: Vec<Screen>,
    /// Selected faces.
    pub faces: BTreeSet<FaceId>,
    /// Selected cards.
    pub groups: BTreeSet<GroupId>,
    /// Where a selection with Shift begins.
    pub(super) anchor: Option<FaceId>,
    pub(super) group_anchor: Option<GroupId>,
    /// Where the arrow keys are.
    pub(super) face_cursor: Option<FaceId>,
    pub(super) group_cursor: Option<GroupId>,
    /// Where they were last, and in which place: they go on from there when what they were at has left.
    pub(super) last_face: Option<(FaceId, usize)>,
    pub(super) last_group: usize,
    /// Faces that an edit on its way takes off their group.
    pub(super) leaving: BTreeSet<FaceId>,
    /// The cursor was moved by a key: bring it into view.
    pub(super) reveal: bool,
    /// What the grid of faces showed first.
    pub(super) top: Option<Top>,
    pub(super) lasso: Option<Lasso>,
    /// Names being typed, by card.
    pub(super) names: BTreeMap<GroupId, String>,
    /// The named card whose name is being changed.
    pub(super) renaming: Option<GroupId>,
    pub(super) focus_name: Option<GroupId>,
    /// The card whose name is being typed.
    pub(super) typing_in: Option<GroupId>,
    /// The line of the list of names that Enter takes.
    pub(super) suggestion: usize,
    /// Who was chosen in it with the arrow keys.
    pub(super) suggested: Option<Offer>,
    /// Who is on the number keys.
    pub(super) recent: Recent,
    /// Those seen once are shown; unsaid: while there is nobody else.
    pub(super) show_once: Option<bool>,
    pub(super) show_hidden: bool,
    pub(super) wanted: Wanted,
    pub(super) choices: Choices,
    /// The path being typed.
    pub path: String,
    /// What is searched for.
    pub search: String,
    pub(super) focus_search: bool,
    pub(super) dialog: Option<Dialog>,
    /// A folder dialog is wanted.
    pub(super) pick: Option<Pick>,
    /// When the engine did not take a command.
    pub(super) unheard: Option<f64>,
    /// When a number key named nobody: nothing was marked, or nothing may be changed.
    pub(super) hint: Option<f64>,
    /// The system's folder dialog cannot be shown, and why.
    pub(super) no_dialog: Option<String>,
    pub(super) sample: Option<PathBuf>,
    /// A file to be shown by the system, and whether in its folder.
    pub(super) show_file: Option<(PathBuf, bool)>,
    pub(super) seen_notice: u64,
    pub(super) toast_since: f64,
    /// Since when something has been going on.
    pub(super) work_since: Option<f64>,
    pub(super) photo_cursor: Option<PhotoId>,
    /// The photos that next and previous walk; empty: all.
    pub(super) photo_list: Vec<PhotoId>,
    /// The photo on the screen and since when.
    pub(super) photo_shown: Option<(PhotoId, f64)>,
    pub(super) photo_zoom: f32,
    pub(super) photo_pan: egui::Vec2,
    /// A face that was missed is being marked on the photo.
    pub(super) marking: bool,
    /// Where that began.
    pub(super) mark_from: Option<egui::Pos2>,
    /// The box of a face is being drawn anew.
    pub(super) fixing: Option<Fixing>,
    /// Questions whose answer is on its way.
    pub(super) answered: BTreeSet<u64>,
    /// Questions that were put off.
    pub(super) skipped: BTreeSet<u64>,
    /// The engine was asked for questions.
    pub(super) asked_review: bool,
    pub(super) threshold: ThresholdView,
    /// Photos instead of faces on the person's screen.
    pub(super) person_photos: bool,
    /// Only the faces of this year; it counts again when one comes back from one of its photos.
    pub(super) person_year: Option<i16>,
    /// How far each group's screen is scrolled is kept under a number of its own.
    pub(super) scrolls: BTreeMap<GroupId, usize>,
    /// The next of those numbers: none is given twice.
    pub(super) next_scroll: usize,
    pub(super) map: MapView,
    pub(super) person_order: PersonOrder,
    pub(super) asked_study: Option<AskedStudy>,
    /// The shelf of suggestions is open; unsaid: as there is room.
    pub(super) shelf: Option<bool>,
    /// How alike a suggestion must be to stand on the shelf.
    pub(super) least_alike: f32,
    /// What the inspector says of several faces or cards.
    pub(super) summary: Option<Arc<Summary>>,
    /// What actions found out about what is selected.
    pub(super) known: RefCell<Known>,
    /// Of the window, in points.
    pub(super) width: f32,
    /// Looks; kept from one start to the next.
    pub settings: Settings,
    pub(super) index: Index,
}

impl Default for ViewState {
    fn default() -> Self {
        Self {
            screen: Screen::Start,
            back: Vec::new(),
            faces: BTreeSet::new(),
            groups: BTreeSet::new(),
            anchor: None,
            group_anchor: None,
            face_cursor: None,
            group_cursor: None,
            last_face: None,
            last_group: 0,
            leaving: BTreeSet::new(),
            reveal: false,
            top: None,
            lasso: None,
            names: BTreeMap::new(),
            renaming: None,
            focus_name: None,
            typing_in: None,
            suggestion: 0,
            suggested: None,
            recent: Recent::default(),
            show_once: None,
            show_hidden: false,
            wanted: Wanted::default(),
            choices: Choices::default(),
            path: String::new(),
            search: String::new(),
            focus_search: false,
            dialog: None,
            pick: None,
            unheard: None,
            hint: None,
            summary: None,
            known: RefCell::default(),
            width: 0.0,
            no_dialog: None,
            sample: None,
            show_file: None,
            seen_notice: 0,
            toast_since: 0.0,
            work_since: None,
            photo_cursor: None,
            photo_list: Vec::new(),
            photo_shown: None,
            photo_zoom: 1.0,
            photo_pan: egui::Vec2::ZERO,
            marking: false,
            mark_from: None,
            fixing: None,
            answered: BTreeSet::new(),
            skipped: BTreeSet::new(),
            asked_review: false,
            threshold: ThresholdView::default(),
            person_photos: false,
            person_year: None,
            scrolls: BTreeMap::new(),
            next_scroll: 0,
            map: MapView::default(),
            person_order: PersonOrder::Found,
            asked_study: None,
            shelf: None,
            least_alike: LEAST_ALIKE,
            settings: Settings::default(),
            index: Index::default(),
        }
    }
}

/// How alike a suggestion must be until somebody moves the slider: less than one stranger a person on lfw-dev.
const LEAST_ALIKE: f32 = 0.55;

impl ViewState {
    /// Goes to a screen; Escape leads back.
    pub fn open(&mut self, screen: Screen) {
        if self.screen != screen {
            self.leave();
            if matches!(screen, Screen::Photo(_)) {
                self.photo_list.clear();
            } else {
                self.last_face = None;
                self.person_year = None;
            }
            self.back.push(self.screen);
            self.screen = screen;
        }
    }

    /// Goes back, or ends what is half done.
    pub fn step_back(&mut self) {
        match self.dialog.take() {
            Some(Dialog::Closing(before)) => {
                self.dialog = before.map(|before| *before);
                return;
            }
            Some(_) => return,
            None => {}
        }
        if std::mem::take(&mut self.marking) || self.fixing.take().is_some() || self.renaming.take().is_some() {
            return;
        }
        if let Some(lasso) = self.lasso.take() {
            (self.faces, self.groups) = (lasso.faces, lasso.groups);
        } else if let Some(before) = self.map.give_up() {
            self.faces = before;
        } else if !self.faces.is_empty() || !self.groups.is_empty() {
            self.select_nothing();
        } else if let Some(screen) = self.back.pop() {
            self.leave();
            // From a photo back to its grid: the arrow keys go on there.
            if let Screen::Photo(photo) = self.screen {
                self.photo_cursor = Some(photo);
            } else {
                (self.last_face, self.person_year) = (None, None);
            }
            self.screen = screen;
            self.reveal = self.target_photo().is_some();
        }
    }

    /// Gives up all that belongs to what is on the screen: nothing of it may be acted on from elsewhere.
    pub(super) fn leave(&mut self) {
        self.select_nothing();
        self.photo_cursor = None;
        (self.anchor, self.group_anchor) = (None, None);
        self.lasso = None;
        drop(self.map.give_up());
        self.marking = false;
        self.fixing = None;
        if let Some(group) = self.renaming.take() {
            self.names.remove(&group);
        }
        (self.focus_name, self.typing_in) = (None, None);
        self.leaving.clear();
        self.hint = None;
        self.threshold.leave();
        self.photo_zoom = 1.0;
        self.photo_pan = egui::Vec2::ZERO;
    }

    /// The number under which it is kept how far a group's screen is scrolled.
    pub(super) fn scroll_of(&mut self, group: GroupId) -> usize {
        let next = &mut self.next_scroll;
        *self.scrolls.entry(group).or_insert_with(|| {
            *next += 1;
            *next
        })
    }

    /// Questions that wait.
    pub(super) fn questions(&self, snapshot: &Snapshot) -> usize {
        self.open_questions(snapshot).count()
    }

    /// Those questions: neither put off nor just answered, and about cards that are there.
    pub(super) fn open_questions<'s>(&self, snapshot: &'s Snapshot) -> impl Iterator<Item = &'s Question> {
        let open =
            move |question: &&Question| !self.answered.contains(&question.id) && !self.skipped.contains(&question.id);
        snapshot.review.iter().filter(open).filter(|question| is_there(question, snapshot))
    }

    /// What was answered is gone from the list by now; should Undo bring it back, it is asked again.
    pub(super) fn refresh_review(&mut self, snapshot: &Snapshot) {
        self.answered.retain(|id| snapshot.review.iter().any(|question| question.id == *id));
    }
}

/// Whether the cards a question is about are still there: others may have been made of them since it was thought of.
fn is_there(question: &Question, snapshot: &Snapshot) -> bool {
    let card = |id: GroupId| snapshot.group(id).is_some();
    match &question.kind {
        QuestionKind::Merge { one, two } => card(*one) && card(*two),
        QuestionKind::Split { group, .. } => card(*group),
        QuestionKind::Suggest { faces, person } => {
            card(*person) && faces.iter().any(|face| is_asked(*face, *person, snapshot))
        }
    }
}

/// Whether it is still open that a face is this person: it has not gone there since the question came up, nor was set aside.
pub(super) fn is_asked(face: FaceId, person: GroupId, snapshot: &Snapshot) -> bool {
    snapshot.group_of.get(&face).is_some_and(|group| *group != person)
}
