//! The map: what it says while there is none, what a line drawn around faces selects, and that dots become faces.

use std::sync::Arc;

use albumen::domain::{FaceFlag, FaceId, FaceMap, GroupId, MapWork, Snapshot, Table};
use albumen::engine::Command;
use albumen::ui::Screen;
use egui::{Key, Modifiers, PointerButton, Pos2, Rect, Theme, vec2};
use egui_kittest::kittest::Queryable as _;

use crate::ui_kit::{Window, faces, library, person};

/// Faces in rows of squares, a group in each, `apart` between two groups, a unit between two faces.
fn mapped(mut snapshot: Snapshot, apart: f32) -> Snapshot {
    let mut places: Vec<(FaceId, [f32; 2])> = Vec::new();
    let columns = (snapshot.groups.len() as f32).sqrt().ceil() as usize;
    for (number, group) in snapshot.groups.iter().enumerate() {
        let corner = [(number % columns) as f32 * apart, (number / columns) as f32 * apart];
        let side = (group.faces.len() as f32).sqrt().ceil() as usize;
        places.extend(
            group
                .faces
                .iter()
                .enumerate()
                .map(|(place, face)| (*face, [corner[0] + (place % side) as f32, corner[1] + (place / side) as f32])),
        );
    }
    snapshot.map.map = Some(Arc::new(FaceMap::new(places)));
    snapshot
}

/// Ann's faces are 1 to 4, Bo's 5 to 8, nobody's 9 to 12 and 13.
fn few() -> Snapshot {
    mapped(library(&[(Some("Ann"), 4), (Some("Bo"), 4), (None, 4), (None, 1)]), 5.0)
}

/// 2,500 faces of 100 people.
fn many() -> Snapshot {
    let groups: Vec<(Option<&str>, u32)> = (0..100).map(|number| ((number < 60).then_some("Somebody"), 25)).collect();
    mapped(library(&groups), 9.0)
}

fn window(snapshot: Snapshot) -> Window {
    let mut window = Window::new(snapshot);
    window.open(Screen::Map);
    window
}

/// Where a face is drawn.
fn face(window: &Window, number: u32) -> Rect {
    window.harness.get_by_label_contains(&format!("Face {number} of ")).rect()
}

/// How many faces are drawn as faces.
fn thumbnails(window: &Window) -> usize {
    window.harness.query_all_by_label_contains(" in photo ").count()
}

fn canvas(window: &Window) -> Rect {
    window.harness.get_by_label_contains("Map of ").rect()
}

fn selected(window: &mut Window) -> Vec<u32> {
    window.app().view.faces.iter().map(|face| face.0).collect()
}

fn press(window: &Window, at: Pos2, button: PointerButton, pressed: bool, modifiers: Modifiers) {
    window.harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
}

/// Presses at the first place and moves along the others, with keys held; does not let go.
fn draw(window: &mut Window, line: &[Pos2], button: PointerButton, modifiers: Modifiers) {
    let Some(first) = line.first() else { return };
    window.harness.event(egui::Event::ModifiersChanged(modifiers));
    window.harness.event(egui::Event::PointerMoved(*first));
    window.harness.run_steps(1);
    press(window, *first, button, true, modifiers);
    window.harness.run_steps(1);
    for two in line.windows(2) {
        for part in [0.5, 1.0] {
            window.harness.event(egui::Event::PointerMoved(two[0] + (two[1] - two[0]) * part));
            window.harness.run_steps(1);
        }
    }
}

/// The corners of a box around some faces, in order.
fn around(window: &Window, numbers: &[u32]) -> Vec<Pos2> {
    let all = numbers.iter().map(|number| face(window, *number)).reduce(Rect::union).unwrap().expand(4.0);
    vec![all.left_top(), all.right_top(), all.right_bottom(), all.left_bottom()]
}

/// Draws around some faces and lets go.
fn lasso(window: &mut Window, numbers: &[u32], modifiers: Modifiers) {
    let line = around(window, numbers);
    draw(window, &line, PointerButton::Primary, modifiers);
    press(window, line[3], PointerButton::Primary, false, modifiers);
    window.harness.event(egui::Event::ModifiersChanged(Modifiers::NONE));
    window.harness.run();
}

