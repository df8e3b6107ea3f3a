//! A session's neighbour lists as bytes, so that a restart need not look for all neighbours again. Only who is near whom
//! is kept, 4 bytes a neighbour; the cosines are measured again from the embeddings, which gives the same numbers.
//!
//! ```text
//! MARK, length of a list, faces, then the faces' rows
//! for every face: how many neighbours, and their places
//! BLAKE3 of all that, 32 bytes
//! ```
//! All numbers are u32, little-endian.

use rayon::prelude::*;

use super::embeddings::dot;
use super::{Embeddings, Lists, Neighbour, NewFace, ORDINARY_NEARNESS, Session};
use crate::domain::FaceId;

/// "Nei2": another form gets another mark.
const MARK: u32 = u32::from_le_bytes(*b"Nei2");
const SUM: usize = 32;

impl Session {
    /// The lists as bytes, for [`Self::restored`].
    #[must_use]
    pub fn stored(&self) -> Vec<u8> {
        let lists = &self.lists;
        let neighbours: usize = lists.by_face.iter().map(|list| list.len() + 1).sum();
        let mut bytes = Bytes(Vec::with_capacity(4 * (self.ids.len() + 2 * neighbours) + 1024));
        bytes.put(MARK);
        bytes.put(lists.length as u32);
        bytes.put(self.ids.len() as u32);
        self.ids.iter().for_each(|face| bytes.put(face.0));
        for list in &lists.by_face {
            bytes.put(list.len() as u32);
            list.iter().for_each(|one| bytes.put(one.face));
        }
        let sum = blake3::hash(&bytes.0);
        bytes.0.extend(sum.as_bytes());
        bytes.0
    }

    /// The session whose lists these bytes hold, ungrouped. `faces` are those of [`stored_faces`] that are still there;
    /// the others stand in it without an embedding and must be taken out by the next [`Self::update`], which looks for the
    /// lists again that they were in. Nothing when the bytes are not whole, of another form, or the faces' embeddings are
    /// not equally wide.
    #[must_use]
    pub fn restored(bytes: &[u8], faces: &[NewFace]) -> Option<Self> {
        let mut words = Words::open(bytes)?;
        let (length, ids) = words.head()?;
        let count = ids.len();
        let width = faces.first()?.embedding.len();
        let mut session = Self::default();
        (session.ids, session.width) = (ids, width);
        session.photo = vec![0; count];
        session.quality = vec![0.0; count];
        session.nearness = vec![ORDINARY_NEARNESS; count];
        session.values = vec![0.0; count * width];
        for face in faces {
            let Ok(place) = session.ids.binary_search(&face.face) else { continue };
            (session.photo[place], session.quality[place]) = (face.photo, face.quality);
            session.nearness[place] = face.nearness;
            let row = session.values.get_mut(place * width..(place + 1) * width)?;
            (row.len() == face.embedding.len()).then(|| row.copy_from_slice(&face.embedding))?;
        }
        let places: Vec<Vec<u32>> = (0..count).map(|_| words.list(count)).collect::<Option<_>>()?;
        if !words.0.is_empty() {
            return None;
        }
        let embeddings = Embeddings::new(width, &session.values)?;
        let measured = |(face, places): (usize, Vec<u32>)| {
            let row = embeddings.row(face);
            let near = |other: u32| Neighbour { face: other, value: dot(row, embeddings.row(other as usize)) };
            places.into_iter().map(near).collect::<Box<[Neighbour]>>()
        };
        let by_face = places.into_par_iter().enumerate().map(measured).collect();
        session.lists = Lists { length, by_face };
        Some(session)
    }
}

/// The faces of stored lists, ascending; nothing when the bytes are not whole or of another form.
#[must_use]
pub fn stored_faces(bytes: &[u8]) -> Option<Vec<FaceId>> {
    Some(Words::open(bytes)?.head()?.1)
}

struct Bytes(Vec<u8>);

impl Bytes {
    fn put(&mut self, number: u32) {
        self.0.extend(number.to_le_bytes());
    }
}

/// Numbers that are still to be read.
struct Words<'a>(&'a [[u8; 4]]);

