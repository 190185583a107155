//! The model as text: templates, then prettyplease.
