//! The grouping of a library that grows: faces by their rows, neighbour lists and merges kept between calls.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Change, Constraints, Contradiction, Embeddings, Faces, Hierarchy, Lists, Outline, Question, Review, Settings,
    Split, Stop, Why, difference,
};
use crate::domain::FaceId;

/// A face that comes into the library.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFace {
    /// Its row.
    pub face: FaceId,
    /// The row of its photo.
    pub photo: u32,
    /// See [`super::quality()`].
    pub quality: f32,
    /// See [`super::nearness()`].
    pub nearness: f32,
    /// L2-normalised; as wide as all others.
    pub embedding: Vec<f32>,
}

/// What changes between two thresholds, and the groups it speaks of: before and after.
type Moved = (Vec<Change>, Vec<Vec<FaceId>>, Vec<Vec<FaceId>>);

/// What the user said, by rows; see [`Constraints`]. Words about faces that are not there change nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The person each confirmed face is.
    pub label: BTreeMap<FaceId, u32>,
    /// This face is not that person.
    pub apart: BTreeSet<(FaceId, u32)>,
    /// These two are one person.
    pub together: BTreeSet<(FaceId, FaceId)>,
    /// These two are two people.
    pub different: BTreeSet<(FaceId, FaceId)>,
    /// Photos that may show one person twice.
    pub repeats: BTreeSet<u32>,
}

/// Faces, their neighbours, and how they were grouped last.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// Ascending.
    pub(super) ids: Vec<FaceId>,
    pub(super) photo: Vec<u32>,
    pub(super) quality: Vec<f32>,
    pub(super) nearness: Vec<f32>,
    pub(super) width: usize,
    pub(super) values: Vec<f32>,
    pub(super) lists: Lists,
    grouped: Option<(Hierarchy, Constraints)>,
}

impl Session {
    /// Takes faces out and in. A row that is there already is replaced. Only lists of new faces, and of faces that lost a
    /// neighbour, are looked for again.
    pub fn update(&mut self, removed: &[FaceId], added: &[NewFace]) {
        self.update_until(removed, added, Stop::never());
    }

    /// [`Self::update`]; false when stopped, and then everything is as before.
    pub fn update_until(&mut self, removed: &[FaceId], added: &[NewFace], stop: Stop<'_>) -> bool {
        let gone: BTreeSet<FaceId> = removed.iter().copied().chain(added.iter().map(|new| new.face)).collect();
        if gone.is_empty() {
            return true;
        }
        let (mut next, was) = self.next(&gone, added);
        let length = Lists::default_length(next.len());
        let lists = match Embeddings::new(next.width, &next.values) {
            Some(embeddings) => self.lists.updated_until(&embeddings, &was, length, stop),
            None => Some(Lists::default()),
        };
        if let Some(lists) = lists {
            next.lists = lists;
            *self = next;
            return true;
        }
        false
    }

    /// The faces without some and with others, and where each was; the lists are still to be made.
    fn next(&self, gone: &BTreeSet<FaceId>, added: &[NewFace]) -> (Self, Vec<Option<u32>>) {
        let width = added.first().map_or(self.width, |new| new.embedding.len()).max(1);
        let fits = |new: &&NewFace| new.embedding.len() == width;
        let news: BTreeMap<FaceId, &NewFace> = added.iter().filter(fits).map(|new| (new.face, new)).collect();
        let kept = (0..self.ids.len()).filter(|place| self.width == width && !gone.contains(&self.ids[*place]));
        let mut all: BTreeMap<FaceId, Option<u32>> = kept.map(|place| (self.ids[place], Some(place as u32))).collect();
        all.extend(news.keys().map(|face| (*face, None)));
        let mut next = Self { width, ..Self::default() };
        next.values.reserve_exact(all.len() * width);
        for (face, place) in &all {
            next.ids.push(*face);
            if let Some(place) = place.map(|place| place as usize) {
                next.photo.push(self.photo[place]);
                next.quality.push(self.quality[place]);
                next.nearness.push(self.nearness[place]);
                next.values.extend(&self.values[place * width..(place + 1) * width]);
            } else if let Some(new) = news.get(face) {
                next.photo.push(new.photo);
                next.quality.push(new.quality);
                next.nearness.push(new.nearness);
                next.values.extend(&new.embedding);
            }
        }
        (next, all.into_values().collect())
    }

