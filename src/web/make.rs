//! Work that takes processor time, as making a large newsletter safe does: off the threads that serve everybody, and
//! no more at once than there are processors.

use std::{sync::LazyLock, thread::available_parallelism, time::Duration};

use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use super::problem::{Kind, Problem};

static PLACES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(2, std::num::NonZero::get)));
/// Longest wait for one.
const WAIT: Duration = Duration::from_secs(10);

/// # Errors
/// `Crowded` when none of the others ends in time; `Internal` when the work panics.
pub async fn make<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let Ok(Ok(place)) = timeout(WAIT, PLACES.acquire()).await else {
        return Err(Kind::Crowded { seconds: 5 }.into());
    };
    // Work goes on when its reader leaves: the place is its own until it ends.
    let done = spawn_blocking(move || {
        let made = work();
        drop(place);
        made
    });
    done.await.map_err(|_| Kind::Internal.into())
}