pub fn wheel(window: &mut Window, at: Pos2, lines: f32) {
    window.harness.hover_at(at);
    window.harness.run_steps(1);
    window.harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: vec2(0.0, lines),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    window.harness.run_steps(12); // a turn of the wheel takes some frames
    window.harness.run();
}

#[test]
fn a_map_that_is_not_there_is_asked_for_once_and_can_be_stopped() {
    let mut snapshot = library(&[(Some("Ann"), 4)]);
    let mut window = window(snapshot.clone());
    window.sent(&[Command::Map]);
    assert!(window.shows("Drawing the map…"));
    window.sent(&[]);

    snapshot.commands = 1;
    snapshot.map.work = MapWork::Drawing(0.4);
    window.publish(snapshot.clone());
    assert!(window.shows("Drawing the map… 40 %"));
    window.click("Cancel the map");
    window.sent(&[Command::StopMap]);

    snapshot.commands = 2;
    snapshot.map.work = MapWork::Stopped;
    window.publish(snapshot.clone());
    assert!(window.shows("The map was not drawn"));
    window.sent(&[]);
    window.click("Draw the map");
    window.sent(&[Command::Map]);

    // There it is; then another face comes.
    let mut snapshot = few();
    snapshot.commands = 3;
    window.publish(snapshot.clone());
    assert!(window.shows("Map of 13 faces, 13 near of 4 groups"));
    window.sent(&[]);
    snapshot.map.missing = 1;
    window.publish(snapshot.clone());
    window.sent(&[Command::Map]);
    snapshot.map.work = MapWork::Drawing(0.07);
    window.publish(snapshot);
    assert!(window.shows("New faces find their place · 7 %"));
    assert!(window.mentions("Map of 13 faces"), "the old one stays meanwhile");
}

#[test]
fn nobody_and_one_face_have_their_map_too() {
    let mut nobody = window(Snapshot { ready: true, ..Snapshot::default() });
    assert!(nobody.mentions("No faces yet. They appear here"));
    nobody.sent(&[]);
    let mut one = window(mapped(library(&[(Some("Ann"), 1)]), 1.0));
    assert!(one.shows("Map of 1 face, 1 near of 1 group"));
    assert!(one.shows("Face 1 of Ann in photo 1.jpg") && one.shows("Go to Ann"));
    let middle = canvas(&one).center();
    assert!(face(&one, 1).contains(middle), "in the middle");
    lasso(&mut one, &[1], Modifiers::NONE);
    assert_eq!(selected(&mut one), [1]);
}

#[test]
fn it_is_reached_from_the_side_by_key_and_by_name() {
    let mut window = Window::new(few());
    let at_map = |window: &mut Window| window.app().view.screen == Screen::Map;
    window.click("Map");
    assert!(at_map(&mut window));
    window.key(Key::Escape);
    assert!(!at_map(&mut window), "and back");
    window.command(Key::Num9);
    assert!(at_map(&mut window));
    window.command(Key::Num1);
    window.command(Key::K);
    window.type_text("map");
    window.key(Key::Enter);
    assert!(at_map(&mut window));
    window.sent(&[]);
}

