//! The window on a real engine: what one does on the screen, and what the library holds afterwards.

use std::sync::Arc;

use albumen::domain::{Edit, FaceId, GroupId, Snapshot};
use albumen::engine::{Command, Engine, Handle};
use albumen::ui::Screen;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use crate::engine_support::{Finder, Place, files, group_of, groups, run};
use crate::ui_kit::Window;

/// Ann's colour four times, Bo's three times, and a stranger once; how much they are alike is up to the caller.
fn place() -> Place {
    Place::with(&[
        ("a1.jpg", &[0]),
        ("a2.jpg", &[0]),
        ("a3.jpg", &[0]),
        ("a4.jpg", &[0]),
        ("b1.jpg", &[4]),
        ("b2.jpg", &[4]),
        ("b3.jpg", &[4]),
        ("c1.jpg", &[8]),
    ])
}

/// A window, the engine behind it, and the photos it has read.
pub struct Stage {
    pub window: Window,
    engine: Engine,
    /// Last: its folder goes with it.
    pub place: Place,
}

impl Stage {
    fn new(alike: f32) -> Self {
        Self::with(place(), &Finder { alike, ..Finder::default() }, None)
    }

    /// Reads the photos; with another looseness when one is given, which is a step of the history.
    pub fn with(place: Place, finder: &Finder, looseness: Option<i16>) -> Self {
        let engine = place.start(finder);
        if let Some(hundredths) = looseness {
            run(&engine.handle(), Command::Edit(Edit::SetLooseness { hundredths }));
        }
        place.scan(&engine);
        let window = Window::on(engine.handle());
        Self { window, engine, place }
    }

    pub fn handle(&self) -> Handle {
        self.engine.handle()
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.handle().snapshot()
    }

    /// Gives the group of a file a name, and goes to it.
    pub fn named(&mut self, file: &str, name: &str) -> GroupId {
        let group = group_of(&self.snapshot(), file);
        let after = run(&self.handle(), Command::NameGroup(group, name.to_owned()));
        let person = group_of(&after, file);
        self.window.open(Screen::Person(person));
        person
    }

    /// Until so many steps count and nothing is going on.
    pub fn settled(&mut self, steps: usize) {
        self.window.until("the edit is there", |window| {
            let snapshot = window.handle.snapshot();
            let active = snapshot.history.iter().filter(|entry| entry.active).count();
            active == steps && snapshot.activity == albumen::domain::Activity::Idle
        });
    }

    pub fn face(&self, file: &str) -> FaceId {
        let snapshot = self.snapshot();
        let photo = snapshot.photos.values().find(|photo| photo.paths.iter().any(|path| path.ends_with(file))).unwrap();
        snapshot.faces_of_photo(photo.id)[0].id
    }

    pub fn close(self) {
        let Self { window, engine, place } = self;
        drop(window);
        engine.close();
        drop(place);
    }
}

#[test]
fn a_split_shows_both_piles_first() {
    let mut stage = Stage::new(0.0);
    let ann = stage.named("a1.jpg", "Ann");
    let bo = group_of(&stage.snapshot(), "b1.jpg");
    run(&stage.handle(), Command::MergeGroups(vec![ann, bo]));
    stage.settled(2);
    let before = groups(&stage.snapshot());
    stage.window.harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::B);
    stage.window.until("the piles", |window| window.shows("Split off 3 faces"));
    assert!(stage.window.shows("Stays with Ann") && stage.window.shows("Leaves as a group of its own"));
    // A face goes over by a click, and back by another.
    let face = stage.face("a2.jpg");
    let label = format!("Face {} of Ann in a2.jpg", face.0);
    let in_dialog = |window: &mut Window| {
        // The same face lies on the screen behind: the dialog's is the last one.
        let node = window.harness.query_all_by_label(&label).last().unwrap();
        node.click();
        window.harness.run_steps(3);
    };
    in_dialog(&mut stage.window);
    assert!(stage.window.shows("Split off 4 faces"));
    in_dialog(&mut stage.window);
    stage.window.click("Split off 3 faces");
    stage.settled(3);
    let after = stage.snapshot();
    let card = after.group(group_of(&after, "b1.jpg")).unwrap();
    assert_eq!(files(&after, card), ["b1.jpg", "b2.jpg", "b3.jpg"].map(String::from).into());
    assert_eq!(after.group(ann).unwrap().faces.len(), 4);
    stage.window.command(Key::Z);
    stage.settled(2);
    assert_eq!(groups(&stage.snapshot()), before, "one step");
    // Cancel changes nothing.
    stage.window.harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::B);
    stage.window.until("the piles", |window| window.shows("Cancel"));
    stage.window.click("Cancel");
    assert_eq!(groups(&stage.snapshot()), before);
    stage.close();
}

