//! What the machine asks and offers, on a real engine: the shelf of suggestions, the review, the threshold.

use std::collections::BTreeSet;

use albumen::domain::{FaceId, GroupId, QuestionKind};
use albumen::engine::Command;
use albumen::ui::Screen;
use egui::Key;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::engine_support::{Finder, Place, group_of, groups, run};
use crate::ui_engine::Stage;
use crate::ui_kit::Window;

/// Ann four times; Bo, Cy and Di, who take after her less and less: 0.62, 0.59 and 0.51; and somebody like nobody.
fn relatives() -> (Place, Finder) {
    let place = Place::with(&[
        ("a1.jpg", &[0]),
        ("a2.jpg", &[0]),
        ("a3.jpg", &[0]),
        ("a4.jpg", &[0]),
        ("b1.jpg", &[4]),
        ("b2.jpg", &[4]),
        ("b3.jpg", &[4]),
        ("c1.jpg", &[6]),
        ("c2.jpg", &[6]),
        ("d1.jpg", &[8]),
        ("d2.jpg", &[8]),
        ("e1.jpg", &[10]),
    ]);
    (place, Finder { kin: &[(4, 0, 0.75), (6, 0, 0.7), (8, 0, 0.55)], ..Finder::default() })
}

/// Ann by name and her shelf, everybody else apart: two steps are done.
fn shelf() -> Stage {
    let (place, finder) = relatives();
    let mut stage = Stage::with(place, &finder, Some(-12));
    let before = groups(&stage.snapshot());
    assert_eq!(before.len(), 5, "everybody for himself: {before:?}");
    stage.named("a1.jpg", "Ann");
    stage.window.until("the shelf", |window| offered(window).len() == 2);
    stage
}

/// What stands on the shelf, from left to right: how the button for yes is called.
fn offered(window: &Window) -> Vec<String> {
    let nodes = window.harness.query_all_by_label_contains("Yes, suggested face");
    let mut nodes: Vec<(f32, String)> =
        nodes.map(|node| (node.rect().left(), node.accesskit_node().label().unwrap_or_default())).collect();
    nodes.sort_by(|one, two| one.0.total_cmp(&two.0));
    nodes.into_iter().map(|(_, label)| label).collect()
}

fn names_in(stage: &Stage, files: &[&str]) -> Vec<Option<String>> {
    let snapshot = stage.snapshot();
    let name = |file: &&str| snapshot.group(group_of(&snapshot, file)).unwrap().name.clone();
    files.iter().map(name).collect()
}

#[allow(clippy::unnecessary_wraps, reason = "as `names_in` gives it")]
fn named(name: &str) -> Option<String> {
    Some(name.to_owned())
}

#[test]
fn one_suggestion_is_confirmed_and_undone() {
    let mut stage = shelf();
    let first = offered(&stage.window)[0].clone();
    assert_eq!(first, format!("Yes, suggested face {} and 2 more", stage.face("b1.jpg").0), "the most alike first");
    let before = groups(&stage.snapshot());
    stage.window.click(&first);
    stage.settled(3);
    assert_eq!(
        names_in(&stage, &["b1.jpg", "b2.jpg", "b3.jpg", "c1.jpg"]),
        [named("Ann"), named("Ann"), named("Ann"), None]
    );
    stage.window.until("it has left the shelf", |window| !offered(window).contains(&first));
    stage.window.command(Key::Z);
    stage.settled(2);
    assert_eq!(groups(&stage.snapshot()), before, "one step");
    stage.window.until("it is offered again", |window| offered(window).contains(&first));
    stage.close();
}

#[test]
fn everybody_above_the_line_is_accepted_at_once() {
    let mut stage = shelf();
    stage.window.click("Accept all (5)");
    stage.settled(3);
    assert_eq!(
        names_in(&stage, &["b1.jpg", "c1.jpg", "c2.jpg", "d1.jpg", "e1.jpg"]),
        [named("Ann"), named("Ann"), named("Ann"), None, None]
    );
    stage.window.command(Key::Z);
    stage.settled(2);
    assert_eq!(names_in(&stage, &["b1.jpg", "c1.jpg"]), [None, None], "one step");
    // The line is moved: up, so that only the most alike stands above it, then down, so that Di does too.
    let line = |window: &Window, likeness: f64| {
        window
            .harness
            .get_by_role_and_label(egui::accesskit::Role::Slider, "How alike at least")
            .set_value_accesskit(likeness);
    };
    line(&stage.window, 0.6);
    stage
        .window
        .until("one stands above the line", |window| offered(window).len() == 1 && window.shows("Accept all (3)"));
    line(&stage.window, 0.45);
    stage.window.until("three stand above the line", |window| offered(window).len() == 3);
    stage.window.click("Accept all (7)");
    stage.settled(3);
    assert_eq!(
        names_in(&stage, &["b1.jpg", "c1.jpg", "d1.jpg", "d2.jpg", "e1.jpg"]),
        [named("Ann"), named("Ann"), named("Ann"), named("Ann"), None]
    );
    stage.close();
}