#[test]
fn a_line_drawn_around_faces_selects_them() {
    let mut window = window(few());
    lasso(&mut window, &[5, 6, 7, 8], Modifiers::NONE);
    assert_eq!(selected(&mut window), [5, 6, 7, 8]);
    assert!(
        window.shows("4 faces selected") && window.mentions("Map of 13 faces, 13 near of 4 groups, 4 faces selected")
    );
    lasso(&mut window, &[13], Modifiers::SHIFT);
    assert_eq!(selected(&mut window), [5, 6, 7, 8, 13], "Shift adds");
    lasso(&mut window, &[1, 2], Modifiers::COMMAND);
    assert_eq!(selected(&mut window), [1, 2, 5, 6, 7, 8, 13], "and Ctrl");
    lasso(&mut window, &[9, 10, 11, 12], Modifiers::NONE);
    assert_eq!(selected(&mut window), [9, 10, 11, 12], "else it begins anew");

    // While it is drawn it can be given up.
    let line = around(&window, &[1, 2, 3, 4]);
    draw(&mut window, &line, PointerButton::Primary, Modifiers::NONE);
    assert_eq!(selected(&mut window), [1, 2, 3, 4], "it shows what it would select");
    window.key(Key::Escape);
    assert_eq!(selected(&mut window), [9, 10, 11, 12]);
    press(&window, line[3], PointerButton::Primary, false, Modifiers::NONE);
    window.harness.run();
    assert_eq!(selected(&mut window), [9, 10, 11, 12]);

    // Only what lies inside counts: a line between the groups, and back.
    let (one, two) = (face(&window, 4).right_bottom(), face(&window, 13).left_top());
    let inside = Rect::from_two_pos(one, two).shrink(16.0);
    let line = [inside.left_top(), inside.right_top(), inside.right_bottom(), inside.left_bottom()];
    draw(&mut window, &line, PointerButton::Primary, Modifiers::NONE);
    press(&window, line[3], PointerButton::Primary, false, Modifiers::NONE);
    window.harness.run();
    assert_eq!(selected(&mut window), [0; 0]);
    window.sent(&[]);
}

#[test]
fn what_is_selected_can_be_worked_with() {
    let mut window = window(few());
    lasso(&mut window, &[9, 10], Modifiers::NONE);
    window.click("Split off");
    window.sent(&[Command::SplitFaces(faces(&[9, 10]))]);
    lasso(&mut window, &[11, 12], Modifiers::NONE);
    window.key(Key::Num1);
    window.sent(&[Command::MoveFaces(faces(&[11, 12]), person(1))]);
    lasso(&mut window, &[5], Modifiers::NONE);
    window.key(Key::Delete);
    window.sent(&[Command::FlagFaces(faces(&[5]), Some(FaceFlag::NotAFace))]);
    window.command(Key::A);
    assert_eq!(selected(&mut window).len(), 13);
}

#[test]
fn clicks_select_and_open() {
    let mut window = window(few());
    window.click("Face 6 of Bo in photo 6.jpg");
    assert_eq!(selected(&mut window), [6]);
    window.click_with("Face 2 of Ann in photo 2.jpg", Modifiers::SHIFT);
    assert_eq!(selected(&mut window), [2, 6]);
    window.click_with("Face 6 of Bo in photo 6.jpg", Modifiers::COMMAND);
    assert_eq!(selected(&mut window), [2]);
    let at = canvas(&window).left_bottom() + vec2(12.0, -12.0);
    for pressed in [true, false] {
        press(&window, at, PointerButton::Primary, pressed, Modifiers::NONE);
    }
    window.harness.run();
    assert_eq!(selected(&mut window), [0; 0], "a click on the ground");
    window.harness.run_steps(10); // so that the clicks before do not count
    let at = face(&window, 6).center();
    for pressed in [true, false, true, false] {
        press(&window, at, PointerButton::Primary, pressed, Modifiers::NONE);
    }
    window.harness.run();
    assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 6));
    window.key(Key::Escape);
    window.click("Go to Bo");
    assert_eq!(window.app().view.screen, Screen::Person(person(2)));
    window.sent(&[]);
}

#[test]
fn dots_become_faces_as_one_comes_nearer() {
    let mut window = window(many());
    assert_eq!(thumbnails(&window), 0, "from afar there is room for none");
    let at = canvas(&window).center();
    wheel(&mut window, at, 12.0);
    let near = thumbnails(&window);
    assert!(near > 0, "some are near");
    for _ in 0..6 {
        window.click("Nearer");
    }
    let inside = canvas(&window);
    let shown: Vec<Rect> = window.harness.query_all_by_label_contains(" in photo ").map(|face| face.rect()).collect();
    assert!(!shown.is_empty() && shown.iter().all(|rect| inside.expand(1.0).contains_rect(*rect)), "{shown:?}");
    for (place, one) in shown.iter().enumerate() {
        assert!(shown[..place].iter().all(|two| !two.shrink(1.0).intersects(*one)), "nobody covers anybody");
    }
    assert!(shown.iter().any(|rect| rect.width() > 60.0), "large enough to be known");
    window.key(Key::Num0);
    assert_eq!(thumbnails(&window), 0, "everything again");
    window.key(Key::Plus);
    window.key(Key::Minus);
    assert_eq!(thumbnails(&window), 0);
    window.sent(&[]);
}

