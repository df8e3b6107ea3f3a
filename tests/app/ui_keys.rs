//! What keys are done to: what is seen to be marked, and nothing else; and never while a name is typed.

use std::sync::Arc;

use albumen::domain::{FaceFlag, FaceId, Group, Preset, Snapshot};
use albumen::engine::Command;
use albumen::ui::{Action, Screen};
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::ui_kit::{Window, faces, library, person, unnamed};

/// Ann with faces 1 to 5, Bo with 6 to 8, nobody yet with 9 to 12 and with 13 and 14, and 15 alone.
fn people() -> Snapshot {
    library(&[(Some("Ann"), 5), (Some("Bo"), 3), (None, 4), (None, 2), (None, 1)])
}

fn at(screen: Screen) -> Window {
    let mut window = Window::new(people());
    window.open(screen);
    window
}

const BOTH: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
/// As it comes from a keyboard without ⌘: the key itself, and what it stands for.
const CONTROL: Modifiers = Modifiers::COMMAND.plus(Modifiers::CTRL);
const MENU: &str = "What to do with this group";

/// Whether one types into what has this name.
fn types_into(window: &Window, field: &str) -> bool {
    window.harness.query_by_label(field).is_some_and(|field| field.is_focused())
}

#[test]
fn keys_leave_what_is_selected_alone_while_a_name_is_typed() {
    let mut window = at(Screen::People);
    window.app().view.groups = [unnamed(9), unnamed(13)].into();
    window.harness.run();
    window.click("Who is this? (4 faces)");
    let marks = [Key::M, Key::I, Key::T, Key::B, Key::J, Key::H, Key::Enter, Key::Backspace];
    for key in marks {
        window.command(key);
    }
    for key in [Key::M, Key::B, Key::E, Key::F, Key::O, Key::N, Key::Enter] {
        window.harness.key_press_modifiers(BOTH, key);
        window.harness.run();
    }
    window.sent(&[]);
    assert_eq!(window.app().view.screen, Screen::People, "nor do they count as the same keys without Shift");
    assert!(types_into(&window, "Who is this? (4 faces)") && !window.shows("Export albums"));
    // Ctrl and Backspace take a word away, as in every text.
    window.type_text("Cleo Smith");
    window.harness.key_press_modifiers(CONTROL, Key::Backspace);
    window.harness.run();
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(unnamed(9), "Cleo".to_owned())]);
    // In the name of a person, too, with some of the faces selected.
    window.open(Screen::Person(person(1)));
    window.click("Face 2 of Ann in photo 2.jpg");
    window.key(Key::F2);
    window.type_text("Anna Maria");
    for key in marks {
        window.command(key);
    }
    window.sent(&[]);
    assert_eq!(window.app().view.faces, faces(&[2]).into_iter().collect());
    // What touches nothing is a key away.
    window.command(Key::K);
    window.type_text("light");
    assert!(window.shows("Light or dark"));
}

#[test]
fn escape_in_a_name_only_leaves_the_name() {
    let mut window = at(Screen::Faces);
    window.open(Screen::People);
    window.click("Who is this? (4 faces)");
    window.type_text("Cl");
    window.key(Key::Escape);
    assert!(!types_into(&window, "Who is this? (4 faces)"));
    assert_eq!(window.app().view.screen, Screen::People);
    window.key(Key::Escape);
    assert_eq!(window.app().view.screen, Screen::Faces);
    // In the search as well; a dialog is left at once.
    window.command(Key::F);
    window.type_text("Ann");
    window.key(Key::Escape);
    assert_eq!(window.app().view.screen, Screen::Search);
    window.command(Key::K);
    window.type_text("light");
    assert!(window.shows("Light or dark"));
    window.key(Key::Escape);
    assert!(!window.shows("Light or dark") && window.app().view.screen == Screen::Search);
    window.key(Key::Escape);
    assert_eq!(window.app().view.screen, Screen::Faces);
    window.sent(&[]);
}

#[test]
fn the_last_letters_count_when_enter_comes_with_them() {
    let mut window = at(Screen::People);
    window.click("Who is this? (4 faces)");
    window.type_text("Cl");
    let enter = |pressed| Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    window.harness.input_mut().events.extend([Event::Text("eo".to_owned()), enter(true), enter(false)]);
    window.sent(&[Command::NameGroup(unnamed(9), "Cleo".to_owned())]);
}

