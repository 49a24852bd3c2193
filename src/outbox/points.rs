//! Named places on a message's way where a test stops the whole process, to see that nothing accepted is lost.
//!
//! Compiled in always, so that what is tested is what is shipped; asleep unless `TEST_RELAIS_STOP_AT` names one when the
//! process starts. The process then says so on standard error and waits there, everything else in it going on, for
//! the SIGKILL or SIGSTOP of the test. Never set it otherwise: that message's delivery never ends.

use std::sync::OnceLock;

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

fn active() -> Option<Point> {
    static ACTIVE: OnceLock<Option<Point>> = OnceLock::new();
    *ACTIVE.get_or_init(|| {
        let name = std::env::var("TEST_RELAIS_STOP_AT").ok()?;
        Point::ALL.into_iter().find(|point| point.name() == name)
    })
}

pub(super) fn is_active(point: Point) -> bool {
    active() == Some(point)
}

/// Waits for ever at the active point; elsewhere does nothing.
pub(super) async fn reach(point: Point) {
    if is_active(point) {
        eprintln!("relais: stopped at {}", point.name());
        std::future::pending::<()>().await;
    }
}
