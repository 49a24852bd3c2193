//! The kinds of message that are no conversation: one function each.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::{Draft, Writer, escape};
use crate::seed::{
    documents::{self, PHOTOS},
    header_date,
    mime::Part,
    words::{MACHINES, NEWS, PATIENTS, PEOPLE, SENTENCES_EN, SENTENCES_FR},
};

impl Writer {
    /// A clinician's letter, as PDF.
    pub(super) fn letter(&mut self) -> Draft {
        let from = *self.random.pick(PEOPLE);
        let patient = *self.random.pick(PATIENTS);
        let text = format!(
            "Cher confrère, chère consœur,\n\nVeuillez trouver ci-joint le courrier concernant {patient}.\n\nBien confraternellement,\n{}\n",
            from.0
        );
        let lines = [
            "Madame, Monsieur et cher confrère,",
            "J'ai vu ce jour votre patient(e) en consultation de suivi.",
            "L'état général est conservé, l'auscultation est normale.",
            "Je propose de poursuivre le traitement et de le revoir dans 6 mois.",
            from.0,
        ];
        let file = documents::pdf(&format!("Compte rendu - {patient}"), &lines);
        let name = format!("Courrier {patient}.pdf");
        let body = self
            .mixed(vec![Part::text("plain", &text, "utf-8"), Part::file("application/pdf", &name, &file)]);
        self.draft(from, &format!("Courrier de consultation – {patient}"), String::new(), body, true)
    }

    pub(super) fn results(&mut self) -> Draft {
        let patient = *self.random.pick(PATIENTS);
        let values: Vec<String> = [
            ("Hémoglobine", 120, 40, "g/L"),
            ("Leucocytes", 4, 7, "G/L"),
            ("Créatinine", 55, 60, "µmol/L"),
            ("CRP", 1, 90, "mg/L"),
        ]
        .map(|(name, from, range, unit)| format!("{name:<14}{:>6} {unit}", from + self.random.below(range)))
        .into();
        let text = format!(
            "Résultats d'analyses de {patient}\n\n{}\n\nValidé par le biologiste. Ne pas répondre à ce message.\n",
            values.join("\n")
        );
        let lines: Vec<&str> = values.iter().map(String::as_str).collect();
        let file = documents::pdf(&format!("Laboratoire - {patient}"), &lines);
        let body = self.mixed(vec![
            Part::text("plain", &text, "iso-8859-1"),
            Part::file("application/pdf", "resultats.pdf", &file),
        ]);
        self.draft(
            ("Laboratoire des Halles", "resultats@labo-halles.example"),
            &format!("Résultats : {patient}"),
            String::new(),
            body,
            false,
        )
    }

    /// A document exchange between health programs: the subject is for machines.
    pub(super) fn exchange(&mut self) -> Draft {
        let patient = *self.random.pick(PATIENTS);
        let from = *self.random.pick(PEOPLE);
        let document = documents::pdf(
            "Compte rendu d'imagerie",
            &[patient, "Scanner thoracique sans injection.", "Pas d'anomalie décelable."],
        );
        let archive = documents::xdm(patient, &document);
        let text = format!(
            "Ce message contient un document de santé pour {patient}.\nOuvrez-le avec votre logiciel métier.\n"
        );
        let parts = vec![
            Part::text("plain", &text, "utf-8"),
            Part::file("application/zip", "IHE_XDM.ZIP", &archive),
            Part::file("application/pdf", "CR-imagerie.pdf", &document),
        ];
        let body = self.mixed(parts);
        self.draft(
            from,
            &format!("XDM/1.0/DDM+Compte rendu d’imagerie {patient}"),
            String::new(),
            body,
            false,
        )
    }

