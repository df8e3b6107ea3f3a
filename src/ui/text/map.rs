//! Words of the map.
