//! What a reader sees of a message, decided from its structure alone: which text, which images inside it, which
//! documents beside it.
//!
//! Nothing a message contains may vanish: whatever is not shown as text is in `attachments` or `nested`. The walk is
//! bounded in depth by [`Section::MAX_DEPTH`] and in parts by [`MAX_PARTS`].

mod attachment;

pub use attachment::{Attachment, Icon};

use super::{Envelope, Part, Section};

/// Parts looked at in one message; [`Plan::truncated`] tells that there are more.
pub const MAX_PARTS: usize = 2_000;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The text to show: HTML where there is some.
    pub body: Option<Body>,
    /// The plain text that says the same as an HTML `body`.
    pub alternative: Option<Body>,
    /// Further texts to show below, in order (mailing list footers, texts between attachments).
    pub more: Vec<Body>,
    /// Images that the HTML may show by their Content-ID. Those it does not show are documents after all.
    pub inline_images: Vec<InlineImage>,
    pub attachments: Vec<Attachment>,
    /// Forwarded messages, each with a plan of its own.
    pub nested: Vec<Nested>,
    pub protection: Option<Protection>,
    /// Parts were left out because there are too many or they nest too deep.
    pub truncated: bool,
}

/// A text part to fetch, decode and show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    pub section: Section,
    pub html: bool,
    pub charset: Option<String>,
    /// Content-Transfer-Encoding.
    pub encoding: String,
    /// Octets in transfer encoding.
    pub size: u64,
    /// RFC 3676 §4.
    pub flowed: bool,
    pub delsp: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineImage {
    /// Content-ID without its angle brackets.
    pub id: String,
    pub attachment: Attachment,
    /// It is also among the attachments, because the sender called it one.
    pub listed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nested {
    pub section: Section,
    pub envelope: Option<Envelope>,
    /// Octets.
    pub size: u64,
    pub plan: Plan,
}

/// What a message claims about its protection; Relais verifies and decrypts nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    Signed,
    /// S/MIME (RFC 8551): the whole message is in `smime.p7m`.
    EncryptedSmime,
    /// OpenPGP (RFC 3156).
    EncryptedPgp,
}

impl Plan {
    /// The plan of a message, from the root of its structure.
    pub fn of(root: &Part) -> Plan {
        Plan::within(root, 0, &mut { MAX_PARTS })
    }

    /// The same of a message that may lie inside another: depth and number of parts count for all of them together.
    fn within(root: &Part, depth: usize, left: &mut usize) -> Plan {
        let mut plan = Plan::default();
        // A message that is one text is its text, whatever name the part carries.
        match text_of(root) {
            Some(body) if !says_attachment(root) => plan.body = Some(body),
            _ => plan = walk(root, Parent::Mixed, depth, left),
        }
        if plan.body.is_none() && is_unlabelled(root) {
            plan.body = Some(as_text(root));
        }
        plan.adopt_named_text();
        if !plan.body.as_ref().is_some_and(|b| b.html) && !plan.more.iter().any(|b| b.html) {
            // Nothing can refer to them.
            for image in std::mem::take(&mut plan.inline_images) {
                if !image.listed {
                    plan.attachments.push(image.attachment);
                }
            }
        }
        plan
    }

    /// Documents as a list row counts them: attachments without signatures, and forwarded messages.
    pub fn documents(&self) -> usize {
        self.attachments.iter().filter(|a| a.icon != Icon::Signature).count() + self.nested.len()
    }

    /// Where every text has a file name (fax gateways, some medical software), the first is the body nevertheless; it
    /// stays an attachment too.
    fn adopt_named_text(&mut self) {
        const LONGEST: u64 = 256 * 1024;
        if self.body.is_none() && self.protection.is_none() {
            let named = self.attachments.iter().find(|a| a.text.is_some() && a.size <= LONGEST);
            self.body = named.and_then(|a| a.text.clone());
        }
    }

