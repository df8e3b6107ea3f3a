//! What stands around every screen: top bar, side bar, toasts, and the first line of a screen.

use egui::accesskit::Role;
use egui::containers::menu::MenuButton;
use egui::{
    Align, Align2, Color32, Frame, Id, Layout, Margin, Order, Panel, Rect, RichText, Sense, Stroke, Ui, Vec2,
    WidgetInfo,
};

use super::action::Action;
use super::hint::{self, Over};
use super::icons::{self, Icon};
use super::view::{Dialog, Screen, ViewState};
use super::{inspector, text, theme, widgets};
use crate::domain::{FaceFlag, NoticeLevel, Snapshot};
use crate::engine::Command;

/// Seconds a toast stays.
const TOAST: f64 = 7.0;
/// Below this width the side bar shows icons only.
const NARROW: f32 = 760.0;

fn keys(ui: &Ui, action: Action) -> String {
    action.shortcut().map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default()
}

pub(super) fn tooltip(ui: &Ui, action: Action) -> String {
    text::frame::with_keys(action.tooltip(), &keys(ui, action))
}

/// A button of an action: greyed with the reason when it cannot be done.
pub(super) fn action_button(
    ui: &mut Ui,
    action: Action,
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let possible = action.enabled(snapshot, view);
    let response = ui.add_enabled(possible.is_ok(), egui::Button::new(action.label()));
    let tooltip = tooltip(ui, action);
    if response.on_hover_text(tooltip).on_disabled_hover_text(possible.err().unwrap_or_default()).clicked() {
        action.run(&ui.ctx().clone(), snapshot, view, commands);
    }
}

/// The same in a menu, with its keys.
pub(super) fn menu_item(
    ui: &mut Ui,
    action: Action,
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let possible = action.enabled(snapshot, view);
    let button = menu_line(action.label(), &keys(ui, action));
    let response = ui.add_enabled(possible.is_ok(), button);
    if response.on_disabled_hover_text(possible.err().unwrap_or_default()).clicked() {
        action.run(&ui.ctx().clone(), snapshot, view, commands);
        ui.close();
    }
}

/// A line of a menu: words, and at the right the keys or a number, if there are any.
pub(super) fn menu_line(words: impl Into<String>, right: &str) -> egui::Button<'static> {
    let button = egui::Button::new(words.into()).min_size(Vec2::new(200.0, 0.0));
    // An empty text would leave a space behind the name that screen readers are given.
    if right.is_empty() { button } else { button.shortcut_text(right.to_owned()) }
}

/// The same as an icon.
fn action_icon(
    ui: &mut Ui,
    icon: Icon,
    action: Action,
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    let possible = action.enabled(snapshot, view);
    let tooltip = match (action, &snapshot.undo, &snapshot.redo) {
        (Action::Undo, Some(what), _) | (Action::Redo, _, Some(what)) => {
            text::frame::about_edit(action.label(), &text::drawn(what), &keys(ui, action))
        }
        _ => tooltip(ui, action),
    };
    if icons::button(ui, icon, action.label(), &tooltip, possible.err()).clicked() {
        action.run(&ui.ctx().clone(), snapshot, view, commands);
    }
}

pub(super) fn top_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let colours = theme::palette(ui);
    let bar = Frame::new().fill(colours.surface).inner_margin(Margin::symmetric(16, 8));
    Panel::top("top").exact_size(48.0).frame(bar).show_separator_line(false).show(ui, |ui| {
        let room = ui.max_rect();
        ui.horizontal_centered(|ui| {
            mark_ui(ui);
            let folder = text::library(snapshot);
            let name = RichText::new(text::drawn(&folder)).font(theme::title());
            let button = egui::Button::new(name).frame_when_inactive(false).truncate();
            ui.scope(|ui| {
                ui.set_max_width((room.width() * 0.26).clamp(96.0, 260.0));
                let (button, _) = MenuButton::from_button(button).ui(ui, |ui| {
                    for action in [Action::ChooseFolder, Action::Rescan, Action::NewFolder] {
                        menu_item(ui, action, snapshot, view, commands);
                    }
                });
                let folders: Vec<String> = snapshot.folders.iter().map(|path| path.display().to_string()).collect();
                if !folders.is_empty() {
                    button.on_hover_text(folders.join("\n"));
                }
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                action_icon(ui, Icon::Beside, Action::Details, snapshot, view, commands);
                more_ui(ui, snapshot, view, commands);
                export_ui(ui, snapshot, view, commands);
                ui.add_space(4.0);
                action_icon(ui, Icon::Redo, Action::Redo, snapshot, view, commands);
                action_icon(ui, Icon::Undo, Action::Undo, snapshot, view, commands);
            });
        });
        search_ui(ui, room, view);
    });
}

