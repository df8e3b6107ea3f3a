//! What the user said, as the clusterers see it.

use std::collections::{BTreeMap, BTreeSet};

use super::pairs::Union;

/// What was said of faces, by their places in the list. Empty means nothing was said.
///
/// Hard words are kept by every result. Where they contradict each other, labels count before refusals, refusals before
/// `different`, and that before `together`; what did not count is reported as a [`Contradiction`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constraints {
    /// Faces of one label belong together, faces of two labels apart (hard).
    pub label: Vec<Option<u32>>,
    /// This face is not of that label (hard).
    pub apart: Vec<(u32, u32)>,
    /// These two faces are one person (hard).
    pub together: Vec<(u32, u32)>,
    /// These two faces are two people (hard).
    pub different: Vec<(u32, u32)>,
    /// The photo each face is in, as any number that is its alone: two faces of one photo are rarely one person (soft:
    /// they must be more alike than others to become one). Empty: not known.
    pub photo: Vec<u32>,
    /// Photos that may show one person twice: mirrors, collages, photos of photos.
    pub repeats: BTreeSet<u32>,
}

/// Words that cannot all be kept; faces by their places in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contradiction {
    /// Said to be one person, but other words keep the two apart; the lower place first.
    Together(u32, u32),
    /// Said to be two people, but both are confirmed as one.
    Different(u32, u32),
    /// Confirmed as this label, and said not to be of it.
    Refused {
        /// The face.
        face: u32,
        /// The label.
        label: u32,
    },
}

/// The words by group, kept while groups merge. Faces and groups by their places in the canonical order.
pub(super) struct Rules {
    label: Vec<Option<u32>>,
    refused: Vec<Vec<u32>>,
    /// Faces that must not be in this group.
    different: Vec<Vec<u32>>,
    /// Photos with several faces of which this group has one, ascending.
    photos: Vec<Vec<u32>>,
    size: Vec<u32>,
    /// Nothing was said that keeps anybody apart.
    silent: bool,
}

impl Rules {
    /// The rules, the groups that words alone make, and what contradicts. `order[place]` is the face at that place.
    pub(super) fn new(constraints: &Constraints, order: &[u32]) -> (Self, Union, Vec<Contradiction>) {
        let faces = order.len();
        let mut place = vec![0u32; faces];
        for (at, face) in order.iter().enumerate() {
            place[*face as usize] = at as u32;
        }
        let at = |face: u32| place.get(face as usize).map(|place| *place as usize);
        let mut union = Union::new(faces);
        let mut rules = Self {
            label: order.iter().map(|face| constraints.label.get(*face as usize).copied().flatten()).collect(),
            refused: vec![Vec::new(); faces],
            different: vec![Vec::new(); faces],
            photos: photos(constraints, order),
            size: vec![1; faces],
            silent: constraints.apart.is_empty() && constraints.different.is_empty(),
        };
        rules.silent &= rules.label.iter().all(Option::is_none);
        let mut contradictions = Vec::new();
        for &(face, label) in &constraints.apart {
            let Some(place) = at(face) else { continue };
            match rules.label[place] {
                // Who is labelled is known; a refusal of another label changes nothing.
                Some(known) if known != label => {}
                Some(_) => contradictions.push(Contradiction::Refused { face, label }),
                None => insert(&mut rules.refused[place], label),
            }
        }
        let mut first: BTreeMap<u32, usize> = BTreeMap::new();
        for place in 0..faces {
            if let Some(label) = rules.label[place] {
                let known = *first.entry(label).or_insert(place);
                rules.merge(&mut union, known, place);
            }
        }
        let sorted = |pairs: &[(u32, u32)]| {
            let known = pairs.iter().filter_map(|&(a, b)| Some((at(a)?.min(at(b)?), at(a)?.max(at(b)?))));
            known.collect::<BTreeSet<(usize, usize)>>()
        };
        for (a, b) in sorted(&constraints.different) {
            let (one, two) = (union.root(a), union.root(b));
            if one == two {
                contradictions.push(Contradiction::Different(order[a].min(order[b]), order[a].max(order[b])));
            } else {
                insert(&mut rules.different[one], b as u32);
                insert(&mut rules.different[two], a as u32);
            }
        }
        for (a, b) in sorted(&constraints.together) {
            let (one, two) = (union.root(a), union.root(b));
            if one == two {
                continue;
            }
            if rules.allow(&union, one, two) {
                rules.merge(&mut union, one, two);
            } else {
                contradictions.push(Contradiction::Together(order[a].min(order[b]), order[a].max(order[b])));
            }
        }
        contradictions.sort_unstable();
        (rules, union, contradictions)
    }

    /// Whether two groups, given by their roots, may become one.
    pub(super) fn allow(&self, union: &Union, a: usize, b: usize) -> bool {
        if self.silent {
            return true;
        }
        let fits = |label: Option<u32>, other: usize| label.is_none_or(|label| !self.refused[other].contains(&label));
        let labels = match (self.label[a], self.label[b]) {
            (Some(one), Some(two)) => one == two,
            (one, two) => fits(one, b) && fits(two, a),
        };
        labels && !self.different[a].iter().any(|face| union.find(*face as usize) == b)
    }

    /// A label, if the group has one.
    pub(super) fn label(&self, group: usize) -> Option<u32> {
        self.label[group]
    }

    /// How much two groups were in the same photos: pairs of faces that share one, to the faces of the smaller group.
    pub(super) fn shared(&self, a: usize, b: usize) -> f32 {
        if self.photos[a].is_empty() {
            return 0.0;
        }
        let (few, many) = if self.photos[a].len() <= self.photos[b].len() { (a, b) } else { (b, a) };
        let common = self.photos[few].iter().filter(|photo| self.photos[many].binary_search(photo).is_ok()).count();
        common as f32 / self.size[a].min(self.size[b]) as f32
    }

    /// Makes two groups one, without asking; gives the root.
    pub(super) fn merge(&mut self, union: &mut Union, a: usize, b: usize) -> usize {
        let (a, b) = (union.root(a), union.root(b));
        if a == b {
            return a;
        }
        let root = union.join(a, b);
        let gone = if root == a { b } else { a };
        self.label[root] = self.label[root].or(self.label[gone]);
        self.size[root] += self.size[gone];
        for lists in [&mut self.refused, &mut self.different, &mut self.photos] {
            let from = std::mem::take(&mut lists[gone]);
            for value in from {
                insert(&mut lists[root], value);
            }
        }
        root
    }
}

fn insert(list: &mut Vec<u32>, value: u32) {
    if let Err(place) = list.binary_search(&value) {
        list.insert(place, value);
    }
}

/// For every face its photo, if the photo has several and may not show one person twice.
fn photos(constraints: &Constraints, order: &[u32]) -> Vec<Vec<u32>> {
    let mut count: BTreeMap<u32, u32> = BTreeMap::new();
    for photo in constraints.photo.iter().filter(|photo| !constraints.repeats.contains(photo)) {
        *count.entry(*photo).or_default() += 1;
    }
    let several = |face: &u32| {
        let photo = constraints.photo.get(*face as usize)?;
        (*count.get(photo)? > 1).then_some(*photo)
    };
    order.iter().map(|face| several(face).into_iter().collect()).collect()
}
