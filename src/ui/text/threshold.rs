//! Words of the threshold and its preview.
