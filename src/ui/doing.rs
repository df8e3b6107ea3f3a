//! When an action can be done, why not, and how it is done.

use super::action::Action;
use super::among::{Among, among};
use super::screens::photo_box::Fixing;
use super::selecting::{has_cards, only_card, only_face, target_alone};
use super::view::{Dialog, ExportDraft, Pick, Screen, SplitDraft, ViewState, Wanted};
use super::{index, inspector, person_dialogs, photos, shelf, text};
use crate::domain::{Activity, Edit, FaceFlag, FaceId, Group, GroupId, Photo, Snapshot};
use crate::engine::Command;

impl Action {
    /// `Ok` when it can be done now.
    ///
    /// # Errors
    /// Why it cannot, as a sentence.
    pub fn enabled<'s>(self, snapshot: &'s Snapshot, view: &ViewState) -> Result<(), &'s str> {
        if let Some(why) = snapshot.read_only.as_deref().filter(|_| self.edits()) {
            return Err(why);
        }
        let when = |possible: bool, why: &'static str| if possible { Ok(()) } else { Err(why) };
        let among = |what: Among| among(what, snapshot, view);
        let scanning = matches!(snapshot.activity, Activity::Scanning { .. } | Activity::Listing { .. });
        let exporting = matches!(snapshot.activity, Activity::Exporting { .. });
        let aside = |face: &FaceId| snapshot.flagged.contains_key(face);
        match self {
            Self::Rescan => when(!snapshot.folders.is_empty(), text::person::NO_FOLDER_YET),
            Self::Pause => when(scanning, text::person::NO_SCAN_RUNS),
            Self::Cancel => {
                let grouping = matches!(snapshot.activity, Activity::Grouping(_));
                when(scanning || exporting || grouping, text::person::NOTHING_RUNS)
            }
            Self::Undo => when(snapshot.undo.is_some(), text::person::NOTHING_TO_UNDO),
            Self::Redo => when(snapshot.redo.is_some(), text::person::NOTHING_TO_REDO),
            Self::Rename => when(named(snapshot, view).is_some(), text::person::ONE_CARD_OR_FACE_FIRST),
            Self::Open => when(opens(view), text::person::ONE_CARD_OR_FACE_FIRST),
            Self::SelectAll => when(
                matches!(
                    view.screen,
                    Screen::People | Screen::Faces | Screen::Map | Screen::Person(_) | Screen::Aside(_)
                ) && !view.shows_photos(),
                text::person::NOTHING_TO_SELECT,
            ),
            Self::Merge => when(view.groups.len() >= 2, text::person::TWO_CARDS_FIRST),
            Self::MergeInto => {
                let alone = target_alone(view);
                let target = |id: GroupId| alone == Some(id) || view.groups.contains(&id);
                let other = || index::named(snapshot).any(|group| !target(group.id));
                when(has_cards(view) && other(), text::person::CARD_TO_MERGE_FIRST)
            }
            Self::Split => when(!view.faces.is_empty() && among(Among::Faces), text::person::FACES_FIRST),
            Self::Confirm | Self::Reject => when(among(Among::FacesOfPeople), text::person::FACES_OF_PERSON_FIRST),
            Self::NotAFace => when(among(Among::Faces), text::person::FACES_FIRST),
            Self::Ignore => when(among(Among::Faces) || has_cards(view), text::person::FACES_OR_GROUPS_FIRST),
            Self::TakeBack => when(among(Among::FacesAside), text::person::FACES_ASIDE_FIRST),
            Self::Retry => when(!snapshot.problems.is_empty(), text::NO_PROBLEMS),
            Self::SplitInTwo => when(
                only_card(view).and_then(|only| snapshot.group(only)).is_some_and(|group| group.faces.len() > 1),
                text::person::GROUP_OF_TWO_FIRST,
            ),
            Self::AcceptAll => when(accept_all(snapshot, view).is_some(), text::person::NOBODY_SUGGESTED),
            Self::Born | Self::Forget => match only_person(snapshot, view) {
                None => Err(text::person::PERSON_FIRST),
                Some(_) if scanning && self == Self::Forget => Err(text::A_SCAN_RUNS),
                Some(_) => Ok(()),
            },
            Self::ExportPerson => when(
                only_person(snapshot, view).is_some_and(|group| group.name.is_some()),
                text::person::NAMED_PERSON_FIRST,
            ),
            Self::Cover => when(cover(snapshot, view).is_some(), text::person::ONE_FACE_OF_PERSON_FIRST),
            Self::Hide if !has_cards(view) => Err(text::person::PEOPLE_TO_HIDE_FIRST),
            Self::Hide => when(among(Among::People), text::person::ONLY_PEOPLE_HIDE),
            Self::Export => when(index::named(snapshot).next().is_some(), text::person::NAME_TO_EXPORT_FIRST),
            Self::OpenFile | Self::ShowFile => {
                when(photo(snapshot, view).is_some(), text::person::ONE_PHOTO_OR_FACE_FIRST)
            }
            // Of many no list is made each time.
            Self::Why if view.faces.len() > 2 => Err(text::person::TWO_FACES_FIRST),
            Self::Why => match super::why::pair(snapshot, view) {
                None => Err(text::person::TWO_FACES_FIRST),
                Some((one, two)) => when(!aside(&one) && !aside(&two), text::person::ASIDE_IN_NO_GROUP),
            },
            Self::ShowThreshold => when(!snapshot.faces.is_empty(), text::person::NO_FACES_TO_GROUP),
            Self::MarkFace => when(matches!(view.screen, Screen::Photo(_)), text::person::PHOTO_FIRST),
            Self::FixBox => when(fixing(snapshot, view).is_some(), text::person::FACE_OF_PHOTO_FIRST),
            Self::Details => inspector::can_show(view),
            Self::LargerText => {
                when(view.settings.scaled(true) > view.settings.scale, text::person::AS_LARGE_AS_IT_GETS)
            }
            Self::SmallerText => {
                when(view.settings.scaled(false) < view.settings.scale, text::person::AS_SMALL_AS_IT_GETS)
            }
            Self::Search => when(!snapshot.photos.is_empty(), text::person::NO_PHOTOS_TO_SEARCH),
            _ => Ok(()),
        }
    }

    /// Does it, when it can be done.
    pub fn run(self, ctx: &egui::Context, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
        if self.enabled(snapshot, view).is_err() {
            return;
        }
        let flag = |view: &ViewState, flag: Option<FaceFlag>| Command::FlagFaces(view.target_faces(), flag);
        match self {
            Self::Palette => view.dialog = Some(Dialog::Palette(String::new(), 0)),
            Self::Search => {
                view.open(Screen::Search);
                view.focus_search = true;
            }
            Self::ChooseFolder => view.pick = Some(Pick::Scan),
            Self::Rescan => commands.push(Command::Scan(snapshot.folders.to_vec())),
            Self::Pause => {
                let paused = matches!(snapshot.activity, Activity::Scanning { paused: true, .. });
                commands.push(if paused { Command::Resume } else { Command::Pause });
            }
            Self::Cancel => commands.push(Command::Cancel),
            Self::Undo => commands.push(Command::Undo),
            Self::Redo => commands.push(Command::Redo),
            Self::Rename => rename(snapshot, view),
            Self::Open => open(ctx, snapshot, view),
            Self::SelectAll => select_all(ctx, snapshot, view),
            Self::Merge => join_selected(view.groups.iter().copied().collect(), snapshot, view, commands),
            Self::MergeInto => view.dialog = Some(Dialog::MergeInto(view.target_groups(), String::new(), 0)),
            Self::Split => commands.push(Command::SplitFaces(view.faces.iter().copied().collect())),
            Self::NotAFace => commands.push(flag(view, Some(FaceFlag::NotAFace))),
            Self::Ignore if view.target_faces().is_empty() => {
                commands.push(Command::IgnoreGroups(view.target_groups(), true));
                view.groups.clear();
            }
            Self::Ignore => commands.push(flag(view, Some(FaceFlag::Ignored))),
            Self::TakeBack => commands.push(flag(view, None)),
            Self::Confirm => commands.push(Command::ConfirmFaces(view.target_faces())),
            Self::Reject => commands.push(Command::RejectFaces(view.target_faces())),
            Self::Retry => commands.push(Command::Retry(Vec::new())),
            Self::SplitInTwo => {
                if let Some(only) = only_card(view) {
                    commands.push(Command::PlanSplit(only));
                    view.dialog = Some(Dialog::Split(only, SplitDraft::default()));
                }
            }
            Self::AcceptAll => commands.extend(accept_all(snapshot, view)),
            Self::Born => {
                if let Some(group) = only_person(snapshot, view) {
                    let typed = group.birth_year.map(|year| year.to_string()).unwrap_or_default();
                    view.dialog = Some(Dialog::Born(group.id, typed, false));
                }
            }
            Self::Forget => {
                view.dialog = only_person(snapshot, view).and_then(person_dialogs::forget_person);
            }
            Self::ExportPerson => {
                if let Some(group) = only_person(snapshot, view) {
                    let others = index::named(snapshot).map(|group| group.id).filter(|other| *other != group.id);
                    view.dialog =
                        Some(Dialog::Export(ExportDraft { left_out: others.collect(), ..ExportDraft::default() }));
                }
            }
            Self::Cover => commands.extend(cover(snapshot, view).map(Command::Edit)),
            Self::Hide => {
                commands.extend(hide(snapshot, view));
                view.groups.clear();
            }
            Self::Export => view.dialog = Some(Dialog::Export(ExportDraft::default())),
            Self::ShowPeople => view.open(Screen::People),
            Self::ShowFaces => view.open(Screen::Faces),
            Self::ShowReview => view.open(Screen::Review),
            Self::ShowMap => view.open(Screen::Map),
            Self::ShowThreshold => view.open(Screen::Threshold),
            Self::Why => {
                if let Some((one, two)) = super::why::pair(snapshot, view) {
                    commands.push(Command::Explain { one, two });
                    view.dialog = Some(Dialog::Why(one, two));
                }
            }
            Self::ShowIgnored => view.open(Screen::Aside(FaceFlag::Ignored)),
            Self::ShowNotFaces => view.open(Screen::Aside(FaceFlag::NotAFace)),
            Self::ShowProblems => view.open(Screen::Problems),
            Self::ShowHistory => view.open(Screen::History),
            Self::ShowSettings => view.open(Screen::Settings),
            Self::ShowShortcuts => view.dialog = Some(Dialog::Shortcuts),
            Self::ShowAbout => view.dialog = Some(Dialog::About),
            Self::NewFolder => view.open(Screen::Start),
            Self::Back => view.step_back(),
            Self::OpenFile | Self::ShowFile => {
                let path = photo(snapshot, view).and_then(|photo| photo.paths.first().cloned());
                view.show_file = path.map(|path| (path, self == Self::ShowFile));
            }
            Self::Theme => {
                let dark = ctx.theme() == egui::Theme::Dark;
                view.settings.look = if dark { super::settings::Look::Light } else { super::settings::Look::Dark };
            }
            Self::Larger | Self::Smaller => {
                let factor = if self == Self::Larger { 1.25 } else { 0.8 };
                let (least, most) = super::settings::Settings::CARDS.into_inner();
                view.settings.card_width = (view.settings.card_width * factor).clamp(least, most);
            }
            Self::MarkFace => {
                view.marking = !view.marking;
                (view.mark_from, view.fixing) = (None, None);
            }
            Self::FixBox => {
                view.fixing = fixing(snapshot, view);
                view.marking = false;
            }
            Self::Details => view.settings.details = Some(!inspector::is_shown(view)),
            Self::LargerText => view.settings.scale = view.settings.scaled(true),
            Self::SmallerText => view.settings.scale = view.settings.scaled(false),
        }
        if matches!(
            self,
            Self::Split | Self::NotAFace | Self::Ignore | Self::TakeBack | Self::Cover | Self::Confirm | Self::Reject
        ) {
            view.faces.clear();
            view.face_cursor = None;
        }
    }
}

