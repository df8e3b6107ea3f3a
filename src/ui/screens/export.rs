//! The export dialog: who, where to, how, and what will come of it.

use std::path::PathBuf;

use egui::{RichText, Ui};

use crate::domain::{Activity, ExportPlan, Group, GroupId, Snapshot};
use crate::engine::{Command, ExportMode, ExportRequest};
use crate::ui::index::{self, Index};
use crate::ui::text::export as words;
use crate::ui::view::{Dialog, ExportDraft, Pick, ViewState};
use crate::ui::{inspector_facts, text, theme, widgets};

const WIDTH: f32 = 480.0;

pub(in crate::ui) fn dialog_ui(ui: &Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let ViewState { dialog, pick, no_dialog, index, .. } = view;
    let Some(Dialog::Export(draft)) = dialog else { return };
    let mut done = false;
    let modal = widgets::modal(ui, "export").show(ui.ctx(), |ui| {
        ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 96.0));
        ui.label(RichText::new(words::TITLE).font(theme::large()));
        widgets::secondary(ui, words::ABOUT);
        ui.add_space(8.0);
        count(draft, snapshot);
        who_ui(ui, draft, snapshot, index);
        ui.add_space(8.0);
        let entered = where_ui(ui, draft, pick, no_dialog.as_deref());
        ui.horizontal_wrapped(|ui| {
            let modes = [
                (words::COPIES, ExportMode::Copy),
                (words::HARD_LINKS, ExportMode::Hardlink),
                (words::SYMBOLIC_LINKS, ExportMode::Symlink),
            ];
            for (name, mode) in modes {
                ui.radio_value(&mut draft.mode, mode, name);
            }
        });
        ui.checkbox(&mut draft.sidecars, words::SIDECARS);
        ui.add_space(8.0);
        let chosen = || draft.files.iter().filter(|(group, _)| !draft.left_out.contains(group));
        let groups: Vec<GroupId> = chosen().map(|(group, _)| *group).collect();
        let files: usize = chosen().map(|(_, files)| files).sum();
        let to = draft.to.trim().to_owned();
        let request = ExportRequest {
            to: PathBuf::from(&to),
            groups: groups.clone(),
            mode: draft.mode,
            sidecars: draft.sidecars,
        };
        let plan = plan_of(ui, draft, &request, entered, snapshot, commands);
        let complete = is_complete(&request);
        plan_ui(ui, plan, complete);
        ui.horizontal(|ui| {
            ui.label(RichText::new(words::chosen(groups.len(), files)).font(theme::strong()));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                // The engine writes one export at a time: what is said here would be lost.
                let writing = matches!(snapshot.activity, Activity::Exporting { .. });
                let why = match () {
                    () if writing => words::WRITING,
                    () if to.is_empty() => words::NO_FOLDER,
                    () if groups.is_empty() => words::NOBODY,
                    () => words::LOOKING,
                };
                let possible = !writing && plan.is_some();
                let button = widgets::main_button(ui, possible, words::EXPORT);
                if button.on_disabled_hover_text(why).clicked() || (entered && possible) {
                    commands.push(Command::Export(request.clone()));
                    done = true;
                } else if entered {
                    // Enter once more, when it is known what will be written.
                    draft.begun = false;
                }
                done |= ui.button(text::CLOSE).clicked();
            });
        });
    });
    if done || modal.should_close() {
        view.dialog = None;
    }
}

/// Counts the files of the albums, once a snapshot: there may be thousands of people.
fn count(draft: &mut ExportDraft, snapshot: &Snapshot) {
    if draft.counted == Some(snapshot.generation) {
        return;
    }
    draft.counted = Some(snapshot.generation);
    let named = index::named(snapshot).filter(|group| !group.ignored);
    draft.files = named.map(|group| (group.id, file_count(group, snapshot))).collect();
}

