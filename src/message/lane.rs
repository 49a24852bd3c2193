//! The lane of a message: whether a person wrote it, a business told something, or somebody advertises. Rules that can be
//! told in a sentence each, from what a row of a list asks for anyway; nothing is learned and nothing is kept.
//!
//! Advertising, the only lane that puts a message behind others, takes two signs that do not follow from one another, no sign of
//! a person and none of a business that is under way. All of them can be forged: a lane says where a message stands in a
//! list, never that it is to be trusted.

mod business;
mod campaign;
mod clinical;
mod doubt;
mod fields;
mod person;
mod phrases;
mod providers;
mod tools;
mod words;

use super::{Address, Envelope, Part};
use clinical::documents_of;
use fields::Fields;
use phrases::Folded;
pub use providers::is_public;

/// In the order of their importance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Documents about patients, made to be filed by software.
    Clinical,
    /// Written by somebody, or nothing tells: what is unknown is never put behind.
    People,
    /// A program tells of something that is under way: an order, an appointment, a code.
    Transaction,
    /// A mailing list that its members write to.
    List,
    /// What became of a message (RFC 3464), or an answer of a program to one (RFC 3834).
    Notice,
    /// Newsletters and advertising.
    Advertising,
}

impl Lane {
    pub const ALL: [Lane; 6] =
        [Lane::Clinical, Lane::People, Lane::Transaction, Lane::List, Lane::Notice, Lane::Advertising];

    pub fn key(self) -> &'static str {
        match self {
            Lane::Clinical => "lane-clinical",
            Lane::People => "lane-people",
            Lane::Transaction => "lane-transaction",
            Lane::List => "lane-list",
            Lane::Notice => "lane-notice",
            Lane::Advertising => "lane-advertising",
        }
    }
}

/// What a lane was chosen for; [`Reason::key`] is the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The reader put this sender there.
    Chosen,
    ClinicalFile,
    ClinicalSubject,
    /// A result or a report, by its subject and its file.
    ClinicalReport,
    /// It answers what was sent from here.
    Answer,
    WrittenTo,
    Own,
    Trusted,
    /// From a mail system that only health professionals have.
    HealthNetwork,
    Authority,
    /// To several people by name, not many.
    FewRecipients,
    Conversation,
    WantsReceipt,
    MailProgram,
    /// Nothing says that it was sent to many.
    Ordinary,
    /// One sign of a campaign is not enough.
    OneSign,
    Report,
    AutomaticReply,
    ListPost,
    ListAddress,
    OneClick,
    Unsubscribe,
    /// The name of the tool.
    Tool(&'static str),
    FeedbackId,
    Bulk,
    /// Failures come back to an address made for this one copy.
    OwnReturn,
    NewsletterAddress,
    /// A part of a domain made for sending to many.
    SendingHost,
    OfferSubject,
    Automatic,
    NoReply,
    Code,
    Order,
    Money,
    Appointment,
    Account,
    /// Somebody did something on a site.
    Site,
    /// It comes from an address that does one thing: bills, orders, appointments.
    ServiceAddress,
    /// Its subject gives a day, a time of day or a long number: of one thing, to one reader.
    Reference,
    /// Of a danger, or of something that changes, fails or ends.
    Warning,
    /// Its name is that of people who do something together.
    Circle,
    /// It was sent as advertising is, and speaks as of something under way.
    UnderWay,
}

impl Reason {
    pub fn key(&self) -> &'static str {
        match self {
            Reason::Chosen => "lane-why-chosen",
            Reason::ClinicalFile => "lane-why-clinical-file",
            Reason::ClinicalSubject => "lane-why-clinical-subject",
            Reason::ClinicalReport => "lane-why-clinical-report",
            Reason::Answer => "lane-why-answer",
            Reason::WrittenTo => "lane-why-written-to",
            Reason::Own => "lane-why-own",
            Reason::Trusted => "lane-why-trusted",
            Reason::HealthNetwork => "lane-why-health-network",
            Reason::Authority => "lane-why-authority",
            Reason::FewRecipients => "lane-why-few-recipients",
            Reason::Conversation => "lane-why-conversation",
            Reason::WantsReceipt => "lane-why-wants-receipt",
            Reason::MailProgram => "lane-why-mail-program",
            Reason::Ordinary => "lane-why-ordinary",
            Reason::OneSign => "lane-why-one-sign",
            Reason::Report => "lane-why-report",
            Reason::AutomaticReply => "lane-why-automatic-reply",
            Reason::ListPost => "lane-why-list-post",
            Reason::ListAddress => "lane-why-list-address",
            Reason::OneClick => "lane-why-one-click",
            Reason::Unsubscribe => "lane-why-unsubscribe",
            Reason::Tool(_) => "lane-why-tool",
            Reason::FeedbackId => "lane-why-feedback-id",
            Reason::Bulk => "lane-why-bulk",
            Reason::OwnReturn => "lane-why-own-return",
            Reason::NewsletterAddress => "lane-why-newsletter-address",
            Reason::SendingHost => "lane-why-sending-host",
            Reason::OfferSubject => "lane-why-offer-subject",
            Reason::Automatic => "lane-why-automatic",
            Reason::NoReply => "lane-why-no-reply",
            Reason::Code => "lane-why-code",
            Reason::Order => "lane-why-order",
            Reason::Money => "lane-why-money",
            Reason::Appointment => "lane-why-appointment",
            Reason::Account => "lane-why-account",
            Reason::Site => "lane-why-site",
            Reason::ServiceAddress => "lane-why-service-address",
            Reason::Reference => "lane-why-reference",
            Reason::Warning => "lane-why-warning",
            Reason::Circle => "lane-why-circle",
            Reason::UnderWay => "lane-why-under-way",
        }
    }

    /// The argument `tool` of the sentence that has one.
    pub fn tool(&self) -> Option<&'static str> {
        match self {
            Reason::Tool(name) => Some(name),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub lane: Lane,
    /// What decided it, never empty.
    pub reasons: Vec<Reason>,
}

