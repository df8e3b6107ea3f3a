//! What screens need over and over and the snapshot does not hold: counts, years, sorted lists. Made once per snapshot.

mod board;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::board::Shown;
pub(super) use self::board::Still;
use super::search::Query;
use super::view::{Choices, Filter, Order, PersonOrder, Wanted};
use super::wanted::When;
use crate::domain::{Activity, FaceFlag, FaceId, Group, GroupId, Photo, PhotoId, Snapshot, Study, Taken};
use crate::engine::POOR_QUALITY;

/// Seconds between two sorts of a growing list: sorting 50,000 faces at every new one would cost frames.
const PATIENCE: f64 = 1.0;
/// Below this a detected face is shown as unsure.
const SURE: f32 = 0.95;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Index {
    generation: Option<u64>,
    /// Cards on the board: groups of two faces or more, and people.
    pub(super) many: Vec<GroupId>,
    /// Groups of one face, and that face.
    pub(super) once: Vec<(GroupId, FaceId)>,
    pub(super) hidden: Vec<GroupId>,
    /// Where they stand on the board, which is as it was while one works with it or photos are read; while it is kept
    /// still, what has left it leaves its place empty.
    pub(super) board: Vec<Option<GroupId>>,
    pub(super) singles: Vec<Option<(GroupId, FaceId)>>,
    shown: Shown,
    pub(super) named: usize,
    /// Cards on the board without a name.
    pub(super) unnamed: usize,
    pub(super) ignored: usize,
    pub(super) not_faces: usize,
    years: BTreeMap<GroupId, (Option<i16>, Option<i16>)>,
    list: Option<List>,
    /// Seconds until a list that was shown as it was before must be sorted again.
    pub(super) stale: Option<f64>,
    /// The list is another one than the screen has seen.
    pub(super) fresh: bool,
    aside: Option<(FaceFlag, u64, Arc<Vec<FaceId>>)>,
    card: Option<Arc<Card>>,
    found: Option<Found>,
}

#[derive(Debug)]
struct List {
    wanted: Wanted,
    generation: u64,
    at: f64,
    faces: Arc<Vec<FaceId>>,
}

/// See [`Index::card`].
#[derive(Debug)]
pub(super) struct Card {
    of: Vec<FaceId>,
    order: PersonOrder,
    year: Option<i16>,
    study: Option<Arc<Study>>,
    /// Faces by year.
    pub(super) years: BTreeMap<i16, usize>,
    /// Photos of all its faces.
    pub(super) photos: usize,
    /// The faces to show, in their order.
    pub(super) list: Vec<FaceId>,
    /// Their photos.
    pub(super) list_photos: Vec<PhotoId>,
}

impl Card {
    fn new(
        group: &Group,
        order: PersonOrder,
        year: Option<i16>,
        study: Option<Arc<Study>>,
        snapshot: &Snapshot,
    ) -> Self {
        let mut years: BTreeMap<i16, usize> = BTreeMap::new();
        for taken in group.faces.iter().filter_map(|face| taken(*face, snapshot)) {
            *years.entry(taken.year).or_default() += 1;
        }
        let mut list = group.faces.clone();
        if year.is_some() {
            list.retain(|face| taken(*face, snapshot).map(|taken| taken.year) == year);
        }
        let list = match (order, &study) {
            (PersonOrder::Oldest, _) => sorted(list, Order::Oldest, snapshot),
            (PersonOrder::Newest, _) => sorted(list, Order::Newest, snapshot),
            (PersonOrder::LeastAlike, Some(study)) => {
                let place: BTreeMap<FaceId, usize> =
                    study.fits.iter().enumerate().map(|(place, (face, _))| (*face, place)).collect();
                // What came since then comes last.
                list.sort_by_key(|face| place.get(face).copied().unwrap_or(usize::MAX));
                list
            }
            _ => list,
        };
        let photos = photos_of(&group.faces, snapshot).len();
        let list_photos = photos_of(&list, snapshot);
        Self { of: group.faces.clone(), order, year, study, years, photos, list, list_photos }
    }
}

