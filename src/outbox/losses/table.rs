//! Losses as CSV or JSON, and the operator's list as CSV.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::{Loss, LostFlow};
use crate::{message::csv, outbox::State};

const COLUMNS: [&str; 10] =
    ["sender", "recipient", "date", "time", "message_id", "size", "state", "proof_at", "proof", "deadline"];

/// RFC 4180, UTF-8. No cell can become a formula in a spreadsheet.
pub fn csv(losses: &[Loss], zone: &TimeZone) -> String {
    let mut out = line(COLUMNS.iter().map(|name| (*name).to_owned()));
    losses.iter().for_each(|loss| out.push_str(&line(cells(loss, zone).into_iter())));
    out
}

/// One object a loss.
pub fn json(losses: &[Loss], zone: &TimeZone) -> String {
    let object = |loss: &Loss| {
        let pairs = COLUMNS.iter().zip(cells(loss, zone));
        pairs.map(|(name, cell)| ((*name).to_owned(), cell.into())).collect::<serde_json::Map<_, _>>()
    };
    let all: Vec<serde_json::Value> = losses.iter().map(|loss| object(loss).into()).collect();
    serde_json::Value::from(all).to_string()
}

fn cells(loss: &Loss, zone: &TimeZone) -> [String; 10] {
    let moment = |at| moment_of(at, zone);
    let at = loss.accepted.to_zoned(zone.clone());
    let (proof_at, proof) =
        loss.proof.clone().map_or_else(Default::default, |(at, words)| (moment(at), words));
    [
        loss.sender.clone(),
        loss.recipient.clone(),
        at.strftime("%Y-%m-%d").to_string(),
        at.strftime("%H:%M:%S%:z").to_string(),
        loss.message_id.clone(),
        loss.size.to_string(),
        word(loss.state).to_owned(),
        proof_at,
        proof,
        loss.deadline.map(moment).unwrap_or_default(),
    ]
}

/// A moment as a program reads it.
pub(in crate::outbox) fn moment_of(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Stable: programs read it.
pub fn word(state: State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Sending => "sending",
        State::Accepted => "accepted",
        State::Relayed => "relayed",
        State::Delivered => "delivered",
        State::Displayed => "displayed",
        State::Answered => "answered",
        State::Delayed => "delayed",
        State::Refused => "refused",
        State::Uncertain => "uncertain",
        State::SignIn => "waiting-for-sign-in",
        State::Held => "held",
        State::GivenUp => "given-up",
        State::Cancelled => "cancelled",
    }
}

/// One line of a table.
pub(in crate::outbox) fn line(cells: impl Iterator<Item = String>) -> String {
    csv::line(',', cells)
}

/// The operator's list: in each line an address and a date with an hour, in one cell or in two, among whatever else.
/// A first line without an address is a heading.
///
/// # Errors
/// The number, from 1, of the first line that holds no sender or no time.
pub fn lost_flows(text: &str, zone: &TimeZone) -> Result<Vec<LostFlow>, usize> {
    let mut flows = Vec::new();
    for (n, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let cells = split(line);
        let sender = cells.iter().find(|cell| cell.contains('@'));
        let time = moment(&cells, zone);
        match (sender, time) {
            (Some(sender), Some(at)) => {
                flows.push(LostFlow { sender: sender.trim_matches(['<', '>']).to_owned(), at })
            }
            (None, _) if n == 0 => {}
            _ => return Err(n + 1),
        }
    }
    Ok(flows)
}

/// Cells between commas, semicolons or tabs, in quotes or not.
fn split(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' | ';' | '\t' if !quoted => cells.push(String::new()),
            c => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(c);
                }
            }
        }
    }
    cells.iter().map(|cell| cell.trim().trim_start_matches('\'').to_owned()).collect()
}

/// The first cell, or two neighbours, that read as a moment.
fn moment(cells: &[String], zone: &TimeZone) -> Option<Timestamp> {
    let pairs = cells.windows(2).map(|two| format!("{} {}", two[0], two[1]));
    cells.iter().cloned().chain(pairs).find_map(|text| {
        if let Ok(at) = text.replacen(' ', "T", 1).parse::<Timestamp>() {
            return Some(at);
        }
        let forms = [
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%d %H:%M",
            "%Y-%m-%dT%H:%M:%S",
            "%Y-%m-%dT%H:%M",
            "%d/%m/%Y %H:%M:%S",
            "%d/%m/%Y %H:%M",
            "%Y-%m-%d %Hh%M",
            "%d/%m/%Y %Hh%M",
            "%Y-%m-%d %H h",
            "%d/%m/%Y %H h",
            "%Y-%m-%d %Hh",
            "%d/%m/%Y %Hh",
        ];
        let civil = forms.iter().find_map(|form| DateTime::strptime(form, &text).ok())?;
        Some(zone.to_ambiguous_zoned(civil).compatible().ok()?.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris() -> TimeZone {
        TimeZone::get("Europe/Paris").expect("a zone")
    }

    #[test]
    fn no_cell_is_a_formula() {
        let at: Timestamp = "2026-11-22T13:10:00Z".parse().expect("a time");
        let loss = Loss {
            sender: "=cmd|' /C calc'!A0@example.test".into(),
            recipient: "+1@example.test".into(),
            accepted: at,
            message_id: "-m\"1@example.test".into(),
            size: 12,
            state: State::Accepted,
            proof: Some((at, "\t=1+1".into())),
            deadline: Some(at),
        };
        let text = csv(std::slice::from_ref(&loss), &paris());
        let wanted = "\"'=cmd|' /C calc'!A0@example.test\",\"'+1@example.test\",\"2026-11-22\",\"14:10:00+01:00\",\
                      \"'-m\"\"1@example.test\",\"12\",\"accepted\",\"2026-11-22T14:10:00+01:00\",\"'\t=1+1\",\
                      \"2026-11-22T14:10:00+01:00\"\r\n";
        assert_eq!(text.split_once("\r\n").map(|(_, rest)| rest), Some(wanted));
        let parsed: serde_json::Value = serde_json::from_str(&json(&[loss], &paris())).expect("JSON");
        assert_eq!(parsed[0]["recipient"], "+1@example.test");
    }

    #[test]
    fn the_operators_list() {
        let at: Timestamp = "2026-11-20T13:10:00Z".parse().expect("a time");
        for line in [
            "alice@example.test,2026-11-20 14:10",
            "alice@example.test;20/11/2026;14:10:00",
            "\"17\",\"alice@example.test\",\"2026-11-20\",\"14:10\"",
            "2026-11-20T13:10:00Z\t<alice@example.test>",
            "sender,date\r\nalice@example.test,20/11/2026 14h10\r\n\r\n",
        ] {
            let flows = lost_flows(line, &paris());
            assert_eq!(flows, Ok(vec![LostFlow { sender: "alice@example.test".into(), at }]), "{line}");
        }
        assert_eq!(lost_flows("a@b.c,2026-11-20 14:10\nb@c.d,yesterday\n", &paris()), Err(2));
        assert_eq!(lost_flows("sender,date\nnobody,2026-11-20 14:10\n", &paris()), Err(2));
    }
}
