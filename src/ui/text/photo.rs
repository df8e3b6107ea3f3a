//! Words of a photo and its boxes.
