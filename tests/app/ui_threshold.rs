//! The threshold's screen on snapshots made by hand: what is asked while the slider moves, and what the board shows of it.

use std::sync::Arc;
use std::time::Instant;

use albumen::domain::{Edit, GroupId, Preview, Snapshot};
use albumen::engine::Command;
use albumen::ui::Screen;
use egui::accesskit::Role;
use egui::{Key, Pos2, Theme};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::ui_kit::{Window, faces, library, person, unnamed};

const SLIDER: &str = "How readily faces join a group";

/// Ann with faces 1 to 12; nobody yet with 13 to 16, with 17 and 18 and with 19 to 30; Bo with 31 to 33; 34 alone.
fn people() -> Snapshot {
    library(&[(Some("Ann"), 12), (None, 4), (None, 2), (None, 12), (Some("Bo"), 3), (None, 1)])
}

/// Three cards join, one parts, the others stay.
pub fn changes(looseness: i16) -> Snapshot {
    let mut snapshot = people();
    let (large, small): (Vec<u32>, Vec<u32>) = ((19..=27).collect(), (28..=30).collect());
    snapshot.preview = Some(Arc::new(Preview {
        looseness,
        groups: 4,
        singles: 1,
        joins: vec![vec![person(1), unnamed(13), unnamed(17)]],
        parts: vec![(unnamed(19), vec![faces(&small), faces(&large)])],
    }));
    snapshot
}

/// So many cards join and so many part, twelve groups or piles in each; so many stay.
pub fn many(looseness: i16, changed: u32, stay: u32) -> Snapshot {
    let sizes = (0..changed).flat_map(|_| std::iter::repeat_n((None, 2), 12).chain([(None, 24)]));
    let mut snapshot = library(&sizes.chain((0..stay).map(|_| (None, 2))).collect::<Vec<_>>());
    let mut preview = Preview { looseness, ..Preview::default() };
    for number in 0..changed {
        let first = number * 48 + 1;
        preview.joins.push((0..12).map(|group| unnamed(first + 2 * group)).collect());
        let piles = (0..12).map(|pile| faces(&[first + 24 + 2 * pile, first + 25 + 2 * pile])).collect();
        preview.parts.push((unnamed(first + 24), piles));
    }
    preview.groups = (13 * changed + stay) as usize;
    snapshot.preview = Some(Arc::new(preview));
    snapshot
}

/// Moves the slider.
pub fn slide(window: &mut Window, place: i16) {
    window.harness.get_by_role_and_label(Role::Slider, SLIDER).set_value_accesskit(f64::from(place));
    window.harness.run();
}

fn publish(window: &mut Window, mut snapshot: Snapshot) {
    snapshot.generation = window.handle.snapshot().generation + 1;
    window.publish(snapshot);
}

/// The screen with the slider somewhere, and then the preview of the snapshot, if there is one.
pub fn at(place: i16, snapshot: Snapshot, size: [f32; 2], theme: Theme) -> Window {
    let bare = Snapshot { preview: None, commands: 0, ..snapshot.clone() };
    let mut window = Window::with(bare.clone(), size, theme);
    window.open(Screen::Threshold);
    // What it asks when it opens is answered.
    publish(&mut window, Snapshot { preview: Some(Arc::default()), ..bare });
    slide(&mut window, place);
    if snapshot.preview.is_some() {
        publish(&mut window, snapshot);
    }
    window
}

fn open(place: i16, snapshot: Snapshot) -> Window {
    at(place, snapshot, [1180.0, 780.0], Theme::Light)
}

fn left_at(window: &Window) -> Option<f64> {
    window.harness.get_by_role_and_label(Role::Slider, SLIDER).accesskit_node().numeric_value()
}