#[derive(Debug)]
struct Found {
    text: String,
    generation: u64,
    query: Arc<Query>,
    photos: Arc<Vec<PhotoId>>,
}

impl Index {
    /// Takes in a new snapshot.
    pub(super) fn refresh(&mut self, snapshot: &Snapshot) {
        if self.generation == Some(snapshot.generation) {
            return;
        }
        self.generation = Some(snapshot.generation);
        self.shown.refresh(snapshot);
        self.years.clear();
        (self.many, self.once, self.hidden) = (Vec::new(), Vec::new(), Vec::new());
        (self.named, self.unnamed) = (0, 0);
        let mut strangers = 0;
        for group in snapshot.groups.iter() {
            match group.faces.as_slice() {
                _ if group.ignored => strangers += group.faces.len(),
                _ if group.hidden => self.hidden.push(group.id),
                [only] if group.name.is_none() => self.once.push((group.id, *only)),
                _ => {
                    self.many.push(group.id);
                    self.unnamed += usize::from(group.name.is_none());
                }
            }
            self.named += usize::from(group.name.is_some() && !group.hidden && !group.ignored);
        }
        self.ignored = snapshot.flagged.values().filter(|flag| **flag == FaceFlag::Ignored).count();
        self.not_faces = snapshot.flagged.len() - self.ignored;
        self.ignored += strangers;
    }

    /// The first and the last year of a group's photos.
    pub(super) fn years(&mut self, group: &Group, snapshot: &Snapshot) -> (Option<i16>, Option<i16>) {
        *self.years.entry(group.id).or_insert_with(|| {
            let years = || group.faces.iter().filter_map(|face| Some(snapshot.photo_of_face(*face)?.taken?.year));
            (years().min(), years().max())
        })
    }

    /// The faces of the grid. While photos are read, a list that has to be chosen or sorted is made again at most once a
    /// second.
    pub(super) fn faces(&mut self, wanted: &Wanted, snapshot: &Snapshot, now: f64) -> Arc<Vec<FaceId>> {
        let growing = matches!(snapshot.activity, Activity::Scanning { .. } | Activity::Listing { .. });
        let patience = if growing && *wanted != Wanted::default() { PATIENCE } else { 0.0 };
        if let Some(list) = &self.list
            && list.wanted == *wanted
            && (list.generation == snapshot.generation || (now - list.at < patience && now >= list.at))
        {
            if list.generation != snapshot.generation {
                self.stale = Some(list.at + patience - now);
            }
            return Arc::clone(&list.faces);
        }
        let faces = Arc::new(sorted(filtered(wanted, snapshot), wanted.order, snapshot));
        let generation = snapshot.generation;
        self.fresh = true;
        self.list = Some(List { wanted: wanted.clone(), generation, at: now, faces: Arc::clone(&faces) });
        faces
    }

    /// Faces that were set aside so; made again when the library changes.
    pub(super) fn aside(&mut self, flag: FaceFlag, snapshot: &Snapshot) -> Arc<Vec<FaceId>> {
        if let Some((known, generation, faces)) = &self.aside
            && (*known, *generation) == (flag, snapshot.generation)
        {
            return Arc::clone(faces);
        }
        let faces = Arc::new(aside(flag, snapshot));
        self.aside = Some((flag, snapshot.generation, Arc::clone(&faces)));
        faces
    }

    /// What the screen of a card shows; made again when its faces, the order or what is known of it change.
    pub(super) fn card(
        &mut self,
        group: &Group,
        order: PersonOrder,
        year: Option<i16>,
        snapshot: &Snapshot,
    ) -> Arc<Card> {
        let study = snapshot.study.as_ref().filter(|study| study.group == group.id && order == PersonOrder::LeastAlike);
        if let Some(card) = &self.card
            && (card.order, card.year) == (order, year)
            && card.study.as_ref().map(Arc::as_ptr) == study.map(Arc::as_ptr)
            && card.of == group.faces
        {
            return Arc::clone(card);
        }
        let card = Arc::new(Card::new(group, order, year, study.cloned(), snapshot));
        self.card = Some(Arc::clone(&card));
        card
    }

