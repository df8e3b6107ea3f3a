//! Rows and the values they hold.

use std::path::PathBuf;

use half::f16;
use rusqlite::Row;
use serde::{Deserialize, Serialize};

use super::paths::from_bytes;
use super::{KnownFile, KnownState, StoredFace};
use crate::domain::{DetectedFace, Face, FaceBox, FaceId, FaceKey, Photo, PhotoHash, PhotoId, Problem, ProblemKind};

pub(super) type Sql<T> = Result<T, rusqlite::Error>;

/// The columns of [`face`].
pub(super) const FACES: &str =
    "SELECT id, photo, x, y, width, height, score, landmarks, cell, drawn, sharpness FROM face";
/// The columns of [`photo`].
pub(super) const PHOTOS: &str = "SELECT id, hash, width, height, orientation, taken FROM photo";

/// A file's problem as it is stored: JSON has no word for every path, and the row has the path already. Early rows have it
/// here as well; it is passed over.
#[derive(Serialize, Deserialize)]
struct Trouble {
    kind: ProblemKind,
    message: String,
}

/// What is stored of a problem.
pub(super) fn trouble(problem: &Problem) -> String {
    let trouble = Trouble { kind: problem.kind, message: problem.message.clone() };
    // Two texts always make a text.
    serde_json::to_string(&trouble).unwrap_or_default()
}

pub(super) fn known_file(row: &Row<'_>) -> Sql<KnownFile> {
    let path = from_bytes(row.get(0)?);
    let problem: Option<String> = row.get(5)?;
    let photo: Option<u32> = row.get(3)?;
    let skipped: Option<String> = row.get(4)?;
    let state = match (photo, skipped) {
        (Some(photo), _) => KnownState::Photo(PhotoId(photo)),
        (None, Some(reason)) => KnownState::Skipped(reason),
        // Where early rows could not say why, it is not known any more.
        (None, None) => {
            let lost = || Trouble {
                kind: ProblemKind::Unreadable,
                message: "it could not be read; try it again to see why".to_owned(),
            };
            let stored = problem.and_then(|text| serde_json::from_str(&text).ok());
            let Trouble { kind, message } = stored.unwrap_or_else(lost);
            KnownState::Failed(Problem { path: path.clone(), kind, message })
        }
    };
    Ok(KnownFile { path, size: row.get::<_, i64>(1)? as u64, modified_ns: row.get(2)?, state })
}

pub(super) fn photo(row: &Row<'_>, paths: Vec<PathBuf>) -> Sql<Photo> {
    let taken: Option<String> = row.get(5)?;
    Ok(Photo {
        id: PhotoId(row.get(0)?),
        hash: PhotoHash(row.get(1)?),
        paths,
        width: row.get(2)?,
        height: row.get(3)?,
        orientation: row.get(4)?,
        taken: taken.and_then(|text| serde_json::from_str(&text).ok()),
    })
}

/// A face's row by itself.
pub(super) struct FaceRow {
    id: FaceId,
    pub(super) photo: PhotoId,
    /// Of the key. Rows of early libraries have none.
    cell: Option<[i16; 4]>,
    detected: DetectedFace,
    drawn: bool,
}

impl FaceRow {
    /// The face in its photo.
    pub(super) fn of(self, photo: PhotoHash, width: u32, height: u32) -> StoredFace {
        let Self { id, photo: row, cell, detected, drawn } = self;
        let key = match cell {
            Some(cell) => FaceKey { photo, cell },
            None => FaceKey::new(photo, &detected.bounds, width, height),
        };
        StoredFace { face: Face { id, key, photo: row, detected }, drawn }
    }
}

pub(super) fn face_row(row: &Row<'_>) -> Sql<FaceRow> {
    let real = |column: usize| row.get::<_, f64>(column).map(|value| value as f32);
    let bounds = FaceBox::new(real(2)?, real(3)?, real(4)?, real(5)?);
    let points = row.get_ref(7)?.as_blob()?;
    let mut landmarks = [[0.0; 2]; 5];
    let numbers = points.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    landmarks.as_flattened_mut().iter_mut().zip(numbers).for_each(|(to, from)| *to = from);
    Ok(FaceRow {
        id: FaceId(row.get(0)?),
        photo: PhotoId(row.get(1)?),
        cell: row.get::<_, Option<i64>>(8)?.map(unpacked),
        detected: DetectedFace { bounds, score: real(6)?, landmarks, sharpness: real(10)? },
        drawn: row.get(9)?,
    })
}

pub(super) fn face(row: &Row<'_>, photo: PhotoHash, width: u32, height: u32) -> Sql<StoredFace> {
    face_row(row).map(|face| face.of(photo, width, height))
}

/// Four cells in one number.
pub(super) fn packed(cell: [i16; 4]) -> i64 {
    let bytes: Vec<u8> = cell.iter().flat_map(|part| part.to_le_bytes()).collect();
    bytes.try_into().map_or(0, i64::from_le_bytes)
}

pub(super) fn unpacked(number: i64) -> [i16; 4] {
    let mut cell = [0; 4];
    let bytes = number.to_le_bytes();
    cell.iter_mut().zip(bytes.as_chunks::<2>().0).for_each(|(to, from)| *to = i16::from_le_bytes(*from));
    cell
}

pub(super) fn embedding_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect()
}

/// Appends an embedding's numbers. What is none is 0: it would be like everybody, and nobody like anybody else.
pub(super) fn embedding_numbers(bytes: &[u8], to: &mut Vec<f32>) {
    let numbers = bytes.as_chunks::<2>().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32());
    to.extend(numbers.map(|number| if number.is_finite() { number } else { 0.0 }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn an_embedding_holds_numbers_whatever_was_written() {
        let mut numbers = Vec::new();
        embedding_numbers(&embedding_bytes(&[0.5, f32::NAN, f32::NEG_INFINITY, -1.0]), &mut numbers);
        assert_eq!(numbers, [0.5, 0.0, 0.0, -1.0]);
    }

    #[test]
    fn problems_come_back_whatever_the_path_and_the_version() {
        let temp = tempfile::tempdir().unwrap();
        let store = Store::open(&temp.path().join("l")).unwrap();
        let put = |path: &[u8], problem: Option<&str>| {
            let values = rusqlite::params![path, problem];
            store.connection.execute("INSERT INTO file VALUES (?1, 0, 0, NULL, NULL, ?2)", values).unwrap();
        };
        let problem = Problem { path: "/p/a".into(), kind: ProblemKind::Empty, message: "it is empty".into() };
        put(b"/p/odd\xff", Some(&trouble(&problem)));
        // As early versions wrote it, and where they could not.
        put(b"/p/early", Some(&serde_json::to_string(&problem).unwrap()));
        put(b"/p/lost", None);
        let kinds: Vec<ProblemKind> = store
            .load()
            .unwrap()
            .files
            .into_iter()
            .map(|(path, file)| match file.state {
                KnownState::Failed(problem) if problem.path == path && !problem.message.is_empty() => problem.kind,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(kinds, [ProblemKind::Empty, ProblemKind::Unreadable, ProblemKind::Empty]);
    }

    #[test]
    fn cells_come_back() {
        for cell in [[0, 0, 0, 0], [1, -2, 3, -4], [i16::MIN, i16::MAX, -1, 512]] {
            assert_eq!(unpacked(packed(cell)), cell);
        }
    }
}
