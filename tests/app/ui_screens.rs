//! Every screen in every state: nothing panics, every control has a name, and what must be said is said.

use std::path::PathBuf;
use std::sync::Arc;

use albumen::domain::{
    Activity, Cut, Explanation, FaceFlag, FaceId, Group, HistoryEntry, Notice, NoticeLevel, PhotoId, Problem,
    ProblemKind, Snapshot, SplitPlan,
};
use albumen::engine::Command;
use albumen::ui::Screen;
use egui::{Key, Modifiers, Theme};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::support;
use crate::ui_kit::{Window, library, person, unnamed};
use crate::ui_threshold;

const LONG: &str =
    "Maria-Magdalena Konstantinopoulos-Featherstonehaugh von und zu Hohenzollern-Sigmaringen the Younger";

fn empty() -> Snapshot {
    Snapshot { ready: true, ..Snapshot::default() }
}

fn busy() -> Snapshot {
    let mut snapshot = library(&[(None, 6), (None, 3), (None, 1)]);
    snapshot.activity = Activity::Scanning { done: 1204, total: 3810, seconds_left: Some(330.0), paused: false };
    snapshot
}

fn one() -> Snapshot {
    library(&[(Some("Ann"), 1)])
}

fn many() -> Snapshot {
    let named = (0..12).map(|_| (Some("Somebody"), 5));
    let groups: Vec<(Option<&str>, u32)> =
        named.chain((0..60).map(|_| (None, 4))).chain((0..40).map(|_| (None, 1))).collect();
    library(&groups)
}

fn trouble() -> Snapshot {
    let mut snapshot = library(&[(Some("Ann"), 4), (None, 2)]);
    let problem = |name: &str, kind, message: &str| Problem {
        path: PathBuf::from("/photos/Summer").join(name),
        kind,
        message: message.to_owned(),
    };
    snapshot.problems = Arc::new(vec![
        problem("cut.jpg", ProblemKind::Truncated, "The file ends too early. Copy it again from where it came"),
        problem("empty.jpg", ProblemKind::Empty, "The file holds nothing"),
    ]);
    snapshot.counts.failed = 2;
    let notice = Notice {
        number: 1,
        level: NoticeLevel::Error,
        text: "2 photos could not be read. See Problems".to_owned(),
        undoable: false,
        problems: true,
    };
    snapshot.notices = Arc::new(vec![notice]);
    snapshot.flagged = [(FaceId(6), FaceFlag::NotAFace)].into_iter().collect();
    snapshot.history = Arc::new(vec![HistoryEntry { text: "Named 4 faces Ann".into(), active: true }]);
    snapshot
}

fn long_names() -> Snapshot {
    library(&[(Some(LONG), 5), (Some("陳大文"), 3), (Some("יעל כהן"), 2), (Some("محمد علي"), 2), (None, 2)])
}

fn states() -> Vec<(&'static str, Snapshot)> {
    vec![
        ("empty", empty()),
        ("busy", busy()),
        ("one", one()),
        ("many", many()),
        ("trouble", trouble()),
        ("long", long_names()),
    ]
}

fn screens(snapshot: &Snapshot) -> Vec<(&'static str, Screen)> {
    let group = snapshot.groups.first().map_or(unnamed(1), |group| group.id);
    vec![
        ("start", Screen::Start),
        ("people", Screen::People),
        ("faces", Screen::Faces),
        ("ignored", Screen::Aside(FaceFlag::Ignored)),
        ("not-faces", Screen::Aside(FaceFlag::NotAFace)),
        ("person", Screen::Person(group)),
        ("photo", Screen::Photo(PhotoId(1))),
        ("search", Screen::Search),
        ("review", Screen::Review),
        ("map", Screen::Map),
        ("threshold", Screen::Threshold),
        ("problems", Screen::Problems),
        ("history", Screen::History),
        ("settings", Screen::Settings),
    ]
}

/// Where pictures go when somebody wants to look: `ALBUMEN_PICTURES=folder`.
fn picture(window: &mut Window, name: &str) {
    let Some(folder) = std::env::var_os("ALBUMEN_PICTURES") else { return };
    match window.harness.render() {
        Ok(image) => image.save(PathBuf::from(folder).join(format!("{name}.png"))).unwrap(),
        Err(error) => support::skip("pictures of the screens", &error),
    }
}

