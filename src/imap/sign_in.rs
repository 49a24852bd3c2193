//! Telling a server who we are. Every mechanism we know is tried, down to LOGIN, before a password is called
//! wrong: some servers advertise what they cannot do, others do what they do not advertise. Once one of them has
//! worked it comes first, and its refusal is believed: a wrong password is one failure in the server's eyes.

use std::{
    fmt,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_imap::{Authenticator, Client, Session};
use tokio::time::timeout_at;
use zeroize::{Zeroize, Zeroizing};

use super::{
    Capabilities, Error, Kind, Stage, bounds,
    connect::{self, Greeted, Wire},
    response,
    tap::Status,
};

/// A mechanism is believed in for this long after it worked: a server may be set up anew.
const BELIEVED: Duration = Duration::from_secs(3600);

/// What the person typed, made into what the server wants.
#[derive(Clone)]
pub struct Credentials {
    pub login: String,
    pub password: Zeroizing<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

/// SASL answers in their order; after the last one the answer is empty.
struct Answers(Vec<Zeroizing<Vec<u8>>>);

impl Authenticator for Answers {
    type Response = Vec<u8>;

    fn process(&mut self, _: &[u8]) -> Vec<u8> {
        if self.0.is_empty() { Vec::new() } else { self.0.remove(0).to_vec() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// AUTHENTICATE PLAIN (RFC 4616).
    Plain,
    /// AUTHENTICATE LOGIN, never standardised, widely the only one.
    SaslLogin,
    /// The LOGIN command (RFC 9051 §6.2.3).
    Login,
}

/// What the server advertises comes first, then the rest.
fn order(capabilities: &Capabilities) -> Vec<Mechanism> {
    let mut order = Vec::new();
    let advertised = [("AUTH=PLAIN", Mechanism::Plain), ("AUTH=LOGIN", Mechanism::SaslLogin)];
    order.extend(advertised.iter().filter(|(name, _)| capabilities.has(name)).map(|(_, m)| *m));
    if !capabilities.has("LOGINDISABLED") {
        order.push(Mechanism::Login);
    }
    for mechanism in [Mechanism::Plain, Mechanism::SaslLogin, Mechanism::Login] {
        if !order.contains(&mechanism) {
            order.push(mechanism);
        }
    }
    order
}

/// The mechanism that one server took last, and when.
#[derive(Debug, Default)]
pub struct Working(Mutex<Option<(Mechanism, Instant)>>);

impl Working {
    fn get(&self) -> Option<Mechanism> {
        self.kept().filter(|(_, at)| at.elapsed() < BELIEVED).map(|(mechanism, _)| mechanism)
    }

    fn set(&self, mechanism: Mechanism) {
        *self.kept() = Some((mechanism, Instant::now()));
    }

    fn kept(&self) -> MutexGuard<'_, Option<(Mechanism, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct SignedIn {
    pub session: Session<Wire>,
    pub capabilities: Capabilities,
    /// What the server wanted people to see while they signed in.
    pub alerts: Vec<String>,
}

/// Signs in on a greeted connection, within [`bounds::SIGN_IN`] for all mechanisms together.
pub async fn sign_in(
    greeted: Greeted,
    credentials: &Credentials,
    client_ip: Option<IpAddr>,
    working: &Working,
) -> Result<SignedIn, Error> {
    let Greeted { mut client, capabilities, .. } = greeted;
    if let Some(ip) = client_ip.filter(|_| capabilities.has("ID")) {
        // Both names are in use; a server that trusts us takes the one it knows (Dovecot: x-originating-ip).
        let id = format!("ID (\"name\" \"Relais\" \"x-originating-ip\" \"{ip}\")");
        match connect::command(&mut client, &id, Stage::SignIn).await {
            Err(e) if e.is_fatal() => return Err(e),
            _ => {}
        }
    }
    let until = tokio::time::Instant::now() + bounds::deadline(Stage::SignIn);
    let known = working.get();
    let mut order = order(&capabilities);
    // A stable sort: the others keep their order.
    order.sort_by_key(|mechanism| Some(*mechanism) != known);
    let mut refusal = None;
    for mechanism in order {
        let attempt = attempt(client, mechanism, &capabilities, credentials);
        let Ok(outcome) = timeout_at(until, attempt).await else {
            return Err(refusal.unwrap_or(Error::new(Stage::SignIn, Kind::Deadline)));
        };
        match outcome {
            Ok(mut session) => {
                working.set(mechanism);
                let completion = session.get_mut().take_completion().map(|c| c.text).unwrap_or_default();
                let told = Capabilities::from_code(&completion);
                let untagged = session.get_mut().take_untagged();
                let texts = untagged.iter().filter_map(response::status_text).chain([&completion[..]]);
                let alerts = texts.filter_map(response::alert).take(5).collect();
                let capabilities = match told {
                    Some(capabilities) => capabilities,
                    None => timeout_at(until, ask_again(&mut session))
                        .await
                        .map_err(|_| Error::new(Stage::SignIn, Kind::Deadline))??
                        .unwrap_or(capabilities),
                };
                return Ok(SignedIn { session, capabilities, alerts });
            }
            Err((error, mut back)) => {
                let Some(completion) = back.get_mut().take_completion() else {
                    // A server that hangs up after a refusal meant the refusal.
                    return Err(refusal.unwrap_or(Error::new(Stage::SignIn, response::broken(&error))));
                };
                let refused = Error::new(Stage::SignIn, response::refusal(&completion));
                let no = completion.status == Status::No;
                let judged = no && known == Some(mechanism) && !is_about_the_mechanism(refused.code());
                if judged || is_final(refused.code()) {
                    return Err(refused);
                }
                // BAD is said of the command, not of the password; a mechanism that is refused hides no judgement.
                if no && (refusal.is_none() || !is_about_the_mechanism(refused.code())) {
                    refusal = Some(refused);
                }
                client = back;
            }
        }
    }
    Err(refusal.unwrap_or(Error::new(Stage::SignIn, Kind::Unsupported("no way to sign in"))))
}

/// Codes after which another mechanism would only repeat the same failure (RFC 5530 §3).
fn is_final(code: Option<&str>) -> bool {
    const FINAL: [&str; 7] = [
        "AUTHENTICATIONFAILED",
        "AUTHORIZATIONFAILED",
        "EXPIRED",
        "UNAVAILABLE",
        "CONTACTADMIN",
        "INUSE",
        "LIMIT",
    ];
    code.is_some_and(|code| FINAL.contains(&code))
}

/// Codes that say nothing of the password, but that it should be told in another way.
fn is_about_the_mechanism(code: Option<&str>) -> bool {
    matches!(code, Some("CANNOT" | "PRIVACYREQUIRED"))
}

async fn attempt(
    client: Client<Wire>,
    mechanism: Mechanism,
    capabilities: &Capabilities,
    credentials: &Credentials,
) -> Result<Session<Wire>, (async_imap::error::Error, Client<Wire>)> {
    let login = Zeroizing::new(credentials.login.as_bytes().to_vec());
    let password = Zeroizing::new(credentials.password.as_bytes().to_vec());
    match mechanism {
        Mechanism::Plain => {
            let mut plain = Zeroizing::new(Vec::with_capacity(login.len() + password.len() + 2));
            plain.push(0);
            plain.extend_from_slice(&login);
            plain.push(0);
            plain.extend_from_slice(&password);
            if capabilities.has("SASL-IR") {
                use base64::Engine;
                let mut command =
                    format!("PLAIN {}", base64::engine::general_purpose::STANDARD.encode(&*plain));
                let result = client.authenticate(command.as_str(), Answers(vec![])).await;
                command.zeroize();
                return result;
            }
            client.authenticate("PLAIN", Answers(vec![plain])).await
        }
        Mechanism::SaslLogin => client.authenticate("LOGIN", Answers(vec![login, password])).await,
        Mechanism::Login => client.login(&credentials.login, credentials.password.as_str()).await,
    }
}

/// `None` where the server does not tell.
async fn ask_again(session: &mut Session<Wire>) -> Result<Option<Capabilities>, Error> {
    let done = session.run_command_and_check_ok("CAPABILITY").await;
    let answered = session.get_mut().take_completion().is_some();
    let frames = session.get_mut().take_untagged();
    match done {
        Err(e) if !answered => Err(Error::new(Stage::SignIn, response::broken(&e))),
        _ => Ok(Capabilities::from_untagged(&frames)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_advertised_comes_first_and_nothing_is_left_out() {
        let order = |words: &str| order(&Capabilities::from_words(words.as_bytes()));
        use Mechanism::*;
        assert_eq!(order("IMAP4rev1 AUTH=PLAIN"), [Plain, Login, SaslLogin]);
        assert_eq!(order("IMAP4rev1"), [Login, Plain, SaslLogin]);
        assert_eq!(order("IMAP4rev1 LOGINDISABLED AUTH=LOGIN"), [SaslLogin, Plain, Login]);
    }
}
