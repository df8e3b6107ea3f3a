//! Faces that are detected again, by another model or after the file came back, keep the keys the user's words speak of.

use super::{FaceBox, FaceKey, PhotoHash};

/// Overlap from which two boxes show one face. Two faces of one photo that overlap as much would not both have survived
/// the detector's own suppression.
const LEAST_OVERLAP: f32 = 0.4;

/// Keys for the faces at `boxes` in an upright photo of `width` × `height` pixels: a face that overlaps one of the
/// `known` keys of this photo takes it, best overlaps first; the others get keys of their own. No key is given twice.
#[must_use]
pub fn relink(photo: PhotoHash, (width, height): (u32, u32), boxes: &[FaceBox], known: &[FaceKey]) -> Vec<FaceKey> {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (face, bounds) in boxes.iter().enumerate() {
        for (place, key) in known.iter().enumerate().filter(|(_, key)| key.photo == photo) {
            let overlap = bounds.iou(&key.bounds(width, height));
            if overlap >= LEAST_OVERLAP {
                pairs.push((overlap, face, place));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut keys: Vec<Option<FaceKey>> = vec![None; boxes.len()];
    let mut used = vec![false; known.len()];
    for (_, face, place) in pairs {
        if let (Some(slot @ None), Some(taken @ false)) = (keys.get_mut(face), used.get_mut(place)) {
            *slot = known.get(place).copied();
            *taken = true;
        }
    }
    // Known keys that no face took stay reserved: a new face must not be taken for one of them by its place alone.
    let mut given: std::collections::BTreeSet<FaceKey> = known.iter().copied().collect();
    let mut fresh = |bounds: &FaceBox| {
        let mut key = FaceKey::new(photo, bounds, width, height);
        while !given.insert(key) {
            key.cell[2] = key.cell[2].wrapping_add(1);
        }
        key
    };
    keys.iter().zip(boxes).map(|(key, bounds)| key.unwrap_or_else(|| fresh(bounds))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PHOTO: PhotoHash = PhotoHash([7; 16]);
    const SIZE: (u32, u32) = (1024, 768);

    fn key(bounds: &FaceBox) -> FaceKey {
        FaceKey::new(PHOTO, bounds, SIZE.0, SIZE.1)
    }

    #[test]
    fn a_box_that_moved_keeps_its_key_and_the_better_one_wins() {
        let old = [FaceBox::new(100.0, 100.0, 80.0, 100.0), FaceBox::new(400.0, 90.0, 60.0, 70.0)].map(|one| key(&one));
        let moved = [
            FaceBox::new(396.0, 100.0, 66.0, 74.0),
            FaceBox::new(130.0, 120.0, 80.0, 100.0),
            FaceBox::new(104.0, 97.0, 84.0, 96.0),
            FaceBox::new(700.0, 300.0, 50.0, 50.0),
        ];
        let keys = relink(PHOTO, SIZE, &moved, &old);
        assert_eq!((keys[0], keys[2]), (old[1], old[0]));
        assert_eq!((keys[1], keys[3]), (key(&moved[1]), key(&moved[3])));
        let stranger = FaceKey { photo: PhotoHash([8; 16]), ..old[0] };
        assert_eq!(relink(PHOTO, SIZE, &moved[2..3], &[stranger]), [key(&moved[2])], "another photo's key");
    }

    proptest! {
        /// A simulated change of model: every box shifts and scales a little.
        #[test]
        fn keys_survive_another_model(
            cells in proptest::collection::btree_set((0u8..8, 0u8..6), 1..20),
            shift in proptest::collection::vec((-0.15f32..0.15, -0.15f32..0.15, 0.85f32..1.15), 20),
        ) {
            let first: Vec<FaceBox> = cells.iter()
                .map(|(x, y)| FaceBox::new(f32::from(*x) * 128.0 + 10.0, f32::from(*y) * 128.0 + 10.0, 80.0, 96.0))
                .collect();
            let keys = relink(PHOTO, SIZE, &first, &[]);
            let mut second: Vec<FaceBox> = first.iter().zip(&shift)
                .map(|(one, (x, y, scale))| {
                    FaceBox::new(one.x + x * one.width, one.y + y * one.height, one.width * scale, one.height * scale)
                })
                .collect();
            second.reverse();
            let mut again = relink(PHOTO, SIZE, &second, &keys);
            again.reverse();
            prop_assert_eq!(again, keys);
        }

        #[test]
        fn no_key_is_given_twice(
            boxes in proptest::collection::vec((0f32..900.0, 0f32..700.0, 1f32..300.0, 1f32..300.0), 0..12),
            known in proptest::collection::vec((0f32..900.0, 0f32..700.0, 1f32..300.0, 1f32..300.0), 0..12),
        ) {
            let make = |(x, y, w, h): &(f32, f32, f32, f32)| FaceBox::new(*x, *y, *w, *h);
            let boxes: Vec<FaceBox> = boxes.iter().map(make).collect();
            let mut known: Vec<FaceKey> = known.iter().map(|one| key(&make(one))).collect();
            known.sort_unstable();
            known.dedup();
            let keys = relink(PHOTO, SIZE, &boxes, &known);
            let different: std::collections::BTreeSet<FaceKey> = keys.iter().copied().collect();
            prop_assert_eq!(different.len(), boxes.len());
        }
    }
}