    /// Faces.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// No faces.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Whether all its faces were grouped, so that it can say why.
    #[must_use]
    pub fn is_grouped(&self) -> bool {
        self.grouped.is_some()
    }

    /// The faces' rows, ascending.
    #[must_use]
    pub fn ids(&self) -> &[FaceId] {
        &self.ids
    }

    /// Groups all faces, and keeps how; see [`super::cluster`].
    pub fn group(&mut self, words: &Words, settings: &Settings) -> Vec<Vec<FaceId>> {
        self.group_until(words, settings, Stop::never()).unwrap_or_default()
    }

    /// [`Self::group`]; `None` when stopped, and then it keeps what it found the last time.
    pub fn group_until(&mut self, words: &Words, settings: &Settings, stop: Stop<'_>) -> Option<Vec<Vec<FaceId>>> {
        let constraints = self.constraints(words);
        self.grouped = match self.faces() {
            Some(faces) => Some((Hierarchy::new_until(&faces, &constraints, settings, stop)?, constraints)),
            None => None,
        };
        Some(self.groups_at(settings.threshold()))
    }

    /// The groups at another threshold, from the merges of the last [`Self::group`]. Nothing before that.
    #[must_use]
    pub fn groups_at(&self, threshold: f32) -> Vec<Vec<FaceId>> {
        self.places_at(threshold).into_iter().map(|group| self.named(&group)).collect()
    }

    /// What changes when the threshold moves from one to the other, and the groups it speaks of: before and after.
    #[must_use]
    pub fn preview(&self, from: f32, to: f32) -> (Vec<Change>, Vec<Vec<FaceId>>, Vec<Vec<FaceId>>) {
        self.preview_until(from, to, Stop::never()).unwrap_or_default()
    }

    /// [`Self::preview`]; `None` when stopped in a run that another threshold takes.
    #[must_use]
    pub fn preview_until(&self, from: f32, to: f32, stop: Stop<'_>) -> Option<Moved> {
        let (before, after) = (self.places_at(from), self.places_anew(to, stop)?);
        let changes = difference(&before, &after);
        let named = |groups: Vec<Vec<u32>>| groups.iter().map(|group| self.named(group)).collect();
        Some((changes, named(before), named(after)))
    }

    /// Words of the last [`Self::group`] that cannot all be kept. Faces by their places; see [`Self::id`].
    #[must_use]
    pub fn contradictions(&self) -> &[Contradiction] {
        self.grouped.as_ref().map_or(&[], |(tree, _)| tree.contradictions())
    }

    /// Why two faces are together or apart. Faces in it by their places; see [`Self::id`].
    #[must_use]
    pub fn why(&self, one: FaceId, two: FaceId, threshold: f32) -> Option<Why> {
        let (tree, _) = self.grouped.as_ref()?;
        Some(tree.why(&self.faces()?, self.place(one)?, self.place(two)?, threshold))
    }

    /// Why a face is in its group. Faces in it by their places; see [`Self::id`].
    #[must_use]
    pub fn why_here(&self, face: FaceId, threshold: f32) -> Option<Why> {
        let (tree, _) = self.grouped.as_ref()?;
        tree.why_here(&self.faces()?, self.place(face)?, threshold)
    }

    /// Where the group of a face would come apart first, as rows.
    #[must_use]
    pub fn first_split(&self, face: FaceId, threshold: f32) -> Option<[Vec<FaceId>; 2]> {
        let (tree, _) = self.grouped.as_ref()?;
        let Split { piles, .. } = tree.first_split(&self.faces()?, self.place(face)?, threshold)?;
        Some(piles.map(|pile| self.named(&pile)))
    }

