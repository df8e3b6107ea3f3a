//! Line icons, drawn: they take the text's colour and stay sharp at every size, and no icon font is needed.

use egui::{Color32, Painter, Pos2, Rect, Response, Sense, Stroke, Ui, Vec2, WidgetInfo, accesskit::Role};

use super::theme;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icon {
    Undo,
    Redo,
    Search,
    Menu,
    Cross,
    Check,
    Back,
    Backward,
    Forward,
    Down,
    People,
    Faces,
    Aside,
    Slash,
    Question,
    Gear,
    Warning,
    Clock,
    Plus,
    Minus,
    Fit,
    Map,
    Beside,
}

/// One stroke in a square of 16 × 16.
enum Part {
    Line(&'static [(f32, f32)]),
    /// Middle, radius, from and to in degrees, clockwise from the right.
    Arc(f32, f32, f32, f32, f32),
    Dot(f32, f32, f32),
}

use Part::{Arc, Dot, Line};

fn parts(icon: Icon) -> &'static [Part] {
    match icon {
        Icon::Undo => &[
            Line(&[(6.0, 3.0), (3.0, 6.0), (6.0, 9.0)]),
            Line(&[(3.0, 6.0), (9.5, 6.0)]),
            Arc(9.5, 9.5, 3.5, -90.0, 90.0),
            Line(&[(9.5, 13.0), (6.5, 13.0)]),
        ],
        Icon::Redo => &[
            Line(&[(10.0, 3.0), (13.0, 6.0), (10.0, 9.0)]),
            Line(&[(13.0, 6.0), (6.5, 6.0)]),
            Arc(6.5, 9.5, 3.5, 90.0, 270.0),
            Line(&[(6.5, 13.0), (9.5, 13.0)]),
        ],
        Icon::Search => &[Arc(7.0, 7.0, 4.25, 0.0, 360.0), Line(&[(10.2, 10.2), (13.5, 13.5)])],
        Icon::Menu => &[Dot(3.5, 8.0, 1.3), Dot(8.0, 8.0, 1.3), Dot(12.5, 8.0, 1.3)],
        Icon::Cross => &[Line(&[(4.2, 4.2), (11.8, 11.8)]), Line(&[(11.8, 4.2), (4.2, 11.8)])],
        Icon::Check => &[Line(&[(3.5, 8.5), (6.5, 11.5), (12.5, 4.8)])],
        Icon::Back => &[Line(&[(7.0, 3.5), (2.5, 8.0), (7.0, 12.5)]), Line(&[(2.5, 8.0), (13.5, 8.0)])],
        Icon::Backward => &[Line(&[(9.8, 3.5), (5.3, 8.0), (9.8, 12.5)])],
        Icon::Forward => &[Line(&[(6.2, 3.5), (10.7, 8.0), (6.2, 12.5)])],
        Icon::Down => &[Line(&[(4.0, 6.2), (8.0, 10.2), (12.0, 6.2)])],
        Icon::People => &[
            Arc(6.0, 5.5, 2.25, 0.0, 360.0),
            Arc(6.0, 13.0, 4.0, 180.0, 360.0),
            Arc(11.2, 6.2, 1.75, -90.0, 120.0),
            Arc(11.0, 13.0, 3.2, -75.0, 0.0),
        ],
        Icon::Faces => &[
            Line(&[(3.0, 3.0), (7.0, 3.0), (7.0, 7.0), (3.0, 7.0), (3.0, 3.0)]),
            Line(&[(9.5, 3.0), (13.5, 3.0), (13.5, 7.0), (9.5, 7.0), (9.5, 3.0)]),
            Line(&[(3.0, 9.5), (7.0, 9.5), (7.0, 13.5), (3.0, 13.5), (3.0, 9.5)]),
            Line(&[(9.5, 9.5), (13.5, 9.5), (13.5, 13.5), (9.5, 13.5), (9.5, 9.5)]),
        ],
        Icon::Aside => {
            &[Arc(8.0, 5.5, 2.4, 0.0, 360.0), Arc(8.0, 13.2, 4.4, 180.0, 360.0), Line(&[(2.8, 13.2), (13.2, 2.8)])]
        }
        Icon::Question => &[
            Arc(8.0, 8.0, 5.5, 0.0, 360.0),
            Arc(8.0, 6.7, 1.7, 180.0, 405.0),
            Line(&[(9.2, 7.9), (8.0, 9.2)]),
            Dot(8.0, 11.1, 0.8),
        ],
        Icon::Gear => &[
            Line(&[(2.5, 5.0), (13.5, 5.0)]),
            Dot(6.0, 5.0, 1.8),
            Line(&[(2.5, 11.0), (13.5, 11.0)]),
            Dot(10.5, 11.0, 1.8),
        ],
        Icon::Slash => &[Arc(8.0, 8.0, 5.2, 0.0, 360.0), Line(&[(4.3, 11.7), (11.7, 4.3)])],
        Icon::Warning => &[
            Line(&[(8.0, 2.8), (14.0, 13.0), (2.0, 13.0), (8.0, 2.8)]),
            Line(&[(8.0, 6.6), (8.0, 9.4)]),
            Dot(8.0, 11.2, 0.8),
        ],
        Icon::Clock => &[Arc(8.0, 8.0, 5.5, 0.0, 360.0), Line(&[(8.0, 4.8), (8.0, 8.2), (10.4, 9.8)])],
        Icon::Plus => &[Line(&[(8.0, 3.5), (8.0, 12.5)]), Line(&[(3.5, 8.0), (12.5, 8.0)])],
        Icon::Minus => &[Line(&[(3.5, 8.0), (12.5, 8.0)])],
        Icon::Fit => &[
            Line(&[(3.0, 6.0), (3.0, 3.0), (6.0, 3.0)]),
            Line(&[(10.0, 3.0), (13.0, 3.0), (13.0, 6.0)]),
            Line(&[(13.0, 10.0), (13.0, 13.0), (10.0, 13.0)]),
            Line(&[(6.0, 13.0), (3.0, 13.0), (3.0, 10.0)]),
        ],
        Icon::Beside => &[
            Line(&[(2.5, 3.5), (13.5, 3.5), (13.5, 12.5), (2.5, 12.5), (2.5, 3.5)]),
            Line(&[(10.0, 3.5), (10.0, 12.5)]),
        ],
        Icon::Map => &[
            Dot(4.0, 4.5, 1.5),
            Dot(7.2, 3.2, 1.2),
            Dot(6.6, 6.8, 1.4),
            Dot(12.4, 6.6, 1.3),
            Dot(11.0, 11.6, 1.6),
            Dot(7.8, 12.6, 1.1),
            Dot(3.6, 11.4, 1.1),
        ],
    }
}