/// The card a name is given to: that of the one face that is selected, else the one one is at.
fn named(snapshot: &Snapshot, view: &ViewState) -> Option<GroupId> {
    let of_many = inspector::selects(view.screen) || matches!(view.screen, Screen::Photo(_));
    if let (Some(face), true) = (only_face(view), of_many) {
        return snapshot.group_of.get(&face).copied();
    }
    only_card(view).filter(|_| view.faces.is_empty() || matches!(view.screen, Screen::Person(_)))
}

fn rename(snapshot: &Snapshot, view: &mut ViewState) {
    let Some(only) = named(snapshot, view) else { return };
    let Some(group) = snapshot.group(only) else { return };
    if matches!(view.screen, Screen::Photo(_)) {
        // Over the photo, which one need not leave.
        let typed = group.name.clone().unwrap_or_default();
        view.dialog = Some(Dialog::Name { group: only, typed, line: 0, begun: false });
        return;
    }
    // Where no field for its name is, one goes to where there is one.
    let there = match view.screen {
        Screen::People => view.faces.is_empty(),
        Screen::Person(_) => true,
        _ => inspector::names(view),
    };
    if !there {
        view.open(Screen::Person(only));
    } else if view.screen == Screen::People {
        // Its card may be out of sight: the board goes to where the cursor is.
        view.group_cursor = Some(only);
    }
    if let Some(name) = &group.name {
        view.renaming = Some(only);
        view.names.insert(only, name.clone());
    }
    view.focus_name = Some(only);
    view.reveal = true;
}

