//! What others group faces with, on the same neighbour lists: connected components, Chinese whispers, DBSCAN, HDBSCAN.

pub mod samples;

use albumen::cluster::Lists;

/// Disjoint sets.
struct Sets(Vec<usize>);

impl Sets {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }

    fn labels(mut self) -> Vec<u32> {
        (0..self.0.len()).map(|at| self.root(at) as u32).collect()
    }
}

/// Pairs of the lists with at least this cosine.
fn pairs(lists: &Lists, least: f32) -> impl Iterator<Item = (usize, usize, f32)> {
    (0..lists.len()).flat_map(move |face| {
        let near = lists.of(face).iter().take_while(move |one| one.value >= least);
        near.map(move |one| (face, one.face as usize, one.value))
    })
}

/// Everybody who is linked, through whomever.
pub fn connected(lists: &Lists, least: f32) -> Vec<u32> {
    let mut sets = Sets::new(lists.len());
    pairs(lists, least).for_each(|(a, b, _)| sets.join(a, b));
    sets.labels()
}

/// Biemann 2006: everybody takes the label most of the neighbours have, weighted by cosine; 20 rounds in a fixed order.
pub fn whispers(lists: &Lists, least: f32) -> Vec<u32> {
    let count = lists.len();
    let mut near: Vec<Vec<(usize, f32)>> = vec![Vec::new(); count];
    for (a, b, value) in pairs(lists, least) {
        near[a].push((b, value));
        near[b].push((a, value));
    }
    let mut label: Vec<u32> = (0..count as u32).collect();
    let mut order: Vec<usize> = (0..count).collect();
    let mut sums = vec![0.0f32; count];
    for round in 0..20u64 {
        order.sort_by_key(|face| (*face as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(round as u32 * 3));
        let mut changed = false;
        for &face in &order {
            let labels = near[face].iter().map(|(other, _)| label[*other]);
            near[face].iter().for_each(|(other, value)| sums[label[*other] as usize] += value);
            let best = labels
                .clone()
                .max_by(|one, two| sums[*one as usize].total_cmp(&sums[*two as usize]).then(two.cmp(one)));
            labels.for_each(|label| sums[label as usize] = 0.0);
            if let Some(best) = best {
                changed |= label[face] != best;
                label[face] = best;
            }
        }
        if !changed {
            break;
        }
    }
    label
}

/// Ester et al. 1996: faces with at least `core` neighbours within reach found groups, others join the nearest of them or
/// stay alone.
pub fn dbscan(lists: &Lists, least: f32, core: usize) -> Vec<u32> {
    let reach = |face: usize| lists.of(face).iter().take_while(|one| one.value >= least);
    let is_core: Vec<bool> = (0..lists.len()).map(|face| reach(face).count() + 1 >= core).collect();
    let mut sets = Sets::new(lists.len());
    for face in (0..lists.len()).filter(|face| is_core[*face]) {
        reach(face).filter(|one| is_core[one.face as usize]).for_each(|one| sets.join(face, one.face as usize));
    }
    for face in (0..lists.len()).filter(|face| !is_core[*face]) {
        if let Some(nearest) = reach(face).find(|one| is_core[one.face as usize]) {
            sets.join(face, nearest.face as usize);
        }
    }
    sets.labels()
}

/// A node of HDBSCAN's condensed tree.
struct Condensed {
    parent: usize,
    born: f32,
    stability: f32,
    faces: Vec<usize>,
}

/// Campello, Moulavi, Sander 2013: the tree of mutual reachability, condensed to groups of at least `least` faces, of which
/// the most stable are chosen; noise stays alone.
pub fn hdbscan(lists: &Lists, core: usize, least: usize) -> Vec<u32> {
    let count = lists.len();
    let core_distance = |face: usize| lists.of(face).get(core.saturating_sub(1)).map_or(2.0, |one| 1.0 - one.value);
    let mut links: Vec<(f32, usize, usize)> = pairs(lists, -1.0)
        .map(|(a, b, value)| ((1.0 - value).max(core_distance(a)).max(core_distance(b)), a.min(b), a.max(b)))
        .collect();
    links.sort_unstable_by(|one, two| one.0.total_cmp(&two.0).then((one.1, one.2).cmp(&(two.1, two.2))));
    links.dedup();
    // The tree: leaves are faces.
    let mut sets = Sets::new(count);
    let mut node: Vec<usize> = (0..count).collect();
    let mut tree: Vec<(usize, usize, f32, usize)> = Vec::new();
    let size = |tree: &[(usize, usize, f32, usize)], at: usize| at.checked_sub(count).map_or(1, |at| tree[at].3);
    for (distance, a, b) in links {
        let (a, b) = (sets.root(a), sets.root(b));
        if a != b {
            let both = size(&tree, node[a]) + size(&tree, node[b]);
            tree.push((node[a], node[b], distance, both));
            sets.join(a, b);
            node[a.min(b)] = count + tree.len() - 1;
        }
    }
    let mut roots: Vec<usize> = (0..count).filter(|face| sets.root(*face) == *face).map(|face| node[face]).collect();
    roots.retain(|root| size(&tree, *root) >= least);
    let mut condensed: Vec<Condensed> = Vec::new();
    let mut open: Vec<(usize, usize, f32)> = roots.into_iter().map(|root| (root, usize::MAX, 0.0)).collect();
    while let Some((top, parent, born)) = open.pop() {
        let own = condensed.len();
        condensed.push(Condensed { parent, born, stability: 0.0, faces: Vec::new() });
        let mut inside = vec![(top, born)];
        while let Some((at, since)) = inside.pop() {
            let Some(&(left, right, distance, _)) = at.checked_sub(count).and_then(|at| tree.get(at)) else {
                condensed[own].stability += since - born;
                condensed[own].faces.push(at);
                continue;
            };
            let density = 1.0 / distance.max(1e-6);
            let (one, two) = (size(&tree, left), size(&tree, right));
            if one >= least && two >= least {
                condensed[own].stability += (density - born) * (one + two) as f32;
                open.extend([(left, own, density), (right, own, density)]);
            } else {
                inside.extend([(left, density), (right, density)]);
            }
        }
    }
    choose(&condensed, count)
}

/// The most stable groups, none inside another.
fn choose(condensed: &[Condensed], count: usize) -> Vec<u32> {
    let mut chosen = vec![true; condensed.len()];
    let mut below = vec![0.0f32; condensed.len()];
    let mut value: Vec<f32> = condensed.iter().map(|one| one.stability).collect();
    // Children come after their parents.
    let roots = condensed.iter().filter(|one| one.parent == usize::MAX).count();
    for at in (0..condensed.len()).rev() {
        // Everybody together is no group.
        if below[at] > value[at] || (roots == 1 && at == 0) {
            value[at] = below[at];
            chosen[at] = false;
        }
        if let Some(sum) = below.get_mut(condensed[at].parent) {
            *sum += value[at];
        }
    }
    let mut label: Vec<u32> = (0..count as u32).collect();
    let mut within = vec![usize::MAX; condensed.len()];
    for (at, one) in condensed.iter().enumerate() {
        let outer = within.get(one.parent).copied().unwrap_or(usize::MAX);
        within[at] = if outer == usize::MAX && chosen[at] { at } else { outer };
        debug_assert!(one.born >= 0.0);
        if within[at] != usize::MAX {
            one.faces.iter().for_each(|face| label[*face] = (count + within[at]) as u32);
        }
    }
    label
}