    /// Takes up what a later sibling brought.
    fn absorb(&mut self, other: Plan) {
        match (&self.body, other.body) {
            (None, body) => {
                self.body = body;
                self.alternative = other.alternative;
            }
            (Some(_), Some(body)) if body.size > 2 => self.more.push(body),
            _ => {}
        }
        self.more.extend(other.more);
        self.inline_images.extend(other.inline_images);
        self.attachments.extend(other.attachments);
        self.nested.extend(other.nested);
        self.protection = self.protection.or(other.protection);
        self.truncated |= other.truncated;
    }
}

/// [`Plan::documents`] of a message.
pub fn documents(part: &Part) -> usize {
    Plan::of(part).documents()
}

/// What the part stands in, as far as it changes what becomes of it. `Alternative` also for the root of a related.
#[derive(Clone, Copy, PartialEq)]
enum Parent {
    Mixed,
    Alternative,
    Related,
    Encrypted,
}

fn walk(part: &Part, parent: Parent, depth: usize, left: &mut usize) -> Plan {
    let mut plan = Plan::default();
    if *left == 0 || depth > Section::MAX_DEPTH {
        plan.truncated = true;
        return plan;
    }
    *left -= 1;
    plan.truncated = part.truncated;
    if part.kind == "multipart" {
        plan.absorb(multipart(part, depth, left));
    } else if is_message(part)
        && let Some(inner) = part.children.first()
    {
        plan.nested.push(Nested {
            section: part.section.clone(),
            envelope: part.envelope.as_deref().cloned(),
            size: part.size,
            plan: Plan::within(inner, depth + 1, left),
        });
    } else {
        leaf(part, parent, &mut plan);
    }
    plan
}

fn multipart(part: &Part, depth: usize, left: &mut usize) -> Plan {
    let mut plan = Plan::default();
    let children = &part.children;
    match part.subtype.as_str() {
        "alternative" => plan = alternative(children, depth, left),
        "related" => {
            // The root is named by `start` (RFC 2387 §3.2), else it is the first: it must come first here.
            let start =
                part.params.iter().find(|(n, _)| n == "start").map(|(_, v)| v.trim_matches(['<', '>', ' ']));
            let root = children.iter().position(|c| start.is_some() && c.id.as_deref() == start).unwrap_or(0);
            let rest = children.iter().enumerate().filter(|(i, _)| *i != root).map(|(_, c)| c);
            if let Some(child) = children.get(root) {
                plan.absorb(walk(child, Parent::Alternative, depth + 1, left));
            }
            for child in rest {
                plan.absorb(walk(child, Parent::Related, depth + 1, left));
            }
        }
        "signed" => {
            plan.protection = Some(Protection::Signed);
            each(children, Parent::Mixed, depth, left, &mut plan);
        }
        "encrypted" => {
            plan.protection = Some(Protection::EncryptedPgp);
            each(children, Parent::Encrypted, depth, left, &mut plan);
        }
        _ => each(children, Parent::Mixed, depth, left, &mut plan),
    }
    plan
}

fn each(children: &[Part], parent: Parent, depth: usize, left: &mut usize, plan: &mut Plan) {
    for child in children {
        plan.absorb(walk(child, parent, depth + 1, left));
        if *left == 0 {
            plan.truncated = true;
            return;
        }
    }
}

/// RFC 2046 §5.1.4: the last that we can show is the best; HTML wins even where it is not last.
fn alternative(children: &[Part], depth: usize, left: &mut usize) -> Plan {
    let mut plans: Vec<Plan> =
        children.iter().map(|child| walk(child, Parent::Alternative, depth + 1, left)).collect();
    let is_html = |plan: &Plan| plan.body.as_ref().is_some_and(|b| b.html);
    let best = plans.iter().rposition(is_html).or_else(|| plans.iter().rposition(|p| p.body.is_some()));
    let mut plan = Plan::default();
    if let Some(best) = best {
        plan = std::mem::take(&mut plans[best]);
        if plan.body.as_ref().is_some_and(|b| b.html) && plan.alternative.is_none() {
            let plain = plans.iter().filter_map(|p| p.body.as_ref()).rfind(|b| !b.html);
            plan.alternative = plain.cloned();
        }
    }
    for mut other in plans {
        other.body = None; // It says the same.
        plan.absorb(other);
    }
    plan
}