/// Whether there is something to look at that one is not looking at already.
fn opens(view: &ViewState) -> bool {
    match view.screen {
        // It would be this one, and the others to walk through would be forgotten.
        Screen::Photo(_) => false,
        Screen::People if only_card(view).is_some() => true,
        _ => view.target_photo().is_some() || only_face(view).is_some(),
    }
}

fn open(ctx: &egui::Context, snapshot: &Snapshot, view: &mut ViewState) {
    if let Some(photo) = view.target_photo() {
        photos::open(ctx, photo, snapshot, view);
    } else if let Some(face) = only_face(view) {
        if let Some(face) = snapshot.faces.get(&face) {
            photos::open(ctx, face.photo, snapshot, view);
        }
    } else if let (Some(group), Screen::People) = (only_card(view), view.screen) {
        view.open(Screen::Person(group));
    }
}

fn select_all(ctx: &egui::Context, snapshot: &Snapshot, view: &mut ViewState) {
    match view.screen {
        Screen::People => {
            view.faces.clear();
            view.groups = view.index.many.iter().copied().collect();
        }
        Screen::Faces => {
            let now = ctx.input(|input| input.time);
            view.faces = view.index.faces(&view.wanted, snapshot, now).iter().copied().collect();
        }
        Screen::Map => {
            let now = ctx.input(|input| input.time);
            view.faces = view.index.faces(&Wanted::default(), snapshot, now).iter().copied().collect();
        }
        Screen::Person(group) => {
            // What is shown, of the chosen year only.
            if let Some(group) = snapshot.group(group) {
                let card = view.index.card(group, view.person_order, view.person_year, snapshot);
                view.faces = card.list.iter().copied().collect();
            }
        }
        Screen::Aside(flag) => {
            view.faces = view.index.aside(flag, snapshot).iter().copied().collect();
        }
        _ => {}
    }
}

