//! What one does in the window, and exactly which commands come of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use albumen::domain::{ExportPlan, ExportSummary, FaceFlag, FaceId, PhotoId};
use albumen::engine::{Command, ExportMode, ExportRequest};
use albumen::ui::{Action, Screen, ViewState};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::ui_kit::{Window, faces, library, person, unnamed};

/// Ann with faces 1 to 5, Bo with 6 to 8, nobody yet with 9 to 12 and with 13 and 14, and 15 alone.
fn people() -> albumen::domain::Snapshot {
    library(&[(Some("Ann"), 5), (Some("Bo"), 3), (None, 4), (None, 2), (None, 1)])
}

fn board() -> Window {
    let mut window = Window::new(people());
    window.open(Screen::People);
    window
}

const ANN: &str = "Group of 5 faces, Ann";
const BO: &str = "Group of 3 faces, Bo";
const FOUR: &str = "Group of 4 faces, not named";
const TWO: &str = "Group of 2 faces, not named";

#[test]
fn a_name_is_typed_and_the_next_group_waits() {
    let mut window = board();
    window.click("Who is this? (4 faces)");
    window.type_text("Cleo");
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(unnamed(9), "Cleo".to_owned())]);
    assert!(window.harness.get_by_label("Who is this? (2 faces)").is_focused(), "on to the next one without a name");
}

#[test]
fn nobody_is_trapped_by_a_longer_name() {
    let mut window = Window::new(library(&[(Some("Robin"), 3), (None, 2)]));
    window.open(Screen::People);
    window.click("Who is this? (2 faces)");
    window.type_text("Rob");
    assert!(window.shows("Robin, 3 faces") && window.shows("Rob, Somebody new"));
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(unnamed(4), "Rob".to_owned())]);
    // Down and Enter take the one who is there.
    window.click("Who is this? (2 faces)");
    window.type_text("Rob");
    window.key(Key::ArrowDown);
    window.key(Key::Enter);
    window.sent(&[Command::MergeGroups(vec![person(1), unnamed(4)])]);
}

#[test]
fn the_same_name_can_be_given_twice() {
    let mut window = board();
    window.click("Who is this? (2 faces)");
    window.type_text("ann");
    assert!(window.shows("Ann, 5 faces") && window.shows("ann, Somebody new"));
    window.key(Key::ArrowDown);
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(unnamed(13), "ann".to_owned())]);
}

#[test]
fn a_person_is_renamed_in_place_and_escape_leaves_it() {
    let mut window = board();
    window.click(BO);
    window.key(Key::F2);
    window.type_text("Bohumil");
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(person(2), "Bohumil".to_owned())]);
    window.click(BO);
    window.key(Key::F2);
    window.type_text("Nobody");
    window.key(Key::Escape);
    window.sent(&[]);
}

#[test]
fn a_card_dropped_on_a_card_merges() {
    let mut window = board();
    let (from, to) = (window.place(FOUR), window.place(ANN));
    window.drag(from, to);
    window.sent(&[Command::MergeGroups(vec![person(1), unnamed(9)])]);
}

#[test]
fn two_names_ask_which_stays() {
    let mut window = board();
    let (from, to) = (window.place(BO), window.place(ANN));
    window.drag(from, to);
    window.sent(&[]);
    assert!(window.shows("Which name stays?"));
    window.harness.get_by_role_and_label(Role::Button, "Bo").click();
    window.sent(&[Command::MergeGroups(vec![person(2), person(1)])]);
}

#[test]
fn escape_puts_back_what_is_carried() {
    let mut window = board();
    let (from, to) = (window.place(FOUR), window.place(ANN));
    window.carry(from, to);
    window.harness.key_press(Key::Escape);
    window.harness.run_steps(2);
    window.harness.drop_at(to);
    window.sent(&[]);
}

#[test]
fn selected_cards_are_merged_and_carried_together() {
    let mut window = board();
    window.click(FOUR);
    window.click_with(TWO, Modifiers::COMMAND);
    window.command(Key::M);
    window.sent(&[Command::MergeGroups(vec![unnamed(9), unnamed(13)])]);
    window.click(FOUR);
    window.click_with(TWO, Modifiers::COMMAND);
    let (from, to) = (window.place(TWO), window.place(BO));
    window.drag(from, to);
    window.sent(&[Command::MergeGroups(vec![person(2), unnamed(9), unnamed(13)])]);
}

