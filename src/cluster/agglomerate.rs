//! Merging groups step by step: a sparse graph of candidate pairs whose average cosines are kept, and of which a merge
//! recomputes only its own. What a group likes best is kept as well, and looked at again only where a level changed.
//!
//! The bar is lowered rung by rung. On every rung, every two groups that are each other's best and lie above the bar
//! become one, until none is left; so safe merges come first, and the state at a rung does not depend on how far down one
//! goes: one run answers every threshold.
//!
//! Groups are known by their first face in the canonical order of [`super::Embeddings::canonical`].

use rayon::prelude::*;

use super::beside::Beside;
use super::candidates::candidates;
use super::constraints::Rules;
use super::embeddings::dot;
use super::links::{Edge, Links};
use super::method::{Grouping, Scale, Step};
use super::pairs::Union;
use super::stop::Work;
use super::{Constraints, Contradiction, Faces, Stop};

/// Merged groups, and groups beside them, that are worth another thread. Most rounds are small, and other threads are busy:
/// to wait for one takes longer than the work.
const SOME_ROOTS: usize = 8;
const SOME_GROUPS: usize = 128;
/// Rows that memory is asked for at once, and numbers in a line of the cache.
const AHEAD: usize = 8;
const LINE: usize = 16;

/// What two groups lose that are of the same photos throughout: two faces of one photo must be about as alike as two
/// pictures of one moment.
const SAME_PHOTO: f32 = 0.20;

/// What makes two groups alike; more is more. Every judge is a way of grouping.
pub(super) trait Judge: Copy + Sync {
    /// Its thresholds, in levels.
    const SCALE: Scale;
    /// Whether the level of a pair depends on the two groups' neighbourhoods.
    const NEIGHBOURHOODS: bool;

    /// The level of a pair of which no photo shows both.
    fn level(&self, pair: &Pair) -> f32;

    /// What a group costs every pair it is in, whoever the other is.
    fn toll(&self, group: &Group) -> f32;
}

impl<J: Judge> Grouping for J {
    fn scale(&self) -> Scale {
        J::SCALE
    }

    fn steps(
        &self,
        faces: &Faces<'_>,
        order: &[u32],
        constraints: &Constraints,
        last: f32,
        stop: Stop<'_>,
    ) -> (Vec<Step>, Vec<Contradiction>) {
        let (graph, contradictions) = Graph::new(faces, order, constraints, *self);
        (graph.run(&J::SCALE.rungs(last), stop), contradictions)
    }
}

/// What a judge sees of two groups.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    /// Average cosine between the faces of one and of the other.
    pub similarity: f32,
    /// Mean average cosine from each to its 9 nearest other groups, the other of the pair left out.
    pub beside: [f32; 2],
    /// Good faces in each; 1 for a poor one alone.
    pub size: [f32; 2],
    /// Whether one of them is a poor face alone.
    pub poor: bool,
    /// What each costs; see [`Judge::toll`].
    pub toll: [f32; 2],
}

/// What a judge sees of one group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// Good faces.
    pub size: f32,
    /// Mean cosine of the faces inside; 1 for a single face.
    pub cohesion: f32,
    /// Mean over the good faces of how near strangers come to each.
    pub nearness: f32,
}

#[derive(Clone, Copy, Debug)]
struct Best {
    other: u32,
    level: f32,
}

impl Best {
    const NONE: Self = Self { other: u32::MAX, level: f32::NEG_INFINITY };

    fn is_none(self) -> bool {
        self.other == Self::NONE.other
    }

    /// Higher; on a tie the lower place.
    fn beats(self, known: Self) -> bool {
        known.is_none() || self.level.total_cmp(&known.level).then(known.other.cmp(&self.other)).is_gt()
    }
}

/// What a level needs to know of a group, in half a line of the cache: to fetch it is most of the work.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Nature {
    beside: Beside,
    /// Good faces; −1 for a poor one alone.
    weight: f32,
    /// See [`Judge::toll`].
    toll: f32,
    best: Best,
}

const _: () = assert!(size_of::<Nature>() == 32);

impl Nature {
    /// Faces whose embeddings are in the sum.
    fn size(self) -> f32 {
        self.weight.abs()
    }
}

/// What a changed group is to one beside it.
enum News {
    /// Its best from now on, unless there is a better.
    Better(Best),
    /// What it liked best is less; it must look at everybody.
    Lost,
}