#[test]
fn a_face_is_not_acted_on_from_another_photo() {
    let mut window = at(Screen::Faces);
    for _ in 0..2 {
        window.harness.get_by_label("Face 6 of Bo in photo 6.jpg").click();
        window.harness.run_steps(1);
    }
    window.harness.run();
    window.harness.get_by_label("Face of Bo").click_secondary();
    window.harness.run();
    window.key(Key::Escape);
    window.key(Key::ArrowRight);
    assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 7));
    window.key(Key::Delete);
    window.command(Key::Backspace);
    window.sent(&[]);
    // On the photo itself it is the one whose menu was opened.
    window.harness.get_by_label("Face of Bo").click_secondary();
    window.harness.run();
    window.key(Key::Escape);
    window.key(Key::Delete);
    window.key(Key::Delete);
    window.sent(&[Command::FlagFaces(faces(&[7]), Some(FaceFlag::NotAFace))]);
}

#[test]
fn the_menu_of_a_group_is_about_the_group() {
    let mut window = at(Screen::Person(unnamed(9)));
    window.click("Face 9 of somebody in photo 9.jpg");
    window.key(Key::Escape);
    window.click(MENU);
    window.harness.get_by_label_contains("Ignore ").click();
    window.sent(&[Command::IgnoreGroups(vec![unnamed(9)], true)]);
}

#[test]
fn what_is_not_marked_is_not_acted_on() {
    let mut window = at(Screen::People);
    window.open(Screen::Faces);
    window.click("Face 9 of somebody in photo 9.jpg");
    window.key(Key::Escape);
    window.key(Key::Delete);
    window.key(Key::Escape);
    assert_eq!(window.app().view.screen, Screen::People);
    window.key(Key::Num1);
    window.key(Key::Delete);
    window.sent(&[]);
    // Nor a face that was acted on just now, or let go.
    window.open(Screen::Person(person(1)));
    window.click("Face 2 of Ann in photo 2.jpg");
    window.command(Key::B);
    window.key(Key::Delete);
    window.sent(&[Command::SplitFaces(faces(&[2]))]);
    window.click("Face 3 of Ann in photo 3.jpg");
    window.key(Key::Num2);
    window.key(Key::Delete);
    window.sent(&[Command::MoveFaces(faces(&[3]), person(2))]);
    for _ in 0..2 {
        window.click_with("Face 4 of Ann in photo 4.jpg", Modifiers::COMMAND);
        window.harness.run_steps(10); // so that it is no double click
    }
    window.key(Key::Delete);
    window.sent(&[]);
}

#[test]
fn the_arrow_keys_go_on_where_a_face_has_left() {
    let mut window = at(Screen::Person(person(1)));
    for key in [Key::ArrowRight, Key::ArrowRight, Key::ArrowRight] {
        window.key(key);
    }
    window.key(Key::Delete);
    window.sent(&[Command::FlagFaces(faces(&[3]), Some(FaceFlag::NotAFace))]);
    let mut snapshot = people();
    let ann = Group::new(person(1), Some("Ann".to_owned()), faces(&[1, 2, 4, 5]), FaceId(1));
    snapshot.groups =
        snapshot.groups.iter().map(|group| if group.id == ann.id { &ann } else { group }.clone()).collect();
    snapshot.flagged = [(FaceId(3), FaceFlag::NotAFace)].into_iter().collect();
    snapshot.group_of.remove(&FaceId(3));
    snapshot.generation += 1;
    window.publish(snapshot);
    window.key(Key::ArrowRight);
    assert_eq!(window.app().view.faces, faces(&[4]).into_iter().collect(), "the next one, which has its place now");
}

#[test]
fn naming_goes_on_past_strangers() {
    let mut snapshot = library(&[(Some("Ann"), 5), (None, 4), (None, 3), (None, 2)]);
    let stranger = |group: &Group| Group { ignored: group.id == unnamed(10), ..group.clone() };
    snapshot.groups = snapshot.groups.iter().map(stranger).collect();
    let mut window = Window::new(snapshot);
    window.open(Screen::People);
    window.click("Who is this? (4 faces)");
    window.type_text("Cleo");
    window.key(Key::Enter);
    assert!(types_into(&window, "Who is this? (2 faces)"));
    window.sent(&[Command::NameGroup(unnamed(6), "Cleo".to_owned())]);
}

#[test]
fn enter_on_a_named_card_changes_its_name() {
    let mut window = at(Screen::People);
    window.key(Key::Home);
    window.key(Key::Enter);
    window.type_text("Anna");
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(person(1), "Anna".to_owned())]);
}