#[test]
fn the_map_moves_with_the_other_button_the_space_bar_and_the_arrows() {
    let mut window = window(few());
    window.click("Nearer");
    let before = face(&window, 7).center();
    let middle = canvas(&window).center();
    let line = [middle, middle + vec2(40.0, 30.0)];
    draw(&mut window, &line, PointerButton::Secondary, Modifiers::NONE);
    press(&window, line[1], PointerButton::Secondary, false, Modifiers::NONE);
    window.harness.run();
    let moved = face(&window, 7).center() - before;
    assert!((moved - vec2(40.0, 30.0)).length() < 8.0, "with the pointer: {moved:?}");

    let before = face(&window, 7).center();
    window.harness.key_down(Key::Space);
    draw(&mut window, &line, PointerButton::Primary, Modifiers::NONE);
    press(&window, line[1], PointerButton::Primary, false, Modifiers::NONE);
    window.harness.key_up(Key::Space);
    window.harness.run();
    let moved = face(&window, 7).center() - before;
    assert!((moved - vec2(40.0, 30.0)).length() < 8.0, "with space: {moved:?}");
    assert_eq!(selected(&mut window), [0; 0], "moving selects nobody");

    let before = face(&window, 7).center();
    window.key(Key::ArrowRight);
    let moved = face(&window, 7).center() - before;
    assert!((moved - vec2(-80.0, 0.0)).length() < 1.0, "by keys: {moved:?}");
    window.key(Key::ArrowLeft);
    assert!((face(&window, 7).center() - before).length() < 1.0);
    for _ in 0..60 {
        window.key(Key::ArrowDown);
    }
    assert!(thumbnails(&window) > 0, "some of it always stays in sight");
    window.sent(&[]);
}

#[test]
fn the_space_bar_opens_a_face_only_when_it_has_not_moved_the_map() {
    let mut window = window(few());
    window.click("Face 6 of Bo in photo 6.jpg");
    let before = face(&window, 7).center();
    let middle = canvas(&window).center();
    let line = [middle, middle + vec2(40.0, 30.0)];
    window.harness.key_down(Key::Space);
    window.harness.run();
    assert_eq!(window.app().view.screen, Screen::Map, "not while it is held");
    draw(&mut window, &line, PointerButton::Primary, Modifiers::NONE);
    press(&window, line[1], PointerButton::Primary, false, Modifiers::NONE);
    window.harness.run();
    window.harness.key_up(Key::Space);
    window.harness.run();
    assert_eq!(window.app().view.screen, Screen::Map);
    assert_eq!(selected(&mut window), [6]);
    let moved = face(&window, 7).center() - before;
    assert!((moved - vec2(40.0, 30.0)).length() < 8.0, "the map was moved: {moved:?}");
    window.key(Key::Space);
    assert!(matches!(window.app().view.screen, Screen::Photo(photo) if photo.0 == 6));
    window.sent(&[]);
}

#[test]
fn names_stand_beside_their_people_and_never_on_each_other() {
    for theme in [Theme::Light, Theme::Dark] {
        for size in [[1180.0, 780.0], [640.0, 420.0]] {
            let mut window = Window::with(many(), size, theme);
            window.open(Screen::Map);
            let room = canvas(&window);
            let names: Vec<Rect> =
                window.harness.query_all_by_label("Go to Somebody").map(|name| name.rect()).collect();
            assert!(names.len() > 5, "{} names", names.len());
            for (place, one) in names.iter().enumerate() {
                assert!(room.contains_rect(*one), "cut off: {one:?}");
                assert!(names[..place].iter().all(|two| !two.intersects(*one)), "{one:?} is covered");
            }
        }
    }
}

