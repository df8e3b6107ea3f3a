//! The faces of a library that is not open, to know it by: looked up in its file as it lies there.

use std::path::Path;

use super::board::Board;
use crate::domain::{Face, FaceId, Group, Library, Pixels, Table};
use crate::media;
use crate::store::{Store, StoreError};

/// Faces at most.
const MOST: usize = 4;

/// The covers of up to four cards of a library, named ones first; none when it cannot be read, is damaged, or of another
/// version. Nothing is locked and nothing is written; takes as long as a start, so never from a window.
#[must_use]
pub fn covers(library: &Path) -> Vec<Pixels> {
    look(library).unwrap_or_else(|error| {
        tracing::debug!("no covers: {error}");
        Vec::new()
    })
}

fn look(path: &Path) -> Result<Vec<Pixels>, StoreError> {
    let store = Store::glance(path)?;
    let loaded = store.load()?;
    let library = Library::fold(loaded.steps.iter().take(loaded.cursor).flatten());
    let shown = loaded.faces.iter().filter(|stored| !stored.drawn || library.drawn().contains_key(&stored.face.key));
    let faces: Table<FaceId, Face> = shown.map(|stored| (stored.face.id, stored.face)).collect();
    let board = Board::new(&faces, loaded.clusters, &library);
    let kept = |group: &&Group| !group.hidden && !group.ignored;
    let pictures = board.groups.iter().filter(kept).filter_map(|group| store.thumbnail(group.cover).ok().flatten());
    // A thumbnail that is damaged gives its place to the next.
    Ok(pictures.filter_map(|jpeg| media::decode_thumbnail(&jpeg)).take(MOST).collect())
}
