//! Everything one can do: label, tooltip, shortcut. Buttons, keys, the command palette and the README come from here;
//! `doing.rs` says when it can be done and does it.

use egui::{Key, KeyboardShortcut, Modifiers};

macro_rules! actions {
    ($( $(#[$doc:meta])* $name:ident: $label:literal, $keys:expr, $tooltip:literal; )*) => {
        /// An action of the window.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Action {
            $( #[doc = $tooltip] $name, )*
        }

        impl Action {
            const ALL: &'static [Self] = &[ $( Self::$name, )* ];

            /// On its button.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $( Self::$name => $label, )* }
            }

            /// What it does, in a few words.
            #[must_use]
            pub const fn tooltip(self) -> &'static str {
                match self { $( Self::$name => $tooltip, )* }
            }

            /// On the keyboard, if it has a key of its own; `COMMAND` is Ctrl, or ⌘ on a Mac.
            #[must_use]
            pub const fn shortcut(self) -> Option<KeyboardShortcut> {
                match self { $( Self::$name => $keys, )* }
            }
        }
    };
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn command(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn shifted(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

actions! {
    Palette: "Find anything…", Some(command(Key::K)), "Every action and every person by name";
    Search: "Search photos", Some(command(Key::F)), "Photos by people, dates, folders";
    ChooseFolder: "Choose a folder…", Some(command(Key::O)), "Look for faces in a folder of photos";
    Rescan: "Look again", Some(command(Key::R)), "Look through the known folders for new photos";
    Pause: "Pause or go on", Some(command(Key::P)), "Stop reading photos for a while, or go on";
    Cancel: "Cancel", Some(command(Key::Period)), "End the scan, the grouping or the export; what was done is kept";
    Undo: "Undo", Some(command(Key::Z)), "Take back the latest edit";
    Redo: "Redo", Some(command(Key::Y)), "Do the undone edit again";
    Rename: "Name", Some(plain(Key::F2)), "Give the group a name, or another one";
    Open: "Open", Some(plain(Key::Space)), "Look at the group or the face at the cursor";
    SelectAll: "Select all", Some(command(Key::A)), "Select every face here, or every card";
    Merge: "Merge", Some(command(Key::M)), "Selected groups are one person";
    MergeInto: "Merge into…", Some(shifted(Key::M)), "The group is somebody you choose";
    Confirm: "Confirm", Some(command(Key::Enter)), "The selected faces are indeed this person";
    Reject: "Not this person", Some(command(Key::Backspace)), "The selected faces are somebody else; they leave the group for good";
    Split: "Split off", Some(command(Key::B)), "Selected faces become a group of their own";
    NotAFace: "Not a face", Some(plain(Key::Delete)), "Set the selected faces aside: they are no faces";
    Ignore: "Ignore", Some(command(Key::I)), "Set the selected faces or groups aside: strangers";
    TakeBack: "Take back", Some(command(Key::T)), "Bring the selected faces back that were set aside";
    SplitInTwo: "Split in two…", Some(shifted(Key::B)), "Where the group hangs together least, as two piles to look at first";
    AcceptAll: "Accept all suggestions", Some(shifted(Key::Enter)), "Everybody on the shelf above is this person indeed";
    Born: "Year of birth…", None, "When the person was born; ages then stand beside the years";
    Cover: "Use as cover", Some(command(Key::J)), "Show the selected face on the person's card";
    Hide: "Hide or show", Some(command(Key::H)), "Keep the person off the board, or put it back";
    Export: "Export albums…", Some(command(Key::E)), "Write one folder per named person";
    ExportPerson: "Export this person…", Some(shifted(Key::E)), "Write one folder with the photos of this person";
    Forget: "Forget for good…", None, "Remove the person's faces, and every word about them, from the library";
    Retry: "Try again", Some(shifted(Key::R)), "Read the files again that could not be read";
    ShowPeople: "People", Some(command(Key::Num1)), "The board of groups";
    ShowFaces: "Faces", Some(command(Key::Num2)), "Every face as it is found";
    ShowReview: "Review", Some(command(Key::Num3)), "Questions about groups, what settles most first";
    ShowMap: "Map", Some(command(Key::Num9)), "Every face in one picture, those that look alike side by side";
    ShowThreshold: "Threshold", Some(command(Key::Num4)), "How readily faces join a group, and what another place would change";
    Why: "Why together?", Some(plain(Key::W)), "Why two faces are together, or apart";
    ShowIgnored: "Ignored", Some(command(Key::Num5)), "Strangers that were set aside";
    ShowNotFaces: "Not faces", Some(command(Key::Num6)), "What was set aside because it is no face";
    ShowProblems: "Problems", Some(command(Key::Num7)), "Files that could not be read, and why";
    ShowHistory: "History", Some(command(Key::Num8)), "Every edit, and the way back to it";
    ShowSettings: "Settings", Some(command(Key::Comma)), "Looks, sizes and grouping";
    ShowShortcuts: "Keyboard shortcuts", Some(plain(Key::F1)), "Every key";
    ShowAbout: "About Albumen", None, "What this is, and its licences";
    NewFolder: "Start", Some(command(Key::N)), "Another folder, or another library";
    Back: "Back", Some(plain(Key::Escape)), "Back, or end what is half done";
    MarkFace: "Mark a missing face", Some(shifted(Key::N)), "Draw a box around a face that was not found";
    FixBox: "Fix the box", None, "Pull the box of a face to where the face is";
    OpenFile: "Open the photo outside", Some(shifted(Key::O)), "Show the photo in the system's viewer";
    ShowFile: "Show in folder", Some(shifted(Key::F)), "Show the folder the photo lies in";
    Details: "Details", Some(plain(Key::F9)), "Show beside the screen what is known of what is selected, or fold it away";
    Theme: "Light or dark", Some(command(Key::D)), "Change between light and dark";
    Larger: "Larger pictures", Some(command(Key::Plus)), "Show larger pictures";
    Smaller: "Smaller pictures", Some(command(Key::Minus)), "Show smaller pictures";
    LargerText: "Larger text", Some(shifted(Key::Plus)), "Everything larger, up to twice the size";
    SmallerText: "Smaller text", Some(shifted(Key::Minus)), "Everything smaller again";
}

impl Action {
    /// Whether its keys count while a text is typed, too: what is selected is not touched, and no text knows them.
    pub(super) const fn while_typing(self) -> bool {
        matches!(
            self,
            Self::Palette
                | Self::Search
                | Self::ChooseFolder
                | Self::Rescan
                | Self::Retry
                | Self::Pause
                | Self::Cancel
                | Self::Export
                | Self::NewFolder
                | Self::Back
                | Self::ShowPeople
                | Self::ShowFaces
                | Self::ShowReview
                | Self::ShowMap
                | Self::ShowThreshold
                | Self::ShowIgnored
                | Self::ShowNotFaces
                | Self::ShowProblems
                | Self::ShowHistory
                | Self::ShowSettings
                | Self::ShowShortcuts
                | Self::Details
                | Self::Theme
                | Self::Larger
                | Self::Smaller
                | Self::LargerText
                | Self::SmallerText
        )
    }

    /// Whether it changes the library, or leads to what does: none of it can be done where one may only look.
    pub(super) const fn edits(self) -> bool {
        matches!(
            self,
            Self::ChooseFolder
                | Self::Rescan
                | Self::Undo
                | Self::Redo
                | Self::Rename
                | Self::Merge
                | Self::MergeInto
                | Self::Confirm
                | Self::Reject
                | Self::Split
                | Self::NotAFace
                | Self::Ignore
                | Self::TakeBack
                | Self::SplitInTwo
                | Self::AcceptAll
                | Self::Born
                | Self::Cover
                | Self::Hide
                | Self::Forget
                | Self::Retry
                | Self::MarkFace
                | Self::FixBox
        )
    }

    /// Every action, in the order of the README.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        Self::ALL
    }

    /// Whether a key that is held does it again and again. What sets faces aside or answers does not: the next ones were
    /// not seen yet.
    pub(super) const fn repeats(self) -> bool {
        matches!(self, Self::Undo | Self::Redo | Self::Larger | Self::Smaller | Self::LargerText | Self::SmallerText)
    }
}

/// The README's table of actions and keys.
#[must_use]
pub fn shortcut_table() -> String {
    let mut table = "| action | keys | what it does |\n| --- | --- | --- |\n".to_owned();
    let mut row = |action: &str, keys: &str, what: &str| {
        table.extend(["| ", action, " | ", keys, " | ", what, " |\n"]);
    };
    for action in Action::all() {
        let keys = action.shortcut().map(key_words).unwrap_or_default();
        row(action.label().trim_end_matches('…'), &keys, action.tooltip());
    }
    for (action, keys, what) in OTHER_KEYS {
        row(action, keys, what);
    }
    table
}

/// Keys that belong to a place and not to an action.
pub(super) const OTHER_KEYS: &[(&str, &str, &str)] = &[
    ("Walk", "Arrows, Home, End, Page up, Page down", "Move through the cards or faces; with Shift, select on the way"),
    ("On the map", "Arrows, +, -, 0", "Move, come nearer, go farther, see everything"),
    ("On a photo", "Left, Right, +, -, 0", "The photos beside it; come nearer, go farther, see all of it"),
    ("Name at once", "1 to 9", "The selected faces or groups are one of the recent people"),
    ("Next name", "Enter", "In a name: keep it and go to the next group without one; on a card: name it"),
];

fn key_words(keys: KeyboardShortcut) -> String {
    let before = if keys.modifiers.command { "Ctrl/⌘ " } else { "" };
    let shift = if keys.modifiers.shift { "Shift " } else { "" };
    let key = match keys.logical_key {
        Key::Period => ".",
        Key::Comma => ",",
        Key::Plus => "+",
        Key::Minus => "-",
        key => key.name(),
    };
    format!("{before}{shift}{key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_actions_share_a_key() {
        let mut seen = std::collections::BTreeMap::new();
        for action in Action::all() {
            if let Some(keys) = action.shortcut()
                && let Some(other) = seen.insert(key_words(keys), action)
            {
                panic!("{action:?} and {other:?} share {}", key_words(keys));
            }
        }
    }
}
