//! Messages that somebody labelled, and how the rules do on them.

use std::{fmt::Write as _, fs, path::Path};

use relais::message::{
    Envelope,
    lane::{Clues, File, Known, Lane, Verdict, judge},
    whole::{self, Whole},
};

/// Who reads the shapes, and those of the last sets.
pub const READER: &str = "claire.martin@msp-tilleuls.example";
const READERS: [(&str, &str); 22] = [
    ("blind/fr.txt", "helene.vasseur@cabinet-ormeaux.example"),
    ("blind/en.txt", "tom.okafor@larkfield-surgery.example"),
    ("apart/fr.txt", "sophie.delacroix@sagesfemmes-croixrousse.example"),
    ("apart/en.txt", "aoife.brennan@quaysidemedical.example"),
    ("last/fr.txt", "julien.mercier@cabinet-dentaire-erdre.example"),
    ("last/en.txt", "priya.nair@oakwoodmedical.example"),
    ("spring/fr.txt", "karim.benali@rhumato-canal.example"),
    ("spring/en.txt", "hannah.lindgren@harboursidechildren.example"),
    ("summer/fr.txt", "nadege.carpentier@kine-duport.example"),
    ("summer/en.txt", "callum.reid@glenfearnpractice.example"),
    ("autumn/fr.txt", "bertrand.lavigne@pharmacie-des-dores.example"),
    ("autumn/en.txt", "niamh.gallagher@lagansideskin.example"),
    ("winter/fr.txt", "solene.marchand@idel-loire.example"),
    ("winter/en.txt", "oliver.strand@tamarvets.example"),
    ("easter/fr.txt", "fabrice.leclerc@ehpad-lys.example"),
    ("easter/en.txt", "grace.mbeki@airecommunitynursing.example"),
    ("ascension/fr.txt", "camille.roussel@msp-hautdoubs.example"),
    ("ascension/en.txt", "joanne.pickering@irwelleyeclinic.example"),
    ("june/fr.txt", "elise.guegan@orthoptie-vilaine.example"),
    ("june/en.txt", "martin.thorne@wensumsurgery.example"),
    ("july/fr.txt", "antoine.lasserre@ch-gaves.example"),
    ("july/en.txt", "orlaith.keane@leesidespeech.example"),
];

/// Rules are tuned on one half of the messages, and judged on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    Tuning,
    Apart,
}

impl Half {
    pub const BOTH: [Half; 2] = [Half::Tuning, Half::Apart];

    /// FNV-1a, whose upper half is mixed well.
    fn of(name: &str) -> Half {
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
            (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
        });
        if hash >> 32 & 1 == 0 { Half::Tuning } else { Half::Apart }
    }
}

pub struct Labelled {
    pub name: String,
    pub half: Half,
    pub label: Lane,
    pub verdict: Verdict,
}

fn lane(word: &str) -> Option<Lane> {
    Lane::ALL.into_iter().find(|lane| lane.key() == format!("lane-{word}"))
}

fn root(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The shapes written by hand.
pub fn shapes() -> Vec<Labelled> {
    written("tests/lanes/shapes", Half::of)
}

/// Each was judged once, before a rule was made of what it shows; of the last two none was. Who wrote and labelled all but the
/// first three had not seen the rules.
pub const FRESH: [&str; 15] = [
    "fresh",
    "second",
    "third",
    "natural",
    "blind",
    "apart",
    "last",
    "spring",
    "summer",
    "autumn",
    "winter",
    "easter",
    "ascension",
    "june",
    "july",
];

pub fn fresh(name: &str) -> Vec<Labelled> {
    let mut all = written(&format!("tests/lanes/{name}"), |_| Half::Apart);
    all.iter_mut().for_each(|shape| shape.name.insert_str(0, &format!("{name}/")));
    all
}

fn written(folder: &str, half: impl Fn(&str) -> Half) -> Vec<Labelled> {
    let mut all = Vec::new();
    for file in ["fr.txt", "en.txt"] {
        let text = fs::read_to_string(root(folder).join(file)).expect("the shapes");
        for (n, block) in text.split("\n== ").enumerate().skip(1) {
            let (title, header) = block.split_once('\n').expect("a title and a header");
            let (label, name) = title.split_once(": ").expect("lane: what it is");
            let label = lane(label).unwrap_or_else(|| panic!("{file}: no lane {label}"));
            let reader = READERS.iter().find(|(of, _)| format!("{folder}/{file}").ends_with(of));
            let verdict = judge_shape(header, reader.map_or(READER, |(_, reader)| reader));
            all.push(Labelled { name: format!("{file} {n}: {name}"), half: half(title), label, verdict });
        }
    }
    all
}

/// Nothing but a sender and a subject, all sent alike, and hard on purpose: half of them are of something under way.
pub fn subjects() -> Vec<Labelled> {
    const SENT: &str = "Feedback-ID: 1:2:3:x\nList-Unsubscribe: <https://x.example/u>\n\
                        List-Unsubscribe-Post: List-Unsubscribe=One-Click\n";
    let mut all = Vec::new();
    for file in ["fr.tsv", "en.tsv"] {
        let text = fs::read_to_string(root("tests/lanes/subjects").join(file)).expect("the subjects");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let [label, from, subject] = line.splitn(3, '\t').collect::<Vec<_>>()[..] else {
                panic!("{file}: {line}")
            };
            let label = lane(label).unwrap_or_else(|| panic!("{file}: no lane {label}"));
            let verdict = judge_shape(&format!("From: {from}\nSubject: {subject}\n{SENT}"), READER);
            all.push(Labelled {
                name: format!("subjects/{file}: {from} {subject}"),
                half: Half::Tuning,
                label,
                verdict,
            });
        }
    }
    all
}

