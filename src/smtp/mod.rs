//! Stand-in for the room that speaks SMTP, until it is merged: the signatures, no conversation.

use std::{io, sync::Arc};

use bytes::Bytes;
use futures::Stream;

use crate::config::ServerUrl;

pub struct Envelope {
    pub from: String,
    pub id: Option<String>,
    pub size: u64,
    pub follow: bool,
}
#[derive(Debug, Clone)]
pub struct Reply {
    pub code: u16,
    pub enhanced: Option<[u16; 3]>,
    pub text: String,
}
#[derive(Debug)]
pub enum Kind {
    Refused(Reply),
    Deadline,
    Closed,
    Unreachable,
    Certificate(String),
    Protocol(&'static str),
    NoWayIn,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Resolve,
    Connect,
    Tls,
    Greeting,
    Hello,
    SignIn,
    Mail,
    Recipient,
    Data,
    End,
}
#[derive(Debug)]
pub struct Error {
    pub stage: Stage,
    pub kind: Kind,
}
const ABSENT: Error = Error { stage: Stage::Connect, kind: Kind::Unreachable };
pub struct Connection;
impl Connection {
    pub async fn open(_: &ServerUrl, _: &Arc<rustls::ClientConfig>, _: &str) -> Result<Connection, Error> {
        Err(ABSENT)
    }
    pub fn limit(&self) -> Option<u64> {
        None
    }
    pub fn reports(&self) -> bool {
        false
    }
    pub async fn sign_in(&mut self, _: &str, _: &str) -> Result<(), Error> {
        Err(ABSENT)
    }
    pub async fn mail(&mut self, _: &Envelope) -> Result<Reply, Error> {
        Err(ABSENT)
    }
    pub async fn recipient(&mut self, _: &str) -> Result<Reply, Error> {
        Err(ABSENT)
    }
    pub async fn data(&mut self, _: impl Stream<Item = io::Result<Bytes>>) -> Result<Reply, Error> {
        Err(ABSENT)
    }
    pub async fn reset(&mut self) -> Result<(), Error> {
        Err(ABSENT)
    }
    pub async fn quit(self) {}
}
