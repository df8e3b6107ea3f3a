//! What is selected, described beside the screen; libraries known by their faces; and what menus, keys and the pointer do
//! where they found nothing to act on.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use albumen::domain::{Edit, FaceId, Group, Notice, NoticeLevel, PhotoId, Pixels, Snapshot, Study};
use albumen::engine::{Command, covers};
use albumen::ui::{Covered, Screen, Services, Settings};
use egui::{CursorIcon, Key, Modifiers, Theme};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::engine_support::{Finder, Place, group_of, run, tree};
use crate::ui_kit::{Window, faces, library, person, unnamed};

/// Ann with faces 1 to 5, Bo with 6 to 8, nobody yet with 9 to 12 and with 13 and 14, and 15 alone.
fn people() -> Snapshot {
    library(&[(Some("Ann"), 5), (Some("Bo"), 3), (None, 4), (None, 2), (None, 1)])
}

const WIDE: [f32; 2] = [1480.0, 900.0];

/// A window in which the inspector stands without being asked.
fn wide(screen: Screen) -> Window {
    let mut window = Window::with(people(), WIDE, Theme::Light);
    window.open(screen);
    window
}

const FACE_2: &str = "Face 2 of Ann in photo 2.jpg";
const FACE_6: &str = "Face 6 of Bo in photo 6.jpg";
const FACE_9: &str = "Face 9 of somebody in photo 9.jpg";
const NOTHING: &str = "What you select is shown here";

fn is_disabled(window: &Window, label: &str) -> bool {
    window.harness.get_by_label(label).accesskit_node().is_disabled()
}

#[test]
fn it_is_unfolded_and_folded_by_key_and_button_and_stays_so() {
    let mut window = Window::new(people());
    window.open(Screen::Faces);
    window.click(FACE_2);
    assert!(!window.shows("Large picture of Ann"), "folded in a window of this size");
    window.key(Key::F9);
    assert!(window.shows("Large picture of Ann"));
    assert_eq!(window.app().view.settings.details, Some(true), "kept for the next time");
    window.open(Screen::People);
    assert!(window.mentions(NOTHING), "there, too");
    window.click("Details");
    assert!(!window.mentions(NOTHING));
    assert_eq!(window.app().view.settings.details, Some(false));
    // Where nothing can be selected it is not, and the button says why.
    window.open(Screen::History);
    assert!(is_disabled(&window, "Details"));
    let mut narrow = Window::with(people(), [640.0, 420.0], Theme::Light);
    narrow.app().view.settings.details = Some(true);
    narrow.open(Screen::People);
    assert!(!narrow.mentions(NOTHING) && is_disabled(&narrow, "Details"));
}

#[test]
fn faces_fill_the_width() {
    for (width, details) in [(1180.0, None), (1180.0, Some(true)), (640.0, None), (1920.0, None)] {
        let mut window = Window::with(library(&[(Some("Ann"), 60)]), [width, 780.0], Theme::Light);
        window.app().view.settings.details = details;
        window.open(Screen::Faces);
        let tiles: Vec<egui::Rect> =
            window.harness.query_all_by_label_contains("Face ").map(|tile| tile.rect()).collect();
        let right = tiles.iter().map(egui::Rect::right).fold(0.0, f32::max);
        let inspector = if width > 1400.0 || details == Some(true) { 280.0 } else { 0.0 };
        let free = width - inspector - 16.0 - right;
        assert!((-0.5..16.0).contains(&free), "{width}, {details:?}: {free} points are free");
        assert!((tiles[1].left() - tiles[0].right() - 4.0).abs() < 0.1, "{:?}", &tiles[..2]);
    }
}

#[test]
fn nothing_moves_when_something_is_selected() {
    let mut window = wide(Screen::Faces);
    assert!(window.mentions(NOTHING));
    let before = window.harness.get_by_label(FACE_6).rect();
    window.click(FACE_6);
    assert!(window.shows("Large picture of Bo") && !window.mentions(NOTHING));
    assert_eq!(window.harness.get_by_label(FACE_6).rect(), before);
}

