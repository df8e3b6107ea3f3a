//! Every face, as it is found, and those that were set aside.

use egui::{Sense, Ui, Vec2};

use crate::domain::{FaceFlag, Group, Snapshot};
use crate::engine::Command;
use crate::ui::action::Action;
use crate::ui::grid::Faces;
use crate::ui::icons::{self, Icon};
use crate::ui::thumbs::Thumbs;
use crate::ui::view::{Choices, Filter, Order, ViewState, Wanted};
use crate::ui::wanted::When;
use crate::ui::{frame, index, palette, text, widgets};

const FILTERS: [(&str, Filter); 5] = [
    (text::faces::ALL, Filter::All),
    (text::NOT_NAMED, Filter::Unnamed),
    (text::faces::NAMED, Filter::Named),
    (text::faces::UNSURE, Filter::Unsure),
    (text::faces::POOR, Filter::Poor),
];
const ORDERS: [(&str, Order); 7] = [
    (text::AS_FOUND, Order::Found),
    (text::NEWEST_FIRST, Order::Newest),
    (text::OLDEST_FIRST, Order::Oldest),
    (text::faces::LARGEST, Order::Largest),
    (text::faces::BY_PERSON, Order::Person),
    (text::faces::BY_FOLDER, Order::Folder),
    (text::faces::POOREST, Order::Poorest),
];

/// Of a face on the grid, as a part of a card's width.
const SIDE: f32 = 0.6;

pub(in crate::ui) fn screen_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    // Somebody who was merged or forgotten meanwhile would leave nothing to see, and no way to say so.
    view.wanted.person = view.wanted.person.filter(|person| snapshot.group(*person).is_some());
    let now = ui.input(|input| input.time);
    let list = view.index.faces(&view.wanted, snapshot, now);
    if std::mem::take(&mut view.index.fresh) && !view.faces.is_empty() {
        // What is not in the list any more is not selected any more.
        view.faces = list.iter().filter(|face| view.faces.contains(*face)).copied().collect();
        view.face_cursor = view.face_cursor.filter(|cursor| list.contains(cursor));
    }
    let actions = [Action::Split, Action::NotAFace, Action::Ignore, Action::Why];
    frame::head_ui(ui, |ui| {
        if !view.faces.is_empty() {
            return selected_ui(ui, &actions, snapshot, view, thumbs, commands);
        }
        // Where there is little room, the keys for the size must do.
        let roomy = ui.available_width() > 620.0;
        widgets::heading(ui, Action::ShowFaces.label(), &text::thousands(list.len()));
        ui.add_space(8.0);
        pick_ui(ui, "filter", text::faces::WHICH, &FILTERS, &mut view.wanted.filter);
        pick_ui(ui, "order", text::ORDER_OF_FACES, &ORDERS, &mut view.wanted.order);
        narrow_ui(ui, if roomy { 160.0 } else { 36.0 }, snapshot, view);
        if roomy {
            frame::size_ui(ui, view);
        }
    });
    if list.is_empty() {
        return nobody_ui(ui, snapshot, view);
    }
    let side = view.settings.card_width * SIDE;
    let menu = [
        Action::Open,
        Action::Why,
        Action::Split,
        Action::Cover,
        Action::NotAFace,
        Action::Ignore,
        Action::OpenFile,
        Action::ShowFile,
    ];
    // Each choice is scrolled for itself.
    let salt = format!("faces {:?}", view.wanted);
    Faces { salt: &salt, list: &list, side, actions: &menu }.show(ui, snapshot, view, thumbs, commands);
}

/// An empty grid, and the way to a full one.
fn nobody_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState) {
    let all = Wanted { order: view.wanted.order, ..Wanted::default() };
    if snapshot.faces.is_empty() {
        return widgets::empty_place(ui, text::faces::NO_FACES);
    }
    if view.wanted == all {
        return widgets::empty_place(ui, text::faces::ALL_ASIDE);
    }
    widgets::empty_place(ui, text::faces::NO_SUCH_FACES);
    ui.add_space(8.0);
    ui.vertical_centered(|ui| {
        if ui.button(text::faces::EVERY_FACE).clicked() {
            view.wanted = all;
        }
    });
}

/// A list of which one holds.
fn pick_ui<T: PartialEq + Copy>(ui: &mut Ui, salt: &str, name: &str, choices: &[(&str, T)], value: &mut T) {
    let words = choices.iter().find(|(_, choice)| choice == value).map_or("", |(words, _)| words);
    let shown = egui::ComboBox::from_id_salt(salt).selected_text(words).show_ui(ui, |ui| {
        for (words, choice) in choices {
            ui.selectable_value(value, *choice, *words);
        }
    });
    shown.response.accessible_name(name);
}

