//! Everything that needs more than one module, in one binary: each test binary links the weights.

mod cli;
mod support;