/// Why nothing can be changed, when that is so.
pub(super) fn read_only_ui(ui: &mut Ui, snapshot: &Snapshot) {
    let Some(why) = &snapshot.read_only else { return };
    let colours = theme::palette(ui);
    let strip = Frame::new().fill(colours.here).inner_margin(Margin::symmetric(16, 6));
    Panel::top("to look at").frame(strip).show_separator_line(false).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            let (place, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
            icons::paint(ui.painter(), place, Icon::Warning, colours.accent_text);
            widgets::copyable(ui, why);
        });
    });
}

/// The mark of the program: an egg with a yolk.
fn mark_ui(ui: &mut Ui) {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(22.0), Sense::hover());
    ui.painter().circle(rect.center(), 10.5, colours.raised, Stroke::new(1.0, colours.faint));
    ui.painter().circle_filled(rect.center() + Vec2::new(-1.0, 1.0), 5.0, colours.accent);
}

/// How wide that is which looks like a field, where the bar has room for it.
fn find_width(room: f32) -> Option<f32> {
    let width = (room - 560.0).min(360.0);
    (width >= 120.0).then_some(width)
}

/// Looks like a field, opens the palette.
fn search_ui(ui: &mut Ui, room: Rect, view: &mut ViewState) {
    let Some(width) = find_width(room.width()) else { return };
    let colours = theme::palette(ui);
    let rect = Rect::from_center_size(room.center(), Vec2::new(width, 30.0));
    let response = ui.interact(rect, ui.scope_id().with("find"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, Action::Palette.label()));
    let edge = if response.hovered() || response.has_focus() { colours.secondary } else { colours.line };
    ui.painter().rect(rect, theme::CONTROL_CORNER, colours.raised, Stroke::new(1.0, edge), egui::StrokeKind::Inside);
    let icon = Rect::from_min_size(rect.min + Vec2::new(8.0, 7.0), Vec2::splat(16.0));
    icons::paint(ui.painter(), icon, Icon::Search, colours.secondary);
    let keys = ui.painter().layout_no_wrap(keys(ui, Action::Palette), theme::small(), colours.secondary);
    let keys_at = rect.right_center() - Vec2::new(keys.size().x + 10.0, keys.size().y / 2.0);
    let words = text::frame::SEARCH_HINT;
    let hint = ui.painter().with_clip_rect(Rect::from_min_max(rect.min, egui::pos2(keys_at.x - 6.0, rect.max.y)));
    hint.text(rect.left_center() + Vec2::new(30.0, 0.0), Align2::LEFT_CENTER, words, theme::body(), colours.secondary);
    ui.painter().galley(keys_at, keys, colours.secondary);
    if response.clicked() {
        view.dialog = Some(Dialog::Palette(String::new(), 0));
    }
}

fn export_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let export = Action::Export.enabled(snapshot, view);
    // A screen has one main button; the start's is its own.
    let button = if view.screen == Screen::Start {
        ui.add_enabled(export.is_ok(), egui::Button::new(Action::Export.label()))
    } else {
        widgets::main_button(ui, export.is_ok(), Action::Export.label())
    };
    let tooltip = tooltip(ui, Action::Export);
    if button.on_hover_text(tooltip).on_disabled_hover_text(export.err().unwrap_or_default()).clicked() {
        Action::Export.run(&ui.ctx().clone(), snapshot, view, commands);
    }
}

