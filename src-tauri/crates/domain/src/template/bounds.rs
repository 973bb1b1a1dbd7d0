//! What a template may cost: how deep it nests, how long it works, how much it writes.
//!
//! MiniJinja reads and compiles by recursion, and only brackets and blocks count towards its own limit. Whoever reads
//! a template here does so on a thread with a stack of 2 MiB, and running out of it ends the whole process. So the
//! tokens are counted before a text gets there: no level of nesting is to be had without one.

use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;

/// Operators, brackets and filters between one pair of braces.
const OPERATORS: usize = 200;
/// Brackets within each other, each of which costs more than an operator.
const BRACKETS: usize = 20;
/// Statements within each other; a branch of `{% elif %}` stands within the one before.
const STATEMENTS: usize = 20;
/// Calls of macros and loops within each other while a template works, in what MiniJinja counts for them.
pub(super) const CALLS: usize = 60;
/// What one evaluation may do: an instruction costs 1, so do 64 bytes. Some hundred thousand files in a loop pass.
pub(super) const FUEL: u64 = 4_000_000;
/// Bytes that one template may yield.
pub(super) const OUTPUT: usize = 16 << 20;

/// What a template asks for beyond its bounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    #[error(
        "this template is too complicated: there are more than {OPERATORS} operators between one pair of braces; set values in a step of their own"
    )]
    Operators,
    #[error("this template is too complicated: more than {BRACKETS} brackets stand within each other")]
    Brackets,
    #[error(
        "this template is too complicated: more than {STATEMENTS} statements in {{% %}} stand within each other"
    )]
    Statements,
    #[error("a template cannot `{0}` another: there are none but the text of a field itself")]
    Other(String),
    #[error("the template takes too long; have it do less, or use a For each")]
    Work,
    #[error("the template yields more than 16 MiB; have it write less, or write to a file")]
    Output,
}

/// Refuses a text that might nest too deep, and one that asks for other templates.
pub(super) fn check(text: &str) -> Result<(), TooMuch> {
    let mut depth = Depth::default();
    let mut begins = false;
    // What cannot be read further is told by the parser, which gets no further either.
    for (token, _) in tokenize(text, false, SyntaxConfig::default()).map_while(Result::ok) {
        match &token {
            Token::VariableStart | Token::BlockStart => (depth.operators, depth.brackets) = (0, 0),
            Token::Ident(word) if begins => depth.statement(word)?,
            Token::BracketOpen | Token::ParenOpen | Token::BraceOpen => {
                (depth.operators, depth.brackets) = (depth.operators + 1, depth.brackets + 1);
            }
            Token::BracketClose | Token::ParenClose | Token::BraceClose => {
                depth.brackets = depth.brackets.saturating_sub(1);
            }
            Token::Assign if depth.brackets == 0 => depth.is_set = false,
            Token::BlockEnd if std::mem::take(&mut depth.is_set) => depth.open()?,
            token if nests(token) => depth.operators += 1,
            _ => {}
        }
        if depth.operators > OPERATORS {
            return Err(TooMuch::Operators);
        }
        if depth.brackets > BRACKETS {
            return Err(TooMuch::Brackets);
        }
        begins = matches!(token, Token::BlockStart);
    }
    Ok(())
}

/// How deep the reading of a template is.
#[derive(Default)]
struct Depth {
    operators: usize,
    brackets: usize,
    /// Statements that are open, each with the branches that it has had.
    statements: Vec<usize>,
    /// In a `set` that has no `=` yet, and so may have an end.
    is_set: bool,
}

impl Depth {
    /// A statement that begins with this word.
    fn statement(&mut self, word: &str) -> Result<(), TooMuch> {
        self.is_set = word == "set";
        match word {
            "include" | "import" | "from" | "extends" => Err(TooMuch::Other(word.to_owned())),
            "if" | "for" | "with" | "filter" | "macro" | "call" | "autoescape" | "block" => self.open(),
            "elif" => self.deepen(),
            word => {
                if word.starts_with("end") {
                    self.statements.pop();
                }
                Ok(())
            }
        }
    }

    fn open(&mut self) -> Result<(), TooMuch> {
        self.statements.push(0);
        self.deepen()
    }

    fn deepen(&mut self) -> Result<(), TooMuch> {
        if let Some(branches) = self.statements.last_mut() {
            *branches += 1;
        }
        if self.statements.iter().sum::<usize>() > STATEMENTS { Err(TooMuch::Statements) } else { Ok(()) }
    }
}

/// Whether a token may put what is beside it one level deeper.
fn nests(token: &Token<'_>) -> bool {
    match token {
        Token::Ident(word) => matches!(*word, "not" | "and" | "or" | "if" | "else" | "in" | "is"),
        Token::TemplateData(_)
        | Token::VariableStart
        | Token::VariableEnd
        | Token::BlockStart
        | Token::BlockEnd
        | Token::Str(_)
        | Token::String(_)
        | Token::Int(_)
        | Token::Int128(_)
        | Token::Float(_)
        | Token::Comma
        | Token::Colon
        | Token::Assign
        | Token::BracketClose
        | Token::ParenClose
        | Token::BraceClose => false,
        Token::Plus
        | Token::Minus
        | Token::Mul
        | Token::Div
        | Token::FloorDiv
        | Token::Pow
        | Token::Mod
        | Token::Dot
        | Token::Tilde
        | Token::Pipe
        | Token::Eq
        | Token::Ne
        | Token::Gt
        | Token::Gte
        | Token::Lt
        | Token::Lte
        | Token::BracketOpen
        | Token::ParenOpen
        | Token::BraceOpen => true,
    }
}

/// Where a template writes to; it is full at [`OUTPUT`].
#[derive(Default)]
pub(super) struct Bounded {
    text: Vec<u8>,
    full: bool,
}

impl Bounded {
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn into_text(self) -> String {
        // Whole strings are written, so nothing is lost.
        String::from_utf8_lossy(&self.text).into_owned()
    }
}

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.text.len() + bytes.len() > OUTPUT {
            self.full = true;
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
