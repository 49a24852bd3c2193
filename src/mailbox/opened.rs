//! One message as the reader sees it: what is known of it, its plan, and the text that stands on its page.
//!
//! Two round trips on a mailbox that is open: what it is made of; then its text, section by section, together with
//! the question who its neighbours are. Attachments are never touched.

use bytes::Bytes;

use super::{
    Account,
    account::Examined,
    pieces::{self, Octets, Patience},
    window::Trouble,
};
use crate::{
    imap::{
        Error, Kind, Loan, MailboxName, NumberSet, Stage, View,
        fetch::{self, Fetched},
    },
    message::{
        Part, Section, date,
        plan::{Body, Plan},
        way::{self, Operator, Way},
        whole::{self, Whole},
    },
};

/// Octets of one text, in transfer encoding, that a page is made of; the rest is in the download.
const TEXT: u64 = 3 * 1024 * 1024;
/// Messages before and after one whose arrival is asked for, with the UIDs of the next two.
const BESIDE: u32 = 3;
/// Texts of one message that its page shows, and octets of them all in transfer encoding.
const TEXTS: usize = 20;
const ALL_TEXTS: u64 = 2 * TEXT;

pub struct Opened {
    pub view: View,
    pub message: Fetched,
    pub plan: Plan,
    /// The texts asked for.
    texts: Vec<Octets>,
    pub newer: Option<u32>,
    pub older: Option<u32>,
    /// Those beside it came in the same minute ([`way::in_a_row`]).
    pub in_a_row: bool,
    pub alerts: Vec<String>,
}

impl Opened {
    /// A header field among those that every row asks for, unfolded as it came; several of one name on a line each.
    pub fn field(&self, name: &str) -> Option<String> {
        field(&self.message, name)
    }

    /// How it came here.
    pub fn way(&self, operator: Operator) -> Way {
        let pieces = self.message.pieces.iter().filter(|piece| piece.section.starts_with("HEADER.FIELDS"));
        let hops: Vec<_> = pieces.flat_map(|piece| way::hops(&piece.bytes)).collect();
        let written = self.message.envelope.as_ref().and_then(|e| e.date.as_deref()).and_then(date::parse);
        way::way(written, &hops, self.message.internal_date, self.in_a_row, operator)
    }

    /// Mailing lists and newsletters (RFC 2919, RFC 2369).
    pub fn is_of_a_list(&self) -> bool {
        ["list-id", "list-post", "list-unsubscribe"].iter().any(|name| self.field(name).is_some())
    }

    /// Sent by a program, or to many: nobody waits for an answer (RFC 3834 §5, and the custom of `Precedence`).
    pub fn is_automatic(&self) -> bool {
        let automatic = self.field("auto-submitted").is_some_and(|v| !v.trim().eq_ignore_ascii_case("no"));
        let bulk = self
            .field("precedence")
            .is_some_and(|v| ["bulk", "junk", "list"].iter().any(|word| v.trim().eq_ignore_ascii_case(word)));
        automatic || bulk || self.field("feedback-id").is_some() || self.is_of_a_list()
    }

    /// In transfer encoding, as far as it was read.
    pub fn text(&self, section: &Section) -> Option<&Bytes> {
        self.octets(section).map(|text| &text.bytes)
    }

    /// There is more of it than was read.
    pub fn is_cut(&self, section: &Section) -> bool {
        self.octets(section).is_some_and(|text| text.cut)
    }

    fn octets(&self, section: &Section) -> Option<&Octets> {
        self.texts.iter().find(|text| text.section == *section)
    }
}

/// A header field among those that every row asks for; see [`Opened::field`].
pub(super) fn field(message: &Fetched, name: &str) -> Option<String> {
    let pieces = message.pieces.iter().filter(|piece| piece.section.starts_with("HEADER.FIELDS"));
    let values: Vec<String> = pieces
        .flat_map(|piece| {
            let fields = whole::fields(&piece.bytes).into_iter();
            let named = fields.filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
            named.map(|field| String::from_utf8_lossy(field.value).into_owned()).collect::<Vec<_>>()
        })
        .collect();
    (!values.is_empty()).then(|| values.join("\n"))
}

