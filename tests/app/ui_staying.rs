//! What stays as it was: the place one has scrolled to, the keys, and what is selected, which is always seen to be.

use std::sync::Arc;

use albumen::domain::{HistoryEntry, PhotoId, Snapshot};
use albumen::engine::Command;
use albumen::ui::Screen;
use egui::accesskit::Role;
use egui::{Key, Modifiers, PointerButton};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::ui_kit::{Window, faces, library, person, unnamed};
use crate::ui_map::wheel;
use crate::ui_moving::grouped;
use crate::ui_several::{asking, pull};

/// Ann with faces 1 to 9, Bo with 10 to 12, nobody yet with 13 to 16, and 17 and 18 alone.
fn people() -> Snapshot {
    library(&[(Some("Ann"), 9), (Some("Bo"), 3), (None, 4), (None, 1), (None, 1)])
}

fn at(screen: Screen) -> Window {
    let mut window = Window::new(people());
    window.open(screen);
    window
}

/// Ann with 150 faces, Bo with as many.
fn many() -> Snapshot {
    library(&[(Some("Ann"), 150), (Some("Bo"), 150)])
}

const ONCE: &str = "People seen once";
const ALONE: &str = "Face 17 of somebody in photo 17.jpg";

/// To the last of many, with nothing selected.
fn to_the_end(window: &mut Window) {
    window.key(Key::End);
    window.key(Key::Escape);
    assert!(window.app().view.faces.is_empty());
}

#[test]
fn a_slider_that_is_pulled_scrolls_nothing() {
    let mut window = Window::new(many());
    window.open(Screen::Faces);
    window.app().view.settings.card_width = 216.0; // in the middle
    to_the_end(&mut window);
    assert!(!window.shows("Face 1 of Ann in photo 1.jpg"));
    let slider = window.harness.get_by_role_and_label(Role::Slider, "Size of the pictures").rect().center();
    window.harness.hover_at(slider);
    window.harness.run();
    window.harness.drag_at(slider);
    window.harness.run_steps(300);
    assert!(!window.shows("Face 1 of Ann in photo 1.jpg"), "one is where one was");
    window.harness.drop_at(slider);
    window.harness.run();
}

#[test]
fn the_keys_of_a_slider_select_nobody() {
    let mut window = at(Screen::Faces);
    window.harness.get_by_role_and_label(Role::Slider, "Size of the pictures").focus();
    window.harness.run();
    let before = window.app().view.settings.card_width;
    window.key(Key::ArrowRight);
    assert!(window.app().view.settings.card_width > before);
    assert!(window.app().view.faces.is_empty());
}

/// The face at the upper left of the grid, and where it lies.
fn first_seen(window: &Window) -> (String, i32) {
    let nodes = window.harness.query_all_by_label_contains("Face ");
    let faces = nodes.filter_map(|node| Some((node.rect().min, node.accesskit_node().label()?)));
    let first = faces.min_by(|(one, _), (two, _)| (one.y, one.x).partial_cmp(&(two.y, two.x)).unwrap());
    first.map(|(at, label)| (label, at.y as i32)).unwrap()
}

#[test]
fn what_comes_before_moves_nothing_away() {
    let mut window = Window::new(library(&[(Some("Ann"), 300)]));
    window.open(Screen::Faces);
    window.click("Order of the faces");
    window.harness.query_all_by_label("Newest first").last().unwrap().click();
    window.harness.run();
    for _ in 0..3 {
        window.key(Key::PageDown);
    }
    window.key(Key::Escape);
    let before = first_seen(&window);
    // Some of every year come in between.
    let mut snapshot = library(&[(Some("Ann"), 400)]);
    snapshot.generation = 2;
    window.publish(snapshot);
    assert!((first_seen_at(&window, &before.0) - before.1).abs() <= 1, "{before:?}");
    // Nor do larger pictures.
    let before = first_seen(&window);
    window.command(Key::Equals);
    assert!((first_seen_at(&window, &before.0) - before.1).abs() < 80, "it is still seen first");
}

/// Where a face lies.
fn first_seen_at(window: &Window, label: &str) -> i32 {
    window.harness.get_by_label(label).rect().top() as i32
}

