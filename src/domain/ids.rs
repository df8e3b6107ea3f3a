//! Identities. Row ids are short and local to one library file; hashes and keys hold across files and machines.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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

/// The first 128 bits of the BLAKE3 hash of a photo's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PhotoHash(pub [u8; 16]);

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