/// What is selected becomes one, with somebody else perhaps; of different names the user says which stays.
pub(super) fn join_selected(
    groups: Vec<GroupId>,
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    join(groups, snapshot, view, commands);
    // Where it is asked first, they are still selected when nothing comes of it.
    if view.dialog.is_none() {
        view.groups.clear();
    }
}

/// Groups become one: at once, or after asking which of several names stays.
pub(super) fn join(groups: Vec<GroupId>, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    if names(&groups, snapshot).len() > 1 {
        view.dialog = Some(Dialog::WhichName(groups));
    } else {
        commands.push(Command::MergeGroups(groups));
    }
}

/// The different names of some groups, in their order, each with the first group that has it.
pub(super) fn names<'a>(groups: &[GroupId], snapshot: &'a Snapshot) -> Vec<(&'a str, GroupId)> {
    let mut names: Vec<(&str, GroupId)> = Vec::new();
    for group in groups.iter().filter_map(|id| snapshot.group(*id)) {
        if let Some(name) = group.name.as_deref()
            && !names.iter().any(|(known, _)| *known == name)
        {
            names.push((name, group.id));
        }
    }
    names
}

/// The edit that makes the selected face its person's cover.
fn cover(snapshot: &Snapshot, view: &ViewState) -> Option<Edit> {
    let face = only_face(view)?;
    let person = snapshot.group_of_face(face)?.person()?;
    Some(Edit::Cover { person, face: snapshot.faces.get(&face)?.key })
}

