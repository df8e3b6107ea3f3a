//! Several at once in the window, and what must not happen by itself: names that are asked about, namesakes, keys that
//! are held, work that can be cancelled.

use std::sync::Arc;

use albumen::domain::{
    Activity, FaceFlag, FaceId, GroupingProgress, HistoryEntry, Notice, NoticeLevel, Question, QuestionKind, Snapshot,
    Study, Suggestion,
};
use albumen::engine::Command;
use albumen::ui::{Action, Screen};
use egui::accesskit::Role;
use egui::{Key, Modifiers, PointerButton, Pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::ui_kit::{Window, faces, library, person, unnamed};

/// Ann with faces 1 to 5, Bo with 6 to 8, Cy with 9 to 11, nobody yet with 12 and 13, 14 alone.
fn people() -> Snapshot {
    library(&[(Some("Ann"), 5), (Some("Bo"), 3), (Some("Cy"), 3), (None, 2), (None, 1)])
}

fn board() -> Window {
    let mut window = Window::new(people());
    window.open(Screen::People);
    window
}

fn choose(window: &mut Window, name: &str) {
    window.harness.get_by_role_and_label(Role::Button, name).click();
    window.harness.run();
}

/// Presses a key and keeps it down for some frames.
fn hold(window: &mut Window, key: Key) {
    for _ in 0..6 {
        let event =
            egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
        window.harness.event(event);
        window.harness.run_steps(1);
    }
    let event = egui::Event::Key { key, physical_key: None, pressed: false, repeat: false, modifiers: Modifiers::NONE };
    window.harness.event(event);
    window.harness.run();
}

#[test]
fn of_three_names_the_one_that_stays_is_asked_for() {
    let mut window = board();
    window.app().view.groups = [person(1), person(2), person(3), unnamed(12)].into();
    window.command(Key::M);
    window.sent(&[]);
    assert!(window.shows("Which name stays?") && window.mentions("Ann, Bo and Cy become one person"));
    window.click("Leave them apart");
    assert_eq!(window.app().view.groups.len(), 4, "nothing came of it, and they are still selected");
    window.command(Key::M);
    choose(&mut window, "Cy");
    window.sent(&[Command::MergeGroups(vec![person(3), person(1), person(2), unnamed(12)])]);
    assert!(!window.shows("Which name stays?"));
    assert!(window.app().view.groups.is_empty(), "they are one");
    // One name among many: nothing is lost, so nothing is asked.
    window.app().view.groups = [person(2), unnamed(12), unnamed(14)].into();
    window.command(Key::M);
    window.sent(&[Command::MergeGroups(vec![person(2), unnamed(12), unnamed(14)])]);
}

#[test]
fn a_selection_with_a_name_in_it_asks_wherever_it_is_dropped() {
    let mut window = board();
    window.app().view.groups = [person(2), unnamed(12)].into();
    window.harness.run();
    let (from, to) = (window.place("Group of 2 faces, not named"), window.place("Group of 5 faces, Ann"));
    window.drag(from, to);
    window.sent(&[]);
    assert_eq!(window.app().view.groups.len(), 2, "it is asked about them");
    window.click("Leave them apart");
    window.sent(&[]);
    assert_eq!(window.app().view.groups.len(), 2, "nothing came of it, and they are still selected");
    window.drag(from, to);
    choose(&mut window, "Bo");
    window.sent(&[Command::MergeGroups(vec![person(2), person(1), unnamed(12)])]);
    assert!(window.app().view.groups.is_empty(), "they are one");
    // The same by a number key: 1 is Ann's.
    window.app().view.groups = [person(2), unnamed(12)].into();
    window.key(Key::Num1);
    window.sent(&[]);
    choose(&mut window, "Ann");
    window.sent(&[Command::MergeGroups(vec![person(1), person(2), unnamed(12)])]);
}

#[test]
fn what_a_number_key_asks_about_stays_selected_until_it_is_answered() {
    let mut window = board();
    window.app().view.groups = [person(2), unnamed(12)].into();
    window.key(Key::Num1);
    assert!(window.shows("Which name stays?"));
    assert_eq!(window.app().view.groups.len(), 2, "it is asked about them");
    window.key(Key::Escape);
    assert!(!window.shows("Which name stays?"));
    assert_eq!(window.app().view.groups.len(), 2, "nothing came of it");
    window.key(Key::Num1);
    choose(&mut window, "Bo");
    window.sent(&[Command::MergeGroups(vec![person(2), person(1), unnamed(12)])]);
    assert!(window.app().view.groups.is_empty(), "they are one");
    // Where nothing is asked, they are one at once.
    window.app().view.groups = [unnamed(12), unnamed(14)].into();
    window.key(Key::Num1);
    window.sent(&[Command::MergeGroups(vec![person(1), unnamed(12), unnamed(14)])]);
    assert!(window.app().view.groups.is_empty());
}

#[test]
fn two_of_one_name_are_told_apart() {
    let mut window = Window::new(library(&[(Some("Ann"), 5), (Some("Ann"), 3), (None, 2)]));
    window.open(Screen::Faces);
    window.click("Face 9 of somebody in photo 9.jpg");
    window.key(Key::Num2);
    window.sent(&[Command::MoveFaces(faces(&[9]), person(2))]);
    // In the menu they stand with their faces.
    window.click("Face 10 of somebody in photo 10.jpg");
    window.click("Move to…");
    assert!(window.shows("Ann, 5 faces"));
    window.click("Ann, 3 faces");
    window.sent(&[Command::MoveFaces(faces(&[10]), person(2))]);
}

fn question(id: u64, faces: [u32; 2]) -> Question {
    let faces = faces.map(FaceId);
    let kind = QuestionKind::Suggest { faces: vec![faces[1]], person: person(1) };
    Question { id, kind, sentence: format!("Is this Ann? {id}"), weight: 1.0, faces }
}

pub fn asking() -> Snapshot {
    let mut snapshot = people();
    snapshot.review = Arc::new(vec![question(1, [1, 12]), question(2, [1, 13]), question(3, [2, 14])]);
    snapshot
}

#[test]
fn a_key_that_is_held_answers_once() {
    let mut window = Window::new(asking());
    window.open(Screen::Review);
    hold(&mut window, Key::Y);
    window.sent(&[Command::Answer { question: 1, yes: true }]);
    hold(&mut window, Key::N);
    window.sent(&[Command::Answer { question: 2, yes: false }]);
    // Nor does it set one face aside after the other, or name them.
    window.open(Screen::Faces);
    window.click("Face 12 of somebody in photo 12.jpg");
    hold(&mut window, Key::Delete);
    window.sent(&[Command::FlagFaces(faces(&[12]), Some(FaceFlag::NotAFace))]);
    window.click("Face 13 of somebody in photo 13.jpg");
    hold(&mut window, Key::Num1);
    window.sent(&[Command::MoveFaces(faces(&[13]), person(1))]);
}

#[test]
fn a_yes_to_two_names_asks_which_stays() {
    let mut snapshot = people();
    let kind = QuestionKind::Merge { one: person(1), two: person(2) };
    let faces = [FaceId(1), FaceId(6)];
    let sentence = "Are Ann and Bo the same person?".to_owned();
    snapshot.review = Arc::new(vec![Question { id: 7, kind, sentence, weight: 1.0, faces }]);
    let mut window = Window::new(snapshot.clone());
    window.open(Screen::Review);
    window.key(Key::Y);
    window.sent(&[]);
    choose(&mut window, "Bo");
    window.sent(&[Command::MergeGroups(vec![person(2), person(1)])]);
    // One of the two cards is gone: there is nothing left to ask.
    snapshot.groups.replace(&[person(1)], Vec::new());
    snapshot.generation += 1;
    window.publish(snapshot);
    assert!(window.mentions("No questions"));
}

#[test]
fn in_a_library_to_look_at_questions_are_shown_and_not_answered() {
    let mut snapshot = asking();
    snapshot.read_only = Some("This library is open to look at only".to_owned());
    let mut window = Window::new(snapshot);
    window.open(Screen::Review);
    assert!(window.harness.get_by_label("Same person Y").accesskit_node().is_disabled());
    window.key(Key::Y);
    window.sent(&[]);
    assert!(window.mentions("about 3 left"), "no question was lost");
    window.key(Key::S);
    assert!(window.mentions("about 2 left"));
}

/// A library that is open to look at only, and why.
fn to_look_at() -> (Snapshot, &'static str) {
    let why = "This library is open to look at only";
    let mut snapshot = asking();
    snapshot.read_only = Some(why.to_owned());
    (snapshot, why)
}

#[test]
fn in_a_library_to_look_at_what_edits_says_why_it_cannot() {
    let (snapshot, why) = to_look_at();
    let mut window = Window::new(snapshot.clone());
    window.open(Screen::Faces);
    window.app().view.faces = faces(&[1, 2]).into_iter().collect();
    window.harness.run();
    let edits = [
        Action::ChooseFolder,
        Action::Rescan,
        Action::Undo,
        Action::Redo,
        Action::Rename,
        Action::Merge,
        Action::MergeInto,
        Action::Confirm,
        Action::Reject,
        Action::Split,
        Action::NotAFace,
        Action::Ignore,
        Action::TakeBack,
        Action::SplitInTwo,
        Action::AcceptAll,
        Action::Born,
        Action::Cover,
        Action::Hide,
        Action::Forget,
        Action::Retry,
        Action::MarkFace,
        Action::FixBox,
    ];
    for action in edits {
        assert_eq!(action.enabled(&snapshot, &window.app().view), Err(why), "{action:?}");
    }
    for action in [Action::SelectAll, Action::Why, Action::Export, Action::Search, Action::NewFolder] {
        assert_eq!(action.enabled(&snapshot, &window.app().view), Ok(()), "{action:?}");
    }
    window.key(Key::Delete);
    window.command(Key::B);
    window.sent(&[]);
    assert_eq!(window.app().view.faces.len(), 2, "nothing was done, so they are still selected");
}

#[test]
fn in_a_library_to_look_at_the_page_of_a_person_edits_nothing() {
    let (mut snapshot, _) = to_look_at();
    let suggestion = Suggestion { faces: faces(&[12, 13]), face: FaceId(12), likeness: 0.7 };
    snapshot.study = Some(Arc::new(Study { group: person(1), fits: Vec::new(), suggestions: vec![suggestion] }));
    let mut window = Window::new(snapshot.clone());
    window.open(Screen::Person(person(1)));
    let buttons = ["Accept all (2)", "Yes, suggested face 12 and 1 more", "No, suggested face 12 and 1 more"];
    for button in buttons {
        assert!(window.harness.get_by_label(button).accesskit_node().is_disabled(), "{button}");
        let at = window.place(button);
        pull(&mut window, at, at, PointerButton::Primary);
        window.sent(&[]);
    }
    // Nor does a face leave by being dropped.
    let leave = |window: &mut Window| {
        let (from, to) = (window.place("Face 1 of Ann in photo 1.jpg"), window.place("A new group"));
        window.drag(from, to);
    };
    leave(&mut window);
    window.sent(&[]);
    // Where it may be changed, all of it can be done.
    snapshot.read_only = None;
    snapshot.generation += 1;
    window.publish(snapshot);
    for button in buttons {
        assert!(!window.harness.get_by_label(button).accesskit_node().is_disabled(), "{button}");
    }
    leave(&mut window);
    window.sent(&[Command::SplitFaces(faces(&[1]))]);
}

/// How often a sentence stands on the screen when the pointer rests on a place.
fn said_at(window: &mut Window, place: Pos2, words: &str) -> usize {
    window.harness.run_steps(10); // a click just before would keep a tooltip away
    window.harness.hover_at(place);
    window.harness.run_steps(30); // it comes when the pointer rests
    window.harness.query_all_by_label(words).count()
}

fn is_disabled(window: &Window, label: &str) -> bool {
    window.harness.get_by_label(label).accesskit_node().is_disabled()
}

#[test]
fn in_a_library_to_look_at_nothing_is_dropped_and_nobody_named() {
    const FIELD: &str = "Who is this? (2 faces)";
    let (mut snapshot, why) = to_look_at();
    let mut window = Window::new(snapshot.clone());
    window.open(Screen::People);
    let (from, to) = (window.place("Group of 2 faces, not named"), window.place("Group of 5 faces, Ann"));
    window.drag(from, to);
    window.sent(&[]);
    assert!(!window.shows("Which name stays?"));
    // The reason stands above the screen; a field and a name say it once more.
    let nowhere = Pos2::new(2.0, 2.0);
    let always = said_at(&mut window, nowhere, why);
    assert!(is_disabled(&window, FIELD));
    let field = window.place(FIELD);
    assert_eq!(said_at(&mut window, field, why), always + 1);
    let name = window.place("Ann");
    assert_eq!(said_at(&mut window, name, &format!("Ann\n{why}")), 1);
    said_at(&mut window, nowhere, why);
    window.click("Ann");
    assert!(!window.shows("Who is this? (5 faces)"), "the name is not changed");
    // Nor by a number key, whatever is selected.
    window.app().view.groups = [unnamed(12)].into();
    window.key(Key::Num1);
    window.sent(&[]);
    assert_eq!(window.app().view.groups, [unnamed(12)].into(), "nothing was done, so it is still selected");
    assert_eq!(window.harness.query_all_by_label(why).count(), always + 1);
    window.open(Screen::Faces);
    window.click("Face 12 of somebody in photo 12.jpg");
    assert!(is_disabled(&window, "Move to…"));
    window.key(Key::Num2);
    window.sent(&[]);
    assert_eq!(window.harness.query_all_by_label(why).count(), always + 1);
    // Where it may be changed, all of it can be done.
    snapshot.read_only = None;
    snapshot.generation += 1;
    window.publish(snapshot);
    window.key(Key::Num2);
    window.sent(&[Command::MoveFaces(faces(&[12]), person(2))]);
    window.open(Screen::People);
    assert!(!is_disabled(&window, FIELD));
    let (from, to) = (window.place("Group of 2 faces, not named"), window.place("Group of 5 faces, Ann"));
    window.drag(from, to);
    window.sent(&[Command::MergeGroups(vec![person(1), unnamed(12)])]);
}

#[test]
fn in_a_library_to_look_at_the_settings_and_the_start_say_why_they_change_nothing() {
    let (mut snapshot, why) = to_look_at();
    // As high as all of the settings.
    let mut window = Window::with(snapshot.clone(), [1180.0, 1400.0], egui::Theme::Light);
    let of_library = ["Strict", "Normal", "Loose", "Look again", "Forget /photos/Summer…"];
    let of_start = ["Choose a folder…", "Path of a folder", "Look for faces"];
    let method = |window: &Window| {
        window.harness.get_by_role_and_label(Role::ComboBox, "Way of grouping").accesskit_node().is_disabled()
    };
    window.open(Screen::Settings);
    let always = said_at(&mut window, Pos2::new(2.0, 2.0), why);
    for label in of_library {
        assert!(is_disabled(&window, label), "{label}");
        let at = window.place(label);
        assert_eq!(said_at(&mut window, at, why), always + 1, "{label}");
        pull(&mut window, at, at, PointerButton::Primary);
        window.sent(&[]);
    }
    assert!(method(&window) && !is_disabled(&window, "Dark"), "the looks are the window's own");
    window.open(Screen::Start);
    for label in of_start {
        assert!(is_disabled(&window, label), "{label}");
        let at = window.place(label);
        assert_eq!(said_at(&mut window, at, why), always + 1, "{label}");
    }
    snapshot.read_only = None;
    snapshot.generation += 1;
    window.publish(snapshot);
    assert!(!is_disabled(&window, of_start[0]) && !is_disabled(&window, of_start[1]));
    window.open(Screen::Settings);
    assert!(!method(&window) && of_library.iter().all(|label| !is_disabled(&window, label)));
}

#[test]
fn in_a_library_to_look_at_nobody_goes_back_in_its_history_or_moves_its_threshold() {
    let (mut snapshot, _) = to_look_at();
    snapshot.history = Arc::new(vec![HistoryEntry { text: "Named 5 faces Ann".into(), active: true }]);
    let may_change = Snapshot { read_only: None, generation: snapshot.generation + 1, ..snapshot.clone() };
    let mut window = Window::new(snapshot.clone());
    window.open(Screen::History);
    assert!(is_disabled(&window, "The beginning"));
    let at = window.place("The beginning");
    pull(&mut window, at, at, PointerButton::Primary);
    window.sent(&[]);
    window.publish(may_change.clone());
    window.click("The beginning");
    window.sent(&[Command::GoTo(0)]);
    let mut window = Window::new(snapshot);
    window.open(Screen::Threshold);
    let slider = "How readily faces join a group";
    window.harness.get_by_role_and_label(Role::Slider, slider).set_value_accesskit(-12.0);
    window.sent(&[Command::Preview(Some(0))]);
    assert!(is_disabled(&window, "Apply"), "what would change can be looked at");
    window.publish(may_change);
    assert!(!is_disabled(&window, "Apply"));
}

#[test]
fn several_cards_are_ignored_and_hidden_by_one_command() {
    let mut window = board();
    window.app().view.groups = [person(2), unnamed(12), unnamed(14)].into();
    window.command(Key::I);
    window.sent(&[Command::IgnoreGroups(vec![person(2), unnamed(12), unnamed(14)], true)]);
    window.app().view.groups = [person(2), person(3), unnamed(12)].into();
    window.command(Key::H);
    window.sent(&[Command::HideGroups(vec![person(2), person(3)], true)]);
    let snapshot = people();
    let mut why = |groups: &[albumen::domain::GroupId]| {
        let view = &mut window.app().view;
        view.groups = groups.iter().copied().collect();
        Action::Hide.enabled(&snapshot, view).err()
    };
    assert_eq!(why(&[person(1), person(2)]), None);
    assert_eq!(why(&[unnamed(12), unnamed(14)]), Some("Only people can be hidden: give a name first"));
}

#[test]
fn what_was_set_aside_in_two_ways_comes_back_by_one_command() {
    let mut snapshot = people();
    snapshot.flagged = [(FaceId(14), FaceFlag::Ignored)].into_iter().collect();
    let mut bo = snapshot.group(person(2)).unwrap().clone();
    bo.ignored = true;
    snapshot.groups.replace(&[person(2)], vec![bo]);
    let mut window = Window::new(snapshot);
    window.open(Screen::Aside(FaceFlag::Ignored));
    window.command(Key::A);
    window.command(Key::T);
    window.sent(&[Command::FlagFaces(faces(&[6, 7, 8, 14]), None)]);
}

#[test]
fn why_is_not_asked_of_faces_that_were_set_aside() {
    let mut snapshot = people();
    snapshot.flagged = [(FaceId(13), FaceFlag::Ignored), (FaceId(14), FaceFlag::Ignored)].into_iter().collect();
    let mut window = Window::new(snapshot.clone());
    window.open(Screen::Aside(FaceFlag::Ignored));
    window.command(Key::A);
    window.key(Key::W);
    window.sent(&[]);
    let why = Action::Why.enabled(&snapshot, &window.app().view).unwrap_err();
    assert!(why.contains("set aside"), "{why}");
}

/// Presses at one place and lets go at another, with any button.
pub fn pull(window: &mut Window, from: Pos2, to: Pos2, button: PointerButton) {
    let press = |window: &Window, pos, pressed| {
        window.harness.event(egui::Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE });
    };
    window.harness.hover_at(from);
    window.harness.run();
    press(window, from, true);
    window.harness.run_steps(1);
    for part in [0.1, 0.5, 1.0] {
        window.harness.hover_at(from + (to - from) * part);
        window.harness.run_steps(1);
    }
    press(window, to, false);
    window.harness.run();
}