#[test]
fn faces_are_moved_and_split_by_dragging() {
    let mut window = board();
    window.open(Screen::Person(person(1)));
    let from = window.place("Face 2 of Ann in photo 2.jpg");
    let to = window.place("Go to Bo, 3 faces");
    window.drag(from, to);
    window.sent(&[Command::MoveFaces(faces(&[2]), person(2))]);
    // A selection goes together.
    window.click("Face 3 of Ann in photo 3.jpg");
    window.click_with("Face 5 of Ann in photo 5.jpg", Modifiers::SHIFT);
    let from = window.place("Face 4 of Ann in photo 4.jpg");
    window.drag(from, to);
    window.sent(&[Command::MoveFaces(faces(&[3, 4, 5]), person(2))]);
}

#[test]
fn selected_faces_are_split_off_set_aside_and_moved() {
    let mut window = board();
    window.open(Screen::Person(person(1)));
    let selected = |window: &mut Window| {
        window.app().view.faces.clear();
        window.harness.run();
        window.click("Face 1 of Ann in photo 1.jpg");
        window.click_with("Face 3 of Ann in photo 3.jpg", Modifiers::COMMAND);
        assert!(window.shows("2 faces selected"));
    };
    selected(&mut window);
    window.click("Split off");
    window.sent(&[Command::SplitFaces(faces(&[1, 3]))]);
    selected(&mut window);
    window.key(Key::Delete);
    window.sent(&[Command::FlagFaces(faces(&[1, 3]), Some(FaceFlag::NotAFace))]);
    selected(&mut window);
    window.command(Key::I);
    window.sent(&[Command::FlagFaces(faces(&[1, 3]), Some(FaceFlag::Ignored))]);
    // 2 is Bo's number key: the largest people have them first.
    selected(&mut window);
    window.key(Key::Num2);
    window.sent(&[Command::MoveFaces(faces(&[1, 3]), person(2))]);
}

#[test]
fn what_was_set_aside_comes_back() {
    let mut snapshot = people();
    snapshot.flagged = [(FaceId(15), FaceFlag::Ignored)].into_iter().collect();
    let mut window = Window::new(snapshot);
    window.open(Screen::Aside(FaceFlag::Ignored));
    window.click("Face 15 of somebody in photo 15.jpg");
    window.command(Key::T);
    window.sent(&[Command::FlagFaces(faces(&[15]), None)]);
}

#[test]
fn undo_and_redo_only_when_there_is_something() {
    let mut snapshot = people();
    let mut window = Window::new(snapshot.clone());
    window.open(Screen::People);
    window.command(Key::Z);
    window.command(Key::Y);
    window.sent(&[]);
    snapshot.undo = Some("Named 4 faces Cleo".to_owned());
    snapshot.redo = Some("Ignored 1 face".to_owned());
    window.publish(snapshot);
    window.command(Key::Z);
    window.sent(&[Command::Undo]);
    window.click("Redo");
    window.sent(&[Command::Redo]);
}

#[test]
fn albums_are_exported_as_said() {
    let mut window = board();
    window.click("Export albums…");
    assert!(window.shows("2 albums · 8 photos"));
    window.click("Bo · 3 photos");
    window.click("Hard links");
    window.click("XMP files with names and face regions, for other programs");
    assert!(window.shows("1 album · 5 photos"));
    window.click("Folder for the albums");
    window.type_text("/tmp/albums");
    let request = ExportRequest {
        to: PathBuf::from("/tmp/albums"),
        groups: vec![person(1)],
        mode: ExportMode::Hardlink,
        sidecars: true,
    };
    // Nothing is written before it is known what; what was asked about first is no answer.
    window.harness.run_steps(10);
    window.sent(&[Command::PlanExport(request.clone())]);
    let answered = |window: &mut Window, to: &str, files: usize| {
        let request = ExportRequest { to: PathBuf::from(to), ..request.clone() };
        let outcome = Ok(ExportSummary { files, ..ExportSummary::default() });
        let mut snapshot = window.handle.snapshot().as_ref().clone();
        snapshot.generation += 1;
        snapshot.export_plan = Some(Arc::new(ExportPlan { request, outcome }));
        window.publish(snapshot);
        let button = window.harness.get_by_role_and_label(Role::Button, "Export");
        (window.shows("Looking at what would be written…"), button.accesskit_node().is_disabled())
    };
    assert_eq!(answered(&mut window, "/tmp/alb", 9), (true, true));
    assert_eq!(answered(&mut window, "/tmp/albums", 5), (false, false));
    assert!(window.shows("5 files (0 B) will be written"));
    window.click("Export");
    window.sent(&[Command::Export(request)]);
    assert!(!window.shows("Folder for the albums"), "the dialog is closed");
}

