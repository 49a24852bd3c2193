//! What to ask before a message leaves that perhaps should not, or not to these.

use super::{Draft, Email, Person};

/// One question. Each is asked once: who sends again knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// Recipients outside the domains that the organisation trusts.
    Outside(Vec<Email>),
    /// An answer to all that reaches many.
    Everybody(Vec<Person>),
    /// The text speaks of an attachment, and there is none.
    NoFile,
    /// Nobody reads what is sent there.
    NoReply(Vec<Email>),
    /// So many see each other's addresses.
    Visible(usize),
    NoSubject,
}

/// What the guards need to know besides the draft.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Lower case, A-labels. Empty: every domain is as good.
    pub trusted: &'a [String],
    /// It is an answer to all.
    pub to_all: bool,
}

/// An answer to all that goes to more says who gets it.
const FEW: usize = 3;
/// More recipients than this see each other's addresses rarely on purpose.
const VISIBLE: usize = 20;

impl Doubt {
    pub fn of(draft: &Draft, rules: Rules<'_>) -> Vec<Doubt> {
        let recipients = draft.recipients();
        let mut doubts = Vec::new();
        let outside: Vec<Email> =
            recipients.iter().filter(|e| is_outside(e, rules.trusted)).cloned().collect();
        if !outside.is_empty() {
            doubts.push(Doubt::Outside(outside));
        }
        if rules.to_all && recipients.len() > FEW {
            let all = draft.to.iter().chain(&draft.cc).chain(&draft.bcc);
            doubts.push(Doubt::Everybody(all.cloned().collect()));
        }
        let deaf: Vec<Email> = recipients.iter().filter(|e| is_deaf(e)).cloned().collect();
        if !deaf.is_empty() {
            doubts.push(Doubt::NoReply(deaf));
        }
        let visible = draft.to.len() + draft.cc.len();
        if visible > VISIBLE {
            doubts.push(Doubt::Visible(visible));
        }
        if draft.files.is_empty() && speaks_of_a_file(&draft.text) {
            doubts.push(Doubt::NoFile);
        }
        if draft.subject.trim().is_empty() {
            doubts.push(Doubt::NoSubject);
        }
        doubts
    }
}

/// `domain` or a domain under it is trusted.
pub fn is_outside(email: &Email, trusted: &[String]) -> bool {
    let domain = email.domain().to_ascii_lowercase();
    let within =
        |t: &String| domain == *t || domain.strip_suffix(t.as_str()).is_some_and(|d| d.ends_with('.'));
    !trusted.is_empty() && !trusted.iter().any(within)
}

fn is_deaf(email: &Email) -> bool {
    let local: String =
        email.local().to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    ["noreply", "donotreply", "dontreply", "nepasrepondre", "nerepondezpas", "nepasrepondez"]
        .iter()
        .any(|deaf| local.contains(deaf))
        || matches!(local.as_str(), "mailerdaemon" | "postmasterbounce" | "bounce" | "bounces")
}

/// In the lines that are the writer's own, in French and English.
fn speaks_of_a_file(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "ci-joint",
        "cijoint",
        "pièce jointe",
        "pièces jointes",
        "piece jointe",
        "en pj",
        "document joint",
        "fichier joint",
        "attached",
        "attachment",
        "enclosed",
        "i attach",
    ];
    let own = text.lines().filter(|line| !line.starts_with('>')).take_while(|line| *line != "-- ");
    own.map(str::to_lowercase).any(|line| {
        let line = line.replace(['‑', '\u{a0}'], "-").replace("ci joint", "ci-joint");
        WORDS.iter().any(|word| line.contains(word))
    })
}