#[test]
fn one_face_is_described_and_acted_on() {
    let mut snapshot = people();
    snapshot.quality = [(FaceId(2), 0.9)].into_iter().collect();
    snapshot.study = Some(Arc::new(Study { group: person(1), fits: vec![(FaceId(2), 0.71)], suggestions: Vec::new() }));
    let mut window = Window::with(snapshot.clone(), WIDE, Theme::Light);
    window.open(Screen::Faces);
    window.click(FACE_2);
    for words in ["photo 2.jpg", "Summer", "2009-07-14", "90 × 110 pixels", "Good", "0.71 of 1", "The program"] {
        assert!(window.shows(words), "it does not say {words:?}");
    }
    window.click("Confirm");
    window.sent(&[Command::ConfirmFaces(faces(&[2]))]);
    window.click(FACE_2);
    window.click("Use as cover");
    let face = snapshot.faces.get(&FaceId(2)).unwrap().key;
    window.sent(&[Command::Edit(Edit::Cover { person: albumen::domain::PersonId(1), face })]);
    window.click(FACE_2);
    window.click("Not this person");
    window.sent(&[Command::RejectFaces(faces(&[2]))]);
    // Of nobody's there is nothing to confirm or refuse; the buttons are there and say so.
    window.click(FACE_9);
    assert!(is_disabled(&window, "Confirm") && is_disabled(&window, "Not this person"));
    window.click("Open");
    assert_eq!(window.app().view.screen, Screen::Photo(PhotoId(9)));
}

#[test]
fn a_face_is_named_where_it_is_described() {
    let mut window = wide(Screen::Faces);
    window.click(FACE_9);
    window.key(Key::F2);
    window.type_text("Cleo");
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(unnamed(9), "Cleo".to_owned())]);
    assert_eq!(window.app().view.screen, Screen::Faces);
    // Folded, there is no field: one goes to the person.
    window.harness.run_steps(40); // nobody types any more
    window.key(Key::F9);
    window.key(Key::F2);
    assert_eq!(window.app().view.screen, Screen::Person(unnamed(9)));
    window.type_text("Dan");
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(unnamed(9), "Dan".to_owned())]);
}

#[test]
fn several_faces_are_counted_by_person() {
    let mut window = wide(Screen::Faces);
    window.click(FACE_2);
    window.click_with(FACE_6, Modifiers::COMMAND);
    window.click_with(FACE_9, Modifiers::COMMAND);
    for words in ["3 faces", "Ann", "Bo", "Not named", "2009–2011"] {
        assert!(window.shows(words), "it does not say {words:?}");
    }
    assert!(is_disabled_in_panel(&window, "Why together?"), "of three faces there is no one answer");
    window.click("Not this person");
    window.sent(&[Command::RejectFaces(faces(&[2, 6, 9]))]);
}

/// Of two buttons of that name the right one.
fn is_disabled_in_panel(window: &Window, label: &str) -> bool {
    let mut nodes = window.harness.query_all_by_label(label);
    let panel = nodes.find(|node| node.rect().left() > WIDE[0] - 280.0);
    panel.is_some_and(|node| node.accesskit_node().is_disabled())
}

#[test]
fn cards_are_described() {
    let mut window = wide(Screen::People);
    window.click("Group of 5 faces, Ann");
    assert!(window.shows("Large picture of Ann") && window.shows("2009–2010"));
    window.click("Split in two…");
    window.sent(&[Command::PlanSplit(person(1))]);
    window.key(Key::Escape);
    window.click_with("Group of 3 faces, Bo", Modifiers::COMMAND);
    assert!(window.shows("2 cards") && window.shows("Ann") && window.shows("8"));
}

#[test]
fn two_of_one_name_are_told_apart_by_their_faces_and_years() {
    let snapshot = library(&[(Some("Ann"), 5), (Some("Ann"), 3), (Some("Bo"), 2)]);
    let mut window = Window::with(snapshot, WIDE, Theme::Light);
    window.open(Screen::Faces);
    window.click(FACE_2);
    assert!(window.shows("5 faces · 2009–2010"));
    window.click_with("Face 6 of Ann in photo 6.jpg", Modifiers::COMMAND);
    assert!(window.shows("Ann (5 faces · 2009–2010)") && window.shows("Ann (3 faces · 2010–2011)"));
    // Nobody else is called Bo.
    window.click("Face 9 of Bo in photo 9.jpg");
    assert!(window.shows("Large picture of Bo") && !window.mentions("2 faces · "));
}

#[test]
fn on_a_person_the_others_stand_there_until_faces_are_selected_and_while_they_are_carried() {
    let mut window = wide(Screen::Person(person(1)));
    assert!(window.shows("Drag faces here"));
    let bo = window.place("Go to Bo, 3 faces");
    window.click(FACE_2);
    assert!(!window.shows("Drag faces here") && window.shows("Large picture of Ann"));
    let from = window.place(FACE_2);
    window.carry(from, bo);
    assert!(window.shows("Drag faces here"));
    window.harness.drop_at(bo);
    window.sent(&[Command::MoveFaces(faces(&[2]), person(2))]);
}

