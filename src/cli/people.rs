//! `albumen people`: who is in the library.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::library::Opened;
use super::{LibraryArguments, Outcome, output};
use crate::domain::{Group, Snapshot};

/// List the people and groups of the library, largest first
#[derive(Args, Debug)]
pub struct People {
    #[command(flatten)]
    library: LibraryArguments,
    /// One JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    group: String,
    name: Option<&'a str>,
    faces: usize,
    #[serde(serialize_with = "output::paths")]
    photos: Vec<PathBuf>,
}

pub(super) fn run(arguments: &People) -> anyhow::Result<Outcome> {
    let library = Opened::to_read(&arguments.library.path())?;
    let snapshot = library.snapshot();
    let mut groups: Vec<&Group> = snapshot.groups.iter().collect();
    groups.sort_by(|a, b| b.faces.len().cmp(&a.faces.len()).then(a.id.cmp(&b.id)));
    let rows: Vec<Row<'_>> = groups.into_iter().map(|group| row(&snapshot, group)).collect();
    if arguments.json {
        output::json(&rows)?;
    } else {
        print(&rows)?;
    }
    library.close();
    Ok(Outcome::Done)
}

fn row<'a>(snapshot: &Snapshot, group: &'a Group) -> Row<'a> {
    let mut photos: Vec<PathBuf> = group
        .faces
        .iter()
        .filter_map(|face| snapshot.photo_of_face(*face))
        .flat_map(|photo| photo.paths.clone())
        .collect();
    photos.sort();
    photos.dedup();
    Row { group: group.id.to_string(), name: group.name.as_deref(), faces: group.faces.len(), photos }
}

fn print(rows: &[Row<'_>]) -> anyhow::Result<()> {
    if rows.is_empty() {
        output::say("No people yet. Scan a folder first: albumen scan FOLDER");
    }
    for row in rows {
        let faces = output::count(row.faces, "face", "faces");
        let photos = output::count(row.photos.len(), "photo", "photos");
        output::line(&format!("{:>6}  {:<28} {faces} in {photos}", row.group, row.name.unwrap_or("-")))?;
    }
    Ok(())
}
