//! Thought: pure functions over slices. No store, no clock; chance only from a seed that is given.

pub mod agreement;
pub mod bootstrap;
pub mod random;
pub mod similarity;