#[test]
fn every_group_is_scrolled_for_itself() {
    let mut window = Window::new(many());
    window.open(Screen::Person(person(1)));
    to_the_end(&mut window);
    window.open(Screen::Person(person(2)));
    assert!(window.shows("Face 151 of Bo in photo 151.jpg"), "at the beginning");
    window.key(Key::Escape);
    assert!(window.shows("Face 150 of Ann in photo 150.jpg"), "where one was");
    // A group that gets a name has another number: one stays where one was.
    let before = library(&[(None, 150), (None, 2)]);
    let mut window = Window::new(before.clone());
    window.open(Screen::Person(unnamed(1)));
    to_the_end(&mut window);
    let all: Vec<u32> = (1..=150).collect();
    window.publish(grouped(&before, &[(person(7), Some("Ann"), all.as_slice()), (unnamed(151), None, &[151, 152])]));
    assert_eq!(window.app().view.screen, Screen::Person(person(7)));
    assert!(window.shows("Face 150 of Ann in photo 150.jpg") && !window.shows("Face 1 of Ann in photo 1.jpg"));
}

#[test]
fn who_joins_a_group_moves_nothing_on_its_screen() {
    let before = library(&[(Some("Ann"), 150), (Some("Bo"), 150), (Some("Cy"), 150)]);
    let mut window = Window::new(before.clone());
    window.open(Screen::Person(person(1)));
    window.open(Screen::Person(person(2)));
    to_the_end(&mut window);
    window.key(Key::Escape);
    assert!(window.shows("Face 1 of Ann in photo 1.jpg"));
    let (ann, cy): (Vec<u32>, Vec<u32>) = ((1..=300).collect(), (301..=450).collect());
    window
        .publish(grouped(&before, &[(person(1), Some("Ann"), ann.as_slice()), (person(3), Some("Cy"), cy.as_slice())]));
    assert!(window.shows("Face 1 of Ann in photo 1.jpg"), "where one was, not where one was with Bo");
    window.open(Screen::Person(person(3)));
    assert!(window.shows("Face 301 of Cy in photo 301.jpg"), "nor does Cy begin there");
}

#[test]
fn another_library_is_seen_from_its_beginning() {
    let mut window = Window::new(Snapshot { library_path: "/one.albumen".into(), ..many() });
    window.open(Screen::Faces);
    to_the_end(&mut window);
    window.publish(Snapshot { library_path: "/two.albumen".into(), generation: 2, ..many() });
    window.open(Screen::Faces);
    assert!(window.shows("Face 1 of Ann in photo 1.jpg"));
}

#[test]
fn a_card_out_of_sight_is_shown_to_be_named() {
    let mut cards: Vec<(Option<&str>, u32)> = vec![(None, 3); 90];
    cards.push((None, 2));
    let mut window = Window::new(library(&cards));
    window.open(Screen::People);
    let field = "Who is this? (2 faces)";
    assert!(!window.shows(field));
    // Selected, but nowhere near the keys.
    window.app().view.groups = [unnamed(271)].into();
    window.key(Key::F2);
    assert!(window.shows(field));
}

#[test]
fn another_search_begins_at_its_top() {
    let mut window = Window::new(many());
    window.command(Key::F);
    window.type_text("Ann");
    window.key(Key::ArrowDown);
    window.key(Key::End);
    assert!(window.shows("Photo photo 1.jpg"), "the latest come first");
    window.command(Key::F);
    window.command(Key::A);
    window.type_text("Bo");
    // The latest year, 2020, and in it the latest photo.
    let top = window.harness.query_all_by_label_contains("Photo photo ").map(|node| node.rect().top() as i32).min();
    let first =
        window.harness.query_all_by_label_contains("Photo photo 288").next().map(|node| node.rect().top() as i32);
    assert_eq!(first, top);
}

#[test]
fn a_long_history_does_not_scroll_the_settings() {
    let mut snapshot = people();
    let entry = |number: usize| HistoryEntry { text: format!("Named somebody {number}").into(), active: true };
    snapshot.history = Arc::new((0..200).map(entry).collect());
    let mut window = Window::with(snapshot, [640.0, 420.0], egui::Theme::Light);
    window.open(Screen::History);
    let middle = window.harness.ctx.content_rect().center();
    wheel(&mut window, middle, -40.0);
    assert!(!window.shows("Named somebody 199"));
    window.open(Screen::Settings);
    let theme = window.harness.get_by_label("Theme").rect();
    assert!(window.harness.ctx.content_rect().contains_rect(theme), "{theme:?}");
}

