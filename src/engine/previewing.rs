//! What another looseness would do, told in cards: clusters that would come together or fall apart, laid over the board as
//! it is. What the user said holds in it as it would hold afterwards.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::asking::Ask;
use super::board::Board;
use super::run::Engine;
use super::way;
use crate::cluster::Settings;
use crate::domain::{FaceId, Group, GroupId, Preview};

/// Clusters that would become others.
pub(super) struct Becoming {
    pub(super) before: Vec<Vec<FaceId>>,
    pub(super) after: Vec<Vec<FaceId>>,
}

impl Becoming {
    fn is_join(&self) -> bool {
        self.before.len() > 1 && self.after.len() == 1
    }

    fn is_part(&self) -> bool {
        self.before.len() == 1 && self.after.len() > 1
    }

    /// What falls apart by itself and what comes together whole. Only of the published method, whose thresholds are not
    /// parts of each other, clusters do both at once.
    fn simple(self) -> Vec<Self> {
        if self.is_join() || self.is_part() {
            return vec![self];
        }
        let places = self.after.iter().enumerate();
        let place: BTreeMap<FaceId, usize> =
            places.flat_map(|(place, group)| group.iter().map(move |face| (*face, place))).collect();
        let (mut simple, mut whole): (Vec<Self>, BTreeMap<usize, Vec<Vec<FaceId>>>) = Default::default();
        for cluster in self.before {
            let mut piles: BTreeMap<usize, Vec<FaceId>> = BTreeMap::new();
            for face in &cluster {
                if let Some(place) = place.get(face) {
                    piles.entry(*place).or_default().push(*face);
                }
            }
            match piles.first_key_value() {
                Some((place, _)) if piles.len() == 1 => whole.entry(*place).or_default().push(cluster),
                _ => simple.push(Self { before: vec![cluster], after: piles.into_values().collect() }),
            }
        }
        simple.extend(whole.into_values().map(|before| Self { after: vec![before.concat()], before }));
        simple
    }
}

impl Engine<'_> {
    /// Somebody looks at another looseness, or no longer.
    pub(super) fn want_preview(&mut self, looseness: Option<i16>) {
        self.grouping.previewed = looseness;
        if let Some(looseness) = looseness {
            return self.ask(Ask::Preview(looseness));
        }
        self.state.preview = None;
        self.grouping.asks.retain(|ask| !matches!(ask, Ask::Preview(_)));
        if self.grouping.answering {
            // With the published method that may take minutes.
            self.grouping.give_up();
        }
        if !self.grouping.is_running() {
            // A very large one was only kept for this.
            let session = std::mem::take(&mut self.grouping.session);
            self.keep(session);
        }
    }

    /// Groups are others than those a preview spoke of.
    pub(super) fn preview_again(&mut self) {
        if let (Some(looseness), true) = (self.grouping.previewed, self.grouping.session.is_grouped()) {
            self.ask(Ask::Preview(looseness));
        }
    }
}

/// Whether groups are made anew for a preview, which may take minutes: of the published method, whose merges at one
/// threshold say nothing of another.
pub(super) fn is_run(settings: &Settings, looseness: i16) -> bool {
    let scale = settings.method.scale();
    let away = (way::threshold(settings.method, looseness) - settings.threshold()).abs();
    !scale.live && away >= scale.step / 2.0
}

/// The board as it would be.
pub(super) fn preview(looseness: i16, changes: Vec<Becoming>, board: &Board) -> Preview {
    let changes: Vec<Becoming> = changes.into_iter().flat_map(Becoming::simple).collect();
    let (joins, parts) = (joins(&changes, board), parts(&changes, board));
    let (groups, singles) = counts(&joins, &parts, board);
    Preview { looseness, groups, singles, joins, parts }
}

/// Cards that would become one. Clusters that are on one card already, by the user's word, do not change for anybody who
/// looks; and what would join any of them joins that card.
fn joins(changes: &[Becoming], board: &Board) -> Vec<Vec<GroupId>> {
    let mut joins: Vec<BTreeSet<GroupId>> = Vec::new();
    let mut place: BTreeMap<GroupId, usize> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.is_join()) {
        let mut cards: BTreeSet<GroupId> = change.before.iter().filter_map(|cluster| home(cluster, board)).collect();
        let beside: BTreeSet<usize> = cards.iter().filter_map(|card| place.get(card).copied()).collect();
        for other in beside {
            if let Some(other) = joins.get_mut(other) {
                cards.append(other);
            }
        }
        place.extend(cards.iter().map(|card| (*card, joins.len())));
        joins.push(cards);
    }
    joins.into_iter().filter(|cards| cards.len() > 1).map(|cards| cards.into_iter().collect()).collect()
}

