//! `albumen forget`: what the library holds of a folder or a person is removed for good.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::library::Opened;
use super::{LibraryArguments, Outcome, output};
use crate::engine::{self, Forget as What};

/// Remove for good what the library holds of a folder or a person; no photo is touched
///
/// Faces, embeddings and thumbnails are removed and the library file is written anew, so that no byte of them is left.
/// Of a folder, the names stay: they hold again if it is ever scanned again. Of a person, every word is removed too.
#[derive(Args, Debug)]
#[group(id = "what", required = true, multiple = false, args = ["folder", "person"])]
pub struct Forget {
    /// The folder
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// The person, by name
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    #[command(flatten)]
    library: LibraryArguments,
}

pub(super) fn run(arguments: &Forget) -> anyhow::Result<Outcome> {
    let library = Opened::existing(&arguments.library.path())?;
    let mut commands = Vec::new();
    if let Some(folder) = &arguments.folder {
        commands.push(What::Folder(std::path::absolute(folder)?));
    }
    if let Some(name) = arguments.person.as_deref().map(str::trim) {
        let snapshot = library.snapshot();
        let persons = snapshot.library.persons().values();
        commands.extend(
            persons.filter(|person| person.name.as_deref() == Some(name)).map(|person| What::Person(person.id)),
        );
        commands.first().with_context(|| format!("nobody is called {name}; `albumen people` lists the names"))?;
    }
    for what in commands {
        let after = library.run(engine::Command::Forget(what))?;
        if let Some(notice) = after.notices.last() {
            output::say(&notice.text);
        }
    }
    library.close();
    Ok(Outcome::Done)
}