fn who_ui(ui: &mut Ui, draft: &mut ExportDraft, snapshot: &Snapshot, index: &mut Index) {
    let height = (ui.ctx().content_rect().height() - 330.0).clamp(36.0, 260.0);
    let ExportDraft { files, left_out, .. } = draft;
    let area = widgets::scrolled(height);
    area.show_rows(ui, theme::CONTROL, files.len(), |ui, rows| {
        ui.set_min_width(ui.available_width());
        ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
        for (group, files) in files.get(rows).unwrap_or_default() {
            let mut chosen = !left_out.contains(group);
            let name = snapshot.group(*group).and_then(|group| inspector_facts::name_of(group, snapshot, index));
            let album = words::album(&name.unwrap_or_default(), *files);
            if ui.checkbox(&mut chosen, text::drawn(&album).into_owned()).changed() {
                if chosen {
                    left_out.remove(group)
                } else {
                    left_out.insert(*group)
                };
            }
        }
    });
}

/// Gives whether Enter was pressed in the field.
fn where_ui(ui: &mut Ui, draft: &mut ExportDraft, pick: &mut Option<Pick>, no_dialog: Option<&str>) -> bool {
    let mut entered = false;
    ui.horizontal(|ui| {
        let width = ui.available_width() - widgets::button_width(ui, words::CHOOSE) - ui.spacing().item_spacing.x;
        let field = widgets::field(ui, &mut draft.to, words::FOLDER, words::FOLDER, width);
        if !std::mem::replace(&mut draft.begun, true) {
            field.request_focus();
        }
        entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if ui.button(words::CHOOSE).clicked() {
            *pick = Some(Pick::Export);
        }
    });
    if let Some(why) = no_dialog {
        widgets::copyable(ui, RichText::new(why).font(theme::small()).color(theme::palette(ui).danger));
    }
    entered
}

/// Seconds without a change before the engine is asked what would be written.
const REST: f64 = 0.4;

/// Whether it is said who and where to.
fn is_complete(request: &ExportRequest) -> bool {
    !request.to.as_os_str().is_empty() && !request.groups.is_empty()
}

/// The engine's answer to what the dialog says now, once it is there. It is asked when nothing changes any more, or at
/// once when somebody wants to export.
fn plan_of<'s>(
    ui: &Ui,
    draft: &mut ExportDraft,
    request: &ExportRequest,
    at_once: bool,
    snapshot: &'s Snapshot,
    commands: &mut Vec<Command>,
) -> Option<&'s ExportPlan> {
    let now = ui.input(|input| input.time);
    if draft.wanted.as_ref() != Some(request) {
        (draft.wanted, draft.wanted_since) = (Some(request.clone()), now);
    }
    let complete = is_complete(request);
    if complete && draft.asked != draft.wanted {
        if at_once || now - draft.wanted_since >= REST {
            commands.push(Command::PlanExport(request.clone()));
            draft.asked = draft.wanted.clone();
        } else {
            ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(REST));
        }
    }
    // Until the engine has heard the question, the snapshot holds the answer to the one before.
    snapshot.export_plan.as_deref().filter(|plan| complete && draft.asked == draft.wanted && plan.request == *request)
}

/// What would be written, before anything is.
fn plan_ui(ui: &mut Ui, plan: Option<&ExportPlan>, complete: bool) {
    match plan.map(|plan| &plan.outcome) {
        None => {
            widgets::secondary(ui, if complete { words::LOOKING } else { " " });
        }
        Some(Err(why)) => {
            widgets::copyable(ui, RichText::new(why).color(theme::palette(ui).danger));
        }
        Some(Ok(plan)) => {
            widgets::secondary(ui, words::plan(plan.files, plan.bytes, plan.unchanged));
            if !plan.problems.is_empty() {
                let missing = RichText::new(words::missing(plan.problems.len())).font(theme::small());
                let label = ui.label(missing.color(theme::palette(ui).danger));
                label.on_hover_text(words::missing_about(&plan.problems));
            }
        }
    }
}

/// Files of an album: every copy of every photo of the group.
fn file_count(group: &Group, snapshot: &Snapshot) -> usize {
    let photos = index::photos_of(&group.faces, snapshot);
    photos.iter().filter_map(|photo| snapshot.photos.get(photo)).map(|photo| photo.paths.len()).sum()
}