    pub(super) fn photos(&mut self) -> Draft {
        let from = *self.random.pick(PEOPLE);
        let french = self.random.chance(60);
        let text = self.letter_text(french, from.0);
        let mut parts = vec![Part::text("plain", &text, "utf-8")];
        for number in 0..=self.random.below(4) {
            let name = format!("IMG_{:04}.jpg", 1000 + self.random.below(8000));
            parts.push(Part::file("image/jpeg", &name, PHOTOS[number % PHOTOS.len()]));
        }
        if self.random.chance(30) {
            let colour = (200, 90 + u8::try_from(self.random.below(90)).unwrap_or(0), 60);
            parts.push(Part::file("image/png", "Capture d’écran.png", &documents::png(48, colour)));
        }
        let body = self.mixed(parts);
        self.draft(
            from,
            if french { "Photos du week-end 📷" } else { "Pictures from Sunday" },
            String::new(),
            body,
            true,
        )
    }

    pub(super) fn newsletter(&mut self) -> Draft {
        let from = *self.random.pick(NEWS);
        let domain = from.1.rsplit('@').next().unwrap_or_default();
        let (title, sentences) = if self.random.chance(70) {
            (
                *self.random.pick(&[
                    "Les bonnes idées de la semaine",
                    "Jusqu’à −30 % ce week-end",
                    "Ce qui a changé ce mois-ci",
                    "🌱 Semis d’hiver : le guide",
                ]),
                SENTENCES_FR,
            )
        } else {
            (
                *self.random.pick(&[
                    "This week in five links",
                    "Last days of the winter sale",
                    "What we built in November",
                ]),
                SENTENCES_EN,
            )
        };
        let mut items = String::new();
        let mut text = format!("{title}\n\n");
        for item in 0..4 + self.random.below(8) {
            let sentence = *self.random.pick(sentences);
            let _ = writeln!(
                items,
                "<tr><td style=\"padding:12px 24px;border-bottom:1px solid #eeeeee\"><h2 style=\"font-size:18px;margin:0 0 6px;color:#1f4e5f\">{}</h2><p style=\"margin:0;line-height:1.5\">{sentence}</p><p><a href=\"https://{domain}/a/{item}?utm_source=nl&amp;u=4711\" style=\"color:#b3541e\">Lire la suite</a></p></td></tr>",
                escape(title)
            );
            let _ = write!(text, "* {sentence}\n  https://{domain}/a/{item}\n\n");
        }
        let number = self.number;
        let html = format!(
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><style>body{{margin:0}} .pre{{display:none}} @media (max-width:600px){{table{{width:100%!important}}}}</style></head><body bgcolor=\"#f4f1ea\"><div class=\"pre\" style=\"display:none\">{}</div><table role=\"presentation\" width=\"600\" align=\"center\" cellpadding=\"0\" cellspacing=\"0\" bgcolor=\"#ffffff\" style=\"font-family:Georgia,serif;color:#333333\"><tr><td align=\"center\" style=\"padding:24px\"><img src=\"https://{domain}/img/logo.png\" width=\"160\" height=\"48\" alt=\"{}\"></td></tr>\n{items}<tr><td style=\"padding:24px;font-size:12px;color:#777777\">{domain} · <a href=\"https://{domain}/desabonnement?u=4711\">Se désabonner</a><img src=\"https://{domain}/o.gif?m={number}\" width=\"1\" height=\"1\" alt=\"\"></td></tr></table></body></html>\n",
            escape(sentences[0]),
            escape(from.0)
        );
        let _ = writeln!(text, "-- \nhttps://{domain}/desabonnement?u=4711");
        let boundary = self.boundary();
        let body = Part::multi(
            "alternative",
            &boundary,
            &[Part::text("plain", &text, "utf-8"), Part::text("html", &html, "utf-8")],
        );
        let more = format!(
            "List-Unsubscribe: <https://{domain}/desabonnement?u=4711>, <mailto:stop@{domain}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-ID: <nl.{domain}>\r\nPrecedence: bulk\r\n"
        );
        self.draft(from, title, more, body, false)
    }

