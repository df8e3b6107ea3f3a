//! Words of the grid of faces.
