//! Text escaped as maud does it, many bytes at once where there is nothing to escape: a list holds hundreds of texts.

use maud::Render;

pub struct Escaped<'a>(pub &'a str);

impl Render for Escaped<'_> {
    fn render_to(&self, buffer: &mut String) {
        // Without leaving at the first of them: so it is done for many bytes at once.
        let special =
            self.0.bytes().fold(false, |special, byte| special | matches!(byte, b'&' | b'<' | b'>' | b'"'));
        if special { self.0.render_to(buffer) } else { buffer.push_str(self.0) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_maud_does(text in "([a-zé ]|\\PC|[&<>\"'/=`]){0,60}") {
            prop_assert_eq!(Escaped(&text).render().0, text.render().0);
        }
    }
}