#[test]
fn the_board_shows_what_joins_and_what_parts_before_what_stays() {
    let mut window = at(3, changes(3), [1180.0, 1400.0], Theme::Light);
    let in_order = [
        "4 groups of two faces or more, 1 person seen once",
        "4 groups change, 2 stay as they are",
        "1 group would be made of several",
        "3 groups join: 12 + 4 + 2 faces, Ann",
        "1 group would fall apart",
        "Parts into 9 + 3: 12 faces, not named",
        "1 group stays as it is",
    ];
    let tops = in_order.map(|label| window.harness.get_by_label(label).rect().top());
    assert!(tops.is_sorted(), "{tops:?}");
    // Who joins and who stays stands there by name; nobody is in two places.
    for label in ["Ann, 12 faces", "4 faces", "2 faces"] {
        assert!(window.shows(label), "{label}");
    }
    assert!(!window.shows("Group of 12 faces, Ann"));
    window.commands();
    window.click("4 faces");
    assert_eq!(window.app().view.screen, Screen::Person(unnamed(13)));
    window.key(Key::Escape);
    window.click("Parts into 9 + 3: 12 faces, not named");
    assert_eq!(window.app().view.screen, Screen::Person(unnamed(19)));
    let changing = window.commands().into_iter().filter(|command| !matches!(command, Command::Preview(_))).count();
    assert_eq!(changing, 0, "looking changes nothing");
}

#[test]
fn as_it_is_the_whole_board_stands_there_and_waiting_empties_nothing() {
    let mut window = open(0, people());
    let board = ["Group of 12 faces, Ann", "Group of 3 faces, Bo", "Group of 4 faces, not named"];
    let whole = |window: &Window| board.iter().all(|label| window.shows(label));
    assert!(window.shows("Nothing joins and nothing parts") && window.shows("5 groups stay as they are"));
    assert!(window.shows("5 groups of two faces or more, 1 person seen once") && whole(&window));
    assert!(window.harness.get_by_label("Apply").accesskit_node().is_disabled());
    // Not answered yet.
    slide(&mut window, 3);
    assert!(window.shows("Looking at what would change…") && whole(&window));
    // Answered; then another place, and what was there stays, and says so.
    publish(&mut window, changes(3));
    assert!(window.shows("3 groups join: 12 + 4 + 2 faces, Ann"));
    slide(&mut window, 5);
    assert!(window.shows("This is 3 steps looser than normal. Looking at 5 steps looser than normal…"));
    assert!(window.shows("3 groups join: 12 + 4 + 2 faces, Ann"));
    // Nobody will answer: somebody has cancelled it.
    let cancelled = Snapshot { commands: 9, preview: None, ..people() };
    publish(&mut window, cancelled);
    assert!(window.shows("What would change is not known. Move the slider to look again") && whole(&window));
    window.commands();
    slide(&mut window, 6);
    window.sent(&[Command::Preview(Some(6))]);
    // Back where it was, nothing changes.
    window.click("As it is");
    assert!(window.shows("Nothing joins and nothing parts") && whole(&window));
}

/// While the slider is dragged the newest place is asked for as soon as the last answer is there, and never before.
#[test]
fn the_preview_follows_the_slider_with_one_question_at_a_time() {
    let mut window = Window::new(people());
    window.open(Screen::Threshold);
    let track = window.harness.get_by_role_and_label(Role::Slider, SLIDER).rect();
    let at = |share: f32| Pos2::new(track.left() + share * track.width(), track.center().y);
    let go = |window: &mut Window, share: f32| {
        window.harness.hover_at(at(share));
        window.harness.run_steps(1);
    };
    let answer = |window: &mut Window, place: i16| {
        let mut snapshot = changes(place);
        snapshot.generation = window.handle.snapshot().generation + 1;
        window.handle.publish(snapshot);
        window.harness.run_steps(1);
    };
    let asked = |window: &Window| match window.commands().as_slice() {
        [] => None,
        [Command::Preview(Some(place))] => Some(*place),
        other => panic!("more than one question: {other:?}"),
    };
    assert_eq!(asked(&window), Some(0));
    go(&mut window, 0.5);
    window.harness.drag_at(at(0.5));
    window.harness.run_steps(1);
    for share in [0.55, 0.6, 0.7] {
        go(&mut window, share);
        assert_eq!(asked(&window), None, "the first is not answered yet");
    }
    answer(&mut window, 0);
    let first = asked(&window).expect("the newest place is asked for while the pointer is down");
    assert!(first > 3, "{first}");
    for share in [0.75, 0.8] {
        go(&mut window, share);
        assert_eq!(asked(&window), None);
    }
    answer(&mut window, first);
    let second = asked(&window).unwrap();
    assert!(second > first, "{second} after {first}");
    assert!(
        window.mentions("Looking at") && window.shows("3 groups join: 12 + 4 + 2 faces, Ann"),
        "the last one stays"
    );
    window.harness.drop_at(at(0.8));
    window.harness.run();
    answer(&mut window, second);
    assert_eq!((asked(&window), left_at(&window)), (None, Some(f64::from(second))));
    assert!(!window.mentions("Looking at"));
}

