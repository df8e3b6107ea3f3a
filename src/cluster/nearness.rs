//! How near strangers come to a face, whatever else is in the library.

use super::embeddings::dot;

/// Strangers that count, once the nearest is left out: it may be the same person.
const NEAREST: usize = 9;
/// What an ordinary face has, and one of which it is not known: about the mean over celeba-dev, lfw-dev and origin-120.
pub const ORDINARY_NEARNESS: f32 = 0.265;

/// Mean cosine of a face to the 2nd to 10th nearest of `strangers`, who are as wide as the face, one after the other: some
/// faces are like many people, and to be like such a one says little. [`ORDINARY_NEARNESS`] where there are too few of them.
#[must_use]
pub fn nearness(embedding: &[f32], strangers: &[f32]) -> f32 {
    let width = embedding.len().max(1);
    if !strangers.len().is_multiple_of(width) || strangers.len() / width <= NEAREST {
        return ORDINARY_NEARNESS;
    }
    let mut cosines: Vec<f32> = strangers.chunks_exact(width).map(|row| dot(embedding, row)).collect();
    cosines.select_nth_unstable_by(NEAREST, |a, b| b.total_cmp(a));
    cosines.truncate(NEAREST + 1);
    // In order, so that the sum does not depend on how they were found.
    cosines.sort_unstable_by(|a, b| b.total_cmp(a));
    cosines.iter().skip(1).sum::<f32>() / NEAREST as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Constraints, Embeddings, Faces, Hierarchy, Lists, NewFace, Session, Settings, Words};
    use crate::domain::FaceId;

    #[test]
    fn the_nine_nearest_count_but_for_the_very_nearest() {
        // In the plane: the cosine to the face is the first number.
        let strangers: Vec<f32> = (0..20).flat_map(|at: u8| [f32::from((at * 7) % 20) / 20.0, 0.5]).collect();
        let mean = (10..19).map(|at: u8| f32::from(at) / 20.0).sum::<f32>() / 9.0;
        assert!((nearness(&[1.0, 0.0], &strangers) - mean).abs() < 1e-6);
    }

    #[test]
    fn without_strangers_of_its_kind_a_face_is_ordinary() {
        for strangers in [&[][..], &[1.0; 9 * 2], &[1.0; 41]] {
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
