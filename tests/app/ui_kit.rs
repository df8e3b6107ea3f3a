//! What every test of the window needs: a library made by hand, the window on it, and the commands it sends.

use std::path::PathBuf;
use std::sync::Arc;

use albumen::domain::{
    DetectedFace, Face, FaceBox, FaceId, FaceKey, Group, GroupId, PersonId, Photo, PhotoHash, PhotoId, Pixels,
    Snapshot, Taken,
};
use albumen::engine::{Command, Handle, PictureKey};
use albumen::ui::{AlbumenApp, Look, Screen, Services, Settings};
use crossbeam_channel::Receiver;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

/// Faces of one photo each; groups of these sizes, with these names. Faces and photos are numbered from 1 in the order
/// of the groups, a named group is the person of its place (from 1), the photos are from 2009 on, three a year.
pub fn library(groups: &[(Option<&str>, u32)]) -> Snapshot {
    let (mut photos, mut faces, mut cards) = (Vec::new(), Vec::new(), Vec::new());
    let mut number = 0;
    for (place, (name, count)) in groups.iter().enumerate() {
        let rows: Vec<FaceId> = (0..*count).map(|index| FaceId(number + index + 1)).collect();
        for row in &rows {
            photos.push(photo(row.0));
            faces.push(face(row.0));
        }
        number += count;
        let id = match name {
            Some(_) => GroupId::Person(PersonId(place as u32 + 1)),
            None => GroupId::Faces(rows[0]),
        };
        cards.push(Group::new(id, name.map(String::from), rows.clone(), rows[0]));
    }
    let mut snapshot = Snapshot::by_hand(photos, faces, cards);
    snapshot.folders = Arc::new(vec![PathBuf::from("/photos/Summer")]);
    snapshot.counts.found = number as usize;
    snapshot.counts.with_faces = number as usize;
    snapshot.counts.faces = number as usize;
    snapshot.generation = 1;
    snapshot.device = String::from("the processor");
    snapshot
}

fn hash(number: u32) -> PhotoHash {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    PhotoHash(bytes)
}

fn photo(number: u32) -> Photo {
    let taken = Taken { year: 2009 + ((number - 1) / 3 % 12) as i16, month: 7, day: 14, second: number };
    Photo {
        id: PhotoId(number),
        hash: hash(number),
        paths: vec![PathBuf::from(format!("/photos/Summer/photo {number}.jpg"))],
        width: 400,
        height: 300,
        orientation: 1,
        taken: Some(taken),
    }
}

fn face(number: u32) -> Face {
    let bounds = FaceBox::new(120.0, 80.0, 90.0, 110.0);
    Face {
        id: FaceId(number),
        key: FaceKey::new(hash(number), &bounds, 400, 300),
        photo: PhotoId(number),
        detected: DetectedFace { bounds, score: 0.99, landmarks: [[0.0; 2]; 5], sharpness: 1.0 },
    }
}

/// The rows of some faces.
pub fn faces(numbers: &[u32]) -> Vec<FaceId> {
    numbers.iter().map(|number| FaceId(*number)).collect()
}

/// A person's card.
pub fn person(number: u32) -> GroupId {
    GroupId::Person(PersonId(number))
}

/// The card of faces that nobody has named.
pub fn unnamed(face: u32) -> GroupId {
    GroupId::Faces(FaceId(face))
}

/// The window, in a test.
pub struct Window {
    /// Finds what is on the screen by its label, and acts on it.
    pub harness: Harness<'static, Option<AlbumenApp>>,
    /// The other side.
    pub handle: Handle,
    /// Nothing when an engine is behind the handle.
    sent: Option<Receiver<Command>>,
}

impl Window {
    /// A window of the usual size, light, nothing moving.
    pub fn new(snapshot: Snapshot) -> Self {
        Self::with(snapshot, [1180.0, 780.0], egui::Theme::Light)
    }

    /// A window of any size.
    pub fn with(snapshot: Snapshot, size: [f32; 2], theme: egui::Theme) -> Self {
        let faces: Vec<FaceId> = snapshot.faces.keys().copied().collect();
        let groups = snapshot.group_of.clone();
        let other_scripts =
            snapshot.groups.iter().any(|group| group.name.as_ref().is_some_and(|name| !name.is_ascii()));
        let (handle, sent) = Handle::detached(snapshot);
        for face in faces {
            let group = groups.get(&face).map_or(face.0, |group| match group {
                GroupId::Person(person) => person.0,
                GroupId::Faces(face) => face.0,
            });
            handle.deliver((PictureKey::Face(face), Some(portrait(face.0, group))));
        }
        for photo in 1..=3 {
            let key = PictureKey::Photo(PhotoId(photo));
            handle.deliver((key, Some(Arc::new(Pixels::filled(400, 300, [120, 140, 130])))));
        }
        Self::build(handle, Some(sent), size, theme, other_scripts, Services::default())
    }

    /// A window of the usual size with something of the system behind it.
    pub fn serving(snapshot: Snapshot, services: Services) -> Self {
        let (handle, sent) = Handle::detached(snapshot);
        Self::build(handle, Some(sent), [1180.0, 780.0], egui::Theme::Light, false, services)
    }

    /// A window on a real engine.
    pub fn on(handle: Handle) -> Self {
        Self::build(handle, None, [1180.0, 780.0], egui::Theme::Light, false, Services::default())
    }

