//! Neighbour lists as bytes, so that a start need not look for all neighbours again.
//!
//! Little-endian numbers of 32 bits: [`MAGIC`], [`VERSION`], neighbours in a list, faces; for every face its row, a print
//! of its embedding, and its list as a number and places; 1 and the graph, or 0; a checksum. Cosines are not kept: they
//! are measured again, and the lists must then still be in order.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::embeddings::dot;
use super::exact::order;
use super::hnsw::Hnsw;
use super::{Embeddings, Lists, Neighbour};
use crate::domain::FaceId;

const MAGIC: u32 = u32::from_le_bytes(*b"nbrs");
/// Counts up when cosines, the order of a list, or the making of the graph change.
const VERSION: u32 = 1;
const NOBODY: u32 = u32::MAX;

/// Kept lists that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLists {
    /// Cut short, changed, or something else altogether.
    #[error("the kept neighbour lists are damaged")]
    Damaged,
    /// Written by an Albumen that measures otherwise, or makes longer or shorter lists.
    #[error("the kept neighbour lists are of another version of Albumen")]
    Version,
}

/// Lists without cosines, of faces by their rows.
pub(super) struct Kept {
    ids: Vec<FaceId>,
    prints: Vec<u32>,
    places: Vec<Vec<u32>>,
    length: usize,
    graph: Option<Hnsw>,
}

/// The lists of faces with these rows, ascending.
pub(super) fn to_bytes(lists: &Lists, embeddings: &Embeddings<'_>, ids: &[FaceId]) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(ids.len() * 4 * (lists.length.min(ids.len()) + 3) + 32));
    for number in [MAGIC, VERSION, lists.length as u32, ids.len() as u32] {
        out.number(number);
    }
    for (face, id) in ids.iter().enumerate() {
        out.number(id.0);
        out.number(print(embeddings.row(face)));
        out.numbers(lists.of(face).iter().map(|one| one.face));
    }
    out.number(u32::from(lists.graph.is_some()));
    if let Some(graph) = &lists.graph {
        out.number(graph.entry.unwrap_or(NOBODY));
        graph.below.iter().for_each(|links| out.numbers(links.iter().copied()));
        out.number(graph.above.len() as u32);
        for layer in &graph.above {
            out.number(layer.len() as u32);
            for (face, links) in layer {
                out.number(*face);
                out.numbers(links.iter().copied());
            }
        }
    }
    let sum = checksum(&out.0);
    out.0.extend(sum.to_le_bytes());
    out.0
}

/// What [`to_bytes`] wrote.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Kept, BadLists> {
    let (bytes, sum) = bytes.split_last_chunk::<8>().ok_or(BadLists::Damaged)?;
    let mut all = Reader(bytes);
    if all.number()? != MAGIC || checksum(bytes).to_le_bytes() != *sum {
        return Err(BadLists::Damaged);
    }
    let (version, length) = (all.number()?, all.number()? as usize);
    if version != VERSION || length != Lists::default_length(0) {
        return Err(BadLists::Version);
    }
    let count = all.number()?;
    let (mut ids, mut prints, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        ids.push(FaceId(all.number()?));
        prints.push(all.number()?);
        places.push(all.places(count)?);
    }
    let graph = if all.number()? == 0 { None } else { Some(graph(&mut all, count)?) };
    if !all.0.is_empty() || !ids.is_sorted_by(|one, two| one < two) {
        return Err(BadLists::Damaged);
    }
    Ok(Kept { ids, prints, places, length, graph })
}

fn graph(all: &mut Reader<'_>, count: u32) -> Result<Hnsw, BadLists> {
    let entry = Some(all.number()?).filter(|entry| *entry != NOBODY);
    let below = (0..count).map(|_| all.places(count)).collect::<Result<Vec<_>, _>>()?;
    let mut above = Vec::new();
    for _ in 0..all.number()? {
        let mut layer = BTreeMap::new();
        for _ in 0..all.number()? {
            let face = all.number()?;
            layer.insert(face, all.places(count)?);
        }
        above.push(layer);
    }
    let inside = |face: &u32| *face < count;
    if entry.iter().all(inside) && above.iter().flat_map(BTreeMap::keys).all(inside) {
        return Ok(Hnsw { below, above, entry });
    }
    Err(BadLists::Damaged)
}

impl Kept {
    /// The lists as they were, with the cosines of faces that are still there with the same embedding, and where each of
    /// the faces was; see [`Lists::updated`].
    pub(super) fn for_faces(
        self,
        embeddings: &Embeddings<'_>,
        ids: &[FaceId],
    ) -> Result<(Lists, Vec<Option<u32>>), BadLists> {
        let was: Vec<Option<u32>> = ids
            .par_iter()
            .enumerate()
            .map(|(now, id)| {
                let place = self.ids.binary_search(id).ok()?;
                (self.prints[place] == print(embeddings.row(now))).then_some(place as u32)
            })
            .collect();
        let mut now = vec![None; self.ids.len()];
        for (new, old) in was.iter().enumerate() {
            if let Some(old) = old {
                now[*old as usize] = Some(new);
            }
        }
        let list = |(places, own): (&Vec<u32>, &Option<usize>)| -> Result<Box<[Neighbour]>, BadLists> {
            let cosine = |face: u32| Some(dot(embeddings.row((*own)?), embeddings.row(now[face as usize]?)));
            let one = |face: &u32| Neighbour { face: *face, value: cosine(*face).unwrap_or(0.0) };
            let list: Box<[Neighbour]> = places.iter().map(one).collect();
            // Whoever lost nobody must find the order as it was.
            let here = |one: &Neighbour| Some(Neighbour { face: now[one.face as usize]? as u32, ..*one });
            let whole: Option<Vec<Neighbour>> = list.iter().map(here).collect();
            let sorted = |list: Vec<Neighbour>| list.is_sorted_by(|one, two| order(embeddings, *one, *two).is_le());
            if own.is_some() && !whole.is_none_or(sorted) {
                return Err(BadLists::Damaged);
            }
            Ok(list)
        };
        let by_face = self.places.par_iter().zip(&now).map(list).collect::<Result<Vec<_>, _>>()?;
        Ok((Lists { length: self.length, by_face, graph: self.graph }, was))
    }
}

