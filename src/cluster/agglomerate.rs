//! Merging groups step by step: a sparse graph of candidate pairs whose average cosines are kept, and of which a merge
//! recomputes only its own. What a group likes best is kept as well, and looked at again only where a level changed.
//!
//! The bar is lowered rung by rung. On every rung, every two groups that are each other's best and lie above the bar
//! become one, until none is left; so safe merges come first, and the state at a rung does not depend on how far down one
//! goes: one run answers every threshold.
//!
//! Groups are known by their first face in the canonical order of [`Embeddings::canonical`].

use rayon::prelude::*;

use super::beside::Beside;
use super::candidates::candidates;
use super::constraints::Rules;
use super::embeddings::dot;
use super::pairs::Union;
use super::{Constraints, Contradiction, Embeddings, Faces, Stop};

/// Merged groups, and groups beside them, that are worth another thread. Most rounds are small, and other threads are busy:
/// to wait for one takes longer than the work.
const SOME_ROOTS: usize = 8;
const SOME_GROUPS: usize = 128;

/// What makes two groups alike; more is more.
pub(super) trait Judge: Sync {
    /// Whether the level of a pair depends on the two groups' neighbourhoods.
    const NEIGHBOURHOODS: bool;

    /// The level of a pair.
    fn level(&self, pair: &Pair) -> f32;
}

/// What a judge sees of two groups.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    /// Average cosine between the faces of one and of the other.
    pub similarity: f32,
    /// Mean average cosine from each to its 9 nearest other groups, the other of the pair left out.
    pub beside: [f32; 2],
    /// Good faces in each.
    pub size: [f32; 2],
    /// Mean cosine of the faces inside each; 1 for a single face.
    pub cohesion: [f32; 2],
    /// How much they share photos, 0 to 1.
    pub shared: f32,
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

/// A candidate pair, as one of the two sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) other: u32,
    pub(super) similarity: f32,
    pub(super) shared: f32,
}

impl Edge {
    /// As the other sees it.
    fn back(self, from: u32) -> Self {
        Self { other: from, ..self }
    }
}

#[derive(Clone, Copy, Debug)]
struct Best {
    other: u32,
    level: f32,
}

impl Best {
    /// Higher; on a tie the lower place.
    fn beats(self, known: Self) -> bool {
        self.level.total_cmp(&known.level).then(known.other.cmp(&self.other)).is_gt()
    }
}

/// What a level needs to know of a group, in one place: to fetch it is most of the work.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Nature {
    beside: Beside,
    /// Good faces; 1 for a poor one alone.
    weight: f32,
    /// Mean cosine between different good faces of a group; 1 for one alone.
    cohesion: f32,
}

/// What a changed group is to one beside it.
enum News {
    /// Its best from now on, unless there is a better.
    Better(Best),
    /// What it liked best is less; it must look at everybody.
    Lost,
}

pub(super) struct Graph<'a, J> {
    judge: J,
    embeddings: Embeddings<'a>,
    order: &'a [u32],
    rules: Rules,
    union: Union,
    /// Sum of the embeddings of a group's good faces; groups of one good face have their face's.
    sums: Vec<Option<Box<[f32]>>>,
    nature: Vec<Nature>,
    /// Whether a group has a good face, or the user's word.
    founded: Vec<bool>,
    /// Candidate pairs, in no order. Symmetric.
    edges: Vec<Vec<Edge>>,
    best: Vec<Option<Best>>,
    /// Groups, and some that are part of others by now.
    alive: Vec<u32>,
    /// Groups of which every level may have changed since their best was looked for.
    stale: Vec<u32>,
    /// Groups whose best became part of another.
    lost: Vec<u32>,
    /// Which groups are meant, in work that touches few of many; false otherwise.
    marked: Vec<bool>,
    /// The last letter for a group, while letters are written; `NONE` otherwise.
    letter: Vec<u32>,
    steps: Vec<Step>,
}

/// An edge for a group beside a changed one, and the place of the letter before it for the same group.
type Letter = (Edge, u32);
const NONE: u32 = u32::MAX;