#[test]
fn only_the_first_button_carries() {
    let mut window = board();
    let (from, to) = (window.place("Group of 2 faces, not named"), window.place("Group of 5 faces, Ann"));
    pull(&mut window, from, to, PointerButton::Secondary);
    window.sent(&[]);
    pull(&mut window, from, to, PointerButton::Primary);
    window.sent(&[Command::MergeGroups(vec![person(1), unnamed(12)])]);
    window.open(Screen::Person(person(1)));
    let (from, to) = (window.place("Face 2 of Ann in photo 2.jpg"), window.place("Go to Bo, 3 faces"));
    pull(&mut window, from, to, PointerButton::Secondary);
    window.sent(&[]);
}

/// The box that was sent: left, top, width and height, to the next pixel.
fn fixed(window: &mut Window) -> Vec<(u32, [i32; 4])> {
    window.harness.run();
    let boxes = window.commands().into_iter().map(|command| match command {
        Command::FixBox { face, bounds } => {
            (face.0, [bounds.x, bounds.y, bounds.width, bounds.height].map(|value| value.round() as i32))
        }
        other => panic!("{other:?}"),
    });
    boxes.collect()
}

#[test]
fn a_box_is_pulled_to_where_the_face_is() {
    let mut window = board();
    window.open(Screen::Photo(albumen::domain::PhotoId(1)));
    let begin = |window: &mut Window| {
        let at = window.place("Face of Ann");
        pull(window, at, at, PointerButton::Secondary);
        window.click("Fix the box");
    };
    begin(&mut window);
    let (from, by) = (window.place("Lower right corner of the box"), egui::vec2(20.0, 10.0));
    pull(&mut window, from, from + by, PointerButton::Primary);
    let from = window.place("Left edge of the box");
    pull(&mut window, from, from + egui::vec2(10.0, 40.0), PointerButton::Primary);
    assert!(fixed(&mut window).is_empty(), "nothing before it is kept");
    window.click("Keep the box");
    assert_eq!(fixed(&mut window), [(1, [130, 80, 100, 120])]);
    // Inside it, it is moved; the keys move it too, and Enter keeps it.
    begin(&mut window);
    let from = window.place("Upper edge of the box") + egui::vec2(0.0, 50.0);
    pull(&mut window, from, from + egui::vec2(-30.0, 20.0), PointerButton::Primary);
    window.key(Key::ArrowRight);
    window.harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    window.harness.run();
    window.key(Key::Enter);
    assert_eq!(fixed(&mut window), [(1, [91, 100, 90, 111])]);
    // Escape leaves it as it was, and one stays on the photo.
    begin(&mut window);
    window.key(Key::ArrowLeft);
    window.key(Key::Escape);
    assert!(!window.shows("Keep the box"));
    begin(&mut window);
    window.click("Leave it as it was");
    assert!(fixed(&mut window).is_empty());
    assert_eq!(window.app().view.screen, Screen::Photo(albumen::domain::PhotoId(1)));
}

