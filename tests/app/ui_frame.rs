//! What stands around every screen: what is said over it, the keys beside a text, and the system's folder dialog.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use albumen::domain::{Activity, Notice, NoticeLevel, Snapshot};
use albumen::engine::Command;
use albumen::ui::{Pick, Picked, Screen, Services, Settings};
use egui::{Key, OutputCommand, Theme};
use egui_kittest::kittest::Queryable as _;

use crate::ui_kit::{Window, library};

/// Ann with faces 1 to 5, Bo with 6 to 8, nobody yet with 9 to 12.
fn people() -> Snapshot {
    library(&[(Some("Ann"), 5), (Some("Bo"), 3), (None, 4)])
}

/// The same with something said by the engine.
fn saying(level: NoticeLevel, text: &str) -> Snapshot {
    let notice = Notice { number: 1, level, text: text.to_owned(), undoable: false, problems: false };
    Snapshot { notices: Arc::new(vec![notice]), ..people() }
}

/// Presses what copies; gives what lies in the clipboard then.
fn copied(window: &mut Window) -> Option<String> {
    window.harness.get_by_label("Copy").click();
    let text = |command: &OutputCommand| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    };
    (0..3).find_map(|_| {
        window.harness.run_steps(1);
        window.harness.output().platform_output.commands.iter().find_map(text)
    })
}

#[test]
fn an_error_can_be_copied() {
    let words = "The disk is full: /photos/one.albumen";
    let mut window = Window::new(saying(NoticeLevel::Error, words));
    window.open(Screen::People);
    assert_eq!(copied(&mut window).as_deref(), Some(words));
    window.harness.run();
    assert!(window.shows(words), "it is still there");
    // What went well nobody has to look up.
    let mut window = Window::new(saying(NoticeLevel::Info, "Merged 12 faces into Ann"));
    window.open(Screen::People);
    assert!(window.mentions("Merged 12 faces") && !window.shows("Copy"));
    window.hang_up();
    window.command(Key::R);
    assert!(copied(&mut window).is_some_and(|text| text.starts_with("The library does not answer")));
}

#[test]
fn what_is_said_at_once_stands_one_above_the_other() {
    let long = "The folder could not be read to its end and nothing of it is shown. ".repeat(6);
    let long = long.trim();
    let mut window = Window::new(saying(NoticeLevel::Error, long));
    window.open(Screen::People);
    window.key(Key::Num2);
    let top = |window: &Window, label: &str| window.harness.get_by_label_contains(label).rect().top();
    let bottom = |window: &Window, label: &str| window.harness.get_by_label_contains(label).rect().bottom();
    let (hint, unheard) = ("Select faces or a card first", "The library does not answer");
    // Each has a margin of 8 points around its words.
    assert!(bottom(&window, hint) + 16.0 <= top(&window, long), "the hint lies on the toast");
    window.hang_up();
    window.command(Key::R);
    window.harness.run_steps(2);
    assert!(bottom(&window, unheard) + 16.0 <= top(&window, long), "it lies on the toast");
    assert!(bottom(&window, hint) + 16.0 <= top(&window, unheard), "the hint lies on it");
}

#[test]
fn a_text_keeps_the_keys_when_something_comes_or_goes_beside_the_screen() {
    let mut window = Window::new(people());
    window.open(Screen::People);
    window.command(Key::F);
    window.type_text("An");
    window.key(Key::F9);
    assert_eq!(window.app().view.settings.details, Some(true));
    window.type_text("n");
    window.key(Key::F9);
    assert_eq!(window.app().view.settings.details, Some(false));
    window.type_text("e");
    let mut snapshot = people();
    snapshot.activity = Activity::Scanning { done: 1, total: 4, seconds_left: None, paused: false };
    snapshot.generation += 1;
    window.publish(snapshot);
    window.type_text("tte");
    assert_eq!(window.app().view.search, "Annette");
    window.sent(&[]);
}

#[test]
fn details_come_back_at_once_though_the_field_for_a_name_went_with_them() {
    let mut window = Window::with(people(), [1480.0, 900.0], Theme::Light);
    window.open(Screen::Faces);
    window.click("Face 2 of Ann in photo 2.jpg");
    window.key(Key::F2);
    assert!(window.shows("Who is this? (5 faces)"));
    window.key(Key::F9);
    assert!(!window.shows("Large picture of Ann"));
    // A letter would still be the field's; this is none.
    window.key(Key::F9);
    assert!(window.shows("Large picture of Ann"));
}

#[test]
fn a_folder_is_for_the_library_that_asked_for_it() {
    let asked: Arc<Mutex<Vec<(Pick, PathBuf)>>> = Arc::default();
    let picked: Arc<Mutex<Vec<Picked>>> = Arc::default();
    let note = Arc::clone(&asked);
    let services = Services {
        pick_folder: Arc::new(move |pick, library| note.lock().unwrap().push((pick, library))),
        picked: Arc::clone(&picked),
        ..Services::default()
    };
    let (one, two) = (PathBuf::from("/one.albumen"), PathBuf::from("/two.albumen"));
    let winter = PathBuf::from("/photos/Winter");
    let mut snapshot = people();
    snapshot.library_path.clone_from(&one);
    let mut window = Window::serving(snapshot.clone(), services);
    window.open(Screen::People);
    window.command(Key::O);
    assert_eq!(*asked.lock().unwrap(), [(Pick::Scan, one.clone())]);
    snapshot.library_path.clone_from(&two);
    snapshot.generation += 1;
    window.publish(snapshot);
    let answer = |pick: Pick, library: &PathBuf| {
        picked.lock().unwrap().push(Picked { pick, library: library.clone(), answer: Ok(Some(winter.clone())) });
    };
    answer(Pick::Scan, &one);
    window.sent(&[]);
    assert!(window.mentions("/photos/Winter was chosen while the library “one” was open"));
    window.click("Close");
    assert!(!window.mentions("/photos/Winter"));
    // Nor is it where the albums of this one go.
    window.command(Key::E);
    answer(Pick::Export, &one);
    window.harness.run();
    assert!(window.mentions("/photos/Winter was chosen"));
    window.key(Key::Escape);
    answer(Pick::Scan, &two);
    window.harness.run();
    assert!(window.commands().contains(&Command::Scan(vec![winter.clone()])));
}

#[test]
fn a_folder_is_for_no_library_that_is_just_being_opened() {
    let picked: Arc<Mutex<Vec<Picked>>> = Arc::default();
    let (one, two) = (PathBuf::from("/one.albumen"), PathBuf::from("/two.albumen"));
    let services = Services {
        picked: Arc::clone(&picked),
        settings: Settings { recent: vec![two.clone()], ..Settings::default() },
        ..Services::default()
    };
    let mut snapshot = people();
    snapshot.library_path.clone_from(&one);
    let mut window = Window::serving(snapshot, services);
    window.open(Screen::Start);
    window.click("two");
    window.sent(&[Command::OpenLibrary(two)]);
    // The engine has not come to it yet; what it is sent now it comes to after that.
    let answer = Ok(Some(PathBuf::from("/photos/Winter")));
    picked.lock().unwrap().push(Picked { pick: Pick::Scan, library: one, answer });
    window.sent(&[]);
    assert!(window.mentions("/photos/Winter was chosen"));
}
