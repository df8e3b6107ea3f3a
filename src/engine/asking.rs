//! Questions about the groups: the user's to the machine (why, what if), and the machine's to the user (the review).

use std::collections::BTreeSet;

use super::previewing::{self, Becoming};
use super::run::{Engine, Event};
use super::threads::{Task, spawn};
use super::words::{asking as words, refused};
use super::{commands, way};
use crate::cluster::{self, Change, Review, Session, Settings, Stop, Why};
use crate::domain::{Explanation, FaceId, Group, GroupId, Groups, Method, NoticeLevel, Question, QuestionKind};

/// What the user asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Questions worth an answer.
    Review,
    /// Why two faces are together or apart; twice the same, why it is in its group.
    Explain(FaceId, FaceId),
    /// What another looseness would do.
    Preview(i16),
}

/// Questions that are kept at most: an evening's work.
const MOST: usize = 200;

/// A question as the clusterer asks it, the faces that stand for its groups, and the piles of a split.
pub(super) type Asked = (Review, Vec<FaceId>, [Vec<FaceId>; 2]);

/// An answer of the machine.
pub(super) enum Answer {
    Review(Vec<Asked>),
    Explain(FaceId, FaceId, Option<Explanation>),
    Preview(i16, Vec<Becoming>),
}

/// Answers, and the session they came from.
pub(super) struct Answered {
    generation: u64,
    session: Session,
    answers: Vec<Answer>,
    /// What is still to be answered: something else came between.
    again: Vec<Ask>,
    /// Why the faces could not be read.
    failed: Option<String>,
}

/// The questions of a session that was grouped.
pub(super) fn review(session: &Session, settings: &Settings) -> Vec<Asked> {
    let threshold = settings.threshold();
    let asked = |review: Review| {
        let faces = session.asked(&review.question);
        let piles = match (&review.question, faces.first()) {
            (cluster::Question::Split { .. }, Some(face)) => session.first_split(*face, threshold).unwrap_or_default(),
            _ => Default::default(),
        };
        (review, faces, piles)
    };
    session.review(threshold, MOST).into_iter().map(asked).collect()
}