#[test]
fn a_missing_face_is_marked_with_the_first_button() {
    let mut window = board();
    window.open(Screen::Photo(albumen::domain::PhotoId(1)));
    window.click("Mark a missing face");
    let face = window.place("Face of Ann");
    window.click("Face of Ann");
    assert_eq!(window.app().view.screen, Screen::Photo(albumen::domain::PhotoId(1)), "a box may begin on a face");
    // The middle of Ann's face is at 165, 135.
    let (from, to) = (face - egui::vec2(155.0, 115.0), face - egui::vec2(105.0, 55.0));
    pull(&mut window, from, to, PointerButton::Secondary);
    window.sent(&[]);
    pull(&mut window, from, to, PointerButton::Primary);
    let [Command::DrawFace(photo, bounds)] = window.commands()[..] else { panic!("nothing was marked") };
    let bounds = [bounds.x, bounds.y, bounds.width, bounds.height].map(|value| value.round() as i32);
    assert_eq!((photo.0, bounds), (1, [10, 20, 50, 60]));
    window.click("Face of Ann");
    assert_eq!(window.app().view.screen, Screen::Person(person(1)), "one is marked, and that is that");
}

#[test]
fn work_without_an_end_is_shown_as_such_and_cancelled() {
    for activity in [Activity::Grouping(None), Activity::Listing { found: 1204 }] {
        let mut snapshot = people();
        snapshot.activity = activity;
        let mut window = Window::new(snapshot);
        window.open(Screen::People);
        window.harness.run_steps(20); // what is over at once has no bar
        let bar = window.harness.get_by_role(Role::ProgressIndicator);
        assert_eq!(bar.accesskit_node().numeric_value(), None, "{activity:?}: nobody knows how far it is");
        window.click("Cancel");
        window.sent(&[Command::Cancel]);
        window.command(Key::Period);
        window.sent(&[Command::Cancel]);
    }
    let mut snapshot = people();
    snapshot.activity = Activity::Scanning { done: 50, total: 200, seconds_left: None, paused: false };
    let window = Window::new(snapshot);
    let bar = window.harness.get_by_role(Role::ProgressIndicator);
    assert_eq!(bar.accesskit_node().numeric_value(), Some(25.0));
}

