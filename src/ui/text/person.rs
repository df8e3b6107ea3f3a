//! Words of one person: page, dialogs, suggestions, splitting, and what actions say.