fn judge_shape(header: &str, reader: &str) -> Verdict {
    let fields = whole::fields(header.as_bytes());
    let value = |name: &str| {
        let field = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
        field.map_or("", |field| std::str::from_utf8(field.value).expect("UTF-8"))
    };
    let mut envelope = whole::envelope(&fields);
    if envelope.to.is_empty() {
        envelope.to = whole::envelope(&whole::fields(format!("To: {reader}").as_bytes())).to;
    }
    let mut clues = Clues::of(header.as_bytes(), &envelope, None);
    clues.documents.report = value("Content-Type").starts_with("multipart/report");
    let files = value("Files").split(", ").filter(|name| !name.is_empty());
    clues.documents.files = files.map(|name| File { name, subtype: "" }).collect();
    let own = |text: &str| vec![text.to_owned()];
    let (addresses, domains) = (own(reader), own(reader.rsplit_once('@').expect("an address").1));
    let trusted = ["chu-nord.example".to_owned(), "labo-bioval.example".to_owned()];
    let known = Known {
        addresses: &addresses,
        domains: &domains,
        trusted: &trusted,
        written_to: value("Known").contains("written"),
        answers_ours: value("Known").contains("answers"),
        choice: None,
    };
    judge(&clues, &known)
}

/// The ham sets of the SpamAssassin corpus in this folder; nothing is known of their reader.
pub fn corpus(folder: &Path) -> std::io::Result<Vec<Labelled>> {
    let senders = fs::read_to_string(root("tests/lanes/corpus.txt"))?;
    let senders: Vec<&str> = senders.lines().filter(|line| !line.starts_with('#')).collect();
    let mut all = Vec::new();
    for set in ["easy-ham-1", "easy-ham-2", "hard-ham-1"] {
        let mut files: Vec<_> = fs::read_dir(folder.join(set))?.collect::<Result<_, _>>()?;
        files.sort_by_key(|file| file.file_name());
        for file in files {
            let name = file.file_name().to_string_lossy().into_owned();
            if !name.ends_with(".txt") {
                continue;
            }
            let raw = fs::read(file.path())?;
            let message = Whole::parse(&raw);
            let end = [&b"\n\n"[..], b"\r\n\r\n"].iter().filter_map(|gap| find(&raw, gap)).min();
            let header = &raw[..end.unwrap_or(raw.len())];
            let clues = Clues::of(header, &message.envelope, Some(&message.root));
            let label =
                if advertises(&message.envelope, &senders) { Lane::Advertising } else { Lane::People };
            let verdict = judge(&clues, &Known::default());
            all.push(Labelled { half: Half::of(&name), name: format!("{set}/{name}"), label, verdict });
        }
    }
    Ok(all)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn advertises(envelope: &Envelope, senders: &[&str]) -> bool {
    let email = envelope.from.first().map(|from| from.email.to_lowercase()).unwrap_or_default();
    senders.iter().any(|sender| {
        let before = email.strip_suffix(sender);
        before.is_some_and(|before| before.is_empty() || before.ends_with(['@', '.']))
    })
}

/// What is put behind, against what should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Demotion {
    pub right: usize,
    pub wrong: usize,
    pub missed: usize,
}

impl Demotion {
    pub fn of<'a>(messages: impl IntoIterator<Item = &'a Labelled>) -> Demotion {
        let mut demotion = Demotion::default();
        for message in messages {
            match (message.label == Lane::Advertising, message.verdict.lane == Lane::Advertising) {
                (true, true) => demotion.right += 1,
                (false, true) => demotion.wrong += 1,
                (true, false) => demotion.missed += 1,
                (false, false) => {}
            }
        }
        demotion
    }

    /// Of what was put behind, how much belongs there: percent.
    pub fn precision(&self) -> f64 {
        percent(self.right, self.right + self.wrong)
    }

    /// Of what belongs behind, how much was put there.
    pub fn recall(&self) -> f64 {
        percent(self.right, self.right + self.missed)
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 100.0 } else { part as f64 * 100.0 / whole as f64 }
}

/// The confusion table, as the documents have it: a line for each label, a column for each verdict.
pub fn table(messages: &[&Labelled]) -> String {
    let mut out = String::from("| labelled \\ judged |");
    let name = |lane: Lane| lane.key().trim_start_matches("lane-").to_owned();
    for lane in Lane::ALL {
        write!(out, " {} |", name(lane)).unwrap();
    }
    out.push_str("\n|---|---|---|---|---|---|---|\n");
    for label in Lane::ALL {
        let of: Vec<_> = messages.iter().filter(|message| message.label == label).collect();
        if of.is_empty() {
            continue;
        }
        write!(out, "| {} |", name(label)).unwrap();
        for lane in Lane::ALL {
            let n = of.iter().filter(|message| message.verdict.lane == lane).count();
            write!(out, " {n} |").unwrap();
        }
        out.push('\n');
    }
    let demotion = Demotion::of(messages.iter().copied());
    let Demotion { right, wrong, missed } = demotion;
    let (precision, recall) = (demotion.precision(), demotion.recall());
    writeln!(
        out,
        "\nPut behind rightly {right}, wrongly {wrong}, missed {missed}: precision {precision:.1} %, recall {recall:.1} %."
    )
    .unwrap();
    out
}
