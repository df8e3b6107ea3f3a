//! Identities. Row ids are short and local to one library file; hashes and keys hold across files and machines.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::FaceBox;

/// A photo's row in this library file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PhotoId(pub u32);

/// A face's row in this library file. Rows are given in path order within a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FaceId(pub u32);

/// A person the user made. Never used twice in one library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub u32);

/// The first 128 bits of the BLAKE3 hash of a photo's bytes. In JSON 32 hexadecimal digits; a list of 16 numbers, as it
/// was written first, is read too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhotoHash(pub [u8; 16]);

impl Serialize for PhotoHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PhotoHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HashVisitor)
    }
}

struct HashVisitor;

impl<'de> Visitor<'de> for HashVisitor {
    type Value = PhotoHash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("32 hexadecimal digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<PhotoHash, E> {
        let wrong = || E::invalid_value(de::Unexpected::Str(text), &self);
        let mut hash = [0; 16];
        let pairs = text.as_bytes().as_chunks::<2>();
        if pairs.0.len() != hash.len() || !pairs.1.is_empty() {
            return Err(wrong());
        }
        for (byte, [high, low]) in hash.iter_mut().zip(pairs.0) {
            let digit = |letter: &u8| char::from(*letter).to_digit(16).ok_or_else(wrong);
            *byte = (digit(high)? * 16 + digit(low)?) as u8;
        }
        Ok(PhotoHash(hash))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<PhotoHash, A::Error> {
        let mut hash = [0; 16];
        for (place, byte) in hash.iter_mut().enumerate() {
            *byte = numbers.next_element()?.ok_or_else(|| de::Error::invalid_length(place, &self))?;
        }
        Ok(PhotoHash(hash))
    }
}

impl fmt::Display for PhotoHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PhotoHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhotoHash({self})")
    }
}

/// What a face is known by, whatever its row, path or detector: the photo's content and the coarsely quantised box.
///
/// The box is `[x, y, width, height]` in 1/512 of the photo's longer side, so a box that moves by a pixel or two
/// keeps its key; larger moves are re-linked by overlap when a photo is detected again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FaceKey {
    /// Content of the photo.
    pub photo: PhotoHash,
    /// The quantised box.
    pub cell: [i16; 4],
}

impl FaceKey {
    /// Cells along the longer side of a photo.
    pub const CELLS: f32 = 512.0;

    /// The key of the face at `bounds` in an upright photo of `width` × `height` pixels.
    #[must_use]
    pub fn new(photo: PhotoHash, bounds: &FaceBox, width: u32, height: u32) -> Self {
        let scale = Self::CELLS / width.max(height).max(1) as f32;
        let cell = |value: f32| (value * scale).round() as i16;
        Self { photo, cell: [cell(bounds.x), cell(bounds.y), cell(bounds.width), cell(bounds.height)] }
    }

    /// About where the face is in an upright photo of `width` × `height` pixels, to half a cell.
    #[must_use]
    pub fn bounds(&self, width: u32, height: u32) -> FaceBox {
        let scale = width.max(height).max(1) as f32 / Self::CELLS;
        let [x, y, width, height] = self.cell.map(|cell| f32::from(cell) * scale);
        FaceBox::new(x, y, width, height)
    }
}

/// What the board shows as one card: a person, or faces that belong together and have no person yet.
///
/// Written `p7` or `g31`; the number of an unnamed group is its lowest face row, so the id stays with its faces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GroupId {
    /// The group of a person.
    Person(PersonId),
    /// A group without a person, known by its lowest face.
    Faces(FaceId),
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "p{}", id.0),
            Self::Faces(id) => write!(f, "g{}", id.0),
        }
    }
}

/// A text that is no group id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a group id, which looks like p7 or g31: {0}")]
pub struct ParseIdError(pub String);

impl FromStr for GroupId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseIdError(text.to_owned());
        let (kind, digits) = text.split_at_checked(1).ok_or_else(wrong)?;
        let number = digits.parse().map_err(|_not_a_number| wrong())?;
        match kind {
            "p" => Ok(Self::Person(PersonId(number))),
            "g" => Ok(Self::Faces(FaceId(number))),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_digits_and_the_first_form_is_still_read() {
        let hash = PhotoHash([0, 1, 15, 16, 255, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 160]);
        let text = serde_json::to_string(&hash).unwrap();
        assert_eq!(text, "\"00010f10ff05060708090a0b0c0d0ea0\"");
        assert_eq!(serde_json::from_str::<PhotoHash>(&text).unwrap(), hash);
        let list = serde_json::to_string(&hash.0).unwrap();
        assert_eq!(serde_json::from_str::<PhotoHash>(&list).unwrap(), hash);
        for wrong in ["\"00\"", "\"zz010f10ff05060708090a0b0c0d0ea0\"", "[1,2]", "7"] {
            assert!(serde_json::from_str::<PhotoHash>(wrong).is_err(), "{wrong}");
        }
    }
}
