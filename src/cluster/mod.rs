//! Which faces are one person: Rank-Order clustering in its published, approximate and adaptive forms, plain average
//! linkage, constraints from the user's edits, and the measures of quality.
//!
//! Pure: no files, no clock, no randomness. The same faces give the same groups whatever their order and the number of
//! threads; ties are decided by what the embeddings hold, among exact copies by their places in the list.
//!
//! ```
//! use albumen::cluster::{Constraints, Embeddings, Faces, Hierarchy, Lists, Settings, difference};
//!
//! let values = [1.0, 0.0, 0.9998, 0.02, 0.0, 1.0];
//! let embeddings = Embeddings::new(2, &values).unwrap();
//! let lists = Lists::new(&embeddings); // kept; `updated` when photos come or go
//! let faces = Faces::new(embeddings, &lists);
//! let settings = Settings::default();
//! let tree = Hierarchy::new(&faces, &Constraints::default(), &settings);
//! assert_eq!(tree.groups(), [vec![0, 1], vec![2]]);
//! // The slider: other groups in no time, and what would change.
//! let strict = tree.groups_at(settings.method.scale().strictest);
//! assert_eq!(difference(&tree.groups(), &strict), []);
//! ```

mod adaptive;
mod agglomerate;
mod approximate;
mod axes;
mod beside;
mod candidates;
mod card;
mod codes;
mod constraints;
mod embeddings;
mod exact;
mod explain;
mod hierarchy;
mod linkage;
mod links;
mod lists;
mod method;
pub mod metrics;
mod nearness;
mod pairs;
mod plane;
mod preview;
mod projection;
mod quality;
mod rank_order;
mod review;
mod session;
mod stop;
mod stored;

pub use crate::domain::Method;
pub use card::{Cut, Likeness, cuts, fits};
pub use constraints::{Constraints, Contradiction};
pub use embeddings::Embeddings;
pub use explain::{Link, PairFacts, SharedNeighbour, Split, Why, pair_facts};
pub use hierarchy::Hierarchy;
pub use lists::{Lists, Neighbour};
pub use method::{Scale, Settings};
pub use metrics::purity;
pub use nearness::{ORDINARY_NEARNESS, nearness, nearness_of_each};
pub use preview::{Change, difference};
pub use projection::Outline;
pub use quality::{POOR, quality};
pub use review::{Question, Review};
pub use session::{NewFace, Session, Words};
pub use stop::{Progress, Stop};
pub use stored::stored_faces;

/// The faces to be grouped, by their places in the list.
#[derive(Clone, Copy, Debug)]
pub struct Faces<'a> {
    /// One row a face.
    pub embeddings: Embeddings<'a>,
    /// Neighbours of the same faces.
    pub lists: &'a Lists,
    /// How well each face shows who it is, 0 to 1 (see [`quality()`]); faces below [`POOR`] may join a group, but never
    /// start or bridge one. Empty: all are good.
    pub quality: &'a [f32],
    /// How near strangers come to each face (see [`nearness()`]). Empty: not known, all are ordinary.
    pub nearness: &'a [f32],
}

impl<'a> Faces<'a> {
    /// Good faces.
    #[must_use]
    pub fn new(embeddings: Embeddings<'a>, lists: &'a Lists) -> Self {
        Self { embeddings, lists, quality: &[], nearness: &[] }
    }

    fn nearness_of(&self, face: usize) -> f32 {
        self.nearness.get(face).copied().unwrap_or(ORDINARY_NEARNESS)
    }

    fn is_poor(&self, face: usize) -> bool {
        self.quality.get(face).is_some_and(|quality| *quality < POOR)
    }
}

/// Groups faces by their places in the list: every face in exactly one group, each group ascending, groups ordered by
/// their first face. No group breaks a hard constraint.
///
/// For one call; [`Hierarchy`] keeps what it found, [`Lists`] what took longest.
#[must_use]
pub fn cluster(embeddings: &Embeddings<'_>, constraints: &Constraints, settings: &Settings) -> Vec<Vec<u32>> {
    let lists = Lists::with_length(embeddings, settings.method.list_length(embeddings.len()));
    Hierarchy::only(&Faces::new(*embeddings, &lists), constraints, settings).groups()
}

#[cfg(test)]
mod edges;
#[cfg(test)]
mod tests;