    /// Questions worth asking, at most so many, those that settle most first. Faces in them by their places; see
    /// [`Self::id`].
    #[must_use]
    pub fn review(&self, threshold: f32, most: usize) -> Vec<Review> {
        let (Some((tree, constraints)), Some(faces)) = (&self.grouped, self.faces()) else { return Vec::new() };
        tree.review(&faces, constraints, threshold, tree.settings().method.scale().band(), most)
    }

    /// What a map of these faces is drawn from.
    #[must_use]
    pub fn outline(&self) -> Outline {
        self.faces().map(|faces| Outline::new(&self.ids, &faces)).unwrap_or_default()
    }

    /// The row of the face at a place.
    #[must_use]
    pub fn id(&self, place: u32) -> Option<FaceId> {
        self.ids.get(place as usize).copied()
    }

    /// A question by rows: the faces that stand for its one or two groups.
    #[must_use]
    pub fn asked(&self, question: &Question) -> Vec<FaceId> {
        let places: &[u32] = match question {
            Question::Merge { groups } => groups,
            Question::Split { group } => &[*group],
            Question::Suggest { group, like, .. } => &[*group, *like],
        };
        self.named(places)
    }

    fn place(&self, face: FaceId) -> Option<u32> {
        self.ids.binary_search(&face).ok().map(|place| place as u32)
    }

    fn named(&self, places: &[u32]) -> Vec<FaceId> {
        let mut ids: Vec<FaceId> = places.iter().filter_map(|place| self.id(*place)).collect();
        ids.sort_unstable();
        ids
    }

    fn places_at(&self, threshold: f32) -> Vec<Vec<u32>> {
        self.grouped.as_ref().map(|(tree, _)| tree.groups_at(threshold)).unwrap_or_default()
    }

    /// At any threshold; of a method of which a run answers only its own, from a run of its own, unless stopped.
    fn places_anew(&self, threshold: f32, stop: Stop<'_>) -> Option<Vec<Vec<u32>>> {
        let (Some((tree, constraints)), Some(faces)) = (&self.grouped, self.faces()) else { return Some(Vec::new()) };
        let (settings, scale) = (*tree.settings(), tree.settings().method.scale());
        if scale.live || (threshold - settings.threshold()).abs() < scale.step / 2.0 {
            return Some(tree.groups_at(threshold));
        }
        let settings = Settings { threshold: Some(threshold), ..settings };
        Some(Hierarchy::new_until(&faces, constraints, &settings, stop)?.groups())
    }