/// One date, one folder, one person: what is chosen stands on the button, and a cross beside it shows all again.
/// `taken` is what comes after it, in points.
fn narrow_ui(ui: &mut Ui, taken: f32, snapshot: &Snapshot, view: &mut ViewState) {
    let narrowed = view.wanted.when.is_some() || view.wanted.folder.is_some() || view.wanted.person.is_some();
    let folder = view.wanted.folder.as_deref().map(folder_name);
    let person = view.wanted.person.and_then(|person| snapshot.group(person));
    let person = person.map(|group| group.name.clone().unwrap_or_else(|| text::faces(group.faces.len())));
    let when = view.wanted.when.map(date);
    let words = text::faces::narrowed(when.as_deref(), folder.as_deref(), person.as_deref());
    let words = text::drawn(&words).into_owned();
    let about = text::faces::narrow_about(narrowed.then_some(words.as_str()));
    let room = (ui.available_width() - taken).clamp(48.0, 220.0);
    let button = ui.scope(|ui| {
        ui.set_max_width(room);
        ui.add(egui::Button::new(words).truncate())
    });
    let button = button.inner.on_hover_text(about);
    if button.clicked() {
        view.choices = index::choices(snapshot);
    }
    egui::Popup::menu(&button).show(|ui| {
        let choices = std::mem::take(&mut view.choices);
        when_ui(ui, &choices, &mut view.wanted.when);
        ui.menu_button(text::FOLDER, |ui| {
            let line = |place: usize| {
                let (folder, count) = choices.folders.get(place)?;
                Some((folder_name(folder), folder.display().to_string(), *count, folder.clone()))
            };
            let wanted = &mut view.wanted.folder;
            if let Some(chosen) = choices_ui(ui, text::faces::ANY_FOLDER, choices.folders.len(), line, wanted.as_ref())
            {
                *wanted = chosen.one();
            }
        });
        ui.menu_button(text::faces::PERSON, |ui| {
            // Who was set aside is not on the grid.
            let people: Vec<&Group> = index::named(snapshot).filter(|group| !group.ignored).collect();
            let line = |place: usize| {
                let group = people.get(place)?;
                let name = group.name.clone()?;
                Some((name.clone(), name, group.faces.len(), group.id))
            };
            let wanted = &mut view.wanted.person;
            if let Some(chosen) = choices_ui(ui, text::faces::ANYBODY, people.len(), line, wanted.as_ref()) {
                *wanted = chosen.one();
            }
        });
        view.choices = choices;
    });
    let (widen, about) = (text::faces::WIDEN, text::faces::WIDEN_ABOUT);
    if narrowed && icons::button(ui, Icon::Cross, widen, about, None).clicked() {
        view.wanted = Wanted { when: None, folder: None, person: None, ..view.wanted.clone() };
    }
}

/// The menus of years and, once one was chosen, of its months.
fn when_ui(ui: &mut Ui, choices: &Choices, wanted: &mut Option<When>) {
    ui.menu_button(text::faces::YEAR, |ui| {
        let line = |place: usize| {
            let (when, count) = choices.times.get(place)?;
            Some((date(*when), String::new(), *count, *when))
        };
        let year = wanted.map(When::whole);
        if let Some(chosen) = choices_ui(ui, text::faces::ANY_YEAR, choices.times.len(), line, year.as_ref()) {
            *wanted = chosen.one();
        }
    });
    let Some(year) = wanted.and_then(When::year) else { return };
    let Some(months) = choices.months.get(&year) else { return };
    ui.menu_button(text::faces::MONTH, |ui| {
        let line = |place: usize| {
            let (month, count) = months.get(place)?;
            Some((text::faces::month(*month), String::new(), *count, *month))
        };
        let month = wanted.and_then(When::month);
        if let Some(chosen) = choices_ui(ui, text::faces::ANY_MONTH, months.len(), line, month.as_ref()) {
            *wanted = Some(chosen.one().map_or(When::Year(year), |month| When::Month(year, month)));
        }
    });
}

/// A date in words.
fn date(when: When) -> String {
    when.year().map_or_else(|| text::faces::NO_DATE.to_owned(), |year| text::faces::date(year, when.month()))
}

/// What was clicked in a list of choices.
enum Chosen<T> {
    Any,
    One(T),
}

impl<T> Chosen<T> {
    fn one(self) -> Option<T> {
        match self {
            Self::Any => None,
            Self::One(one) => Some(one),
        }
    }
}

