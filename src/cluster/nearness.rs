//! How near strangers come to a face, whatever else is in the library.

use rayon::prelude::*;

use super::embeddings::dot;

/// Strangers that count.
const NEAREST: usize = 18;
/// What an ordinary face has, and one of which it is not known: about the mean over celeba-dev, lfw-dev and origin-120.
pub const ORDINARY_NEARNESS: f32 = 0.264;

/// Mean cosine of a face to the 18 nearest of `strangers`, who are as wide as the face, one after the other: some faces are like
/// many people, and to be like such a one says little. [`ORDINARY_NEARNESS`] where there are too few of them.
#[must_use]
pub fn nearness(embedding: &[f32], strangers: &[f32]) -> f32 {
    let width = embedding.len().max(1);
    if !strangers.len().is_multiple_of(width) || strangers.len() / width < NEAREST {
        return ORDINARY_NEARNESS;
    }
    let mut cosines: Vec<f32> = strangers.chunks_exact(width).map(|row| dot(embedding, row)).collect();
    cosines.select_nth_unstable_by(NEAREST - 1, |a, b| b.total_cmp(a));
    cosines.truncate(NEAREST);
    // In order, so that the sum does not depend on how they were found.
    cosines.sort_unstable_by(|a, b| b.total_cmp(a));
    cosines.iter().sum::<f32>() / NEAREST as f32
}

/// [`nearness`] of every row of so many numbers, in order; by all processors, since large libraries are read often.
#[must_use]
pub fn nearness_of_each(rows: &[f32], width: usize, strangers: &[f32]) -> Vec<f32> {
    rows.par_chunks(width.max(1)).map(|row| nearness(row, strangers)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Constraints, Embeddings, Faces, Hierarchy, Lists, NewFace, Session, Settings, Words};
    use crate::domain::FaceId;

    #[test]
    fn the_nearest_count_and_no_others() {
        // In the plane: the cosine to the face is the first number.
        let strangers: Vec<f32> = (0..40).flat_map(|at: u8| [f32::from(at * 3 % 40) / 40.0, 0.5]).collect();
        let mean = (22..40).map(|at: u8| f32::from(at) / 40.0).sum::<f32>() / 18.0;
        assert!((nearness(&[1.0, 0.0], &strangers) - mean).abs() < 1e-6);
    }

    #[test]
    fn many_rows_have_what_each_has() {
        let strangers: Vec<f32> = (0..40).flat_map(|at: u8| [f32::from(at) / 40.0, 0.5]).collect();
        let rows: Vec<f32> = (0..600).flat_map(|at: u16| [f32::from(at % 7), f32::from(at % 5)]).collect();
        let each: Vec<f32> = rows.chunks(2).map(|row| nearness(row, &strangers)).collect();
        assert_eq!(nearness_of_each(&rows, 2, &strangers), each);
        assert!(nearness_of_each(&[], 0, &strangers).is_empty());
    }

    #[test]
    fn without_strangers_of_its_kind_a_face_is_ordinary() {
        for strangers in [&[][..], &[1.0; 17 * 2], &[1.0; 41]] {
            assert_eq!(nearness(&[1.0, 0.0], strangers), ORDINARY_NEARNESS);
        }
        assert_eq!(nearness(&[], &[]), ORDINARY_NEARNESS);
    }

    #[test]
    fn two_photos_of_faces_like_everybody_are_two_people() {
        // As alike as two photos of one person may be, in a library that shows nobody else.
        let (sine, cosine) = 0.47f32.acos().sin_cos();
        let values = [1.0, 0.0, cosine, sine];
        let embeddings = Embeddings::new(2, &values).unwrap();
        let lists = Lists::new(&embeddings);
        let groups = |nearness: &[f32]| {
            let faces = Faces { nearness, ..Faces::new(embeddings, &lists) };
            Hierarchy::new(&faces, &Constraints::default(), &Settings::default()).groups().len()
        };
        assert_eq!(groups(&[]), 1);
        assert_eq!(groups(&[0.4; 2]), 2);
        let face = |number: u32| NewFace {
            face: FaceId(number),
            photo: number,
            quality: 1.0,
            nearness: 0.4,
            embedding: values[2 * number as usize..][..2].to_vec(),
        };
        let mut session = Session::default();
        // One after the other: what is known of a face stays with it.
        session.update(&[], &[face(0)]);
        session.update(&[], &[face(1)]);
        assert_eq!(session.group(&Words::default(), &Settings::default()).len(), 2);
    }
}
