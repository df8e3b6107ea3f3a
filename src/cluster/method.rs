//! What a way of grouping is, which there are, and their thresholds.

use super::adaptive::Adaptive;
use super::approximate::Approximate;
use super::linkage::Linkage;
use super::pairs::Union;
use super::rank_order::RankOrder;
use super::{Constraints, Contradiction, Faces, Lists, Stop};
use crate::domain::{Method, Preset};

/// A way of grouping. Nothing outside of its file knows more of it.
pub(super) trait Grouping: Sync {
    /// Its thresholds.
    fn scale(&self) -> Scale;

    /// Neighbours it wants in a list, in a library of so many faces.
    fn list_length(&self, faces: usize) -> usize {
        Lists::default_length(faces)
    }

    /// The merges down to the threshold `last`, not all of them when stopped, and words that cannot all be kept. `order` is
    /// the canonical order of the faces.
    fn steps(
        &self,
        faces: &Faces<'_>,
        order: &[u32],
        constraints: &Constraints,
        last: f32,
        stop: Stop<'_>,
    ) -> (Vec<Step>, Vec<Contradiction>);
}

/// One merge; the groups by the faces that name them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub left: u32,
    pub right: u32,
    /// The level the pair had.
    pub level: f32,
    /// The rung on which it happened; never rises from step to step. Infinite: the user's word.
    pub bar: f32,
}

impl Step {
    /// The groups that the user's words made.
    pub(super) fn said(union: &mut Union, order: &[u32]) -> Vec<Self> {
        let (level, bar) = (f32::INFINITY, f32::INFINITY);
        (0..order.len())
            .map(|place| (union.root(place), place))
            .filter(|(root, place)| root != place)
            .map(|(root, place)| Self { left: order[root], right: order[place], level, bar })
            .collect()
    }
}

/// The numbers a method's threshold may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// What the presets stand for.
    pub strict: f32,
    /// See `strict`.
    pub normal: f32,
    /// See `strict`.
    pub loose: f32,
    /// The ends of the slider. Where more is stricter, `strictest` is the larger.
    pub strictest: f32,
    /// See `strictest`.
    pub loosest: f32,
    /// Thresholds closer than this give the same groups.
    pub step: f32,
    /// Whether one [`Hierarchy`](super::Hierarchy) answers every threshold.
    pub live: bool,
}

impl Scale {
    /// How far from the threshold a merge may be to be worth a question: a quarter of the way between the slider's ends.
    #[must_use]
    pub fn band(&self) -> f32 {
        (self.strictest - self.loosest).abs() / 4.0
    }

    /// Ascending with strictness, whatever the direction of the method's own number.
    pub(super) fn inward(&self, threshold: f32) -> f32 {
        if self.strictest > self.loosest { threshold } else { -threshold }
    }

    /// The bars from the strictest to this threshold, where more is stricter.
    pub(super) fn rungs(&self, last: f32) -> Vec<f32> {
        if last > self.strictest {
            return vec![last];
        }
        let count = ((self.strictest - last) / self.step).round() as usize;
        (0..=count).map(|number| self.strictest - number as f32 * self.step).collect()
    }
}

impl Method {
    pub(super) fn grouping(self) -> &'static dyn Grouping {
        match self {
            Self::RankOrder => &RankOrder,
            Self::Approximate => &Approximate,
            Self::Adaptive => &Adaptive,
            Self::Linkage => &Linkage,
        }
    }

    /// The method's thresholds: rank-order distance for `rank-order` and `approximate` (more is looser), the constant of
    /// the margin for `adaptive`, the least average cosine for `linkage`.
    #[must_use]
    pub fn scale(self) -> Scale {
        self.grouping().scale()
    }

    /// Neighbours the method wants in a list, in a library of so many faces.
    #[must_use]
    pub fn list_length(self, faces: usize) -> usize {
        self.grouping().list_length(faces)
    }
}

/// How to group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings {
    /// The method.
    pub method: Method,
    /// How readily groups merge.
    pub preset: Preset,
    /// The method's own number in place of the preset; see [`Method::scale`].
    pub threshold: Option<f32>,
}

impl Settings {
    /// The threshold in force: the one given, or the preset's.
    #[must_use]
    pub fn threshold(&self) -> f32 {
        let scale = self.method.scale();
        self.threshold.unwrap_or(match self.preset {
            Preset::Strict => scale.strict,
            Preset::Normal => scale.normal,
            Preset::Loose => scale.loose,
        })
    }
}
