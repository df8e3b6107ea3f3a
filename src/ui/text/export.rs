//! Words of the export.
