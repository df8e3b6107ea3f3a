//! Which faces are one person: Rank-Order clustering in its published, approximate and adaptive forms, plain average
//! linkage, constraints from the user's edits, and the measures of quality.
//!
//! Pure: no files, no clock, no randomness. The same faces give the same groups whatever their order and the number of
//! threads; equal distances are decided by the faces' places in the list.

mod adaptive;
mod approximate;
mod constraints;
mod embeddings;
mod linkage;
pub mod metrics;
mod neighbours;
mod pairs;
mod rank_order;

use std::fmt;
use std::str::FromStr;

use crate::domain::Preset;

pub use constraints::Constraints;
pub use embeddings::Embeddings;
pub use neighbours::{Neighbour, nearest};

/// The ways of grouping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Zhu, Wen, Sun, CVPR 2011, as published.
    RankOrder,
    /// Otto, Wang, Jain, arXiv 1604.00989.
    Approximate,
    /// Mutual best groups, average linkage judged against the neighbourhood; the default.
    #[default]
    Adaptive,
    /// Average linkage with one threshold.
    Linkage,
}

impl Method {
    /// Every method.
    #[must_use]
    pub const fn all() -> [Self; 4] {
        [Self::RankOrder, Self::Approximate, Self::Adaptive, Self::Linkage]
    }

    fn clusterer(self) -> &'static dyn Clusterer {
        match self {
            Self::RankOrder => &rank_order::RankOrder,
            Self::Approximate => &approximate::Approximate,
            Self::Adaptive => &adaptive::Adaptive,
            Self::Linkage => &linkage::Linkage,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.clusterer().name())
    }
}

/// No such method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such way of grouping: {0}")]
pub struct UnknownMethod(pub String);

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::all()
            .into_iter()
            .find(|method| method.clusterer().name() == name)
            .ok_or_else(|| UnknownMethod(name.to_owned()))
    }
}

/// How to group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings {
    /// The method.
    pub method: Method,
    /// How readily groups merge.
    pub preset: Preset,
    /// The method's own number in place of the preset: rank-order distance for `rank-order` and `approximate`, the
    /// constant of the margin for `adaptive`, the least cosine for `linkage`.
    pub threshold: Option<f32>,
}

/// A way of grouping.
pub trait Clusterer: Sync {
    /// The name on the command line.
    fn name(&self) -> &'static str;

    /// Groups the faces; see [`cluster`].
    fn cluster(&self, embeddings: &Embeddings<'_>, constraints: &Constraints, settings: &Settings) -> Vec<Vec<u32>>;
}

/// Groups faces by their places in the list: every face in exactly one group, each group ascending, groups ordered by
/// their first face. No group breaks a constraint.
#[must_use]
pub fn cluster(embeddings: &Embeddings<'_>, constraints: &Constraints, settings: &Settings) -> Vec<Vec<u32>> {
    settings.method.clusterer().cluster(embeddings, constraints, settings)
}

#[cfg(test)]
mod tests;
