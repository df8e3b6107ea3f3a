//! Colours, measures, fonts and text sizes: the only place that names them.

use std::sync::Arc;

use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle,
    Theme, Ui,
};

/// The colours of one theme.
pub(super) struct Palette {
    pub(super) surface: Color32,
    pub(super) raised: Color32,
    pub(super) line: Color32,
    pub(super) text: Color32,
    pub(super) secondary: Color32,
    pub(super) accent: Color32,
    pub(super) on_accent: Color32,
    /// The accent as text: dark enough to read.
    pub(super) accent_text: Color32,
    pub(super) danger: Color32,
    pub(super) placeholder: Color32,
    /// Behind a control under the pointer.
    pub(super) hover: Color32,
    /// Behind the place one is at.
    pub(super) here: Color32,
    /// What cannot be used now.
    pub(super) faint: Color32,
    /// Of people on the map: calm, as strong as each other, never the only thing that tells two people apart.
    pub(super) people: [Color32; PEOPLE],
}

/// Colours of people.
pub(super) const PEOPLE: usize = 12;

const LIGHT: Palette = Palette {
    surface: Color32::from_rgb(0xfb, 0xfa, 0xf7),
    raised: Color32::from_rgb(0xff, 0xff, 0xff),
    line: Color32::from_rgb(0xe6, 0xe3, 0xdc),
    text: Color32::from_rgb(0x1f, 0x20, 0x23),
    secondary: Color32::from_rgb(0x6b, 0x6a, 0x66),
    accent: Color32::from_rgb(0xe8, 0xa3, 0x17),
    on_accent: Color32::from_rgb(0x2a, 0x1c, 0x00),
    accent_text: Color32::from_rgb(0x8a, 0x5a, 0x00),
    danger: Color32::from_rgb(0xb3, 0x37, 0x2f),
    placeholder: Color32::from_rgb(0xee, 0xec, 0xe6),
    hover: Color32::from_rgb(0xf1, 0xee, 0xe7),
    here: Color32::from_rgb(0xec, 0xe8, 0xde),
    faint: Color32::from_rgb(0xb4, 0xb1, 0xa9),
    people: [
        Color32::from_rgb(0x3b, 0x6e, 0xa8),
        Color32::from_rgb(0x2a, 0x7f, 0x78),
        Color32::from_rgb(0xb8, 0x59, 0x3c),
        Color32::from_rgb(0x7d, 0x5a, 0xa6),
        Color32::from_rgb(0x4e, 0x8a, 0x3e),
        Color32::from_rgb(0xb5, 0x48, 0x6b),
        Color32::from_rgb(0x8a, 0x6a, 0x1f),
        Color32::from_rgb(0x55, 0x60, 0xb8),
        Color32::from_rgb(0x93, 0x48, 0x7f),
        Color32::from_rgb(0x5b, 0x72, 0x86),
        Color32::from_rgb(0x6b, 0x7f, 0x3f),
        Color32::from_rgb(0x9a, 0x5f, 0x3a),
    ],
};

const DARK: Palette = Palette {
    surface: Color32::from_rgb(0x17, 0x18, 0x1a),
    raised: Color32::from_rgb(0x20, 0x22, 0x25),
    line: Color32::from_rgb(0x2e, 0x31, 0x36),
    text: Color32::from_rgb(0xec, 0xeb, 0xe7),
    secondary: Color32::from_rgb(0x9b, 0x9a, 0x95),
    accent: Color32::from_rgb(0xe8, 0xa3, 0x17),
    on_accent: Color32::from_rgb(0x2a, 0x1c, 0x00),
    accent_text: Color32::from_rgb(0xf2, 0xb8, 0x4b),
    danger: Color32::from_rgb(0xe5, 0x76, 0x6e),
    placeholder: Color32::from_rgb(0x2a, 0x2c, 0x30),
    hover: Color32::from_rgb(0x2a, 0x2d, 0x31),
    here: Color32::from_rgb(0x31, 0x34, 0x39),
    faint: Color32::from_rgb(0x5d, 0x5f, 0x63),
    people: [
        Color32::from_rgb(0x7f, 0xaf, 0xe0),
        Color32::from_rgb(0x62, 0xbd, 0xb4),
        Color32::from_rgb(0xe0, 0x8d, 0x72),
        Color32::from_rgb(0xb4, 0x97, 0xdc),
        Color32::from_rgb(0x8c, 0xc4, 0x7a),
        Color32::from_rgb(0xe2, 0x82, 0xa2),
        Color32::from_rgb(0xd3, 0xb5, 0x66),
        Color32::from_rgb(0x94, 0x9e, 0xea),
        Color32::from_rgb(0xce, 0x86, 0xbc),
        Color32::from_rgb(0x9b, 0xb1, 0xc4),
        Color32::from_rgb(0xb2, 0xc0, 0x7e),
        Color32::from_rgb(0xd0, 0x9c, 0x72),
    ],
};

/// Around photos, in both themes.
pub(super) const BEHIND_PHOTOS: Color32 = Color32::from_rgb(0x0c, 0x0c, 0x0d);
/// Text on photos.
pub(super) const ON_PHOTOS: Color32 = Color32::from_rgb(0xf5, 0xf4, 0xf0);
/// The accent on black.
pub(super) const ON_BLACK_ACCENT: Color32 = DARK.accent_text;
/// Behind text on photos.
pub(super) const SHADE: Color32 = Color32::from_rgba_premultiplied(0, 0, 0, 170);