impl<'a, J: Judge> Graph<'a, J> {
    /// Every face for itself, but for what the user said.
    pub(super) fn new(
        faces: &Faces<'a>,
        order: &'a [u32],
        constraints: &Constraints,
        judge: J,
    ) -> (Self, Vec<Contradiction>) {
        let count = order.len();
        let (rules, mut union, contradictions) = Rules::new(constraints, order);
        let edges = candidates(faces, order, &rules);
        let is_founded = |(place, face): (usize, &u32)| !faces.is_poor(*face as usize) || rules.label(place).is_some();
        let founded = order.iter().enumerate().map(is_founded).collect();
        let mut graph = Self {
            judge,
            embeddings: faces.embeddings,
            order,
            rules,
            union: Union::new(count),
            sums: vec![None; count],
            nature: vec![Nature { beside: Beside::default(), weight: 1.0, cohesion: 1.0 }; count],
            founded,
            edges,
            best: vec![None; count],
            alive: (0..count as u32).collect(),
            stale: (0..count as u32).collect(),
            lost: Vec::new(),
            marked: vec![false; count],
            letter: vec![NONE; count],
            steps: Step::said(&mut union, order),
        };
        let said: Vec<(u32, u32)> = (0..count)
            .map(|place| (union.root(place) as u32, place as u32))
            .filter(|(root, place)| root != place)
            .collect();
        graph.union = union;
        if J::NEIGHBOURHOODS {
            let natures = graph.nature.par_iter_mut().zip(&graph.edges);
            natures.for_each_init(Vec::new, |values, (nature, edges)| nature.beside = Beside::new(edges, values));
        }
        graph.start(&said);
        (graph, contradictions)
    }

    /// Groups the user made, before anything is compared.
    fn start(&mut self, said: &[(u32, u32)]) {
        for &(root, face) in said {
            let sum = self.joined(root as usize, face as usize);
            self.adopt(root as usize, face as usize, sum);
            self.founded[root as usize] = true;
        }
        if !said.is_empty() {
            self.reconnect(said);
        }
        self.bury();
        self.stale.clone_from(&self.alive);
    }

    /// Forgets groups that are part of others.
    fn bury(&mut self) {
        let union = &self.union;
        self.alive.retain(|group| union.find(*group as usize) == *group as usize);
    }

    /// Merges on every rung, from the first down; not to the end when stopped.
    pub(super) fn run(mut self, rungs: &[f32], stop: Stop<'_>) -> Vec<Step> {
        for bar in rungs {
            self.bury();
            // The first round looks at all groups, the others at those of which something changed.
            let mut all = true;
            while !stop.is_set() && self.round(*bar, all) {
                all = false;
            }
        }
        self.steps
    }

    fn row(&self, group: usize) -> &[f32] {
        self.sums[group].as_deref().unwrap_or_else(|| self.embeddings.row(self.order[group] as usize))
    }

    fn similarity(&self, a: usize, b: usize) -> f32 {
        dot(self.row(a), self.row(b)) / (self.nature[a].weight * self.nature[b].weight)
    }

    /// The sum of two groups; a group without a good face adds nothing to one that has some.
    fn joined(&self, a: usize, b: usize) -> Option<Box<[f32]>> {
        match (self.founded[a], self.founded[b]) {
            (true, false) => self.sums[a].clone(),
            (false, true) => Some(self.row(b).into()),
            _ => Some(self.row(a).iter().zip(self.row(b)).map(|(x, y)| x + y).collect()),
        }
    }

    /// Makes `gone` part of `root`; the edges follow in [`Self::reconnect`].
    fn adopt(&mut self, root: usize, gone: usize, sum: Option<Box<[f32]>>) {
        let (own, other) = (self.nature[root].weight, self.nature[gone].weight);
        let size = match (self.founded[root], self.founded[gone]) {
            (true, false) => own,
            (false, true) => other,
            _ => own + other,
        };
        self.nature[root].weight = size;
        self.founded[root] |= self.founded[gone];
        self.sums[root] = sum;
        self.sums[gone] = None;
        if size > 1.0 {
            // The mean over all pairs without those of a face with itself.
            self.nature[root].cohesion = (self.similarity(root, root) * size - 1.0) / (size - 1.0);
        }
        let more = std::mem::take(&mut self.edges[gone]);
        self.edges[root].extend(more);
        self.best[gone] = None;
    }

