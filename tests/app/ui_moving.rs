//! Groups join, part and change places while one works with them; and the window is closed while something is going on.

use std::sync::Arc;

use albumen::domain::{Activity, FaceId, Group, GroupId, Groups, HistoryEntry, Snapshot};
use albumen::engine::Command;
use albumen::ui::Screen;
use egui::{Event, Key, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::ui_kit::{Window, faces, library, person, unnamed};

/// The same faces in other groups, as the engine would bring it.
pub fn grouped(before: &Snapshot, groups: &[(GroupId, Option<&str>, &[u32])]) -> Snapshot {
    let mut snapshot = before.clone();
    let group = |(id, name, numbers): &(GroupId, Option<&str>, &[u32])| {
        Group::new(*id, name.map(String::from), faces(numbers), FaceId(numbers[0]))
    };
    let groups: Vec<Group> = groups.iter().map(group).collect();
    let placed = groups.iter().flat_map(|group| group.faces.iter().map(|face| (*face, group.id)));
    snapshot.group_of = placed.collect();
    snapshot.groups = groups.into();
    snapshot.generation += 1;
    snapshot
}

/// Nobody has a name: faces 1 to 4, and 5 and 6.
fn strangers() -> Snapshot {
    library(&[(None, 4), (None, 2)])
}

/// The window on one of them.
fn looking_at(face: u32) -> Window {
    let mut window = Window::new(strangers());
    window.open(Screen::People);
    window.open(Screen::Person(unnamed(face)));
    window
}

#[test]
fn the_screen_stays_with_the_group_and_not_with_the_face_that_left() {
    // The lowest face is moved to the others.
    let mut window = looking_at(1);
    let from = window.place("Face 1 of somebody in photo 1.jpg");
    let to = window.place("Go to Who is this?, 2 faces");
    window.drag(from, to);
    window.sent(&[Command::MoveFaces(faces(&[1]), unnamed(5))]);
    let after = grouped(&strangers(), &[(unnamed(2), None, &[2, 3, 4]), (unnamed(1), None, &[1, 5, 6])]);
    window.publish(after.clone());
    assert_eq!(window.app().view.screen, Screen::Person(unnamed(2)));
    // Undone, it is the same again.
    let mut undone = strangers();
    undone.generation = after.generation + 1;
    window.publish(undone);
    assert_eq!(window.app().view.screen, Screen::Person(unnamed(1)));
    // The lower half is split off, and has the old number now.
    let mut window = looking_at(1);
    window.app().view.faces = faces(&[1, 2]).into_iter().collect();
    window.command(Key::B);
    window.sent(&[Command::SplitFaces(faces(&[1, 2]))]);
    let after =
        grouped(&strangers(), &[(unnamed(1), None, &[1, 2]), (unnamed(3), None, &[3, 4]), (unnamed(5), None, &[5, 6])]);
    window.publish(after);
    assert_eq!(window.app().view.screen, Screen::Person(unnamed(3)));
}

#[test]
fn the_way_back_leads_to_where_the_group_is_now() {
    let mut window = looking_at(5);
    window.open(Screen::Faces);
    window.publish(grouped(&strangers(), &[(unnamed(1), None, &[1, 2, 3, 4, 5, 6])]));
    window.key(Key::Escape);
    assert_eq!(window.app().view.screen, Screen::Person(unnamed(1)));
}

#[test]
fn typing_goes_on_when_the_group_joins_another() {
    let mut window = Window::new(strangers());
    window.open(Screen::People);
    window.click("Who is this? (2 faces)");
    window.type_text("Cl");
    window.publish(grouped(&strangers(), &[(unnamed(1), None, &[1, 2, 3, 4, 5, 6])]));
    assert!(window.harness.get_by_label("Who is this? (6 faces)").is_focused());
    window.type_text("eo");
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(unnamed(1), "Cleo".to_owned())]);
}