#[test]
fn who_is_refused_does_not_come_again() {
    let mut stage = shelf();
    let yes = offered(&stage.window)[0].clone();
    stage.window.click(&yes.replace("Yes, ", "No, "));
    stage.settled(3);
    assert_eq!(names_in(&stage, &["a1.jpg", "b1.jpg"]), [named("Ann"), None]);
    stage.window.until("it has left the shelf", |window| offered(window).len() == 1 && window.shows("Accept all (2)"));
    // Another person in between, and back: the shelf is made anew.
    let ann_id = group_of(&stage.snapshot(), "a1.jpg");
    let other = group_of(&stage.snapshot(), "e1.jpg");
    stage.window.open(Screen::Person(other));
    stage.window.until("the other's study", |window| {
        window.handle.snapshot().study.as_ref().is_some_and(|study| study.group == other)
    });
    stage.window.open(Screen::Person(ann_id));
    stage.window.until("the shelf", |window| !offered(window).is_empty());
    assert!(!offered(&stage.window).contains(&yes), "refused for good");
    stage.window.command(Key::Z);
    stage.settled(2);
    stage.window.until("undone, it is offered again", |window| offered(window).contains(&yes));
    stage.close();
}

/// Ann four times; Bo and Cy, three times each, who take after her nearly enough to be joined; a stranger.
fn doubtful() -> Stage {
    let place = Place::with(&[
        ("a1.jpg", &[0]),
        ("a2.jpg", &[0]),
        ("a3.jpg", &[0]),
        ("a4.jpg", &[0]),
        ("b1.jpg", &[4]),
        ("b2.jpg", &[4]),
        ("b3.jpg", &[4]),
        ("c1.jpg", &[8]),
        ("c2.jpg", &[8]),
        ("c3.jpg", &[8]),
        ("e1.jpg", &[2]),
    ]);
    let finder = Finder { kin: &[(4, 0, 0.61), (8, 0, 0.61)], ..Finder::default() };
    let mut stage = Stage::with(place, &finder, None);
    assert_eq!(groups(&stage.snapshot()).len(), 4, "nobody is joined: {:?}", groups(&stage.snapshot()));
    stage.window.open(Screen::Review);
    stage.window.until("two questions", |window| window.mentions("about 2 left"));
    stage
}

/// The questions that the engine has, as pairs of groups.
fn questions(stage: &Stage) -> Vec<(u64, BTreeSet<GroupId>)> {
    let snapshot = stage.snapshot();
    let groups = |kind: &QuestionKind| match kind {
        QuestionKind::Merge { one, two } => [*one, *two].into(),
        QuestionKind::Suggest { faces, person } => [*snapshot.group_of.get(&faces[0]).unwrap(), *person].into(),
        QuestionKind::Split { group, .. } => [*group].into(),
    };
    snapshot.review.iter().map(|question| (question.id, groups(&question.kind))).collect()
}

#[test]
fn a_question_is_answered_with_yes_and_taken_back() {
    let mut stage = doubtful();
    let before = groups(&stage.snapshot());
    let asked = questions(&stage);
    assert!(stage.window.shows("Are 4 faces and 3 faces the same person?"));
    stage.window.key(Key::Y);
    stage.settled(1);
    let after = stage.snapshot();
    let merged: BTreeSet<GroupId> = asked[0].1.iter().map(|id| joined(&after, *id)).collect();
    assert_eq!(merged.len(), 1, "both are one card");
    assert_eq!(after.group(*merged.first().unwrap()).unwrap().faces.len(), 7);
    stage.window.until("the next question", |window| !window.mentions("about 2 left"));
    stage.window.command(Key::Z);
    stage.settled(0);
    assert_eq!(groups(&stage.snapshot()), before);
    stage.window.until("it is asked again", |window| window.mentions("about 2 left"));
    stage.close();
}

/// The card that a group has become part of.
fn joined(snapshot: &albumen::domain::Snapshot, group: GroupId) -> GroupId {
    match group {
        GroupId::Faces(face) => *snapshot.group_of.get(&face).unwrap(),
        GroupId::Person(_) => group,
    }
}

