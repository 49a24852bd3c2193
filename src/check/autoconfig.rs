//! What a mail domain offers to mail programs over https (Mozilla's autoconfig format, config-v1.1.xml): asked of the domain
//! itself alone, never of a directory of others.

use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    Request, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1,
    header,
};
use hyper_util::rt::TokioIo;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use tokio::time::timeout;
use url::Url;

use crate::net::{self, TlsConfig};

/// For the whole of one address, redirections included.
const DEADLINE: Duration = Duration::from_secs(10);
/// Longest file, in octets.
const MAX_FILE: usize = 64 << 10;
const MAX_REDIRECTIONS: usize = 3;
/// Longest value, in characters.
const MAX_VALUE: usize = 300;

/// What one file says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Offer {
    pub imap: Option<Way>,
    pub smtp: Option<Way>,
}

/// One server of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// As in `relais.toml`: `imaps://mail.example.org`. Not yet read as one.
    pub url: String,
    /// The login name, where it can be made of the address.
    pub login: Option<&'static str>,
}

/// Where a domain keeps it, in the order in which programs look.
pub fn addresses(domain: &str) -> impl Iterator<Item = Url> {
    let places = [
        format!("https://autoconfig.{domain}/mail/config-v1.1.xml"),
        format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml"),
    ];
    places.into_iter().filter_map(|place| Url::parse(&place).ok())
}

/// What is at this address; `None` when there is nothing that can be read, or nobody answers in time.
pub async fn ask(address: Url, tls: &TlsConfig) -> Option<Offer> {
    timeout(DEADLINE, follow(address, tls)).await.ok()?
}

async fn follow(mut address: Url, tls: &TlsConfig) -> Option<Offer> {
    for _ in 0..=MAX_REDIRECTIONS {
        let answer = get(&address, tls).await?;
        let headers = answer.headers();
        match answer.status() {
            StatusCode::OK => {
                let body = Limited::new(answer.into_body(), MAX_FILE).collect().await.ok()?;
                return Some(read(&String::from_utf8_lossy(&body.to_bytes())));
            }
            status if status.is_redirection() => {
                address = address.join(headers.get(header::LOCATION)?.to_str().ok()?).ok()?;
            }
            _ => return None,
        }
    }
    None
}

async fn get(address: &Url, tls: &TlsConfig) -> Option<hyper::Response<Incoming>> {
    let host = address.host_str().filter(|_| address.scheme() == "https")?;
    let tcp = net::dial(host, address.port().unwrap_or(443)).await.ok()?;
    let stream = net::handshake(host, tls, tcp).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let request = Request::get(&address[url::Position::BeforePath..url::Position::AfterQuery])
        .header(header::HOST, &address[url::Position::BeforeHost..url::Position::AfterPort])
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .ok()?;
    tokio::spawn(connection);
    sender.send_request(request).await.ok()
}

/// The first server of each kind that is reached over TLS. Anything that is not XML ends the reading: what was read
/// before it counts.
fn read(xml: &str) -> Offer {
    let mut reader = Reader::from_str(xml);
    let mut offer = Offer::default();
    let mut server: Option<Server> = None;
    let mut field = Field::Other;
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => match element.name().as_ref() {
                "incomingServer" if has_type(&element, "imap") => {
                    server = Some(Server::new(["imaps", "imap"]))
                }
                "outgoingServer" if has_type(&element, "smtp") => {
                    server = Some(Server::new(["smtps", "smtp"]))
                }
                name => field = Field::named(name),
            },
            Ok(Event::Text(text)) => {
                if let Some(server) = &mut server {
                    server.take(field, text.trim());
                }
            }
            Ok(Event::End(element)) => {
                field = Field::Other;
                let place = match element.name().as_ref() {
                    "incomingServer" => &mut offer.imap,
                    "outgoingServer" => &mut offer.smtp,
                    _ => continue,
                };
                let way = server.take().and_then(Server::way);
                *place = place.take().or(way);
            }
            Ok(Event::Eof) | Err(_) => return offer,
            Ok(_) => {}
        }
    }
}

fn has_type(element: &BytesStart<'_>, kind: &str) -> bool {
    matches!(element.try_get_attribute("type"), Ok(Some(found)) if found.value.as_ref() == kind)
}

#[derive(Clone, Copy)]
enum Field {
    Host,
    Port,
    Socket,
    User,
    Other,
}