/// The card most of a cluster is on: who was refused for a person lies beside.
fn home(cluster: &[FaceId], board: &Board) -> Option<GroupId> {
    let mut cards: BTreeMap<GroupId, usize> = BTreeMap::new();
    for card in cluster.iter().filter_map(|face| board.group_of.get(face)) {
        *cards.entry(*card).or_default() += 1;
    }
    cards.into_iter().max_by_key(|(card, count)| (*count, Reverse(*card))).map(|(card, _)| card)
}

/// Cards that would fall apart, and into what, the largest pile first.
fn parts(changes: &[Becoming], board: &Board) -> Vec<(GroupId, Vec<Vec<FaceId>>)> {
    let mut cards: BTreeMap<GroupId, Vec<Vec<FaceId>>> = BTreeMap::new();
    for pile in changes.iter().filter(|change| change.is_part()).flat_map(|change| &change.after) {
        let mut on: BTreeMap<GroupId, Vec<FaceId>> = BTreeMap::new();
        for face in pile {
            if let Some(card) = board.group_of.get(face) {
                on.entry(*card).or_default().push(*face);
            }
        }
        for (card, faces) in on {
            cards.entry(card).or_default().push(faces);
        }
    }
    let parted = cards.into_iter().filter_map(|(card, piles)| {
        let mut piles = kept_together(board.groups.get(card)?, piles, board);
        piles.sort_by_key(|pile| (Reverse(pile.len()), pile.first().copied()));
        (piles.len() > 1).then_some((card, piles))
    });
    parted.collect()
}

/// On a person's card stays what holds a face that was said to be this person, and what does not change.
fn kept_together(group: &Group, piles: Vec<Vec<FaceId>>, board: &Board) -> Vec<Vec<FaceId>> {
    let Some(person) = group.person() else { return piles };
    let stays = |pile: &Vec<FaceId>| pile.iter().any(|face| board.said_to_be(*face) == Some(person));
    let leave: Vec<Vec<FaceId>> = piles.into_iter().filter(|pile| !stays(pile)).collect();
    let leaving: BTreeSet<FaceId> = leave.iter().flatten().copied().collect();
    let stay: Vec<FaceId> = group.faces.iter().copied().filter(|face| !leaving.contains(face)).collect();
    std::iter::once(stay).chain(leave).filter(|pile| !pile.is_empty()).collect()
}