#[test]
fn a_question_answered_with_no_is_settled() {
    let mut stage = doubtful();
    let asked = questions(&stage);
    stage.window.click("Different people N");
    stage.settled(1);
    let after = stage.snapshot();
    let apart: BTreeSet<GroupId> =
        asked[0].1.iter().map(|id| face_of(*id)).map(|face| *after.group_of.get(&face).unwrap()).collect();
    assert_eq!(apart.len(), 2, "they stay apart");
    // Looked for anew, it is not asked again; even where groups join more readily.
    let again = run(&stage.handle(), Command::Review);
    assert!(again.review.iter().all(|question| question.id != asked[0].0), "{:?}", again.review);
    stage.close();
}

fn face_of(group: GroupId) -> FaceId {
    match group {
        GroupId::Faces(face) => face,
        GroupId::Person(person) => panic!("{person:?} has no number of a face"),
    }
}

#[test]
fn a_skipped_question_waits() {
    let mut stage = doubtful();
    let before = groups(&stage.snapshot());
    stage.window.key(Key::S);
    assert!(stage.window.mentions("about 1 left"));
    stage.window.click("Skip S");
    stage.window.click("Ask 2 skipped questions again");
    assert!(stage.window.mentions("about 2 left"));
    assert_eq!((groups(&stage.snapshot()), stage.snapshot().history.len()), (before, 0), "nothing was said");
    stage.close();
}

#[test]
fn a_named_person_is_suggested_in_the_review() {
    let mut stage = doubtful();
    stage.named("a1.jpg", "Ann");
    run(&stage.handle(), Command::Review);
    stage.window.open(Screen::Review);
    stage.window.until("a question with her name", |window| window.mentions("Are these 3 faces Ann?"));
    stage.window.click("Same person Y");
    stage.settled(2);
    let snapshot = stage.snapshot();
    assert_eq!(snapshot.group(group_of(&snapshot, "a1.jpg")).unwrap().faces.len(), 7);
    stage.close();
}

#[test]
fn a_question_tells_two_of_one_name_apart() {
    let mut stage = doubtful();
    stage.named("a1.jpg", "Ann");
    stage.named("e1.jpg", "Ann");
    run(&stage.handle(), Command::Review);
    stage.window.open(Screen::Review);
    stage.window.until("which Ann is meant", |window| window.mentions("Are these 3 faces Ann (4 faces)?"));
    stage.close();
}

/// The number of groups of two faces or more, and of those seen once.
fn sizes(stage: &Stage) -> (usize, usize) {
    let snapshot = stage.snapshot();
    let once = snapshot.groups.iter().filter(|group| group.faces.len() == 1).count();
    (snapshot.groups.len() - once, once)
}

#[test]
fn another_threshold_is_looked_at_applied_and_taken_back() {
    let (place, finder) = relatives();
    let mut stage = Stage::with(place, &finder, None);
    let before = groups(&stage.snapshot());
    assert!(sizes(&stage).0 < 4, "Bo at least has joined Ann: {before:?}");
    stage.window.open(Screen::Threshold);
    stage.window.until("it is as it is", |window| window.shows("Nothing joins and nothing parts"));
    let slide = |window: &Window, place: f64| {
        let name = "How readily faces join a group";
        window.harness.get_by_role_and_label(egui::accesskit::Role::Slider, name).set_value_accesskit(place);
    };
    slide(&stage.window, -12.0);
    stage.window.until("the preview", |window| window.mentions("would fall apart"));
    assert!(stage.window.shows("4 groups of two faces or more, 1 person seen once"));
    assert_eq!((groups(&stage.snapshot()), stage.snapshot().history.len()), (before.clone(), 0), "only looked at");
    // Back again, nothing would change.
    stage.window.click("As it is");
    stage.window.until("it is as it is", |window| window.shows("Nothing joins and nothing parts"));
    slide(&stage.window, -12.0);
    stage.window.until("the preview", |window| window.mentions("would fall apart"));
    stage.window.click("Apply");
    stage.settled(1);
    assert_eq!(sizes(&stage), (4, 1), "as the preview said");
    stage.window.until("it is as it is", |window| window.shows("Nothing joins and nothing parts"));
    stage.window.command(Key::Z);
    stage.settled(0);
    assert_eq!(groups(&stage.snapshot()), before, "one step");
    // The slider is back where it counts, and so is what it shows.
    stage.window.until("it is as it is", |window| window.shows("Nothing joins and nothing parts"));
    assert_eq!(stage.window.harness.query_all_by_label_contains("would").count(), 0);
    slide(&stage.window, -12.0);
    stage.window.until("the preview is of the groups as they are", |window| window.mentions("would fall apart"));
    stage.close();
}
