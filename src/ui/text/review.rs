//! Words of review and *Why?*.