#[test]
fn letters_are_no_keys_when_the_group_has_become_somebody() {
    let before = library(&[(Some("Ann"), 4), (None, 3), (None, 2)]);
    let mut window = Window::new(before.clone());
    window.open(Screen::Faces);
    window.open(Screen::People);
    window.click("Group of 3 faces, not named");
    window.click("Who is this? (2 faces)");
    window.type_text("Cl");
    let after = grouped(&before, &[(person(1), Some("Ann"), &[1, 2, 3, 4, 8, 9]), (unnamed(5), None, &[5, 6, 7])]);
    window.handle.publish(after);
    window.harness.run_steps(2);
    for key in [Key::Num1, Key::Delete, Key::Space, Key::Enter] {
        window.harness.event(Event::Text("1".to_owned()));
        window.harness.key_press(key);
        window.harness.run_steps(2);
    }
    window.sent(&[]);
    assert_eq!(window.app().view.screen, Screen::People);
    // Once nobody types any more they are keys again.
    window.harness.run_steps(40);
    window.key(Key::Num1);
    window.sent(&[Command::MergeGroups(vec![person(1), unnamed(5)])]);
}

/// Bo's card, the first, while the group of two grows larger than everybody.
fn growing() -> (Snapshot, Snapshot) {
    let before = library(&[(None, 5), (None, 3), (None, 2), (None, 1), (None, 1), (None, 1), (None, 1)]);
    let after = grouped(
        &before,
        &[
            (unnamed(9), None, &[9, 10, 11, 12, 13, 14]),
            (unnamed(1), None, &[1, 2, 3, 4, 5]),
            (unnamed(6), None, &[6, 7, 8]),
        ],
    );
    (before, after)
}

#[test]
fn the_board_keeps_its_order_while_a_name_is_typed() {
    let (before, after) = growing();
    let mut window = Window::new(before);
    window.open(Screen::People);
    let first = window.place("Group of 5 faces, not named");
    let place = window.place("Group of 2 faces, not named");
    window.click("Who is this? (2 faces)");
    window.type_text("Cl");
    window.publish(after);
    assert_eq!(window.place("Group of 6 faces, not named"), place);
    assert!(window.harness.get_by_label("Who is this? (6 faces)").is_focused());
    window.key(Key::Escape);
    assert_eq!(window.place("Group of 6 faces, not named"), first, "then it takes the place that it should have");
}

#[test]
fn a_name_is_typed_on_when_its_card_is_scrolled_away() {
    let groups: Vec<(Option<&str>, u32)> = (0..80).map(|_| (None, 2)).chain([(None, 3)]).collect();
    let mut window = Window::new(library(&groups));
    window.open(Screen::People);
    window.click("Who is this? (3 faces)");
    window.type_text("Cl");
    window.harness.hover_at(egui::pos2(600.0, 400.0));
    window.harness.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, -2000.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: egui::Modifiers::NONE,
    });
    window.harness.run_steps(20);
    window.type_text("eo");
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(unnamed(161), "Cleo".to_owned())]);
}

#[test]
fn a_drop_lands_on_the_card_it_was_let_go_over() {
    let (before, after) = growing();
    let mut window = Window::new(before);
    window.open(Screen::People);
    let (from, to) = (window.place("Group of 3 faces, not named"), window.place("Group of 5 faces, not named"));
    window.carry(from, to);
    window.handle.publish(after);
    window.harness.run_steps(2);
    window.harness.drop_at(to);
    window.sent(&[Command::MergeGroups(vec![unnamed(1), unnamed(6)])]);
    assert_eq!(window.place("Group of 6 faces, not named"), to, "then everybody goes where they belong");
}

/// The same while photos are read.
fn reading(mut snapshot: Snapshot) -> Snapshot {
    snapshot.activity = Activity::Scanning { done: 12, total: 40, seconds_left: None, paused: false };
    snapshot
}

/// The cards on the board in their order, by how many faces they have and whose they are.
fn order(window: &Window) -> Vec<String> {
    let nodes = window.harness.query_all_by_label_contains("Group of ");
    let mut cards: Vec<((i32, i32), String)> = nodes
        .filter_map(|node| {
            let at = node.rect().min;
            let label = node.accesskit_node().label()?;
            Some(((at.y as i32, at.x as i32), label.strip_prefix("Group of ")?.to_owned()))
        })
        .collect();
    cards.sort();
    cards.into_iter().map(|(_, label)| label).collect()
}

