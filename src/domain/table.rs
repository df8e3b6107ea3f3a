//! Maps that a snapshot can share: cloning one copies a pointer, changing one copies only the part that changed.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use super::{FaceId, FaceKey, PersonId, PhotoHash, PhotoId};

/// A row id: a small number that grows from row to row.
pub trait RowId: Copy + Ord + fmt::Debug {
    /// The number.
    fn number(self) -> u32;
}

impl RowId for PhotoId {
    fn number(self) -> u32 {
        self.0
    }
}

impl RowId for FaceId {
    fn number(self) -> u32 {
        self.0
    }
}

impl RowId for PersonId {
    fn number(self) -> u32 {
        self.0
    }
}

/// Ids whose entries are copied together when one of them changes while a snapshot is alive.
const CHUNK: u32 = 256;

type Chunk<K, V> = Arc<Vec<(K, V)>>;

/// A map from row ids, in ascending order, for rows that are given without large gaps. Behaves as a `BTreeMap`; a clone
/// costs one pointer, a change one chunk of 256 entries and a list of pointers to the others.
#[derive(Clone)]
pub struct Table<K, V> {
    chunks: Arc<Vec<Chunk<K, V>>>,
    len: usize,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { chunks: Arc::default(), len: 0 }
    }
}

impl<K: RowId, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: RowId, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<K: RowId, V> Table<K, V> {
    /// Entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// No entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of this id.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        let number = key.number();
        let chunk = self.chunks.get((number / CHUNK) as usize)?;
        // A chunk without gaps holds every entry at its place.
        match chunk.get((number % CHUNK) as usize) {
            Some((found, value)) if found == key => Some(value),
            _ => chunk.binary_search_by(|(found, _)| found.cmp(key)).ok().and_then(|at| chunk.get(at)).map(|(_, v)| v),
        }
    }

    /// Whether this id has a value.
    #[must_use]
    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// Entries, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.chunks.iter().flat_map(|chunk| chunk.iter().map(|(key, value)| (key, value)))
    }

    /// Ids, ascending.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// Values, ascending by id.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// Entries with ids in a range, ascending.
    pub fn range<R: RangeBounds<K>>(&self, range: R) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        let chunk_of = |key: &K| (key.number() / CHUNK) as usize;
        let first = match range.start_bound() {
            Bound::Included(key) | Bound::Excluded(key) => chunk_of(key),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(key) | Bound::Excluded(key) => chunk_of(key) + 1,
            Bound::Unbounded => self.chunks.len(),
        };
        let end = end.min(self.chunks.len());
        let chunks = self.chunks.get(first.min(end)..end).unwrap_or_default();
        chunks
            .iter()
            .flat_map(|chunk| chunk.iter().map(|(key, value)| (key, value)))
            .filter(move |(key, _)| range.contains(key))
    }
}

impl<K: RowId, V: Clone> Table<K, V> {
    /// Sets a value; gives the one before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let place = (key.number() / CHUNK) as usize;
        let chunks = Arc::make_mut(&mut self.chunks);
        if chunks.len() <= place {
            chunks.resize_with(place + 1, Arc::default);
        }
        let chunk = Arc::make_mut(chunks.get_mut(place)?);
        match chunk.binary_search_by(|(found, _)| found.cmp(&key)) {
            Ok(at) => chunk.get_mut(at).map(|entry| std::mem::replace(&mut entry.1, value)),
            Err(at) => {
                chunk.insert(at, (key, value));
                self.len += 1;
                None
            }
        }
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        if !self.contains_key(key) {
            return None;
        }
        let chunk = Arc::make_mut(&mut self.chunks).get_mut((key.number() / CHUNK) as usize)?;
        let at = chunk.binary_search_by(|(found, _)| found.cmp(key)).ok()?;
        self.len -= 1;
        Some(Arc::make_mut(chunk).remove(at).1)
    }
}

impl<K: RowId, V: Clone> FromIterator<(K, V)> for Table<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries: Vec<(K, V)> = entries.into_iter().collect();
        let mut table = Self::default();
        if !entries.is_sorted_by(|(one, _), (next, _)| one < next) {
            for (key, value) in entries {
                table.insert(key, value);
            }
            return table;
        }
        // Rows as they are read: whole chunks at once.
        let place = |key: &K| (key.number() / CHUNK) as usize;
        table.len = entries.len();
        let mut chunks = vec![Arc::default(); entries.last().map_or(0, |(key, _)| place(key) + 1)];
        let mut entries = entries.into_iter().peekable();
        while let Some(first) = entries.next() {
            let at = place(&first.0);
            let mut chunk = Vec::with_capacity(CHUNK as usize);
            chunk.push(first);
            chunk.extend(std::iter::from_fn(|| entries.next_if(|(key, _)| place(key) == at)));
            if let Some(slot) = chunks.get_mut(at) {
                *slot = Arc::new(chunk);
            }
        }
        table.chunks = Arc::new(chunks);
        table
    }
}

impl<K: RowId, V: Clone> From<BTreeMap<K, V>> for Table<K, V> {
    fn from(map: BTreeMap<K, V>) -> Self {
        map.into_iter().collect()
    }
}

/// Parts of a [`KeyMap`]: the first byte of a photo's hash.
const SHARDS: usize = 256;

/// A map from face keys, in ascending order. A clone costs one pointer; a change copies the 256th part the key is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyMap<V> {
    shards: Arc<Vec<Arc<BTreeMap<FaceKey, V>>>>,
    len: usize,
}