/// Opens a message; `wanted` chooses from its plan the texts that the page needs.
pub async fn open(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uid: u32,
    wanted: impl Fn(&Plan) -> Vec<Body>,
) -> Result<Opened, Trouble> {
    loop {
        let examined = account.examine(mailbox).await?;
        let replaceable = examined.loan.reused;
        match read(examined, uidvalidity, uid, &wanted).await {
            Err(Trouble::Imap(e)) if e.is_of_the_connection() && replaceable => {}
            Ok(mut opened) => {
                marked_here(account, mailbox, &mut opened).await;
                return Ok(opened);
            }
            result => return result,
        }
    }
}

/// What is known of a message without its texts.
pub async fn about(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uid: u32,
) -> Result<Fetched, Trouble> {
    loop {
        let Examined { loan, view, mut alerts, .. } = account.examine(mailbox).await?;
        if view.uidvalidity != uidvalidity {
            return Err(Trouble::Rebuilt);
        }
        match describe(&loan, uid, &mut alerts).await {
            Err(Trouble::Imap(e)) if e.is_of_the_connection() && loan.reused => {}
            result => return result,
        }
    }
}

/// Where the server has no mark "opened", there may be one here.
async fn marked_here(account: &Account, mailbox: &MailboxName, opened: &mut Opened) {
    let (Some(uid), Some(flags)) = (opened.message.uid, &mut opened.message.flags) else { return };
    if !flags.opened {
        let marks = account.store.opened(&account.id, mailbox.raw(), opened.view.uidvalidity).await;
        flags.opened = marks.is_ok_and(|marks| marks.binary_search(&uid).is_ok());
    }
}

async fn read(
    examined: Examined,
    uidvalidity: u32,
    uid: u32,
    wanted: &impl Fn(&Plan) -> Vec<Body>,
) -> Result<Opened, Trouble> {
    let Examined { loan, view, mut alerts, .. } = examined;
    if view.uidvalidity != uidvalidity {
        return Err(Trouble::Rebuilt);
    }
    let message = describe(&loan, uid, &mut alerts).await?;
    if message.structure.as_deref().is_none_or(is_hollow) {
        return by_the_whole(loan, message, wanted, alerts).await;
    }
    let plan = message.structure.as_deref().map(Plan::of).unwrap_or_default();
    let mut commands = Vec::new();
    let texts = few(wanted(&plan));
    for body in &texts {
        commands.extend(pieces::commands(uid, &body.section, body.size.min(TEXT)));
    }
    let view = loan.view().ok_or(Error::new(Stage::Read, Kind::Closed))?;
    let first = message.seq.saturating_sub(BESIDE).max(1);
    let neighbours = NumberSet::range(first, (message.seq + BESIDE).min(view.exists.max(1)));
    commands.push(fetch::arrivals(&neighbours));
    let batch = loan.run(Stage::Read, commands).await?;
    alerts.extend_from_slice(&batch.alerts);
    // A refusal here costs the text it was about, and the page shows the rest.
    let rows = fetch::collect(&batch, fetch::Detail::All);
    // Gone meanwhile: its place is another message's now.
    let this = rows.iter().find(|row| row.uid == Some(uid));
    if this.is_none() {
        return Err(Trouble::Gone);
    }
    let beside = |seq: u32| rows.iter().find(|row| row.seq == seq).and_then(|row| row.uid);
    let here = this.map_or(message.seq, |row| row.seq);
    let (newer, older) = (beside(here + 1), here.checked_sub(1).and_then(beside));
    let arrivals = rows.iter().filter_map(|row| row.internal_date);
    let in_a_row = message.internal_date.is_some_and(|at| way::in_a_row(at, arrivals));
    loan.learn(rows.iter().filter_map(|row| Some((row.seq, row.uid?))));
    let view = loan.view().ok_or(Error::new(Stage::Read, Kind::Closed))?;
    // Positions may move from here on, and the connection may end.
    let mut patience = Patience::new();
    let mut whole = Vec::new();
    for body in texts {
        let Some(bytes) = this.and_then(|row| row.section(&body.section.to_string())) else { continue };
        let size = (Some(body.size), TEXT);
        whole.push(pieces::complete(&loan, uid, (body.section, bytes), size, &mut patience).await);
    }
    Ok(Opened { view, message, plan, texts: whole, newer, older, in_a_row, alerts })
}

