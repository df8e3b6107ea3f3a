//! In which order the cards stand: as they should, or as they stood while one works with them or photos are read.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use super::Index;
use crate::domain::{Activity, FaceId, GroupId, Groups, HistoryEntry, Snapshot};

/// How far the board may change now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Still {
    /// As it should be; while photos are read, only as far as nobody jumps.
    No,
    /// Everything keeps its order, what is new comes last: a name is being typed.
    Order,
    /// Everything keeps its place: something is being dragged, and would be dropped elsewhere.
    Places,
}

/// What is remembered of the order that is shown.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// A name is being typed, or something is being dragged.
    still: bool,
    /// Photos are read or groups are made: what comes of it is nobody's own doing.
    working: bool,
    /// The cards stand as they stood until somebody wants them sorted.
    held: bool,
    /// Who came since they were sorted last.
    came: BTreeSet<GroupId>,
    /// How many of the others are not where they should be.
    moved: usize,
    /// Whom an edit has changed that have not gone to their place yet.
    edited: BTreeSet<GroupId>,
    /// Who was there when the order was made.
    of: (Vec<GroupId>, Vec<(GroupId, FaceId)>),
    /// The last snapshot's edits and cards.
    history: Arc<Vec<HistoryEntry>>,
    groups: Groups,
    /// The frame in which the board was drawn last.
    frame: Option<u64>,
}

impl Shown {
    /// Takes in a new snapshot: whether it is work that brings others, and whom the user's own edit has changed.
    pub(super) fn refresh(&mut self, snapshot: &Snapshot) {
        self.working =
            matches!(snapshot.activity, Activity::Listing { .. } | Activity::Scanning { .. } | Activity::Grouping(_));
        self.held |= self.working;
        let Self { edited, history, groups, .. } = self;
        if !Arc::ptr_eq(history, &snapshot.history) {
            for group in snapshot.groups.iter() {
                let before = groups.get(group.id).map(|before| (before.faces.len(), before.name.as_ref()));
                if before != Some((group.faces.len(), group.name.as_ref())) {
                    edited.insert(group.id);
                }
            }
        }
        (*history, *groups) = (Arc::clone(&snapshot.history), snapshot.groups.clone());
    }
}

impl Index {
    /// The board was kept still and need not be any more.
    pub(in crate::ui) fn waits(&self, still: Still) -> bool {
        self.shown.still && still == Still::No
    }

    /// Says what stands where. `to` is where a group is that went; who stays keeps the place against who comes.
    pub(in crate::ui) fn arrange(&mut self, still: Still, to: impl Fn(GroupId) -> Option<GroupId>) {
        let was_still = std::mem::replace(&mut self.shown.still, still != Still::No);
        if still != Still::No {
            self.stay(still, &to);
            return;
        }
        if !self.shown.held || self.board.iter().all(Option::is_none) {
            // The first groups come as they should be.
            self.sort();
            return;
        }
        let (many, once) = &self.shown.of;
        if was_still || !self.shown.edited.is_empty() || *many != self.many || *once != self.once {
            self.keep(&to);
        }
        // At rest and in order there is nothing to hold.
        self.shown.held = self.shown.working || !self.shown.came.is_empty() || self.shown.moved > 0;
    }

    /// Everybody where they should be.
    pub(in crate::ui) fn sort(&mut self) {
        self.board = self.many.iter().copied().map(Some).collect();
        self.singles = self.once.iter().copied().map(Some).collect();
        let shown = &mut self.shown;
        shown.came.clear();
        shown.edited.clear();
        shown.moved = 0;
        shown.held = shown.working;
        shown.of = (self.many.clone(), self.once.clone());
    }

    /// The board is drawn in this frame: for whoever comes to it from elsewhere it is as it should be.
    pub(in crate::ui) fn drawn(&mut self, frame: u64) {
        let last = self.shown.frame.replace(frame);
        if last.is_none_or(|last| last + 1 < frame) && !self.shown.still {
            self.sort();
        }
    }

    /// How many cards came since they were sorted last, and how many of the others are not where they should be.
    pub(in crate::ui) fn out_of_order(&self) -> (usize, usize) {
        (self.shown.came.len(), self.shown.moved)
    }

    /// While one types or drags.
    fn stay(&mut self, still: Still, to: &dyn Fn(GroupId) -> Option<GroupId>) {
        let new = self.follow(to);
        let mut single: BTreeSet<(GroupId, FaceId)> = self.once.iter().copied().collect();
        for place in &mut self.singles {
            *place = place.filter(|one| single.remove(one));
        }
        if still == Still::Order {
            self.board.extend(self.many.iter().filter(|group| new.contains(group)).copied().map(Some));
            self.singles.extend(self.once.iter().filter(|one| single.contains(one)).copied().map(Some));
            self.shown.came.extend(new);
        }
    }

