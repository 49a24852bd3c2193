//! Which tool for sending to many a message was sent with.

use std::borrow::Cow;

use super::{Clues, fields::Fields, person::is_under};

/// Domains of tools, in return paths, ids and host names, without the number that some end in. Several also carry orders and
/// codes: alone they mean nothing.
const TOOLS: [(&str, &str); 72] = [
    ("mcsv.net", "Mailchimp"),
    ("rsgsv.net", "Mailchimp"),
    ("mcdlv.net", "Mailchimp"),
    ("mailchimpapp.net", "Mailchimp"),
    ("mandrillapp.com", "Mandrill"),
    ("sendinblue.com", "Brevo"),
    ("mailin.fr", "Brevo"),
    ("brevo.com", "Brevo"),
    ("sender-sib.com", "Brevo"),
    ("brevosend.com", "Brevo"),
    ("mailjet.com", "Mailjet"),
    ("mjt.lu", "Mailjet"),
    ("sendgrid.net", "SendGrid"),
    ("sendgrid.info", "SendGrid"),
    ("sarbacane.com", "Sarbacane"),
    ("mailperformance.com", "Sarbacane"),
    ("mperf.com", "Sarbacane"),
    ("exacttarget.com", "Salesforce"),
    ("salesforce.com", "Salesforce"),
    ("emarsys.net", "Emarsys"),
    ("emsmtp.com", "Emarsys"),
    ("slgnt.eu", "Selligent"),
    ("emsecure.net", "Selligent"),
    ("actito.be", "Actito"),
    ("actito.com", "Actito"),
    ("neolane.net", "Adobe Campaign"),
    ("campaign.adobe.com", "Adobe Campaign"),
    ("splio.com", "Splio"),
    ("dolist.net", "Dolist"),
    ("dmailer.net", "Dolist"),
    ("cccampaigns.com", "Cheetah Digital"),
    ("chtah.net", "Cheetah Digital"),
    ("createsend.com", "Campaign Monitor"),
    ("cmail.com", "Campaign Monitor"),
    ("constantcontact.com", "Constant Contact"),
    ("klaviyomail.com", "Klaviyo"),
    ("klaviyo.com", "Klaviyo"),
    ("hubspotemail.net", "HubSpot"),
    ("hubspot.com", "HubSpot"),
    ("activehosted.com", "ActiveCampaign"),
    ("acems.com", "ActiveCampaign"),
    ("acemsrva.com", "ActiveCampaign"),
    ("acemsrvb.com", "ActiveCampaign"),
    ("acemsrvc.com", "ActiveCampaign"),
    ("acemsrvd.com", "ActiveCampaign"),
    ("acemsrve.com", "ActiveCampaign"),
    ("acemsrvf.com", "ActiveCampaign"),
    ("acemsrvg.com", "ActiveCampaign"),
    ("mailerlite.com", "MailerLite"),
    ("mlsend.com", "MailerLite"),
    ("getresponse.com", "GetResponse"),
    ("getresponse-mail.com", "GetResponse"),
    ("shopifyemail.com", "Shopify"),
    ("squarespace-mail.com", "Squarespace"),
    ("msgfocus.com", "Adestra"),
    ("emsg-dd.net", "Dotdigital"),
    ("dotmailer.com", "Dotdigital"),
    ("elasticemail.com", "Elastic Email"),
    ("e-activist.com", "Engaging Networks"),
    ("zcsend.net", "Zoho"),
    ("substack.com", "Substack"),
    ("convertkit-mail.com", "Kit"),
    ("beehiiv.com", "beehiiv"),
    ("customer.io", "Customer.io"),
    ("customeriomail.com", "Customer.io"),
    ("braze.com", "Braze"),
    ("sparkpostmail.com", "SparkPost"),
    ("mktomail.com", "Marketo"),
    ("mktdns.com", "Marketo"),
    ("iterable.com", "Iterable"),
    ("mailgun.org", "Mailgun"),
    ("amazonses.com", "Amazon SES"),
];

/// In X-Mailer.
const MAILERS: [(&str, &str); 20] = [
    ("mailchimp", "Mailchimp"),
    ("sarbacane", "Sarbacane"),
    ("sendinblue", "Brevo"),
    ("mailjet", "Mailjet"),
    ("phplist", "phpList"),
    ("acymailing", "AcyMailing"),
    ("mailpoet", "MailPoet"),
    ("mautic", "Mautic"),
    ("sendy", "Sendy"),
    ("nlserver", "Adobe Campaign"),
    ("campaign", "Campaign"),
    ("activecampaign", "ActiveCampaign"),
    ("listmanager", "ListManager"),
    ("lyris", "ListManager"),
    ("accucast", "Accucast"),
    ("mailbeamer", "MailBeamer"),
    ("targetmail", "TargetMail"),
    ("octeth", "Octeth"),
    ("emessaging", "eMessaging"),
    ("newsletter", "Newsletter"),
];

/// Its name.
pub(super) fn tool(clues: &Clues, fields: &Fields) -> Option<&'static str> {
    let mailer = MAILERS.iter().find(|(word, _)| fields.mailer.contains(word));
    if let Some((_, name)) = mailer {
        return Some(name);
    }
    let id = clues.message_id.trim_matches(['<', '>', ' ']);
    let id: String = id.chars().take(400).flat_map(char::to_lowercase).collect();
    let after_at = |text: &str| text.rsplit_once('@').map(|(_, host)| host.to_owned());
    let path = fields.return_path.as_deref().and_then(after_at);
    let list = fields.list_id.as_deref().map(|id| id.trim_end_matches('>').to_owned());
    let hops = fields.received.iter().filter_map(|hop| {
        let host = hop.strip_prefix("from ")?.split_whitespace().next()?;
        Some(host.to_owned())
    });
    let mut hosts = path.into_iter().chain(after_at(&id)).chain(list).chain(hops);
    hosts.find_map(|host| {
        let host = unnumbered(&host);
        TOOLS.iter().find(|(domain, _)| is_under(&host, domain)).map(|(_, name)| *name)
    })
}

/// `mail7.cmail20.com` as `mail7.cmail.com`: some have many domains, with numbers.
fn unnumbered(host: &str) -> Cow<'_, str> {
    match host.rsplit_once('.') {
        Some((name, end)) if name.ends_with(|c: char| c.is_ascii_digit()) => {
            [name.trim_end_matches(|c: char| c.is_ascii_digit()), ".", end].concat().into()
        }
        _ => host.into(),
    }
}
