//! What a user can say about faces and persons. Never about groups: those are the machine's and may be made again.

use serde::{Deserialize, Serialize};

use super::{FaceKey, Method, PersonId};

/// How readily groups merge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Fewer wrong faces, more groups per person.
    Strict,
    /// The default.
    #[default]
    Normal,
    /// Fewer groups, more wrong faces.
    Loose,
}

/// A face that is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaceFlag {
    /// The detector was wrong.
    NotAFace,
    /// A stranger.
    Ignored,
}

/// One thing the user said. Stored as JSON, so variants and fields may be added but never renamed.
///
/// An edit that speaks of an unknown face or person changes nothing: it may become meaningful when the photo is
/// scanned again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "kebab-case")]
pub enum Edit {
    /// These faces are one person, new under this id; without a name when the user only said that they belong together.
    MakePerson {
        /// An id never used before.
        person: PersonId,
        /// Trimmed, never empty.
        name: Option<String>,
        /// Confirmed to be this person.
        faces: Vec<FaceKey>,
        /// Said not to be this person: the rest of the group a selection was split from.
        rest: Vec<FaceKey>,
    },
    /// Gives a person a name, or another one.
    Rename {
        /// Who.
        person: PersonId,
        /// Trimmed, never empty.
        name: String,
    },
    /// These faces are this person.
    Assign {
        /// Which.
        faces: Vec<FaceKey>,
        /// Who.
        person: PersonId,
    },
    /// Both are one: everything of `from` is `into`'s afterwards.
    MergePersons {
        /// Ends.
        from: PersonId,
        /// Stays, with its name.
        into: PersonId,
    },
    /// These faces are not this person; they are free again if they were.
    NotThisPerson {
        /// Which.
        faces: Vec<FaceKey>,
        /// Who they are not.
        person: PersonId,
    },
    /// Sets faces aside, or takes them back with `None`.
    Flag {
        /// Which.
        faces: Vec<FaceKey>,
        /// As what.
        flag: Option<FaceFlag>,
    },
    /// The face on the person's card.
    Cover {
        /// Whose.
        person: PersonId,
        /// Which.
        face: FaceKey,
    },
    /// Keeps a person off the board, or puts it back.
    Hide {
        /// Whom.
        person: PersonId,
        /// Off or on.
        hidden: bool,
    },
    /// How readily groups merge.
    SetPreset {
        /// The preset.
        preset: Preset,
    },
    /// How faces are grouped.
    SetMethod {
        /// The way.
        method: Method,
    },
    /// A finer word than the preset, and in its place from now on.
    SetLooseness {
        /// Hundredths of the margin two groups need: 0 is normal, below is stricter, above is looser.
        hundredths: i16,
    },
    /// These faces, which the machine put there, are this person indeed.
    Confirm {
        /// Which.
        faces: Vec<FaceKey>,
        /// Who.
        person: PersonId,
    },
    /// A person's year of birth.
    BirthYear {
        /// Whose.
        person: PersonId,
        /// Unknown with `None`.
        year: Option<i16>,
    },
    /// Sets a person aside as a stranger, with every face that will be found to be like theirs; or takes them back.
    IgnorePerson {
        /// Whom.
        person: PersonId,
        /// Aside or back.
        ignored: bool,
    },
    /// There is a face here that the detector missed: the key holds the photo and the box.
    DrawFace {
        /// Where.
        face: FaceKey,
    },
    /// What the user did with the other edits of the step. For its sentence: changes nothing by itself.
    Meant {
        /// What.
        what: Meaning,
    },
}

/// What a step was, where its edits alone may come of several things; numbers as they were on the cards. Stored as JSON
/// within an [`Edit`]. It names nobody, so that nothing of it need be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Meaning {
    /// Cards became one.
    Merge {
        /// So many cards.
        cards: usize,
        /// Faces that came to the card that stayed.
        faces: usize,
        /// Faces that were there.
        into: usize,
    },
    /// Faces left their cards for one of their own.
    Split {
        /// So many.
        faces: usize,
    },
    /// Faces went to a card.
    Move {
        /// So many.
        faces: usize,
    },
    /// A card that was a person's already got its first name.
    Name {
        /// Faces on it.
        faces: usize,
    },
    /// All faces of a card are one person.
    OnePerson {
        /// So many.
        faces: usize,
    },
    /// Two cards are two people.
    TwoPeople {
        /// Faces on each.
        faces: [usize; 2],
    },
    /// A face's box was drawn anew.
    FixBox,
}

impl Edit {
    /// Every face the edit speaks of.
    pub fn faces(&self) -> impl Iterator<Item = &FaceKey> {
        let (one, two): (&[FaceKey], &[FaceKey]) = match self {
            Self::MakePerson { faces, rest, .. } => (faces, rest),
            Self::Assign { faces, .. }
            | Self::NotThisPerson { faces, .. }
            | Self::Flag { faces, .. }
            | Self::Confirm { faces, .. } => (faces, &[]),
            Self::Cover { face, .. } | Self::DrawFace { face } => (std::slice::from_ref(face), &[]),
            Self::Rename { .. }
            | Self::MergePersons { .. }
            | Self::Hide { .. }
            | Self::SetMethod { .. }
            | Self::SetPreset { .. }
            | Self::SetLooseness { .. }
            | Self::BirthYear { .. }
            | Self::IgnorePerson { .. }
            | Self::Meant { .. } => (&[], &[]),
        };
        one.iter().chain(two)
    }

    /// The person the edit speaks of; the one who stays of two.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Self::MakePerson { person, .. }
            | Self::Rename { person, .. }
            | Self::Assign { person, .. }
            | Self::MergePersons { into: person, .. }
            | Self::NotThisPerson { person, .. }
            | Self::Cover { person, .. }
            | Self::Hide { person, .. }
            | Self::Confirm { person, .. }
            | Self::BirthYear { person, .. }
            | Self::IgnorePerson { person, .. } => Some(*person),
            Self::Flag { .. }
            | Self::SetMethod { .. }
            | Self::SetPreset { .. }
            | Self::SetLooseness { .. }
            | Self::DrawFace { .. }
            | Self::Meant { .. } => None,
        }
    }

    /// Whether it says anything about the library, or only what the other edits of its step were.
    #[must_use]
    pub fn says_something(&self) -> bool {
        !matches!(self, Self::Meant { .. })
    }
}