#[test]
fn every_screen_in_every_state_and_size() {
    let sizes = [
        ("", [1180.0, 780.0], Theme::Light),
        ("-dark", [1180.0, 780.0], Theme::Dark),
        ("-small", [640.0, 420.0], Theme::Light),
    ];
    for (state, snapshot) in states() {
        for (suffix, size, theme) in sizes {
            let mut window = Window::with(snapshot.clone(), size, theme);
            for (name, screen) in screens(&snapshot) {
                // kittest panics on a control without a name, and on a screen that never comes to rest.
                window.open(screen);
                picture(&mut window, &format!("{name}-{state}{suffix}"));
                let asking =
                    |command: &Command| matches!(command, Command::Review | Command::Preview(_) | Command::Map);
                let sent: Vec<Command> = window.commands().into_iter().filter(|command| !asking(command)).collect();
                assert!(sent.is_empty(), "{name}, {state}{suffix}: looking changes nothing: {sent:?}");
            }
        }
    }
}

/// What lies with a part of it beside the window: a label and where it lies.
fn beside(window: &Window, width: f32) -> Vec<String> {
    let nodes = window.harness.root().children_recursive();
    let placed = nodes.filter(|node| node.accesskit_node().raw_bounds().is_some());
    let labelled = placed.filter_map(|node| Some((node.accesskit_node().label()?, node.rect())));
    let out = labelled.filter(|(_, rect)| rect.is_positive() && (rect.left() < -0.5 || rect.right() > width + 0.5));
    out.map(|(label, rect)| format!("{label}: {rect:?}")).collect()
}

/// Nothing sticks out to the side, on any screen, at the smallest size of the window.
#[test]
fn nothing_sticks_out_of_the_smallest_window() {
    for (state, snapshot) in states() {
        let mut window = Window::with(snapshot.clone(), [640.0, 420.0], Theme::Light);
        for (name, screen) in screens(&snapshot) {
            window.open(screen);
            let out = beside(&window, 640.0);
            assert!(out.is_empty(), "{name}, {state}: {out:#?}");
        }
    }
}

/// The threshold's board with changes, with many in one, with another place's, and without an answer.
#[test]
fn the_threshold_in_every_state_and_size() {
    let named = |mut snapshot: Snapshot| {
        let long = |group: &Group| Group { name: group.name.as_ref().map(|_| LONG.to_owned()), ..group.clone() };
        snapshot.groups = snapshot.groups.iter().map(long).collect();
        snapshot
    };
    let unknown = Snapshot { commands: 3, preview: Some(Arc::default()), ..many() };
    let states = [
        ("changes", 3, ui_threshold::changes(3)),
        ("long", -12, named(ui_threshold::changes(-12))),
        ("many-in-one", 3, ui_threshold::many(3, 2, 4)),
        ("another", 12, ui_threshold::changes(-12)),
        ("waiting", 3, many()),
        ("unknown", 3, unknown),
    ];
    let sizes = [
        ("", [1180.0, 780.0], Theme::Light),
        ("-dark", [1180.0, 780.0], Theme::Dark),
        ("-small", [640.0, 420.0], Theme::Light),
    ];
    for (state, place, snapshot) in &states {
        for (suffix, size, theme) in sizes {
            let mut window = ui_threshold::at(*place, snapshot.clone(), size, theme);
            for width in [112.0, 176.0, 320.0] {
                window.app().view.settings.card_width = width;
                window.harness.run();
                let out = beside(&window, size[0]);
                assert!(out.is_empty(), "{state}{suffix}, cards of {width}: {out:#?}");
                if width == 176.0 {
                    picture(&mut window, &format!("threshold-{state}{suffix}"));
                }
            }
            let sent: Vec<Command> = window.commands();
            assert!(sent.iter().all(|command| matches!(command, Command::Preview(_))), "{state}{suffix}: {sent:?}");
        }
    }
}