impl Verdict {
    fn new(lane: Lane, reasons: Vec<Reason>) -> Verdict {
        Verdict { lane, reasons }
    }

    /// It is, or says that it is, made for medical software: not what only a subject makes a report.
    pub fn is_for_software(&self) -> bool {
        self.reasons.iter().any(|reason| matches!(reason, Reason::ClinicalFile | Reason::ClinicalSubject))
    }
}

/// What a row of a list tells of a message. Nothing in it is trusted.
#[derive(Debug, Clone, Default)]
pub struct Clues<'a> {
    /// The header fields of the row, as the server sent them; of more than `fields::MOST` octets only the beginning is read.
    pub header: &'a [u8],
    pub from: Option<&'a Address>,
    pub to: &'a [Address],
    pub cc: &'a [Address],
    pub subject: &'a str,
    /// The subject began with the mark of medical messaging, which is not in it any more.
    pub is_routed: bool,
    /// It has an In-Reply-To.
    pub answers: bool,
    pub message_id: &'a str,
    pub documents: Documents<'a>,
}

/// Of the structure of a message what a lane depends on.
#[derive(Debug, Clone, Default)]
pub struct Documents<'a> {
    /// It is a `multipart/report`.
    pub report: bool,
    /// Names of files, and `kind/subtype` is two words.
    pub files: Vec<File<'a>>,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct File<'a> {
    pub name: &'a str,
    pub subtype: &'a str,
}

impl<'a> Clues<'a> {
    pub fn of(header: &'a [u8], envelope: &'a Envelope, structure: Option<&'a Part>) -> Clues<'a> {
        Clues {
            header,
            from: envelope.from.first(),
            to: &envelope.to,
            cc: &envelope.cc,
            subject: envelope.subject.as_deref().unwrap_or_default(),
            is_routed: envelope.is_routed,
            answers: envelope.in_reply_to.as_deref().is_some_and(|id| !id.trim().is_empty()),
            message_id: envelope.message_id.as_deref().unwrap_or_default(),
            documents: structure.map(documents_of).unwrap_or_default(),
        }
    }
}

/// What is known of the reader, and of what lies between reader and sender. Domains in lower case.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Addresses of the reader.
    pub addresses: &'a [String],
    /// Domains of the reader's organisation. Never those of a provider that anybody has an address at.
    pub domains: &'a [String],
    /// Domains that the reader, or the operator, trusts.
    pub trusted: &'a [String],
    /// The reader wrote to this sender.
    pub written_to: bool,
    /// Its In-Reply-To names a message that was sent from here.
    pub answers_ours: bool,
    /// Where the reader wants this sender.
    pub choice: Option<Lane>,
}

/// Where a message belongs, and why.
pub fn judge(clues: &Clues, known: &Known) -> Verdict {
    let clinical = clinical::reasons(clues);
    let file = clinical.contains(&Reason::ClinicalFile);
    // Anybody can write a subject: what the reader said of a sender counts more.
    if let Some(lane) = known.choice.filter(|_| !file) {
        return Verdict::new(lane, vec![Reason::Chosen]);
    }
    if !clinical.is_empty() {
        return Verdict::new(Lane::Clinical, clinical);
    }
    let fields = Fields::read(clues.header);
    if let Some(reason) = fields.notice(clues) {
        return Verdict::new(Lane::Notice, vec![reason]);
    }
    let subject = Folded::of(clues.subject);
    let campaign = campaign::signs(clues, known, &fields, &subject);
    // Nobody is offered to unsubscribe from them.
    if fields.unsubscribe.is_none() && !fields.post && clinical::is_report(clues, &subject) {
        return Verdict::new(Lane::Clinical, vec![Reason::ClinicalReport]);
    }
    let person = person::reasons(clues, known, &fields);
    if person.iter().any(|reason| matches!(reason, Reason::Answer | Reason::WrittenTo)) {
        return Verdict::new(Lane::People, person);
    }
    if let Some(reason) = fields.list(clues) {
        return Verdict::new(Lane::List, vec![reason]);
    }
    let business = business::reasons(clues, &fields, &subject, &campaign);
    if !person.is_empty() {
        // A program of one's own organisation is still a program.
        return match business.contains(&Reason::Automatic) && !person.contains(&Reason::Conversation) {
            true => Verdict::new(Lane::Transaction, business),
            false => Verdict::new(Lane::People, person),
        };
    }
    if !business.is_empty() {
        return Verdict::new(Lane::Transaction, business);
    }
    if campaign.are_two() {
        return match doubt::reason(clues, &subject, &campaign) {
            None => Verdict::new(Lane::Advertising, campaign.reasons()),
            Some(Reason::Circle) => Verdict::new(Lane::People, vec![Reason::Circle]),
            Some(reason) => Verdict::new(Lane::Transaction, vec![reason]),
        };
    }
    let reason = if campaign.any() { Reason::OneSign } else { Reason::Ordinary };
    Verdict::new(Lane::People, vec![reason])
}

#[cfg(test)]
mod tests;
