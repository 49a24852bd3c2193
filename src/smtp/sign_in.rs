//! AUTH (RFC 4954) by PLAIN, else by LOGIN, as the server announces them. A refusal of the password is believed at
//! once: repeated by another mechanism it would count as a second wrong try, and could lock the mailbox.

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{Error, Kind, Stage, extensions::Extensions, wire::Wire};

pub async fn sign_in(wire: &mut Wire, offers: &Extensions, login: &str, password: &str) -> Result<(), Error> {
    let error = |kind| Error::new(Stage::SignIn, kind);
    if login.contains('\0') || password.contains('\0') {
        return Err(error(Kind::Protocol("a NUL in the login or the password")));
    }
    match (offers.plain, offers.login) {
        (false, false) => Err(error(Kind::NoWayIn)),
        (false, true) => by_login(wire, login, password).await,
        (true, false) => by_plain(wire, login, password).await,
        (true, true) => match by_plain(wire, login, password).await {
            Err(e) if is_about_the_mechanism(&e) => by_login(wire, login, password).await,
            done => done,
        },
    }
}

/// Codes that say nothing of the password: a command or mechanism not known, not implemented, too weak.
fn is_about_the_mechanism(error: &Error) -> bool {
    error.reply().is_some_and(|reply| matches!(reply.code, 500..=504 | 534))
}

/// RFC 4616, with the initial response.
async fn by_plain(wire: &mut Wire, login: &str, password: &str) -> Result<(), Error> {
    let plain = Zeroizing::new(format!("\0{login}\0{password}"));
    let command = Zeroizing::new(format!("AUTH PLAIN {}\r\n", *encoded(&plain)));
    wire.done(Stage::SignIn, &*command).await.map(drop)
}

async fn by_login(wire: &mut Wire, login: &str, password: &str) -> Result<(), Error> {
    asked(wire, "AUTH LOGIN\r\n").await?;
    asked(wire, &Zeroizing::new(format!("{}\r\n", *encoded(login)))).await?;
    wire.done(Stage::SignIn, &*Zeroizing::new(format!("{}\r\n", *encoded(password)))).await.map(drop)
}

/// Says a line that the server answers by asking for the next one.
async fn asked(wire: &mut Wire, line: &str) -> Result<(), Error> {
    if wire.say(Stage::SignIn, line).await?.code != 334 {
        wire.close();
        return Err(Error::new(Stage::SignIn, Kind::Protocol("signed in before the password was said")));
    }
    Ok(())
}

fn encoded(text: &str) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(text))
}