struct Graph<'a, J> {
    judge: J,
    order: &'a [u32],
    rules: Rules,
    union: Union,
    width: usize,
    /// Sum of the embeddings of a group's good faces, at the group's place; of a group of one face its face's.
    rows: Vec<f32>,
    nature: Vec<Nature>,
    /// See [`Group::nearness`].
    nearness: Vec<f32>,
    /// Whether a group has a good face, or the user's word.
    founded: Vec<bool>,
    /// Candidate pairs.
    links: Links,
    /// Groups, and some that are part of others by now.
    alive: Vec<u32>,
    /// Groups of which every level may have changed since their best was looked for.
    stale: Vec<u32>,
    /// Groups whose best became part of another.
    lost: Vec<u32>,
    /// Which groups are meant, in work that touches few of many; false otherwise.
    marked: Vec<bool>,
    steps: Vec<Step>,
}

impl<'a, J: Judge> Graph<'a, J> {
    /// Every face for itself, but for what the user said.
    fn new(faces: &Faces<'_>, order: &'a [u32], constraints: &Constraints, judge: J) -> (Self, Vec<Contradiction>) {
        let count = order.len();
        let (rules, mut union, contradictions) = Rules::new(constraints, order);
        let links = Links::new(candidates(faces, order, &rules));
        let is_founded = |(place, face): (usize, &u32)| !faces.is_poor(*face as usize) || rules.label(place).is_some();
        let founded: Vec<bool> = order.iter().enumerate().map(is_founded).collect();
        let nearness: Vec<f32> = order.iter().map(|face| faces.nearness_of(*face as usize)).collect();
        let alone = |(nearness, founded): (&f32, &bool)| {
            let toll = judge.toll(&Group { size: 1.0, cohesion: 1.0, nearness: *nearness });
            let weight = if *founded { 1.0 } else { -1.0 };
            Nature { beside: Beside::default(), weight, toll, best: Best::NONE }
        };
        let mut graph = Self {
            judge,
            order,
            rules,
            union: Union::new(count),
            width: faces.embeddings.width(),
            rows: order.iter().flat_map(|face| faces.embeddings.row(*face as usize)).copied().collect(),
            nature: nearness.iter().zip(&founded).map(alone).collect(),
            nearness,
            founded,
            links,
            alive: (0..count as u32).collect(),
            stale: (0..count as u32).collect(),
            lost: Vec::new(),
            marked: vec![false; count],
            steps: Step::said(&mut union, order),
        };
        let said: Vec<(u32, u32)> = (0..count)
            .map(|place| (union.root(place) as u32, place as u32))
            .filter(|(root, place)| root != place)
            .collect();
        graph.union = union;
        if J::NEIGHBOURHOODS {
            let natures = graph.nature.par_iter_mut().enumerate();
            natures.for_each_init(Vec::new, |values, (group, nature)| {
                nature.beside = Beside::new(graph.links.of(group), values);
            });
        }
        graph.start(&said);
        (graph, contradictions)
    }

    /// Groups the user made, before anything is compared.
    fn start(&mut self, said: &[(u32, u32)]) {
        for &(root, face) in said {
            self.adopt(root as usize, face as usize);
            self.founded[root as usize] = true;
        }
        let mut said = said.to_vec();
        said.sort_unstable();
        self.reconnect(&said);
        self.bury();
        self.stale.clone_from(&self.alive);
    }

    /// Forgets groups that are part of others.
    fn bury(&mut self) {
        let union = &self.union;
        self.alive.retain(|group| union.find(*group as usize) == *group as usize);
    }

    /// Merges on every rung, from the first down; not to the end when stopped.
    fn run(mut self, rungs: &[f32], stop: Stop<'_>) -> Vec<Step> {
        stop.expect(Work::Merging, rungs.len());
        for bar in rungs {
            self.bury();
            // The first round looks at all groups, the others at those of which something changed.
            let mut all = true;
            while !stop.is_set() && self.round(*bar, all) {
                all = false;
            }
            stop.step(Work::Merging);
        }
        self.steps
    }

    fn row(&self, group: usize) -> &[f32] {
        &self.rows[group * self.width..][..self.width]
    }

    fn similarity(&self, a: usize, b: usize) -> f32 {
        dot(self.row(a), self.row(b)) / (self.nature[a].size() * self.nature[b].size())
    }