#[test]
fn the_keys_walk_those_seen_once_too() {
    const ONCE: &str = "People seen once";
    let mut window = Window::new(library(&[(Some("Ann"), 5), (None, 2), (None, 1), (None, 1)]));
    window.open(Screen::People);
    let selected = |window: &mut Window| {
        let view = &window.app().view;
        (view.groups.iter().copied().collect::<Vec<_>>(), view.faces.iter().copied().collect::<Vec<_>>())
    };
    window.key(Key::End);
    assert_eq!(selected(&mut window), (vec![unnamed(6)], Vec::new()), "what is folded away is not walked");
    // Its head is, and Enter unfolds it.
    window.key(Key::ArrowDown);
    assert!(window.harness.get_by_label(ONCE).is_focused());
    assert_eq!(selected(&mut window), (Vec::new(), Vec::new()));
    window.key(Key::ArrowUp);
    assert!(!window.harness.get_by_label(ONCE).is_focused());
    assert_eq!(selected(&mut window), (vec![unnamed(6)], Vec::new()));
    window.key(Key::ArrowRight);
    window.key(Key::Enter);
    assert!(window.shows("Face 8 of somebody in photo 8.jpg"));
    for (key, groups, singles) in [
        (Key::ArrowDown, vec![], faces(&[8])),
        (Key::ArrowRight, vec![], faces(&[9])),
        (Key::ArrowRight, vec![], faces(&[9])),
        (Key::ArrowLeft, vec![], faces(&[8])),
        (Key::ArrowUp, vec![unnamed(6)], vec![]),
        (Key::End, vec![], faces(&[9])),
        (Key::Home, vec![person(1)], vec![]),
        (Key::End, vec![], faces(&[9])),
    ] {
        window.key(key);
        assert_eq!(selected(&mut window), (groups, singles), "{key:?}");
    }
    assert!(!window.harness.get_by_label(ONCE).is_focused());
    // With Shift they select on the way, but never cards and faces together.
    for _ in 0..2 {
        window.harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowLeft);
        window.harness.run();
    }
    assert_eq!(selected(&mut window), (Vec::new(), faces(&[8, 9])));
    // Space looks at the photo; back again one goes on from there. Enter names.
    window.key(Key::End);
    window.key(Key::Space);
    assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 9));
    window.key(Key::Escape);
    window.key(Key::ArrowLeft);
    assert_eq!(selected(&mut window), (Vec::new(), faces(&[8])));
    window.key(Key::Enter);
    assert_eq!(window.app().view.screen, Screen::Person(unnamed(8)));
    window.type_text("Cleo");
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(unnamed(8), "Cleo".to_owned())]);
}

#[test]
fn the_keys_walk_hidden_people_too() {
    const HIDDEN: &str = "Hidden people";
    let mut snapshot = library(&[(Some("Ann"), 5), (Some("Bo"), 3), (Some("Cy"), 2), (None, 2)]);
    let mut groups: Vec<Group> = snapshot.groups.iter().cloned().collect();
    for group in &mut groups {
        group.hidden = [person(2), person(3)].contains(&group.id);
    }
    snapshot.groups = groups.into();
    let mut window = Window::new(snapshot);
    window.open(Screen::People);
    let selected = |window: &mut Window| window.app().view.groups.iter().copied().collect::<Vec<_>>();
    window.key(Key::End);
    assert_eq!(selected(&mut window), [unnamed(11)], "what is folded away is not walked");
    // Its head is, and Enter unfolds it.
    window.key(Key::ArrowDown);
    assert!(window.harness.get_by_label(HIDDEN).is_focused());
    assert!(selected(&mut window).is_empty());
    window.key(Key::ArrowUp);
    assert!(!window.harness.get_by_label(HIDDEN).is_focused());
    assert_eq!(selected(&mut window), [unnamed(11)]);
    window.key(Key::ArrowRight);
    window.key(Key::Enter);
    assert!(window.shows("Group of 3 faces, Bo"));
    for (key, expected) in [
        (Key::ArrowDown, person(2)),
        (Key::ArrowRight, person(3)),
        (Key::ArrowRight, person(3)),
        (Key::ArrowLeft, person(2)),
        (Key::ArrowUp, unnamed(11)),
        (Key::ArrowRight, person(2)),
        (Key::End, person(3)),
        (Key::Home, person(1)),
    ] {
        window.key(key);
        assert_eq!(selected(&mut window), [expected], "{key:?}");
    }
    assert!(!window.harness.get_by_label(HIDDEN).is_focused());
    window.sent(&[]);
}