fn more_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) {
    let response = icons::button(ui, Icon::Menu, text::MORE, text::frame::MORE_ABOUT, None);
    egui::Popup::menu(&response).show(|ui| {
        // In a narrow window nothing else leads to it.
        let find: &[Action] =
            if find_width(ui.ctx().content_rect().width() - 32.0).is_some() { &[] } else { &[Action::Palette] };
        for action in find {
            menu_item(ui, *action, snapshot, view, commands);
        }
        let lists: [&[Action]; 3] = [
            &[Action::ShowHistory, Action::ShowSettings, Action::Theme],
            &[Action::LargerText, Action::SmallerText],
            &[Action::ShowShortcuts, Action::ShowAbout],
        ];
        for (place, list) in lists.into_iter().enumerate() {
            if place > 0 {
                ui.separator();
            }
            for action in list {
                menu_item(ui, *action, snapshot, view, commands);
            }
        }
    });
}

pub(super) fn side_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState) {
    let colours = theme::palette(ui);
    let narrow = ui.max_rect().width() < NARROW || inspector::crowds(view);
    let width = if narrow { 56.0 } else { 168.0 };
    let bar = Frame::new().fill(colours.surface).inner_margin(Margin { left: 8, right: 8, top: 8, bottom: 12 });
    let panel = Panel::left("side").exact_size(width).resizable(false).show_separator_line(false).frame(bar);
    panel.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let people = view.index.many.len();
        let shown = snapshot.faces.len().saturating_sub(view.index.ignored + view.index.not_faces);
        let above = [
            (Icon::People, Action::ShowPeople, people, Screen::People),
            (Icon::Faces, Action::ShowFaces, shown, Screen::Faces),
            (Icon::Question, Action::ShowReview, view.questions(snapshot), Screen::Review),
            (Icon::Map, Action::ShowMap, 0, Screen::Map),
            (Icon::Search, Action::Search, 0, Screen::Search),
            (Icon::Gear, Action::ShowThreshold, 0, Screen::Threshold),
        ];
        let below = [
            (Icon::Aside, Action::ShowIgnored, view.index.ignored, Screen::Aside(FaceFlag::Ignored)),
            (Icon::Slash, Action::ShowNotFaces, view.index.not_faces, Screen::Aside(FaceFlag::NotAFace)),
            (Icon::Warning, Action::ShowProblems, snapshot.problems.len(), Screen::Problems),
            (Icon::Clock, Action::ShowHistory, 0, Screen::History),
        ];
        // In a low window the rows move together, so that the last one is whole.
        let rows = (above.len() + below.len()) as f32;
        let high = ((ui.available_height() - 16.0) / rows - 2.0).floor().clamp(24.0, 32.0);
        for (icon, action, number, screen) in above {
            place_ui(ui, icon, action, number, screen, high, narrow, snapshot, view);
        }
        ui.add_space(8.0);
        let line = ui.available_rect_before_wrap();
        ui.painter().hline(line.x_range().shrink(8.0), line.top(), Stroke::new(1.0, colours.line));
        ui.add_space(8.0);
        for (icon, action, number, screen) in below {
            place_ui(ui, icon, action, number, screen, high, narrow, snapshot, view);
        }
        if !narrow && !snapshot.device.is_empty() {
            ui.with_layout(Layout::bottom_up(Align::LEFT), |ui| {
                ui.horizontal(|ui| {
                    ui.add_space(8.0);
                    let words = text::frame::runs_on(&snapshot.device);
                    let words = RichText::new(words).font(theme::small()).color(colours.secondary);
                    ui.add(egui::Label::new(words).truncate());
                });
            });
        }
    });
}