/// Draws an icon into the middle of a place, as large as the smaller side.
pub(super) fn paint(painter: &Painter, place: Rect, icon: Icon, colour: Color32) {
    let side = place.size().min_elem();
    let origin = Rect::from_center_size(place.center(), Vec2::splat(side)).min;
    let at = |x: f32, y: f32| -> Pos2 { origin + Vec2::new(x, y) * (side / 16.0) };
    let stroke = Stroke::new((side / 16.0 * 1.5).max(1.0), colour);
    for part in parts(icon) {
        match part {
            Line(points) => {
                painter.line(points.iter().map(|(x, y)| at(*x, *y)).collect(), stroke);
            }
            Arc(x, y, radius, from, to) => {
                let steps = ((to - from) / 15.0).ceil().max(2.0) as usize;
                let point = |step: usize| {
                    let angle = (from + (to - from) * step as f32 / steps as f32).to_radians();
                    at(x + radius * angle.cos(), y + radius * angle.sin())
                };
                painter.line((0..=steps).map(point).collect(), stroke);
            }
            Dot(x, y, radius) => {
                painter.circle_filled(at(*x, *y), radius * side / 16.0, colour);
            }
        }
    }
}

/// A square button with an icon; its name is for screen readers and the tooltip. `why` says why it cannot be pressed.
pub(super) fn button(ui: &mut Ui, icon: Icon, name: &str, tooltip: &str, why: Option<&str>) -> Response {
    let colours = theme::palette(ui);
    let sense = if why.is_some() { Sense::hover() } else { Sense::click() };
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(theme::CONTROL), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, why.is_none(), name));
    if response.hovered() && why.is_none() {
        ui.painter().rect_filled(rect, theme::CONTROL_CORNER, colours.hover);
    }
    if response.has_focus() {
        let ring = Stroke::new(2.0, colours.accent);
        ui.painter().rect_stroke(rect, theme::CONTROL_CORNER, ring, egui::StrokeKind::Inside);
    }
    let colour = if why.is_some() { colours.faint } else { colours.text };
    paint(ui.painter(), rect.shrink(6.0), icon, colour);
    response.on_hover_text(why.unwrap_or(tooltip))
}