/// What the server says of the message; where it refuses or says what cannot be read, the little that is certain.
async fn describe(loan: &Loan, uid: u32, alerts: &mut Vec<String>) -> Result<Fetched, Trouble> {
    let mut refused = None;
    let mut known: Option<Fetched> = None;
    for question in [fetch::details(uid), fetch::essentials(uid)] {
        let batch = loan.run(Stage::Read, vec![question]).await?;
        alerts.extend_from_slice(&batch.alerts);
        let found = fetch::collect(&batch, fetch::Detail::All).into_iter().find(|row| row.uid == Some(uid));
        match (batch.ok(0).map(drop), found) {
            (Ok(()), Some(message)) => match &mut known {
                Some(known) => known.merge(message),
                None => known = Some(message),
            },
            (Ok(()), None) if known.is_none() => return Err(Trouble::Gone),
            (Ok(()), None) => {}
            (Err(error), _) => refused = Some(error),
        }
        if let Some(message) = known.take_if(|m| m.flags.is_some() && m.size.is_some()) {
            return Ok(message);
        }
    }
    known.ok_or(refused.map_or(Trouble::Gone, Trouble::Imap))
}

/// A multipart without a single octet in its parts: its boundary is missing or never comes, and what the message says
/// stands where the server does not look.
pub(super) fn is_hollow(root: &Part) -> bool {
    let mut rest = vec![root];
    while let Some(part) = rest.pop() {
        if part.children.is_empty() && part.size > 0 {
            return false;
        }
        rest.extend(&part.children);
    }
    root.kind == "multipart"
}

/// The server's description cannot be used: the message itself is read, up to a bound, and taken apart here.
async fn by_the_whole(
    loan: Loan,
    mut message: Fetched,
    wanted: &impl Fn(&Plan) -> Vec<Body>,
    alerts: Vec<String>,
) -> Result<Opened, Trouble> {
    let Some(uid) = message.uid else { return Err(Trouble::Gone) };
    let view = loan.view().ok_or(Error::new(Stage::Read, Kind::Closed))?;
    let Octets { bytes: raw, cut, .. } = pieces::whole(&loan, uid, message.size).await?;
    let whole = Whole::parse(&raw);
    let mut plan = Plan::of(&whole.root);
    // Each image would cost the whole message again: they are files here.
    let images = std::mem::take(&mut plan.inline_images);
    plan.attachments.extend(images.into_iter().filter(|i| !i.listed).map(|i| i.attachment));
    let texts = few(wanted(&plan)).into_iter().filter_map(|body| {
        let (_, range) = whole.section(&body.section)?;
        // Where the message was cut, so is the text that reaches so far.
        Some(Octets { cut: cut && range.end == raw.len(), bytes: raw.slice(range), section: body.section })
    });
    let texts = texts.collect();
    message.envelope = message.envelope.or(Some(Box::new(whole.envelope)));
    message.structure = Some(Box::new(whole.root));
    message.too_complex |= cut;
    Ok(Opened { view, message, plan, texts, newer: None, older: None, in_a_row: false, alerts })
}

/// As many of them as one page may cost, each once.
fn few(texts: Vec<Body>) -> Vec<Body> {
    let mut left = ALL_TEXTS;
    let mut few: Vec<Body> = Vec::new();
    for body in texts {
        let cost = body.size.min(TEXT);
        if few.len() < TEXTS && cost <= left && few.iter().all(|other| other.section != body.section) {
            left -= cost;
            few.push(body);
        }
    }
    few
}

/// Octets of a header that are read.
pub const HEADER: u64 = 128 * 1024;
/// Header fields shown.
pub const FIELDS: usize = 500;

/// The header of a message as it came, up to [`HEADER`] octets.
pub async fn header(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uid: u32,
) -> Result<Bytes, Trouble> {
    let examined = account.examine(mailbox).await?;
    if examined.view.uidvalidity != uidvalidity {
        return Err(Trouble::Rebuilt);
    }
    let batch = examined.loan.run(Stage::Read, vec![fetch::header(uid, &Section::default(), HEADER)]).await?;
    batch.ok(0)?;
    let found = fetch::collect(&batch, fetch::Detail::All).into_iter().find_map(|row| row.section("HEADER"));
    found.ok_or(Trouble::Gone)
}