/// A scrolled list in a menu: everything first, then one by one: its name, what tells it from others of that name, and
/// the number of its faces. Of thousands of people or folders only the lines in sight are made. Gives what was clicked.
fn choices_ui<T: PartialEq>(
    ui: &mut Ui,
    any: &str,
    count: usize,
    line: impl Fn(usize) -> Option<(String, String, usize, T)>,
    value: Option<&T>,
) -> Option<Chosen<T>> {
    let mut clicked = None;
    // As wide wherever one scrolls: the lines out of sight have no say in it.
    ui.set_width(PERSON);
    let high = ui.spacing().interact_size.y;
    let least = Vec2::new(200.0, high);
    widgets::scrolled(320.0).show_rows(ui, high, count + 1, |ui, rows| {
        for row in rows {
            let Some(place) = row.checked_sub(1) else {
                if ui.add(egui::Button::selectable(value.is_none(), any).min_size(least)).clicked() {
                    clicked = Some(Chosen::Any);
                    ui.close();
                }
                continue;
            };
            let Some((words, about, faces, choice)) = line(place) else { continue };
            let chosen = value == Some(&choice);
            let button = egui::Button::selectable(chosen, text::drawn(&words).into_owned())
                .shortcut_text(text::thousands(faces))
                .min_size(least)
                .truncate();
            let mut response = ui.add(button);
            if !about.is_empty() {
                response = response.on_hover_text(text::drawn(&about).into_owned());
            }
            if response.clicked() {
                clicked = Some(Chosen::One(choice));
                ui.close();
            }
        }
    });
    clicked
}

fn folder_name(folder: &std::path::Path) -> String {
    folder.file_name().map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Faces that were set aside, visible and one key away from coming back.
pub(in crate::ui) fn aside_ui(
    ui: &mut Ui,
    flag: FaceFlag,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let list = view.index.aside(flag, snapshot);
    let (title, empty) = match flag {
        FaceFlag::Ignored => (Action::ShowIgnored.label(), text::faces::NOBODY_IGNORED),
        FaceFlag::NotAFace => (Action::ShowNotFaces.label(), text::faces::ALL_ARE_FACES),
    };
    let actions = [Action::TakeBack];
    frame::head_ui(ui, |ui| {
        if !view.faces.is_empty() {
            let words = text::faces(view.faces.len());
            return frame::selection_ui(ui, &words, (&actions, 0.0), snapshot, view, commands);
        }
        widgets::heading(ui, title, &text::thousands(list.len()));
        frame::size_ui(ui, view);
    });
    if list.is_empty() {
        return widgets::empty_place(ui, empty);
    }
    let side = view.settings.card_width * SIDE;
    let menu = [Action::TakeBack, Action::Open, Action::OpenFile, Action::ShowFile];
    Faces { salt: title, list: &list, side, actions: &menu }.show(ui, snapshot, view, thumbs, commands);
}

/// Width of a person in a menu.
const PERSON: f32 = 260.0;
/// Room for the menu of people, in any language with words about as long.
const MOVE_TO: f32 = 96.0;

/// What can be done with selected faces, and the menu of people.
pub(super) fn selected_ui(
    ui: &mut Ui,
    actions: &[Action],
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    let words = text::faces(view.faces.len());
    frame::selection_ui(ui, &words, (actions, MOVE_TO), snapshot, view, commands);
    if view.faces.is_empty() {
        return;
    }
    move_to_ui(ui, snapshot, view, thumbs, commands);
}

/// The menu of people to whom the selected faces can be given.
pub(in crate::ui) fn move_to_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    view: &mut ViewState,
    thumbs: &mut Thumbs,
    commands: &mut Vec<Command>,
) {
    if let Some(why) = snapshot.read_only.as_deref() {
        ui.add_enabled(false, egui::Button::new(text::faces::MOVE_TO)).on_disabled_hover_text(why);
        return;
    }
    ui.menu_button(text::faces::MOVE_TO, |ui| {
        let people: Vec<&Group> = index::named(snapshot).collect();
        if people.is_empty() {
            ui.label(text::faces::NOBODY_NAMED);
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = widgets::scrolled(320.0);
        area.show_rows(ui, palette::ROW, people.len(), |ui, rows| {
            for group in people.get(rows).unwrap_or_default() {
                let (rect, _) = ui.allocate_exact_size(Vec2::new(PERSON, palette::ROW), Sense::hover());
                let key = view.recent.key_of(group.id);
                // Two of one name are told apart by their faces.
                if palette::person_ui(ui, rect, group.id, false, key, snapshot, thumbs).clicked() {
                    let faces = view.target_faces();
                    view.select_nothing();
                    commands.push(Command::MoveFaces(faces, group.id));
                    view.recent.used(group.id);
                    ui.close();
                }
            }
        });
    });
}