/// How long anything moves, in seconds.
pub(super) const MOVE_SECS: f32 = 0.08;
/// Corners of cards and pictures, and of controls.
pub(super) const CARD_CORNER: u8 = 8;
pub(super) const CONTROL_CORNER: u8 = 6;
/// Height of buttons and fields.
pub(super) const CONTROL: f32 = 28.0;

/// The colours now.
pub(super) fn palette(ui: &Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

/// What is drawn from here on stands on black, whatever the theme.
pub(super) fn on_black(ui: &mut Ui) {
    let style = ui.ctx().style_of(Theme::Dark);
    ui.set_style(style);
}

/// The heavier of the two weights.
fn semibold() -> FontFamily {
    FontFamily::Name("semibold".into())
}

/// Titles of screens.
pub(super) fn large() -> FontId {
    FontId::new(22.0, semibold())
}

/// Titles of cards and persons.
pub(super) fn title() -> FontId {
    FontId::new(16.0, semibold())
}

/// Names and other words that matter, in the size of the text.
pub(super) fn strong() -> FontId {
    FontId::new(13.0, semibold())
}

/// Text beside the text.
pub(super) fn small() -> FontId {
    FontId::new(12.0, FontFamily::Proportional)
}

/// Text.
pub(super) fn body() -> FontId {
    FontId::new(13.0, FontFamily::Proportional)
}

/// Two weights of Inter; the system's fonts follow where a script is missing (eframe's `system_fonts`).
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in [
        ("Inter", include_bytes!("../../assets/fonts/Inter-Regular.ttf").as_slice()),
        ("Inter SemiBold", include_bytes!("../../assets/fonts/Inter-SemiBold.ttf").as_slice()),
    ] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let regular = || vec!["Inter".to_owned()];
    fonts.families.insert(FontFamily::Proportional, regular());
    fonts.families.insert(FontFamily::Monospace, regular());
    fonts.families.insert(semibold(), vec!["Inter SemiBold".to_owned(), "Inter".to_owned()]);
    fonts
}

/// Lets things move, or stops everything that moves by itself.
pub(super) fn motion(ctx: &Context, still: bool) {
    ctx.all_styles_mut(|style| {
        style.animation_time = if still { 0.0 } else { MOVE_SECS };
        style.scroll_animation =
            if still { egui::style::ScrollAnimation::none() } else { egui::style::ScrollAnimation::default() };
    });
}

/// Sets the fonts and both themes.
pub(super) fn apply(ctx: &Context) {
    ctx.set_fonts(fonts());
    // The sizes have their own keys and their own setting.
    ctx.options_mut(|options| {
        options.zoom_with_keyboard = false;
        options.fallback_theme = Theme::Light;
    });
    for (theme, colours) in [(Theme::Light, &LIGHT), (Theme::Dark, &DARK)] {
        ctx.style_mut_of(theme, |style| {
            let text = [
                (TextStyle::Heading, large()),
                (TextStyle::Body, body()),
                (TextStyle::Button, body()),
                (TextStyle::Small, small()),
                (TextStyle::Monospace, FontId::new(12.0, FontFamily::Monospace)),
            ];
            style.text_styles = text.into();
            style.spacing.item_spacing = egui::vec2(8.0, 8.0);
            style.spacing.button_padding = egui::vec2(12.0, 6.0);
            style.spacing.interact_size.y = 28.0;
            style.spacing.window_margin = Margin::same(24);
            style.animation_time = MOVE_SECS;
            // What is to be read is not a text field; see `widgets::copyable` for what one may want to take along.
            style.interaction.selectable_labels = false;
            let visuals = &mut style.visuals;
            visuals.panel_fill = colours.surface;
            visuals.window_fill = colours.raised;
            visuals.extreme_bg_color = colours.here;
            visuals.text_edit_bg_color = Some(colours.surface);
            visuals.faint_bg_color = colours.placeholder;
            visuals.override_text_color = Some(colours.text);
            visuals.weak_text_color = Some(colours.secondary);
            visuals.window_stroke = Stroke::new(1.0, colours.line);
            visuals.window_corner_radius = CornerRadius::same(CARD_CORNER);
            visuals.menu_corner_radius = CornerRadius::same(CARD_CORNER);
            visuals.selection.bg_fill = colours.accent.gamma_multiply(0.45);
            visuals.selection.stroke = Stroke::new(2.0, colours.accent);
            visuals.hyperlink_color = colours.text;
            let shadow = Shadow { offset: [0, 4], blur: 16, spread: 0, color: Color32::from_black_alpha(40) };
            (visuals.window_shadow, visuals.popup_shadow) = (shadow, shadow);
            let widgets = &mut visuals.widgets;
            for state in [
                &mut widgets.noninteractive,
                &mut widgets.inactive,
                &mut widgets.hovered,
                &mut widgets.active,
                &mut widgets.open,
            ] {
                state.corner_radius = CornerRadius::same(CONTROL_CORNER);
                state.fg_stroke = Stroke::new(1.0, colours.text);
                state.bg_stroke = Stroke::new(1.0, colours.line);
                state.weak_bg_fill = colours.raised;
                state.bg_fill = colours.raised;
                state.expansion = 0.0;
            }
            // Rails of sliders, grounds of boxes to tick.
            widgets.inactive.bg_fill = colours.here;
            widgets.hovered.bg_fill = colours.here;
            widgets.hovered.weak_bg_fill = colours.hover;
            widgets.active.weak_bg_fill = colours.here;
            widgets.hovered.bg_stroke = Stroke::new(1.0, colours.secondary);
            widgets.active.bg_stroke = Stroke::new(1.0, colours.accent);
        });
    }
}