/// Tells embeddings apart.
fn print(row: &[f32]) -> u32 {
    let mix =
        |sum: u64, value: &f32| (sum ^ u64::from(value.to_bits())).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    (row.iter().fold(row.len() as u64, mix) >> 16) as u32
}

fn checksum(bytes: &[u8]) -> u64 {
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(bytes.len() as u64, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    rest.iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte)))
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u32) {
        self.0.extend(number.to_le_bytes());
    }

    fn numbers(&mut self, numbers: impl ExactSizeIterator<Item = u32>) {
        self.number(numbers.len() as u32);
        numbers.for_each(|number| self.number(number));
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Result<u32, BadLists> {
        let (number, rest) = self.0.split_first_chunk::<4>().ok_or(BadLists::Damaged)?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*number))
    }

    /// A list of places below `count`.
    fn places(&mut self, count: u32) -> Result<Vec<u32>, BadLists> {
        let length = self.number()? as usize;
        if length > self.0.len() / 4 {
            return Err(BadLists::Damaged);
        }
        let places = (0..length)
            .map(|_| self.number().and_then(|place| if place < count { Ok(place) } else { Err(BadLists::Damaged) }));
        places.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::tests::faces;
    use crate::cluster::{NewFace, Session, Settings, Stop, Words};

    fn new(values: &[f32], face: usize) -> NewFace {
        let embedding = values[face * 32..][..32].to_vec();
        NewFace { face: FaceId(3 * face as u32 + 1), photo: face as u32, quality: 1.0, embedding }
    }

    fn session(values: &[f32], faces: impl Iterator<Item = usize>) -> (Session, Vec<NewFace>) {
        let faces: Vec<NewFace> = faces.map(|face| new(values, face)).collect();
        let mut session = Session::default();
        session.update(&[], &faces);
        (session, faces)
    }

    #[test]
    fn kept_lists_are_those_from_scratch_also_where_faces_came_went_and_changed() {
        let values = faces(12, 20, 1.2);
        let (before, same) = session(&values, 0..200);
        let bytes = before.lists_to_bytes();
        let restored = Session::restored(&same, &bytes, Stop::never()).unwrap().unwrap();
        assert_eq!(format!("{restored:?}"), format!("{before:?}"));
        // 20 are gone, 40 came, and one row has another face's embedding.
        let (_, mut faces) = session(&values, 20..240);
        faces[7].embedding = values[3 * 32..][..32].to_vec();
        let mut scratch = Session::default();
        scratch.update(&[], &faces);
        let mut restored = Session::restored(&faces, &bytes, Stop::never()).unwrap().unwrap();
        assert_eq!(format!("{restored:?}"), format!("{scratch:?}"));
        let (words, settings) = (Words::default(), Settings::default());
        assert_eq!(restored.group(&words, &settings), scratch.group(&words, &settings));
    }

    #[test]
    fn a_graph_is_kept_too() {
        let values = faces(20, 20, 1.2);
        let embeddings = Embeddings::new(32, &values).unwrap();
        let ids: Vec<FaceId> = (0..400).map(FaceId).collect();
        let mut lists = Lists::with_length(&embeddings, Lists::default_length(0));
        lists.graph = Some(Hnsw::new(&embeddings, Stop::never()));
        let (kept, was) =
            from_bytes(&to_bytes(&lists, &embeddings, &ids)).unwrap().for_faces(&embeddings, &ids).unwrap();
        assert_eq!(kept, lists);
        assert!(was.iter().zip(0..).all(|(was, now)| *was == Some(now)));
    }

    #[test]
    fn damage_is_noticed() {
        let (before, faces) = session(&faces(6, 10, 1.2), 0..60);
        let bytes = before.lists_to_bytes();
        let read = |bytes: &[u8]| Session::restored(&faces, bytes, Stop::never()).map(|_| ());
        assert_eq!(read(&bytes), Ok(()));
        for cut in (0..bytes.len()).step_by(37) {
            assert_eq!(read(&bytes[..cut]), Err(BadLists::Damaged), "{cut}");
            let mut changed = bytes.clone();
            changed[cut] ^= 4;
            assert_eq!(read(&changed), Err(BadLists::Damaged), "{cut}");
        }
        // Another version, and a list out of order, with checksums that are right.
        let signed = |change: &dyn Fn(&mut [u8])| {
            let mut changed = bytes[..bytes.len() - 8].to_vec();
            change(&mut changed);
            let sum = checksum(&changed);
            changed.extend(sum.to_le_bytes());
            read(&changed)
        };
        assert_eq!(signed(&|_| {}), Ok(()));
        assert_eq!(signed(&|bytes| bytes[4] += 1), Err(BadLists::Version));
        assert_eq!(signed(&|bytes| bytes[28..36].rotate_left(4)), Err(BadLists::Damaged));
        assert_eq!(signed(&|bytes| bytes[31] = 255), Err(BadLists::Damaged), "a place that is nobody's");
    }
}
