//! Candidate pairs while groups merge. Each of the two groups has an edge in its list, which knows where in the other's list
//! its twin is: what a merge changes beside it is changed in place, and no list is searched.

/// A candidate pair, as one of the two sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) other: u32,
    /// Its place in the list of the other.
    pub(super) back: u32,
    pub(super) similarity: f32,
    pub(super) shared: f32,
}

/// Not known yet.
const OPEN: u32 = u32::MAX;

/// The edges of all groups. Lists are in no order; those of groups that became part of others are empty.
pub(super) struct Links {
    lists: Vec<Vec<Edge>>,
    /// While a group's new edges are put in: their places in its list, by the other.
    place: Vec<u32>,
}

impl Links {
    /// Of symmetric lists, each ascending by the other.
    pub(super) fn new(mut lists: Vec<Vec<Edge>>) -> Self {
        // As groups go by in order, so do their twins in every list.
        let mut seen = vec![0; lists.len()];
        for list in &mut lists {
            for edge in list {
                let next = &mut seen[edge.other as usize];
                edge.back = *next;
                *next += 1;
            }
        }
        Self { place: seen, lists }
    }

    /// A group's edges.
    pub(super) fn of(&self, group: usize) -> &[Edge] {
        &self.lists[group]
    }

    /// Gives groups that have become one (`family`: the root and who is gone, for every root together) their new edges,
    /// each ascending by the other, and those beside them theirs. `is_changed` are all of these groups; every edge of a group
    /// that is not that goes away, or becomes another, `seen` with its place in `family` and both similarities.
    pub(super) fn renew(
        &mut self,
        families: &[&[(u32, u32)]],
        fresh: Vec<Vec<Edge>>,
        is_changed: &[bool],
        mut seen: impl FnMut(u32, u32, [f32; 2]),
    ) {
        let roots = || families.iter().filter_map(|family| Some(family.first()?.0));
        for ((family, root), edges) in families.iter().zip(roots()).zip(fresh) {
            for (place, edge) in edges.iter().enumerate() {
                self.place[edge.other as usize] = place as u32;
            }
            let old = std::mem::replace(&mut self.lists[root as usize], edges);
            self.put(root, root, &old, is_changed, &mut seen);
            for (_, gone) in *family {
                let old = std::mem::take(&mut self.lists[*gone as usize]);
                self.put(root, *gone, &old, is_changed, &mut seen);
            }
        }
        // Two groups that both are new to each other: their lists are still in order.
        for root in roots() {
            for place in 0..self.lists[root as usize].len() {
                let other = self.lists[root as usize][place].other;
                if is_changed[other as usize] {
                    let twin = self.lists[other as usize].binary_search_by_key(&root, |edge| edge.other);
                    self.lists[root as usize][place].back = twin.map_or(OPEN, |twin| twin as u32);
                }
            }
        }
    }

    /// Puts the new edges of `root` in the place of the `old` ones of `part`, which is itself or became part of it.
    fn put(
        &mut self,
        root: u32,
        part: u32,
        old: &[Edge],
        is_changed: &[bool],
        seen: &mut impl FnMut(u32, u32, [f32; 2]),
    ) {
        // Looked at first, by steps that wait for nothing: so memory is asked for many at once.
        let twin = |edge: &Edge| self.lists[edge.other as usize].get(edge.back as usize).map_or(0, |twin| twin.other);
        std::hint::black_box(old.iter().fold(0, |bits, edge| bits | twin(edge)));
        for edge in old.iter().filter(|edge| !is_changed[edge.other as usize]) {
            let place = self.place[edge.other as usize];
            let own = &mut self.lists[root as usize][place as usize];
            let known = own.back;
            let new = Edge { other: root, back: place, ..*own };
            if known == OPEN {
                own.back = edge.back;
                self.lists[edge.other as usize][edge.back as usize] = new;
            } else {
                self.remove(edge.other as usize, edge.back as usize);
            }
            seen(edge.other, part, [edge.similarity, new.similarity]);
        }
    }

    /// Takes an edge out of a list; the last one takes its place.
    fn remove(&mut self, group: usize, place: usize) {
        self.lists[group].swap_remove(place);
        if let Some(moved) = self.lists[group].get(place).copied() {
            self.lists[moved.other as usize][moved.back as usize].back = place as u32;
        }
    }
}

impl Edge {
    /// An edge of a group that is new: who is beside it does not know it yet.
    pub(super) fn fresh(other: u32, similarity: f32, shared: f32) -> Self {
        Self { other, back: OPEN, similarity, shared }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Every edge's twin is where it says, and says the same.
    fn check(links: &Links, expected: &BTreeSet<(u32, u32)>) {
        let mut found = BTreeSet::new();
        for group in 0..links.lists.len() as u32 {
            for (place, edge) in links.of(group as usize).iter().enumerate() {
                let twin = links.of(edge.other as usize)[edge.back as usize];
                assert_eq!((twin.other, twin.back, twin.similarity), (group, place as u32, edge.similarity));
                assert!(found.insert((group, edge.other)), "{group} and {} twice", edge.other);
            }
        }
        assert_eq!(found, *expected);
    }

    #[test]
    fn twins_know_each_other_however_groups_merge() {
        const COUNT: u32 = 60;
        // Who is beside whom is by lot, but always the same.
        let beside = |a: u32, b: u32| a != b && (a * b + 7 * (a + b)) % 11 < 4;
        let pairs = (0..COUNT).flat_map(|a| (0..COUNT).map(move |b| (a, b)));
        let mut expected: BTreeSet<(u32, u32)> = pairs.filter(|(a, b)| beside(*a, *b)).collect();
        let list = |a: u32| (0..COUNT).filter(|b| beside(a, *b)).map(|b| Edge::fresh(b, 0.0, 0.0)).collect();
        let mut links = Links::new((0..COUNT).map(list).collect());
        check(&links, &expected);
        // Two of a pair, three of a family, neighbours and strangers, in several rounds.
        let rounds: [&[&[(u32, u32)]]; 3] =
            [&[&[(0, 1)], &[(2, 9), (2, 17)], &[(20, 40)]], &[&[(0, 2)], &[(3, 4), (3, 5), (3, 59)]], &[&[(0, 3)]]];
        for (round, families) in rounds.into_iter().enumerate() {
            let root = |group: u32| {
                families.iter().copied().flatten().find(|pair| pair.1 == group).map_or(group, |pair| pair.0)
            };
            let before = expected.clone();
            expected = before.iter().map(|(a, b)| (root(*a), root(*b))).filter(|(a, b)| a != b).collect();
            let mut is_changed = vec![false; COUNT as usize];
            families.iter().copied().flatten().for_each(|pair| {
                is_changed[pair.0 as usize] = true;
                is_changed[pair.1 as usize] = true;
            });
            let edges = |family: &&[(u32, u32)]| {
                let of_it = expected.iter().filter(|pair| pair.0 == family[0].0);
                of_it.map(|pair| Edge::fresh(pair.1, (round + 1) as f32, 0.0)).collect()
            };
            let fresh = families.iter().map(edges).collect();
            let mut seen = BTreeSet::new();
            links.renew(families, fresh, &is_changed, |group, part, [old, new]| {
                assert!(old < new && seen.insert((part, group)));
            });
            let expected_seen = before.iter().filter(|(a, b)| is_changed[*a as usize] && !is_changed[*b as usize]);
            assert_eq!(seen, expected_seen.copied().collect());
            check(&links, &expected);
        }
    }
}