    /// What a bank, a railway or a diary sends: HTML with an inline image.
    pub(super) fn notice(&mut self, arrived: Timestamp) -> Draft {
        let from = *self.random.pick(MACHINES);
        let reference = format!("{:08X}", self.random.bits() >> 32);
        let subject = match from.0 {
            "Rail & Co" => format!("Votre billet {reference}"),
            "Parcel Service" => format!("Your parcel {reference} is on its way"),
            "Agenda Santé" => "Rappel : rendez-vous demain à 9 h 15".into(),
            "Backup monitor" => format!("[backup] job {reference} finished: OK"),
            _ => "Nouveau relevé disponible".into(),
        };
        let text =
            format!("{subject}\n\nRéférence / reference: {reference}\nDate: {}\n", header_date(arrived));
        let html = format!(
            "<html><body style=\"font-family:Arial,sans-serif\"><p><img src=\"cid:logo{}@lab\" alt=\"logo\" width=\"64\" height=\"64\"></p><h1 style=\"font-size:20px\">{}</h1><p>Référence : <b>{reference}</b></p></body></html>\n",
            self.number,
            escape(&subject)
        );
        let logo = documents::png(64, (40, 110, 160));
        let (outer, inner) = (self.boundary(), self.boundary());
        let related = Part::multi(
            "related; type=\"text/html\"",
            &inner,
            &[
                Part::text("html", &html, "utf-8"),
                Part::inline("image/png", "logo.png", &format!("logo{}@lab", self.number), &logo),
            ],
        );
        let body = Part::multi("alternative", &outer, &[Part::text("plain", &text, "utf-8"), related]);
        self.draft(from, &subject, "Auto-Submitted: auto-generated\r\n".into(), body, false)
    }

    pub(super) fn forwarded(&mut self, arrived: Timestamp) -> Draft {
        let from = *self.random.pick(PEOPLE);
        let mut inner = self.letter();
        if self.random.chance(40) {
            inner = self.newsletter();
        }
        let before = arrived.saturating_sub(SignedDuration::from_hours(20)).unwrap_or(arrived);
        let subject = inner.subject.clone();
        let headers = self.way(&inner, before);
        let raw = inner.body.message_with(&headers);
        let text = "Pour information, voir ci-dessous.\n";
        let body = self.mixed(vec![Part::text("plain", text, "utf-8"), Part::message(&raw)]);
        let mut draft = self.draft(from, "", String::new(), body, true);
        draft.subject = format!("Fwd: {subject}");
        draft
    }

    pub(super) fn invitation(&mut self, arrived: Timestamp) -> Draft {
        let from = *self.random.pick(PEOPLE);
        let start = arrived.saturating_add(SignedDuration::from_hours(72)).unwrap_or(arrived);
        let stamp = |time: Timestamp| time.strftime("%Y%m%dT%H%M%SZ").to_string();
        let end = start.saturating_add(SignedDuration::from_hours(1)).unwrap_or(start);
        let calendar = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//lab//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:{}@lab\r\nDTSTAMP:{}\r\nDTSTART:{}\r\nDTEND:{}\r\nSUMMARY:Réunion d’équipe\r\nLOCATION:Salle 2\r\nORGANIZER:mailto:{}\r\nATTENDEE;RSVP=TRUE:mailto:alice@example.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            self.number,
            stamp(arrived),
            stamp(start),
            stamp(end),
            from.1
        );
        let boundary = self.boundary();
        let body = Part::multi(
            "alternative",
            &boundary,
            &[
                Part::text("plain", "Réunion d’équipe, salle 2. Merci de confirmer.\n", "utf-8"),
                Part::text("calendar; method=REQUEST", &calendar, "utf-8"),
            ],
        );
        self.draft(from, "Invitation : réunion d’équipe", String::new(), body, false)
    }

    /// A long plain report of a machine, and a mailing list's prefix.
    pub(super) fn report(&mut self) -> Draft {
        let mut text = String::from("Filesystem      Size  Used Avail Use%\n");
        for row in 0..60 + self.random.below(200) {
            let used = self.random.below(100);
            let _ = writeln!(text, "/srv/volume{row:<4}  100G  {used:>3}G  {:>3}G {used:>3}%", 100 - used);
        }
        let more = "List-Id: Exploitation <exploitation.ops.example>\r\nList-Post: <mailto:exploitation@ops.example>\r\nPrecedence: list\r\n".to_owned();
        self.draft(
            ("Backup monitor", "backup@ops.example"),
            "[exploitation] nightly volume report",
            more,
            Part::text("plain", &text, "utf-8"),
            false,
        )
    }
}