    /// What a search means and finds; made again when the text or the library changes.
    pub(super) fn search(&mut self, text: &str, snapshot: &Snapshot) -> (Arc<Query>, Arc<Vec<PhotoId>>) {
        if let Some(found) = &self.found
            && found.text == text
            && found.generation == snapshot.generation
        {
            return (Arc::clone(&found.query), Arc::clone(&found.photos));
        }
        let query = Arc::new(Query::read(text, snapshot));
        let photos = Arc::new(query.photos(snapshot));
        self.found = Some(Found {
            text: text.to_owned(),
            generation: snapshot.generation,
            query: Arc::clone(&query),
            photos: Arc::clone(&photos),
        });
        (query, photos)
    }
}

/// Everybody who has a name. They stand first, so the many groups after them need not be looked at in every frame.
pub(super) fn named(snapshot: &Snapshot) -> impl Iterator<Item = &Group> {
    snapshot.groups.iter().take_while(|group| group.name.is_some())
}

/// Faces that were set aside with their whole group.
fn strangers(snapshot: &Snapshot) -> BTreeSet<FaceId> {
    snapshot.groups.iter().filter(|group| group.ignored).flat_map(|group| group.faces.iter().copied()).collect()
}

fn filtered(wanted: &Wanted, snapshot: &Snapshot) -> Vec<FaceId> {
    let strangers = strangers(snapshot);
    let unfiltered = Wanted { order: wanted.order, ..Wanted::default() };
    if *wanted == unfiltered && snapshot.flagged.is_empty() && strangers.is_empty() {
        // The usual case, in every frame that brings faces: nothing to look up.
        return snapshot.faces.keys().copied().collect();
    }
    let named: BTreeSet<GroupId> = named(snapshot).map(|group| group.id).collect();
    let has_name = |face: &FaceId| snapshot.group_of.get(face).is_some_and(|group| named.contains(group));
    let gone = |face: &FaceId| snapshot.flagged.contains_key(face) || strangers.contains(face);
    let shown = snapshot.faces.iter().filter(|(face, _)| !gone(face));
    let fits = shown.filter(|(face, known)| match wanted.filter {
        Filter::All => true,
        Filter::Unnamed => !has_name(face),
        Filter::Named => has_name(face),
        Filter::Unsure => known.detected.score < SURE,
        Filter::Poor => snapshot.quality.get(face).is_some_and(|quality| *quality < POOR_QUALITY),
    });
    let narrowed = fits.filter(|(face, known)| {
        let photo = snapshot.photos.get(&known.photo);
        wanted.person.is_none_or(|person| snapshot.group_of.get(face) == Some(&person))
            && wanted.when.is_none_or(|when| photo.is_some_and(|photo| when.holds(photo.taken)))
            && wanted.folder.as_ref().is_none_or(|folder| photo.is_some_and(|photo| lies_in(photo, folder)))
    });
    narrowed.map(|(face, _)| *face).collect()
}

fn lies_in(photo: &Photo, folder: &Path) -> bool {
    photo.paths.iter().any(|path| path.parent() == Some(folder))
}