    /// While photos are read.
    fn keep(&mut self, to: &dyn Fn(GroupId) -> Option<GroupId>) {
        let new = self.follow(to);
        let edited = std::mem::take(&mut self.shown.edited);
        let mut came = std::mem::take(&mut self.shown.came);
        came.extend(new.into_iter().filter(|group| !edited.contains(group)));
        let names = self.many.len().saturating_sub(self.unnamed);
        let order = kept(&self.many, &self.board, names, |group| edited.contains(group));
        let singles = kept(&self.once, &self.singles, 0, |(group, _)| edited.contains(group));
        self.singles = singles.iter().map(|rank| self.once.get(*rank).copied()).collect();
        self.board = order.iter().map(|rank| self.many.get(*rank).copied()).collect();
        self.shown.of = (self.many.clone(), self.once.clone());
        if order.is_sorted() {
            self.shown.moved = 0;
            return;
        }
        self.shown.came = self.board.iter().flatten().filter(|group| came.contains(group)).copied().collect();
        let others = order.into_iter().filter(|rank| self.many.get(*rank).is_some_and(|group| !came.contains(group)));
        self.shown.moved = misplaced(others);
    }

    /// Every card where it was, also when it is called otherwise by now; gives who has no place yet.
    fn follow(&mut self, to: &dyn Fn(GroupId) -> Option<GroupId>) -> BTreeSet<GroupId> {
        let mut new: BTreeSet<GroupId> = self.many.iter().copied().collect();
        let stays: Vec<Option<GroupId>> =
            self.board.iter().map(|place| place.filter(|group| new.remove(group))).collect();
        let came = &mut self.shown.came;
        for (place, stays) in self.board.iter_mut().zip(stays) {
            let before = *place;
            *place = stays.or_else(|| before.and_then(to).filter(|group| new.remove(group)));
            if let (Some(before), Some(now)) = (before, *place)
                && before != now
                && came.remove(&before)
            {
                came.insert(now);
            }
        }
        new
    }
}

/// The ranks of all in the order they are to stand in: who stood as they stood, behind them who is new, the first so many
/// ranks before the others. Whom an edit has changed goes to its place: before the first that should come after it.
fn kept<T: Copy + Eq + Hash>(all: &[T], stood: &[Option<T>], names: usize, edited: impl Fn(&T) -> bool) -> Vec<usize> {
    let ranks: HashMap<T, usize> = all.iter().enumerate().map(|(rank, one)| (*one, rank)).collect();
    let stood: Vec<usize> = stood.iter().flatten().filter_map(|one| ranks.get(one).copied()).collect();
    let there: HashSet<usize> = stood.iter().copied().collect();
    let new = (0..all.len()).filter(|rank| !there.contains(rank));
    let (mut goes, stays): (Vec<usize>, Vec<usize>) =
        stood.into_iter().chain(new).partition(|rank| all.get(*rank).is_some_and(&edited));
    goes.sort_unstable();
    let (mut stays, behind): (Vec<usize>, Vec<usize>) = stays.into_iter().partition(|rank| *rank < names);
    stays.extend(behind);
    let mut goes = goes.into_iter().peekable();
    let mut order = Vec::with_capacity(all.len());
    for rank in stays {
        while let Some(before) = goes.next_if(|before| *before < rank) {
            order.push(before);
        }
        order.push(rank);
    }
    order.extend(goes);
    order
}

