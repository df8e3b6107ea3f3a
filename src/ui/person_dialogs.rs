//! Two small dialogs about a person: the year of birth, and forgetting for good.

use std::path::Path;

use egui::{RichText, Ui};

use super::view::{Dialog, ViewState};
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
            _ => Err("Give the year in four digits"),
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
        let whom = group.name.as_deref().unwrap_or("this person");
        let words = format!("When was {whom} born?");
        let words = RichText::new(text::drawn(&words)).font(theme::title());
        ui.add(egui::Label::new(words).wrap());
        widgets::secondary(ui, text::ABOUT_BORN);
        let field = widgets::field(ui, typed, "Year of birth", "1985", 120.0);
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
            let button = widgets::main_button(ui, year.is_ok(), "Keep");
            let pressed = button.on_disabled_hover_text(year.err().unwrap_or_default()).clicked();
            if let (true, Ok(year)) = (pressed || entered, year) {
                if year != group.birth_year {
                    commands.push(Command::Edit(Edit::BirthYear { person, year }));
                }
                done = true;
            }
            done |= ui.button("Cancel").clicked();
        });
    });
    if done || modal.should_close() {
        view.dialog = None;
    }
}

/// The question before a person is forgotten.
pub(super) fn forget_person(group: &Group) -> Option<Dialog> {
    let person = group.person()?;
    let whom = group.name.as_deref().unwrap_or("this person");
    let leave = match group.faces.len() {
        1 => format!("1 face of {whom} leaves the library, with its small picture and the numbers it is told apart by"),
        count => format!(
            "{} of {whom} leave the library, with their small pictures and the numbers they are told apart by",
            text::faces(count)
        ),
    };
    let lines = vec![
        leave,
        format!("Everything you said about {whom} goes, from the history and from the backups too"),
        "They are not taken up again when their photos are read again".to_owned(),
    ];
    Some(Dialog::Forget(Forget::Person(person), format!("Forget {whom} for good?"), lines))
}

/// The question before a folder is forgotten.
pub(super) fn forget_folder(folder: &Path, snapshot: &Snapshot) -> Dialog {
    let here = snapshot.photos.values().filter(|photo| photo.paths.iter().all(|path| path.starts_with(folder)));
    let (photos, faces) = here.fold((0, 0), |(photos, faces), photo| {
        (photos + 1, faces + snapshot.photo_faces.get(&photo.id).map_or(0, |list| list.len()))
    });
    let lines = vec![
        format!(
            "What the library holds of {} goes: {}, with their small pictures and the numbers they are told apart by",
            text::count(photos, "photo", "photos"),
            text::faces(faces)
        ),
        "Names stay in the history, and hold again should the folder ever be scanned again".to_owned(),
        "Photos that also lie in another folder of the library stay; those whose files are gone everywhere go too"
            .to_owned(),
    ];
    let name =
        folder.file_name().map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned());
    Dialog::Forget(Forget::Folder(folder.to_owned()), format!("Forget the folder {name} for good?"), lines)
}

/// Says exactly what happens, and that nothing brings it back.
pub(super) fn forget_ui(ui: &Ui, view: &mut ViewState, commands: &mut Vec<Command>) {
    let Some(Dialog::Forget(what, title, lines)) = &view.dialog else { return };
    let (mut done, mut said) = (false, false);
    let modal = widgets::modal(ui, "forget").show(ui.ctx(), |ui| {
        ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 96.0));
        ui.add(egui::Label::new(RichText::new(text::drawn(title)).font(theme::title())).wrap());
        let room = ui.ctx().content_rect().height() - 230.0;
        egui::ScrollArea::vertical().max_height(room.max(64.0)).show(ui, |ui| {
            for line in lines {
                ui.horizontal_top(|ui| {
                    ui.label("•");
                    ui.add(egui::Label::new(text::drawn(line).into_owned()).wrap().selectable(true));
                });
            }
        });
        ui.add(egui::Label::new(RichText::new(text::FORGOTTEN_FOR_GOOD).font(theme::strong())).wrap());
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let colour = theme::palette(ui).danger;
            said = ui.button(RichText::new("Forget for good").color(colour)).clicked();
            done = ui.button("Keep everything").clicked();
        });
    });
    if said {
        commands.push(Command::Forget(what.clone()));
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
