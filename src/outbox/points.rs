//! Named places on a message's way where a test stops the whole process, to see that nothing accepted is lost.
//!
//! Compiled in always, so that what is tested is what is shipped; asleep unless `TEST_RELAIS_STOP_AT` names one when the
//! process starts: `mail`, or `mail:3` for the third time it is reached. The process then says so on standard error and
//! waits there, everything else in it going on, for the SIGKILL of the test. With `mail:3:freeze` it sends itself a
//! SIGSTOP instead, and goes on from there after a SIGCONT. Never set it otherwise: that message's delivery never ends.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    /// MAIL was answered.
    Mail,
    /// Every RCPT was answered; `in_data` is not yet written.
    Recipients,
    /// `in_data` is written, and the first piece of the message is out.
    MidData,
    /// The whole message and the dot are out; whether the reply is in is not known.
    AfterDot,
    /// The 250 is in and not yet written down.
    BeforeStored,
    /// The author's copy is in the mailbox, which is not yet written down.
    BeforeKept,
    /// The report is in the author's INBOX, which is not yet written down.
    BeforeTold,
}

impl Point {
    pub const ALL: [Point; 7] = [
        Point::Mail,
        Point::Recipients,
        Point::MidData,
        Point::AfterDot,
        Point::BeforeStored,
        Point::BeforeKept,
        Point::BeforeTold,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Point::Mail => "mail",
            Point::Recipients => "recipients",
            Point::MidData => "mid-data",
            Point::AfterDot => "after-dot",
            Point::BeforeStored => "before-stored",
            Point::BeforeKept => "before-kept",
            Point::BeforeTold => "before-told",
        }
    }
}

struct Stop {
    point: Point,
    /// Times it is still to be reached, this one included.
    left: AtomicU32,
    freeze: bool,
}

fn active() -> Option<&'static Stop> {
    static ACTIVE: OnceLock<Option<Stop>> = OnceLock::new();
    let read = || {
        let text = std::env::var("TEST_RELAIS_STOP_AT").ok()?;
        let mut words = text.split(':');
        let name = words.next()?;
        let point = Point::ALL.into_iter().find(|point| point.name() == name)?;
        let times = words.next().map_or(Ok(1), str::parse).ok()?;
        Some(Stop { point, left: AtomicU32::new(times), freeze: words.next() == Some("freeze") })
    };
    ACTIVE.get_or_init(read).as_ref()
}

pub(super) fn is_active(point: Point) -> bool {
    active().is_some_and(|stop| stop.point == point)
}

/// Stops at the active point when its time has come; elsewhere does nothing.
pub(super) async fn reach(point: Point) {
    let Some(stop) = active().filter(|stop| stop.point == point) else { return };
    match stop.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)) {
        Ok(1) => {
            eprintln!("relais: stopped at {}", point.name());
            if !stop.freeze {
                std::future::pending::<()>().await;
            }
            // The whole process: nothing here goes on before SIGCONT.
            let me = std::process::id().to_string();
            let _ = std::process::Command::new("kill").args(["-s", "STOP", &me]).status();
        }
        // Its time has gone: whoever comes after the one that waits, waits too.
        Err(_) if !stop.freeze => std::future::pending().await,
        Ok(_) | Err(_) => {}
    }
}
