//! Pages of lists, by keyset: a page is read along an index, and a cursor says after which row the next one begins.
//!
//! A list that is sorted by its ids alone has them for cursors, so that whoever holds a row can go on after it. A list
//! that is sorted by something else puts the last row's sort key beside its id, as one opaque word.
//!
//! Left out: page numbers and totals, which cost the more the longer a list is.
//!
//! Invariant: going from cursor to cursor shows each row once, whatever is added meanwhile.

use crate::StoreError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use courier_domain::Problems;
use courier_domain::problem::Problem;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The most rows that one page may have.
pub const MAX_PAGE: u32 = 10_000;

/// A place in a list: right after one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    key: Option<String>,
    id: Uuid,
}

impl Cursor {
    /// After the row with this id, in a list that is sorted by ids.
    pub fn after(id: impl Into<Uuid>) -> Self {
        Self { key: None, id: id.into() }
    }

    /// After the row with this sort key and id.
    pub fn after_key(key: impl Into<String>, id: impl Into<Uuid>) -> Self {
        Self { key: Some(key.into()), id: id.into() }
    }

    /// The row's sort key; none if the cursor is an id alone.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    pub fn id(&self) -> Uuid {
        self.id
    }
}

/// The id, or key and id in base64url.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            None => self.id.fmt(f),
            Some(key) => {
                f.write_str(&URL_SAFE_NO_PAD.encode([self.id.as_bytes().as_slice(), key.as_bytes()].concat()))
            }
        }
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        if let Ok(id) = text.parse() {
            return Ok(Self { key: None, id });
        }
        let keyed = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (id, key) = bytes.split_first_chunk::<16>()?;
            Some(Self { key: Some(String::from_utf8(key.to_vec()).ok()?), id: Uuid::from_bytes(*id) })
        };
        keyed().ok_or_else(|| {
            let message =
                format!("`{text}` is not a place in this list; use the id of a row or the cursor of a page.");
            Problems::one(Problem::error("after", "invalid", message)).into()
        })
    }
}

/// A part of a list, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// The page of at most `limit` rows, given those and, if there are more, at least one besides.
    pub fn of(mut rows: Vec<T>, limit: u32, cursor: impl FnOnce(&T) -> Cursor) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(cursor);
        Self { rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_from_their_text() {
        let id = Uuid::from_u128(7);
        assert_eq!(Cursor::after(id).to_string(), id.to_string(), "the id of a row is a cursor");
        for cursor in [Cursor::after(id), Cursor::after_key("", id), Cursor::after_key("überweisung", id)] {
            assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }
        for text in ["", "yesterday", "AAAA", "AAAAAAAAAAAAAAAAAAAAAP8", "{}"] {
            let refused = text.parse::<Cursor>().unwrap_err();
            assert_eq!(refused.code(), courier_domain::ErrorCode::Validation, "{text}");
        }
    }

    #[test]
    fn only_a_page_with_rows_after_it_has_a_next_one() {
        let cursor = |n: &u128| Cursor::after(Uuid::from_u128(*n));
        let page = Page::of(vec![1, 2, 3], 2, cursor);
        assert_eq!((page.rows, page.next), (vec![1, 2], Some(cursor(&2))));
        assert_eq!(Page::of(vec![1, 2], 2, cursor).next, None);
        assert_eq!(Page::of(Vec::new(), 2, cursor).next, None);
    }
}