#[test]
fn found_photos_are_walked_and_opened_by_key() {
    let mut window = at(Screen::People);
    window.command(Key::F);
    window.type_text("Ann");
    window.key(Key::Enter);
    assert_eq!(window.app().view.screen, Screen::Search, "nothing is marked yet");
    // The latest first: 5, 4, 3.
    for _ in 0..3 {
        window.key(Key::ArrowRight);
    }
    for action in [Action::OpenFile, Action::ShowFile, Action::Open] {
        let snapshot = window.handle.snapshot();
        assert_eq!(action.enabled(&snapshot, &window.app().view), Ok(()), "{action:?}");
    }
    for key in [Key::Enter, Key::Space] {
        window.key(key);
        assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 3), "{key:?}");
        window.key(Key::ArrowLeft);
        assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 4), "back in what was found");
        // The face that is meant there is on this photo: to open it leads nowhere, and does not forget what was found.
        window.app().view.faces = [FaceId(4)].into();
        window.key(Key::Space);
        window.key(Key::ArrowRight);
        assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 3), "and on in what was found");
        window.key(Key::Escape);
        assert_eq!(window.app().view.screen, Screen::Search);
    }
    // Another search: nothing is marked.
    window.command(Key::F);
    window.command(Key::A);
    window.type_text("Bo");
    let snapshot = window.handle.snapshot();
    assert!(Action::OpenFile.enabled(&snapshot, &window.app().view).is_err());
}

#[test]
fn the_photos_of_a_person_are_opened_by_key_and_nothing_is_selected_unseen() {
    let mut window = Window::new(library(&[(Some("Ann"), 60), (Some("Bo"), 3)]));
    window.open(Screen::Person(person(1)));
    window.click("Face 1 of Ann in photo 1.jpg");
    window.key(Key::Escape);
    window.click("Photos");
    window.command(Key::A);
    window.key(Key::Delete);
    assert!(window.app().view.faces.is_empty());
    window.sent(&[]);
    window.key(Key::Home);
    window.key(Key::End);
    let room = window.harness.ctx.content_rect();
    let last = window.harness.get_by_label("Photo photo 60.jpg").rect();
    assert!(room.contains_rect(last), "the place one comes to is seen: {last:?}");
    window.key(Key::Space);
    assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 60));
    window.key(Key::ArrowRight);
    assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 60), "it is Ann's last one");
}

#[test]
fn from_a_face_one_walks_through_the_photos_of_the_grid() {
    let mut window = at(Screen::Person(person(1)));
    let last = |window: &mut Window| {
        assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 5));
        window.key(Key::ArrowRight);
        assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 5), "the next one is Bo's");
        window.key(Key::ArrowLeft);
        assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 4));
        window.key(Key::Escape);
    };
    window.key(Key::End);
    window.key(Key::Space);
    last(&mut window);
    for _ in 0..2 {
        window.harness.get_by_label("Face 5 of Ann in photo 5.jpg").click();
        window.harness.run_steps(1);
    }
    window.harness.run();
    last(&mut window);
}

#[test]
fn the_slider_shows_the_threshold_that_holds() {
    let mut window = at(Screen::Threshold);
    let slider = "How readily faces join a group";
    window.harness.get_by_role_and_label(Role::Slider, slider).set_value_accesskit(-12.0);
    window.sent(&[Command::Preview(Some(0))]);
    let mut snapshot = people();
    snapshot.generation += 1;
    snapshot.preview = Some(Arc::default());
    window.publish(snapshot);
    window.sent(&[Command::Preview(Some(-12))]);
    // A look at somebody, and back: it is where it was.
    window.open(Screen::Person(person(1)));
    window.key(Key::Escape);
    window.sent(&[Command::Preview(None), Command::Preview(Some(-12))]);
    // Set in the settings meanwhile: it has followed.
    window.open(Screen::Settings);
    let mut snapshot = people();
    snapshot.preset = Preset::Strict;
    snapshot.generation += 2;
    window.publish(snapshot);
    window.open(Screen::Threshold);
    window.sent(&[Command::Preview(None), Command::Preview(Some(-2))]);
    assert!(window.harness.get_by_label("Apply").accesskit_node().is_disabled());
}

#[test]
fn another_library_begins_afresh() {
    let mut snapshot = people();
    snapshot.library_path = "/one.albumen".into();
    let mut window = Window::new(snapshot.clone());
    window.open(Screen::Faces);
    window.open(Screen::People);
    window.app().view.settings.card_width = 150.0;
    window.app().view.search = "Ann".to_owned();
    window.click("Group of 2 faces, not named");
    window.click("Who is this? (4 faces)");
    window.type_text("Cl");
    snapshot.library_path = "/two.albumen".into();
    snapshot.history = Arc::default();
    window.publish(snapshot);
    assert!(!types_into(&window, "Who is this? (4 faces)"));
    let view = &window.app().view;
    assert_eq!((view.screen, view.groups.len(), view.search.as_str()), (Screen::People, 0, ""));
    assert_eq!(view.settings.card_width, 150.0, "the looks stay");
    window.key(Key::Escape);
    assert_eq!(window.app().view.screen, Screen::People, "nothing lies behind");
    window.click("Who is this? (4 faces)");
    window.key(Key::Enter);
    window.sent(&[]);
}