    fn build(
        handle: Handle,
        sent: Option<Receiver<Command>>,
        size: [f32; 2],
        theme: egui::Theme,
        other_scripts: bool,
        services: Services,
    ) -> Self {
        let inner = handle.clone();
        let look = if theme == egui::Theme::Dark { Look::Dark } else { Look::Light };
        let settings = Settings { still: true, look, ..services.settings.clone() };
        let show = move |ui: &mut egui::Ui, app: &mut Option<AlbumenApp>| {
            if let Some(app) = app {
                return app.show(ui);
            }
            // The fonts are there from the next frame on.
            let services = Services { settings: settings.clone(), ..services.clone() };
            *app = Some(AlbumenApp::new(ui.ctx(), inner.clone(), services));
            ui.ctx().request_repaint();
        };
        let mut builder = Harness::builder().with_size(size).with_theme(theme).with_max_steps(12).with_step_dt(0.05);
        if other_scripts {
            // The system's fonts are not there in a test; that a glyph is missing is the test's own doing.
            builder = builder.allow_missing_glyphs();
        }
        let mut harness = builder.build_ui_state(show, None);
        harness.run();
        Self { harness, handle, sent }
    }

    /// What was sent since the last time, without the studies that the person's screen asks for by itself.
    pub fn commands(&self) -> Vec<Command> {
        let sent = self.sent.iter().flat_map(Receiver::try_iter);
        sent.filter(|command| !matches!(command, Command::Study(_))).collect()
    }

    /// Draws until something is so that an engine brings about.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut fits: impl FnMut(&mut Self) -> bool) {
        let start = std::time::Instant::now();
        loop {
            self.harness.run_steps(2);
            if fits(self) {
                return;
            }
            assert!(start.elapsed() < std::time::Duration::from_mins(1), "never: {what}");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// The engine ends: from now on nobody takes a command.
    pub fn hang_up(&mut self) {
        self.sent = None;
    }

    /// Checks what was sent since the last time.
    #[track_caller]
    pub fn sent(&mut self, expected: &[Command]) {
        self.harness.run();
        assert_eq!(self.commands(), expected);
    }

    /// Where one is and what is selected.
    pub fn app(&mut self) -> &mut AlbumenApp {
        self.harness.state_mut().as_mut().unwrap()
    }

    /// Goes to a screen.
    pub fn open(&mut self, screen: Screen) {
        self.app().view.open(screen);
        self.harness.run();
    }

    /// Another state of the library.
    pub fn publish(&mut self, snapshot: Snapshot) {
        self.handle.publish(snapshot);
        self.harness.run();
    }

    /// Clicks what has this label.
    #[track_caller]
    pub fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run();
    }

    /// Clicks with keys held.
    #[track_caller]
    pub fn click_with(&mut self, label: &str, modifiers: egui::Modifiers) {
        self.harness.get_by_label(label).click_modifiers(modifiers);
        self.harness.run();
    }

    /// Presses a key.
    pub fn key(&mut self, key: egui::Key) {
        self.harness.key_press(key);
        self.harness.run();
    }

    /// Presses a key with Ctrl.
    pub fn command(&mut self, key: egui::Key) {
        self.harness.key_press_modifiers(egui::Modifiers::COMMAND, key);
        self.harness.run();
    }

    /// Types into what has the focus.
    pub fn type_text(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.harness.run();
    }

    /// The middle of what has this label.
    #[track_caller]
    pub fn place(&self, label: &str) -> egui::Pos2 {
        self.harness.get_by_label(label).rect().center()
    }

    /// Something with this label is on the screen.
    pub fn shows(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    /// Something whose label contains this is on the screen.
    pub fn mentions(&self, part: &str) -> bool {
        self.harness.query_all_by_label_contains(part).next().is_some()
    }

    /// Takes something up and holds it over a place.
    pub fn carry(&mut self, from: egui::Pos2, to: egui::Pos2) {
        self.harness.hover_at(from);
        self.harness.run();
        self.harness.drag_at(from);
        self.harness.run_steps(1);
        for part in [0.1, 0.5, 1.0] {
            self.harness.hover_at(from + (to - from) * part);
            self.harness.run_steps(1);
        }
        self.harness.run_steps(2);
    }

    /// Carries and lets go.
    pub fn drag(&mut self, from: egui::Pos2, to: egui::Pos2) {
        self.carry(from, to);
        self.harness.drop_at(to);
        self.harness.run();
    }
}

/// A drawn head: the same colour for a group, the eyes a little elsewhere for every face.
fn portrait(face: u32, group: u32) -> Arc<Pixels> {
    const SIDE: usize = 64;
    let hue = |shift: u32| 90 + ((group * 67 + shift * 85) % 130) as u8;
    let ground = [hue(0), hue(1), hue(2)];
    let mut rgb = Vec::with_capacity(3 * SIDE * SIDE);
    let shift = (face % 5) as f32 - 2.0;
    for y in 0..SIDE {
        for x in 0..SIDE {
            let (x, y) = (x as f32 - 32.0 - shift, y as f32 - 34.0);
            let inside = |cx: f32, cy: f32, rx: f32, ry: f32| ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0;
            let eyes = inside(-8.0, -4.0, 2.5, 2.5) || inside(8.0, -4.0, 2.5, 2.5);
            let mouth = inside(0.0, 9.0, 9.0, 5.0) && !inside(0.0, 6.0, 10.0, 5.0);
            let pixel = match (eyes || mouth, inside(0.0, 0.0, 19.0, 24.0)) {
                (true, _) => [60, 45, 40],
                (false, true) => [236, 205, 178],
                _ => ground,
            };
            rgb.extend(pixel);
        }
    }
    Arc::new(Pixels { width: SIDE as u32, height: SIDE as u32, rgb })
}
