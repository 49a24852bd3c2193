//! Signs of a campaign, of two kinds that do not follow from one another: how it was sent, and what it says of itself. Whoever
//! uses a tool for sending to many has its return path, its Feedback-ID and its offer to unsubscribe, in orders and warnings as in
//! advertising: all of that is one sign.

use super::{
    Address, Clues, Known, Reason, business::serves, fields::Fields, person::is_under, phrases::Folded,
    providers::is_public, tools, words,
};

/// Tools of those who sell: no club and no family writes with them.
const SELLERS: [&str; 7] =
    ["ActiveCampaign", "Customer.io", "GetResponse", "HubSpot", "Klaviyo", "Kit", "Marketo"];

/// Tools that cost nothing for a few hundred addresses: clubs, schools and families write with them, from addresses like those of
/// a shop.
const OF_ANYBODY: [&str; 4] = ["Brevo", "Mailchimp", "MailerLite", "Mailjet"];

/// Where one writes to have subscribers.
const PUBLISHERS: [&str; 4] = ["substack.com", "beehiiv.com", "ghost.io", "buttondown.email"];

/// Networks whose mail tells what others did there.
const NETWORKS: [&str; 15] = [
    "linkedin.com",
    "facebookmail.com",
    "instagram.com",
    "strava.com",
    "researchgatemail.net",
    "researchgate.net",
    "academia-mail.com",
    "nextdoor.com",
    "nextdoor.fr",
    "nextdoor.co.uk",
    "pinterest.com",
    "redditmail.com",
    "quora.com",
    "duolingo.com",
    "x.com",
];

/// In a local part, without what separates its words.
const NO_REPLY: [&str; 4] = ["noreply", "donotreply", "nepasrepondre", "notification"];

pub(super) struct Signs {
    /// It can be left.
    leaving: Option<Reason>,
    /// How it was sent.
    sending: Option<Reason>,
    /// It comes from an address for newsletters or offers.
    pub(super) publishes: bool,
    /// Its subject makes an offer.
    pub(super) offers: bool,
    /// Its subject makes curious, as those of friends and of bills do too.
    pub(super) teases: bool,
    /// Its subject is of what one is asked to come to.
    webinar: bool,
    /// It comes from an address for one matter, by no tool that clubs and schools write with.
    matter: bool,
    /// It comes from where one writes to subscribers, and nothing else.
    pub(super) publisher: bool,
    /// It comes from a network that tells what others do.
    pub(super) network: bool,
    /// It comes from a desk, not from somebody: by the words of the address.
    desk: bool,
    /// It comes from those who sell, publish or invite: by the words of the address, or a domain of a brand's mail.
    business: bool,
    /// It comes from a part of a domain that is made for sending to many.
    pub(super) host: bool,
    /// Nobody reads what is written to its address: as much of what is under way comes from there.
    pub(super) unread: bool,
}

impl Signs {
    pub(super) fn any(&self) -> bool {
        self.is_sent_to_many() || self.saying().is_some()
    }

    fn is_sent_to_many(&self) -> bool {
        self.leaving.is_some() || self.sending.is_some()
    }

    /// What it says of itself.
    fn saying(&self) -> Option<Reason> {
        match () {
            () if self.publishes || self.matter => Some(Reason::NewsletterAddress),
            () if (self.offers || self.teases) && self.is_of_a_business() => Some(Reason::OfferSubject),
            () => None,
        }
    }

    /// It comes from those who have something to offer. People sell cakes, too, and make their friends curious.
    fn is_of_a_business(&self) -> bool {
        let says = matches!(self.sending, Some(Reason::Bulk | Reason::OwnReturn));
        self.desk || self.host || self.business || self.network || self.sells() || says
    }

    /// By a tool of those who sell.
    fn sells(&self) -> bool {
        self.is_sent_by(&SELLERS)
    }

    /// It says so in whatever it tells: that somebody uses a service, a day or a number is none of something under way.
    pub(super) fn advertises(&self) -> bool {
        self.publishes || self.offers || self.matter || self.webinar || self.network
    }

    /// Signs of both kinds; or it went to subscribers.
    pub(super) fn are_two(&self) -> bool {
        self.is_to_subscribers() || self.is_sent_to_many() && self.saying().is_some()
    }