/// A folder as the system drops it.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("a folder".to_owned())
    }
}

#[test]
fn a_dropped_folder_is_scanned() {
    let mut window = Window::new(albumen::domain::Snapshot { ready: true, ..Default::default() });
    assert!(window.shows("Drop a folder of photos here"));
    window.harness.input_mut().dropped_files.push(Arc::new(Dropped(PathBuf::from("/photos/Winter"))));
    window.sent(&[Command::Scan(vec![PathBuf::from("/photos/Winter")])]);
    assert_eq!(window.app().view.screen, Screen::People);
}

/// The engine says why nothing comes of it.
#[test]
fn in_a_library_to_look_at_a_dropped_folder_leads_nowhere() {
    let read_only = Some("This library is open to look at only".to_owned());
    let mut window = Window::new(albumen::domain::Snapshot { read_only, ..people() });
    window.open(Screen::Faces);
    window.harness.input_mut().dropped_files.push(Arc::new(Dropped(PathBuf::from("/photos/Winter"))));
    window.sent(&[Command::Scan(vec![PathBuf::from("/photos/Winter")])]);
    assert_eq!(window.app().view.screen, Screen::Faces);
}

#[test]
fn a_path_is_typed() {
    let mut window = Window::new(albumen::domain::Snapshot { ready: true, ..Default::default() });
    window.click("Path of a folder");
    window.type_text("/photos/Winter");
    window.key(Key::Enter);
    window.sent(&[Command::Scan(vec![PathBuf::from("/photos/Winter")])]);
}

#[test]
fn the_whole_job_is_done_from_the_keyboard() {
    let mut window = board();
    // To the third card, a name, and the next one.
    for _ in 0..3 {
        window.key(Key::ArrowRight);
    }
    window.key(Key::Enter);
    window.type_text("Cleo");
    window.key(Key::Enter);
    window.type_text("Dan");
    window.key(Key::Enter);
    window
        .sent(&[Command::NameGroup(unnamed(9), "Cleo".to_owned()), Command::NameGroup(unnamed(13), "Dan".to_owned())]);
    // Back to the first card, look at it, and take two faces out.
    window.key(Key::Home);
    window.key(Key::Space);
    assert_eq!(window.app().view.screen, Screen::Person(person(1)));
    window.key(Key::ArrowRight);
    window.harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    window.harness.run();
    window.command(Key::B);
    window.sent(&[Command::SplitFaces(faces(&[1, 2]))]);
    window.key(Key::Escape);
    assert_eq!(window.app().view.screen, Screen::People);
    // Export through the palette.
    window.command(Key::K);
    window.type_text("export");
    window.key(Key::Enter);
    assert!(window.shows("Folder for the albums"));
    window.key(Key::Escape);
    assert!(!window.shows("Folder for the albums"));
    window.sent(&[]);
}

#[test]
fn arrows_walk_the_faces_and_delete_sets_aside() {
    let mut window = board();
    window.open(Screen::Faces);
    for key in [Key::ArrowRight, Key::ArrowRight, Key::End, Key::ArrowLeft] {
        window.key(key);
    }
    window.key(Key::Delete);
    window.sent(&[Command::FlagFaces(faces(&[14]), Some(FaceFlag::NotAFace))]);
}