#[test]
fn another_year_selects_nobody_unseen() {
    let mut window = at(Screen::Person(person(1)));
    window.click("Face 1 of Ann in photo 1.jpg");
    window.click("2010: 3 faces");
    assert!(window.app().view.faces.is_empty());
    window.key(Key::Delete);
    window.sent(&[]);
    // Those of the year go: what is left is shown.
    let (ann, others) = ([1, 2, 3, 7, 8, 9], [4, 5, 6]);
    window.publish(grouped(&people(), &[(person(1), Some("Ann"), &ann), (unnamed(4), None, &others)]));
    assert!(window.shows("Face 7 of Ann in photo 7.jpg"));
}

#[test]
fn the_year_counts_again_after_a_photo() {
    let mut window = at(Screen::People);
    window.open(Screen::Person(person(1)));
    window.click("2010: 3 faces");
    window.harness.run_steps(10); // so that this click is none of the two
    for _ in 0..2 {
        window.harness.get_by_label("Face 5 of Ann in photo 5.jpg").click();
        window.harness.run_steps(1);
    }
    window.harness.run();
    assert_eq!(window.app().view.screen, Screen::Photo(PhotoId(5)));
    window.key(Key::ArrowRight);
    window.key(Key::Escape);
    assert_eq!(window.app().view.screen, Screen::Person(person(1)));
    assert!(window.shows("Face 4 of Ann in photo 4.jpg") && !window.shows("Face 1 of Ann in photo 1.jpg"));
    // Another person, and back: all years.
    window.open(Screen::Person(person(2)));
    window.open(Screen::Person(person(1)));
    assert!(window.shows("Face 1 of Ann in photo 1.jpg"));
}

#[test]
fn a_selection_begins_afresh_on_another_screen() {
    let mut window = at(Screen::Faces);
    window.click("Face 1 of Ann in photo 1.jpg");
    window.open(Screen::Person(person(1)));
    window.click_with("Face 4 of Ann in photo 4.jpg", Modifiers::SHIFT);
    assert_eq!(window.app().view.faces, faces(&[4]).into_iter().collect());
}

#[test]
fn cards_or_faces_are_selected_and_never_both() {
    let mut window = Window::new(library(&[(Some("Ann"), 5), (None, 1)]));
    window.open(Screen::People);
    window.click(ONCE);
    window.click("Face 6 of somebody in photo 6.jpg");
    let card = window.harness.get_by_label("Group of 5 faces, Ann").rect();
    window.drag(egui::pos2(card.right() + 60.0, card.top() + 20.0), card.center());
    let view = &window.app().view;
    assert_eq!((view.faces.len(), view.groups.clone()), (0, [person(1)].into()));
    window.command(Key::I);
    window.sent(&[Command::IgnoreGroups(vec![person(1)], true)]);
}

#[test]
fn a_rectangle_that_is_given_up_leaves_what_was_selected() {
    let mut window = at(Screen::Faces);
    window.click("Face 9 of Ann in photo 9.jpg");
    let first = window.harness.get_by_label("Face 1 of Ann in photo 1.jpg").rect();
    let last = window.harness.get_by_label("Face 18 of somebody in photo 18.jpg").rect();
    let from = egui::pos2(first.left() + 2.0, last.bottom() + 60.0);
    window.carry(from, first.center());
    assert!(window.app().view.faces.contains(&faces(&[1])[0]));
    window.harness.key_press(Key::Escape);
    window.harness.run_steps(2);
    window.harness.drop_at(first.center());
    window.harness.run();
    assert_eq!(window.app().view.faces, faces(&[9]).into_iter().collect());
    assert_eq!(window.app().view.screen, Screen::Faces);
}

#[test]
fn what_is_folded_away_or_joins_others_is_not_selected_any_more() {
    let mut window = at(Screen::People);
    window.click(ONCE);
    window.click(ALONE);
    assert!(window.shows("Move to…"), "somebody seen once is somebody");
    window.click(ONCE);
    assert!(window.app().view.faces.is_empty());
    window.click(ONCE);
    window.click(ALONE);
    let groups: [(_, _, &[u32]); 3] =
        [(person(1), Some("Ann"), &[1, 2, 3]), (unnamed(13), None, &[13, 14, 15, 16, 17]), (unnamed(18), None, &[18])];
    window.publish(grouped(&people(), &groups));
    assert!(window.app().view.faces.is_empty());
}