/// How many would have to move for all to stand in order: those outside the longest row that does.
fn misplaced(ranks: impl Iterator<Item = usize>) -> usize {
    // The least rank that an ordered row of each length can end with.
    let mut ends: Vec<usize> = Vec::new();
    let mut all = 0;
    for rank in ranks {
        all += 1;
        let length = ends.partition_point(|end| *end < rank);
        if let Some(end) = ends.get_mut(length) {
            *end = rank;
        } else {
            ends.push(rank);
        }
    }
    all - ends.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Group;

    fn group(face: u32) -> GroupId {
        GroupId::Faces(FaceId(face))
    }

    fn groups(faces: &[u32]) -> Vec<GroupId> {
        faces.iter().copied().map(group).collect()
    }

    #[test]
    fn a_board_that_is_kept_still_moves_nobody() {
        let mut index = Index { many: groups(&[1, 2, 3, 4]), ..Index::default() };
        let mut check = |many: &[u32], still: Still, expected: &[u32]| {
            index.many = groups(many);
            // The group of face 2 is that of face 7 now.
            index.arrange(still, |id| if id == group(2) { Some(group(7)) } else { None });
            let found: Vec<Option<GroupId>> = expected.iter().map(|face| (*face > 0).then(|| group(*face))).collect();
            assert_eq!(index.board, found, "{many:?}, {still:?}");
        };
        check(&[1, 2, 3, 4], Still::No, &[1, 2, 3, 4]);
        check(&[5, 4, 1, 2], Still::Places, &[1, 2, 0, 4]);
        check(&[5, 4, 1, 7], Still::Places, &[1, 7, 0, 4]);
        check(&[5, 4, 1, 7], Still::Order, &[1, 7, 0, 4, 5]);
        check(&[5, 4, 1, 7], Still::No, &[5, 4, 1, 7]);
        check(&[5, 4, 1], Still::Order, &[5, 4, 1, 0]);
    }

    #[test]
    fn while_photos_are_read_who_is_there_stays_and_who_comes_stands_behind() {
        let mut index = Index::default();
        (index.shown.working, index.shown.held) = (true, true);
        let check = |index: &mut Index, many: &[u32], unnamed: usize, expected: &[u32], out: (usize, usize)| {
            (index.many, index.unnamed) = (groups(many), unnamed);
            index.arrange(Still::No, |id| if id == group(2) { Some(group(8)) } else { None });
            assert_eq!(index.board, groups(expected).into_iter().map(Some).collect::<Vec<_>>(), "{many:?}");
            assert_eq!(index.out_of_order(), out, "{many:?}");
        };
        check(&mut index, &[1, 2, 3, 4], 2, &[1, 2, 3, 4], (0, 0));
        // 3 is outgrown by 4, and 5 comes; 6 comes with a name.
        check(&mut index, &[6, 1, 2, 5, 4, 3], 3, &[1, 2, 6, 3, 4, 5], (2, 1));
        // The same once more, called otherwise.
        check(&mut index, &[6, 1, 8, 5, 4, 3], 3, &[1, 8, 6, 3, 4, 5], (2, 1));
        // 7 is split off by hand: it alone moves.
        index.shown.edited = [group(7)].into();
        check(&mut index, &[6, 1, 8, 5, 7, 4, 3], 4, &[1, 8, 6, 7, 3, 4, 5], (2, 1));
        // 3 is given a name.
        index.shown.edited = [group(3)].into();
        check(&mut index, &[6, 1, 8, 3, 5, 7, 4], 3, &[1, 8, 6, 3, 7, 4, 5], (2, 0));
        // A name is typed meanwhile: in the end nobody has moved either.
        index.many = groups(&[6, 1, 8, 3, 9, 5, 7, 4]);
        index.unnamed = 4;
        index.arrange(Still::Order, |_| None);
        check(&mut index, &[6, 1, 8, 3, 9, 5, 7, 4], 4, &[1, 8, 6, 3, 7, 4, 5, 9], (3, 0));
        index.sort();
        assert_eq!((index.board.first(), index.out_of_order()), (Some(&Some(group(6))), (0, 0)));
        // The last groups come when nothing is read any more.
        index.shown.working = false;
        check(&mut index, &[1, 6, 8, 3, 9, 5, 7, 4], 4, &[6, 1, 8, 3, 9, 5, 7, 4], (0, 1));
        check(&mut index, &[6, 1, 8, 3, 9, 5, 7, 4], 4, &[6, 1, 8, 3, 9, 5, 7, 4], (0, 0));
        // Then it is as ever.
        check(&mut index, &[1, 6, 8, 3, 9, 5, 7, 4], 4, &[1, 6, 8, 3, 9, 5, 7, 4], (0, 0));
    }

    #[test]
    fn only_a_step_of_the_history_is_an_edit() {
        let card = |faces: &[u32]| {
            let faces: Vec<FaceId> = faces.iter().copied().map(FaceId).collect();
            Group::new(GroupId::Faces(faces[0]), None, faces.clone(), faces[0])
        };
        let snapshot = |history: &Arc<Vec<HistoryEntry>>, cards: &[&[u32]]| {
            let cards = cards.iter().map(|faces| card(faces)).collect();
            Snapshot { history: Arc::clone(history), ..Snapshot::by_hand(Vec::new(), Vec::new(), cards) }
        };
        let mut shown = Shown::default();
        let history = Arc::default();
        shown.refresh(&snapshot(&history, &[&[1, 2], &[3, 4]]));
        shown.edited.clear();
        shown.refresh(&snapshot(&history, &[&[1, 2], &[3, 4, 5]]));
        assert!(shown.edited.is_empty());
        shown.refresh(&snapshot(&Arc::default(), &[&[1, 2], &[3, 4], &[5]]));
        assert_eq!(shown.edited, [group(3), group(5)].into());
    }

    #[test]
    fn as_few_as_possible_are_out_of_order() {
        let check = |ranks: &[usize], expected: usize| assert_eq!(misplaced(ranks.iter().copied()), expected);
        check(&[], 0);
        check(&[0, 1, 4, 7], 0);
        check(&[1, 2, 3, 0], 1);
        check(&[3, 2, 1, 0], 3);
        check(&[2, 0, 1, 4, 3], 2);
    }
}