#[test]
fn who_fits_least_comes_first() {
    let mut stage = Stage::new(0.0);
    let ann = stage.named("a1.jpg", "Ann");
    let stranger = group_of(&stage.snapshot(), "c1.jpg");
    run(&stage.handle(), Command::MergeGroups(vec![ann, stranger]));
    stage.window.click("Order of the faces");
    stage.window.click("Least alike first");
    let odd = stage.face("c1.jpg");
    stage.window.until("the study", |window| {
        window.handle.snapshot().study.as_ref().is_some_and(|study| study.fits.len() == 5)
    });
    stage.window.harness.run_steps(3);
    let place = |label: &str| stage.window.harness.get_by_label(label).rect().min;
    let first = place(&format!("Face {} of Ann in c1.jpg", odd.0));
    for file in ["a1.jpg", "a2.jpg", "a3.jpg", "a4.jpg"] {
        let other = place(&format!("Face {} of Ann in {file}", stage.face(file).0));
        assert!((first.y, first.x) < (other.y, other.x), "{file} stands before the one who fits least");
    }
    stage.close();
}

#[test]
fn why_is_said_in_words_and_pictures() {
    let mut stage = Stage::new(0.0);
    stage.named("a1.jpg", "Ann");
    let (one, two) = (stage.face("a1.jpg"), stage.face("a4.jpg"));
    stage.window.click(&format!("Face {} of Ann in a1.jpg", one.0));
    stage.window.click_with(&format!("Face {} of Ann in a4.jpg", two.0), Modifiers::COMMAND);
    stage.window.key(Key::W);
    stage.window.until("an explanation", |window| window.shows("Why are these together?"));
    assert!(stage.window.mentions("They look very much alike"));
    // The other two of her are near both, and stand there as pictures.
    assert!(stage.window.mentions("Faces near both"));
    let pictures = stage.window.harness.query_all_by_role(egui::accesskit::Role::Image).count();
    assert!(pictures >= 4, "the two, and two near both: {pictures}");
    assert!(stage.window.mentions("You said so") || stage.window.mentions("The steps between them"));
    stage.close();
}

#[test]
fn why_a_face_is_in_its_group_is_said_by_the_face_that_is_nearest() {
    let mut stage = Stage::new(0.0);
    stage.named("a1.jpg", "Ann");
    let one = stage.face("a1.jpg");
    stage.window.click(&format!("Face {} of Ann in a1.jpg", one.0));
    stage.window.key(Key::W);
    stage.window.until("an explanation", |window| window.shows("Why are these together?"));
    assert!(stage.window.mentions("Of its group it is most like this face"));
    let told = stage.snapshot().explanation.clone().unwrap();
    assert!(told.one == one && told.two != one && told.cosine.unwrap() > 0.8, "{told:?}");
    stage.close();
}

#[test]
fn at_rest_nothing_is_drawn() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let mut stage = Stage::new(0.0);
    let ann = stage.named("a1.jpg", "Ann");
    let notices = stage.snapshot().notices.len();
    for screen in [Screen::People, Screen::Faces, Screen::Person(ann), Screen::Review, Screen::Threshold] {
        stage.window.open(screen);
        // Pictures and answers come, the toast goes.
        stage.window.until("it is at rest", |window| !window.harness.ctx.has_requested_repaint());
        for _ in 0..200 {
            stage.window.harness.run_steps(1);
        }
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        stage.window.harness.ctx.set_request_repaint_callback(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        for _ in 0..5 {
            stage.window.harness.run_steps(1);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 0, "{screen:?} asks to be drawn again for nothing");
    }
    assert!(notices > 0, "there was a toast, and it has gone");
    stage.close();
}