/// One place of the side bar.
#[expect(clippy::too_many_arguments, reason = "one row of a table")]
fn place_ui(
    ui: &mut Ui,
    icon: Icon,
    action: Action,
    number: usize,
    screen: Screen,
    high: f32,
    narrow: bool,
    snapshot: &Snapshot,
    view: &mut ViewState,
) {
    let colours = theme::palette(ui);
    let why = action.enabled(snapshot, view).err();
    let here = view.screen == screen || (screen == Screen::People && matches!(view.screen, Screen::Person(_)));
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), high), Sense::click());
    let label = action.label();
    response.widget_info(|| {
        let value = (number > 0).then(|| text::thousands(number));
        WidgetInfo { current_text_value: value, ..WidgetInfo::selected(Role::Button, why.is_none(), here, label) }
    });
    if here || response.hovered() && why.is_none() {
        let fill = if here { colours.here } else { colours.hover };
        ui.painter().rect_filled(rect, theme::CONTROL_CORNER, fill);
    }
    if response.has_focus() {
        let ring = Stroke::new(2.0, colours.accent);
        ui.painter().rect_stroke(rect, theme::CONTROL_CORNER, ring, egui::StrokeKind::Inside);
    }
    // What cannot be gone to now is greyed, and says why.
    let off = why.is_some() && !here;
    let ink = if off {
        colours.faint
    } else if here {
        colours.text
    } else {
        colours.secondary
    };
    let middle = if narrow { rect.center().x } else { rect.left() + 18.0 };
    let place = Rect::from_center_size(egui::pos2(middle, rect.center().y), Vec2::splat(18.0));
    icons::paint(ui.painter(), place, icon, ink);
    if !narrow {
        let font = if here { theme::strong() } else { theme::body() };
        ui.painter().text(
            rect.left_center() + Vec2::new(36.0, 0.0),
            Align2::LEFT_CENTER,
            label,
            font,
            if off { colours.faint } else { colours.text },
        );
        if number > 0 {
            let at = rect.right_center() - Vec2::new(8.0, 0.0);
            let ink = if here { colours.text } else { colours.secondary };
            ui.painter().text(at, Align2::RIGHT_CENTER, text::thousands(number), theme::small(), ink);
        }
    }
    let mut tip = why.map_or_else(|| tooltip(ui, action), str::to_owned);
    if narrow {
        tip = text::frame::place_about(label, number, &tip);
    }
    if response.on_hover_text(tip).clicked() {
        action.run(&ui.ctx().clone(), snapshot, view, &mut Vec::new());
    }
}

/// The latest notice, for some seconds; gives below what nothing that stands above it may reach.
pub(super) fn toast_ui(ui: &mut Ui, snapshot: &Snapshot, view: &mut ViewState, commands: &mut Vec<Command>) -> f32 {
    let bottom = ui.max_rect().bottom();
    let Some(notice) = snapshot.notices.last() else { return bottom };
    let now = ui.input(|input| input.time);
    if notice.number > view.seen_notice {
        view.seen_notice = notice.number;
        view.toast_since = now;
    }
    let error = notice.level == NoticeLevel::Error;
    let left = if error { 2.0 * TOAST } else { TOAST } - (now - view.toast_since);
    if left <= 0.0 {
        return bottom;
    }
    ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(left));
    let colours = theme::palette(ui);
    // The answers of the review stay free, and the buttons below a box that is drawn anew.
    let low = view.screen == Screen::Review || view.fixing.is_some() || view.marking;
    let over = Over {
        id: "toast",
        edge: if error { colours.danger } else { colours.line },
        widest: 640.0,
        bottom: if low { hint::above(ui, bottom) } else { bottom - 16.0 },
        pressed: true,
    };
    hint::over_ui(ui, &over, |ui| {
        ui.horizontal_wrapped(|ui| {
            if error {
                let (place, _) = ui.allocate_exact_size(Vec2::new(16.0, theme::CONTROL), Sense::hover());
                icons::paint(ui.painter(), place, Icon::Warning, colours.danger);
            }
            ui.label(text::drawn(&notice.text).into_owned());
            if notice.undoable && snapshot.undo.is_some() && ui.button(Action::Undo.label()).clicked() {
                commands.push(Command::Undo);
            }
            let problems = notice.problems && !snapshot.problems.is_empty();
            if problems && view.screen != Screen::Problems && ui.button(text::frame::SHOW_PROBLEMS).clicked() {
                view.open(Screen::Problems);
            }
            if error {
                hint::copy_ui(ui, &notice.text);
            }
            if icons::button(ui, Icon::Cross, text::CLOSE, text::CLOSE, None).clicked() {
                view.toast_since = f64::MIN;
            }
        });
    })
}