impl Field {
    fn named(name: &str) -> Field {
        match name {
            "hostname" => Field::Host,
            "port" => Field::Port,
            "socketType" => Field::Socket,
            "username" => Field::User,
            _ => Field::Other,
        }
    }
}

struct Server {
    /// With TLS at once, with STARTTLS.
    schemes: [&'static str; 2],
    host: String,
    port: String,
    scheme: Option<&'static str>,
    login: Option<&'static str>,
}

impl Server {
    fn new(schemes: [&'static str; 2]) -> Server {
        Server { schemes, host: String::new(), port: String::new(), scheme: None, login: None }
    }

    fn take(&mut self, field: Field, text: &str) {
        let value = || text.chars().take(MAX_VALUE).collect::<String>();
        match (field, text) {
            (Field::Host, _) => self.host = value(),
            (Field::Port, _) => self.port = value(),
            (Field::Socket, "SSL") => self.scheme = Some(self.schemes[0]),
            (Field::Socket, "STARTTLS") => self.scheme = Some(self.schemes[1]),
            (Field::User, "%EMAILADDRESS%") => self.login = Some("{address}"),
            (Field::User, "%EMAILLOCALPART%") => self.login = Some("{local}"),
            _ => {}
        }
    }

    fn way(self) -> Option<Way> {
        let scheme = self.scheme.filter(|_| !self.host.is_empty())?;
        let usual = match scheme {
            "imaps" => "993",
            "imap" => "143",
            "smtps" => "465",
            _ => "587",
        };
        let port = if self.port.is_empty() || self.port == usual {
            String::new()
        } else {
            format!(":{}", self.port)
        };
        Some(Way { url: format!("{scheme}://{}{port}", self.host), login: self.login })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(url: &str, login: Option<&'static str>) -> Option<Way> {
        Some(Way { url: url.into(), login })
    }

    #[test]
    fn the_first_server_with_tls_of_each_kind() {
        let offer = read(
            r#"<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="clinic.test">
            <domain>clinic.test</domain>
            <incomingServer type="pop3"><hostname>pop.clinic.test</hostname><port>995</port>
              <socketType>SSL</socketType><username>%EMAILADDRESS%</username></incomingServer>
            <incomingServer type="imap"><hostname>plain.clinic.test</hostname><socketType>plain</socketType></incomingServer>
            <incomingServer type="imap"><hostname> mail.clinic.test </hostname><port>993</port>
              <socketType>SSL</socketType><username>%EMAILLOCALPART%</username></incomingServer>
            <incomingServer type="imap"><hostname>second.clinic.test</hostname><socketType>SSL</socketType></incomingServer>
            <outgoingServer type="smtp"><hostname>out.clinic.test</hostname><port>2587</port>
              <socketType>STARTTLS</socketType><username>CORP\%EMAILLOCALPART%</username></outgoingServer>
            </emailProvider></clientConfig>"#,
        );
        assert_eq!(offer.imap, way("imaps://mail.clinic.test", Some("{local}")));
        assert_eq!(offer.smtp, way("smtp://out.clinic.test:2587", None));
    }

    #[test]
    fn what_is_no_such_file_offers_nothing() {
        let entities = "<!DOCTYPE x [<!ENTITY a \"b\">]><clientConfig><incomingServer type=\"imap\"><hostname>&a;</hostname>\
                        <socketType>SSL</socketType></incomingServer></clientConfig>";
        let deep = "<a>".repeat(20_000);
        for text in ["", "<html><body>Not found", "\u{0}\u{1}", "<incomingServer type=imap", entities, &deep]
        {
            assert_eq!(read(text), Offer::default(), "{text:.60}");
        }
        let long = format!(
            "<incomingServer type=\"imap\"><hostname>{}</hostname><socketType>SSL</socketType></incomingServer>",
            "é".repeat(9000)
        );
        assert!(read(&long).imap.is_some_and(|way| way.url.chars().count() <= MAX_VALUE + 8));
    }

    #[test]
    fn a_domain_is_asked_at_two_places_of_its_own() {
        let asked: Vec<_> = addresses("clinic.test").map(String::from).collect();
        assert_eq!(
            asked,
            [
                "https://autoconfig.clinic.test/mail/config-v1.1.xml",
                "https://clinic.test/.well-known/autoconfig/mail/config-v1.1.xml"
            ]
        );
    }
}
