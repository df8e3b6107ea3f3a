//! The ways of grouping, by name. How they group is `cluster`'s.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The ways of grouping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Zhu, Wen, Sun, CVPR 2011, as published.
    RankOrder,
    /// Otto, Wang, Jain, arXiv 1604.00989.
    Approximate,
    /// Mutual best groups, average linkage judged against the neighbourhood; the default.
    #[default]
    Adaptive,
    /// Average linkage with one threshold.
    Linkage,
}

impl Method {
    /// Every method.
    #[must_use]
    pub const fn all() -> [Self; 4] {
        [Self::RankOrder, Self::Approximate, Self::Adaptive, Self::Linkage]
    }

    const fn names(self) -> [&'static str; 2] {
        match self {
            Self::RankOrder => ["rank-order", "Rank-Order (2011)"],
            Self::Approximate => ["approximate", "Approximate Rank-Order (2016)"],
            Self::Adaptive => ["adaptive", "Adaptive Rank-Order"],
            Self::Linkage => ["linkage", "Average linkage"],
        }
    }

    /// The name on the command line and in a library.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.names()[0]
    }

    /// The name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.names()[1]
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No such method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such way of grouping: {0}")]
pub struct UnknownMethod(pub String);

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::all().into_iter().find(|method| method.name() == name).ok_or_else(|| UnknownMethod(name.to_owned()))
    }
}