impl<'a> Words<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(SUM)?)?;
        let (words, rest) = body.as_chunks::<4>();
        (rest.is_empty() && blake3::hash(body).as_bytes() == sum).then_some(Self(words))
    }

    fn next(&mut self) -> Option<u32> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*first))
    }

    fn many(&mut self, count: usize) -> Option<impl Iterator<Item = u32> + use<'a>> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken.iter().map(|bytes| u32::from_le_bytes(*bytes)))
    }

    /// The length of lists, and the faces.
    fn head(&mut self) -> Option<(usize, Vec<FaceId>)> {
        let (mark, length, count) = (self.next()?, self.next()?, self.next()?);
        let ids: Vec<FaceId> = self.many(count as usize)?.map(FaceId).collect();
        (mark == MARK && ids.is_sorted_by(|one, two| one < two)).then_some((length as usize, ids))
    }

    /// Places below `count`.
    fn list(&mut self, count: usize) -> Option<Vec<u32>> {
        let length = self.next()? as usize;
        let list: Vec<u32> = self.many(length)?.collect();
        list.iter().all(|place| (*place as usize) < count).then_some(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::tests::faces;
    use crate::cluster::{Settings, Words as Said};

    const WIDTH: usize = 32;

    fn news(values: &[f32], range: std::ops::Range<usize>) -> Vec<NewFace> {
        let face = |number: usize| NewFace {
            face: FaceId(7 + 3 * number as u32),
            photo: number as u32 / 2,
            quality: 0.5 + (number % 50) as f32 / 100.0,
            nearness: 0.2 + (number % 9) as f32 / 100.0,
            embedding: values[number * WIDTH..(number + 1) * WIDTH].to_vec(),
        };
        range.map(face).collect()
    }

    /// As after a restart: the same lists, and the same again once faces came and went meanwhile.
    fn check(mut session: Session, known: &[NewFace], later: &[NewFace]) {
        let bytes = session.stored();
        let ids: Vec<FaceId> = known.iter().map(|face| face.face).collect();
        assert_eq!(stored_faces(&bytes), Some(ids.clone()));
        let mut again = Session::restored(&bytes, known).unwrap();
        assert_eq!(again.lists, session.lists);
        let (words, settings) = (Said::default(), Settings::default());
        assert_eq!(again.group(&words, &settings), session.group(&words, &settings));
        // Every seventh is gone before it is restored.
        let gone: Vec<FaceId> = ids.iter().copied().step_by(7).collect();
        let left: Vec<NewFace> = known.iter().filter(|face| !gone.contains(&face.face)).cloned().collect();
        let mut again = Session::restored(&bytes, &left).unwrap();
        again.update(&gone, later);
        session.update(&gone, later);
        assert_eq!((&again.lists, &again.ids), (&session.lists, &session.ids));
        assert_eq!((&again.values, &again.quality, &again.photo), (&session.values, &session.quality, &session.photo));
        assert_eq!(again.nearness, session.nearness);
        assert_eq!(again.group(&words, &settings), session.group(&words, &settings));
    }

    #[test]
    fn lists_come_back_as_they_were() {
        let values = faces(60, 10, 1.2);
        let (known, later) = (news(&values, 0..500), news(&values, 500..600));
        let mut session = Session::default();
        session.update(&[], &known);
        check(session, &known, &later);
    }

    #[test]
    fn bytes_that_are_not_whole_are_nothing() {
        let values = faces(10, 5, 1.2);
        let known = news(&values, 0..50);
        let mut session = Session::default();
        session.update(&[], &known);
        let bytes = session.stored();
        for end in [0, 31, 32, 36, bytes.len() / 2, bytes.len() - 1] {
            assert!(Session::restored(&bytes[..end], &known).is_none(), "{end}");
        }
        for at in (0..bytes.len()).step_by(97) {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert!(Session::restored(&other, &known).is_none() && stored_faces(&other).is_none(), "{at}");
        }
        // Bytes that are whole and say what cannot be.
        let body = &bytes[..bytes.len() - SUM];
        for at in (0..body.len()).step_by(4) {
            let mut other = body.to_vec();
            other[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
            other.extend(blake3::hash(&other.clone()).as_bytes());
            if let Some(session) = Session::restored(&other, &known) {
                assert!(session.lists.by_face.iter().flatten().all(|one| (one.face as usize) < session.len()), "{at}");
            }
        }
        assert!(Session::restored(&bytes, &[]).is_none());
    }
}
