//! What is said and asked: the review, why two faces are together, who is exported, and the settings.

use std::sync::Arc;

use albumen::domain::{
    Activity, Explanation, ExportPlan, ExportSummary, FaceId, GroupId, Question, QuestionKind, Snapshot,
};
use albumen::engine::Command;
use albumen::ui::Screen;
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::ui_kit::{Window, faces, library, person, unnamed};
use crate::ui_several::asking;

/// One Ann with faces 1 to 5, another with 6 to 8, Bo with 9 and 10, nobody yet with 11 and 12.
fn namesakes() -> Snapshot {
    library(&[(Some("Ann"), 5), (Some("Ann"), 3), (Some("Bo"), 2), (None, 2)])
}

/// What tells the one from the other.
const ONE: &str = "5 faces · 2009–2010";
const OTHER: &str = "3 faces · 2010–2011";

/// The review with this one question.
fn asked(mut snapshot: Snapshot, kind: QuestionKind, pair: [u32; 2]) -> Window {
    let sentence = "Is it so?".to_owned();
    snapshot.review = Arc::new(vec![Question { id: 7, kind, sentence, weight: 1.0, faces: pair.map(FaceId) }]);
    let mut window = Window::new(snapshot);
    window.open(Screen::Review);
    window
}

fn merge(one: GroupId, two: GroupId) -> QuestionKind {
    QuestionKind::Merge { one, two }
}

#[test]
fn the_review_tells_two_of_one_name_apart() {
    let mut window = asked(namesakes(), merge(person(1), person(2)), [1, 6]);
    assert!(window.shows(&format!("Ann ({ONE})")) && window.shows(&format!("Ann ({OTHER})")));
    assert!(window.shows(&format!("Look at Ann ({OTHER}), 3 faces")), "for those who cannot see it as well");
    window.key(Key::Y);
    window.sent(&[Command::Answer { question: 7, yes: true }]);
    // Where the other one is not on the screen, too; and only there where somebody else has the name.
    let window = asked(namesakes(), QuestionKind::Suggest { faces: faces(&[11, 12]), person: person(2) }, [6, 11]);
    assert!(window.shows("Not named") && window.shows(&format!("Ann ({OTHER})")));
    let window = asked(namesakes(), merge(person(3), unnamed(11)), [9, 11]);
    assert!(window.shows("Look at Bo, 2 faces"));
}

#[test]
fn beside_a_long_name_the_number_keeps_its_place() {
    let long = "Wilhelmina".repeat(20);
    let snapshot = library(&[(Some(long.as_str()), 5), (Some("Bo"), 3)]);
    let window = asked(snapshot, merge(person(1), person(2)), [1, 6]);
    let place = |label: &str| window.harness.get_by_label(label).rect();
    assert!(place("5 faces").right() < place("Bo").left(), "{:?}, {:?}", place("5 faces"), place("Bo"));
}

#[test]
fn who_was_named_since_stands_there_by_that_name() {
    let suggest = |asked: &[u32]| QuestionKind::Suggest { faces: faces(asked), person: person(1) };
    let window = asked(namesakes(), suggest(&[9, 10]), [1, 9]);
    assert!(window.shows("Look at Bo, 2 faces"));
    // Who has gone over is on the other side, and only there.
    let window = asked(namesakes(), suggest(&[5, 9]), [1, 9]);
    assert!(window.shows("Look at Bo, 1 face"));
    assert_eq!(window.harness.query_all_by_label("Face 5 of Ann in photo 5.jpg").count(), 1);
    // All have gone over: there is nothing left to ask.
    let window = asked(namesakes(), suggest(&[4, 5]), [1, 4]);
    assert!(window.mentions("No questions") && !window.shows("Is it so?"));
}

#[test]
fn what_was_put_off_is_offered_while_it_can_be_asked() {
    let mut snapshot = asking();
    let mut window = Window::new(snapshot.clone());
    window.open(Screen::Review);
    for _ in 0..3 {
        window.key(Key::S);
    }
    assert!(window.shows("Ask 3 skipped questions again"));
    // All were about Ann, who is no more.
    snapshot.groups.replace(&[person(1)], Vec::new());
    snapshot.generation += 1;
    window.publish(snapshot);
    assert!(window.mentions("No questions") && !window.mentions("skipped question"));
}

