//! Every face's nearest others: made once, kept, brought up to date when faces come and go.

use std::sync::Mutex;

use super::embeddings::dot;
use super::exact::{self, SLACK, order};
use super::{Embeddings, Stop};

/// A neighbour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Whose place in the list of faces.
    pub face: u32,
    /// Cosine, −1 to 1.
    pub value: f32,
}

/// The neighbour lists of a library: for every face its nearest others by cosine, most similar first, itself left out.
///
/// Made from the embeddings alone, so they outlive every change of threshold, method and constraints. Exact, whatever the
/// size of the library.
#[derive(Clone, Debug, PartialEq)]
pub struct Lists {
    pub(super) length: usize,
    pub(super) by_face: Vec<Box<[Neighbour]>>,
}

impl Default for Lists {
    /// Nobody's, for lists of [`Lists::default_length`].
    fn default() -> Self {
        Self { length: Self::default_length(0), by_face: Vec::new() }
    }
}

impl Lists {
    /// Where more faces than these, and more than one in so many, must be looked for anew, looking for all is the quicker
    /// way: that compares every two faces once, and in better steps.
    const FEW: usize = 1_000;
    const MANY: usize = 4;

    /// Neighbours in a list unless asked otherwise: enough for ranks and explanations; fewer where a million lists must fit
    /// the memory.
    #[must_use]
    pub const fn default_length(faces: usize) -> usize {
        if faces > 300_000 { 40 } else { 100 }
    }

    /// Lists of [`Self::default_length`].
    #[must_use]
    pub fn new(embeddings: &Embeddings<'_>) -> Self {
        Self::with_length(embeddings, Self::default_length(embeddings.len()))
    }

    /// Lists of the `length` nearest; in a library of fewer faces they hold everybody.
    #[must_use]
    pub fn with_length(embeddings: &Embeddings<'_>, length: usize) -> Self {
        Self::made(embeddings, length, Stop::never())
    }

    /// [`Self::with_length`], or `None` when stopped.
    #[must_use]
    pub fn with_length_until(embeddings: &Embeddings<'_>, length: usize, stop: Stop<'_>) -> Option<Self> {
        stop.unless(Self::made(embeddings, length, stop))
    }

    fn made(embeddings: &Embeddings<'_>, length: usize, stop: Stop<'_>) -> Self {
        Self { length, by_face: exact::nearest_of_all(embeddings, length, stop) }
    }

    /// Faces.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_face.len()
    }

    /// No faces.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_face.is_empty()
    }

    /// Neighbours in a list, where there are so many faces.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// A face's list; empty past the end.
    #[must_use]
    pub fn of(&self, face: usize) -> &[Neighbour] {
        self.by_face.get(face).map_or(&[], |list| list)
    }

    /// The place of `other` in the list of `face`, from 1; `None` when it is farther than the list goes.
    #[must_use]
    pub fn rank(&self, face: u32, other: u32) -> Option<u32> {
        self.of(face as usize).iter().position(|one| one.face == other).map(|place| place as u32 + 1)
    }

    /// The lists after faces came, went or moved. `was[new]` is a face's place before, `None` for a new one; faces that
    /// are in no `was` are gone. Only the lists of new faces, and of faces that lost a neighbour, are looked for again; the
    /// result is the same as from scratch.
    #[must_use]
    pub fn updated(&self, embeddings: &Embeddings<'_>, was: &[Option<u32>]) -> Self {
        self.renewed(embeddings, was, self.length, Stop::never())
    }

    /// [`Self::updated`] with lists of another length, or `None` when stopped. Longer ones are looked for again.
    #[must_use]
    pub fn updated_until(
        &self,
        embeddings: &Embeddings<'_>,
        was: &[Option<u32>],
        length: usize,
        stop: Stop<'_>,
    ) -> Option<Self> {
        stop.unless(self.renewed(embeddings, was, length, stop))
    }

    fn renewed(&self, embeddings: &Embeddings<'_>, was: &[Option<u32>], length: usize, stop: Stop<'_>) -> Self {
        const GONE: u32 = u32::MAX;
        let count = embeddings.len();
        let mut now = vec![GONE; self.len()];
        for (new, old) in was.iter().enumerate().take(count) {
            if let Some(place) = old.and_then(|old| now.get_mut(old as usize)) {
                *place = new as u32;
            }
        }
        let mut kept: Vec<Option<Vec<Neighbour>>> = (0..count)
            .map(|new| {
                let old = (*was.get(new)?)? as usize;
                let list = self.by_face.get(old)?;
                let moved = list.iter().map(|one| Neighbour { face: now[one.face as usize], value: one.value });
                let moved: Vec<Neighbour> = moved.collect();
                (!moved.iter().any(|one| one.face == GONE)).then_some(moved)
            })
            .collect();
        // Twice the same `was` would leave a face without its own list.
        let asked: Vec<u32> = (0..count as u32).filter(|face| kept[*face as usize].is_none()).collect();
        if length > self.length || asked.len() > (count / Self::MANY).max(Self::FEW) {
            return Self::made(embeddings, length, stop);
        }
        let is_new =
            |face: u32| was.get(face as usize).is_none_or(|old| old.is_none_or(|old| old as usize >= self.len()));
        let full = length.min(count.saturating_sub(1));
        let bars: Vec<f32> = kept
            .iter()
            .map(|list| match list {
                Some(list) if list.len() >= full => list.last().map_or(f32::INFINITY, |last| last.value - SLACK),
                Some(_) => f32::NEG_INFINITY,
                None => f32::INFINITY,
            })
            .collect();
        // What new faces are to the kept lists falls out of the same products.
        let news: Mutex<Vec<(u32, u32)>> = Mutex::new(Vec::new());
        let seen = |faces: &[u32], first: usize, products: &[f32]| {
            let columns = products.len() / faces.len().max(1);
            let mut near = Vec::new();
            for (face, row) in faces.iter().zip(products.chunks(columns.max(1))) {
                if is_new(*face) {
                    let bars = &bars[first..first + columns];
                    near.extend(
                        row.iter()
                            .zip(bars)
                            .enumerate()
                            .filter(|(_, (value, bar))| value >= bar)
                            .map(|(place, _)| ((first + place) as u32, *face)),
                    );
                }
            }
            if !near.is_empty() {
                news.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(near);
            }
        };
        let found = exact::nearest_of(embeddings, &asked, length, &seen, stop);
        let mut news = news.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        news.sort_unstable();
        for (face, new) in news {
            if let Some(list) = &mut kept[face as usize] {
                let value = dot(embeddings.row(face as usize), embeddings.row(new as usize));
                list.push(Neighbour { face: new, value });
            }
        }
        let mut found = found.into_iter();
        let lists = kept
            .into_iter()
            .map(|list| match list {
                Some(mut list) => {
                    list.sort_unstable_by(|one, two| order(embeddings, *one, *two));
                    list.truncate(length);
                    list.into_boxed_slice()
                }
                None => found.next().unwrap_or_default(),
            })
            .collect();
        Self { length, by_face: lists }
    }
}
