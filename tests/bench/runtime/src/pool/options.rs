//! What is measured, as a command line says it.

use std::{path::PathBuf, time::Duration};

use crate::{
    peers::Result,
    pool::{load::Load, subject::Who},
};

/// How to say it.
pub const USAGE: &str =
    "usage: pool [--quick] [--work NAME,…] [--tasks NUMBER,…] [--distance MS,…] [--who NAME,…]
            [--rounds NUMBER] [--seconds NUMBER] [FOLDER]";

/// What is measured, and how long.
#[derive(Debug)]
pub struct Options {
    /// The works.
    pub loads: Vec<Load>,
    /// How many tasks do them at once.
    pub tasks: Vec<usize>,
    /// Round trips to the server.
    pub distances: Vec<Duration>,
    /// Those who are measured where they can do the work; the usual ones if none are named.
    pub who: Option<Vec<Who>>,
    /// Samples of each, at least.
    pub rounds: usize,
    /// How long tasks begin steps for a sample, at most.
    pub time: Duration,
    /// Where results are kept.
    pub folder: Option<PathBuf>,
}

impl Options {
    /// The whole matrix.
    fn full() -> Self {
        Self {
            loads: Load::ALL.to_vec(),
            tasks: vec![1, 8, 64, 256],
            distances: [0, 1, 20, 80].map(Duration::from_millis).to_vec(),
            who: None,
            rounds: 3,
            time: Duration::from_millis(350),
            folder: None,
        }
    }

    /// Every work, by few and by many tasks, near and far.
    fn quick() -> Self {
        Self {
            tasks: vec![8, 64],
            distances: [0, 20].map(Duration::from_millis).to_vec(),
            time: Duration::from_millis(200),
            ..Self::full()
        }
    }

    /// From the words of a command line.
    ///
    /// # Errors
    /// For words that are not those of [`USAGE`].
    pub fn parse(args: impl Iterator<Item = String>) -> Result<Self> {
        let args: Vec<String> = args.collect();
        let is_quick = |word: &String| word == "--quick";
        let mut options = if args.iter().any(is_quick) { Self::quick() } else { Self::full() };
        let mut words = args.into_iter().filter(|word| !is_quick(word));
        while let Some(word) = words.next() {
            let Some(option) = word.strip_prefix("--") else {
                if options.folder.replace(word.into()).is_some() {
                    return Err(USAGE.into());
                }
                continue;
            };
            options.set(option, &words.next().ok_or(USAGE)?)?;
        }
        Ok(options)
    }

    fn set(&mut self, option: &str, value: &str) -> Result<()> {
        match option {
            "work" => self.loads = list(value, load)?,
            "tasks" => self.tasks = list(value, number)?,
            "distance" => self.distances = list(value, |text| Ok(Duration::from_millis(text.parse()?)))?,
            "who" => self.who = Some(list(value, who)?),
            "rounds" => self.rounds = number(value)?,
            "seconds" => self.time = Duration::try_from_secs_f64(value.parse()?)?,
            _ => return Err(USAGE.into()),
        }
        Ok(())
    }

    /// How many samples, and how long each, of steps that take so long. The same time goes into more and shorter samples
    /// where those still hold many steps: what else the machine does then bears on everyone alike.
    pub fn rounds_of(&self, step: Duration) -> (usize, Duration) {
        let time = (20 * step).clamp(self.time * 2 / 5, self.time);
        let rounds = self.rounds as f64 * self.time.as_secs_f64() / time.as_secs_f64();
        (rounds as usize, time)
    }

    /// Those who do some work at some distance, in the report's order.
    pub fn who(&self, load: Load, distance: Duration) -> Vec<Who> {
        let wanted = |who: &Who| match &self.who {
            Some(named) => named.contains(who),
            None => who.is_usual(distance),
        };
        Who::ALL.iter().copied().filter(|who| who.does(load) && wanted(who)).collect()
    }
}

fn list<T>(value: &str, parse: impl Fn(&str) -> Result<T>) -> Result<Vec<T>> {
    value.split(',').map(parse).collect()
}

/// At least 1: no tasks and no rounds measure nothing.
fn number(text: &str) -> Result<usize> {
    Ok(text.parse::<std::num::NonZeroUsize>()?.get())
}

fn load(name: &str) -> Result<Load> {
    Load::parse(name).ok_or_else(|| {
        let names = Load::ALL.map(Load::name).join(", ");
        format!("no work is called `{name}`; there are {names}").into()
    })
}

fn who(name: &str) -> Result<Who> {
    Who::ALL.iter().copied().find(|who| who.word() == name).ok_or_else(|| {
        let names: Vec<&str> = Who::ALL.iter().map(|who| who.word()).collect();
        format!("nobody here is called `{name}`; there are {}", names.join(", ")).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn one_row_of_the_matrix() {
        let line =
            "--work select-by-key,read-5ms --tasks 64,256 --who hand,ormgen --distance 20 --quick results";
        let options = parse(line).unwrap();
        assert_eq!(options.loads, [Load::SelectByKey, Load::Pause(5)]);
        assert_eq!(options.tasks, [64, 256]);
        assert_eq!(options.distances, [Duration::from_millis(20)]);
        assert_eq!(options.who(Load::Burn, Duration::ZERO), [Who::Hand, Who::Ormgen]);
        assert_eq!(options.folder, Some("results".into()));
    }

    #[test]
    fn quick_steps_have_more_and_shorter_samples() {
        let options = parse("--seconds 0.5 --rounds 3").unwrap();
        let [short, long] = [200, 500].map(Duration::from_millis);
        assert_eq!(options.rounds_of(Duration::from_micros(30)), (7, short));
        assert_eq!(options.rounds_of(Duration::from_millis(80)), (3, long));
    }

    #[test]
    fn what_is_not_known_is_an_error_that_names_what_is() {
        let error = parse("--work select").unwrap_err().to_string();
        assert!(error.contains("`select`") && error.contains("select-by-key"), "{error}");
        for line in ["--tasks", "--tasks 0", "--rounds none", "--wrok insert", "one two"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
