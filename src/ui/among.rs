//! Whether there is among what is selected what an action is done to. Every button that is drawn asks for it, so it is kept
//! until the selection or the library is another.

use std::collections::{BTreeMap, BTreeSet};

use super::selecting::target_alone;
use super::view::ViewState;
use crate::domain::{FaceId, GroupId, Snapshot};

/// What may be among the faces or cards an action is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Among {
    /// Faces that were not set aside.
    Faces,
    FacesOfPeople,
    /// Faces that were set aside, by themselves or with their card.
    FacesAside,
    /// Cards of people.
    People,
}

/// What was found out about a selection.
#[derive(Debug, Default)]
pub(super) struct Known {
    faces: BTreeSet<FaceId>,
    groups: BTreeSet<GroupId>,
    generation: u64,
    found: BTreeMap<Among, bool>,
}

/// How many, the first and the last: to compare all of many would take long for every button.
fn outline<T: Copy + Ord>(set: &BTreeSet<T>) -> (usize, Option<T>, Option<T>) {
    (set.len(), set.first().copied(), set.last().copied())
}

impl Known {
    /// Whether it is about this selection, as far as its outline shows; what has changed between is found by [`look_again`].
    fn fits(&self, snapshot: &Snapshot, view: &ViewState) -> bool {
        self.generation == snapshot.generation
            && outline(&self.faces) == outline(&view.faces)
            && outline(&self.groups) == outline(&view.groups)
    }
}

/// Once a frame, before anything asks: forgets what is known of another selection.
pub(super) fn look_again(view: &ViewState) {
    let mut known = view.known.borrow_mut();
    if known.faces != view.faces || known.groups != view.groups {
        *known = Known::default();
    }
}

/// Whether there are such faces or cards among those an action is done to.
pub(super) fn among(what: Among, snapshot: &Snapshot, view: &ViewState) -> bool {
    let face = |face: &FaceId| {
        let aside = snapshot.flagged.contains_key(face);
        let group = || snapshot.group_of_face(*face);
        match what {
            Among::Faces => !aside,
            Among::FacesOfPeople => group().is_some_and(|group| group.person().is_some()),
            Among::FacesAside => aside || group().is_some_and(|group| group.ignored),
            Among::People => false,
        }
    };
    let card = |id: &GroupId| snapshot.group(*id).is_some_and(|group| group.person().is_some());
    match what {
        // At most the one at the cursor.
        Among::People if view.groups.is_empty() => target_alone(view).is_some_and(|id| card(&id)),
        Among::Faces | Among::FacesOfPeople | Among::FacesAside if view.faces.is_empty() => {
            view.target_faces().iter().any(face)
        }
        _ => {
            let mut known = view.known.borrow_mut();
            if !known.fits(snapshot, view) {
                let (faces, groups) = (view.faces.clone(), view.groups.clone());
                *known = Known { faces, groups, generation: snapshot.generation, found: BTreeMap::new() };
            }
            let find = || match what {
                Among::People => view.groups.iter().any(card),
                _ => view.faces.iter().any(face),
            };
            *known.found.entry(what).or_insert_with(find)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Group, PersonId};
    use crate::ui::action::Action;

    #[test]
    fn what_is_selected_is_looked_through_once() {
        let faces = || vec![FaceId(1), FaceId(2)];
        let library = |id: GroupId, generation: u64| {
            let groups = vec![Group::new(id, None, faces(), FaceId(1))];
            Snapshot { generation, ..Snapshot::by_hand(Vec::new(), Vec::new(), groups) }
        };
        let (unnamed, person) = (GroupId::Faces(FaceId(1)), GroupId::Person(PersonId(1)));
        let mut view = ViewState { faces: faces().into_iter().collect(), ..ViewState::default() };
        let check = |view: &ViewState, group: GroupId, generation: u64, expected: bool| {
            let found = Action::Confirm.enabled(&library(group, generation), view).is_ok();
            assert_eq!(found, expected, "{group:?} in {generation}");
        };
        check(&view, unnamed, 1, false);
        // A snapshot of the same number is the same one: it is not asked again.
        check(&view, person, 1, false);
        check(&view, person, 2, true);
        check(&view, unnamed, 3, false);
        // Nor is what holds of other faces said of these.
        view.faces = [FaceId(2)].into();
        check(&view, person, 3, true);
        view.faces.clear();
        view.groups = [person].into();
        assert_eq!(Action::Hide.enabled(&library(person, 3), &view), Ok(()));
        view.groups = [unnamed].into();
        assert!(Action::Hide.enabled(&library(unnamed, 3), &view).is_err());
    }

    #[test]
    fn another_selection_of_the_same_outline_is_seen_in_the_next_frame() {
        let person = GroupId::Person(PersonId(1));
        let group = Group::new(person, None, vec![FaceId(5)], FaceId(5));
        let snapshot = Snapshot::by_hand(Vec::new(), Vec::new(), vec![group]);
        let select = |middle: u32| BTreeSet::from([FaceId(1), FaceId(middle), FaceId(9)]);
        let mut view = ViewState { faces: select(4), ..ViewState::default() };
        assert!(!among(Among::FacesOfPeople, &snapshot, &view));
        view.faces = select(5);
        look_again(&view);
        assert!(among(Among::FacesOfPeople, &snapshot, &view));
        // Nothing has changed: what is known stays.
        look_again(&view);
        assert_eq!(view.known.borrow().found.get(&Among::FacesOfPeople), Some(&true));
    }
}
