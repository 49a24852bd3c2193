//! The one line that a list shows of a message.

/// Longest preview, in characters.
pub const MAX_CHARS: usize = 160;
/// Lines looked through at most.
const MAX_LINES: usize = 400;

/// The first words that say something: quoted lines, "On … wrote:", rules and long URLs left out, white space and
/// invisible padding squeezed, cut at [`MAX_CHARS`]. Where all is quoted, the quoted text.
pub fn preview(text: &str) -> String {
    let own = squeeze(text.lines().take(MAX_LINES), false);
    if own.is_empty() { squeeze(text.lines().take(MAX_LINES), true) } else { own }
}

fn squeeze<'a>(lines: impl Iterator<Item = &'a str>, quoted: bool) -> String {
    let mut out = Squeezed::default();
    let mut lines = lines.map(|l| l.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))).peekable();
    while let Some(line) = lines.next() {
        if line == "--" && !out.text.is_empty() {
            break; // The signature.
        }
        let line = if quoted { line.trim_start_matches(['>', ' ']) } else { line };
        if line.starts_with('>') || is_rule(line) || is_attribution(line) {
            continue;
        }
        // "On Saturday 21 November 2026 at 07:40," / "Ann Lee <ann@example.org> wrote:" folded into two lines.
        if let Some(next) = lines.peek().filter(|_| opens_attribution(line))
            && is_attribution(&format!("{line} {next}"))
        {
            lines.next();
            continue;
        }
        for word in line.split_whitespace() {
            out.word(word);
        }
        if out.full {
            break;
        }
    }
    out.text
}

#[derive(Default)]
struct Squeezed {
    text: String,
    chars: usize,
    full: bool,
}

impl Squeezed {
    fn word(&mut self, word: &str) {
        let word: String = match host(word) {
            Some(host) => host,
            None => word.chars().filter(|c| !is_invisible(*c)).take(MAX_CHARS + 1).collect(),
        };
        if word.is_empty() || self.full {
            return;
        }
        let gap = usize::from(!self.text.is_empty());
        let length = word.chars().count();
        if self.chars + gap + length <= MAX_CHARS {
            if gap == 1 {
                self.text.push(' ');
            }
            self.text.push_str(&word);
            self.chars += gap + length;
            return;
        }
        // The part of the word that fits and the ellipsis; only the ellipsis where hardly anything would fit.
        let room = MAX_CHARS.saturating_sub(self.chars + gap + 1);
        if self.text.is_empty() || room > 20 {
            if gap == 1 {
                self.text.push(' ');
            }
            self.text.extend(word.chars().take(room));
        }
        if self.text.chars().count() >= MAX_CHARS {
            self.text.pop();
        }
        self.text.push('…');
        self.full = true;
    }
}

/// `<https://www.example.org/very/long>` as `example.org…`; `None` where it is no URL.
fn host(word: &str) -> Option<String> {
    let start = word.find("http://").or_else(|| word.find("https://")).filter(|i| *i <= 2)?;
    let rest = &word[start..];
    let after = rest.find("://").map(|i| &rest[i + 3..])?;
    let end = after.find(['/', '?', '#', '>', ')', ']', '"']).unwrap_or(after.len());
    let host: String =
        after[..end].trim_start_matches("www.").chars().filter(|c| !is_invisible(*c)).take(60).collect();
    let more = after[end..].len() > 1;
    Some(if more { host + "…" } else { host })
}

/// Zero-width characters, soft hyphens, direction marks and the fillers newsletters pad their preheader with.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' | '\u{34f}'
            | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{3164}' | '\u{2800}'
    ) || (c.is_control() && !c.is_whitespace())
}

/// A line of `---`, `===`, `***`, or a forward's title between such.
fn is_rule(line: &str) -> bool {
    let is_stroke = |c: char| matches!(c, '-' | '_' | '=' | '*' | '~' | '#' | '–' | '—' | ' ');
    !line.is_empty()
        && (line.chars().all(is_stroke) || (line.starts_with("-----") && line.ends_with("-----")))
}

fn opens_attribution(line: &str) -> bool {
    line.len() < 300 && ["On ", "Le ", "Am "].iter().any(|start| line.starts_with(start))
}

/// "On … wrote:", "Le … a écrit :", "… wrote:".
fn is_attribution(line: &str) -> bool {
    let line = line.trim_end_matches(|c: char| c.is_whitespace() || c == '\u{a0}');
    let Some(line) = line.strip_suffix(':') else { return false };
    let line = line.trim_end_matches(|c: char| c.is_whitespace() || c == '\u{a0}');
    line.len() < 400
        && ["wrote", "a écrit", "a ecrit", "schrieb", "escribió"].iter().any(|end| line.ends_with(end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_words_that_say_something() {
        for (text, line) in [
            (
                "Bonjour Docteur,\r\n\r\nVeuillez  trouver\tci-joint",
                "Bonjour Docteur, Veuillez trouver ci-joint",
            ),
            ("> old\n\nOn Sat, 21 Nov 2026, Ann wrote:\n> x\nYes.", "Yes."),
            (
                "Le sam. 21 nov. 2026 à 07:40, Inès Laurent\n<ines@chu.example> a écrit\u{a0}:\n> x\nOui.",
                "Oui.",
            ),
            ("-----Message d'origine-----\nDe : Ann", "De : Ann"),
            ("Voir https://www.e.example/a/b/c?d=e et <http://f.example/>", "Voir e.example… et f.example…"),
            ("Offre\u{200c}\u{a0}\u{34f}\u{200c} \u{feff}\u{ad} du jour", "Offre du jour"),
            ("Oui\n-- \nBob", "Oui"),
            ("> only\n> quoted", "only quoted"),
            ("", ""),
            ("\u{200b}\n---\n", ""),
        ] {
            assert_eq!(preview(text), line, "{text:?}");
        }
    }

    #[test]
    fn at_most_160_characters() {
        let line = preview(&"mot ".repeat(100));
        assert!(line.chars().count() <= MAX_CHARS && line.ends_with("mot…"), "{line}");
        let line = preview(&"é".repeat(1_000));
        assert_eq!(line.chars().count(), MAX_CHARS);
    }

    proptest! {
        #[test]
        fn one_short_line(text in "(\\PC|\n|> |wrote:|http://|On |é|\u{200b}| ){0,300}") {
            let line = preview(&text);
            prop_assert!(line.chars().count() <= MAX_CHARS);
            prop_assert!(!line.contains(['\n', '\r', '\t']) && line.trim() == line, "{:?}", line);
        }
    }
}