#[test]
fn a_rectangle_on_empty_ground_selects() {
    let mut window = board();
    window.open(Screen::Faces);
    let first = window.harness.get_by_label("Face 1 of Ann in photo 1.jpg").rect();
    let last = window.harness.get_by_label("Face 15 of somebody in photo 15.jpg").rect();
    // From below the last row up to the middle of the third face.
    let from = egui::pos2(first.left() + 2.0, last.bottom() + 60.0);
    let to = egui::pos2(first.right() + 30.0, first.center().y);
    window.drag(from, to);
    let expected: Vec<FaceId> = window.app().view.faces.iter().copied().collect();
    assert!(
        expected.contains(&FaceId(1)) && expected.contains(&FaceId(2)) && !expected.contains(&FaceId(3)),
        "{expected:?}"
    );
    window.sent(&[]);
}

#[test]
fn a_double_click_opens_and_the_photo_leads_on() {
    let mut window = board();
    window.open(Screen::Faces);
    for _ in 0..2 {
        window.harness.get_by_label("Face 6 of Bo in photo 6.jpg").click();
        window.harness.run_steps(1);
    }
    window.harness.run();
    assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 6));
    assert!(window.shows("Face of Bo"));
    window.key(Key::ArrowRight);
    assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 7));
    window.click("Previous");
    window.click("Face of Bo");
    assert_eq!(window.app().view.screen, Screen::Person(person(2)));
}

#[test]
fn plus_comes_nearer_also_where_it_needs_shift() {
    let mut window = board();
    let before = window.app().view.settings.card_width;
    window.command(Key::Equals);
    let larger = window.app().view.settings.card_width;
    assert!(larger > before, "{larger}");
    window.open(Screen::Photo(PhotoId(6)));
    let wide = |window: &Window| window.harness.get_by_label("Face of Bo").rect().width();
    let fitted = wide(&window);
    window.key(Key::Equals);
    let nearer = wide(&window);
    assert!(nearer > 1.2 * fitted, "{nearer}, at first {fitted}");
    window.key(Key::Minus);
    window.key(Key::Plus);
    window.key(Key::Plus);
    assert!(wide(&window) > nearer);
    window.key(Key::Num0);
    assert!((wide(&window) - fitted).abs() < 0.1, "{}", wide(&window));
}

#[test]
fn a_search_finds_photos() {
    let mut window = board();
    window.command(Key::F);
    window.type_text("Ann + 2010");
    assert!(window.mentions("2 photos · Ann, taken 2010"));
    assert!(
        window.shows("Photo photo 4.jpg") && window.shows("Photo photo 5.jpg") && !window.shows("Photo photo 6.jpg")
    );
}

#[test]
fn history_leads_back() {
    let mut snapshot = people();
    let entry = |text: &str, active| albumen::domain::HistoryEntry { text: text.into(), active };
    snapshot.history =
        Arc::new(vec![entry("Named 4 faces Cleo", true), entry("Ignored 1 face", true), entry("Hid Bo", false)]);
    let mut window = Window::new(snapshot);
    window.open(Screen::History);
    window.click("Named 4 faces Cleo");
    window.sent(&[Command::GoTo(1)]);
    window.click("Hid Bo");
    window.sent(&[Command::GoTo(3)]);
    window.click("Ignored 1 face");
    window.sent(&[]);
}

#[test]
fn what_cannot_be_done_says_why() {
    let empty = albumen::domain::Snapshot::default();
    let view = ViewState::default();
    let mut refused = 0;
    for action in Action::all() {
        assert!(!action.label().is_empty() && !action.tooltip().is_empty(), "{action:?}");
        if let Err(why) = action.enabled(&empty, &view) {
            assert!(why.len() > 10 && !why.ends_with('.'), "{action:?}: {why:?}");
            refused += 1;
        }
    }
    assert!(refused > 10, "on an empty library most can't be done");
}

#[test]
fn everything_grows_to_twice_the_size() {
    let mut window = board();
    window.open(Screen::Settings);
    window.click("200 %");
    assert_eq!(window.harness.ctx.zoom_factor(), 2.0);
    assert!(window.shows("200 %"), "and is still there");
    window.command(Key::D);
    assert!(window.app().view.settings.look != albumen::ui::Look::System);
}