    fn faces(&self) -> Option<Faces<'_>> {
        let embeddings = Embeddings::new(self.width, &self.values)?;
        Some(Faces { embeddings, lists: &self.lists, quality: &self.quality, nearness: &self.nearness })
    }

    fn constraints(&self, words: &Words) -> Constraints {
        let place: BTreeMap<FaceId, u32> = self.ids.iter().copied().zip(0..).collect();
        let pairs = |pairs: &BTreeSet<(FaceId, FaceId)>| {
            pairs.iter().filter_map(|(one, two)| Some((*place.get(one)?, *place.get(two)?))).collect()
        };
        Constraints {
            label: self.ids.iter().map(|face| words.label.get(face).copied()).collect(),
            apart: words.apart.iter().filter_map(|(face, label)| Some((*place.get(face)?, *label))).collect(),
            together: pairs(&words.together),
            different: pairs(&words.different),
            photo: self.photo.clone(),
            repeats: words.repeats.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::faces;
    use super::super::*;
    use crate::domain::Preset;

    #[test]
    fn work_that_is_stopped_changes_nothing() {
        let values = faces(8, 8, 1.0);
        let embeddings = Embeddings::new(32, &values).unwrap();
        let (stopped, going) = (std::sync::atomic::AtomicBool::new(true), std::sync::atomic::AtomicBool::new(false));
        let (stop, go) = (Stop::when(&stopped), Stop::when(&going));
        assert_eq!(Lists::with_length_until(&embeddings, 9, stop), None);
        let lists = Lists::with_length_until(&embeddings, 9, go).unwrap();
        let was: Vec<Option<u32>> = (0..64).map(|face| (face > 3).then_some(face)).collect();
        assert_eq!(lists.updated_until(&embeddings, &was, 9, stop), None);
        assert_eq!(lists.updated_until(&embeddings, &was, 9, go), Some(lists.clone()));
        for method in Method::all() {
            let settings = Settings { method, ..Settings::default() };
            let (known, none) = (Faces::new(embeddings, &lists), Constraints::default());
            assert_eq!(Hierarchy::new_until(&known, &none, &settings, stop), None);
            assert_eq!(
                Hierarchy::new_until(&known, &none, &settings, go),
                Some(Hierarchy::new(&known, &none, &settings))
            );
        }
        let new = |face: usize| NewFace {
            face: crate::domain::FaceId(face as u32),
            photo: face as u32,
            quality: 1.0,
            nearness: ORDINARY_NEARNESS,
            embedding: values[face * 32..][..32].to_vec(),
        };
        let mut session = Session::default();
        assert!(session.update_until(&[], &(0..40).map(new).collect::<Vec<_>>(), go));
        let groups = session.group_until(&Words::default(), &Settings::default(), go).unwrap();
        let before = format!("{session:?}");
        assert!(!session.update_until(&[new(3).face], &(40..64).map(new).collect::<Vec<_>>(), stop));
        assert_eq!(session.group_until(&Words::default(), &Settings::default(), stop), None);
        assert_eq!(format!("{session:?}"), before);
        assert_eq!(session.groups_at(Settings::default().threshold()), groups);
    }

    #[test]
    fn a_session_grows_like_one_that_was_there_from_the_start() {
        let values = faces(8, 8, 1.0);
        let new = |face: usize| NewFace {
            face: crate::domain::FaceId(face as u32 + 1),
            photo: face as u32,
            quality: 1.0,
            nearness: 0.2 + 0.02 * (face % 8) as f32,
            embedding: values[face * 32..][..32].to_vec(),
        };
        let settings = Settings::default();
        let mut whole = Session::default();
        whole.update(&[], &(0..64).map(new).collect::<Vec<_>>());
        let expected = whole.group(&Words::default(), &settings);
        let mut grown = Session::default();
        grown.update(&[], &(20..64).map(new).collect::<Vec<_>>());
        grown.group(&Words::default(), &settings);
        grown.update(&[new(30).face], &(0..20).map(new).collect::<Vec<_>>());
        grown.update(&[], &[new(30)]);
        assert_eq!(grown.group(&Words::default(), &settings), expected);
        let scale = settings.method.scale();
        let (changes, before, _) = grown.preview(settings.threshold(), scale.strictest);
        assert_eq!(before, expected);
        assert!(changes.iter().all(Change::is_part));
        // The rounds of the published method depend on the threshold: another one has a run of its own.
        let published = Settings { method: Method::RankOrder, ..settings };
        let strict = Settings { preset: Preset::Strict, ..published };
        let before = grown.group(&Words::default(), &published);
        let (_, from, to) = grown.preview(published.threshold(), strict.threshold());
        assert_eq!((from, to), (before.clone(), grown.clone().group(&Words::default(), &strict)));
        assert_eq!(grown.groups_at(published.threshold()), before, "it is only looked at");
        let stopped = std::sync::atomic::AtomicBool::new(true);
        let until = |to: f32| grown.preview_until(published.threshold(), to, Stop::when(&stopped));
        assert!(until(strict.threshold()).is_none(), "nobody waits for that run");
        assert!(until(published.threshold()).is_some(), "what is known takes none");
        grown.group(&Words::default(), &settings);
        let words = Words { different: [(new(0).face, new(8).face)].into(), ..Words::default() };
        let groups = grown.group(&words, &settings);
        assert!(!groups.iter().any(|group| group.contains(&new(0).face) && group.contains(&new(8).face)));
    }
}
