//! A connection in somebody's hands, and the place under the limits that it takes.

use std::{ops::Deref, sync::Arc, time::Instant};

use bytes::Bytes;
use futures::Stream;
use tokio::sync::OwnedSemaphorePermit;

use super::{Idle, NOBODY, Owner, Pool};
use crate::imap::{Backend, Batch, Command, Connection, Error, MailboxName, Stage, View};

/// A place under the limits, given back when dropped.
pub(super) struct Reserved {
    pool: Pool,
    owner: Owner,
    given_back: bool,
    _permits: [OwnedSemaphorePermit; 2],
}

impl Reserved {
    /// Of one that was counted already.
    pub(super) fn new(pool: Pool, owner: Owner, permits: [OwnedSemaphorePermit; 2]) -> Reserved {
        Reserved { pool, owner, given_back: false, _permits: permits }
    }

    pub(super) fn loan(self, connection: Connection, reused: bool, backend: &Arc<Backend>) -> Loan {
        Loan { held: Some((connection, self)), reused, backend: backend.clone() }
    }

    /// Makes the connection an idle one of its owner, unless it broke or the session ended meanwhile.
    fn give_back(mut self, connection: Connection) {
        let owner = self.owner;
        let mut state = self.pool.0.state();
        let kept =
            owner.session != NOBODY && !connection.is_closed() && !state.ended.contains(&owner.session);
        state.take_back(owner);
        self.given_back = true;
        if kept {
            state.idle.push(Idle { owner, connection, since: Instant::now() });
        }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.pool.0.line.served();
        if !self.given_back {
            self.pool.0.state().take_back(self.owner);
        }
    }
}

/// A connection lent to one request; it goes back to its owner's idle ones when dropped. If the request left before
/// its answer came, the place stays taken until the answer was read: an impatient reader cannot pile up questions.
pub struct Loan {
    /// `None` only while it is dropped.
    held: Option<(Connection, Reserved)>,
    /// It was idle before: should it turn out to be closed, another one is worth a try.
    pub reused: bool,
    pub backend: Arc<Backend>,
}

impl Deref for Loan {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match &self.held {
            Some((connection, _)) => connection,
            None => unreachable!("a loan holds its connection until it is dropped"),
        }
    }
}

impl Loan {
    /// Sends the commands in one write and waits for all their answers, within the deadline of the stage. A
    /// refused command is in the batch; every error closes the connection.
    pub async fn run(&self, stage: Stage, commands: Vec<Command>) -> Result<Batch, Error> {
        self.noted(stage, self.backend.timed(stage, Connection::run(self, stage, commands)).await)
    }

    /// Sends one command whose literal is streamed; see [`Connection::upload`].
    pub(in crate::imap) async fn upload(
        &self,
        command: Command,
        octets: u64,
        body: impl Stream<Item = std::io::Result<Bytes>>,
    ) -> Result<Batch, Error> {
        let sent = Connection::upload(self, command, octets, body);
        self.noted(Stage::Append, self.backend.timed(Stage::Append, sent).await)
    }

    /// Opens a mailbox: EXAMINE for reading, SELECT for changes.
    pub async fn open_mailbox(&self, mailbox: &MailboxName, read_only: bool) -> Result<(View, Batch), Error> {
        let opened = Connection::open_mailbox(self, mailbox, read_only);
        self.noted(Stage::Open, self.backend.timed(Stage::Open, opened).await)
    }

    /// The circuit hears how every exchange ended.
    fn noted<T>(&self, stage: Stage, result: Result<T, Error>) -> Result<T, Error> {
        let account = self.held.as_ref().map(|(_, reserved)| reserved.owner.account);
        self.backend.note(account, Some(self.opened), result.as_ref().map(|_| stage));
        result
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let Some((connection, reserved)) = self.held.take() else { return };
        if connection.is_busy()
            && !connection.is_closed()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                connection.settle().await;
                reserved.give_back(connection);
            });
        } else {
            reserved.give_back(connection);
        }
    }
}

/// A connection that proved a sign-in; it becomes the new session's first one.
pub struct Fresh(pub(super) Loan);

impl Fresh {
    /// For work that nobody waits for in a session; the connection ends with it.
    pub fn of_nobody(self) -> Loan {
        self.0
    }

    pub fn belongs_to(mut self, session: [u8; 32]) -> Loan {
        if let Some((_, reserved)) = &mut self.0.held {
            let mut state = reserved.pool.0.state();
            state.take_back(reserved.owner);
            reserved.owner.session = session;
            state.lend(reserved.owner);
        }
        self.0
    }
}
