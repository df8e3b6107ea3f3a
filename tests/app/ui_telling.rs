//! What the window says: all of it can be read, and what cannot be done says why.

use std::sync::Arc;

use albumen::domain::{Activity, HistoryEntry, Snapshot};
use albumen::ui::{Action, Screen};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::ui_kit::{Window, library, person, unnamed};

const SMALLEST: [f32; 2] = [640.0, 420.0];

/// Rests the pointer on a place until its tooltip comes.
fn rest(window: &mut Window, place: egui::Pos2) {
    window.harness.hover_at(place);
    window.harness.run_steps(30);
}

#[test]
fn a_place_that_is_closed_says_why() {
    let mut window = Window::new(Snapshot { ready: true, ..Snapshot::default() });
    assert!(window.harness.get_by_label("Search photos").accesskit_node().is_disabled());
    let place = window.place("Search photos");
    rest(&mut window, place);
    assert!(window.mentions("There are no photos to search yet"));
}

#[test]
fn everything_is_found_from_a_narrow_window_too() {
    let mut window = Window::with(library(&[(Some("Ann"), 2)]), SMALLEST, egui::Theme::Light);
    window.open(Screen::People);
    window.click("More");
    window.harness.get_by_label_contains("Find anything…").click();
    window.harness.run();
    window.type_text("light");
    assert!(window.shows("Light or dark"));
}

#[test]
fn a_long_line_of_the_history_can_be_read() {
    let mut snapshot = library(&[(Some("Ann"), 2)]);
    let long = format!("Named 2 faces {}", "Wolfeschlegelsteinhausen ".repeat(16).trim());
    snapshot.history = Arc::new(vec![HistoryEntry { text: long.as_str().into(), active: true }]);
    let mut window = Window::new(snapshot);
    window.open(Screen::History);
    let line = window.place(&long);
    assert_eq!(window.harness.query_all_by_label(&long).count(), 1);
    rest(&mut window, line);
    assert_eq!(window.harness.query_all_by_label(&long).count(), 2, "the line, and all of it beside the pointer");
}

#[test]
fn the_list_of_names_never_lies_on_its_field() {
    let names = ["Pa", "Pb", "Pc", "Pd", "Pe", "Pf"];
    let mut groups: Vec<(Option<&str>, u32)> = names.iter().map(|name| (Some(*name), 3)).collect();
    groups.push((None, 2));
    let mut window = Window::with(library(&groups), SMALLEST, egui::Theme::Light);
    window.open(Screen::People);
    window.key(Key::End);
    window.key(Key::Enter);
    window.type_text("P");
    window.harness.run_steps(2);
    let field = window.harness.get_by_label("Who is this? (2 faces)").rect();
    for line in ["Pa, 3 faces", "Pf, 3 faces", "P, Somebody new"] {
        let line = window.harness.get_by_label(line).rect();
        assert!(!line.intersects(field), "{line:?} lies on {field:?}");
    }
}

#[test]
fn what_is_typed_brings_the_first_line_into_view() {
    let names: Vec<String> = (1..=40).map(|number| format!("Person {number:02}")).collect();
    let mut groups: Vec<(Option<&str>, u32)> = names.iter().map(|name| (Some(name.as_str()), 2)).collect();
    groups.push((None, 2));
    let mut window = Window::new(library(&groups));
    window.open(Screen::People);
    window.app().view.groups = [unnamed(81)].into();
    window.harness.run();
    window.harness.key_press_modifiers(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::M);
    window.harness.run();
    for _ in 0..35 {
        window.key(Key::ArrowDown);
    }
    assert!(!window.shows("Person 01, 2 faces"));
    window.type_text("P");
    window.harness.run_steps(2);
    assert!(window.shows("Person 01, 2 faces"));
}

#[test]
fn a_group_is_merged_into_somebody_else_only() {
    let mut window = Window::new(library(&[(Some("Ann"), 5), (None, 2)]));
    window.open(Screen::People);
    let snapshot = window.handle.snapshot();
    for (group, expected) in [(person(1), false), (unnamed(6), true)] {
        window.app().view.groups = [group].into();
        assert_eq!(Action::MergeInto.enabled(&snapshot, &window.app().view).is_ok(), expected, "{group:?}");
    }
}

#[test]
fn groups_that_are_made_at_once_move_nothing() {
    let mut snapshot = library(&[(Some("Ann"), 5), (None, 2)]);
    let mut window = Window::new(snapshot.clone());
    window.open(Screen::People);
    snapshot.activity = Activity::Grouping(None);
    snapshot.generation += 1;
    window.publish(snapshot);
    assert!(window.harness.query_by_role(Role::ProgressIndicator).is_none());
    window.harness.run_steps(20);
    assert!(window.harness.query_by_role(Role::ProgressIndicator).is_some(), "it takes longer");
}

#[test]
fn from_an_empty_choice_one_button_leads_to_every_face() {
    let mut window = Window::new(library(&[(Some("Ann"), 5)]));
    window.open(Screen::Faces);
    window.click("Which faces");
    window.harness.query_all_by_label("Unsure").last().unwrap().click();
    window.harness.run();
    window.click("Show every face");
    assert!(window.shows("Face 1 of Ann in photo 1.jpg"));
}

#[test]
fn one_face_is_forgotten_in_the_singular() {
    let mut window = Window::new(library(&[(Some("Ann"), 1), (Some("Bo"), 2)]));
    window.open(Screen::Person(person(1)));
    window.click("What to do with this group");
    window.harness.get_by_label_contains("Forget for good").click();
    window.harness.run();
    assert!(window.mentions("1 face of Ann leaves the library"));
}