/// As soon as it is known how far the making of groups is, the bar says so; an answer of a moment shows no bar at all.
#[test]
fn the_bar_says_how_far_the_making_of_groups_is() {
    let progress = [GroupingProgress::Comparing(40), GroupingProgress::Merging(75)];
    for (progress, words, value) in
        [(progress[0], "Comparing faces: 40 %", 40.0), (progress[1], "Making groups: 75 %", 75.0)]
    {
        let mut snapshot = people();
        snapshot.activity = Activity::Grouping(Some(progress));
        let mut window = Window::new(snapshot);
        window.open(Screen::People);
        window.harness.run_steps(20); // what is over at once has no bar
        assert!(window.shows(words), "{progress:?}");
        let bar = window.harness.get_by_role(Role::ProgressIndicator);
        assert_eq!(bar.accesskit_node().numeric_value(), Some(value));
        window.click("Cancel");
        window.sent(&[Command::Cancel]);
    }
    let mut snapshot = people();
    snapshot.activity = Activity::Asking;
    let mut window = Window::new(snapshot);
    window.open(Screen::People);
    assert!(window.harness.query_by_role(Role::ProgressIndicator).is_none());
    window.command(Key::Period);
    window.sent(&[]);
}

#[test]
fn a_toast_leads_to_problems_only_when_it_is_about_them() {
    let mut snapshot = people();
    let problem = albumen::domain::Problem {
        path: "/photos/Summer/cut.jpg".into(),
        kind: albumen::domain::ProblemKind::Truncated,
        message: "The file ends too early".to_owned(),
    };
    snapshot.problems = Arc::new(vec![problem]);
    let notice = |number, text: &str, problems| {
        let text = text.to_owned();
        Arc::new(vec![Notice { number, level: NoticeLevel::Info, text, undoable: false, problems }])
    };
    snapshot.notices = notice(1, "Named 3 faces Problems", false);
    let mut window = Window::new(snapshot.clone());
    window.open(Screen::People);
    assert!(!window.shows("Show them"));
    snapshot.generation += 1;
    snapshot.notices = notice(2, "1 file could not be read", true);
    window.publish(snapshot);
    window.click("Show them");
    assert_eq!(window.app().view.screen, Screen::Problems);
}