    /// They leave in one click (RFC 8058), and it comes from where one writes to many. A friend writes to the circle by such a tool
    /// too, a gateway carries letters with return paths made for one copy: neither has such an address.
    fn is_to_subscribers(&self) -> bool {
        let desk = self.is_counted() && self.desk && !self.is_sent_by(&OF_ANYBODY);
        let to_many = self.network || (self.host || self.sells() || desk) && !self.unread;
        self.leaving == Some(Reason::OneClick) && to_many
    }

    fn is_sent_by(&self, tools: &[&str]) -> bool {
        matches!(self.sending, Some(Reason::Tool(name)) if tools.contains(&name))
    }

    /// Who sent it counts what readers make of it. Groups have `Precedence: bulk` too.
    fn is_counted(&self) -> bool {
        matches!(self.sending, Some(Reason::Tool(_) | Reason::FeedbackId))
    }

    /// And it says so plainly: only what must be heard is more.
    pub(super) fn are_three(&self) -> bool {
        self.is_to_subscribers() && self.is_counted() && self.advertises_plainly() && !self.network
    }

    /// In a way that nothing else has.
    pub(super) fn advertises_plainly(&self) -> bool {
        self.publishes || self.offers
    }

    pub(super) fn reasons(&self) -> Vec<Reason> {
        let host = (self.host && !self.is_counted()).then_some(Reason::SendingHost);
        [self.leaving, self.sending, self.saying().or(host)].into_iter().flatten().collect()
    }
}

pub(super) fn signs(clues: &Clues, known: &Known, fields: &Fields, subject: &Folded) -> Signs {
    let says = |is: bool, reason: Reason| is.then_some(reason);
    let own = || fields.return_path.as_deref().is_some_and(|path| own_return(path, clues, known));
    let from = |is: &dyn Fn(&Address) -> bool| clues.from.is_some_and(is);
    let signs = Signs {
        leaving: fields.unsubscribe.as_ref().map(|_| match fields.one_click {
            true => Reason::OneClick,
            false => Reason::Unsubscribe,
        }),
        sending: tools::tool(clues, fields)
            .map(Reason::Tool)
            .or(says(fields.feedback.is_some(), Reason::FeedbackId))
            .or(says(is_bulk(clues, fields), Reason::Bulk))
            .or_else(|| says(own(), Reason::OwnReturn)),
        publishes: from(&publishes),
        offers: subject.has(&words::OFFERS) || subject.has_rebate(),
        // Who writes to a circle from a mailbox that anybody can have makes curious too.
        teases: subject.has(&words::TEASERS) && !from(&is_private),
        webinar: subject.has(&words::WEBINARS),
        publisher: from(&|from| comes_from(from, &PUBLISHERS)),
        network: from(&|from| comes_from(from, &NETWORKS)),
        // `no-reply` is no desk: nobody sits there.
        desk: from(&|from| has_word(from, is_desk) && !is_unread(from)),
        business: from(&|from| has_word(from, |word| words::BUSINESSES.has(word)) || is_brands_mail(from)),
        host: from(&comes_from_a_sending_host),
        unread: from(&is_unread),
        matter: from(&|from| has_word(from, |word| words::MATTERS.has(word))),
    };
    Signs { matter: signs.matter && !signs.is_sent_by(&OF_ANYBODY), ..signs }
}

fn is_private(from: &Address) -> bool {
    is_public(from.email.rsplit('@').next().unwrap_or_default())
}

/// Precedence (RFC 2076 §3.9) says that it went to many. What members write to a list carries that too, and the list's return
/// path: it counts where failures come back to the author's own domain.
fn is_bulk(clues: &Clues, fields: &Fields) -> bool {
    let together = fields.return_path.as_deref().is_none_or(|path| is_own(path, clues));
    matches!(fields.precedence.as_str(), "bulk" | "junk" | "list") && together
}

/// Failures come back to the author's own domain.
fn is_own(path: &str, clues: &Clues) -> bool {
    let author = clues.from.map(|from| host_of(&from.email)).unwrap_or_default();
    let back = host_of(path);
    // Campaigns write from one name under a domain, and take failures at another.
    let parent =
        |host: &str| host.split_once('.').map(|(_, rest)| rest.to_owned()).filter(|rest| rest.contains('.'));
    let siblings = parent(&author).is_some_and(|parent| is_under(&back, &parent));
    !author.is_empty() && (is_under(&author, &back) || is_under(&back, &author) || siblings)
}

