//! Puts files where they belong, and nothing else.