fn leaf(part: &Part, parent: Parent, plan: &mut Plan) {
    let kind = (part.kind.as_str(), part.subtype.as_str());
    match kind {
        // The control part says "Version: 1" and nothing else (RFC 3156 §4).
        ("application", "pgp-encrypted") if parent == Parent::Encrypted => return,
        // The resource fork of old Macs.
        ("application", "applefile") => return,
        // The same message for one mail program, in the sender's control: never shown, the other forms say it.
        ("text", "x-amp-html") if parent == Parent::Alternative => return,
        ("application", "pkcs7-mime" | "x-pkcs7-mime") => {
            let signed =
                part.params.iter().any(|(n, v)| n == "smime-type" && v.eq_ignore_ascii_case("signed-data"));
            plan.protection = Some(if signed { Protection::Signed } else { Protection::EncryptedSmime });
        }
        _ => {}
    }
    // The forms of an alternative are the text itself, even those with a file name.
    let is_named = parent != Parent::Alternative && Attachment::claimed_name(part).is_some();
    if let Some(body) = text_of(part).filter(|_| !is_named && !says_attachment(part)) {
        plan.body = Some(body);
        return;
    }
    let attachment = Attachment::of(part);
    if let Some(id) = part.id.as_ref().filter(|id| !id.is_empty() && part.kind == "image") {
        // Some senders call every part an attachment: then it is listed, and can be shown in its place as well.
        let inline = part.disposition.as_ref().is_some_and(|d| d.kind == "inline");
        let listed = says_attachment(part) || !(inline || parent == Parent::Related);
        plan.inline_images.push(InlineImage { id: id.clone(), attachment: attachment.clone(), listed });
        if !listed {
            return;
        }
    }
    plan.attachments.push(attachment);
}

fn is_message(part: &Part) -> bool {
    part.kind == "message" && matches!(part.subtype.as_str(), "rfc822" | "global")
}

fn says_attachment(part: &Part) -> bool {
    // RFC 2183 §2.8: an unknown disposition is an attachment.
    part.disposition.as_ref().is_some_and(|d| d.kind != "inline" && !d.kind.is_empty())
}

/// A whole message whose Content-Type nobody could read, neither named nor encoded: a text as likely as not, so it is
/// shown, and offered as a file as well.
fn is_unlabelled(root: &Part) -> bool {
    const LONGEST: u64 = 256 * 1024;
    let opaque = root.kind.is_empty() || (root.kind == "application" && root.subtype == "octet-stream");
    opaque
        && Attachment::claimed_name(root).is_none()
        && root.disposition.is_none()
        && matches!(root.encoding.as_str(), "" | "7bit" | "8bit")
        && root.size <= LONGEST
}

/// The part as a text to show, if it is one.
pub(super) fn text_of(part: &Part) -> Option<Body> {
    let documents = [
        "calendar",
        "vcard",
        "x-vcard",
        "directory",
        "csv",
        "tab-separated-values",
        "rtf",
        "richtext",
        "enriched",
        "xml",
        "css",
        "javascript",
        "rfc822-headers",
        "x-amp-html",
    ];
    if part.kind != "text" || documents.contains(&part.subtype.as_str()) {
        return None;
    }
    Some(as_text(part))
}

fn as_text(part: &Part) -> Body {
    let param = |name: &str| part.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    Body {
        section: part.section.clone(),
        html: part.kind == "text" && part.subtype == "html",
        charset: param("charset").map(str::to_owned),
        encoding: part.encoding.clone(),
        size: part.size,
        flowed: param("format").is_some_and(|v| v.eq_ignore_ascii_case("flowed")),
        delsp: param("delsp").is_some_and(|v| v.eq_ignore_ascii_case("yes")),
    }
}

#[cfg(test)]
mod tests;
