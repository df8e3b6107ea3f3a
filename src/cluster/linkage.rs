//! Plain average linkage (UPGMA on cosine) with one threshold, to compare with.

use super::adaptive::{Judge, agglomerate};
use super::{Clusterer, Constraints, Embeddings, Settings};
use crate::domain::Preset;

/// The method.
pub(super) struct Linkage;

impl Clusterer for Linkage {
    fn name(&self) -> &'static str {
        "linkage"
    }

    fn cluster(&self, embeddings: &Embeddings<'_>, constraints: &Constraints, settings: &Settings) -> Vec<Vec<u32>> {
        let least = settings.threshold.unwrap_or(match settings.preset {
            Preset::Strict => 0.54,
            Preset::Normal => 0.48,
            Preset::Loose => 0.42,
        });
        agglomerate(embeddings, constraints, Judge::Fixed { least })
    }
}