#[test]
fn why_tells_two_of_one_name_apart() {
    let mut snapshot = namesakes();
    snapshot.explanation = Some(Arc::new(Explanation {
        one: FaceId(1),
        two: FaceId(6),
        together: false,
        cosine: Some(0.31),
        rank_order: None,
        margin: Some(-0.2),
        sentences: vec!["They look a little alike: 0.31 of 1".to_owned()],
        shared: Vec::new(),
        bridge: (1..=14).map(|_| (FaceId(2), FaceId(7), 0.5)).collect(),
    }));
    let mut window = Window::new(snapshot);
    window.open(Screen::Faces);
    window.app().view.faces = [FaceId(1), FaceId(6)].into();
    window.harness.run();
    window.key(Key::W);
    assert!(window.shows("Why are these apart?"));
    let words = format!("Two people are called Ann: the one on the left has {ONE}, the one on the right {OTHER}");
    assert!(window.shows(&words));
    assert!(window.shows(&format!("Face 6 of Ann in photo 6.jpg; this Ann has {OTHER}")));
    // Of many steps the first are shown, and that there are more.
    assert!(window.shows("and 2 more"));
}

#[test]
fn an_export_tells_two_of_one_name_apart() {
    let mut window = Window::new(namesakes());
    window.open(Screen::People);
    window.command(Key::E);
    assert!(window.shows(&format!("Ann ({ONE}) · 5 photos")) && window.shows("Bo · 2 photos"));
    window.click(&format!("Ann ({OTHER}) · 3 photos"));
    assert!(window.shows("2 albums · 7 photos"));
}

#[test]
fn while_albums_are_written_no_other_export_begins() {
    let mut snapshot = namesakes();
    snapshot.activity = Activity::Exporting { done: 1, total: 4 };
    let mut window = Window::new(snapshot);
    window.open(Screen::People);
    window.command(Key::E);
    window.click("Folder for the albums");
    window.type_text("/tmp/albums");
    let button = window.harness.get_by_role_and_label(Role::Button, "Export");
    assert!(button.accesskit_node().is_disabled());
    window.key(Key::Enter);
    let exported = window.commands().into_iter().filter(|command| matches!(command, Command::Export(_))).count();
    assert_eq!(exported, 0);
    assert!(window.shows("Export albums"), "what was said is still there");
}

#[test]
fn enter_asks_at_once_what_will_be_written_and_the_next_one_exports() {
    let mut window = Window::new(namesakes());
    window.open(Screen::People);
    window.command(Key::E);
    window.click("Folder for the albums");
    window.type_text("/tmp/albums");
    window.sent(&[]);
    window.key(Key::Enter);
    let commands = window.commands();
    let [Command::PlanExport(request)] = &commands[..] else { panic!("{commands:?}") };
    let mut snapshot = window.handle.snapshot().as_ref().clone();
    snapshot.generation += 1;
    let outcome = Ok(ExportSummary { files: 10, ..ExportSummary::default() });
    snapshot.export_plan = Some(Arc::new(ExportPlan { request: request.clone(), outcome }));
    window.publish(snapshot);
    window.key(Key::Enter);
    window.sent(&[Command::Export(request.clone())]);
    assert!(!window.shows("Export albums"), "the dialog is closed");
}

#[test]
fn the_settings_say_what_they_are_about() {
    let mut window = Window::with(namesakes(), [1180.0, 1400.0], egui::Theme::Light);
    window.open(Screen::Settings);
    for (what, value, about) in [
        ("Theme", "As the system", "Light, dark, or as the system has it"),
        ("Photos at once", "As fits", "Counts from the next scan on"),
        ("Smallest face", "20 pixels", "Smaller ones may be missed"),
        ("Networks", "Chosen when the first photo is read", "They find the faces"),
        ("Run on", "the processor", "The graphics card, when this program was built for one"),
    ] {
        assert!(window.shows(what) && window.shows(value) && window.mentions(about), "{what}");
    }
}
