//! `relais notice …`: says to people what works, what does not, what to do. In the store, from where every gateway has it
//! within seconds; with `--local` in the data folder of this machine, for when the store is down.

mod place;
mod shown;
mod words;

use std::error::Error;

use clap::Subcommand;
use jiff::Timestamp;
use relais::{
    audit::What,
    config::Flags,
    status::{Board, NoticeId, Version},
};

use place::Place;
use words::Words;

#[derive(Subcommand)]
pub enum Notice {
    /// Say something new; prints its id, and what is shown where
    Add {
        #[command(flatten)]
        flags: Flags,
        #[command(flatten)]
        words: Words,
        /// On this machine alone, without the store
        #[arg(long)]
        local: bool,
    },
    /// Say it again with what has changed; what is not given stays
    Update {
        #[command(flatten)]
        flags: Flags,
        /// As `relais notice list` shows it
        id: NoticeId,
        #[command(flatten)]
        words: Words,
        /// On this machine alone, without the store
        #[arg(long)]
        local: bool,
    },
    /// It is over, with last words if there are any; the feed keeps what was said
    End {
        #[command(flatten)]
        flags: Flags,
        /// As `relais notice list` shows it
        id: NoticeId,
        #[command(flatten)]
        words: Words,
        /// On this machine alone, without the store
        #[arg(long)]
        local: bool,
    },
    /// What was measured suggests these, as commands to run; nothing is published
    Propose {
        #[command(flatten)]
        flags: Flags,
    },
    /// What is said now, what will be, and what ended within 60 days
    List {
        #[command(flatten)]
        flags: Flags,
    },
}

/// Notices that are not over.
const MOST: usize = 20;

type Outcome<T> = Result<T, Box<dyn Error>>;

pub async fn run(command: &Notice) -> Outcome<()> {
    match command {
        Notice::Add { flags, words, local } => add(&Place::open(flags, *local).await?, words).await,
        Notice::Update { flags, id, words, local } => {
            change(&Place::open(flags, *local).await?, *id, words, What::AdminNoticeUpdate).await
        }
        Notice::End { flags, id, words, local } => {
            change(&Place::open(flags, *local).await?, *id, words, What::AdminNoticeEnd).await
        }
        Notice::Propose { flags } => super::propose::run(flags).await,
        Notice::List { flags } => list(flags).await,
    }
}

async fn add(place: &Place, words: &Words) -> Outcome<()> {
    let mut notice = words.over(None, false, place)?;
    let now = Timestamp::now();
    // To the minute, and so never in the future of a gateway whose clock is a little behind.
    let minute = Timestamp::from_second(now.as_second() / 60 * 60)?;
    notice.since = notice.since.or(Some(relais::status::When::Moment(minute)));
    notice.ended = false;
    if place.live().await? >= MOST {
        return Err(format!("{MOST} notices hold already: end one first (relais notice list)").into());
    }
    let version = place.put(What::AdminNoticeAdd, NoticeId::random()?, None, notice).await?;
    shown::print(&version, place);
    Ok(())
}

async fn change(place: &Place, id: NoticeId, words: &Words, what: What) -> Outcome<()> {
    let last = place.find(id).await?;
    if last.version.notice.ended {
        return Err(format!("{id} is over already; to say something new: relais notice add").into());
    }
    let is_end = what == What::AdminNoticeEnd;
    let mut notice = words.over(Some(&last.version.notice), is_end, place)?;
    notice.ended = is_end;
    let version = place.put(what, id, Some(&last), notice).await?;
    shown::print(&version, place);
    Ok(())
}

async fn list(flags: &Flags) -> Outcome<()> {
    let place = match Place::open(flags, false).await {
        Ok(place) => place,
        Err(error) => {
            let place = Place::open(flags, true).await?;
            eprintln!("relais: {error}; this is what the gateway of this machine knew last");
            place
        }
    };
    let zone = place.config.time_zone.clone();
    let all: Vec<Version> = place.all().await?;
    let board = Board::new(all, zone);
    for version in board.latest() {
        shown::line(version, &place);
        let over = board.incident_of(version, Timestamp::now()).filter(|incident| incident.is_over);
        if let Some((store, incident)) = place.store.as_ref().zip(over) {
            let span = (incident.from.as_second(), incident.to.as_second());
            shown::looks(store.missed_by_all(span).await?);
        }
    }
    place.close().await;
    Ok(())
}