#[test]
fn everything_is_done_by_keys() {
    let mut window = open(0, people());
    window.key(Key::ArrowRight);
    window.key(Key::ArrowRight);
    assert_eq!(left_at(&window), Some(2.0), "the slider has the keys from the start");
    assert!(window.mentions("2 steps looser than normal"));
    publish(&mut window, changes(2));
    window.commands();
    window.harness.get_by_label("Apply").focus();
    window.harness.run();
    window.key(Key::Enter);
    window.sent(&[Command::Edit(Edit::SetLooseness { hundredths: 2 })]);
    // The marks lead to their places.
    window.click("Strict");
    assert_eq!(left_at(&window), Some(-2.0));
    window.harness.get_by_label("Loose").focus();
    window.harness.run();
    window.key(Key::Enter);
    assert_eq!(left_at(&window), Some(4.0));
    // From a button the arrow keys lead to the board, and Enter opens what they are at.
    publish(&mut window, changes(4));
    window.key(Key::ArrowDown);
    window.key(Key::ArrowRight);
    window.key(Key::Enter);
    assert_eq!(window.app().view.screen, Screen::Person(unnamed(19)), "what parts comes after what joins");
    window.key(Key::Escape);
    assert_eq!(window.app().view.screen, Screen::Threshold);
}

/// Applied and taken back elsewhere, the slider is where it counts, and the engine keeps nothing for a screen that is left.
#[test]
fn it_is_one_edit_and_leaving_ends_the_preview() {
    let mut window = open(3, changes(3));
    window.commands();
    window.click("Apply");
    window.sent(&[Command::Edit(Edit::SetLooseness { hundredths: 3 })]);
    publish(&mut window, Snapshot { looseness: Some(3), ..people() });
    window.sent(&[Command::Preview(Some(3))]);
    assert!(window.shows("Nothing joins and nothing parts"));
    publish(&mut window, people());
    assert_eq!(left_at(&window), Some(0.0));
    window.commands();
    window.open(Screen::Faces);
    window.sent(&[Command::Preview(None)]);
    window.open(Screen::People);
    window.sent(&[]);
}

/// What a preview speaks of may have gone since: what is left of it is shown.
#[test]
fn cards_that_have_gone_are_left_out() {
    let mut snapshot = changes(3);
    let gone = |id: GroupId| id == unnamed(17) || id == unnamed(19);
    let stay = snapshot.groups.iter().filter(|group| !gone(group.id)).cloned().collect::<Vec<_>>();
    snapshot.groups = stay.into();
    let window = open(3, snapshot);
    assert!(window.shows("2 groups join: 12 + 4 faces, Ann"));
    assert!(!window.mentions("would fall apart"));
}

/// Of 10,000 groups only those in view are drawn. The figure is printed; the bound is loose, since tests run beside other
/// programs and unoptimised.
#[test]
fn a_large_board_is_drawn_quickly() {
    let mut window = open(3, many(3, 100, 9000));
    let groups = window.handle.snapshot().groups.len();
    assert!(groups > 10_000);
    assert!(window.mentions("12 groups join: 2 + 2 + 2 + 2 + 2 and 7 more faces"));
    let cards = window.harness.query_all_by_label_contains("groups join").count();
    assert!(cards < 60, "{cards} cards");
    let middle = Pos2::new(600.0, 600.0);
    window.harness.hover_at(middle);
    let mut times: Vec<f64> = (0..40)
        .map(|_| {
            window.harness.event(egui::Event::MouseWheel {
                unit: egui::MouseWheelUnit::Line,
                delta: egui::vec2(0.0, -40.0),
                phase: egui::TouchPhase::Move,
                source: egui::MouseWheelSource::Unknown,
                modifiers: egui::Modifiers::NONE,
            });
            let start = Instant::now();
            window.harness.run_steps(1);
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let median = times[times.len() / 2];
    eprintln!("threshold, {groups} groups: median {median:.1} ms, slowest {:.1} ms a frame", times[times.len() - 1]);
    assert!(median < 60.0, "{median:.1} ms a frame");
}