#[test]
fn who_was_set_aside_is_not_on_the_map() {
    let mut snapshot = few();
    snapshot.flagged = [(FaceId(3), FaceFlag::NotAFace)].into_iter().collect();
    snapshot.group_of.remove(&FaceId(3));
    let mut stranger = snapshot.groups.get(GroupId::Faces(FaceId(13))).unwrap().clone();
    stranger.ignored = true;
    snapshot.groups.replace(&[stranger.id], vec![stranger]);
    let mut window = window(snapshot);
    assert_eq!(thumbnails(&window), 11);
    assert!(window.shows("Map of 11 faces, 11 near of 3 groups") && window.shows("11 faces"), "nor counted");
    let whole = canvas(&window).shrink(3.0);
    let line = [whole.left_top(), whole.right_top(), whole.right_bottom(), whole.left_bottom()];
    draw(&mut window, &line, PointerButton::Primary, Modifiers::NONE);
    press(&window, line[3], PointerButton::Primary, false, Modifiers::NONE);
    window.harness.run();
    assert_eq!(selected(&mut window), [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
}

#[test]
fn a_map_of_faces_that_were_all_set_aside_says_where_they_are() {
    let mut snapshot = few();
    let groups: Vec<GroupId> = snapshot.groups.iter().map(|group| group.id).collect();
    snapshot.groups.replace(&groups, Vec::new());
    snapshot.group_of = Table::default();
    snapshot.flagged = (1..=13).map(|number| (FaceId(number), FaceFlag::Ignored)).collect();
    let mut window = window(snapshot);
    assert!(window.mentions("Every face was set aside") && !window.mentions("Map of"));
    window.sent(&[]);
}

#[test]
fn who_it_is_is_said_where_the_colour_is_all_there_is_to_see() {
    // A dot has no words beside it: under the pointer it has.
    let mut window = window(many());
    assert_eq!(thumbnails(&window), 0);
    let room = canvas(&window);
    let margin = 64.0_f32.min(room.height() / 8.0);
    let inside = room.size() - egui::Vec2::splat(2.0 * margin);
    // The first of ten times ten groups of five times five faces, the groups 9 units apart: 85 units from edge to edge.
    let first = room.center() - egui::Vec2::splat(42.5 * inside.min_elem() / 85.0);
    window.harness.hover_at(first);
    window.harness.run_steps(30); // its tooltip comes when the pointer rests
    assert!(window.mentions("Somebody\nphoto 1.jpg"));
}

#[test]
fn a_name_too_long_for_the_map_can_be_read() {
    let long = "Wolfeschlegelsteinhausenbergerdorff the Elder of Bergen";
    let mut window = window(mapped(library(&[(Some(long), 4)]), 5.0));
    let name = window.place(&format!("Go to {long}"));
    window.harness.hover_at(name);
    window.harness.run_steps(30);
    assert!(window.shows(&format!("{long} · 4 faces")));
}

/// 250,000 faces: a frame draws what can be seen. The figure is printed; the bound is loose, since tests run beside other
/// programs and unoptimised.
#[test]
fn a_large_map_is_drawn_quickly() {
    let groups: Vec<(Option<&str>, u32)> = (0..25_000).map(|number| (None, 1 + number % 20)).collect();
    let snapshot = mapped(library(&groups), 6.0);
    let count = snapshot.faces.len();
    assert!(count >= 250_000, "{count}");
    // Without pictures: they would be gigabytes.
    let mut window = window(Snapshot { ready: true, ..Snapshot::default() });
    window.publish(snapshot);
    window.harness.run_steps(20); // lines around groups are found out in several frames
    let middle = canvas(&window).center();
    window.harness.hover_at(middle);
    let mut times: Vec<f64> = (0..60)
        .map(|step| {
            window.harness.event(egui::Event::MouseWheel {
                unit: egui::MouseWheelUnit::Line,
                delta: vec2(0.0, if step < 40 { 1.0 } else { -2.0 }),
                phase: egui::TouchPhase::Move,
                source: egui::MouseWheelSource::Unknown,
                modifiers: Modifiers::NONE,
            });
            let start = std::time::Instant::now();
            window.harness.run_steps(1);
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    eprintln!("map of {count} faces: median {median:.1} ms, slowest {slowest:.1} ms a frame");
    assert!(median < 100.0, "{median:.1} ms a frame");
}
