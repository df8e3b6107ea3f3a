//! Words of the inspector.
