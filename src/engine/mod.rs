//! Thought: pure functions over slices. No store, no clock, no randomness.

pub mod agreement;
pub mod similarity;
