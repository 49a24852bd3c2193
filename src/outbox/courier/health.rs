//! A server that cannot be reached is asked by one message at a time, less and less often.

use std::time::Duration;

use tokio::time::Instant;

use crate::net::bounds::patiently;

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(300);

#[derive(Debug, Default)]
pub(super) struct Health {
    /// Failures since it last greeted.
    failures: u32,
    until: Option<Instant>,
}

impl Health {
    /// How many conversations may run now, of `most`.
    pub fn allowed(&self, now: Instant, most: usize) -> usize {
        match self.until {
            None => most,
            Some(until) if now < until => 0,
            Some(_) => 1,
        }
    }

    /// When it may be asked again.
    pub fn next(&self, now: Instant) -> Instant {
        self.until.unwrap_or(now)
    }

    /// How long a message waits that finds it down now.
    pub fn retry(&self) -> Duration {
        wait(self.failures)
    }

    pub fn up(&mut self) {
        *self = Health::default();
    }

    pub fn down(&mut self, now: Instant) {
        // Four conversations that fail at once are one failure.
        if self.until.is_none_or(|until| until <= now) {
            self.until = Some(now + jittered(wait(self.failures)));
            self.failures = self.failures.saturating_add(1);
        }
    }
}

fn wait(failures: u32) -> Duration {
    patiently(FIRST.saturating_mul(1 << failures.min(10)).min(LONGEST))
}

/// Seconds until a message is tried again after its `tries` failures: 1 minute, doubled each time, an hour at most.
pub(super) fn back_off(tries: i64) -> i64 {
    let doubled = Duration::from_secs(60).saturating_mul(1 << tries.clamp(0, 10));
    jittered(patiently(doubled.min(Duration::from_secs(3600)))).as_secs().max(1) as i64
}

/// From four fifths to six fifths: gateways and messages that failed together do not come back together.
pub(super) fn jittered(wait: Duration) -> Duration {
    let dice = getrandom::u32().unwrap_or(u32::MAX / 2);
    wait.mul_f64(0.8 + 0.4 * f64::from(dice) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_probe_and_no_stampede() {
        let mut health = Health::default();
        let now = Instant::now();
        assert_eq!(health.allowed(now, 4), 4);
        for _ in 0..4 {
            health.down(now);
        }
        assert_eq!((health.failures, health.allowed(now, 4)), (1, 0));
        let later = now + FIRST * 2;
        assert_eq!(health.allowed(later, 4), 1);
        health.down(later);
        assert!(health.next(later) >= later + FIRST, "it is asked less often");
        health.up();
        assert_eq!(health.allowed(later, 4), 4);
    }

    #[test]
    fn waits_grow_to_a_bound() {
        for tries in 0..100 {
            let least = (60i64 << tries.min(6)).min(3600) * 4 / 5 - 1;
            let seconds = back_off(tries);
            assert!(seconds >= least && seconds <= 3600 * 6 / 5 + 1, "{tries}: {seconds}");
        }
    }
}
