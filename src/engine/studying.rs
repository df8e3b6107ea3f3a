//! What the machine can say of one card, for the person's screen: which faces fit least, who else may be on it, where it
//! would come apart. Read from the file on a thread of its own, so that it waits for no grouping and works on a library
//! that is open to look at only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::board::Faces;
use super::run::{Engine, Event};
use super::threads::{Task, spawn};
use crate::cluster::{self, Embeddings, Likeness};
use crate::domain::{
    Cut, FaceId, Group, GroupId, Groups, Library, NoticeLevel, PersonId, PhotoId, QuestionKind, SplitPlan, Study,
    Suggestion,
};
use crate::store::{Reader, StoreError};

/// Faces whose embeddings are read at once.
const READ: usize = 8_192;
/// Faces looked at closely: those nearest to the middle of the card.
const CLOSELY: usize = 1_000;
/// Suggestions at most: a shelf, not a list.
const MOST: usize = 60;
/// The likeness from which on somebody is suggested; the shelf begins higher and leads down to here. Half of everybody's
/// faces against all others: from 0.45 on 1.00, 0.96 and 0.98 of the held back faces of origin-120, celeba-dev and
/// lfw-dev are found, with 0.5, 0.8 and 7 strangers a person; from 0.55 on 0.98, 0.86 and 0.90 with 0, 0.05 and 0.7.
const LIKELY: f32 = 0.45;
/// Ways to cut that are offered.
const CUTS: usize = 5;

/// What is wanted of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Study(GroupId),
    Split(GroupId),
}

/// Studying, as the engine's thread sees it.
#[derive(Default)]
pub(super) struct Studying {
    running: bool,
    /// The last of each kind.
    wishes: Vec<Wish>,
}

enum Found {
    Study(Study),
    Split(SplitPlan),
}

/// What was found, and the generation of the groups it belongs to.
pub(super) struct Studied {
    generation: u64,
    found: Result<Found, StoreError>,
}

/// What a study looks at; copies of pointers.
struct Job {
    library: PathBuf,
    model: String,
    card: Group,
    faces: Faces,
    groups: Groups,
    words: Library,
    /// Cards the machine already asks about for this person.
    asked: BTreeSet<FaceId>,
}

impl Engine<'_> {
    pub(super) fn study(&mut self, wish: Wish) {
        self.studying.wishes.retain(|other| std::mem::discriminant(other) != std::mem::discriminant(&wish));
        self.studying.wishes.push(wish);
        self.study_next();
    }

    fn study_next(&mut self) {
        if self.studying.running {
            return;
        }
        let Some((wish, card)) = next(&mut self.studying.wishes, &self.state.board.groups) else { return };
        let id = card.id;
        self.studying.running = true;
        let asked = self.state.review.iter().filter_map(|question| match &question.kind {
            QuestionKind::Suggest { faces, person } if *person == id => faces.first().copied(),
            _ => None,
        });
        let job = Job {
            library: self.store.path().to_owned(),
            model: self.grouping.model.clone(),
            asked: asked.collect(),
            card,
            faces: self.state.faces.clone(),
            groups: self.state.board.groups.clone(),
            words: self.state.history.library().clone(),
        };
        let (generation, events) = (self.grouping.generation, self.events.clone());
        spawn("studying", &self.events, Task::Studying, move || {
            let found = match wish {
                Wish::Study(_) => job.study().map(Found::Study),
                Wish::Split(_) => job.split().map(Found::Split),
            };
            drop(events.send(Event::Studied(Box::new(Studied { generation, found }))));
        });
    }

    pub(super) fn studied(&mut self, studied: Studied) {
        self.studying.running = false;
        match studied.found {
            _ if studied.generation != self.grouping.generation => {}
            Ok(Found::Study(study)) => self.state.study = Some(study.into()),
            Ok(Found::Split(plan)) => self.state.split_plan = Some(plan.into()),
            Err(error) => self.say(NoticeLevel::Error, error.to_string()),
        }
        self.study_next();
    }

    /// A study has ended without a result; the next may do better.
    pub(super) fn study_on(&mut self) {
        self.studying.running = false;
        self.study_next();
    }
}

/// The latest wish for a card that is there, and the card; those for cards that have gone are dropped.
fn next(wishes: &mut Vec<Wish>, groups: &Groups) -> Option<(Wish, Group)> {
    while let Some(wish) = wishes.pop() {
        let (Wish::Study(id) | Wish::Split(id)) = wish;
        if let Some(card) = groups.get(id) {
            return Some((wish, card.clone()));
        }
    }
    None
}

impl Job {
    /// The rows of the card's faces, as far as they have one.
    fn own(&self, reader: &Reader) -> Result<(Vec<FaceId>, Vec<f32>), StoreError> {
        reader.embeddings(&self.card.faces.iter().copied().collect(), &self.model)
    }

