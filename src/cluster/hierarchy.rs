//! The merges that made the groups, kept: one run answers every threshold, and says why faces are together.

use super::method::Step;
use super::pairs::Union;
use super::{Constraints, Contradiction, Faces, Settings, Stop};

/// A merge of two nodes of the tree. Leaves are the faces, the node of merge i is `faces + i`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Merge {
    pub(super) left: u32,
    pub(super) right: u32,
    pub(super) level: f32,
    pub(super) bar: f32,
}

impl Merge {
    /// The level at which it holds: its own, or the rung it had to wait for.
    pub(super) fn held_at(&self, step: f32) -> f32 {
        self.level.min(self.bar + step)
    }
}

/// How the faces of a library became groups, for every threshold of the method at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Hierarchy {
    pub(super) settings: Settings,
    pub(super) faces: usize,
    pub(super) merges: Vec<Merge>,
    /// The merge in which a node ended; `u32::MAX` for those that are left.
    pub(super) parent: Vec<u32>,
    contradictions: Vec<Contradiction>,
}

pub(super) const NOBODY: u32 = u32::MAX;

impl Hierarchy {
    /// Groups from stored lists, down to the loosest threshold of the method's [`Scale`](super::Scale) (and to the one in
    /// `settings`, if that is looser still), so that [`Self::groups_at`] answers them all. For `rank-order`, whose rounds
    /// depend on the threshold, only the one in `settings`.
    #[must_use]
    pub fn new(faces: &Faces<'_>, constraints: &Constraints, settings: &Settings) -> Self {
        Self::down_to(faces, constraints, settings, Self::last(settings), Stop::never())
    }

    /// [`Self::new`], or `None` when stopped.
    #[must_use]
    pub fn new_until(
        faces: &Faces<'_>,
        constraints: &Constraints,
        settings: &Settings,
        stop: Stop<'_>,
    ) -> Option<Self> {
        stop.unless(Self::down_to(faces, constraints, settings, Self::last(settings), stop))
    }

    fn last(settings: &Settings) -> f32 {
        let scale = settings.method.scale();
        let wanted = settings.threshold();
        let further = scale.live && scale.inward(scale.loosest) < scale.inward(wanted);
        if further { scale.loosest } else { wanted }
    }

    /// Groups for the threshold in `settings` and all stricter ones: what one call needs that shows nothing else.
    #[must_use]
    pub fn only(faces: &Faces<'_>, constraints: &Constraints, settings: &Settings) -> Self {
        Self::down_to(faces, constraints, settings, settings.threshold(), Stop::never())
    }

    fn down_to(faces: &Faces<'_>, constraints: &Constraints, settings: &Settings, last: f32, stop: Stop<'_>) -> Self {
        let order = faces.embeddings.canonical();
        let way = settings.method.grouping();
        // Inside the pool, where small work need not be handed over.
        let (steps, contradictions) = rayon::scope(|_| way.steps(faces, &order, constraints, last, stop));
        Self::from_steps(*settings, order.len(), &steps, contradictions)
    }

    fn from_steps(settings: Settings, faces: usize, steps: &[Step], contradictions: Vec<Contradiction>) -> Self {
        let mut node: Vec<u32> = (0..faces as u32).collect();
        let mut parent = vec![NOBODY; faces + steps.len()];
        let mut merges = Vec::with_capacity(steps.len());
        for (number, step) in steps.iter().enumerate() {
            let made = (faces + number) as u32;
            let (left, right) = (node[step.left as usize], node[step.right as usize]);
            parent[left as usize] = made;
            parent[right as usize] = made;
            node[step.left as usize] = made;
            merges.push(Merge { left, right, level: step.level, bar: step.bar });
        }
        Self { settings, faces, merges, parent, contradictions }
    }

    /// What it was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Words of the user that cannot all be kept.
    #[must_use]
    pub fn contradictions(&self) -> &[Contradiction] {
        &self.contradictions
    }

    /// The groups at the threshold it was made with; see [`super::cluster`].
    #[must_use]
    pub fn groups(&self) -> Vec<Vec<u32>> {
        self.groups_at(self.settings.threshold())
    }

    /// The groups at another threshold, rounded to the scale's step. The groups at a stricter threshold are always parts
    /// of those at a looser one. A threshold looser than the tree goes gives the loosest it knows.
    #[must_use]
    pub fn groups_at(&self, threshold: f32) -> Vec<Vec<u32>> {
        let mut union = Union::new(self.faces);
        // A node's first face is enough to join it by.
        let mut face: Vec<u32> = (0..self.faces as u32).collect();
        for merge in &self.merges[..self.count_at(threshold)] {
            let (left, right) = (face[merge.left as usize], face[merge.right as usize]);
            let (one, two) = (union.root(left as usize), union.root(right as usize));
            face.push(union.join(one, two) as u32);
        }
        union.groups()
    }

    /// Merges that hold at a threshold: always the first so many.
    pub(super) fn count_at(&self, threshold: f32) -> usize {
        let scale = self.settings.method.scale();
        let bar = scale.inward(threshold) - scale.step / 2.0;
        self.merges.partition_point(|merge| merge.bar > bar)
    }
}
