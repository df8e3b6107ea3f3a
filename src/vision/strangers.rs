//! People who do not exist, to see how near strangers come to a face.

use std::sync::LazyLock;

use candle_core::Device;

use super::weights::Weights;

/// The embedder whose embeddings the strangers are of, as finders name it.
const EMBEDDER: &str = "facenet-20180408-102900-512-mirror-128";
const STRANGERS: usize = 256;
const WIDTH: usize = 128;

static ROWS: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let rows = Weights::strangers(&Device::Cpu).and_then(|weights| weights.numbers("strangers", &[STRANGERS, WIDTH]));
    // Grouping does without; that the built-in rows are whole is tested.
    rows.unwrap_or_default()
});

/// One row a stranger, drawn as people's mean embeddings are spread (`models/strangers.py`): no row is anybody. They are of the
/// built-in models as [`Purpose::Grouping`](super::Purpose) uses them; for any other
/// [`model_id`](super::FaceFinder::model_id) there are none.
#[must_use]
pub fn strangers(model_id: &str) -> &'static [f32] {
    if model_id.rsplit('+').next() == Some(EMBEDDER) { ROWS.as_slice() } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::{DeviceChoice, Purpose, finder};

    #[test]
    fn the_models_built_in_have_strangers_and_others_none() {
        let own = finder(DeviceChoice::Cpu, None, Purpose::Grouping).unwrap();
        assert_eq!(strangers(own.model_id()).len(), STRANGERS * WIDTH, "{}", own.model_id());
        let plain = finder(DeviceChoice::Cpu, None, Purpose::Plain).unwrap();
        assert!(strangers(plain.model_id()).is_empty() && strangers("fake-1").is_empty());
    }

    #[test]
    fn strangers_are_like_people_and_nobody_twice() {
        let rows: Vec<&[f32]> = ROWS.chunks_exact(WIDTH).collect();
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let length = dot(rows[0], rows[0]);
        for (place, row) in rows.iter().enumerate() {
            // As long as the mean of a person's photos.
            assert!((dot(row, row) - length).abs() < 1e-4 && (0.5..1.0).contains(&length));
            assert!(rows[..place].iter().all(|other| dot(row, other) < 0.8 * length), "{place}");
        }
    }
}