impl Engine<'_> {
    pub(super) fn ask(&mut self, ask: Ask) {
        // Only the last of each kind is waited for.
        self.grouping.asks.retain(|other| std::mem::discriminant(other) != std::mem::discriminant(&ask));
        self.grouping.asks.push(ask);
        if matches!(ask, Ask::Explain(..)) {
            // What was asked before is no answer to it.
            self.state.explanation = None;
        }
        // The groups of the last time are there, but not how they came to be.
        if !self.grouping.session.is_grouped() && !self.grouping.running && !self.state.faces.is_empty() {
            self.dirty |= self.state.read_only.is_none();
        }
    }

    /// Has what is waiting answered, once the session is at home.
    pub(super) fn ask_if_due(&mut self) {
        if self.grouping.asks.is_empty() || self.grouping.running || self.dirty {
            return;
        }
        let asks = std::mem::take(&mut self.grouping.asks);
        let (generation, settings, method) = (self.grouping.generation, self.settings(), self.method());
        let (stop, progress) = self.grouping.begin();
        self.changed = true;
        let mut job = self.job();
        self.grouping.answering = job.session.is_grouped();
        self.grouping.anew =
            asks.iter().any(|ask| matches!(ask, Ask::Preview(to) if previewing::is_run(&settings, *to)));
        let events = self.events.clone();
        spawn("asking", &self.events, Task::Asking(generation), move || {
            // Where nothing may be written nobody has grouped before; in memory it is done all the same.
            let stop = Stop::when(&stop).telling(&progress);
            let grouped = if job.session.is_grouped() { Ok(true) } else { job.group(stop).map(|one| one.is_some()) };
            let session = job.session;
            let (now, mut again) = if matches!(grouped, Ok(false)) { (Vec::new(), asks) } else { (asks, Vec::new()) };
            let mut answers = Vec::new();
            for ask in now {
                match answer(ask, &session, &settings, method, stop) {
                    Some(answer) => answers.push(answer),
                    None => again.push(ask),
                }
            }
            let failed = grouped.err().map(|error| error.to_string());
            drop(events.send(Event::Answered(Box::new(Answered { generation, session, answers, again, failed }))));
        });
    }

    pub(super) fn answered(&mut self, answered: Answered) {
        if answered.generation != self.grouping.generation {
            return;
        }
        self.grouping.end();
        let asked = |ask: &Ask, other: &Ask| std::mem::discriminant(ask) == std::mem::discriminant(other);
        for ask in answered.again {
            let left = matches!(ask, Ask::Preview(_)) && self.grouping.previewed.is_none();
            // What was asked since counts more.
            if !left && !self.grouping.is_cancelled() && !self.grouping.asks.iter().any(|other| asked(&ask, other)) {
                self.grouping.asks.push(ask);
            }
        }
        self.keep(answered.session);
        let unknown = answered.failed.is_some();
        if let Some(error) = answered.failed {
            self.say(NoticeLevel::Error, error);
        }
        for answer in answered.answers {
            match answer {
                Answer::Review(asked) => self.put_review(&asked),
                Answer::Explain(one, two, explanation) => {
                    let explanation = explanation.unwrap_or_else(|| self.not_compared(one, two));
                    self.state.explanation = Some(explanation.into());
                }
                Answer::Preview(looseness, changes) => {
                    // Nobody looks any more, or nothing is known.
                    if self.grouping.previewed.is_some() && !unknown {
                        let preview = previewing::preview(looseness, changes, &self.state.board);
                        self.state.preview = Some(preview.into());
                    }
                }
            }
        }
    }

    /// Why two faces were not compared: whoever asked must not wait for an answer.
    fn not_compared(&self, one: FaceId, two: FaceId) -> Explanation {
        let aside = |face: &FaceId| self.state.board.flagged.contains_key(face);
        let sentence = match (aside(&one), aside(&two)) {
            (true, true) => words::BOTH_ASIDE,
            (true, _) | (_, true) => words::ONE_ASIDE,
            _ => words::NOT_READ,
        };
        Explanation {
            one,
            two,
            together: false,
            cosine: None,
            rank_order: None,
            margin: None,
            sentences: vec![sentence.to_owned()],
            shared: Vec::new(),
            bridge: Vec::new(),
        }
    }

    /// The clusterer's questions as questions about cards.
    pub(super) fn put_review(&mut self, asked: &[Asked]) {
        let mut seen = BTreeSet::new();
        let shared = shared_names(&self.state.board.groups);
        let questions = asked.iter().filter_map(|one| self.question(one, &shared)).filter(|one| seen.insert(one.id));
        let questions: Vec<Question> = questions.collect();
        self.state.review = questions.into();
    }

    fn question(&self, (review, faces, piles): &Asked, shared: &BTreeSet<&str>) -> Option<Question> {
        let board = &self.state.board;
        let card = |face: &FaceId| board.group_of.get(face).copied();
        let (one, two) = (*faces.first()?, *faces.last()?);
        let size = |id: GroupId| board.groups.get(id).map_or(0, |group| group.faces.len());
        let name = |id: GroupId| board.groups.get(id).and_then(|group| self.called(group, shared));
        let (tag, kind, sentence) = match review.question {
            cluster::Question::Split { .. } => {
                let group = card(&one)?;
                let smaller = if piles[0].len() <= piles[1].len() { &piles[0] } else { &piles[1] };
                let pile: Vec<FaceId> = smaller.iter().filter(|face| card(face) == Some(group)).copied().collect();
                if pile.is_empty() || pile.len() >= size(group) {
                    return None;
                }
                let sentence = words::is_split(pile.len(), size(group) - pile.len(), name(group).as_deref());
                (0, QuestionKind::Split { group, pile }, sentence)
            }
            cluster::Question::Merge { .. } | cluster::Question::Suggest { .. } => {
                let (a, b) = (card(&one)?, card(&two)?);
                if a == b || self.is_settled(a, b) {
                    return None;
                }
                match (a, b) {
                    (GroupId::Faces(_), GroupId::Person(_)) | (GroupId::Person(_), GroupId::Faces(_)) => {
                        let (free, person) = if a.max(b) == a { (a, b) } else { (b, a) };
                        let faces = board.groups.get(free)?.faces.clone();
                        let sentence = words::is_who(faces.len(), name(person).as_deref(), size(person));
                        (1, QuestionKind::Suggest { faces, person }, sentence)
                    }
                    _ => {
                        let sentence = words::is_merge((name(a).as_deref(), size(a)), (name(b).as_deref(), size(b)));
                        (2, QuestionKind::Merge { one: a, two: b }, sentence)
                    }
                }
            }
        };
        // Rows are 32 bits of which a library never uses the last two.
        let id = (tag << 62) | (u64::from(one.0) << 31) | u64::from(two.0);
        Some(Question { id, kind, sentence, weight: review.worth(), faces: [one, two] })
    }

    /// The name on a card, with what tells it apart where it is on several.
    fn called(&self, group: &Group, shared: &BTreeSet<&str>) -> Option<String> {
        let name = group.name.as_deref()?;
        if !shared.contains(name) {
            return Some(name.to_owned());
        }
        let year = |face: &FaceId| Some(self.state.photo(self.state.faces.get(face)?.photo)?.taken?.year);
        let years = || group.faces.iter().filter_map(year);
        Some(words::one_of_a_name(name, group.faces.len(), years().min(), years().max()))
    }

    /// The user has said that these are two people.
    fn is_settled(&self, a: GroupId, b: GroupId) -> bool {
        let refused = |person: GroupId, other: GroupId| {
            let (GroupId::Person(person), Some(group)) = (person, self.state.board.groups.get(other)) else {
                return false;
            };
            let library = self.state.history.library();
            let faces = group.faces.iter().filter_map(|face| self.state.faces.get(face));
            faces.map(|face| &face.key).all(|key| library.is_rejected(key, person))
        };
        refused(a, b) || refused(b, a)
    }

    /// The user's answer becomes one step.
    pub(super) fn answer(&mut self, id: u64, yes: bool) {
        let Some(question) = self.state.review.iter().find(|question| question.id == id).cloned() else {
            return self.say(NoticeLevel::Error, refused::GROUP_GONE);
        };
        let edits = commands::answer(&question, yes, &self.state.view());
        // Cards change while one thinks: then nothing was said.
        let applied = if edits.is_empty() {
            self.say(NoticeLevel::Error, refused::GROUP_GONE);
            true
        } else {
            self.apply(edits)
        };
        // What could not be kept is asked again.
        if applied {
            let left: Vec<Question> = self.state.review.iter().filter(|other| other.id != id).cloned().collect();
            self.state.review = left.into();
        }
    }
}