/// A library about which something is known that dialogs show.
fn explained() -> Snapshot {
    let mut snapshot = library(&[(Some(LONG), 16), (Some("יעל כהן"), 3), (None, 4)]);
    let faces = |from: u32, to: u32| (from..=to).map(FaceId);
    snapshot.explanation = Some(Arc::new(Explanation {
        one: FaceId(1),
        two: FaceId(2),
        together: true,
        cosine: Some(0.71),
        rank_order: None,
        margin: Some(0.12),
        sentences: vec![
            "They look much alike: 0.71 of 1".to_owned(),
            "They are joined in 12 steps; the weakest joined groups of 7 and 9 and was 0.12 above what is asked"
                .to_owned(),
            "12 other faces are near both".to_owned(),
        ],
        shared: faces(3, 16).map(|face| (face, face.0, 100 + face.0)).collect(),
        bridge: faces(3, 15).map(|face| (face, FaceId(face.0 + 1), 0.5)).collect(),
    }));
    let cut = Cut { pile: faces(1, 3).collect(), link: [FaceId(1), FaceId(9)], cosine: 0.4 };
    snapshot.split_plan = Some(Arc::new(SplitPlan { group: person(1), cuts: vec![cut.clone(), cut] }));
    snapshot
}

/// Every dialog has its buttons inside the window, at any size of it.
#[test]
fn every_dialog_fits_the_smallest_window() {
    type Opens = fn(&mut Window);
    let dialogs: [(&str, Opens, &[&str]); 11] = [
        ("export", |window| window.command(Key::E), &["Export albums", "Export", "Close", "Choose…"]),
        ("palette", |window| window.command(Key::K), &["Find anything…"]),
        ("shortcuts", |window| window.key(Key::F1), &["Keyboard shortcuts", "Close"]),
        ("split", |window| shifted(window, Key::B), &["Split off 3 faces", "Cancel", "Another cut (1 of 2)"]),
        ("merge-into", |window| shifted(window, Key::M), &["Merge into"]),
        ("why", why, &["Why are these together?", "Close"]),
        ("born", |window| menu(window, "Year of birth…"), &["Keep", "Cancel"]),
        ("forget", |window| menu(window, "Forget for good…"), &["Forget for good", "Keep everything"]),
        ("about", about, &["Nothing leaves this computer", "Close"]),
        ("name", name, &["Who is this? (4 faces)", "Type a name, or choose somebody"]),
        ("which-name", which_name, &["Which name stays?", "Leave them apart"]),
    ];
    let sizes = [
        ("", [1280.0, 800.0], Theme::Light),
        ("-dark", [1280.0, 800.0], Theme::Dark),
        ("-small", [640.0, 420.0], Theme::Light),
        // The window as it opens, with everything twice as large.
        ("-twice", [590.0, 390.0], Theme::Light),
    ];
    for (suffix, size, theme) in sizes {
        for (name, open, labels) in &dialogs {
            let mut window = Window::with(explained(), size, theme);
            window.open(Screen::Person(person(1)));
            open(&mut window);
            picture(&mut window, &format!("dialog-{name}{suffix}"));
            let room = egui::Rect::from_min_size(egui::Pos2::ZERO, size.into());
            for label in *labels {
                // What lies on the screen behind comes first.
                let nodes: Vec<egui::Rect> = window.harness.query_all_by_label(label).map(|node| node.rect()).collect();
                let rect = *nodes.last().unwrap_or_else(|| panic!("{name}{suffix} does not show {label:?}"));
                assert!(room.contains_rect(rect), "{name}{suffix}: {label:?} lies at {rect:?}");
            }
            let out = beside(&window, size[0]);
            assert!(out.is_empty(), "{name}{suffix}: {out:#?}");
        }
    }
}

fn shifted(window: &mut Window, key: Key) {
    window.harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, key);
    window.harness.run();
}

fn menu(window: &mut Window, line: &str) {
    window.click("What to do with this group");
    window.click(line);
}

fn about(window: &mut Window) {
    window.click("More");
    window.click("About Albumen");
}

fn why(window: &mut Window) {
    window.app().view.faces = [FaceId(1), FaceId(2)].into();
    window.harness.run();
    window.key(Key::W);
}

/// A face is named over its photo.
fn name(window: &mut Window) {
    window.open(Screen::Photo(PhotoId(20)));
    window.app().view.faces = [FaceId(20)].into();
    window.key(Key::F2);
}

/// Two named cards are merged.
fn which_name(window: &mut Window) {
    window.open(Screen::People);
    window.app().view.groups = [person(1), person(2)].into();
    window.command(Key::M);
}

