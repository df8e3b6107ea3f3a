//! What is known of what is selected, in words. Of many faces it is added up once per selection and snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::index::{self, Index};
use super::text::{self, inspector as words};
use super::view::ViewState;
use crate::domain::{Face, FaceFlag, FaceId, Group, GroupId, Photo, Snapshot, Taken};
use crate::engine::POOR_QUALITY;

/// Names listed of several faces.
const NAMES: usize = 5;
/// Less sharp than this is blurred, than that soft; see [`crate::domain::DetectedFace::sharpness`].
const BLURRED: f32 = 0.08;
const SOFT: f32 = 0.25;
/// From this quality on a face shows well who it is.
const GOOD: f32 = 0.7;

/// What tells somebody apart from others of the same name, as on the cards: how many faces, and from when. Nothing where
/// the name is enough.
pub(super) fn apart(group: &Group, snapshot: &Snapshot, index: &mut Index) -> Option<String> {
    let name = group.name.as_deref()?;
    index::named(snapshot).find(|other| other.id != group.id && other.name.as_deref() == Some(name))?;
    let (first, last) = index.years(group, snapshot);
    Some(text::faces_and_years(group.faces.len(), first, last))
}

/// The name, with what tells it apart where others are called the same.
pub(super) fn name_of(group: &Group, snapshot: &Snapshot, index: &mut Index) -> Option<String> {
    let name = group.name.as_deref()?;
    let apart = apart(group, snapshot, index);
    Some(apart.map_or_else(|| name.to_owned(), |apart| words::one_of_a_name(name, &apart)))
}

/// One line: what, its value, and more about it for whoever points at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) what: &'static str,
    pub(super) value: String,
    pub(super) about: String,
}

fn fact(what: &'static str, value: impl Into<String>, about: impl Into<String>) -> Fact {
    Fact { what, value: value.into(), about: about.into() }
}

/// Where a face is from, how good it is and how sure.
pub(super) fn of_face(face: &Face, snapshot: &Snapshot) -> Vec<Fact> {
    let group = snapshot.group_of_face(face.id);
    let mut facts = Vec::new();
    if let Some(photo) = snapshot.photos.get(&face.photo) {
        facts.extend(place(photo));
        let born = group.and_then(|group| group.birth_year);
        facts.extend(photo.taken.map(|taken| {
            let age = text::age(born, taken.year);
            fact(words::TAKEN, words::taken(taken, age.as_deref()), words::BY_THE_CAMERA)
        }));
    }
    let bounds = face.detected.bounds;
    let side = |length: f32| length.round().max(0.0) as usize;
    let size = words::pixels(side(bounds.width), side(bounds.height));
    facts.push(fact(words::SIZE, size, words::OF_THE_FACE));
    let sharpness = sharpness(face.detected.sharpness);
    facts.extend(sharpness.map(|word| fact(words::SHARPNESS, word, words::of_one(face.detected.sharpness))));
    let known = snapshot.quality.get(&face.id);
    facts.extend(known.map(|value| fact(words::QUALITY, quality(*value), words::quality_about(*value))));
    let study = snapshot.study.as_deref().filter(|study| group.is_some_and(|group| group.id == study.group));
    let fit = study.and_then(|study| study.fits.iter().find(|(other, _)| *other == face.id));
    facts.extend(fit.map(|(_, likeness)| fact(words::ALIKE, words::of_one(*likeness), words::ALIKE_ABOUT)));
    facts.extend(said(face.id, group, snapshot));
    facts
}

/// Whose word it is that the face is where it is.
fn said(face: FaceId, group: Option<&Group>, snapshot: &Snapshot) -> Option<Fact> {
    match (snapshot.flagged.get(&face), group) {
        (Some(FaceFlag::NotAFace), _) => Some(fact(words::SET_ASIDE, words::NOT_A_FACE, "")),
        (Some(FaceFlag::Ignored), _) => Some(fact(words::SET_ASIDE, words::IGNORED, "")),
        (None, Some(group)) if group.ignored => Some(fact(words::SET_ASIDE, words::IGNORED_WITH_GROUP, "")),
        _ if snapshot.is_confirmed(face) => Some(fact(words::SAID_BY, words::YOU, words::YOU_ABOUT)),
        (None, Some(group)) if group.faces.len() > 1 => {
            Some(fact(words::SAID_BY, words::PROGRAM, words::PROGRAM_ABOUT))
        }
        _ => None,
    }
}

