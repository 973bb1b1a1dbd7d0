//! Values that must not leak: wiped from memory when dropped, never printed, never serialised.
//!
//! Left out: protection against swapping and against code in this process. Invariant: the only way to the content
//! is `expose()`, which is easy to search for.

use serde::{Deserialize, Deserializer};
use specta::Type;
use std::fmt;
use zeroize::Zeroizing;

/// Secret bytes: keys, sealed fields, key material.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The content. Keep the borrow short.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// A copy that is wiped too. Not `Clone`, because every copy of a secret is a decision.
    pub fn duplicate(&self) -> Self {
        Self::new(self.0.to_vec())
    }

    /// The content as text, if it is UTF-8; otherwise the bytes come back unchanged.
    pub fn into_string(mut self) -> Result<SecretString, SecretBytes> {
        match String::from_utf8(std::mem::take(&mut *self.0)) {
            Ok(text) => Ok(SecretString::new(text)),
            Err(error) => Err(SecretBytes::new(error.into_bytes())),
        }
    }
}

impl From<&[u8]> for SecretBytes {
    fn from(bytes: &[u8]) -> Self {
        Self::new(bytes.to_vec())
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Secret text: passwords and passphrases. It can be read from the window or a file, never written back.
#[derive(Type)]
#[specta(transparent)]
pub struct SecretString(#[specta(type = String)] Zeroizing<String>);

impl SecretString {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The content. Keep the borrow short.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A copy that is wiped too. Not `Clone`, because every copy of a secret is a decision.
    pub fn duplicate(&self) -> Self {
        Self::new(self.0.as_str().to_owned())
    }

    /// The same content as bytes.
    pub fn into_bytes(mut self) -> SecretBytes {
        SecretBytes::new(std::mem::take(&mut *self.0).into_bytes())
    }
}

impl From<&str> for SecretString {
    fn from(text: &str) -> Self {
        Self::new(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for SecretString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_content() {
        let shown = format!("{:?} {:?}", SecretString::from("hunter2"), SecretBytes::from(&b"hunter2"[..]));
        assert_eq!(shown, "Secret(..) Secret(..)");
    }

    #[test]
    fn text_and_bytes_convert_without_loss() {
        let text = SecretString::from("pä55").into_bytes().into_string().unwrap();
        assert_eq!(text.expose(), "pä55");
        assert_eq!(SecretBytes::new(vec![0xff]).into_string().unwrap_err().expose(), &[0xff]);
    }

    #[test]
    fn a_secret_comes_in_as_json_text() {
        let text: SecretString = serde_json::from_str("\"s3cret\"").unwrap();
        assert_eq!(text.expose(), "s3cret");
    }
}
