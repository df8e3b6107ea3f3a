//! Disjoint sets, and how they become the answer.

/// Disjoint sets over the faces; a set's root is its lowest face, so results do not depend on the order of merges.
pub(super) struct Union {
    parent: Vec<usize>,
}

impl Union {
    pub(super) fn new(count: usize) -> Self {
        Self { parent: (0..count).collect() }
    }

    pub(super) fn root(&mut self, face: usize) -> usize {
        let mut root = face;
        while self.parent[root] != root {
            root = self.parent[root];
        }
        let mut at = face;
        while self.parent[at] != root {
            at = std::mem::replace(&mut self.parent[at], root);
        }
        root
    }

    /// [`Self::root`], without shortening the way.
    pub(super) fn find(&self, face: usize) -> usize {
        let mut root = face;
        while self.parent[root] != root {
            root = self.parent[root];
        }
        root
    }

    /// Joins two roots; gives the root of both.
    pub(super) fn join(&mut self, a: usize, b: usize) -> usize {
        let (low, high) = (a.min(b), a.max(b));
        self.parent[high] = low;
        low
    }

    /// Sets in order of their first face, each ascending.
    pub(super) fn groups(&mut self) -> Vec<Vec<u32>> {
        let mut place = vec![usize::MAX; self.parent.len()];
        let mut groups: Vec<Vec<u32>> = Vec::new();
        for face in 0..self.parent.len() {
            let root = self.root(face);
            if place[root] == usize::MAX {
                place[root] = groups.len();
                groups.push(Vec::new());
            }
            groups[place[root]].push(face as u32);
        }
        groups
    }
}