fn sharpness(value: f32) -> Option<&'static str> {
    match value {
        // It was not measured.
        value if value >= 1.0 => None,
        value if value < BLURRED => Some(words::BLURRED),
        value if value < SOFT => Some(words::A_LITTLE_SOFT),
        _ => Some(words::SHARP),
    }
}

fn quality(value: f32) -> &'static str {
    match value {
        value if value < POOR_QUALITY => words::POOR,
        value if value < GOOD => words::FAIR,
        _ => words::GOOD,
    }
}

/// A photo's file and folder.
fn place(photo: &Photo) -> Vec<Fact> {
    let paths: Vec<String> = photo.paths.iter().map(|path| path.display().to_string()).collect();
    let folder = photo.paths.first().and_then(|path| path.parent());
    let mut facts = vec![fact(words::PHOTO, text::file_name(photo), paths.join("\n"))];
    facts.extend(folder.map(|folder| {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
        fact(text::FOLDER, name.unwrap_or_else(|| folder.display().to_string()), folder.display().to_string())
    }));
    facts
}

/// When somebody was born.
pub(super) fn born(year: i16) -> Fact {
    fact(words::BORN, year.to_string(), "")
}

/// A photo and who is in it.
pub(super) fn of_photo(photo: &Photo, snapshot: &Snapshot, index: &mut Index) -> Vec<Fact> {
    let mut facts = place(photo);
    facts.extend(photo.taken.map(|taken| fact(words::TAKEN, words::taken(taken, None), words::BY_THE_CAMERA)));
    facts.push(fact(words::SIZE, words::pixels(photo.width as usize, photo.height as usize), ""));
    // Each once; two of one name are two.
    let (mut seen, mut named, mut unnamed) = (BTreeSet::new(), Vec::new(), 0);
    for face in snapshot.faces_of_photo(photo.id) {
        let group = snapshot.group_of_face(face.id);
        let aside = snapshot.flagged.contains_key(&face.id) || group.is_some_and(|group| group.ignored);
        match group.filter(|group| group.name.is_some()) {
            _ if aside => {}
            Some(group) if seen.insert(group.id) => named.extend(name_of(group, snapshot, index)),
            Some(_) => {}
            None => unnamed += 1,
        }
    }
    let who = words::with(&named, unnamed);
    facts.push(fact(words::WITH, who.clone(), who));
    facts
}

/// What several faces, or the faces of several cards, have in common.
#[derive(Debug, Default)]
pub(super) struct Summary {
    faces: BTreeSet<FaceId>,
    groups: BTreeSet<GroupId>,
    generation: u64,
    /// Faces in all.
    count: usize,
    photos: usize,
    /// The first and the last day.
    days: Option<(Taken, Taken)>,
    /// Who they are and how many of each, the most first; those without a name together.
    who: Vec<(String, usize)>,
    /// Who is not listed: people, and their faces.
    others: (usize, usize),
}

impl Summary {
    /// Of what is selected; the one of before while nothing has changed.
    pub(super) fn of(snapshot: &Snapshot, view: &mut ViewState) -> Arc<Self> {
        if let Some(summary) = &view.summary
            && summary.generation == snapshot.generation
            && summary.groups == view.groups
            && summary.faces == view.faces
        {
            return Arc::clone(summary);
        }
        let faces: Vec<FaceId> = if view.groups.is_empty() {
            view.faces.iter().copied().collect()
        } else {
            let groups = view.groups.iter().filter_map(|id| snapshot.group(*id));
            groups.flat_map(|group| group.faces.iter().copied()).collect()
        };
        let (who, others) = who(&faces, snapshot, &mut view.index);
        let days = || faces.iter().filter_map(|face| index::taken(*face, snapshot));
        let summary = Arc::new(Self {
            faces: view.faces.clone(),
            groups: view.groups.clone(),
            generation: snapshot.generation,
            count: faces.len(),
            photos: index::photos_of(&faces, snapshot).len(),
            days: days().min().zip(days().max()),
            who,
            others,
        });
        view.summary = Some(Arc::clone(&summary));
        summary
    }

