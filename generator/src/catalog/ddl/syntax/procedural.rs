//! The statements of a `DO` block as they were written: nothing is applied here. Manual: "PL/pgSQL", "Control
//! Structures".

use super::super::{reader::Reader, split::Statement};

/// `[DECLARE …] BEGIN … [EXCEPTION …] END`.
#[derive(Default)]
pub(crate) struct Block<'s> {
    pub(crate) steps: Vec<Step<'s>>,
    pub(crate) handlers: Vec<Handler<'s>>,
}

/// `WHEN condition OR condition THEN …`.
pub(crate) struct Handler<'s> {
    pub(crate) conditions: Vec<String>,
    pub(crate) steps: Vec<Step<'s>>,
}

/// One statement of procedural code.
pub(crate) enum Step<'s> {
    /// A statement of SQL; the reader stands at its first word.
    Sql(Reader<'s>),
    /// A query whose result is discarded; the reader is after `PERFORM`.
    Perform(Reader<'s>),
    /// A text that is run; the reader stands after `EXECUTE`.
    Execute(Reader<'s>),
    /// Conditions with what they guard; the last one, without a condition, is `ELSE`.
    If(Vec<(Option<Reader<'s>>, Vec<Step<'s>>)>),
    /// A loop or a `CASE`: how often its steps run is decided when the block runs.
    Repeated(Vec<Step<'s>>),
    Block(Block<'s>),
    /// Ends the block.
    Return,
    /// `RAISE` of an error.
    Raise,
    /// Changes variables only, or tells something.
    Nothing,
}

/// How deep steps may be inside each other: far less than there is room for on the stack (`what_is_deep_or_long_is_told_or_read`).
const MAX_DEPTH: usize = 100;

/// A cursor over the statements of a block, each cut at its semicolon.
struct Cursor<'s> {
    statements: &'s [Statement],
    next: usize,
    reader: Option<Reader<'s>>,
    /// How many lists of steps are around this place.
    depth: usize,
}

/// The block that these statements are; none where it is not understood.
pub(crate) fn read(statements: &[Statement]) -> Option<Block<'_>> {
    Cursor { statements, next: 0, reader: None, depth: 0 }.block()
}

impl<'s> Cursor<'s> {
    /// The position of the next word; none at the end of the block.
    fn here(&mut self) -> Option<&mut Reader<'s>> {
        while self.reader.as_ref().is_none_or(Reader::is_end) {
            self.reader = Some(Reader::new(self.statements.get(self.next)?));
            self.next += 1;
        }
        self.reader.as_mut()
    }

    fn is(&mut self, word: &str) -> bool {
        self.here().is_some_and(|reader| reader.is(word))
    }

    fn accept(&mut self, words: &str) -> bool {
        self.here().is_some_and(|reader| reader.accept(words))
    }

    /// Past the rest of the statement.
    fn skip(&mut self) {
        if let Some(reader) = &mut self.reader {
            reader.skip_rest();
        }
    }

    /// The rest of the statement.
    fn rest(&mut self) -> Option<Reader<'s>> {
        let rest = self.here()?.clone();
        self.skip();
        Some(rest)
    }

    fn block(&mut self) -> Option<Block<'s>> {
        self.label();
        if self.accept("declare") {
            while !self.is("begin") {
                self.here()?;
                self.skip();
            }
        }
        if !self.accept("begin") {
            return None;
        }
        let mut block = Block { steps: self.steps()?, handlers: Vec::new() };
        if self.accept("exception") {
            while self.accept("when") {
                block.handlers.push(self.handler()?);
            }
        }
        self.accept("end").then(|| self.skip())?;
        Some(block)
    }

    /// `<<label>>`
    fn label(&mut self) {
        if self.accept("<<") {
            while self.reader.as_ref().is_some_and(|reader| !reader.is_end()) && !self.accept(">>") {
                self.reader.iter_mut().for_each(Reader::advance);
            }
        }
    }

    fn handler(&mut self) -> Option<Handler<'s>> {
        let mut conditions = Vec::new();
        let reader = self.here()?;
        while !reader.accept("then") {
            if reader.is_end() {
                return None;
            }
            if !reader.accept("or") {
                conditions.push(reader.peek(0).to_ascii_lowercase());
                reader.advance();
            }
        }
        Some(Handler { conditions, steps: self.steps()? })
    }

    /// Steps up to a word that ends them.
    fn steps(&mut self) -> Option<Vec<Step<'s>>> {
        const ENDS: [&str; 6] = ["end", "exception", "elsif", "elseif", "else", "when"];
        let mut steps = Vec::new();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        loop {
            let reader = self.here()?;
            if ENDS.iter().any(|word| reader.is(word)) {
                self.depth -= 1;
                return Some(steps);
            }
            steps.push(self.step()?);
        }
    }

    fn step(&mut self) -> Option<Step<'s>> {
        const LOOPS: [&str; 4] = ["loop", "for", "while", "foreach"];
        const NOTHING: [&str; 9] =
            ["null", "get", "open", "fetch", "close", "exit", "continue", "assert", "move"];
        if self.accept("if") {
            return self.branches();
        }
        if self.is("case") {
            return self.case();
        }
        if self.is("begin") || self.is("declare") || self.is("<<") {
            return self.labelled();
        }
        if LOOPS.iter().any(|word| self.is(word)) {
            return self.repeated();
        }
        if self.is("return") {
            self.skip();
            return Some(Step::Return);
        }
        if self.accept("execute") {
            return self.rest().map(Step::Execute);
        }
        if self.accept("perform") {
            return self.rest().map(Step::Perform);
        }
        if self.accept("raise") {
            const TELLS: [&str; 5] = ["notice", "info", "warning", "debug", "log"];
            let tells = TELLS.iter().any(|level| self.is(level));
            self.skip();
            return Some(if tells { Step::Nothing } else { Step::Raise });
        }
        let nothing = NOTHING.iter().any(|word| self.is(word)) || is_assignment(self.here()?);
        let rest = self.rest()?;
        Some(if nothing { Step::Nothing } else { Step::Sql(rest) })
    }

    /// A block or a loop, with or without a label.
    fn labelled(&mut self) -> Option<Step<'s>> {
        self.label();
        if self.is("begin") || self.is("declare") { self.block().map(Step::Block) } else { self.repeated() }
    }

    fn branches(&mut self) -> Option<Step<'s>> {
        let mut branches = vec![(Some(self.condition()?), self.steps()?)];
        loop {
            if self.accept("elsif") || self.accept("elseif") {
                branches.push((Some(self.condition()?), self.steps()?));
            } else if self.accept("else") {
                branches.push((None, self.steps()?));
            } else {
                self.accept("end if").then(|| self.skip())?;
                return Some(Step::If(branches));
            }
        }
    }

    /// Up to `THEN`, which a `CASE` inside has as well.
    fn condition(&mut self) -> Option<Reader<'s>> {
        let reader = self.here()?;
        let mut condition = reader.clone();
        let mut cases = 0usize;
        while cases > 0 || !reader.is("then") {
            if reader.is_end() {
                return None;
            }
            if reader.is("case") {
                cases += 1;
            } else if reader.is("end") {
                cases = cases.saturating_sub(1);
            }
            reader.skip_group();
        }
        condition.end_before(reader);
        reader.advance();
        Some(condition)
    }

    fn case(&mut self) -> Option<Step<'s>> {
        let mut steps = Vec::new();
        let reader = self.here()?;
        while !reader.is("when") {
            if reader.is_end() {
                return None;
            }
            reader.skip_group();
        }
        while self.accept("when") {
            self.condition()?;
            steps.extend(self.steps()?);
        }
        if self.accept("else") {
            steps.extend(self.steps()?);
        }
        self.accept("end case").then(|| self.skip())?;
        Some(Step::Repeated(steps))
    }

    fn repeated(&mut self) -> Option<Step<'s>> {
        let reader = self.here()?;
        while !reader.accept("loop") {
            if reader.is_end() {
                return None;
            }
            reader.skip_group();
        }
        let steps = self.steps()?;
        self.accept("end loop").then(|| self.skip())?;
        Some(Step::Repeated(steps))
    }
}

/// `variable := …`, `record.field = …`, `list[1] := …`
fn is_assignment(reader: &Reader<'_>) -> bool {
    let mut ahead = reader.clone();
    if ahead.label().is_err() {
        return false;
    }
    loop {
        if ahead.accept(".") {
            if ahead.label().is_err() {
                return false;
            }
        } else if ahead.is("[") {
            ahead.skip_group();
        } else {
            return ahead.is(":=") || ahead.is("=");
        }
    }
}