#[test]
fn nothing_jumps_on_the_board_while_photos_are_read() {
    let before = reading(growing().0);
    let mut window = Window::new(before.clone());
    window.open(Screen::People);
    assert_eq!(order(&window), ["5 faces, not named", "3 faces, not named", "2 faces, not named"]);
    assert!(!window.mentions("Sort by size"));
    // The smallest outgrows the others, and somebody new is larger than two of them.
    let grown = grouped(
        &before,
        &[
            (unnamed(9), None, &[9, 10, 15, 16, 17, 18]),
            (unnamed(1), None, &[1, 2, 3, 4, 5]),
            (unnamed(11), None, &[11, 12, 13, 14]),
            (unnamed(6), None, &[6, 7, 8]),
        ],
    );
    window.publish(grown.clone());
    let kept = ["5 faces, not named", "3 faces, not named", "6 faces, not named", "4 faces, not named"];
    assert_eq!(order(&window), kept);
    assert!(window.shows("Sort by size · 1 new, 1 out of order"));
    // What one does oneself moves the cards of that, and no others.
    let mut named = grouped(
        &grown,
        &[
            (person(1), Some("Ann"), &[6, 7, 8]),
            (unnamed(9), None, &[9, 10, 15, 16, 17, 18]),
            (unnamed(1), None, &[1, 2, 3, 4, 5]),
            (unnamed(11), None, &[11, 12, 13, 14]),
        ],
    );
    named.history = Arc::new(vec![HistoryEntry { text: "Named 3 faces Ann".into(), active: true }]);
    window.publish(named.clone());
    let kept = ["3 faces, Ann", "5 faces, not named", "6 faces, not named", "4 faces, not named"];
    assert_eq!(order(&window), kept);
    // Nor does the end of the reading move anything.
    let mut over = named.clone();
    (over.activity, over.generation) = (Activity::Idle, named.generation + 1);
    window.publish(over.clone());
    assert_eq!(order(&window), kept);
    // Until one wants it: by a click, or by a key on the button.
    window.harness.get_by_label("Sort by size · 1 new, 1 out of order").focus();
    window.harness.run();
    window.key(Key::Enter);
    let sorted = ["3 faces, Ann", "6 faces, not named", "5 faces, not named", "4 faces, not named"];
    assert_eq!(order(&window), sorted);
    assert!(!window.mentions("Sort by size"));
}

#[test]
fn whoever_comes_to_the_board_finds_the_largest_first() {
    let (before, after) = growing();
    let mut window = Window::new(reading(before.clone()));
    window.open(Screen::People);
    window.publish(reading(after.clone()));
    let kept = ["5 faces, not named", "3 faces, not named", "6 faces, not named"];
    assert_eq!(order(&window), kept);
    window.open(Screen::Faces);
    window.open(Screen::People);
    let sorted = ["6 faces, not named", "5 faces, not named", "3 faces, not named"];
    assert_eq!(order(&window), sorted);
    // The first groups of all stand as they should, and stay so.
    let mut first = reading(before.clone());
    first.groups = Groups::default();
    let mut window = Window::new(first);
    window.open(Screen::People);
    window.publish(Snapshot { generation: 2, ..reading(before) });
    assert_eq!(order(&window), ["5 faces, not named", "3 faces, not named", "2 faces, not named"]);
    window.publish(Snapshot { generation: 3, ..reading(after) });
    assert_eq!(order(&window), kept);
    window.click("Sort by size · 1 out of order");
    assert_eq!(order(&window), sorted);
}

#[test]
fn on_every_screen_it_is_said_that_the_library_does_not_answer() {
    let mut snapshot = strangers();
    snapshot.undo = Some("Ignored 1 face".to_owned());
    let mut window = Window::new(snapshot);
    window.open(Screen::History);
    window.hang_up();
    window.command(Key::Z);
    assert!(window.mentions("The library does not answer"));
    window.click("Close");
    assert!(!window.mentions("The library does not answer"));
}

