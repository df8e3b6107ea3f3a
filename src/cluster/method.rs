//! The thresholds of the ways of grouping.

use super::Lists;
use crate::domain::{Method, Preset};

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
}

impl Method {
    /// The method's thresholds: rank-order distance for `rank-order` and `approximate` (more is looser), the constant of
    /// the margin for `adaptive`, the least average cosine for `linkage`.
    #[must_use]
    pub const fn scale(self) -> Scale {
        let (strict, normal, loose, strictest, loosest, step, live) = match self {
            Self::RankOrder => (10.0, 14.0, 18.0, 4.0, 20.0, 0.5, false),
            Self::Approximate => (0.1, 0.3, 0.5, 0.0, 2.5, 0.0001, true),
            Self::Adaptive => (0.205, 0.17, 0.135, 0.39, 0.02, 0.005, true),
            Self::Linkage => (0.54, 0.48, 0.42, 0.75, 0.30, 0.005, true),
        };
        Scale { strict, normal, loose, strictest, loosest, step, live }
    }

    /// Neighbours the method wants in a list, in a library of so many faces.
    #[must_use]
    pub const fn list_length(self, faces: usize) -> usize {
        match self {
            Self::Approximate => super::approximate::list_length(faces),
            _ => Lists::default_length(faces),
        }
    }

    /// The bars of [`super::agglomerate`], from the strictest to this threshold.
    pub(super) fn rungs(self, last: f32) -> Vec<f32> {
        let scale = self.scale();
        if last > scale.strictest {
            return vec![last];
        }
        let count = ((scale.strictest - last) / scale.step).round() as usize;
        (0..=count).map(|number| scale.strictest - number as f32 * scale.step).collect()
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
