//! What one says of people, on a real engine: birth year, forgetting, and which faces the grid shows.

use std::collections::BTreeSet;

use albumen::domain::FaceId;
use albumen::engine::Command;
use albumen::ui::Screen;
use egui::Key;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::engine_support::{Finder, Place, group_of, groups, photo, run, tree};
use crate::ui_engine::Stage;
use crate::ui_kit::Window;

/// Ann in three photos of the summer and one of the winter, Bo twice, a stranger.
fn stage() -> Stage {
    let place = Place::with(&[
        ("summer/a1.jpg", &[0]),
        ("summer/a2.jpg", &[0]),
        ("summer/a3.jpg", &[0]),
        ("winter/a4.jpg", &[0]),
        ("winter/b1.jpg", &[4]),
        ("winter/b2.jpg", &[4]),
        ("winter/c1.jpg", &[8]),
    ]);
    Stage::with(place, &Finder::default(), None)
}

const MENU: &str = "What to do with this group";

#[test]
fn a_year_of_birth_is_kept_and_taken_back() {
    let mut stage = stage();
    let ann = stage.named("a1.jpg", "Ann");
    stage.window.click(MENU);
    stage.window.click("Year of birth…");
    assert!(stage.window.shows("When was Ann born?"));
    // No year: neither the button nor Enter takes it, and one can go on typing.
    stage.window.type_text("85");
    stage.window.key(Key::Enter);
    assert!(stage.window.shows("When was Ann born?"), "the question stands until it is answered");
    assert!(stage.window.harness.get_by_label("Keep").accesskit_node().is_disabled());
    for _ in 0..2 {
        stage.window.key(Key::Backspace);
    }
    stage.window.type_text("1985");
    stage.window.key(Key::Enter);
    stage.settled(2);
    assert!(!stage.window.shows("When was Ann born?"));
    assert_eq!(stage.snapshot().group(ann).unwrap().birth_year, Some(1985));
    stage.window.until("it stands under the name", |window| window.mentions("born 1985"));
    // The same again is no step; an empty field takes it back.
    stage.window.click(MENU);
    stage.window.click("Year of birth…");
    stage.window.click("Keep");
    stage.window.click(MENU);
    stage.window.click("Year of birth…");
    stage.window.command(Key::A);
    stage.window.key(Key::Backspace);
    stage.window.click("Keep");
    stage.settled(3);
    assert_eq!(stage.snapshot().group(ann).unwrap().birth_year, None);
    stage.window.command(Key::Z);
    stage.settled(2);
    assert_eq!(stage.snapshot().group(ann).unwrap().birth_year, Some(1985));
    stage.close();
}

#[test]
fn somebody_is_forgotten_for_good() {
    let mut stage = stage();
    let photos = tree(&stage.place.photos);
    stage.named("b1.jpg", "Bo");
    stage.named("a1.jpg", "Ann");
    let before = groups(&stage.snapshot());
    stage.window.click(MENU);
    stage.window.click("Forget for good…");
    assert!(stage.window.shows("Forget Ann for good?") && stage.window.mentions("4 faces of Ann leave the library"));
    assert!(stage.window.mentions("This cannot be undone"));
    stage.window.click("Keep everything");
    assert_eq!(groups(&stage.snapshot()), before);
    stage.window.click(MENU);
    stage.window.click("Forget for good…");
    stage.window.click("Forget for good");
    stage.window.until("she is gone", |window| window.handle.snapshot().faces.len() == 3);
    stage.settled(1);
    let after = stage.snapshot();
    let names: BTreeSet<&str> = after.groups.iter().filter_map(|group| group.name.as_deref()).collect();
    assert_eq!(names, ["Bo"].into());
    assert!(after.history.iter().all(|entry| !entry.text.contains("Ann")), "{:?}", after.history);
    stage.window.until("the board", |window| window.app().view.screen == Screen::People);
    // Once the toast that says it is gone, nothing says the name.
    stage.window.harness.run_steps(200);
    assert!(!stage.window.mentions("Ann"), "a card or a button says the name still");
    // Undo is of Bo; nothing brings Ann back, and no photo was touched.
    stage.window.command(Key::Z);
    stage.settled(0);
    assert_eq!(stage.snapshot().faces.len(), 3);
    assert_eq!(tree(&stage.place.photos), photos);
    stage.close();
}

#[test]
fn a_folder_is_forgotten_in_the_settings() {
    let mut stage = stage();
    stage.window.open(Screen::Settings);
    let forget = format!("Forget {}…", stage.snapshot().folders[0].display());
    stage.window.harness.get_by_label(&forget).scroll_to_me();
    stage.window.harness.run();
    stage.window.click(&forget);
    assert!(stage.window.mentions("Forget the folder photos for good?") && stage.window.mentions("7 photos"));
    stage.window.click("Forget for good");
    stage.window.until("it is gone", |window| window.handle.snapshot().folders.is_empty());
    stage.window.until("the settings say so", |window| window.shows("None yet"));
    assert_eq!((stage.snapshot().faces.len(), stage.snapshot().photos.len()), (0, 0));
    stage.close();
}