#[test]
fn a_photo_is_described_and_has_a_menu() {
    let mut window = wide(Screen::People);
    window.command(Key::F);
    window.type_text("Ann");
    window.click("Photo photo 4.jpg");
    for words in ["Large picture of photo 4.jpg", "400 × 300 pixels", "2010-07-14"] {
        assert!(window.shows(words), "it does not say {words:?}");
    }
    // The photos of a person as well, without the inspector.
    for screen in [Screen::Search, Screen::Person(person(1))] {
        let mut window = Window::new(people());
        window.app().view.search = "Ann".to_owned();
        window.open(screen);
        if screen != Screen::Search {
            window.click("Photos");
        }
        window.harness.get_by_label("Photo photo 3.jpg").click_secondary();
        window.harness.run();
        assert!(window.mentions("Show in folder") && window.mentions("Open the photo outside"), "{screen:?}");
        window.harness.get_by_label_contains("Open Sp").click();
        window.harness.run();
        assert_eq!(window.app().view.screen, Screen::Photo(PhotoId(3)), "{screen:?}");
    }
}

#[test]
fn the_arrow_keys_do_not_leave_a_photo_whose_menu_is_open() {
    let mut window = Window::new(people());
    window.open(Screen::Photo(PhotoId(2)));
    window.harness.get_by_label("Face of Ann").click_secondary();
    window.harness.run();
    assert!(window.mentions("Fix the box"));
    for key in [Key::ArrowRight, Key::ArrowLeft] {
        window.key(key);
        assert_eq!(window.app().view.screen, Screen::Photo(PhotoId(2)), "{key:?}");
    }
    window.key(Key::Escape);
    window.key(Key::ArrowRight);
    assert_eq!(window.app().view.screen, Screen::Photo(PhotoId(3)));
}

#[test]
fn a_name_is_not_changed_any_more_when_its_field_has_gone() {
    let mut window = wide(Screen::Faces);
    window.click(FACE_2);
    window.key(Key::F2);
    let field = "Who is this? (5 faces)";
    assert!(window.shows(field));
    window.key(Key::F9);
    assert!(!window.shows(field));
    // Letters that are still on their way would be the field's.
    window.harness.run_steps(30);
    window.key(Key::F9);
    assert!(window.shows("Large picture of Ann") && !window.shows(field));
}

#[test]
fn a_number_key_does_not_give_a_whole_person_away() {
    let mut window = Window::new(people());
    window.open(Screen::Person(person(1)));
    window.key(Key::Num2);
    window.sent(&[]);
    assert!(window.mentions("Select faces or a card first"));
    window.open(Screen::History);
    assert!(!window.mentions("Select faces or a card first"), "it is about the screen one was on");
    window.open(Screen::Person(person(1)));
    // On another screen it means what is at the cursor, as ever.
    window.click(FACE_2);
    assert!(!window.mentions("Select faces or a card first"));
    window.key(Key::Num2);
    window.sent(&[Command::MoveFaces(faces(&[2]), person(2))]);
    window.open(Screen::People);
    for key in [Key::Home, Key::ArrowRight, Key::ArrowRight, Key::Num2] {
        window.key(key);
    }
    window.sent(&[Command::MergeGroups(vec![person(2), unnamed(9)])]);
}

#[test]
fn a_toast_is_no_text_field_but_a_path_can_be_copied() {
    let mut snapshot = people();
    let words = "Merged 12 faces into Ann";
    snapshot.notices = Arc::new(vec![Notice {
        number: 1,
        level: NoticeLevel::Info,
        text: words.to_owned(),
        undoable: false,
        problems: false,
    }]);
    let mut window = Window::with(snapshot, [1180.0, 1400.0], Theme::Light);
    window.open(Screen::People);
    let cursor = |window: &mut Window, label: &str| {
        let at = window.place(label);
        window.harness.hover_at(at);
        window.harness.run_steps(3);
        window.harness.output().platform_output.cursor_icon
    };
    assert_ne!(cursor(&mut window, words), CursorIcon::Text);
    window.open(Screen::Settings);
    assert_ne!(cursor(&mut window, "Looks"), CursorIcon::Text);
    assert_eq!(cursor(&mut window, "/photos/Summer"), CursorIcon::Text);
}

