//! What this thread logs with `tracing`.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use tracing::{
    Dispatch, Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::{DefaultGuard, Interest},
};

/// The messages that are logged on the thread that called [`warnings`], until this value is dropped.
pub struct Logged {
    messages: Messages,
    _guard: DefaultGuard,
    _another: Dispatch,
}

/// Collects the warnings that this thread logs from now on.
#[must_use]
pub fn warnings() -> Logged {
    // With one subscriber alone, tracing asks only the thread that first comes to a place in the code, which may be
    // another test's, whether anybody wants that place's events.
    let another = Dispatch::new(Messages::default());
    let messages = Messages::default();
    let guard = tracing::subscriber::set_default(messages.clone());
    tracing::callsite::rebuild_interest_cache();
    Logged { messages, _guard: guard, _another: another }
}

impl Logged {
    /// The messages of the warnings until now.
    ///
    /// # Panics
    /// If a thread panicked while it logged.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        self.messages.0.lock().unwrap().clone()
    }
}

#[derive(Clone, Default)]
struct Messages(Arc<Mutex<Vec<String>>>);

impl Visit for &Messages {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0.lock().unwrap().push(format!("{value:?}"));
        }
    }
}

impl Subscriber for Messages {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut &*self);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}
