//! Words of the board of people, cards, dragging, naming.
