//! Two small dialogs about a person: the year of birth, and forgetting for good.

use std::path::Path;

use egui::{RichText, Ui};

use super::view::{Dialog, ForgetDraft, ViewState};
use super::{text, theme, widgets};
use crate::domain::{Edit, Group, GroupId, Snapshot};
use crate::engine::{Command, Forget};

const WIDTH: f32 = 440.0;

/// Years a person can be born in; the engine knows no others.
const BORN: std::ops::RangeInclusive<i16> = 1800..=2200;

/// The year that was typed: none for an empty field.
///
/// # Errors
/// Why it is none.
fn year(typed: &str) -> Result<Option<i16>, &'static str> {
    match typed.trim() {
        "" => Ok(None),
        typed => match typed.parse() {
            Ok(year) if BORN.contains(&year) => Ok(Some(year)),
            _ => Err(text::person::YEAR_IN_DIGITS),
        },
    }
}

/// When was somebody born?
pub(super) fn born_ui(ui: &Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let Some(Dialog::Born(id, typed, begun)) = &mut view.dialog else { return };
    let (Some(group), GroupId::Person(person)) = (snapshot.group(*id), *id) else {
        view.dialog = None;
        return;
    };
    let mut done = false;
    let modal = widgets::modal(ui, "born").show(ui.ctx(), |ui| {
        ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 96.0));
        let words = text::person::when_born(group.name.as_deref());
        let words = RichText::new(text::drawn(&words)).font(theme::title());
        ui.add(egui::Label::new(words).wrap());
        widgets::secondary(ui, text::person::ABOUT_BORN);
        let field = widgets::field(ui, typed, text::person::YEAR_OF_BIRTH, "1985", 120.0);
        if !std::mem::replace(begun, true) {
            field.request_focus();
        }
        let year = year(typed);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if entered && year.is_err() {
            field.request_focus();
        }
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let button = widgets::main_button(ui, year.is_ok(), text::person::KEEP);
            let pressed = button.on_disabled_hover_text(year.err().unwrap_or_default()).clicked();
            if let (true, Ok(year)) = (pressed || entered, year) {
                if year != group.birth_year {
                    commands.push(Command::Edit(Edit::BirthYear { person, year }));
                }
                done = true;
            }
            done |= ui.button(text::person::CANCEL).clicked();
        });
    });
    if done || modal.should_close() {
        view.dialog = None;
    }
}

/// The question before a person is forgotten.
pub(super) fn forget_person(group: &Group) -> Option<Dialog> {
    let name = group.name.as_deref();
    Some(Dialog::Forget(ForgetDraft {
        what: Forget::Person(group.person()?),
        title: text::person::forget_person(name),
        lines: text::person::forget_person_lines(name, group.faces.len()),
    }))
}

/// The question before a folder is forgotten.
pub(super) fn forget_folder(folder: &Path, snapshot: &Snapshot) -> Dialog {
    let here = snapshot.photos.values().filter(|photo| photo.paths.iter().all(|path| path.starts_with(folder)));
    let (photos, faces) = here.fold((0, 0), |(photos, faces), photo| {
        (photos + 1, faces + snapshot.photo_faces.get(&photo.id).map_or(0, |list| list.len()))
    });
    let name =
        folder.file_name().map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned());
    Dialog::Forget(ForgetDraft {
        what: Forget::Folder(folder.to_owned()),
        title: text::person::forget_folder(&name),
        lines: text::person::forget_folder_lines(photos, faces),
    })
}

/// Says exactly what happens, and that nothing brings it back.
pub(super) fn forget_ui(ui: &Ui, view: &mut ViewState, commands: &mut Vec<Command>) {
    let Some(Dialog::Forget(draft)) = &view.dialog else { return };
    let (mut done, mut said) = (false, false);
    let modal = widgets::modal(ui, "forget").show(ui.ctx(), |ui| {
        ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 96.0));
        ui.add(egui::Label::new(RichText::new(text::drawn(&draft.title)).font(theme::title())).wrap());
        let room = ui.ctx().content_rect().height() - 230.0;
        widgets::scrolled(room.max(64.0)).show(ui, |ui| {
            for line in &draft.lines {
                ui.horizontal_top(|ui| {
                    ui.label("•");
                    ui.add(egui::Label::new(text::drawn(line).into_owned()).wrap().selectable(true));
                });
            }
        });
        ui.add(egui::Label::new(RichText::new(text::person::FORGOTTEN_FOR_GOOD).font(theme::strong())).wrap());
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let colour = theme::palette(ui).danger;
            said = ui.button(RichText::new(text::person::FORGET_FOR_GOOD).color(colour)).clicked();
            done = ui.button(text::person::KEEP_EVERYTHING).clicked();
        });
    });
    if said {
        commands.push(Command::Forget(draft.what.clone()));
    }
    if said || done || modal.should_close() {
        view.dialog = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_of_birth_has_four_digits() {
        assert_eq!(year(" "), Ok(None));
        assert_eq!(year(" 1985 "), Ok(Some(1985)));
        for typed in ["85", "19855", "May", "-1985", "99999999"] {
            assert!(year(typed).is_err(), "{typed}");
        }
    }
}