/// The dates and the folders of the photos with faces that were not set aside.
pub(super) fn choices(snapshot: &Snapshot) -> Choices {
    let strangers = strangers(snapshot);
    let is_shown = |face: &FaceId| !snapshot.flagged.contains_key(face) && !strangers.contains(face);
    let mut undated = 0;
    let mut months: BTreeMap<i16, BTreeMap<u8, usize>> = BTreeMap::new();
    let mut folders: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for (photo, faces) in snapshot.photo_faces.iter() {
        let Some(photo) = snapshot.photos.get(photo) else { continue };
        let shown = faces.iter().filter(|face| is_shown(face)).count();
        if shown == 0 {
            continue;
        }
        match photo.taken {
            Some(taken) => *months.entry(taken.year).or_default().entry(taken.month).or_default() += shown,
            None => undated += shown,
        }
        // Two copies in one folder are one photo there.
        let of_photo: BTreeSet<&Path> = photo.paths.iter().filter_map(|path| path.parent()).collect();
        for folder in of_photo {
            *folders.entry(folder.to_owned()).or_default() += shown;
        }
    }
    let mut times: Vec<(When, usize)> =
        months.iter().rev().map(|(year, months)| (When::Year(*year), months.values().sum::<usize>())).collect();
    if undated > 0 {
        times.push((When::NoDate, undated));
    }
    let months = months.into_iter().map(|(year, months)| (year, months.into_iter().collect())).collect();
    Choices { times, months, folders: folders.into_iter().collect() }
}

fn sorted(mut faces: Vec<FaceId>, order: Order, snapshot: &Snapshot) -> Vec<FaceId> {
    match order {
        Order::Found => {}
        Order::Newest => faces.sort_by_cached_key(|face| Reverse(taken(*face, snapshot))),
        // Photos without a date come last either way.
        Order::Oldest => {
            faces.sort_by_cached_key(|face| taken(*face, snapshot).map_or((1, None), |taken| (0, Some(taken))));
        }
        Order::Largest => faces.sort_by_cached_key(|face| {
            let area = snapshot.faces.get(face).map_or(0.0, |face| face.detected.bounds.area());
            Reverse(area as u64)
        }),
        Order::Person => {
            let place: BTreeMap<GroupId, usize> =
                snapshot.groups.iter().enumerate().map(|(place, group)| (group.id, place)).collect();
            faces.sort_by_cached_key(|face| {
                snapshot.group_of.get(face).and_then(|group| place.get(group)).copied().unwrap_or(usize::MAX)
            });
        }
        Order::Folder => {
            let folder = |face: &FaceId| snapshot.photo_of_face(*face)?.paths.first()?.parent();
            faces.sort_by(|one, two| folder(one).cmp(&folder(two)));
        }
        Order::Poorest => faces.sort_by_cached_key(|face| {
            let quality = snapshot.quality.get(face).copied().unwrap_or(0.0);
            (quality * 1e6) as u32
        }),
    }
    faces
}

/// Faces that were set aside so: one by one, then as strangers' whole groups.
fn aside(flag: FaceFlag, snapshot: &Snapshot) -> Vec<FaceId> {
    let single = snapshot.flagged.iter().filter(|(_, other)| **other == flag).map(|(face, _)| *face);
    let strangers = snapshot.groups.iter().filter(|group| group.ignored && flag == FaceFlag::Ignored);
    single.chain(strangers.flat_map(|group| group.faces.iter().copied())).collect()
}

/// When a face's photo was taken.
pub(super) fn taken(face: FaceId, snapshot: &Snapshot) -> Option<Taken> {
    snapshot.photo_of_face(face)?.taken
}

