//! The lines of an OpenSSH client configuration, with its included files in their place.
//!
//! Left out: what the options mean. Invariant: reading ends for any text and any ring of includes.

use courier_domain::Problem;

/// As OpenSSH: deeper includes are a mistake.
const MAX_DEPTH: usize = 16;
/// Files, over the whole tree.
const MAX_FILES: usize = 256;
/// Lines over all files; real configurations have hundreds.
const MAX_LINES: usize = 100_000;
/// Bytes; a longer line is no option.
const MAX_LINE: usize = 4_096;

/// A file that an Include names.
#[derive(Debug)]
pub(in crate::import) struct Included {
    /// The same for the same file, whatever it was called.
    pub(in crate::import) name: String,
    /// What it holds, or why it cannot be read.
    pub(in crate::import) text: Result<String, String>,
}

/// Gives the files that a pattern of an Include names, in order.
pub(in crate::import) type Load<'a> = dyn Fn(&str) -> Vec<Included> + 'a;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Host(Vec<String>),
    /// The arguments; only `all` can be known without connecting.
    Match(Vec<String>),
    Include(Vec<Line>),
    /// Keyword in lower case.
    Option(String, Vec<String>),
}

pub(super) struct Reader<'a> {
    load: &'a Load<'a>,
    /// The files that are being read, outermost first.
    open: Vec<String>,
    files: usize,
    lines: usize,
    pub(super) warnings: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(load: &'a Load<'a>) -> Self {
        Self { load, open: Vec::new(), files: 0, lines: 0, warnings: Vec::new() }
    }

    pub(super) fn read(&mut self, text: &str) -> Vec<Line> {
        let mut lines = Vec::new();
        for (index, line) in text.lines().enumerate() {
            self.lines += 1;
            if self.lines > MAX_LINES {
                self.warn(index, &format!("Only the first {MAX_LINES} lines are read."));
                break;
            }
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.len() > MAX_LINE {
                self.warn(index, "This line is too long to be an option; it is left out.");
                continue;
            }
            let Some((keyword, arguments)) = option(line) else {
                self.warn(index, "This line has a quote without its end; it is left out.");
                continue;
            };
            lines.push(match keyword.as_str() {
                "host" => Line::Host(arguments),
                "match" => {
                    if !is_match_all(&arguments) {
                        self.warn(
                            index,
                            "What a Match block says depends on the moment of connecting; it is left out.",
                        );
                    }
                    Line::Match(arguments)
                }
                "include" => Line::Include(arguments.iter().flat_map(|p| self.include(index, p)).collect()),
                _ => Line::Option(keyword, arguments),
            });
        }
        lines
    }

    fn include(&mut self, index: usize, pattern: &str) -> Vec<Line> {
        let mut lines = Vec::new();
        for file in (self.load)(pattern) {
            if self.open.contains(&file.name) || self.open.len() >= MAX_DEPTH {
                self.warn(index, &format!("{} includes itself; it is read once.", file.name));
                continue;
            }
            self.files += 1;
            if self.files > MAX_FILES {
                self.warn(index, &format!("Only the first {MAX_FILES} included files are read."));
                break;
            }
            match file.text {
                Ok(text) => {
                    self.open.push(file.name);
                    lines.extend(self.read(&text));
                    self.open.pop();
                }
                Err(why) => self.warn(index, &why),
            }
        }
        lines
    }

    fn warn(&mut self, index: usize, message: &str) {
        let line = format!("line {}", index + 1);
        let path = self.open.last().map_or(line.clone(), |file| format!("{file}, {line}"));
        // A file that is no configuration at all has thousands.
        if self.warnings.len() < 100 {
            self.warnings.push(Problem::warning(crate::import::candidate::plain(&path), "left_out", message));
        }
    }
}

pub(super) fn is_match_all(arguments: &[String]) -> bool {
    matches!(arguments, [all] if all.eq_ignore_ascii_case("all"))
}

/// A line's keyword in lower case, and its arguments; `None` when a quote does not end.
fn option(line: &str) -> Option<(String, Vec<String>)> {
    let is_end = |c: char| c.is_whitespace() || c == '=';
    let (keyword, rest) = line.split_at(line.find(is_end).unwrap_or(line.len()));
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest);
    Some((keyword.trim_matches('"').to_lowercase(), arguments(rest)?))
}

/// Splits as OpenSSH does: quotes of both kinds, a backslash before a quote, a backslash or a space, and comments.
fn arguments(text: &str) -> Option<Vec<String>> {
    let mut arguments = Vec::new();
    let mut rest = text.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        match rest.peek() {
            None | Some('#') => return Some(arguments),
            Some(_) => {}
        }
        let mut argument = String::new();
        let mut quote = None;
        while let Some(c) = rest.next() {
            match (c, quote) {
                ('\\', _) => {
                    match rest.next_if(|n| matches!(n, '\'' | '"' | '\\') || (quote.is_none() && *n == ' ')) {
                        Some(escaped) => argument.push(escaped),
                        None => argument.push('\\'),
                    }
                }
                (c, Some(open)) if c == open => quote = None,
                ('\'' | '"', None) => quote = Some(c),
                (c, None) if c.is_whitespace() => break,
                (c, _) => argument.push(c),
            }
        }
        if quote.is_some() {
            return None;
        }
        arguments.push(argument);
    }
}

/// Whether a pattern with `*` and `?` is the whole text. Takes at most the product of both lengths.
pub(in crate::import) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // After the last star: where the pattern went on, and where the text did.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    (p, t) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Option<Vec<String>> {
        option(line).map(|(keyword, mut rest)| {
            rest.insert(0, keyword);
            rest
        })
    }

    #[test]
    fn lines_are_split_as_openssh_does() {
        for (line, expected) in [
            ("HostName  example.org", vec!["hostname", "example.org"]),
            ("HOSTNAME=example.org", vec!["hostname", "example.org"]),
            ("Port = 22 # comment", vec!["port", "22"]),
            ("IdentityFile \"~/my key\"", vec!["identityfile", "~/my key"]),
            ("IdentityFile '~/my key'", vec!["identityfile", "~/my key"]),
            ("IdentityFile ~/my\\ key", vec!["identityfile", "~/my key"]),
            ("IdentityFile C:\\Users\\me\\id", vec!["identityfile", "C:\\Users\\me\\id"]),
            ("User a\"b c\"d", vec!["user", "ab cd"]),
            ("Host a b#c", vec!["host", "a", "b#c"]),
            ("Compression", vec!["compression"]),
        ] {
            assert_eq!(words(line).unwrap(), expected, "{line}");
        }
        assert_eq!(words("User \"open"), None);
    }

    #[test]
    fn stars_and_question_marks_match() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*.example.org", "a.example.org", true),
            ("*.example.org", "example.org", false),
            ("web?", "web1", true),
            ("web?", "web", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXb", false),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_full_of_stars_is_judged_at_once() {
        assert!(!matches(&format!("{}b", "a*".repeat(500)), &"a".repeat(2_000)));
    }
}