/// A return path made for one copy (VERP) in the author's own domain: the address it went to is written in it, or a long number.
/// Not those that a server makes of a person's address: SRS of a forwarder, BATV. Elsewhere it is that of a list or a gateway,
/// which says nothing of the author.
fn own_return(path: &str, clues: &Clues, known: &Known) -> bool {
    if !is_own(path, clues) {
        return false;
    }
    let Some((local, host)) = path.rsplit_once('@') else { return false };
    if ["srs0", "srs1", "prvs=", "btv1=="].iter().any(|mark| local.starts_with(mark)) {
        return false;
    }
    let encodes = known.addresses.iter().any(|own| {
        let own = own.to_ascii_lowercase();
        local.contains(&own.replace('@', "="))
            || own.split_once('@').is_some_and(|(l, d)| l.len() > 2 && local.contains(l) && local.contains(d))
    });
    let bounces =
        ["bounce", "bnc", "return", "verp", "sentto-", "errors-"].iter().any(|word| local.starts_with(word))
            || host
                .split('.')
                .any(|label| matches!(label, "bounce" | "bounces" | "bounced" | "returns" | "rp" | "bnc"));
    let digits = local.bytes().filter(u8::is_ascii_digit).count();
    let equals = local.contains('=') && local.len() > 12;
    encodes || equals || digits >= 5 && (bounces || local.len() >= 20)
}

/// Its local part says that nobody reads there.
fn is_unread(from: &Address) -> bool {
    let local = from.email.rsplit_once('@').map_or(from.email.as_str(), |(local, _)| local);
    let letters: String = local.chars().take(100).filter(char::is_ascii_alphabetic).collect();
    let letters = letters.to_ascii_lowercase();
    NO_REPLY.iter().any(|word| letters.contains(word))
}

fn publishes(from: &Address) -> bool {
    let name: String =
        from.name.iter().flat_map(|name| name.chars().take(200)).flat_map(char::to_lowercase).collect();
    let mut named = name.split(|c: char| !c.is_alphanumeric());
    let is_word = |word: &str| words::ADDRESSES.has(word) || word.ends_with("news");
    let (local, host) = parts(from);
    comes_from(from, &PUBLISHERS)
        || has(&local, is_word)
        // A desk that serves writes from there too.
        || has(&host, is_word) && !has(&local, serves)
        || named.any(|word| words::NAMES.has(word))
}

fn is_desk(word: &str) -> bool {
    [&words::DESKS, &words::ADDRESSES, &words::MATTERS].into_iter().any(|words| words.has(word))
}

fn comes_from(from: &Address, domains: &[&str]) -> bool {
    let host = host_of(&from.email);
    domains.iter().any(|domain| is_under(&host, domain))
}

fn comes_from_a_sending_host(from: &Address) -> bool {
    let host = host_of(&from.email);
    let labels: Vec<&str> = host.split('.').collect();
    labels[..labels.len().saturating_sub(2)].iter().any(|label| words::HOSTS.has(label))
}

/// Its domain is that of a brand's mail: `accor-mail.com`, `ryanairmail.com`.
fn is_brands_mail(from: &Address) -> bool {
    let host = host_of(&from.email);
    let word =
        |word: &str| matches!(word, "mail" | "mails" | "email" | "emails" | "newsletter" | "newsletters");
    // Providers that anybody has an address at have short names.
    let named = |label: &str| label.strip_suffix("mail").is_some_and(|brand| brand.len() > 6);
    let is = |label: &str| label.split('-').any(word) || named(label);
    // What stands before it in some countries is short: `co`, `org`.
    let name = host.rsplit('.').skip(1).find(|label| label.len() > 3);
    !is_public(&host) && name.is_some_and(is)
}

fn host_of(email: &str) -> String {
    email.rsplit_once('@').map_or(String::new(), |(_, host)| host.to_lowercase())
}

/// Such a word stands in the address.
pub(super) fn has_word(from: &Address, is: impl Fn(&str) -> bool) -> bool {
    let (local, host) = parts(from);
    has(&local, &is) || has(&host, &is)
}

/// The local part, and of the domain what stands before the name that this one is known by: news.fr may be anybody's.
fn parts(from: &Address) -> (String, String) {
    let email: String = from.email.chars().take(400).flat_map(char::to_lowercase).collect();
    let (local, host) = email.rsplit_once('@').unwrap_or((&email, ""));
    let end = host.rmatch_indices(['.', '-']).nth(1).map_or(0, |(at, _)| at);
    (local.to_owned(), host[..end].to_owned())
}

fn has(part: &str, is: impl Fn(&str) -> bool) -> bool {
    part.split(['.', '-', '_', '+']).any(is)
}