impl<V> Default for KeyMap<V> {
    fn default() -> Self {
        let empty = Arc::new(BTreeMap::new());
        Self { shards: Arc::new(vec![empty; SHARDS]), len: 0 }
    }
}

impl<V> KeyMap<V> {
    fn shard(&self, photo: PhotoHash) -> Option<&Arc<BTreeMap<FaceKey, V>>> {
        self.shards.get(usize::from(photo.0[0]))
    }

    /// Entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// No entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of a face.
    #[must_use]
    pub fn get(&self, key: &FaceKey) -> Option<&V> {
        self.shard(key.photo)?.get(key)
    }

    /// Whether a face has a value.
    #[must_use]
    pub fn contains_key(&self, key: &FaceKey) -> bool {
        self.get(key).is_some()
    }

    /// Entries, ascending: the shards follow the first byte of the key.
    pub fn iter(&self) -> impl Iterator<Item = (&FaceKey, &V)> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    /// Keys, ascending.
    pub fn keys(&self) -> impl Iterator<Item = &FaceKey> {
        self.iter().map(|(key, _)| key)
    }

    /// The faces of one photo that have a value.
    pub fn of_photo(&self, photo: PhotoHash) -> impl Iterator<Item = (&FaceKey, &V)> {
        let first = FaceKey { photo, cell: [i16::MIN; 4] };
        let last = FaceKey { photo, cell: [i16::MAX; 4] };
        self.shard(photo).into_iter().flat_map(move |shard| shard.range(first..=last))
    }
}

impl<V: Clone> KeyMap<V> {
    fn shard_mut(&mut self, photo: PhotoHash) -> Option<&mut BTreeMap<FaceKey, V>> {
        Arc::make_mut(&mut self.shards).get_mut(usize::from(photo.0[0])).map(Arc::make_mut)
    }

    /// Sets a value.
    pub fn insert(&mut self, key: FaceKey, value: V) {
        if let Some(shard) = self.shard_mut(key.photo)
            && shard.insert(key, value).is_none()
        {
            self.len += 1;
        }
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: &FaceKey) {
        if self.contains_key(key)
            && let Some(shard) = self.shard_mut(key.photo)
        {
            shard.remove(key);
            self.len -= 1;
        }
    }
}

impl<V: PartialEq> KeyMap<V> {
    /// Keys whose values differ; parts that both maps share are not looked at.
    pub(super) fn differing(&self, other: &Self) -> Vec<FaceKey> {
        let mut keys = Vec::new();
        for (one, two) in self.shards.iter().zip(other.shards.iter()) {
            if !Arc::ptr_eq(one, two) {
                keys.extend(one.iter().filter(|(key, value)| two.get(key) != Some(value)).map(|(key, _)| *key));
                keys.extend(two.keys().filter(|key| !one.contains_key(key)));
            }
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_table_is_a_map(steps in proptest::collection::vec((0u32..2000, any::<bool>()), 0..300), at in 0u32..2000) {
            let mut table = Table::default();
            let mut map = BTreeMap::new();
            let mut kept = Vec::new();
            for (number, (key, insert)) in steps.iter().enumerate() {
                let key = FaceId(*key);
                if *insert {
                    prop_assert_eq!(table.insert(key, number), map.insert(key, number));
                } else {
                    prop_assert_eq!(table.remove(&key), map.remove(&key));
                }
                if number % 50 == 0 {
                    kept.push((table.clone(), map.clone()));
                }
            }
            kept.push((table, map));
            for (table, map) in kept {
                prop_assert_eq!(table.len(), map.len());
                prop_assert!(table.iter().eq(map.iter()), "a clone never changes");
                let at = FaceId(at);
                prop_assert_eq!(table.get(&at), map.get(&at));
                prop_assert_eq!(table.range(..at).next_back(), map.range(..at).next_back());
                prop_assert!(table.range(at..).eq(map.range(at..)));
                prop_assert!(table.range(at..=at).eq(map.range(at..=at)));
                prop_assert_eq!(Table::from(map), table);
            }
        }

        #[test]
        fn a_key_map_is_a_map(steps in proptest::collection::vec((any::<[u8; 2]>(), 0i16..3, any::<bool>()), 0..200)) {
            let mut table = KeyMap::default();
            let mut map = BTreeMap::new();
            let mut before = (table.clone(), map.clone());
            for (number, (hash, cell, insert)) in steps.iter().enumerate() {
                let mut photo = [0; 16];
                photo[0] = hash[0] % 5;
                photo[9] = hash[1] % 3;
                let key = FaceKey { photo: PhotoHash(photo), cell: [*cell; 4] };
                if *insert {
                    table.insert(key, number);
                    map.insert(key, number);
                } else {
                    table.remove(&key);
                    map.remove(&key);
                }
                prop_assert_eq!(table.len(), map.len());
                let of_photo: Vec<FaceKey> = table.of_photo(key.photo).map(|(key, _)| *key).collect();
                prop_assert_eq!(of_photo, map.keys().filter(|other| other.photo == key.photo).copied().collect::<Vec<_>>());
                if number == steps.len() / 2 {
                    before = (table.clone(), map.clone());
                }
            }
            prop_assert!(table.iter().eq(map.iter()));
            let mut differing = table.differing(&before.0);
            differing.sort_unstable();
            let all: std::collections::BTreeSet<&FaceKey> = map.keys().chain(before.1.keys()).collect();
            let expected: Vec<FaceKey> = all.into_iter().filter(|key| map.get(key) != before.1.get(key)).copied().collect();
            prop_assert_eq!(differing, expected);
        }
    }
}
