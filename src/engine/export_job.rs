//! Albums from the board.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::words::exporting;
use super::{ExportMode, ExportRequest};
use crate::domain::{ExportSummary, Group, Photo, PhotoId, Snapshot};
use crate::export::{self, Album, AlbumPhoto, Existing, Plan, Report};
use crate::metadata::Region;
use crate::scan::Folders;

/// Why an export cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Nobody to export.
    #[error("{}", exporting::NOBODY)]
    Nobody,
    /// The target lies among the photos.
    #[error("{}", exporting::among_photos(.0))]
    AmongPhotos(PathBuf),
    /// The target cannot be written.
    #[error("{}", exporting::unwritable(reason, path))]
    Target {
        /// The system's words.
        reason: String,
        /// The folder.
        path: PathBuf,
    },
}

/// What an export would do: the chosen groups, or every named person.
///
/// # Errors
/// [`ExportError`] when there is nobody to export, or the target lies in a scanned folder.
pub fn export_plan(snapshot: &Snapshot, request: &ExportRequest) -> Result<Plan, ExportError> {
    plan_until(snapshot, request, &|| false)
}

/// The same, soon over when `stopped`: what is there is not looked at any more, and the plan is of no use.
pub(super) fn plan_until(
    snapshot: &Snapshot,
    request: &ExportRequest,
    stopped: &dyn Fn() -> bool,
) -> Result<Plan, ExportError> {
    let is_chosen = |group: &Group| request.groups.is_empty() || request.groups.contains(&group.id);
    let mut named: Vec<&Group> = snapshot.groups.iter().filter(|group| is_exported(group)).collect();
    if !named.iter().any(|group| is_chosen(group)) {
        return Err(ExportError::Nobody);
    }
    // In an order that does not change with the number of photos: of two people of one name, the same one always gets
    // the plain folder, also when only the other is written.
    named.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    let scanned: Vec<PathBuf> = snapshot.folders.iter().map(|folder| real(folder)).collect();
    let among = |folder: &Path| {
        let folder = real(folder);
        scanned.iter().any(|scanned| folder.starts_with(scanned))
    };
    if among(&request.to) {
        return Err(ExportError::AmongPhotos(request.to.clone()));
    }
    let names = names_by_photo(snapshot);
    let away = Folders::new(snapshot.unreachable.iter());
    let albums: Vec<Album> = (named.into_iter())
        .map(|group| match &group.name {
            Some(name) if !is_chosen(group) => Album { name: name.clone(), photos: Vec::new() },
            _ => album(snapshot, group, &names, &away),
        })
        .collect();
    // Files are compared byte for byte, which takes long for many.
    let existing = |from: &Path, to: &Path| if stopped() { Existing::Nothing } else { export::existing(from, to) };
    let plan = export::plan(&albums, &request.to, request.sidecars, &existing);
    // An album may carry the name of a folder of photos that lies in the target, or lead there by a link.
    match plan.folders.iter().find(|folder| among(folder)) {
        Some(folder) => Err(ExportError::AmongPhotos(folder.clone())),
        None => Ok(plan),
    }
}

/// Whether a card becomes an album, and is named in other albums: who was set aside as a stranger is none of them.
fn is_exported(group: &Group) -> bool {
    group.name.is_some() && !group.ignored
}

/// What a plan would write; not the whole of it when `stopped`.
pub(super) fn summary(plan: &Plan, stopped: &dyn Fn() -> bool) -> ExportSummary {
    let mut summary = ExportSummary { unchanged: plan.unchanged, ..ExportSummary::default() };
    let mut count: BTreeMap<&Path, usize> = BTreeMap::new();
    for folder in plan.steps.iter().filter_map(|step| step.to.parent()) {
        *count.entry(folder).or_default() += 1;
    }
    for folder in &plan.folders {
        let files = count.get(folder.as_path()).copied().unwrap_or_default();
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        summary.albums.push((name, files));
    }
    for step in plan.steps.iter().filter(|step| !step.done).take_while(|_| !stopped()) {
        summary.files += 1;
        match step.from.metadata() {
            Ok(metadata) => summary.bytes += metadata.len(),
            Err(_gone) => summary.problems.push(exporting::lost(&step.from)),
        }
    }
    summary
}

/// The path with as much of it resolved as exists.
fn real(path: &Path) -> PathBuf {
    for parent in path.ancestors() {
        if let Ok(whole) = parent.canonicalize() {
            // What is not there yet has no links in it, so that `..` takes back what stands before it.
            let rest = path.strip_prefix(parent).unwrap_or(Path::new(""));
            return rest.components().fold(whole, |path, part| match part {
                Component::ParentDir => path.parent().map(Path::to_owned).unwrap_or(path),
                part => path.join(part),
            });
        }
    }
    path.to_owned()
}

fn names_by_photo(snapshot: &Snapshot) -> BTreeMap<PhotoId, Arc<[Region]>> {
    let mut names: BTreeMap<PhotoId, Vec<Region>> = BTreeMap::new();
    for group in snapshot.groups.iter().filter(|group| is_exported(group)) {
        let Some(name) = &group.name else { continue };
        for face in group.faces.iter().filter_map(|face| snapshot.faces.get(face)) {
            let region = Region { name: name.clone(), bounds: face.detected.bounds };
            names.entry(face.photo).or_default().push(region);
        }
    }
    names.into_iter().map(|(photo, regions)| (photo, regions.into())).collect()
}

fn album(snapshot: &Snapshot, group: &Group, names: &BTreeMap<PhotoId, Arc<[Region]>>, away: &Folders<'_>) -> Album {
    let photos: BTreeMap<PhotoId, &Arc<Photo>> =
        group.faces.iter().filter_map(|face| snapshot.photo_of_face(*face)).map(|photo| (photo.id, photo)).collect();
    let photos = photos
        .values()
        .flat_map(|photo| {
            // A copy on a disk that is not connected is left out where another can be read.
            let any_in_reach = photo.paths.iter().any(|path| !away.hold(path));
            let readable = photo.paths.iter().filter(move |path| !any_in_reach || !away.hold(path));
            readable.map(|path| AlbumPhoto {
                source: path.clone(),
                photo: Arc::clone(photo),
                regions: names.get(&photo.id).cloned().unwrap_or_else(|| Arc::from([])),
            })
        })
        .collect();
    Album { name: group.name.clone().unwrap_or_default(), photos }
}

/// Writes a plan.
///
/// # Errors
/// [`ExportError::Target`] when the folder cannot be made.
pub fn export_run(
    plan: &Plan,
    mode: ExportMode,
    progress: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Report, ExportError> {
    for folder in &plan.folders {
        std::fs::create_dir_all(folder)
            .map_err(|error| ExportError::Target { reason: error.to_string(), path: folder.clone() })?;
    }
    let mode = match mode {
        ExportMode::Copy => export::Mode::Copy,
        ExportMode::Hardlink => export::Mode::Hardlink,
        ExportMode::Symlink => export::Mode::Symlink,
    };
    Ok(export::run(plan, mode, progress))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_through_a_folder_that_is_not_there_leads_where_it_would() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("photos")).unwrap();
        for (path, expected) in [
            ("photos", "photos"),
            ("photos/new", "photos/new"),
            ("no/../photos/new", "photos/new"),
            ("no/such/../../photos", "photos"),
        ] {
            assert_eq!(real(&root.join(path)), root.join(expected), "{path}");
        }
    }
}
