//! Which faces a screen shows, and in which order.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::domain::{GroupId, Taken};

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

/// When a photo was taken, as far as the grid is narrowed to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum When {
    Year(i16),
    /// A month of a year, 1 to 12.
    Month(i16, u8),
    /// Nobody knows.
    NoDate,
}

impl When {
    /// Whether a photo of this date, if it has one, is meant.
    pub(super) fn holds(self, taken: Option<Taken>) -> bool {
        match (self, taken) {
            (Self::Year(year), Some(taken)) => taken.year == year,
            (Self::Month(year, month), Some(taken)) => (taken.year, taken.month) == (year, month),
            (Self::NoDate, taken) => taken.is_none(),
            (_, None) => false,
        }
    }

    /// The year, also of a month.
    pub(super) fn year(self) -> Option<i16> {
        match self {
            Self::Year(year) | Self::Month(year, _) => Some(year),
            Self::NoDate => None,
        }
    }

    /// The month, where it is one.
    pub(super) fn month(self) -> Option<u8> {
        match self {
            Self::Month(_, month) => Some(month),
            Self::Year(_) | Self::NoDate => None,
        }
    }

    /// The same without the month.
    pub(super) fn whole(self) -> Self {
        self.year().map_or(self, Self::Year)
    }
}

/// What the grid of faces shall show, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) filter: Filter,
    pub(super) order: Order,
    pub(super) when: Option<When>,
    pub(super) folder: Option<PathBuf>,
    pub(super) person: Option<GroupId>,
}

/// What one can choose from, and how many faces each has that were not set aside; made when the menu opens.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices {
    /// The years, the latest first, then no date.
    pub(super) times: Vec<(When, usize)>,
    /// The months of each year.
    pub(super) months: BTreeMap<i16, Vec<(u8, usize)>>,
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
