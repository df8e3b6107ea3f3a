//! Plain average linkage (UPGMA on cosine), to compare with.

use super::agglomerate::{Group, Judge, Pair};
use super::method::Scale;

/// Its threshold is the least average cosine.
#[derive(Clone, Copy)]
pub(super) struct Linkage;

impl Judge for Linkage {
    const SCALE: Scale =
        Scale { strict: 0.54, normal: 0.48, loose: 0.42, strictest: 0.75, loosest: 0.30, step: 0.005, live: true };
    const NEIGHBOURHOODS: bool = false;

    fn level(&self, pair: &Pair) -> f32 {
        pair.similarity
    }

    fn toll(&self, _group: &Group) -> f32 {
        0.0
    }
}
