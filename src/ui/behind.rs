//! A dialog takes the keys. When it goes, what had them before has them again, if nothing else wants them.

use egui::{Context, Id};

use super::view::Screen;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Behind {
    /// What had the keys when the last frame without a dialog ended, and on which screen.
    had: Option<(Screen, Id)>,
    since: Since,
}

/// Since when no dialog stands there.
#[derive(Clone, Copy, Debug, Default)]
enum Since {
    /// One does.
    Never,
    /// It has gone in this frame: in the next, what lies behind it may not have the keys yet.
    Now,
    #[default]
    Before,
}

impl Behind {
    /// At the end of a frame: whether a dialog stands there, and on which screen.
    pub(super) fn end(&mut self, ctx: &Context, dialog: bool, screen: Screen) {
        let focused = ctx.memory(egui::Memory::focused);
        self.since = match (dialog, self.since) {
            (true, _) => Since::Never,
            (false, Since::Never) => {
                ctx.request_repaint();
                Since::Now
            }
            (false, Since::Now) => {
                let there = |(on, id): &(Screen, Id)| *on == screen && ctx.read_response(*id).is_some();
                if let (None, Some((_, id))) = (focused, self.had.take().filter(there)) {
                    ctx.memory_mut(|memory| memory.request_focus(id));
                    ctx.request_repaint();
                }
                Since::Before
            }
            (false, Since::Before) => {
                self.had = focused.map(|id| (screen, id));
                Since::Before
            }
        };
    }
}