#[test]
fn libraries_of_lately_are_known_by_their_faces() {
    let asked: Arc<Mutex<Vec<Vec<PathBuf>>>> = Arc::default();
    let covered: Arc<Mutex<Vec<Covered>>> = Arc::default();
    let others: Vec<PathBuf> = ["/a/one.albumen", "/a/two.albumen"].map(PathBuf::from).into();
    let note = Arc::clone(&asked);
    let services = Services {
        settings: Settings { recent: others.clone(), ..Settings::default() },
        covers: Arc::new(move |libraries| note.lock().unwrap().push(libraries)),
        covered: Arc::clone(&covered),
        ..Services::default()
    };
    let snapshot = Snapshot { ready: true, ..Snapshot::default() };
    let mut window = Window::serving(snapshot, services);
    let times = || asked.lock().unwrap().len();
    assert_eq!(*asked.lock().unwrap(), std::slice::from_ref(&others), "once, and not in every frame");
    let textures = |window: &Window| window.harness.ctx.tex_manager().read().num_allocated();
    let before = textures(&window);
    let face = Pixels::filled(160, 160, [200, 160, 120]);
    covered.lock().unwrap().push((others[0].clone(), vec![face.clone(), face]));
    // That nothing came of one does not matter.
    covered.lock().unwrap().push((others[1].clone(), Vec::new()));
    window.harness.run_steps(2);
    assert_eq!(textures(&window), before + 2);
    // They are looked up again when one comes back: they may have changed.
    window.open(Screen::Settings);
    window.open(Screen::Start);
    assert_eq!(times(), 2);
    window.click("one");
    window.sent(&[Command::OpenLibrary(others[0].clone())]);
    // With little room their names are enough.
    window.harness.set_size(egui::vec2(640.0, 420.0));
    window.harness.run();
    window.click("two");
    window.sent(&[Command::OpenLibrary(others[1].clone())]);
}

#[test]
fn the_faces_of_a_library_are_read_from_its_file_as_it_lies_there() {
    let place = Place::with(&[("a.jpg", &[0]), ("b.jpg", &[0]), ("c.jpg", &[4]), ("d.jpg", &[4]), ("e.jpg", &[8])]);
    let engine = place.start(&Finder::default());
    let snapshot = place.scan(&engine);
    let cards = snapshot.groups.iter().count();
    assert!((2..=4).contains(&cards), "{cards}");
    let found = covers(&place.library);
    assert_eq!(found.len(), cards, "while it is open as well");
    assert!(found.iter().all(|face| (face.width, face.height) == (160, 160)));
    // Who is hidden or set aside is not what a library is known by.
    let handle = engine.handle();
    run(&handle, Command::NameGroup(group_of(&snapshot, "a.jpg"), "Ann".to_owned()));
    let ann = group_of(&handle.snapshot(), "a.jpg");
    run(&handle, Command::HideGroups(vec![ann], true));
    engine.close();
    let before = tree(place.library.parent().unwrap());
    assert_eq!(covers(&place.library).len(), cards - 1);
    assert_eq!(tree(place.library.parent().unwrap()), before, "nothing is written, and no file is made beside it");
    // What is no library, is broken, or is not there, has no faces, and that is all.
    let folder = place.temp.path();
    assert!(covers(&folder.join("nothing")).is_empty() && !folder.join("nothing").exists());
    fs::write(folder.join("text"), "no library").unwrap();
    assert!(covers(&folder.join("text")).is_empty());
    let mut bytes = fs::read(&place.library).unwrap();
    let length = bytes.len();
    bytes[4096..].fill(0xa5);
    for broken in [&bytes[..], &bytes[..length / 3], &bytes[..100]] {
        fs::write(folder.join("broken"), broken).unwrap();
        assert!(covers(&folder.join("broken")).is_empty());
    }
}

#[test]
fn a_card_whose_cover_is_gone_is_still_described() {
    let mut snapshot = people();
    let ann = Group::new(person(1), Some("Ann".to_owned()), faces(&[1, 2, 3, 4, 5]), FaceId(99));
    snapshot.groups =
        snapshot.groups.iter().map(|group| if group.id == ann.id { &ann } else { group }.clone()).collect();
    let mut window = Window::with(snapshot, WIDE, Theme::Light);
    window.open(Screen::People);
    window.click("Group of 5 faces, Ann");
    assert!(window.shows("2009–2010"));
}