    /// How many and from when.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let mut facts = vec![
            fact(text::FACES, text::thousands(self.count), ""),
            fact(text::PHOTOS, text::thousands(self.photos), ""),
        ];
        facts.extend(self.days.map(|(first, last)| {
            let day = |taken: Taken| (taken.year, taken.month, taken.day);
            if day(first) == day(last) {
                return fact(words::TAKEN, words::taken(first, None), "");
            }
            fact(words::TAKEN, text::years(Some(first.year), Some(last.year)), words::days(first, last))
        }));
        facts
    }

    /// Who they are, one line each, and how many of each.
    pub(super) fn who(&self) -> Vec<(String, usize)> {
        let (people, faces) = self.others;
        let others = (people > 0).then(|| (words::others(people), faces));
        self.who.iter().cloned().chain(others).collect()
    }
}

/// See [`Summary`].
fn who(faces: &[FaceId], snapshot: &Snapshot, index: &mut Index) -> (Vec<(String, usize)>, (usize, usize)) {
    let mut counts: BTreeMap<Option<GroupId>, usize> = BTreeMap::new();
    for face in faces {
        // Two of one name are two.
        let group = snapshot.group_of_face(*face).filter(|group| group.name.is_some());
        *counts.entry(group.map(|group| group.id)).or_default() += 1;
    }
    let mut who: Vec<(&str, Option<&Group>, usize)> = counts
        .into_iter()
        .map(|(group, count)| {
            let group = group.and_then(|id| snapshot.group(id));
            (group.and_then(|group| group.name.as_deref()).unwrap_or(text::NOT_NAMED), group, count)
        })
        .collect();
    who.sort_by(|(one, _, many), (other, _, more)| more.cmp(many).then_with(|| one.cmp(other)));
    let rest = who.split_off(who.len().min(NAMES));
    let others = (rest.len(), rest.iter().map(|(_, _, count)| *count).sum());
    let told = |(name, group, count): (&str, Option<&Group>, usize)| {
        let told = group.and_then(|group| name_of(group, snapshot, index));
        (told.unwrap_or_else(|| name.to_owned()), count)
    };
    (who.into_iter().map(told).collect(), others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DetectedFace, FaceBox, FaceKey, PersonId, PhotoHash, PhotoId};

    fn photo(number: u32, year: i16) -> Photo {
        Photo {
            id: PhotoId(number),
            hash: PhotoHash([number as u8; 16]),
            paths: vec![format!("/photos/Summer/{number}.jpg").into()],
            width: 4000,
            height: 3000,
            orientation: 1,
            taken: Some(Taken { year, month: 7, day: 14, second: 0 }),
        }
    }

    fn face(number: u32, sharpness: f32) -> Face {
        let bounds = FaceBox::new(10.0, 10.0, 1090.2, 110.0);
        Face {
            id: FaceId(number),
            key: FaceKey::new(PhotoHash([number as u8; 16]), &bounds, 4000, 3000),
            photo: PhotoId(number),
            detected: DetectedFace { bounds, score: 0.99, landmarks: [[0.0; 2]; 5], sharpness },
        }
    }

    /// People of these names with so many faces each, one photo a face, a year a photo.
    fn people(list: &[(Option<&str>, u32)]) -> Snapshot {
        let (mut groups, mut next) = (Vec::new(), 1);
        for (place, (name, count)) in list.iter().enumerate() {
            let faces: Vec<FaceId> = (next..next + count).map(FaceId).collect();
            next += count;
            let id = match name {
                Some(_) => GroupId::Person(PersonId(place as u32 + 1)),
                None => GroupId::Faces(faces[0]),
            };
            groups.push(Group::new(id, name.map(str::to_owned), faces.clone(), faces[0]));
        }
        let photos = (1..next).map(|number| photo(number, 2000 + number as i16)).collect();
        Snapshot::by_hand(photos, (1..next).map(|number| face(number, 0.5)).collect(), groups)
    }

    #[test]
    fn several_faces_are_added_up_by_person() {
        let names = ["Ann", "Bo", "Cy", "Di", "Ed"].map(|name| (Some(name), 2));
        let snapshot = people(&[&names[..], &[(Some("Ann"), 1), (None, 2), (None, 1)]].concat());
        let mut view = ViewState { faces: (1..=14).map(FaceId).collect(), ..ViewState::default() };
        let summary = Summary::of(&snapshot, &mut view);
        let line = |name: &str, count: usize| (name.to_owned(), count);
        let ann = line("Ann (2 faces · 2001–2002)", 2);
        let expected =
            [line("Not named", 3), ann.clone(), line("Bo", 2), line("Cy", 2), line("Di", 2), line("2 others", 3)];
        assert_eq!(summary.who(), expected);
        let values: Vec<String> = summary.facts().into_iter().map(|fact| fact.value).collect();
        assert_eq!(values, ["14", "14", "2001–2014"]);
        // Made again only when something has changed.
        assert!(Arc::ptr_eq(&summary, &Summary::of(&snapshot, &mut view)));
        view.faces.remove(&FaceId(1));
        assert_eq!(Summary::of(&snapshot, &mut view).facts()[0].value, "13");
        view.groups = [GroupId::Person(PersonId(1)), GroupId::Person(PersonId(2))].into();
        assert_eq!(Summary::of(&snapshot, &mut view).who(), [ann, line("Bo", 2)], "cards come first");
    }

    #[test]
    fn a_photo_says_who_is_in_it() {
        let snapshot = people(&[(Some("Ann"), 2), (Some("Ann"), 1), (None, 1), (Some("Bo"), 2), (None, 2)]);
        let mut faces: Vec<Face> = snapshot.faces.values().copied().collect();
        // All are in one photo; the last two were set aside with their group.
        for face in &mut faces {
            face.photo = PhotoId(1);
        }
        let mut groups: Vec<Group> = snapshot.groups.iter().cloned().collect();
        for group in groups.iter_mut().filter(|group| group.faces[0] == FaceId(7)) {
            group.ignored = true;
        }
        let mut snapshot = Snapshot::by_hand(vec![photo(1, 2001)], faces, groups);
        let check = |snapshot: &Snapshot, expected: &str| {
            let facts = of_photo(&photo(1, 2001), snapshot, &mut Index::default());
            assert_eq!(facts.last().map(|fact| fact.value.as_str()), Some(expected));
        };
        check(&snapshot, "Ann (2 faces · 2001), Ann (1 face · 2001), Bo, 1 not named");
        snapshot.flagged = (4..=6).map(|face| (FaceId(face), FaceFlag::Ignored)).collect();
        check(&snapshot, "Ann (2 faces · 2001), Ann (1 face · 2001)");
        snapshot.flagged = (1..=6).map(|face| (FaceId(face), FaceFlag::NotAFace)).collect();
        check(&snapshot, "Nobody");
    }

    #[test]
    fn a_face_is_described_in_words() {
        let mut snapshot = people(&[(Some("Ann"), 2)]);
        snapshot.quality = [(FaceId(1), 0.2)].into_iter().collect();
        let check = |snapshot: &Snapshot, face: &Face, what: &str, expected: Option<&str>| {
            let found = of_face(face, snapshot).into_iter().find(|fact| fact.what == what).map(|fact| fact.value);
            assert_eq!(found.as_deref(), expected, "{what}");
        };
        check(&snapshot, &face(1, 0.5), "Photo", Some("1.jpg"));
        check(&snapshot, &face(1, 0.5), "Folder", Some("Summer"));
        check(&snapshot, &face(1, 0.5), "Taken", Some("2001-07-14"));
        check(&snapshot, &face(1, 0.5), "Size", Some("1,090 × 110 pixels"));
        check(&snapshot, &face(1, 0.5), "Quality", Some("Poor"));
        check(&snapshot, &face(2, 0.5), "Quality", None);
        check(&snapshot, &face(1, 0.5), "Said by", Some("The program"));
        for (value, word) in [(0.05, Some("Blurred")), (0.2, Some("A little soft")), (0.5, Some("Sharp")), (1.0, None)]
        {
            check(&snapshot, &face(1, value), "Sharpness", word);
        }
        snapshot.flagged = [(FaceId(1), FaceFlag::NotAFace)].into_iter().collect();
        check(&snapshot, &face(1, 0.5), "Set aside", Some("Not a face"));
    }
}