    fn study(&self) -> Result<Study, StoreError> {
        let reader = Reader::open(&self.library)?;
        let (ids, values) = self.own(&reader)?;
        let Some(rows) = Embeddings::new(width(&ids, &values), &values) else { return Ok(self.nothing()) };
        let mut fits: Vec<(FaceId, f32)> = ids.into_iter().zip(cluster::fits(&rows)).collect();
        fits.sort_by(|one, two| one.1.total_cmp(&two.1).then(one.0.cmp(&two.0)));
        let suggestions = match (self.card.person(), Likeness::new(&rows)) {
            (Some(person), Some(likeness)) => self.suggestions(person, &likeness, &reader)?,
            _ => Vec::new(),
        };
        Ok(Study { fits, suggestions, ..self.nothing() })
    }

    fn nothing(&self) -> Study {
        Study { group: self.card.id, fits: Vec::new(), suggestions: Vec::new() }
    }

    fn suggestions(
        &self,
        person: PersonId,
        likeness: &Likeness,
        reader: &Reader,
    ) -> Result<Vec<Suggestion>, StoreError> {
        let free = self.free(person);
        let wanted: Vec<FaceId> = {
            let all: BTreeSet<FaceId> = free.iter().flat_map(|group| group.faces.iter().copied()).collect();
            all.into_iter().collect()
        };
        let mut alike: BTreeMap<FaceId, f32> = BTreeMap::new();
        let mut near: Vec<(f32, FaceId, Vec<f32>)> = Vec::new();
        for some in wanted.chunks(READ) {
            let (ids, values) = reader.embeddings(&some.iter().copied().collect(), &self.model)?;
            let width = width(&ids, &values);
            for (face, row) in ids.into_iter().zip(values.chunks(width)) {
                let rough = likeness.rough(row);
                alike.insert(face, rough);
                near.push((rough, face, row.to_vec()));
            }
            near.sort_by(|one, two| two.0.total_cmp(&one.0).then(one.1.cmp(&two.1)));
            near.truncate(CLOSELY);
        }
        alike.extend(near.iter().map(|(_, face, row)| (*face, likeness.close(row))));
        let suggestion = |group: &&Group| {
            let known: Vec<(f32, FaceId)> =
                group.faces.iter().filter_map(|face| Some((*alike.get(face)?, *face))).collect();
            let (_, face) = known.iter().copied().max_by(|one, two| one.0.total_cmp(&two.0).then(two.1.cmp(&one.1)))?;
            let mean = known.iter().map(|(alike, _)| alike).sum::<f32>() / known.len() as f32;
            let asked = group.faces.first().is_some_and(|face| self.asked.contains(face));
            (mean >= LIKELY || asked).then(|| Suggestion { faces: group.faces.clone(), face, likeness: mean })
        };
        let mut found: Vec<Suggestion> = free.iter().filter_map(suggestion).collect();
        found.sort_by(|one, two| two.likeness.total_cmp(&one.likeness).then(one.face.cmp(&two.face)));
        found.truncate(MOST);
        Ok(found)
    }

    /// Cards of nobody that may be this person: nothing was refused, and nobody is in one photo twice unless the machine
    /// asks about it.
    fn free(&self, person: PersonId) -> Vec<&Group> {
        let photo = |face: &FaceId| self.faces.get(face).map(|face| face.photo);
        let taken: BTreeSet<PhotoId> = self.card.faces.iter().filter_map(photo).collect();
        let refused = |face: &FaceId| self.faces.get(face).is_none_or(|face| self.words.is_rejected(&face.key, person));
        let may_be = |group: &&Group| {
            let asked = group.faces.first().is_some_and(|face| self.asked.contains(face));
            let beside = |face: &FaceId| photo(face).is_some_and(|photo| taken.contains(&photo));
            group.person().is_none() && !group.faces.iter().any(refused) && (asked || !group.faces.iter().any(beside))
        };
        self.groups.iter().filter(may_be).collect()
    }

    fn split(&self) -> Result<SplitPlan, StoreError> {
        let (ids, values) = self.own(&Reader::open(&self.library)?)?;
        let mut plan = SplitPlan { group: self.card.id, cuts: Vec::new() };
        let Some(rows) = Embeddings::new(width(&ids, &values), &values) else { return Ok(plan) };
        let id = |place: &u32| ids.get(*place as usize).copied();
        let cut = |cut: cluster::Cut| {
            let [one, two] = cut.link;
            let pile = cut.pile.iter().filter_map(id).collect();
            Some(Cut { pile, link: [id(&one)?, id(&two)?], cosine: cut.cosine })
        };
        plan.cuts = cluster::cuts(&rows, CUTS).into_iter().filter_map(cut).collect();
        Ok(plan)
    }
}

fn width(ids: &[FaceId], values: &[f32]) -> usize {
    values.len().checked_div(ids.len()).unwrap_or(0).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_for_a_card_that_has_gone_does_not_hide_the_one_before_it() {
        let id = |number: u32| GroupId::Faces(FaceId(number));
        let groups: Groups = vec![Group::new(id(1), None, vec![FaceId(1)], FaceId(1))].into();
        let mut wishes = vec![Wish::Split(id(1)), Wish::Study(id(7))];
        let found = next(&mut wishes, &groups).map(|(wish, card)| (wish, card.id));
        assert_eq!((found, wishes.len()), (Some((Wish::Split(id(1)), id(1))), 0));
        assert!(next(&mut wishes, &groups).is_none());
    }
}