/// Cards of two faces and more there would be, and cards of one.
fn counts(joins: &[Vec<GroupId>], parts: &[(GroupId, Vec<Vec<FaceId>>)], board: &Board) -> (usize, usize) {
    let gone: BTreeSet<GroupId> = joins.iter().flatten().chain(parts.iter().map(|(card, _)| card)).copied().collect();
    let stay = board.groups.iter().filter(|group| !gone.contains(&group.id)).map(|group| group.faces.len());
    let joined: BTreeSet<GroupId> = joins.iter().flatten().copied().collect();
    let mut sizes: Vec<usize> = stay.collect();
    for (card, piles) in parts {
        // What stays on a person's card that others join is counted with them.
        let said = |face: &FaceId| board.said_to_be(*face).map(GroupId::Person) == Some(*card);
        let counted = piles.iter().filter(|pile| !joined.contains(card) || !pile.iter().any(said));
        sizes.extend(counted.map(Vec::len));
    }
    let singles = sizes.iter().filter(|faces| **faces == 1).count();
    (sizes.len() - singles + joins.len(), singles)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DetectedFace, Edit, Face, FaceBox, FaceKey, Library, PersonId, PhotoHash, PhotoId, Table};

    fn face(number: u32) -> Face {
        let bounds = FaceBox::new(0.0, 0.0, 50.0, 50.0);
        let key = FaceKey::new(PhotoHash([number as u8; 16]), &bounds, 100, 100);
        let detected = DetectedFace { bounds, score: 0.9, landmarks: [[0.0; 2]; 5], sharpness: 1.0 };
        Face { id: FaceId(number), key, photo: PhotoId(number), detected }
    }

    fn clusters(lists: &[&[u32]]) -> Vec<Vec<FaceId>> {
        lists.iter().map(|list| list.iter().map(|face| FaceId(*face)).collect()).collect()
    }

    /// Faces 1 to 12 in these clusters; `said`: a person, and the faces that were said to be it.
    fn board(lists: &[&[u32]], said: &[(u32, &[u32])]) -> Board {
        let faces: Table<FaceId, Face> = (1..=12).map(|number| (FaceId(number), face(number))).collect();
        let make = |(person, confirmed): &(u32, &[u32])| Edit::MakePerson {
            person: PersonId(*person),
            name: None,
            faces: confirmed.iter().map(|number| face(*number).key).collect(),
            rest: Vec::new(),
        };
        let edits: Vec<Edit> = said.iter().map(make).collect();
        Board::new(&faces, clusters(lists), &Library::fold(&edits))
    }

    fn becoming(before: &[&[u32]], after: &[&[u32]]) -> Becoming {
        Becoming { before: clusters(before), after: clusters(after) }
    }

    fn free(number: u32) -> GroupId {
        GroupId::Faces(FaceId(number))
    }

    #[test]
    fn clusters_are_told_as_the_cards_they_are_on() {
        let board = board(&[&[1, 2, 3], &[4, 5], &[6], &[7, 8, 9, 10], &[11, 12]], &[]);
        let joined = becoming(&[&[1, 2, 3], &[4, 5], &[6]], &[&[1, 2, 3, 4, 5, 6]]);
        let parted = becoming(&[&[7, 8, 9, 10]], &[&[7], &[8, 9], &[10]]);
        let preview = preview(3, vec![joined, parted], &board);
        assert_eq!(preview.joins, [vec![free(1), free(4), free(6)]]);
        assert_eq!(preview.parts, [(free(7), clusters(&[&[8, 9], &[7], &[10]]))], "the largest first");
        assert_eq!((preview.looseness, preview.groups, preview.singles), (3, 3, 2), "as the board would be");
        let as_it_is = super::preview(0, Vec::new(), &board);
        assert_eq!((as_it_is.groups, as_it_is.singles), (4, 1));
    }

    #[test]
    fn clusters_that_change_places_are_told_one_by_one() {
        let board = board(&[&[1, 2, 3], &[4, 5], &[6, 7], &[8]], &[]);
        let mixed = becoming(&[&[1, 2, 3], &[4, 5], &[6, 7]], &[&[1, 2, 4, 5, 6, 7], &[3]]);
        let preview = preview(2, vec![mixed], &board);
        assert_eq!(preview.joins, [vec![free(4), free(6)]], "the whole ones");
        assert_eq!(preview.parts, [(free(1), clusters(&[&[1, 2], &[3]]))]);
    }

    #[test]
    fn what_the_user_said_holds() {
        // Two clusters are one person; of each, one face was said to be it.
        let said = board(&[&[1, 2, 3], &[4, 5, 6], &[7, 8], &[9, 10]], &[(1, &[1, 4])]);
        let person = GroupId::Person(PersonId(1));
        let both = becoming(&[&[1, 2, 3], &[4, 5, 6]], &[&[1, 2, 3, 4, 5, 6]]);
        assert!(preview(1, vec![both], &said).joins.is_empty(), "they are one card already");
        let one = becoming(&[&[1, 2, 3], &[7, 8]], &[&[1, 2, 3, 7, 8]]);
        let other = becoming(&[&[4, 5, 6], &[9, 10]], &[&[4, 5, 6, 9, 10]]);
        let joined = preview(1, vec![one, other], &said);
        assert_eq!(joined.joins, [BTreeSet::from([person, free(7), free(9)]).into_iter().collect::<Vec<_>>()]);
        assert_eq!((joined.groups, joined.singles), (1, 0), "no card is in two of them");
        // One cluster of the card is joined by others, and the other loses a face: two cards, not three.
        let one = becoming(&[&[1, 2, 3], &[7, 8]], &[&[1, 2, 3, 7, 8]]);
        let other = becoming(&[&[4, 5, 6]], &[&[4, 5], &[6]]);
        let both = preview(0, vec![one, other], &said);
        assert_eq!((both.joins.len(), both.parts.len(), both.groups, both.singles), (1, 1, 2, 1));
        // What was said stays, and so does the cluster that does not change.
        let parted = becoming(&[&[1, 2, 3]], &[&[1, 2], &[3]]);
        assert_eq!(preview(-1, vec![parted], &said).parts, [(person, clusters(&[&[1, 2, 4, 5, 6], &[3]]))]);
        let held = board(&[&[1, 2, 3, 4], &[5, 6]], &[(1, &[1, 4])]);
        let parted = becoming(&[&[1, 2, 3, 4]], &[&[1, 2], &[3, 4]]);
        assert!(preview(-1, vec![parted], &held).parts.is_empty(), "both piles are the person's by word");
    }
}