/// Names that are on several cards.
fn shared_names(groups: &Groups) -> BTreeSet<&str> {
    let mut seen = BTreeSet::new();
    // Cards with a name come first.
    groups.iter().map_while(|group| group.name.as_deref()).filter(|name| !seen.insert(*name)).collect()
}

/// `None` when stopped, which only a preview may be that takes a run of its own.
fn answer(ask: Ask, session: &Session, settings: &Settings, method: Method, stop: Stop<'_>) -> Option<Answer> {
    Some(match ask {
        Ask::Review => Answer::Review(review(session, settings)),
        Ask::Explain(one, two) => {
            let threshold = settings.threshold();
            let here = if one == two { session.why_here(one, threshold) } else { None };
            let why = here.or_else(|| session.why(one, two, threshold));
            Answer::Explain(one, two, why.map(|why| explained(one, two, &why, session)))
        }
        Ask::Preview(looseness) => {
            let to = way::threshold(method, looseness);
            let (changes, before, after) = session.preview_until(settings.threshold(), to, stop)?;
            let those = |groups: &[Vec<FaceId>], places: &[u32]| -> Vec<Vec<FaceId>> {
                places.iter().filter_map(|place| groups.get(*place as usize).cloned()).collect()
            };
            let becoming = |change: &Change| Becoming {
                before: those(&before, &change.before),
                after: those(&after, &change.after),
            };
            Answer::Preview(looseness, changes.iter().map(becoming).collect())
        }
    })
}

fn explained(one: FaceId, asked: FaceId, why: &Why, session: &Session) -> Explanation {
    let id = |place: u32| session.id(place);
    let two = id(why.pair.faces[1]).unwrap_or(asked);
    let weakest = why.weakest.and_then(|place| why.chain.get(place));
    let mut bridge: Vec<_> = why.chain.iter().collect();
    bridge.sort_by(|a, b| a.margin.total_cmp(&b.margin));
    let bridge = bridge.iter().filter_map(|link| Some((id(link.faces[0])?, id(link.faces[1])?, link.cosine))).collect();
    let shared = why.pair.shared.iter().filter_map(|one| Some((id(one.face)?, one.ranks[0], one.ranks[1]))).collect();
    let mut sentences = words::why(why);
    if one == asked && two != asked {
        sentences.insert(0, words::MOST_LIKE.to_owned());
    }
    Explanation {
        one,
        two,
        together: why.together,
        cosine: Some(why.pair.cosine),
        rank_order: why.pair.rank_order,
        margin: weakest.map(|link| link.margin),
        sentences,
        shared,
        bridge,
    }
}
