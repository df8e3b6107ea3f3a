//! `albumen name`: a group gets a name.

use anyhow::Context as _;
use clap::Args;

use super::library::Opened;
use super::{LibraryArguments, Outcome, output};
use crate::domain::GroupId;
use crate::engine;

/// Give a group a name; a person of that name gets the group's faces
#[derive(Args, Debug)]
pub struct Name {
    #[command(flatten)]
    library: LibraryArguments,
    /// The group, as `albumen people` prints it: p7 or g31
    group: GroupId,
    /// The name
    #[arg(value_name = "NAME")]
    called: String,
}

pub(super) fn run(arguments: &Name) -> anyhow::Result<Outcome> {
    let name = arguments.called.trim();
    anyhow::ensure!(!name.is_empty(), "a name needs at least one letter");
    let library = Opened::existing(&arguments.library.path())?;
    let snapshot = library.snapshot();
    let group = snapshot
        .group(arguments.group)
        .with_context(|| format!("there is no group {}; `albumen people` lists them", arguments.group))?;
    let faces = output::count(group.faces.len(), "face", "faces");
    // The same name again means the same person here: a script has no other way to say so.
    let namesake = snapshot.groups.iter().find(|other| other.id != group.id && other.name.as_deref() == Some(name));
    let command = match namesake {
        Some(person) => engine::Command::MergeGroups(vec![person.id, group.id]),
        None => engine::Command::NameGroup(group.id, name.to_owned()),
    };
    library.run(command)?;
    output::say(&format!("{faces} named {name}"));
    library.close();
    Ok(Outcome::Done)
}