/// Asks the window to close; gives whether it does.
fn closes(window: &mut Window) -> bool {
    let input = window.harness.input_mut();
    input.viewports.entry(ViewportId::ROOT).or_default().events.push(ViewportEvent::Close);
    window.harness.run_steps(1);
    let closes = !commands(window).contains(&ViewportCommand::CancelClose);
    window.harness.run();
    closes
}

fn commands(window: &Window) -> Vec<ViewportCommand> {
    window.harness.output().viewport_output.get(&ViewportId::ROOT).map(|root| root.commands.clone()).unwrap_or_default()
}

#[test]
fn closing_asks_once_while_photos_are_read() {
    let mut window = Window::new(strangers());
    window.open(Screen::People);
    assert!(closes(&mut window), "at rest it does so at once");
    let mut busy = strangers();
    busy.activity = Activity::Scanning { done: 12, total: 40, seconds_left: None, paused: false };
    busy.generation += 1;
    window.publish(busy.clone());
    // What stood there before comes back when the window stays open.
    window.command(Key::K);
    window.type_text("light");
    assert!(!closes(&mut window));
    assert!(window.shows("Photos are still being read") && window.mentions("What was found so far is kept"));
    window.click("Keep open");
    assert!(!window.shows("Photos are still being read") && window.shows("Light or dark"));
    window.key(Key::Escape);
    // Escape keeps it open as well; the keys behind are still.
    window.click("Group of 4 faces, not named");
    assert!(!closes(&mut window));
    window.command(Key::I);
    window.key(Key::Escape);
    assert!(!window.shows("Photos are still being read"));
    window.sent(&[]);
    // The button closes, and so does asking again.
    assert!(!closes(&mut window));
    window.harness.get_by_label("Close").click();
    let mut asked = false;
    for _ in 0..4 {
        window.harness.run_steps(1);
        asked |= commands(&window).contains(&ViewportCommand::Close);
    }
    assert!(asked, "the button asks again");
    assert!(closes(&mut window));
    // Read to the end, there is nothing left to ask.
    busy.activity = Activity::Idle;
    busy.generation += 1;
    window.publish(busy);
    assert!(!window.shows("Photos are still being read"));
}

#[test]
fn a_minimised_window_comes_forward_to_ask() {
    let mut busy = strangers();
    busy.activity = Activity::Scanning { done: 12, total: 40, seconds_left: None, paused: false };
    let mut window = Window::new(busy);
    window.open(Screen::People);
    // Nobody sees it, so no frame is drawn.
    let mut input = egui::RawInput::default();
    let root = input.viewports.entry(ViewportId::ROOT).or_default();
    root.events.push(ViewportEvent::Close);
    (root.minimized, root.focused) = (Some(true), Some(false));
    let closes = |window: &mut Window| {
        let ctx = window.harness.ctx.clone();
        let app = window.harness.state_mut().as_mut().unwrap();
        let output = ctx.run_logic(&input, |ctx| app.unseen(ctx));
        output.viewport_commands.get(&ViewportId::ROOT).cloned().unwrap_or_default()
    };
    let asked = closes(&mut window);
    for command in [ViewportCommand::CancelClose, ViewportCommand::Minimized(false), ViewportCommand::Focus] {
        assert!(asked.contains(&command), "{asked:?}");
    }
    window.harness.run();
    assert!(window.shows("Photos are still being read"));
    // Where it cannot come forward, asking again closes it.
    assert!(!closes(&mut window).contains(&ViewportCommand::CancelClose));
}

#[test]
fn closing_says_what_becomes_of_albums() {
    let mut busy = library(&[(Some("Ann"), 4)]);
    busy.activity = Activity::Exporting { done: 1, total: 4 };
    busy.problems = Arc::default();
    let mut window = Window::new(busy);
    window.open(Screen::People);
    assert!(!closes(&mut window));
    assert!(window.shows("Albums are still being written") && window.mentions("is whole and stays"));
    assert!(closes(&mut window));
}