    /// Edges of groups that others became part of (`joined`: the group and the other), and of everybody beside them.
    fn reconnect(&mut self, joined: &[(u32, u32)]) {
        let mut roots: Vec<u32> = joined.iter().map(|(root, _)| *root).collect();
        roots.sort_unstable();
        roots.dedup();
        let fresh: Vec<(Vec<Edge>, Beside)> = roots
            .par_iter()
            .with_min_len(SOME_ROOTS)
            .map_init(Vec::new, |values, root| {
                let edges = self.edges_of(*root);
                let beside = if J::NEIGHBOURHOODS { Beside::new(&edges, values) } else { Beside::default() };
                (edges, beside)
            })
            .collect();
        for group in joined.iter().flat_map(|(root, gone)| [*root, *gone]) {
            self.marked[group as usize] = true;
        }
        let (mut letters, mut to): (Vec<Letter>, Vec<u32>) = (Vec::new(), Vec::new());
        for (root, (edges, _)) in roots.iter().zip(&fresh) {
            for edge in edges.iter().filter(|edge| !self.marked[edge.other as usize]) {
                let last = &mut self.letter[edge.other as usize];
                if *last == NONE {
                    to.push(edge.other);
                }
                letters.push((edge.back(*root), std::mem::replace(last, letters.len() as u32)));
            }
        }
        let mut changed: Vec<(u32, Vec<Edge>)> =
            to.into_iter().map(|group| (group, std::mem::take(&mut self.edges[group as usize]))).collect();
        let beside: Vec<Option<Beside>> = changed
            .par_iter_mut()
            .with_min_len(SOME_GROUPS)
            .map_init(Vec::new, |values, (group, edges)| self.renew(*group, edges, &letters, values))
            .collect();
        for ((group, edges), beside) in changed.into_iter().zip(beside) {
            self.edges[group as usize] = edges;
            self.letter[group as usize] = NONE;
            let gone = |best: Best| self.union.find(best.other as usize) != best.other as usize;
            if self.best[group as usize].is_some_and(gone) {
                self.lost.push(group);
            }
            if let Some(beside) = beside {
                self.nature[group as usize].beside = beside;
                self.stale.push(group);
            }
        }
        for (root, (edges, beside)) in roots.iter().zip(fresh) {
            self.edges[*root as usize] = edges;
            self.nature[*root as usize].beside = beside;
            self.stale.push(*root);
        }
        for group in joined.iter().flat_map(|(root, gone)| [*root, *gone]) {
            self.marked[group as usize] = false;
        }
    }

    /// The edges of a group that others became part of.
    fn edges_of(&self, root: u32) -> Vec<Edge> {
        let known = self.edges[root as usize].iter().map(|edge| self.union.find(edge.other as usize) as u32);
        let mut others: Vec<u32> = known.filter(|other| *other != root).collect();
        others.sort_unstable();
        others.dedup();
        let edge = |other: u32| Edge {
            other,
            similarity: self.similarity(root as usize, other as usize),
            shared: self.rules.shared(root as usize, other as usize),
        };
        others.into_iter().map(edge).collect()
    }

    /// Puts what letters say in the place of a group's edges to the marked, who became others; gives its neighbourhood if
    /// that is another.
    fn renew(&self, group: u32, edges: &mut Vec<Edge>, letters: &[Letter], values: &mut Vec<f32>) -> Option<Beside> {
        let known = &self.nature[group as usize].beside;
        let (mut matters, mut at) = (false, 0);
        while let Some(edge) = edges.get(at) {
            if self.marked[edge.other as usize] {
                matters |= known.counts(edge.similarity);
                edges.swap_remove(at);
            } else {
                at += 1;
            }
        }
        let mut next = self.letter[group as usize];
        while let Some((edge, before)) = letters.get(next as usize) {
            matters |= known.counts(edge.similarity);
            edges.push(*edge);
            next = *before;
        }
        (J::NEIGHBOURHOODS && matters).then(|| Beside::new(edges, values))
    }

