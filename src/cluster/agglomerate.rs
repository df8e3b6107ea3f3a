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
use super::constraints::Rules;
use super::embeddings::dot;
use super::pairs::Union;
use super::{Constraints, Contradiction, Embeddings, Faces, Stop};

/// Neighbours of a face that become candidate pairs, and the least cosine of one.
const CANDIDATES: usize = 32;
const LEAST_COSINE: f32 = 0.2;
/// A list in which every neighbour is this near shows only copies of one picture (a burst); the rest of it is taken as
/// well, so that copies cannot hide the rest of the person.
const COPY_COSINE: f32 = 0.95;
/// Merged groups, and groups beside them, that are worth another thread. Most rounds are small, and other threads are busy:
/// to wait for one takes longer than the work.
const SOME_ROOTS: usize = 16;
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
    shared: f32,
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

/// What a changed group is to one beside it.
enum News {
    /// Its best from now on, unless there is a better.
    Better(Best),
    /// What it liked best is gone, or is less; it must look at everybody.
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
    /// Good faces; 1 for a poor one alone.
    weight: Vec<f32>,
    /// Mean cosine between different good faces of a group; 1 for one alone.
    cohesion: Vec<f32>,
    /// Whether a group has a good face, or the user's word.
    founded: Vec<bool>,
    /// Candidate pairs, by the other's place. Symmetric.
    edges: Vec<Vec<Edge>>,
    beside: Vec<Beside>,
    best: Vec<Option<Best>>,
    alive: Vec<u32>,
    /// Groups of which every level may have changed since their best was looked for.
    stale: Vec<u32>,
    /// Which groups are meant, in work that touches few of many; false otherwise.
    marked: Vec<bool>,
    steps: Vec<Step>,
}

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
            weight: vec![1.0; count],
            cohesion: vec![1.0; count],
            founded,
            edges,
            beside: vec![Beside::default(); count],
            best: vec![None; count],
            alive: (0..count as u32).collect(),
            stale: (0..count as u32).collect(),
            marked: vec![false; count],
            steps: Step::said(&mut union, order),
        };
        let said: Vec<(u32, u32)> = (0..count)
            .map(|place| (union.root(place) as u32, place as u32))
            .filter(|(root, place)| root != place)
            .collect();
        graph.union = union;
        if J::NEIGHBOURHOODS {
            graph.beside =
                graph.edges.par_iter().map_init(Vec::new, |values, edges| Beside::new(edges, values)).collect();
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
            let roots: Vec<u32> = said.iter().map(|(root, _)| *root).collect();
            self.reconnect(&roots);
        }
        self.stale.clone_from(&self.alive);
    }

    /// Merges on every rung, from the first down; not to the end when stopped.
    pub(super) fn run(mut self, rungs: &[f32], stop: Stop<'_>) -> Vec<Step> {
        for bar in rungs {
            while !stop.is_set() && self.round(*bar) {}
        }
        self.steps
    }

    fn row(&self, group: usize) -> &[f32] {
        self.sums[group].as_deref().unwrap_or_else(|| self.embeddings.row(self.order[group] as usize))
    }

    fn similarity(&self, a: usize, b: usize) -> f32 {
        dot(self.row(a), self.row(b)) / (self.weight[a] * self.weight[b])
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
        self.weight[root] = match (self.founded[root], self.founded[gone]) {
            (true, false) => self.weight[root],
            (false, true) => self.weight[gone],
            _ => self.weight[root] + self.weight[gone],
        };
        self.founded[root] |= self.founded[gone];
        self.sums[root] = sum;
        self.sums[gone] = None;
        let size = self.weight[root];
        if size > 1.0 {
            // The mean over all pairs without those of a face with itself.
            self.cohesion[root] = (self.similarity(root, root) * size - 1.0) / (size - 1.0);
        }
        let more = std::mem::take(&mut self.edges[gone]);
        self.edges[root].extend(more);
        self.best[gone] = None;
    }

    /// Edges of groups that others became part of, and of everybody beside them.
    fn reconnect(&mut self, roots: &[u32]) {
        let mut roots = roots.to_vec();
        roots.sort_unstable();
        roots.dedup();
        let fresh: Vec<Vec<Edge>> = roots
            .par_iter()
            .with_min_len(SOME_ROOTS)
            .map(|&root| {
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
            })
            .collect();
        let mut updates: Vec<(u32, Edge)> = Vec::new();
        for (root, edges) in roots.iter().zip(&fresh) {
            let from = |edge: &Edge| (edge.other, edge.back(*root));
            updates.extend(edges.iter().filter(|edge| roots.binary_search(&edge.other).is_err()).map(from));
        }
        updates.par_sort_unstable_by_key(|(group, edge)| (*group, edge.other));
        for root in &roots {
            self.marked[*root as usize] = true;
        }
        let changed: Vec<&[(u32, Edge)]> = updates.chunk_by(|one, two| one.0 == two.0).collect();
        let renewed: Vec<(Vec<Edge>, Option<Beside>)> = changed
            .par_iter()
            .with_min_len(SOME_GROUPS)
            .map_init(Vec::new, |values, updates| self.renewed(updates, values))
            .collect();
        for (updates, (edges, beside)) in changed.iter().zip(renewed) {
            let group = updates[0].0;
            self.edges[group as usize] = edges;
            if let Some(beside) = beside {
                self.beside[group as usize] = beside;
                self.stale.push(group);
            }
        }
        for (root, edges) in roots.iter().zip(fresh) {
            self.marked[*root as usize] = false;
            if J::NEIGHBOURHOODS {
                self.beside[*root as usize] = Beside::new(&edges, &mut Vec::new());
            }
            self.edges[*root as usize] = edges;
            self.stale.push(*root);
        }
        let union = &self.union;
        self.alive.retain(|group| union.find(*group as usize) == *group as usize);
    }

    /// The edges of a group of whose neighbours some (marked) became others, and its neighbourhood if that is another.
    fn renewed(&self, updates: &[(u32, Edge)], values: &mut Vec<f32>) -> (Vec<Edge>, Option<Beside>) {
        let group = updates[0].0 as usize;
        let (old, known) = (&self.edges[group], &self.beside[group]);
        let mut edges = Vec::with_capacity(old.len().max(updates.len()));
        let mut matters = false;
        let mut news = updates.iter().map(|(_, edge)| *edge).peekable();
        for edge in old {
            while let Some(new) = news.next_if(|new| new.other < edge.other) {
                matters |= known.counts(new.similarity);
                edges.push(new);
            }
            if self.marked[edge.other as usize] || self.union.find(edge.other as usize) != edge.other as usize {
                matters |= known.counts(edge.similarity);
            } else {
                edges.push(*edge);
            }
        }
        for new in news {
            matters |= known.counts(new.similarity);
            edges.push(new);
        }
        let beside = (J::NEIGHBOURHOODS && matters).then(|| Beside::new(&edges, values));
        (edges, beside)
    }

    /// Merges every pair above the bar that is each other's best; whether any was.
    fn round(&mut self, bar: f32) -> bool {
        self.look_for_best();
        let mut pairs: Vec<(u32, Best)> = Vec::new();
        for &group in &self.alive {
            if let Some(best) = self.best[group as usize]
                && best.level > bar
                && best.other > group
                && self.best[best.other as usize].is_some_and(|back| back.other == group)
            {
                pairs.push((group, best));
            }
        }
        let sums: Vec<Option<Box<[f32]>>> = pairs
            .par_iter()
            .with_min_len(SOME_GROUPS)
            .map(|(group, best)| self.joined(*group as usize, best.other as usize))
            .collect();
        for ((group, best), sum) in pairs.iter().zip(sums) {
            let (root, gone) = (*group as usize, best.other as usize);
            self.steps.push(Step { left: self.order[root], right: self.order[gone], level: best.level, bar });
            self.rules.merge(&mut self.union, root, gone);
            self.adopt(root, gone, sum);
        }
        if !pairs.is_empty() {
            let roots: Vec<u32> = pairs.iter().map(|(group, _)| *group).collect();
            self.reconnect(&roots);
        }
        !pairs.is_empty()
    }

    /// Brings every group's best up to date. The level of a pair depends on both neighbourhoods, so those beside a stale
    /// group compare their best with it anew.
    fn look_for_best(&mut self) {
        let mut stale = std::mem::take(&mut self.stale);
        stale.sort_unstable();
        stale.dedup();
        for group in &stale {
            self.marked[*group as usize] = true;
        }
        let found: Vec<(Option<Best>, Vec<_>)> = stale
            .par_iter()
            .with_min_len(SOME_GROUPS)
            .map(|&group| {
                let beside = self.edges[group as usize].iter().filter(|edge| !self.marked[edge.other as usize]);
                let news = beside.filter_map(|edge| Some((edge.other, self.news(group, edge)?)));
                (self.best_of(group as usize), news.collect())
            })
            .collect();
        let mut again: Vec<u32> = Vec::new();
        for (group, (best, news)) in stale.iter().zip(found) {
            self.marked[*group as usize] = false;
            self.best[*group as usize] = best;
            for (to, news) in news {
                match (news, &mut self.best[to as usize]) {
                    (News::Lost, _) => again.push(to),
                    (News::Better(offer), Some(best)) if best.other != offer.other && !offer.beats(*best) => {}
                    (News::Better(offer), best) => *best = Some(offer),
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
    }

    /// What a stale group means to one beside it, if anything.
    fn news(&self, stale: u32, edge: &Edge) -> Option<News> {
        let to = edge.other as usize;
        let level = || self.level(to, &edge.back(stale));
        let offer = self.allowed(to, stale as usize).then(|| Best { other: stale, level: level() });
        match self.best[to] {
            Some(known) if self.union.find(known.other as usize) != known.other as usize => Some(News::Lost),
            Some(known) if known.other == stale => {
                Some(offer.filter(|offer| offer.level >= known.level).map_or(News::Lost, News::Better))
            }
            Some(known) => offer.filter(|offer| offer.beats(known)).map(News::Better),
            None => offer.map(News::Better),
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
        let (one, two) = (group.min(other), group.max(other));
        self.judge.level(&Pair {
            similarity: edge.similarity,
            beside: [self.beside[one].without(edge.similarity), self.beside[two].without(edge.similarity)],
            size: [self.weight[one], self.weight[two]],
            cohesion: [self.cohesion[one], self.cohesion[two]],
            shared: edge.shared,
        })
    }
}

/// The union of all faces' neighbour lists, by places in the canonical order.
fn candidates(faces: &Faces<'_>, order: &[u32], rules: &Rules) -> Vec<Vec<Edge>> {
    let mut place = vec![0u32; order.len()];
    for (at, face) in order.iter().enumerate() {
        place[*face as usize] = at as u32;
    }
    let near = |at: usize| {
        let list = faces.lists.of(order[at] as usize);
        let near = list.get(..CANDIDATES).unwrap_or(list);
        let copies = near.len() == CANDIDATES && near.last().is_some_and(|last| last.value > COPY_COSINE);
        let list = if copies { list } else { near };
        list.iter().take_while(|neighbour| neighbour.value > LEAST_COSINE)
    };
    // Counted first: lists that grow by doubling would take twice the memory, which is what a million faces have least of.
    let mut count = vec![0; order.len()];
    for at in 0..order.len() {
        for neighbour in near(at) {
            count[at] += 1;
            count[place[neighbour.face as usize] as usize] += 1;
        }
    }
    let mut edges: Vec<Vec<Edge>> = count.into_iter().map(Vec::with_capacity).collect();
    for at in 0..order.len() {
        for neighbour in near(at) {
            let other = place[neighbour.face as usize];
            let shared = rules.shared(at, other as usize);
            edges[at].push(Edge { other, similarity: neighbour.value, shared });
            edges[other as usize].push(Edge { other: at as u32, similarity: neighbour.value, shared });
        }
    }
    edges.par_iter_mut().for_each(|edges| {
        edges.sort_unstable_by_key(|edge| edge.other);
        edges.dedup_by_key(|edge| edge.other);
        edges.shrink_to_fit();
    });
    edges
}