/// The faces on the screen, by file.
fn shown(window: &Window) -> BTreeSet<String> {
    let nodes = window.harness.query_all_by_label_contains("Face ");
    let labels = nodes.filter_map(|node| node.accesskit_node().label());
    labels.filter_map(|label| label.rsplit_once(" in ").map(|(_, file)| file.to_owned())).collect()
}

fn only(files: &[&str]) -> BTreeSet<String> {
    files.iter().map(|file| (*file).to_owned()).collect()
}

/// Chooses a line of a list.
fn choose(window: &mut Window, list: &str, line: &str) {
    window.click(list);
    // The button says what is chosen now, which may be the same words.
    window.harness.query_all_by_label(line).last().unwrap().click();
    window.harness.run();
}

#[test]
fn the_grid_shows_the_faces_that_are_asked_for() {
    let mut stage = stage();
    stage.named("a1.jpg", "Ann");
    stage.window.open(Screen::Faces);
    let all = only(&["a1.jpg", "a2.jpg", "a3.jpg", "a4.jpg", "b1.jpg", "b2.jpg", "c1.jpg"]);
    assert_eq!(shown(&stage.window), all);
    choose(&mut stage.window, "Which faces", "Not named");
    assert_eq!(shown(&stage.window), only(&["b1.jpg", "b2.jpg", "c1.jpg"]));
    choose(&mut stage.window, "Which faces", "Named");
    assert_eq!(shown(&stage.window), only(&["a1.jpg", "a2.jpg", "a3.jpg", "a4.jpg"]));
    // Every square is sure to be a face.
    choose(&mut stage.window, "Which faces", "Unsure");
    assert!(stage.window.mentions("No face is like that"));
    choose(&mut stage.window, "Which faces", "Poor quality");
    let snapshot = stage.snapshot();
    let poor = snapshot.quality.values().filter(|quality| **quality < albumen::engine::POOR_QUALITY).count();
    assert_eq!(shown(&stage.window).len(), poor);
    choose(&mut stage.window, "Which faces", "All");
    assert_eq!(shown(&stage.window), all);
    // One folder, then one person of it, then everything again.
    let narrow = |window: &mut Window, button: &str, kind: &str, line: &str| {
        window.click(button);
        window.click(kind);
        window.click(line);
    };
    narrow(&mut stage.window, "When, where, who", "Folder", "winter 4");
    assert_eq!(shown(&stage.window), only(&["a4.jpg", "b1.jpg", "b2.jpg", "c1.jpg"]));
    narrow(&mut stage.window, "winter", "Person", "Ann 4");
    assert_eq!(shown(&stage.window), only(&["a4.jpg"]));
    stage.window.click("Any year, folder and person");
    assert_eq!(shown(&stage.window), all);
    stage.close();
}

#[test]
fn the_grid_is_in_the_order_that_is_asked_for() {
    let mut stage = stage();
    stage.named("b1.jpg", "Bo");
    stage.window.open(Screen::Faces);
    choose(&mut stage.window, "Order of the faces", "By person");
    let place = |stage: &Stage, file: &str| {
        let label = format!(" in {file}");
        let nodes = stage.window.harness.query_all_by_label_contains(&label);
        let at = nodes.map(|node| node.rect().min).next().unwrap();
        (at.y as i32, at.x as i32)
    };
    let mut files = ["a1.jpg", "a2.jpg", "a3.jpg", "a4.jpg", "b1.jpg", "b2.jpg", "c1.jpg"];
    files.sort_by_key(|file| place(&stage, file));
    let snapshot = stage.snapshot();
    let mut runs: Vec<_> = files.iter().map(|file| group_of(&snapshot, file)).collect();
    runs.dedup();
    assert_eq!(runs.len(), 3, "each person's faces stand together: {files:?}");
    // A stranger set aside leaves the grid, at once and for good.
    let face: FaceId = stage.face("c1.jpg");
    run(&stage.handle(), Command::FlagFaces(vec![face], Some(albumen::domain::FaceFlag::Ignored)));
    stage.window.until("it has gone", |window| !window.mentions("c1.jpg"));
    stage.close();
}

#[test]
fn the_smallest_face_is_chosen_in_the_settings() {
    let mut stage = Stage::with(Place::new(), &Finder::default(), None);
    let scanned = |stage: &Stage, file: &str, number: u8| {
        stage.place.put(file, &photo(&[0], number));
        run(&stage.handle(), Command::Scan(vec![stage.place.photos.clone()])).faces.len()
    };
    stage.window.open(Screen::Settings);
    stage.window.harness.get_by_label("80 pixels").scroll_to_me();
    stage.window.harness.run();
    stage.window.click("80 pixels");
    assert_eq!(scanned(&stage, "a.jpg", 1), 0, "a square of 48 pixels is too small now");
    stage.window.click("20 pixels");
    assert_eq!(scanned(&stage, "b.jpg", 2), 1, "it counts for what is read from then on");
    stage.window.until("the networks are named", |window| window.shows("fake-1"));
    stage.close();
}
