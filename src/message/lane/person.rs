//! Signs of a person, each of which alone keeps a message from being advertising.

use super::{Clues, Known, Reason, fields::Fields};

/// Mail systems that only health professionals have: MSSanté, and Apicrypt.
const HEALTH: [&str; 3] = ["mssante.fr", "apicrypt.org", "mailiz.fr"];
/// What authorities send to many may still be an alert.
const AUTHORITIES: [&str; 19] = [
    "gouv.fr",
    "ameli.fr",
    "assurance-maladie.fr",
    "has-sante.fr",
    "ansm.sante.fr",
    "urssaf.fr",
    "medecin.fr",
    "caf.fr",
    "sante.fr",
    "santepubliquefrance.fr",
    "francetravail.fr",
    "cnil.fr",
    "europa.eu",
    "gov",
    "gov.uk",
    "nhs.uk",
    "nhs.net",
    "gc.ca",
    "admin.ch",
];
/// As X-Mailer begins where somebody wrote in it.
const PROGRAMS: [&str; 14] = [
    "apple mail",
    "iphone mail",
    "ipad mail",
    "microsoft outlook",
    "microsoft office outlook",
    "mozilla",
    "thunderbird",
    "zimbra",
    "open-xchange mailer",
    "sylpheed",
    "evolution",
    "ximian evolution",
    "kmail",
    "the bat!",
];
/// To more than so many a message is sent, not written.
const FEW: usize = 12;

pub(super) fn reasons(clues: &Clues, known: &Known, fields: &Fields) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let email = clues.from.map(|from| from.email.to_lowercase()).unwrap_or_default();
    let host = email.rsplit_once('@').map_or("", |(_, host)| host);
    let mut add = |is: bool, reason: Reason| {
        if is {
            reasons.push(reason);
        }
    };
    add(known.answers_ours, Reason::Answer);
    add(known.written_to, Reason::WrittenTo);
    let own = known.addresses.iter().any(|own| own.eq_ignore_ascii_case(&email));
    add(own || known.domains.iter().any(|domain| is_under(host, domain)), Reason::Own);
    add(known.trusted.iter().any(|domain| is_under(host, domain)), Reason::Trusted);
    add(HEALTH.iter().any(|domain| is_under(host, domain)), Reason::HealthNetwork);
    add(AUTHORITIES.iter().any(|domain| is_under(host, domain)), Reason::Authority);
    // A campaign names one recipient in each copy, or none.
    let named = clues.to.iter().chain(clues.cc).filter(|to| to.email.contains('@')).take(FEW + 1).count();
    add((2..=FEW).contains(&named), Reason::FewRecipients);
    let automatic = fields.auto("auto-generated");
    add(!automatic && clues.answers, Reason::Conversation);
    add(fields.receipt, Reason::WantsReceipt);
    add(PROGRAMS.iter().any(|name| fields.mailer.starts_with(name)), Reason::MailProgram);
    reasons
}

/// `host` is this domain or lies under it.
pub(super) fn is_under(host: &str, domain: &str) -> bool {
    !domain.is_empty()
        && host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}
