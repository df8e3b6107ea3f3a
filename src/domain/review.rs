//! What the machine would like to know, and what it can say about its groups: values for the screens.

use super::{FaceId, GroupId};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuestionKind {
    /// Are these two cards one person?
    Merge {
        /// The one.
        one: GroupId,
        /// The other.
        two: GroupId,
    },
    /// Does this card show two people?
    Split {
        /// The card.
        group: GroupId,
        /// The faces that would leave it, ascending.
        pile: Vec<FaceId>,
    },
    /// Are these faces this person?
    Suggest {
        /// The faces of a card without a name, ascending.
        faces: Vec<FaceId>,
        /// The person's card.
        person: GroupId,
    },
}

/// A question whose answer settles something. Answered by `Command::Answer` with its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The same as long as the same is asked about the same faces.
    pub id: u64,
    /// What is asked.
    pub kind: QuestionKind,
    /// As a sentence.
    pub sentence: String,
    /// How much an answer settles: faces it would move × how close the machine's decision was.
    pub weight: f32,
    /// The two faces the question hangs on, one of each side.
    pub faces: [FaceId; 2],
}

/// Why two faces are together, or apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The one asked about.
    pub one: FaceId,
    /// The other; of a face that was asked about with its group, the face there that it is most like.
    pub two: FaceId,
    /// Whether they are in one group.
    pub together: bool,
    /// How alike they look, −1 to 1; `None` when they were not compared, and then the sentences say why.
    pub cosine: Option<f32>,
    /// Rank-order distance, from 0 on; `None` when neither is among the other's nearest.
    pub rank_order: Option<f32>,
    /// How far the weakest step between them was above what is asked; below 0 they are apart. `None` when there is no way
    /// from one to the other; infinite when the user said so.
    pub margin: Option<f32>,
    /// In words, most important first.
    pub sentences: Vec<String>,
    /// Faces near both: the face, its place among the nearest of the one and of the other, from 1. Nearest first.
    pub shared: Vec<(FaceId, u32, u32)>,
    /// The steps that led from one to the other, weakest first: the most alike pair across each and its cosine.
    pub bridge: Vec<(FaceId, FaceId, f32)>,
}

/// What another looseness would do, before it is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// In hundredths of the margin, as for `Edit::SetLooseness`.
    pub looseness: i16,
    /// Groups of two and more there would be.
    pub groups: usize,
    /// Faces that would stand alone.
    pub singles: usize,
    /// Cards that would become one.
    pub joins: Vec<Vec<GroupId>>,
    /// Cards that would fall apart, and into what.
    pub parts: Vec<(GroupId, Vec<Vec<FaceId>>)>,
}

/// What the machine says of one card; asked for by `Command::Study`.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// The card.
    pub group: GroupId,
    /// Its faces and how like the others each is: mean cosine, −1 to 1. What fits least comes first.
    pub fits: Vec<(FaceId, f32)>,
    /// Who else may be this person, most alike first; none for a card that is no person.
    pub suggestions: Vec<Suggestion>,
}

/// A card without a name that may be a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// All its faces, ascending: they are accepted or refused together.
    pub faces: Vec<FaceId>,
    /// The one that is most like the person.
    pub face: FaceId,
    /// How like the person they are: the mean over the faces of their mean cosine to the five most alike of the person.
    pub likeness: f32,
}

/// Where a card would come apart; asked for by `Command::PlanSplit`.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitPlan {
    /// The card.
    pub group: GroupId,
    /// Ways to cut it in two, the weakest place first; none for a single face.
    pub cuts: Vec<Cut>,
}

/// A way to cut a card in two.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The faces that would leave, ascending: the smaller side.
    pub pile: Vec<FaceId>,
    /// The most similar pair across, the one that would leave first.
    pub link: [FaceId; 2],
    /// Mean cosine across the cut, −1 to 1.
    pub cosine: f32,
}