    /// Merges every pair above the bar that is each other's best; whether any was. Only pairs of which something changed
    /// since the last round are looked at, unless `all` are: any other was below the bar then.
    fn round(&mut self, bar: f32, all: bool) -> bool {
        let changed = self.look_for_best();
        let looked_at = if all { &self.alive } else { &changed };
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for &group in looked_at {
            if let Some(best) = self.best[group as usize]
                && best.level > bar
                && self.best[best.other as usize].is_some_and(|back| back.other == group)
            {
                pairs.push((group.min(best.other), group.max(best.other)));
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let sums: Vec<Option<Box<[f32]>>> = pairs
            .par_iter()
            .with_min_len(SOME_GROUPS)
            .map(|(root, gone)| self.joined(*root as usize, *gone as usize))
            .collect();
        for ((root, gone), sum) in pairs.iter().map(|(root, gone)| (*root as usize, *gone as usize)).zip(sums) {
            let level = self.best[root].map_or(bar, |best| best.level);
            self.steps.push(Step { left: self.order[root], right: self.order[gone], level, bar });
            self.rules.merge(&mut self.union, root, gone);
            self.adopt(root, gone, sum);
        }
        if !pairs.is_empty() {
            self.reconnect(&pairs);
        }
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
        let found: Vec<(Option<Best>, Vec<_>)> =
            stale.par_iter().with_min_len(SOME_GROUPS).map(|group| self.look_about(*group)).collect();
        let (mut again, mut changed) = (std::mem::take(&mut self.lost), Vec::new());
        again.retain(|group| !self.marked[*group as usize]);
        for (group, (best, news)) in stale.iter().zip(found) {
            self.marked[*group as usize] = false;
            self.best[*group as usize] = best;
            for (to, news) in news {
                match (news, &mut self.best[to as usize]) {
                    (News::Lost, _) => again.push(to),
                    (News::Better(offer), Some(best)) if best.other != offer.other && !offer.beats(*best) => {}
                    (News::Better(offer), best) => {
                        *best = Some(offer);
                        changed.push(to);
                    }
                }
            }
        }
        again.sort_unstable();
        again.dedup();
        let best: Vec<Option<Best>> =
            again.par_iter().with_min_len(SOME_GROUPS).map(|group| self.best_of(*group as usize)).collect();
        for (group, best) in again.iter().zip(best) {
            self.best[*group as usize] = best;
        }
        changed.extend(stale.into_iter().chain(again));
        changed
    }

    /// The best of a stale group, and what it means to those beside it. A pair's level is the same for both.
    fn look_about(&self, group: u32) -> (Option<Best>, Vec<(u32, News)>) {
        let (mut best, mut news): (Option<Best>, Vec<(u32, News)>) = (None, Vec::new());
        for edge in &self.edges[group as usize] {
            let one = Best { other: edge.other, level: self.level(group as usize, edge) };
            if best.is_none_or(|best| one.beats(best)) && self.allowed(group as usize, edge.other as usize) {
                best = Some(one);
            }
            if !self.marked[edge.other as usize] {
                news.extend(self.news(group, one).map(|news| (edge.other, news)));
            }
        }
        (best, news)
    }

    /// What a stale group means to one beside it, if anything.
    fn news(&self, stale: u32, Best { other, level }: Best) -> Option<News> {
        let to = other as usize;
        let offer = Best { other: stale, level };
        let allowed = || self.allowed(to, stale as usize);
        match self.best[to] {
            Some(known) if known.other == stale => {
                Some(if level >= known.level && allowed() { News::Better(offer) } else { News::Lost })
            }
            Some(known) => (offer.beats(known) && allowed()).then_some(News::Better(offer)),
            None => allowed().then_some(News::Better(offer)),
        }
    }

    fn best_of(&self, group: usize) -> Option<Best> {
        let mut best: Option<Best> = None;
        for edge in &self.edges[group] {
            let one = Best { other: edge.other, level: self.level(group, edge) };
            if best.is_none_or(|best| one.beats(best)) && self.allowed(group, edge.other as usize) {
                best = Some(one);
            }
        }
        best
    }

    fn allowed(&self, a: usize, b: usize) -> bool {
        (self.founded[a] || self.founded[b]) && self.rules.allow(&self.union, a, b)
    }

    fn level(&self, group: usize, edge: &Edge) -> f32 {
        let other = edge.other as usize;
        // The lower place first, so that both see the same number.
        let pair = [group.min(other), group.max(other)].map(|group| &self.nature[group]);
        self.judge.level(&Pair {
            similarity: edge.similarity,
            beside: pair.map(|nature| nature.beside.without(edge.similarity)),
            size: pair.map(|nature| nature.weight),
            cohesion: pair.map(|nature| nature.cohesion),
            shared: edge.shared,
        })
    }
}