/// The photos of these faces, each once, in the order of the faces.
pub(super) fn photos_of(faces: &[FaceId], snapshot: &Snapshot) -> Vec<PhotoId> {
    let mut seen = BTreeSet::new();
    let photos = faces.iter().filter_map(|face| snapshot.faces.get(face)).map(|face| face.photo);
    photos.filter(|photo| seen.insert(*photo)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DetectedFace, Face, FaceBox, FaceKey, PhotoHash};

    /// A face in a photo of its own, which was taken then.
    fn seen(number: u32, taken: Option<(i16, u8)>, paths: &[&str]) -> (Photo, Face) {
        let hash = PhotoHash([number as u8; 16]);
        let bounds = FaceBox::new(0.0, 0.0, 90.0, 110.0);
        let taken = taken.map(|(year, month)| Taken { year, month, day: 14, second: 0 });
        let paths = paths.iter().map(PathBuf::from).collect();
        let photo = Photo { id: PhotoId(number), hash, paths, width: 400, height: 300, orientation: 1, taken };
        let detected = DetectedFace { bounds, score: 0.99, landmarks: [[0.0; 2]; 5], sharpness: 1.0 };
        let key = FaceKey::new(hash, &bounds, 400, 300);
        (photo, Face { id: FaceId(number), key, photo: PhotoId(number), detected })
    }

    #[test]
    fn one_can_choose_from_what_would_be_shown_and_the_numbers_say_how_many() {
        let (photos, faces): (Vec<Photo>, Vec<Face>) = [
            seen(1, Some((2009, 7)), &["/a/1.jpg", "/a/copy of 1.jpg"]),
            seen(2, Some((2009, 7)), &["/a/2.jpg", "/b/2.jpg"]),
            seen(3, Some((2009, 12)), &["/b/3.jpg"]),
            seen(4, Some((2012, 1)), &["/b/4.jpg"]),
            seen(5, None, &["/b/5.jpg"]),
            // Set aside: by themselves, and with their group.
            seen(6, Some((2009, 8)), &["/a/6.jpg"]),
            seen(7, Some((2015, 1)), &["/c/7.jpg"]),
            seen(8, None, &["/b/8.jpg"]),
        ]
        .into_iter()
        .unzip();
        let mut stranger = Group::new(GroupId::Faces(FaceId(7)), None, vec![FaceId(7), FaceId(8)], FaceId(7));
        stranger.ignored = true;
        let mut snapshot = Snapshot::by_hand(photos, faces, vec![stranger]);
        snapshot.flagged = [(FaceId(6), FaceFlag::NotAFace)].into_iter().collect();
        let choices = choices(&snapshot);
        assert_eq!(choices.times, [(When::Year(2012), 1), (When::Year(2009), 3), (When::NoDate, 1)]);
        let months: Vec<(i16, Vec<(u8, usize)>)> = choices.months.clone().into_iter().collect();
        assert_eq!(months, [(2009, vec![(7, 2), (12, 1)]), (2012, vec![(1, 1)])]);
        assert_eq!(choices.folders, [(PathBuf::from("/a"), 2), (PathBuf::from("/b"), 4)]);
        let shown = |when: When| filtered(&Wanted { when: Some(when), ..Wanted::default() }, &snapshot).len();
        for (when, number) in choices.times {
            assert_eq!(shown(when), number, "{when:?}");
        }
        for (year, months) in choices.months {
            for (month, number) in months {
                assert_eq!(shown(When::Month(year, month)), number, "{year}-{month}");
            }
        }
    }

    #[test]
    fn a_list_that_is_shown_as_it_was_says_when_it_will_be_sorted() {
        let mut index = Index::default();
        let mut snapshot = Snapshot { activity: Activity::Listing { found: 1 }, ..Snapshot::default() };
        let wanted = Wanted { order: Order::Largest, ..Wanted::default() };
        index.faces(&wanted, &snapshot, 10.0);
        assert_eq!(index.stale.take(), None);
        snapshot.generation += 1;
        index.faces(&wanted, &snapshot, 10.25);
        assert_eq!(index.stale.take(), Some(0.75), "somebody has to look again by then");
        index.faces(&wanted, &snapshot, 11.0);
        index.faces(&wanted, &snapshot, 11.25);
        assert_eq!(index.stale.take(), None);
        // Once nothing is read any more, what was edited shows at once.
        (snapshot.activity, snapshot.generation) = (Activity::Idle, snapshot.generation + 1);
        index.faces(&wanted, &snapshot, 11.5);
        assert_eq!((index.stale.take(), index.list.as_ref().map(|list| list.at)), (None, Some(11.5)));
    }
}