/// While files hover over the window: what a drop would do, or why it would do nothing.
pub(super) fn hover_ui(ui: &mut Ui, snapshot: &Snapshot) {
    let hovered = ui.input(|input| {
        let name = |file: &egui::HoveredFile| {
            let name = file.path.as_ref().and_then(|path| path.file_name());
            name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
        };
        input.raw.hovered_files.iter().map(name).collect::<Vec<String>>()
    });
    if hovered.is_empty() {
        return;
    }
    let colours = theme::palette(ui);
    let painter = ui.ctx().layer_painter(egui::LayerId::new(Order::Foreground, Id::unique("hovering files")));
    let rect = ui.ctx().content_rect().shrink(12.0);
    painter.rect_filled(rect, theme::CARD_CORNER, colours.surface.gamma_multiply(0.92));
    painter.rect_stroke(rect, theme::CARD_CORNER, Stroke::new(2.0, colours.accent), egui::StrokeKind::Inside);
    let width = rect.width() - 32.0;
    let galley = if let Some(why) = &snapshot.read_only {
        // A sentence of its own length.
        painter.layout(why.clone(), theme::title(), colours.text, width)
    } else {
        widgets::line(&painter, &text::drop_here(&hovered), theme::large(), colours.text, width)
    };
    painter.galley(rect.center() - galley.size() / 2.0, galley, colours.text);
}

/// The first line of a screen: as high on every screen, whatever stands in it, so that nothing below jumps.
pub(super) fn head_ui(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 36.0), Sense::hover());
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
        ui.horizontal_centered(content);
    });
    ui.add_space(4.0);
}

/// What is selected and what can be done with it; stands in the first line and leaves so much room behind it.
pub(super) fn selection_ui(
    ui: &mut Ui,
    what: &str,
    (actions, behind): (&[Action], f32),
    snapshot: &Snapshot,
    view: &mut ViewState,
    commands: &mut Vec<Command>,
) {
    if icons::button(ui, Icon::Cross, text::frame::SELECT_NOTHING, text::frame::SELECT_NOTHING_ABOUT, None).clicked() {
        view.select_nothing();
    }
    ui.label(RichText::new(text::frame::selected(what)).font(theme::title()));
    ui.add_space(8.0);
    // What does not fit goes into a menu.
    let room = ui.available_width() - 48.0 - behind;
    let around = 2.0 * ui.spacing().button_padding.x + ui.spacing().item_spacing.x;
    let words = |action: &Action| widgets::line(ui.painter(), action.label(), theme::body(), Color32::BLACK, room);
    let width = |action: &Action| words(action).size().x + around;
    let mut used = 0.0;
    let fits = actions.iter().take_while(|action| {
        used += width(action);
        used <= room
    });
    let shown = fits.count();
    for action in actions.iter().take(shown) {
        action_button(ui, *action, snapshot, view, commands);
    }
    if shown < actions.len() {
        let response = icons::button(ui, Icon::Menu, text::frame::MORE_ACTIONS, text::frame::MORE_ACTIONS, None);
        egui::Popup::menu(&response).show(|ui| {
            for action in actions.iter().skip(shown) {
                menu_item(ui, *action, snapshot, view, commands);
            }
        });
    }
}

/// The slider for the size of pictures, at the right end of the first line.
pub(super) fn size_ui(ui: &mut Ui, view: &mut ViewState) {
    if ui.available_width() < 128.0 {
        return; // it would lie on what stands before it; the keys for the size must do
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().slider_width = 96.0;
        let slider =
            egui::Slider::new(&mut view.settings.card_width, super::settings::Settings::CARDS).show_value(false);
        let name = text::PICTURE_SIZE;
        let slider = ui.add(slider).on_hover_text(name).accessible_name(name);
        widgets::keep_keys(ui, &slider);
        let (place, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
        icons::paint(ui.painter(), place, Icon::Faces, theme::palette(ui).secondary);
    });
}
