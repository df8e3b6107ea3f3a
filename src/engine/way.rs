//! How to group and what holds, out of the user's words. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::{Settings, Words};
use crate::domain::{Face, FaceId, Library, Method, Preset, Table};

/// Counts up when the same faces come out in other groups: other weights, another constant.
const RULES: u32 = 3;

/// How groups are made, as it is stored beside them, with how readily they merge: where that was changed and the program
/// ended before there were new groups, those of before will not do however many faces there are.
pub(super) fn way(library: &Library) -> String {
    let way = way_of(library.method());
    match (library.preset(), library.looseness()) {
        (Preset::Normal, None) => way,
        (Preset::Strict, None) => way + "/strict",
        (Preset::Loose, None) => way + "/loose",
        (_, Some(hundredths)) => format!("{way}/{hundredths}"),
    }
}

/// How groups are made when nothing was said about how readily they merge. The model counts through the library's
/// revision: setting another one changes it.
#[must_use]
pub fn way_of(method: Method) -> String {
    format!("{method}/{}.{RULES}", env!("CARGO_PKG_VERSION"))
}

/// The user's words about these faces. Who was put on one card twice from one photo is in it twice: a mirror, a collage, a
/// photo of photos, of which nothing is concluded for its other faces.
pub(super) fn words(faces: &Table<FaceId, Face>, library: &Library) -> Words {
    let mut words = Words { label: BTreeMap::new(), ..Words::default() };
    if library.assigned().is_empty() && library.rejected().is_empty() {
        return words;
    }
    let mut shown = BTreeSet::new();
    for (id, face) in faces.iter() {
        if let Some(person) = library.person_of(&face.key) {
            words.label.insert(*id, person.0);
            if !shown.insert((face.photo, person)) {
                words.repeats.insert(face.photo.0);
            }
        }
        let refused = library.rejected().get(&face.key).into_iter().flatten();
        words.apart.extend(refused.map(|person| (*id, person.0)));
    }
    words
}

/// How to group, as the user said.
pub(super) fn settings(library: &Library) -> Settings {
    let method = library.method();
    let settings = Settings { method, preset: library.preset(), threshold: None };
    match library.looseness() {
        Some(hundredths) => Settings { threshold: Some(threshold(method, hundredths)), ..settings },
        None => settings,
    }
}

/// The method's own number for so many hundredths looser than normal: for methods whose scale is not in hundredths, as
/// far along it.
pub(super) fn threshold(method: Method, hundredths: i16) -> f32 {
    let scale = method.scale();
    let usual = Method::Adaptive.scale();
    let share = f32::from(hundredths) / 100.0 / (usual.normal - usual.loosest);
    let end = if hundredths > 0 { scale.loosest - scale.normal } else { scale.normal - scale.strictest };
    let number = scale.normal + share * end;
    number.clamp(scale.strictest.min(scale.loosest), scale.strictest.max(scale.loosest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DetectedFace, Edit, FaceBox, FaceKey, PersonId, PhotoHash, PhotoId};

    #[test]
    fn a_photo_that_shows_somebody_twice_is_one_that_repeats() {
        let face = |number: u32, photo: u32| {
            let key = FaceKey { photo: PhotoHash([photo as u8; 16]), cell: [number as i16; 4] };
            let bounds = FaceBox::new(0.0, 0.0, 10.0, 10.0);
            let detected = DetectedFace { bounds, score: 1.0, landmarks: [[0.0; 2]; 5], sharpness: 1.0 };
            Face { id: FaceId(number), key, photo: PhotoId(photo), detected }
        };
        let faces = [face(1, 7), face(2, 7), face(3, 8), face(4, 8), face(5, 9)];
        let make = |person: u32, list: &[usize]| Edit::MakePerson {
            person: PersonId(person),
            name: None,
            faces: list.iter().map(|place| faces[*place].key).collect(),
            rest: Vec::new(),
        };
        // Faces 1 and 2 are one person in one photo; of photo 8 two people were named.
        let library = Library::fold(&[make(1, &[0, 1, 2]), make(2, &[3, 4])]);
        let table = faces.iter().map(|face| (face.id, *face)).collect();
        assert_eq!(words(&table, &library).repeats, BTreeSet::from([7]));
    }

    #[test]
    fn groups_of_another_looseness_are_told_apart() {
        let (loose, finer) = (Edit::SetPreset { preset: Preset::Loose }, Edit::SetLooseness { hundredths: -3 });
        let other = Edit::SetMethod { method: Method::Linkage };
        let said: [&[Edit]; 5] = [
            &[],
            std::slice::from_ref(&loose),
            std::slice::from_ref(&finer),
            &[Edit::SetLooseness { hundredths: 3 }],
            std::slice::from_ref(&other),
        ];
        let ways: BTreeSet<String> = said.iter().map(|edits| way(&Library::fold(*edits))).collect();
        assert_eq!(ways.len(), said.len(), "{ways:?}");
        assert!(ways.contains(&way_of(Method::default())));
        // Libraries from before strangers were asked have groups that would not be made now.
        assert_ne!(way_of(Method::default()), format!("{}/{}", Method::default(), env!("CARGO_PKG_VERSION")));
        assert_eq!(way(&Library::fold(&[finer, loose.clone()])), way(&Library::fold(&[loose])), "the later counts");
    }

    #[test]
    fn looseness_is_in_hundredths_of_the_margin() {
        let scale = Method::Adaptive.scale();
        for (hundredths, expected) in [(0, scale.normal), (4, scale.normal - 0.04), (900, scale.loosest)] {
            assert!((threshold(Method::Adaptive, hundredths) - expected).abs() < 1e-6, "{hundredths}");
        }
        assert!(threshold(Method::Adaptive, -4) > scale.normal, "stricter");
        assert!(threshold(Method::RankOrder, 4) > 14.0 && threshold(Method::RankOrder, -4) < 14.0);
        assert!(threshold(Method::Linkage, 4) < 0.48);
    }
}
