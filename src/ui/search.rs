//! What a search means: people, years, folders, and which photos fit. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::index;
use super::text::frame as words;
use crate::domain::{FaceId, Group, GroupId, Photo, PhotoId, Snapshot};

/// One condition; all of them hold for a photo that is found.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    /// Somebody of this name is in it.
    Person(BTreeSet<GroupId>),
    /// Somebody without a name is in it.
    Unnamed,
    /// Nobody is in it.
    Nobody,
    /// Taken in this year, month or day: a prefix of `2019-07-14`.
    Date(String),
    /// The path contains this.
    Path(String),
}

/// A search, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    terms: Vec<Term>,
    /// Nobody else is in the photo.
    only: bool,
    /// In words, so that one sees what was understood.
    pub(super) words: String,
}

impl Query {
    /// Reads a text such as `Ann + Bo`, `only Ann`, `Ann 2019`, `2019-07`, `not named`, or a part of a path.
    pub(super) fn read(text: &str, snapshot: &Snapshot) -> Self {
        let mut query = Self::default();
        let mut understood = Vec::new();
        let mut rest = text.trim();
        if let Some(after) = strip_word(rest, words::TYPED_ONLY) {
            (query.only, rest) = (true, after);
        }
        // Somebody may be called `Lee, Ann` or `Ann & Bo`.
        let whole = rest.to_lowercase();
        let called = |group: &Group| group.name.as_ref().is_some_and(|name| name.to_lowercase() == whole);
        let parts: Vec<&str> = if index::named(snapshot).any(called) {
            vec![rest]
        } else {
            rest.split(['+', '&', ',']).flat_map(|part| part.split(words::TYPED_AND)).collect()
        };
        for part in parts {
            for (term, said) in read_part(part.trim(), snapshot) {
                query.terms.push(term);
                understood.push(said);
            }
        }
        query.words = words::understood(&understood, query.only);
        query
    }

    /// Nothing was asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The photos that fit, the latest first.
    pub(super) fn photos(&self, snapshot: &Snapshot) -> Vec<PhotoId> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut faces: BTreeMap<PhotoId, Vec<FaceId>> = BTreeMap::new();
        for (id, face) in snapshot.faces.iter() {
            if !snapshot.flagged.contains_key(id) {
                faces.entry(face.photo).or_default().push(*id);
            }
        }
        let named: BTreeSet<GroupId> = index::named(snapshot).map(|group| group.id).collect();
        let fits = |photo: &Photo| {
            let who: Vec<Option<GroupId>> = faces
                .get(&photo.id)
                .map(|list| list.iter().map(|face| snapshot.group_of.get(face).copied()).collect())
                .unwrap_or_default();
            self.terms.iter().all(|term| term.fits(photo, &who, &named)) && (!self.only || self.covers(&who))
        };
        let mut found: Vec<&Photo> = snapshot.photos.values().map(AsRef::as_ref).filter(|photo| fits(photo)).collect();
        found.sort_by(|a, b| b.taken.cmp(&a.taken).then(a.id.cmp(&b.id)));
        found.into_iter().map(|photo| photo.id).collect()
    }

    /// Everybody in the photo was asked for.
    fn covers(&self, who: &[Option<GroupId>]) -> bool {
        let asked = |group: &GroupId| {
            self.terms.iter().any(|term| matches!(term, Term::Person(people) if people.contains(group)))
        };
        who.iter().all(|group| group.as_ref().is_some_and(asked))
    }
}

impl Term {
    fn fits(&self, photo: &Photo, who: &[Option<GroupId>], named: &BTreeSet<GroupId>) -> bool {
        match self {
            Self::Person(people) => who.iter().flatten().any(|group| people.contains(group)),
            Self::Unnamed => who.iter().any(|group| group.is_none_or(|group| !named.contains(&group))),
            Self::Nobody => who.is_empty(),
            Self::Date(prefix) => photo.taken.is_some_and(|taken| taken.to_string().starts_with(prefix)),
            Self::Path(part) => photo.paths.iter().any(|path| path.to_string_lossy().to_lowercase().contains(part)),
        }
    }
}

/// The rest after a leading word, whatever its case.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (first, rest) = text.split_once(char::is_whitespace)?;
    (first.to_lowercase() == word).then(|| rest.trim_start())
}

/// One part between `+`: a name with or without a date behind it, a date, `not named`, or a piece of a path.
fn read_part(part: &str, snapshot: &Snapshot) -> Vec<(Term, String)> {
    let lower = part.to_lowercase();
    if lower.is_empty() {
        return Vec::new();
    }
    if words::TYPED_UNNAMED.contains(&lower.as_str()) {
        return vec![(Term::Unnamed, words::SOMEBODY_UNNAMED.to_owned())];
    }
    if words::TYPED_NOBODY.contains(&lower.as_str()) {
        return vec![(Term::Nobody, words::NOBODY_IN_IT.to_owned())];
    }
    if is_date(part) {
        return vec![(Term::Date(part.to_owned()), words::taken(part))];
    }
    if let Some(term) = person(&lower, snapshot) {
        return vec![term];
    }
    // `Ann 2019`: a date behind, everything before it as a part of its own.
    if let Some((before, last)) = part.rsplit_once(char::is_whitespace)
        && is_date(last)
    {
        let mut terms = read_part(before.trim(), snapshot);
        terms.push((Term::Date(last.to_owned()), words::taken(last)));
        return terms;
    }
    vec![(Term::Path(lower), words::in_path(part))]
}

/// `2019`, `2019-07`, `2019-07-14`.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let digits = |part: Option<&str>, count: usize| {
        part.is_none_or(|part| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    !text.is_empty()
        && digits(parts.next(), 4)
        && digits(parts.next(), 2)
        && digits(parts.next(), 2)
        && parts.next().is_none()
}

/// Everybody of exactly that name, else everybody whose name begins so, else everybody with a word that does.
fn person(lower: &str, snapshot: &Snapshot) -> Option<(Term, String)> {
    let named = || index::named(snapshot).filter_map(|group| Some((group.id, group.name.as_deref()?)));
    let find = |fits: &dyn Fn(&str) -> bool| -> Vec<(GroupId, &str)> {
        named().filter(|(_, name)| fits(&name.to_lowercase())).collect()
    };
    let mut found = find(&|name| name == lower);
    if found.is_empty() {
        found = find(&|name| name.starts_with(lower));
    }
    if found.is_empty() {
        found = find(&|name| name.split_whitespace().any(|word| word.starts_with(lower)));
    }
    if found.is_empty() {
        return None;
    }
    let mut names: Vec<&str> = found.iter().map(|(_, name)| *name).collect();
    names.dedup();
    let said = words::one_of(&names);
    Some((Term::Person(found.into_iter().map(|(id, _)| id).collect()), said))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PersonId;

    #[test]
    fn a_name_with_a_comma_is_one_name() {
        let group = |(number, name): (usize, &&str)| {
            let face = FaceId(number as u32);
            Group::new(GroupId::Person(PersonId(face.0)), Some((*name).to_owned()), vec![face], face)
        };
        let groups: Vec<Group> = ["Lee, Ann", "Bo & Cy", "Ann", "Bo"].iter().enumerate().map(group).collect();
        let snapshot = Snapshot::by_hand(Vec::new(), Vec::new(), groups);
        let check = |text: &str, expected: &str| assert_eq!(Query::read(text, &snapshot).words, expected, "{text}");
        check("lee, ann", "Lee, Ann");
        check("only Bo & Cy", "Bo & Cy, and nobody else");
        check("Ann, Bo", "Ann, Bo");
    }
}
