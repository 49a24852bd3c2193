//! Dates and hours in the reader's own zone.

use jiff::{
    SignedDuration, Timestamp, Unit, Zoned,
    civil::{Date, DateTime},
    tz::Offset,
};

use super::{Lang, Tr};

const WEEKDAYS: [&str; 7] =
    ["weekday-mon", "weekday-tue", "weekday-wed", "weekday-thu", "weekday-fri", "weekday-sat", "weekday-sun"];
const WEEKDAYS_SHORT: [&str; 7] = ["wd-mon", "wd-tue", "wd-wed", "wd-thu", "wd-fri", "wd-sat", "wd-sun"];
const MONTHS: [&str; 12] = [
    "month-1", "month-2", "month-3", "month-4", "month-5", "month-6", "month-7", "month-8", "month-9",
    "month-10", "month-11", "month-12",
];
const MONTHS_SHORT: [&str; 12] = [
    "mon-1", "mon-2", "mon-3", "mon-4", "mon-5", "mon-6", "mon-7", "mon-8", "mon-9", "mon-10", "mon-11",
    "mon-12",
];

impl Tr {
    pub fn zoned(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    fn today(&self) -> Date {
        self.date_of(self.now)
    }

    /// Days from `day` back to today: 0 today, 1 yesterday, negative in the future.
    fn days_ago(&self, day: Date) -> i32 {
        day.until((Unit::Day, self.today())).map_or(i32::MAX, |span| span.get_days())
    }

    /// This instant where the reader is: the zone is asked once for all that is told of it.
    pub fn local(&self, at: Timestamp) -> Local {
        let offset = self.zone.to_offset(at);
        Local { time: offset.to_datetime(at), offset }
    }

    /// `09:42`.
    pub fn clock(&self, at: Timestamp) -> String {
        self.local(at).clock()
    }

    /// The day of the reader.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.local(at).date()
    }

    /// The day as a machine reads it, `2026-11-22`: the key of a group of rows.
    pub fn day_key(&self, at: Timestamp) -> String {
        self.date_of(at).to_string()
    }

    /// The heading of a day: "Aujourd’hui", "Hier", "lundi 16" within the week, else the whole date.
    pub fn day(&self, at: Timestamp) -> String {
        let day = self.date_of(at);
        match self.days_ago(day) {
            0 => self.t("day-today").to_owned(),
            1 => self.t("day-yesterday").to_owned(),
            2..=6 => self.t_with(
                "date-weekday",
                &[("weekday", self.weekday(day).into()), ("day", (&self.day_number(day)).into())],
            ),
            _ => self.t_with(
                "date-long",
                &[
                    ("weekday", self.weekday(day).into()),
                    ("day", (&self.day_number(day)).into()),
                    ("month", self.t(MONTHS[month(day)]).into()),
                    ("year", (&year(day)).into()),
                ],
            ),
        }
    }

    /// For a row that stands under no day: `09:42` today, `lun. 22` within the week, else `22 nov. 2026`.
    pub fn row_time(&self, at: Timestamp) -> String {
        let day = self.date_of(at);
        match self.days_ago(day) {
            0 => self.clock(at),
            1..=6 => self.short_day(day),
            _ => self.date(at),
        }
    }

    /// When this day begins where the reader is; `None` beyond what clocks know.
    pub fn midnight(&self, day: Date) -> Option<Timestamp> {
        Some(day.to_zoned(self.zone.clone()).ok()?.timestamp())
    }

    /// What the clock on the reader's wall says, as an instant.
    pub fn instant(&self, wall: DateTime) -> Option<Timestamp> {
        Some(wall.to_zoned(self.zone.clone()).ok()?.timestamp())
    }

    /// As a field of a form holds it, `2026-11-22T09:42`.
    pub fn wall(&self, at: Timestamp) -> String {
        self.local(at).time.strftime("%Y-%m-%dT%H:%M").to_string()
    }

    /// `22 nov. 2026`.
    pub fn date(&self, at: Timestamp) -> String {
        self.whole_date(self.date_of(at))
    }

    pub fn whole_date(&self, day: Date) -> String {
        self.t_with(
            "date-short",
            &[
                ("day", (&self.day_number(day)).into()),
                ("month", self.t(MONTHS_SHORT[month(day)]).into()),
                ("year", (&year(day)).into()),
            ],
        )
    }

