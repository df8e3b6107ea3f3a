//! Boxes that were drawn by hand: a face that was missed, and another box for one that was found. Pure.

use super::commands::{View, meant};
use super::words::refused;
use crate::domain::{Edit, FaceBox, FaceFlag, FaceId, FaceKey, GroupId, Meaning, PhotoId};

/// The face in a box that was drawn, in pixels of the upright photo and clipped to it.
pub(super) fn drawn(photo: PhotoId, bounds: &FaceBox, view: &View<'_>) -> Result<FaceKey, String> {
    let photo = view.photos.get(&photo).ok_or(refused::PHOTO_GONE)?;
    if ![bounds.x, bounds.y, bounds.width, bounds.height].iter().all(|number| number.is_finite()) {
        return Err(refused::BOX_TOO_SMALL.to_owned());
    }
    let (width, height) = (photo.width as f32, photo.height as f32);
    let (left, top) = (bounds.x.clamp(0.0, width), bounds.y.clamp(0.0, height));
    let right = (bounds.x + bounds.width).clamp(left, width);
    let bottom = (bounds.y + bounds.height).clamp(top, height);
    let clipped = FaceBox::new(left, top, right - left, bottom - top);
    let face = FaceKey::new(photo.hash, &clipped, photo.width, photo.height);
    // Smaller than eight pixels or than a cell is a slip of the hand.
    if clipped.width < 8.0 || clipped.height < 8.0 || face.cell[2] < 1 || face.cell[3] < 1 {
        return Err(refused::BOX_TOO_SMALL.to_owned());
    }
    Ok(face)
}

/// A face's box is drawn anew: what was in the old one is no face, what is in the new one is who it was.
pub(super) fn fix(face: FaceId, bounds: &FaceBox, view: &View<'_>) -> Result<Vec<Edit>, String> {
    let old = view.faces.get(&face).ok_or(refused::FACE_GONE)?;
    let new = drawn(old.photo, bounds, view)?;
    let old = old.key;
    if new == old {
        return Ok(Vec::new());
    }
    let flag = view.library.flag(&new);
    let there = view.faces.values().any(|face| face.key == new);
    if there && flag != Some(FaceFlag::NotAFace) {
        return Err(refused::BOX_TAKEN.to_owned());
    }
    let on_card = match view.board.group_of.get(&face) {
        Some(GroupId::Person(person)) => Some(*person),
        _ => None,
    };
    let mut edits = Vec::new();
    // A box that was there before is taken back; else there is a new face.
    edits.push(if there { Edit::Flag { faces: vec![new], flag: None } } else { Edit::DrawFace { face: new } });
    for person in view.library.rejected().get(&old).into_iter().flatten() {
        edits.push(Edit::NotThisPerson { faces: vec![new], person: *person });
    }
    if let Some(person) = view.library.person_of(&old).or(on_card) {
        // The old one too: should the person be forgotten, it goes with the new one.
        edits.push(Edit::Assign { faces: vec![old, new], person });
        if view.library.persons().get(&person).is_some_and(|known| known.cover == Some(old)) {
            edits.push(Edit::Cover { person, face: new });
        }
    }
    if view.library.flag(&old) == Some(FaceFlag::Ignored) {
        edits.push(Edit::Flag { faces: vec![new], flag: Some(FaceFlag::Ignored) });
    }
    edits.push(Edit::Flag { faces: vec![old], flag: Some(FaceFlag::NotAFace) });
    edits.push(meant(Meaning::FixBox));
    Ok(edits)
}
