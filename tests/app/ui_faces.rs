//! The grid of faces with many people, and one photo with the boxes of its faces.

use std::path::PathBuf;
use std::sync::Arc;

use albumen::domain::{FaceFlag, FaceId, Photo, PhotoId, Pixels, Taken};
use albumen::engine::{Command, PictureKey};
use albumen::ui::Screen;
use egui::{Key, PointerButton, Rect, vec2};
use egui_kittest::kittest::Queryable as _;

use crate::ui_kit::{Window, library, person, unnamed};
use crate::ui_map::wheel;
use crate::ui_several::pull;

#[test]
fn of_many_people_to_choose_from_only_those_in_sight_are_drawn() {
    // As many faces each: they stand in the order of their names.
    let names: Vec<String> = (0..400).map(|number| format!("P{number}")).collect();
    let groups: Vec<(Option<&str>, u32)> = names.iter().map(|name| (Some(name.as_str()), 2)).collect();
    let mut window = Window::new(library(&groups));
    window.open(Screen::Faces);
    window.click("When, where, who");
    window.click("Person");
    let drawn = names.iter().filter(|name| window.shows(&format!("{name} 2"))).count();
    assert!((5..40).contains(&drawn), "{drawn} lines");
    window.click("P1 2");
    assert_eq!(window.harness.query_all_by_label_contains(" of P1 in ").count(), 2);
    assert_eq!(window.harness.query_all_by_label_contains(" in photo ").count(), 2, "nobody else");
    assert!(window.shows("P1"), "the button says so");
    window.sent(&[]);
}

#[test]
fn faces_are_narrowed_to_a_year_a_month_or_those_without_a_date() {
    let mut snapshot = library(&[(Some("Ann"), 5), (None, 3)]);
    for (number, taken) in [(2, Some(Taken { year: 2009, month: 12, day: 24, second: 0 })), (8, None)] {
        let mut photo = Photo::clone(snapshot.photos.get(&PhotoId(number)).unwrap());
        photo.taken = taken;
        snapshot.photos.insert(PhotoId(number), Arc::new(photo));
    }
    // What was set aside is not counted: it is not shown either.
    snapshot.flagged = [(FaceId(3), FaceFlag::NotAFace)].into_iter().collect();
    let mut window = Window::new(snapshot);
    window.open(Screen::Faces);
    let shown = |window: &Window| window.harness.query_all_by_label_contains(" in photo ").count();
    window.click("When, where, who");
    assert!(!window.shows("Month"), "no year was chosen");
    window.click("Year");
    assert!(window.shows("2010 3") && window.shows("2011 1"));
    window.click("No date 1");
    assert_eq!(shown(&window), 1);
    assert!(window.mentions(" in photo 8.jpg"));
    window.click("No date");
    window.click("Year");
    window.click("2009 2");
    assert_eq!(shown(&window), 2);
    window.click("2009");
    window.click("Month");
    assert!(window.shows("July 1"));
    window.click("December 1");
    assert_eq!(shown(&window), 1);
    assert!(window.mentions(" in photo 2.jpg"));
    window.click("December 2009");
    window.click("Month");
    window.click("Any month");
    assert_eq!(shown(&window), 2, "the whole year again");
    window.click("Any year, folder and person");
    assert_eq!(shown(&window), 7);
    window.sent(&[]);
}

#[test]
fn one_comes_nearer_while_a_missing_face_is_marked() {
    let mut window = Window::new(library(&[(Some("Ann"), 3)]));
    window.open(Screen::Photo(PhotoId(1)));
    let face = |window: &Window| -> Rect { window.harness.get_by_label("Face of Ann").rect() };
    window.click("Mark a missing face");
    let before = face(&window);
    wheel(&mut window, before.center(), 4.0);
    let near = face(&window);
    assert!(near.width() > 1.2 * before.width(), "{near:?}, before {before:?}");
    // Ann's box, 90 pixels wide from 120, 80, and a little around it.
    let scale = near.width() / 90.0;
    pull(&mut window, near.min - vec2(12.0, 12.0), near.max + vec2(12.0, 12.0), PointerButton::Primary);
    let [Command::DrawFace(photo, bounds)] = window.commands()[..] else { panic!("nothing was marked") };
    assert_eq!(photo, PhotoId(1));
    let by = 12.0 / scale;
    let found = [bounds.x, bounds.y, bounds.width, bounds.height];
    let expected = [120.0 - by, 80.0 - by, 90.0 + 2.0 * by, 110.0 + 2.0 * by];
    let off = found.iter().zip(expected).map(|(one, two)| (one - two).abs()).fold(0.0, f32::max);
    assert!(off < 1.0, "{found:?}, not {expected:?}");
    assert!((face(&window).width() - near.width()).abs() < 0.1, "drawing moves nothing");
}