    /// Makes `gone` part of `root`, which is before it; the edges follow in [`Self::reconnect`]. A group without a good face adds
    /// nothing to one that has some.
    fn adopt(&mut self, root: usize, gone: usize) {
        let (own, other) = (self.nature[root].size(), self.nature[gone].size());
        let (before, after) = self.rows.split_at_mut(gone * self.width);
        let (sum, more) = (&mut before[root * self.width..][..self.width], &after[..self.width]);
        let near = [self.nearness[root], self.nearness[gone]];
        let (size, nearness) = match (self.founded[root], self.founded[gone]) {
            (true, false) => (own, near[0]),
            (false, true) => {
                sum.copy_from_slice(more);
                (other, near[1])
            }
            _ => {
                sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
                (own + other, (own * near[0] + other * near[1]) / (own + other))
            }
        };
        self.nature[root].weight = size;
        self.founded[root] |= self.founded[gone];
        self.nearness[root] = nearness;
        // The mean over all pairs without those of a face with itself.
        let inside = || (self.similarity(root, root) * size - 1.0) / (size - 1.0);
        let cohesion = if size > 1.0 { inside() } else { 1.0 };
        self.nature[root].toll = self.judge.toll(&Group { size, cohesion, nearness });
        self.nature[gone].best = Best::NONE;
    }

    /// Edges of groups that others became part of (`joined`: the group and the other, ascending), and of everybody beside
    /// them.
    fn reconnect(&mut self, joined: &[(u32, u32)]) {
        for group in joined.iter().flat_map(|(root, gone)| [*root, *gone]) {
            self.marked[group as usize] = true;
        }
        let families: Vec<&[(u32, u32)]> = joined.chunk_by(|one, two| one.0 == two.0).collect();
        let fresh: Vec<Vec<Edge>> =
            families.par_iter().with_min_len(SOME_ROOTS).map(|family| self.edges_of(family)).collect();
        let mut changed: Vec<u32> = families.iter().filter_map(|family| Some(family.first()?.0)).collect();
        let (nature, lost, roots) = (&self.nature, &mut self.lost, changed.len());
        self.links.renew(&families, fresh, &self.marked, |group, part, similarities| {
            let Nature { beside, best, .. } = &nature[group as usize];
            if similarities.into_iter().any(|similarity| beside.counts(similarity)) {
                changed.push(group);
            }
            // Its root it still has.
            if best.other == part && self.union.find(part as usize) != part as usize {
                lost.push(group);
            }
        });
        for group in joined.iter().flat_map(|(root, gone)| [*root, *gone]) {
            self.marked[group as usize] = false;
        }
        if !J::NEIGHBOURHOODS {
            changed.truncate(roots);
        }
        changed.sort_unstable();
        changed.dedup();
        if J::NEIGHBOURHOODS {
            let beside: Vec<Beside> = changed
                .par_iter()
                .with_min_len(SOME_GROUPS)
                .map_init(Vec::new, |values, group| Beside::new(self.links.of(*group as usize), values))
                .collect();
            for (group, beside) in changed.iter().zip(beside) {
                self.nature[*group as usize].beside = beside;
            }
        }
        self.stale.extend(changed);
    }

    /// The edges of a group that others became part of, ascending by the other.
    fn edges_of(&self, family: &[(u32, u32)]) -> Vec<Edge> {
        let root = family.first().map_or(0, |(root, _)| *root as usize);
        let parts = std::iter::once(root).chain(family.iter().map(|(_, gone)| *gone as usize));
        let known = parts.flat_map(|part| self.links.of(part)).map(|edge| edge.other);
        let mut others: Vec<u32> = known
            .map(|other| if self.marked[other as usize] { self.union.find(other as usize) as u32 } else { other })
            .filter(|other| *other as usize != root)
            .collect();
        others.sort_unstable();
        others.dedup();
        let mut edges = Vec::with_capacity(others.len());
        for some in others.chunks(AHEAD) {
            // A number of every line of the cache: so memory brings all of these rows at once, not one after the other.
            let lines = some.iter().flat_map(|other| self.row(*other as usize).iter().step_by(LINE));
            std::hint::black_box(lines.fold(0, |bits, number| bits | number.to_bits()));
            edges.extend(some.iter().map(|other| {
                let shared = self.rules.shared(root, *other as usize);
                Edge::fresh(*other, self.similarity(root, *other as usize), shared)
            }));
        }
        edges
    }

