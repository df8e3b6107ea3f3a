//! Which faces a screen shows, and in which order.

use std::path::PathBuf;

use crate::domain::GroupId;

/// Which faces the grid shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Filter {
    #[default]
    All,
    Unnamed,
    Named,
    /// The detector is not sure of it.
    Unsure,
    /// Small, blurred or turned away.
    Poor,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    /// As they were found.
    #[default]
    Found,
    /// The latest photo first.
    Newest,
    /// The oldest photo first.
    Oldest,
    /// The largest face first.
    Largest,
    /// Person by person.
    Person,
    /// Folder by folder.
    Folder,
    /// What shows least who it is comes first.
    Poorest,
}

/// What the grid of faces shall show, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) filter: Filter,
    pub(super) order: Order,
    pub(super) year: Option<i16>,
    pub(super) folder: Option<PathBuf>,
    pub(super) person: Option<GroupId>,
}

/// What years and folders one can choose from, and how many faces each has; made when the menu opens.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices {
    pub(super) years: Vec<(i16, usize)>,
    pub(super) folders: Vec<(PathBuf, usize)>,
}

/// In which order a person's faces stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PersonOrder {
    /// As they were found.
    #[default]
    Found,
    /// The oldest photo first.
    Oldest,
    /// The latest photo first.
    Newest,
    /// What fits least with the others comes first.
    LeastAlike,
}