/// What is selected is described beside every screen on which something can be selected, where there is room.
#[test]
fn what_is_selected_is_described_in_every_state() {
    type Selects = fn(&mut Window);
    let states: [(&str, Screen, Selects); 8] = [
        ("nothing", Screen::Faces, |_| {}),
        ("face", Screen::Faces, |window| window.app().view.faces = [FaceId(1)].into()),
        ("stranger", Screen::Faces, |window| window.app().view.faces = [FaceId(20)].into()),
        ("faces", Screen::Faces, |window| window.app().view.faces = (1..=21).map(FaceId).collect()),
        ("card", Screen::People, |window| window.app().view.groups = [person(1)].into()),
        ("cards", Screen::People, |window| window.app().view.groups = [person(1), person(2), unnamed(20)].into()),
        ("others", Screen::Person(person(1)), |_| {}),
        ("person", Screen::Person(person(1)), |window| window.app().view.faces = [FaceId(2)].into()),
    ];
    let sizes = [
        ("", [1480.0, 900.0], Theme::Light),
        ("-dark", [1480.0, 900.0], Theme::Dark),
        ("-least", [920.0, 420.0], Theme::Light),
        ("-folded", [1180.0, 780.0], Theme::Light),
        ("-small", [640.0, 420.0], Theme::Light),
    ];
    for (suffix, size, theme) in sizes {
        let mut window = Window::with(explained(), size, theme);
        let unfolded = suffix == "-least" || suffix == "-small";
        window.app().view.settings.details = unfolded.then_some(true);
        for (name, screen, select) in states {
            window.open(screen);
            select(&mut window);
            window.harness.run();
            picture(&mut window, &format!("inspector-{name}{suffix}"));
            let out = beside(&window, size[0]);
            assert!(out.is_empty(), "{name}{suffix}: {out:#?}");
            assert!(window.commands().is_empty(), "{name}{suffix}: looking changes nothing");
        }
    }
}

/// What must be said where.
#[test]
fn every_state_says_what_it_is() {
    let check = |snapshot: Snapshot, screen: Screen, expected: &[&str]| {
        let mut window = Window::new(snapshot);
        window.open(screen);
        for part in expected {
            assert!(window.mentions(part), "{screen:?} does not say {part:?}");
        }
    };
    check(
        empty(),
        Screen::Start,
        &["Drop a folder of photos here", "Your photos stay on this computer and are never changed"],
    );
    check(empty(), Screen::People, &["No people yet"]);
    check(empty(), Screen::Faces, &["No faces yet"]);
    check(empty(), Screen::Problems, &["Every file could be read"]);
    check(empty(), Screen::History, &["Nothing was changed yet"]);
    check(
        busy(),
        Screen::People,
        &["1,204 of 3,810 files · 10 faces · about 6 min left", "Pause", "Cancel", "People seen once"],
    );
    check(one(), Screen::People, &["Group of 1 face, Ann", "1 named · 0 to name"]);
    check(one(), Screen::Person(person(1)), &["Face 1 of Ann", "A new group"]);
    check(many(), Screen::People, &["12 named · 60 to name"]);
    check(trouble(), Screen::Problems, &["cut.jpg: The file ends too early", "2 not readable"]);
    check(trouble(), Screen::Aside(FaceFlag::NotAFace), &["Face 6 of somebody"]);
    check(trouble(), Screen::People, &["2 photos could not be read. See Problems"]);
    check(long_names(), Screen::People, &[LONG, "陳大文", "יעל כהן", "محمد علي"]);
    check(one(), Screen::Settings, &["Strict", "As the system", "200 %", "/photos/Summer"]);
}

/// 50,000 faces: only what is visible is drawn, so a frame costs little. The figure is printed; the bound is loose, since
/// tests run beside other programs and unoptimised.
#[test]
fn a_large_library_is_drawn_quickly() {
    let groups: Vec<(Option<&str>, u32)> = (0..5000).map(|number| (None, 1 + number % 20)).collect();
    let snapshot = library(&groups);
    let faces = snapshot.faces.len();
    assert!(faces > 50_000);
    let mut window = Window::new(snapshot);
    for screen in [Screen::People, Screen::Faces] {
        window.open(screen);
        window.harness.run_steps(3);
        let mut times: Vec<f64> = (0..60)
            .map(|step| {
                window.harness.event(egui::Event::MouseWheel {
                    unit: egui::MouseWheelUnit::Line,
                    delta: egui::vec2(0.0, if step < 40 { -12.0 } else { 12.0 }),
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
        let median = times[times.len() / 2];
        eprintln!("{screen:?}, {faces} faces: median {median:.1} ms, slowest {:.1} ms a frame", times[times.len() - 1]);
        assert!(median < 60.0, "{screen:?}: {median:.1} ms a frame");
    }
}
