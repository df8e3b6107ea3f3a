//! Words of settings and about.
