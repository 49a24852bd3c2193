//! A server's own words.

use super::bounds;

/// The server's words, as words: no control or direction characters, made of at most [`bounds::SERVER_WORDS`] octets.
pub fn for_people(words: &[u8]) -> String {
    let words = words.trim_ascii();
    let text = crate::message::words::decode(&words[..words.len().min(bounds::SERVER_WORDS)]);
    text.chars().filter(|c| !c.is_control()).collect()
}