    /// Merges every pair above the bar that is each other's best; whether any was. Only pairs of which something changed
    /// since the last round are looked at, unless `all` are: any other was below the bar then.
    fn round(&mut self, bar: f32, all: bool) -> bool {
        let changed = self.look_for_best();
        let looked_at = if all { &self.alive } else { &changed };
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for &group in looked_at {
            let best = self.nature[group as usize].best;
            if !best.is_none() && best.level > bar && self.nature[best.other as usize].best.other == group {
                pairs.push((group.min(best.other), group.max(best.other)));
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        for (root, gone) in pairs.iter().map(|(root, gone)| (*root as usize, *gone as usize)) {
            let level = self.nature[root].best.level;
            self.steps.push(Step { left: self.order[root], right: self.order[gone], level, bar });
            self.rules.merge(&mut self.union, root, gone);
            self.adopt(root, gone);
        }
        self.reconnect(&pairs);
        !pairs.is_empty()
    }

    /// Brings every group's best up to date; gives those that have another, or another level. The level of a pair depends
    /// on both neighbourhoods, so those beside a stale group compare their best with it anew.
    fn look_for_best(&mut self) -> Vec<u32> {
        let mut stale = std::mem::take(&mut self.stale);
        stale.sort_unstable();
        stale.dedup();
        for group in &stale {
            self.marked[*group as usize] = true;
        }
        let found: Vec<(Best, Vec<_>)> = stale
            .par_iter()
            .with_min_len(SOME_GROUPS)
            .map_init(Vec::new, |room, group| self.look_about(*group, room))
            .collect();
        let (mut again, mut changed) = (std::mem::take(&mut self.lost), Vec::new());
        again.retain(|group| !self.marked[*group as usize]);
        for (group, (best, news)) in stale.iter().zip(found) {
            self.marked[*group as usize] = false;
            self.nature[*group as usize].best = best;
            for (to, news) in news {
                let best = &mut self.nature[to as usize].best;
                match news {
                    News::Lost => again.push(to),
                    News::Better(offer) => {
                        if best.other == offer.other || offer.beats(*best) {
                            *best = offer;
                            changed.push(to);
                        }
                    }
                }
            }
        }
        again.sort_unstable();
        again.dedup();
        let best: Vec<Best> =
            again.par_iter().with_min_len(SOME_GROUPS).map(|group| self.best_of(*group as usize)).collect();
        for (group, best) in again.iter().zip(best) {
            self.nature[*group as usize].best = best;
        }
        changed.extend(stale.into_iter().chain(again));
        changed
    }

    /// The best of a stale group, and what it means to those beside it. A pair's level is the same for both. `room` is room to
    /// work in.
    fn look_about(&self, group: u32, room: &mut Vec<Nature>) -> (Best, Vec<(u32, News)>) {
        let (mut best, mut news): (Best, Vec<(u32, News)>) = (Best::NONE, Vec::new());
        let edges = self.links.of(group as usize);
        // Fetched first, by steps that wait for nothing: so memory is asked for many at once.
        room.clear();
        room.extend(edges.iter().map(|edge| self.nature[edge.other as usize]));
        let own = self.nature[group as usize];
        for (edge, nature) in edges.iter().zip(room) {
            let one = Best { other: edge.other, level: self.level([own, *nature], edge) };
            if one.beats(best) && self.allowed(group as usize, edge.other as usize) {
                best = one;
            }
            if !self.marked[edge.other as usize] {
                news.extend(self.news(group, one, nature.best).map(|news| (edge.other, news)));
            }
        }
        (best, news)
    }

    /// What a stale group means to one beside it, whose best is known, if anything.
    fn news(&self, stale: u32, Best { other, level }: Best, known: Best) -> Option<News> {
        let offer = Best { other: stale, level };
        let allowed = || self.allowed(stale as usize, other as usize);
        if known.other == stale {
            return Some(if level >= known.level && allowed() { News::Better(offer) } else { News::Lost });
        }
        (offer.beats(known) && allowed()).then_some(News::Better(offer))
    }

    fn best_of(&self, group: usize) -> Best {
        let mut best = Best::NONE;
        let own = self.nature[group];
        for edge in self.links.of(group) {
            let level = self.level([own, self.nature[edge.other as usize]], edge);
            let one = Best { other: edge.other, level };
            if one.beats(best) && self.allowed(group, edge.other as usize) {
                best = one;
            }
        }
        best
    }

    fn allowed(&self, a: usize, b: usize) -> bool {
        (self.founded[a] || self.founded[b]) && self.rules.allow(&self.union, a, b)
    }

    /// The level of a pair: the same number whichever of the two comes first.
    #[inline]
    fn level(&self, pair: [Nature; 2], edge: &Edge) -> f32 {
        let level = self.judge.level(&Pair {
            similarity: edge.similarity,
            beside: pair.map(|nature| nature.beside.without(edge.similarity)),
            size: pair.map(Nature::size),
            poor: pair[0].weight.min(pair[1].weight) < 0.0,
            toll: pair.map(|nature| nature.toll),
        });
        level - SAME_PHOTO * edge.shared
    }
}
