//! `albumen name`: a group gets a name.

use anyhow::Context as _;
use clap::Args;

use super::library::Opened;
use super::{LibraryArguments, Outcome, output};
use crate::domain::{Edit, Group, GroupId, Snapshot};
use crate::engine;

/// Give a group a name; a person of that name gets the group's faces
#[derive(Args, Debug)]
pub struct Name {
    #[command(flatten)]
    library: LibraryArguments,
    /// The group, as `albumen people` prints it: p7 or g31
    group: GroupId,
    /// The name
    #[arg(value_name = "NAME", value_parser = called)]
    called: String,
}

/// The name on one line, without anything around it: a line break or tab of a script's is a space.
fn called(text: &str) -> Result<String, String> {
    let lines = text.split(char::is_control).map(str::trim).filter(|line| !line.is_empty());
    let name = lines.collect::<Vec<&str>>().join(" ");
    if name.is_empty() { Err("a name needs at least one letter".to_owned()) } else { Ok(name) }
}

pub(super) fn run(arguments: &Name) -> anyhow::Result<Outcome> {
    let name = arguments.called.as_str();
    let library = Opened::existing(&arguments.library.path())?;
    let snapshot = library.snapshot();
    let group = snapshot
        .group(arguments.group)
        .with_context(|| format!("there is no group {}; `albumen people` lists them", arguments.group))?;
    let faces = output::count(group.faces.len(), "face", "faces");
    library.run(command(&snapshot, group, name)?)?;
    output::say(&format!("{faces} named {name}"));
    library.close();
    Ok(Outcome::Done)
}

/// The same name again means the same person here: a script has no other way to say so.
fn command(snapshot: &Snapshot, group: &Group, name: &str) -> anyhow::Result<engine::Command> {
    let called = |other: &Option<String>| other.as_deref() == Some(name);
    let cards = snapshot.groups.iter().filter(|other| other.id != group.id && called(&other.name));
    if let Some(card) = cards.min_by_key(|card| card.ignored) {
        // The group would be set aside with them.
        anyhow::ensure!(
            !card.ignored,
            "{name} is set aside as a stranger; take them back in the window first, or choose another name"
        );
        return Ok(engine::Command::MergeGroups(vec![card.id, group.id]));
    }
    // Somebody without a card: the disk with their photos is away, or their faces are set aside.
    let persons = snapshot.library.persons().values();
    let away = persons.map(|person| (person.id, &person.name)).find(|(id, other)| {
        called(other) && GroupId::Person(*id) != group.id && snapshot.group(GroupId::Person(*id)).is_none()
    });
    Ok(match (away, group.person()) {
        (Some((into, _)), Some(from)) if group.name.as_deref() != Some(name) => {
            engine::Command::Edit(Edit::MergePersons { from, into })
        }
        (Some((person, _)), None) => {
            let faces = group.faces.iter().filter_map(|face| snapshot.faces.get(face)).map(|face| face.key).collect();
            engine::Command::Edit(Edit::Assign { faces, person })
        }
        _ => engine::Command::NameGroup(group.id, name.to_owned()),
    })
}