#[test]
fn a_photo_one_comes_near_to_is_asked_for_at_its_full_size() {
    let mut snapshot = library(&[(Some("Ann"), 3)]);
    let mut photo = Photo::clone(snapshot.photos.get(&PhotoId(1)).unwrap());
    // Its picture has 400 × 300.
    (photo.width, photo.height) = (420, 315);
    snapshot.photos.insert(PhotoId(1), Arc::new(photo));
    let mut window = Window::new(snapshot);
    let whole = PictureKey::Whole(PhotoId(1));
    // For any photo: the next one must not be asked for either.
    let asked = |window: &mut Window| {
        window.harness.run_steps(10);
        window.handle.wanted().iter().any(|key| matches!(key, PictureKey::Whole(_)))
    };
    window.open(Screen::Photo(PhotoId(1)));
    assert!(!asked(&mut window), "as it fits, the small one will do");
    window.key(Key::Plus);
    assert!(asked(&mut window));
    window.handle.deliver((whole, Some(Arc::new(Pixels::filled(420, 315, [120, 140, 130])))));
    window.key(Key::Minus);
    window.key(Key::Plus);
    assert!(!asked(&mut window), "it is kept while one looks at the photo");
    // And no longer: there is room for one such picture only.
    window.key(Key::ArrowRight);
    assert!(matches!(window.app().view.screen, Screen::Photo(PhotoId(2))));
    window.key(Key::Plus);
    assert!(!asked(&mut window), "this one has no more pixels than are shown");
    window.key(Key::ArrowLeft);
    window.key(Key::Plus);
    assert!(asked(&mut window));
    window.sent(&[]);
}

#[test]
fn a_face_is_named_over_its_photo() {
    const FIELD: &str = "Who is this? (4 faces)";
    const ANN: &str = "Another name for Ann (3 faces)";
    let mut window = Window::new(library(&[(Some("Ann"), 3), (Some("Bo"), 2), (None, 4)]));
    let begin = |window: &mut Window, photo: u32, face: &str| {
        window.open(Screen::Photo(PhotoId(photo)));
        window.harness.get_by_label(face).click_secondary();
        window.harness.run();
        window.key(Key::Escape);
        window.key(Key::F2);
    };
    begin(&mut window, 7, "Face of Who is this?");
    assert!(window.harness.get_by_label(FIELD).is_focused());
    window.key(Key::Enter);
    window.sent(&[]);
    assert!(window.shows(FIELD), "nobody is taken by accident");
    window.type_text("Cleo");
    assert!(window.shows("Cleo, Somebody new"));
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(unnamed(6), "Cleo".to_owned())]);
    // Somebody who has a name, by key and with the pointer.
    window.key(Key::F2);
    window.key(Key::ArrowDown);
    window.key(Key::Enter);
    window.sent(&[Command::MergeGroups(vec![person(1), unnamed(6)])]);
    window.key(Key::F2);
    window.click("Bo, 2 faces");
    window.sent(&[Command::MergeGroups(vec![person(2), unnamed(6)])]);
    window.key(Key::F2);
    window.key(Key::Escape);
    assert!(!window.shows(FIELD));
    assert_eq!(window.app().view.screen, Screen::Photo(PhotoId(7)), "the photo stays");
    // A name is kept, or another one given.
    begin(&mut window, 1, "Face of Ann");
    assert!(window.shows(ANN));
    window.key(Key::Enter);
    window.sent(&[]);
    assert!(!window.shows(ANN));
    window.key(Key::F2);
    window.type_text("Anna");
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(person(1), "Anna".to_owned())]);
    // From the menu of its box.
    window.harness.get_by_label("Face of Ann").click_secondary();
    window.harness.run();
    window.click("Name F2");
    assert!(window.shows(ANN));
    window.key(Key::Escape);
    // Meanwhile another face is found to be Bo: the rest of the group has another number, and is named all the same.
    begin(&mut window, 7, "Face of Who is this?");
    let mut snapshot = library(&[(Some("Ann"), 3), (Some("Bo"), 3), (None, 3)]);
    snapshot.generation += 1;
    window.publish(snapshot);
    window.type_text("Dan");
    window.key(Key::Enter);
    window.sent(&[Command::NameGroup(unnamed(7), "Dan".to_owned())]);
    // And when all of it is found to be Bo, he is not called otherwise, nor are letters on their way taken for keys.
    begin(&mut window, 7, "Face of Who is this?");
    window.type_text("D");
    let mut snapshot = library(&[(Some("Ann"), 3), (Some("Bo"), 6)]);
    snapshot.generation += 2;
    window.publish(snapshot);
    assert!(!window.mentions("Another name for Bo"));
    window.key(Key::Num1);
    window.key(Key::Enter);
    window.sent(&[]);
    assert_eq!(window.app().view.screen, Screen::Photo(PhotoId(7)));
}

#[test]
fn a_file_whose_name_runs_to_the_left_is_named_as_it_is_read() {
    let mut snapshot = library(&[(Some("יעל"), 1)]);
    let mut photo = Photo::clone(snapshot.photos.get(&PhotoId(1)).unwrap());
    photo.paths = vec![PathBuf::from("/photos/יעל כהן.jpg")];
    snapshot.photos.insert(PhotoId(1), Arc::new(photo));
    let mut window = Window::new(snapshot);
    window.open(Screen::Photo(PhotoId(1)));
    assert!(window.mentions("כהן.jpg יעל · 2009-07-14 · 400 × 300"));
    window.sent(&[]);
}