#[test]
fn who_leaves_the_list_is_not_selected_any_more() {
    let mut window = at(Screen::Faces);
    window.click("Which faces");
    window.harness.query_all_by_label("Not named").last().unwrap().click();
    window.harness.run();
    window.click("Face 13 of somebody in photo 13.jpg");
    window.click_with(ALONE, Modifiers::COMMAND);
    let groups: [(_, _, &[u32]); 3] = [
        (person(1), Some("Ann"), &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        (person(3), Some("Cy"), &[13, 14, 15, 16]),
        (unnamed(17), None, &[17, 18]),
    ];
    window.publish(grouped(&people(), &groups));
    assert_eq!(window.app().view.faces, faces(&[17]).into_iter().collect());
}

#[test]
fn a_photo_that_is_gone_leads_back() {
    let mut window = at(Screen::Faces);
    window.open(Screen::Photo(PhotoId(1)));
    let mut snapshot = people();
    snapshot.photos.remove(&PhotoId(1));
    snapshot.generation += 1;
    window.publish(snapshot);
    assert_eq!(window.app().view.screen, Screen::Faces);
}

#[test]
fn the_wheel_comes_nearer_over_a_face_too() {
    let mut window = at(Screen::Photo(PhotoId(1)));
    let width = |window: &Window| window.harness.get_by_label("Face of Ann").rect().width();
    let (before, place) = (width(&window), window.place("Face of Ann"));
    wheel(&mut window, place, 4.0);
    assert!(width(&window) > 1.2 * before);
}

#[test]
fn a_photo_cannot_be_pushed_out_of_sight() {
    let mut window = at(Screen::Photo(PhotoId(1)));
    window.key(Key::Plus);
    let middle = window.harness.ctx.content_rect().center();
    pull(&mut window, middle, middle + egui::vec2(3000.0, 0.0), PointerButton::Primary);
    let face = window.harness.get_by_label("Face of Ann").rect();
    assert!(window.harness.ctx.content_rect().contains(face.center()), "{face:?}");
    assert!(face.center().x > middle.x, "it was moved");
}

#[test]
fn keys_belong_to_an_open_menu() {
    let mut window = at(Screen::People);
    window.harness.get_by_label("Group of 9 faces, Ann").click_secondary();
    window.harness.run();
    window.key(Key::Enter);
    assert!(!window.shows("Who is this? (9 faces)"), "no name is changed behind it");
    let mut window = Window::new(asking());
    window.open(Screen::Review);
    window.click("More");
    window.key(Key::Y);
    window.sent(&[]);
}

#[test]
fn after_a_dialog_the_keys_are_where_they_were() {
    let mut window = at(Screen::People);
    window.click("Who is this? (4 faces)");
    window.type_text("Cl");
    window.command(Key::K);
    window.key(Key::Escape);
    assert!(window.harness.get_by_label("Who is this? (4 faces)").is_focused());
    window.type_text("eo");
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(unnamed(13), "Cleo".to_owned())]);
    // A name that is being changed is not given up.
    window.open(Screen::Person(person(2)));
    window.key(Key::F2);
    window.type_text("Bob");
    window.command(Key::K);
    window.key(Key::Escape);
    window.type_text("by");
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(person(2), "Bobby".to_owned())]);
}

#[test]
fn the_mark_stays_on_who_was_chosen() {
    let before = library(&[(Some("Rob A"), 4), (Some("Rob B"), 3), (None, 2)]);
    let mut window = Window::new(before.clone());
    window.open(Screen::People);
    window.click("Who is this? (2 faces)");
    window.type_text("Rob");
    window.key(Key::ArrowDown);
    let groups: [(_, _, &[u32]); 3] = [
        (person(2), Some("Rob B"), &[2, 3, 4, 5, 6, 7]),
        (person(1), Some("Rob A"), &[1]),
        (unnamed(8), None, &[8, 9]),
    ];
    window.publish(grouped(&before, &groups));
    window.key(Key::Enter);
    window.sent(&[Command::MergeGroups(vec![person(1), unnamed(8)])]);
}