/// The one person one is at.
fn only_person<'a>(snapshot: &'a Snapshot, view: &ViewState) -> Option<&'a Group> {
    snapshot.group(only_card(view)?).filter(|group| group.person().is_some())
}

/// Everybody on the shelf of the person one is looking at.
fn accept_all(snapshot: &Snapshot, view: &ViewState) -> Option<Command> {
    let Screen::Person(group) = view.screen else { return None };
    shelf::accept_all(group, snapshot, view)
}

/// Hides the persons one is at, or shows them when all are hidden.
fn hide(snapshot: &Snapshot, view: &ViewState) -> Option<Command> {
    let targets = view.target_groups();
    let people: Vec<&Group> =
        targets.iter().filter_map(|id| snapshot.group(*id)).filter(|group| group.person().is_some()).collect();
    let hidden = people.iter().any(|group| !group.hidden);
    let ids: Vec<GroupId> = people.iter().map(|group| group.id).collect();
    (!ids.is_empty()).then_some(Command::HideGroups(ids, hidden))
}

/// The face on the photo whose box can be drawn anew.
fn fixing(snapshot: &Snapshot, view: &ViewState) -> Option<Fixing> {
    let (Screen::Photo(photo), Some(face)) = (view.screen, only_face(view)) else { return None };
    snapshot.faces.get(&face).filter(|face| face.photo == photo)?;
    Fixing::of(face, snapshot)
}

/// The photo one is at.
fn photo<'a>(snapshot: &'a Snapshot, view: &ViewState) -> Option<&'a Photo> {
    match (view.screen, view.target_photo(), only_face(view)) {
        (Screen::Photo(photo), _, _) | (_, Some(photo), _) => snapshot.photos.get(&photo).map(AsRef::as_ref),
        (_, _, Some(face)) => snapshot.photo_of_face(face).map(AsRef::as_ref),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PersonId, PhotoId};

    #[test]
    fn what_one_looks_at_is_not_opened_once_more() {
        let check = |screen: Screen, faces: &[u32], expected: bool| {
            let view = ViewState { screen, faces: faces.iter().copied().map(FaceId).collect(), ..ViewState::default() };
            assert_eq!(Action::Open.enabled(&Snapshot::default(), &view).is_ok(), expected, "{screen:?}, {faces:?}");
        };
        let page = Screen::Person(GroupId::Person(PersonId(1)));
        check(page, &[], false);
        check(page, &[1], true);
        check(Screen::Faces, &[1, 2], false);
        check(Screen::Photo(PhotoId(1)), &[1], false);
    }
}
