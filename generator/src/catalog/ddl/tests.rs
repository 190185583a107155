//! Tests of the whole interpreter.
