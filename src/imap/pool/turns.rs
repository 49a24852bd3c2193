//! Whose turn it is: what one account, and all of them together, may have at once.

use std::sync::Arc;

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{error::Elapsed, timeout},
};

use super::Limits;
use crate::imap::{Error, Kind, Stage, bounds};

/// Of all accounts and servers, strangers' and the others': a slow server must not cost more sockets.
const UNPROVED: (usize, usize) = (128, 128);

/// Of one account, which has [`Limits::per_account`] connections beside them: a mailbox that ten people share and open at
/// eight o'clock stays at what its server allows it (ten, as a rule).
const UNPROVED_OF_ONE: (usize, usize) = (3, 4);

/// Of one account.
pub(super) struct Turns {
    /// Its connections.
    pub lent: Arc<Semaphore>,
    pub unproved: Unproved,
}

impl Turns {
    pub fn of_one(limits: Limits) -> Turns {
        Turns { lent: Arc::new(Semaphore::new(limits.per_account)), unproved: Unproved::new(UNPROVED_OF_ONE) }
    }

    pub fn in_use(&self) -> bool {
        let Turns { lent, unproved: Unproved { strangers, familiar } } = self;
        [lent, strangers, familiar].map(Arc::strong_count) != [1; 3]
    }
}

/// Sign-ins under way. Those from where the account signed in before have turns of their own: who guesses from elsewhere
/// keeps nobody out.
#[derive(Clone)]
pub(super) struct Unproved {
    strangers: Arc<Semaphore>,
    familiar: Arc<Semaphore>,
}

impl Unproved {
    pub fn of_all() -> Unproved {
        Unproved::new(UNPROVED)
    }

    fn new((strangers, familiar): (usize, usize)) -> Unproved {
        Unproved {
            strangers: Arc::new(Semaphore::new(strangers)),
            familiar: Arc::new(Semaphore::new(familiar)),
        }
    }

    /// # Errors
    /// `Crowded` when it did not come within [`bounds::QUEUE`].
    pub async fn turn(&self, familiar: bool) -> Result<OwnedSemaphorePermit, Error> {
        let turns = if familiar { &self.familiar } else { &self.strangers };
        let turn = timeout(bounds::deadline(Stage::Queue), turns.clone().acquire_owned()).await;
        // Semaphores here are never closed.
        turn.map_err(crowded)?.map_err(|_| Error::new(Stage::Queue, Kind::Crowded))
    }
}

/// None of the account's own came free in time.
pub(super) fn full(_: Elapsed) -> Error {
    Error::new(Stage::Queue, Kind::Full)
}

/// Nothing of the gateway's did: what others do is before it.
pub(super) fn crowded(_: Elapsed) -> Error {
    Error::new(Stage::Queue, Kind::Crowded)
}