    /// A moment in a sentence: `aujourd’hui à 09:42`, `sam. 21 à 07:40` within the week, else `le 21 nov. 2026
    /// à 07:40`.
    pub fn moment(&self, at: Timestamp) -> String {
        let clock = self.clock(at);
        let day = self.date_of(at);
        let (key, date) = match self.days_ago(day) {
            0 => return self.t_with("moment-today", &[("clock", (&clock).into())]),
            1..=6 => ("moment-week", self.short_day(day)),
            _ => ("moment-date", self.date(at)),
        };
        self.t_with(key, &[("date", (&date).into()), ("clock", (&clock).into())])
    }

    /// The same whenever it is read, as on paper: `le 21 nov. 2026 à 07:40`.
    pub fn dated(&self, at: Timestamp) -> String {
        let (date, clock) = (self.date(at), self.clock(at));
        self.t_with("moment-date", &[("date", (&date).into()), ("clock", (&clock).into())])
    }

    /// A day in a sentence: `aujourd’hui`, `sam. 21` within the week, else `le 21 nov. 2026`.
    pub fn day_in_sentence(&self, day: Date) -> String {
        match self.days_ago(day) {
            0 => self.t("sentence-today").to_owned(),
            1..=6 => self.short_day(day),
            _ => self.t_with("sentence-date", &[("date", (&self.whole_date(day)).into())]),
        }
    }

    /// The instant for `<time datetime>`: [`Local::machine`].
    pub fn machine_time(&self, at: Timestamp) -> String {
        self.local(at).machine()
    }

    /// How long it was, as exact as anybody wants to know: `40 s`, `12 min`, `26 h`, `5 jours`.
    pub fn span(&self, span: SignedDuration) -> String {
        let seconds = span.as_secs().unsigned_abs();
        let (key, n) = match seconds {
            0..90 => ("brief-seconds", seconds),
            90..5_400 => ("brief-minutes", (seconds + 30) / 60),
            5_400..259_200 => ("brief-hours", (seconds + 1_800) / 3_600),
            _ => ("span-days", (seconds + 43_200) / 86_400),
        };
        self.t_with(key, &[("n", n.into())])
    }

    /// `mars`; from 1.
    pub fn month_name(&self, month: i8) -> &'static str {
        let at = usize::try_from(month).unwrap_or_default().wrapping_sub(1);
        MONTHS.get(at).map_or("", |key| self.t(key))
    }

    fn weekday(&self, day: Date) -> &'static str {
        self.t(WEEKDAYS[day.weekday().to_monday_zero_offset() as usize])
    }

    fn short_day(&self, day: Date) -> String {
        let weekday = self.t(WEEKDAYS_SHORT[day.weekday().to_monday_zero_offset() as usize]);
        self.t_with("date-day", &[("weekday", weekday.into()), ("day", (&self.day_number(day)).into())])
    }

    /// French says "1er".
    fn day_number(&self, day: Date) -> String {
        match (self.lang(), day.day()) {
            (Lang::Fr, 1) => "1er".to_owned(),
            (_, n) => n.to_string(),
        }
    }
}

/// What the clock on the reader's wall says, and how far it is from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    time: DateTime,
    offset: Offset,
}

impl Local {
    pub fn date(self) -> Date {
        self.time.date()
    }

    /// `09:42`.
    pub fn clock(self) -> String {
        let mut text = String::with_capacity(5);
        digits(&mut text, "", self.time.hour().unsigned_abs());
        digits(&mut text, ":", self.time.minute().unsigned_abs());
        text
    }

    /// As a machine reads it: `2026-11-22T09:42:00+01:00`.
    pub fn machine(self) -> String {
        let Local { time, offset } = self;
        let minutes = offset.seconds().unsigned_abs() / 60;
        // By hand: fifty of them are in a page.
        let mut text = *b"0000-00-00T00:00:00+00:00";
        let numbers = [
            (0, (time.year() / 100).unsigned_abs() as u8),
            (2, (time.year() % 100).unsigned_abs() as u8),
            (5, time.month().unsigned_abs()),
            (8, time.day().unsigned_abs()),
            (11, time.hour().unsigned_abs()),
            (14, time.minute().unsigned_abs()),
            (17, time.second().unsigned_abs()),
            (20, (minutes / 60) as u8),
            (23, (minutes % 60) as u8),
        ];
        for (at, n) in numbers {
            text[at] += n / 10 % 10;
            text[at + 1] += n % 10;
        }
        if offset.is_negative() {
            text[19] = b'-';
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// A mark and two digits.
fn digits(text: &mut String, mark: &str, n: u8) {
    text.push_str(mark);
    text.push(char::from(b'0' + n / 10 % 10));
    text.push(char::from(b'0' + n % 10));
}

fn month(day: Date) -> usize {
    day.month() as usize - 1
}

fn year(day: Date) -> String {
    day.year().to_string()
}
