//! Words of the frame around every screen, start, search, palette, problems, history, closing.
