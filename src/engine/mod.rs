//! Thought: pure functions over slices. No store, no clock; chance only from a seed that is given.
//!
//! Agreement comes from [`measure::findings`] over [`crate::model::Ratings`], or, where sums per label are kept, from
//! [`classes::Classes`]. Rows of a training file come from [`aggregate::join`], their parts from [`split::split`]. Not yet: alpha for spans ("alpha unitized", K. Krippendorff, Y. Mathet, S. Bouvry and
//! A. Widlöcher, "On the Reliability of Unitizing Textual Continua", Quality & Quantity 50 (2016)).

pub mod aggregate;
pub mod agreement;
pub mod assignment;
pub mod bits;
pub mod bootstrap;
mod canon;
pub mod classes;
pub mod disagreement;
mod distance;
mod kappa;
mod kernels;
pub mod measure;
pub mod merge;
mod offered;
mod overall;
mod pairs;
mod people;
mod profile;
pub mod random;
pub mod similarity;
pub mod split;
mod spread;
