//! Samples and how they are written.

/// The middle of sorted samples, and the quarters beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// A quarter of the samples is less.
    pub low: f64,
    /// Half of them are.
    pub median: f64,
    /// Three quarters are.
    pub high: f64,
}

impl Spread {
    /// Of some samples; none of none.
    pub fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        let at = |part: f64| {
            let place = part * last as f64;
            let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
            below + (above - below) * place.fract()
        };
        Some(Self { low: at(0.25), median: at(0.5), high: at(0.75) })
    }

    /// `52.1 µs (50.3–55.0)`; without the quarters where they are the same.
    pub fn text(self, unit: &str) -> String {
        let (scale, unit) = scaled(self.median, unit);
        let [low, median, high] = [self.low, self.median, self.high].map(|value| number(value / scale));
        let space = if unit.is_empty() { "" } else { " " };
        if low == high {
            format!("{median}{space}{unit}")
        } else {
            format!("{median}{space}{unit} ({low}–{high})")
        }
    }
}

/// Microseconds as what fits; anything else as it is.
fn scaled(value: f64, unit: &str) -> (f64, &str) {
    match unit {
        "µs" if value >= 1e6 => (1e6, "s"),
        "µs" if value >= 1e3 => (1e3, "ms"),
        _ => (1.0, unit),
    }
}

/// Three digits that matter.
pub fn number(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        _ if value.fract() == 0.0 => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_quarters() {
        let spread = Spread::of(&[5.0, 1.0, 3.0, 2.0, 4.0]);
        assert_eq!(spread, Some(Spread { low: 2.0, median: 3.0, high: 4.0 }));
        assert_eq!(Spread::of(&[1.0, 2.0]).map(|spread| spread.median), Some(1.5));
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn times_in_the_unit_that_fits() {
        let text = |value: f64| Spread { low: value, median: value, high: value }.text("µs");
        assert_eq!(text(52.13), "52.1 µs");
        assert_eq!(text(5213.0), "5.21 ms");
        assert_eq!(text(1_250_000.0), "1.25 s");
        assert_eq!(Spread { low: 1.0, median: 2.0, high: 3.0 }.text("MiB"), "2 MiB (1–3)");
    }
}
