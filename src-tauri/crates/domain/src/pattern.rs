//! Glob patterns in paths, one syntax for local and remote: `*`, `?`, `[…]`, `{a,b}`, `**`.
//!
//! What a template yields is literal: [`escape`] guards its wildcard characters, [`PathPattern::literal`] undoes that.

use globset::{GlobBuilder, GlobMatcher};
use serde::{Deserialize, Serialize};

const WILD: &[char] = &['*', '?', '[', ']', '{', '}'];

/// A path in which wildcard characters may stand. `/` separates; on Windows `\` may, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PathPattern(pub String);

/// The pattern that matches exactly `text`: every wildcard character in a class of its own (`*` becomes `[*]`).
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if WILD.contains(&c) {
            out.push('[');
            out.push(c);
            out.push(']');
        } else {
            out.push(c);
        }
    }
    out
}

impl PathPattern {
    /// The path in which `name` stands for each `*`; `None` if there is another live wildcard.
    pub fn fill(&self, name: &str) -> Option<String> {
        let escaped = escape(name);
        let (mut out, mut in_class) = (String::with_capacity(self.0.len() + escaped.len()), false);
        for c in self.0.chars() {
            match c {
                '*' if !in_class => out.push_str(&escaped),
                other => out.push(other),
            }
            in_class = c == '[' && !in_class;
        }
        PathPattern(out).literal()
    }

    /// The pattern as it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one path meant, if there is no live wildcard in the pattern.
    pub fn literal(&self) -> Option<String> {
        let mut out = String::with_capacity(self.0.len());
        let mut rest = self.0.chars();
        while let Some(c) = rest.next() {
            match c {
                '[' => {
                    let inner = rest.next()?;
                    if rest.next()? != ']' || inner == '!' || inner == '^' {
                        return None;
                    }
                    out.push(inner);
                }
                '*' | '?' | '{' | '}' | ']' => return None,
                other => out.push(other),
            }
        }
        Some(out)
    }

    /// The folder below which everything that matches must lie, without a trailing slash (`/` for the root, empty for
    /// the current folder), and the part of the pattern below it.
    pub fn split_base(&self) -> (String, String) {
        let mut base = Vec::new();
        let mut parts = self.0.split('/').peekable();
        while let Some(part) = parts.peek() {
            match PathPattern((*part).to_owned()).literal() {
                Some(text) if self.0.split('/').count() > base.len() + 1 => {
                    base.push(text);
                    parts.next();
                }
                _ => break,
            }
        }
        let below: Vec<&str> = parts.collect();
        let base = match base.as_slice() {
            [only] if only.is_empty() => "/".to_owned(),
            parts => parts.join("/"),
        };
        (base, below.join("/"))
    }

    /// A matcher in which `*` and `?` stay within one folder and `**` crosses them.
    pub fn matcher(&self) -> Result<GlobMatcher, globset::Error> {
        compile(&self.0)
    }
}

/// Whether `a` matches `A`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Exact,
    Any,
}

/// Compiles one glob; see [`PathPattern::matcher`].
pub fn compile(glob: &str) -> Result<GlobMatcher, globset::Error> {
    compile_in(glob, Case::Exact)
}

/// As [`compile`], for names of which a file system may not tell the case.
pub fn compile_in(glob: &str, case: Case) -> Result<GlobMatcher, globset::Error> {
    let mut builder = GlobBuilder::new(glob);
    builder.literal_separator(true).backslash_escape(false).case_insensitive(case == Case::Any);
    Ok(builder.build()?.compile_matcher())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_escaped_text_means_itself(text in "[a-z*?{}\\[\\]/ ]{1,20}") {
            let pattern = PathPattern(escape(&text));
            prop_assert_eq!(pattern.literal(), Some(text.clone()));
            prop_assert!(pattern.matcher().unwrap().is_match(&text));
        }
    }

    #[test]
    fn a_star_is_filled_with_the_name() {
        let fill = |to: &str, name: &str| PathPattern(to.into()).fill(name);
        assert_eq!(fill("/done/*.bak", "a.csv").as_deref(), Some("/done/a.csv.bak"));
        assert_eq!(fill("plain", "a.csv").as_deref(), Some("plain"));
        assert_eq!(fill("odd[*]/*", "a[1]*").as_deref(), Some("odd*/a[1]*"));
        assert_eq!(fill("/done/?.csv", "a"), None);
    }

    #[test]
    fn the_base_is_the_part_before_the_first_wildcard() {
        let split = |t: &str| PathPattern(t.into()).split_base();
        assert_eq!(split("/out/*.pgp"), ("/out".into(), "*.pgp".into()));
        assert_eq!(split("/*.pgp"), ("/".into(), "*.pgp".into()));
        assert_eq!(split("*.pgp"), ("".into(), "*.pgp".into()));
        assert_eq!(split("/a/**/b*.csv"), ("/a".into(), "**/b*.csv".into()));
        assert_eq!(split("/a/plain.csv"), ("/a".into(), "plain.csv".into()));
    }

    #[test]
    fn a_star_stays_in_its_folder() {
        let m = PathPattern("/out/*.csv".into()).matcher().unwrap();
        assert!(m.is_match("/out/a.csv"));
        assert!(!m.is_match("/out/x/a.csv"));
        assert!(PathPattern("/out/**/*.csv".into()).matcher().unwrap().is_match("/out/x/y/a.csv"));
    }
}
