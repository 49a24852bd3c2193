use proptest::prelude::*;

use super::*;

const ME: &str = "claire.martin@msp.example";

/// A message from `from`, to me alone, judged by somebody who knows nobody.
fn judged(from: &str, subject: &str, header: &str) -> Verdict {
    judged_by(from, subject, header, &Known::default())
}

fn judged_by(from: &str, subject: &str, header: &str, known: &Known) -> Verdict {
    let from = Address { name: None, email: from.to_owned() };
    let to = [Address { name: None, email: ME.to_owned() }];
    let answers = header.contains("In-Reply-To");
    let header = header.as_bytes();
    judge(&Clues { header, from: Some(&from), to: &to, subject, answers, ..Clues::default() }, known)
}

fn with_file(name: &str, subtype: &str) -> Verdict {
    let files = vec![File { name, subtype }];
    let documents = Documents { report: false, files };
    let from = Address { name: None, email: PLAIN.to_owned() };
    let clues = Clues { documents, from: Some(&from), subject: "Soldes", ..Clues::default() };
    judge(&Clues { header: CAMPAIGN.as_bytes(), ..clues }, &Known::default())
}

/// Signs of how it was sent; beside [`SHOP`], which says what it is.
const CAMPAIGN: &str = "List-Unsubscribe: <https://x.example/u>\r\nFeedback-ID: 1:2:3:x\r\n";
const SHOP: &str = "offers@shop.example";
const PLAIN: &str = "hello@shop.example";

#[test]
fn advertising_takes_two_signs_that_do_not_follow_from_one_another() {
    let judge = |header: &str| judged(SHOP, "Sandals", header);
    assert_eq!(judge(CAMPAIGN).reasons, [Reason::Unsubscribe, Reason::FeedbackId, Reason::NewsletterAddress]);
    assert_eq!(judge(CAMPAIGN).lane, Lane::Advertising);
    assert_eq!(judge("Feedback-ID: 1:2:3:x\r\n").lane, Lane::Advertising);
    assert_eq!(judge(""), Verdict::new(Lane::People, vec![Reason::OneSign]));
    // All that a tool for sending to many brings along is one sign.
    for one in [
        "List-Unsubscribe: <https://x.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        "Feedback-ID: 1:2:3:x\r\nPrecedence: bulk\r\nReturn-Path: <bounce-1234567@mail.mcsv.net>\r\nX-Mailer: Mailchimp\r\n",
        CAMPAIGN,
    ] {
        let verdict = judged(PLAIN, "Sandals", one);
        assert_eq!(verdict, Verdict::new(Lane::People, vec![Reason::OneSign]), "{one}");
    }
    assert_eq!(judged(PLAIN, "Sandals", ""), Verdict::new(Lane::People, vec![Reason::Ordinary]));
}

#[test]
fn each_sign_of_a_campaign() {
    let sending = |header: &str| {
        let known = Known { addresses: &[ME.to_owned()], ..Known::default() };
        let verdict = judged_by(SHOP, "Summer", &format!("{header}\r\n"), &known);
        (verdict.lane == Lane::Advertising).then(|| verdict.reasons[0])
    };
    assert_eq!(sending("X-Mailer: Sarbacane 5"), Some(Reason::Tool("Sarbacane")));
    assert_eq!(sending("Return-Path: <x@aa.d.mailin.fr>"), Some(Reason::Tool("Brevo")));
    assert_eq!(sending("List-Id: x <1.2.list-id.mcsv.net>"), Some(Reason::Tool("Mailchimp")));
    assert_eq!(
        sending("Received: from mta1.exacttarget.com (mta1 [192.0.2.1]) by mx"),
        Some(Reason::Tool("Salesforce"))
    );
    assert_eq!(sending("Received: from notmcsv.net by mx.mcsv.net"), None);
    assert_eq!(sending("Precedence: bulk"), Some(Reason::Bulk));
    assert_eq!(
        sending("Precedence: bulk\r\nReturn-Path: <x@list.example>"),
        None,
        "a list's, not the author's"
    );
    assert_eq!(sending("Precedence: first-class"), None);
    assert_eq!(sending("Return-Path: <b+claire.martin=msp.example@m.shop.example>"), Some(Reason::OwnReturn));
    assert_eq!(sending("Return-Path: <bounce-1234567@shop.example>"), Some(Reason::OwnReturn));
    // Of a list, or a gateway: it says nothing of the author.
    assert_eq!(
        sending("Return-Path: <sentto-1234567-8-claire.martin=msp.example@returns.groups.example>"),
        None
    );
    // What forwarders and servers make of a person's address.
    assert_eq!(sending("Return-Path: <SRS0=Ab12=XY=x.example=a.b123456@f.example>"), None);
    assert_eq!(sending("Return-Path: <prvs=1234567890=offers@shop.example>"), None);
    assert_eq!(sending("Return-Path: <offers2024@shop.example>"), None);

    let saying = |from: &str, subject: &str| judged(from, subject, CAMPAIGN).lane == Lane::Advertising;
    assert!(saying("news.letter@shop.example", "x") && saying("a@promo.shop.example", "x"));
    assert!(!saying("a@news.example", "x") && !saying("andrew.newsome@shop.example", "x"));
    assert!(saying("ann@substack.com", "x") && !saying("ann@notsubstack.com", "x"));
    assert!(saying(PLAIN, "Soldes d'été") && saying(PLAIN, "Jusqu’à -50 % sur tout"));
    assert!(saying(PLAIN, "Découvrez la saison") && !saying(PLAIN, "À bientôt"));
    // What makes curious is weaker than what is under way; an offer is stronger.
    assert!(!saying(PLAIN, "Découvrez votre facture") && saying(PLAIN, "Soldes : votre facture en cadeau"));
    let one_click =
        CAMPAIGN.replace("Feedback", "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFeedback");
    assert!(judged(SHOP, "x", &one_click).reasons.contains(&Reason::OneClick));
}

#[test]
fn what_is_of_one_thing_is_not_put_behind() {
    let judge = |from: &str, subject: &str| judged(from, subject, CAMPAIGN).reasons;
    assert_eq!(judge("sinistres@assur.example", "Pris en charge"), [Reason::ServiceAddress]);
    assert_eq!(judge("x@billing.shop.example", "Merci"), [Reason::ServiceAddress]);
    assert_eq!(judge("no-reply@shop.example", "Merci"), [Reason::NoReply]);
    assert_eq!(judge(PLAIN, "Départ à 17:40"), [Reason::Reference]);
    for (from, subject) in
        [("bonjour@assur.example", "Soldes"), ("no-reply@news.shop.example", "x"), (SHOP, "14 h")]
    {
        assert_eq!(judged(from, subject, CAMPAIGN).lane, Lane::Advertising, "{from} {subject}");
    }
}

#[test]
fn a_warning_is_not_put_behind() {
    for subject in ["Urgent: stop using pump P3", "Rupture de stock du vaccin", "La réunion est reportée"] {
        assert_eq!(judged(SHOP, subject, CAMPAIGN).lane, Lane::Transaction, "{subject}");
    }
    assert_eq!(judged(SHOP, "Urgent : derniers jours des soldes", CAMPAIGN).lane, Lane::Advertising);
    assert_eq!(judged("a@x.nhs.uk", "Soldes", CAMPAIGN).reasons, [Reason::Authority]);
}

#[test]
fn any_sign_of_a_person_wins() {
    let own = ["msp.example".to_owned()];
    let known = [
        (Known { answers_ours: true, ..Known::default() }, SHOP, Reason::Answer),
        (Known { written_to: true, ..Known::default() }, SHOP, Reason::WrittenTo),
        (Known { domains: &own, ..Known::default() }, "x@it.msp.example", Reason::Own),
        (Known { trusted: &own, ..Known::default() }, "x@msp.example", Reason::Trusted),
    ];
    for (known, from, reason) in known {
        assert_eq!(judged_by(from, "Soldes", CAMPAIGN, &known), Verdict::new(Lane::People, vec![reason]));
    }
    let one = |from: &str, header: &str| judged(from, "Soldes", &format!("{CAMPAIGN}{header}"));
    assert_eq!(one("a@medecin.mssante.fr", "").reasons, [Reason::HealthNetwork]);
    assert_eq!(one("info@notmssante.fr", "").lane, Lane::Advertising);
    assert_eq!(one("a@sante.gouv.fr", "").reasons, [Reason::Authority]);
    assert_eq!(one(SHOP, "In-Reply-To: <x@y>\r\n").reasons, [Reason::Conversation]);
    assert_eq!(one(SHOP, "Disposition-Notification-To: a@b\r\n").reasons, [Reason::WantsReceipt]);
    assert_eq!(one(SHOP, "X-Mailer: iPhone Mail (21F90)\r\n").reasons, [Reason::MailProgram]);
}

#[test]
fn few_recipients_are_a_person_s_choice_and_many_are_not() {
    let from = Address { name: None, email: SHOP.to_owned() };
    for (n, lane) in [
        (0, Lane::Advertising),
        (1, Lane::Advertising),
        (2, Lane::People),
        (12, Lane::People),
        (13, Lane::Advertising),
    ] {
        let to: Vec<_> = (0..n).map(|n| Address { name: None, email: format!("{n}@x.example") }).collect();
        let header = CAMPAIGN.as_bytes();
        let clues = Clues { header, from: Some(&from), to: &to, ..Clues::default() };
        assert_eq!(judge(&clues, &Known::default()).lane, lane, "{n}");
    }
}

#[test]
fn the_reader_decides_but_documents_come_first() {
    let chosen = |lane| Known { choice: Some(lane), answers_ours: true, ..Known::default() };
    let verdict = judged_by(SHOP, "Re: x", "", &chosen(Lane::Advertising));
    assert_eq!(verdict, Verdict::new(Lane::Advertising, vec![Reason::Chosen]));
    assert_eq!(judged_by(SHOP, "Soldes", CAMPAIGN, &chosen(Lane::People)).lane, Lane::People);
    // A subject is written by anybody, a file for medical software is more.
    assert_eq!(judged_by(SHOP, "XDM/1.0/DDM", "", &chosen(Lane::Advertising)).lane, Lane::Advertising);
    assert_eq!(judged_by(SHOP, "XDM/1.0/DDM", "", &Known::default()).lane, Lane::Clinical);
    let files = vec![File { name: "IHE_XDM.zip", subtype: "zip" }];
    let clues = Clues { documents: Documents { files, ..Documents::default() }, ..Clues::default() };
    assert_eq!(judge(&clues, &chosen(Lane::Advertising)).lane, Lane::Clinical);
}

#[test]
fn reports_are_clinical_by_subject_and_document() {
    let report = |subject: &str, name: &str, header: &str| {
        let files = vec![File { name, subtype: "octet-stream" }];
        let documents = Documents { files, ..Documents::default() };
        judge(&Clues { subject, header: header.as_bytes(), documents, ..Clues::default() }, &Known::default())
            .lane
    };
    for subject in [
        "Résultats de M. D.",
        "CR passage urgences du 22/11",
        "Discharge summary - ward 7",
        "IRM DURAND Anne",
    ] {
        assert_eq!(report(subject, "a.PDF", ""), Lane::Clinical, "{subject}");
        assert_eq!(report(subject, "photo.jpg", ""), Lane::People, "{subject}");
        assert_ne!(report(subject, "a.pdf", CAMPAIGN), Lane::Clinical, "{subject}");
    }
    for subject in
        ["Planning de la semaine", "Message from scanner", "Q3 results", "Résultat de votre remboursement"]
    {
        assert_eq!(report(subject, "a.pdf", ""), Lane::People, "{subject}");
    }
}

#[test]
fn a_list_is_written_to_and_a_newsletter_is_read() {
    let header = "List-Unsubscribe: <https://groups.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
                  Feedback-ID: 1:2:3:x\r\nList-Id: Choir <choir.groups.example>\r\n";
    let address = |email: &str| Address { name: None, email: email.to_owned() };
    let from = address("hello@groups.example");
    for (to, lane) in [("choir@groups.example", Lane::List), ("doctor@x.example", Lane::Advertising)] {
        let to = [address(to)];
        let clues = Clues { header: header.as_bytes(), from: Some(&from), to: &to, ..Clues::default() };
        assert_eq!(judge(&clues, &Known::default()).lane, lane, "{to:?}");
    }
    // The page of an article is no address to write to.
    let post =
        |post: &str| judged("hello@press.example", "x", &format!("List-Post: <{post}>\r\n{header}")).lane;
    assert_eq!(post("mailto:choir@groups.example"), Lane::List);
    assert_eq!(post("https://a.press.example/p/1"), Lane::Advertising);
}

#[test]
fn a_newsletter_writes_of_money_and_still_must_warn() {
    let header = "List-Unsubscribe: <https://x.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
                  Feedback-ID: 1:2:3:x\r\n";
    let from = "newsletters@news.courier.example";
    assert_eq!(judged(from, "Invoices, payments: what changes", header).lane, Lane::Advertising);
    assert_eq!(judged(from, "Product recall: stop using it", header).lane, Lane::Transaction);
    assert_eq!(judged("desk@shop.example", "Your invoice", header).lane, Lane::Transaction);
}

#[test]
fn subscribers_leave_in_one_click_and_are_counted() {
    let one_click =
        "List-Unsubscribe: <https://x.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
    let counted = format!("{one_click}Feedback-ID: 1:2:3:x\r\n");
    let from = "hello@dozy.example";
    assert_eq!(
        judged(from, "A night like no other", &counted).reasons,
        [Reason::OneClick, Reason::FeedbackId]
    );
    assert_eq!(judged(from, "A night like no other", one_click).reasons, [Reason::OneSign]);
    // A friend writes to the circle by the same tool; a domain for sending to many is nobody's.
    assert_eq!(judged("karine@pairs.example", "Lundi soir chez moi", &counted).reasons, [Reason::OneSign]);
    let host = judged("karine@em.dozy.example", "A night like no other", one_click);
    assert_eq!(host.reasons, [Reason::OneClick, Reason::SendingHost]);
    assert_eq!(judged(from, "Your booking", &counted).lane, Lane::Transaction);
}

#[test]
fn what_may_be_for_one_reader_is_not_put_behind() {
    let header = "List-Unsubscribe: <https://x.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
                  Feedback-ID: 1:2:3:x\r\n";
    let lane = |from: &str, subject: &str| {
        let verdict = judged(from, subject, header);
        (verdict.lane, verdict.reasons[0])
    };
    let way = (Lane::Transaction, Reason::UnderWay);
    let behind = (Lane::Advertising, Reason::OneClick);
    for subject in
        ["Your tube leaked", "Votre destinataire l’a lu", "Please come fasting", "Nous n’avons rien trouvé"]
    {
        assert_eq!(lane(PLAIN, subject), way, "{subject}");
    }
    // It offers, it makes curious, or its address publishes.
    assert_eq!(lane(PLAIN, "Votre bon plan de la semaine"), behind);
    assert_eq!(lane(PLAIN, "Your free checklist"), behind);
    assert_eq!(lane("news@shop.example", "Your tube leaked"), behind);
    // An offer is one where somebody has something to offer.
    for from in [
        "tickets@hall.example",
        "ann@hall-mail.example",
        "ann@news.hall.example",
        "billetterie@salle.example",
    ] {
        assert_eq!(lane(from, "A free concert"), behind, "{from}");
    }
    assert_eq!(lane("ann@hall.example", "A free concert"), (Lane::People, Reason::OneSign));
    // A network tells of others to its reader.
    assert_eq!(lane("hello@linkedin.com", "You appeared in 4 lists"), behind);
    assert_eq!(lane("hello@linkedin.com", "We removed what you wrote"), way);
    // People who do something together.
    for circle in ["hello@choir-of-leeds.example", "bonjour@amicale-12.example", "info@parish.example"] {
        assert_eq!(lane(circle, "A free concert"), (Lane::People, Reason::Circle), "{circle}");
    }
    assert_eq!(lane("hello@news.choir.example", "A free concert"), behind);
    // Nobody sits where nobody reads.
    for nobody in ["no-reply@shop.example", "noreply@shop.example", "do.not.reply@shop.example"] {
        assert_eq!(lane(nobody, "Free for a week"), (Lane::Transaction, Reason::NoReply), "{nobody}");
    }
    // A newsletter of a parish is one; a provider of mail is no brand's mail.
    assert_eq!(lane("newsletter@parish.example", "Easter"), behind);
    assert_eq!(lane("jane@protonmail.example", "A free concert"), (Lane::People, Reason::OneSign));
}

#[test]
fn clinical_documents() {
    for name in
        ["IHE_XDM.zip", "ihe_xdm_2.ZIP", "1234.hpr", "R.HPM", "a.hprim", "hprim_1.txt", "x.hl7", "CDA_1.xml"]
    {
        assert_eq!(with_file(name, "").reasons, [Reason::ClinicalFile], "{name}");
    }
    assert_eq!(with_file("", "EDI-HL7").lane, Lane::Clinical);
    for name in ["photo.zip", "hprim.pdf.exe", "zip", "", "cda.pdf"] {
        assert_eq!(with_file(name, "zip").lane, Lane::Advertising, "{name}");
    }
    for subject in ["XDM/1.0/DDM+CR", "[HPRIM] Résultats", "hprim: résultats"] {
        assert_eq!(judged(SHOP, subject, CAMPAIGN).reasons, [Reason::ClinicalSubject], "{subject}");
    }
    assert_ne!(judged(SHOP, "HPRIMeur et Re: HPRIM", "").lane, Lane::Clinical);
}

#[test]
fn files_are_found_in_the_structure() {
    let file = |name: &str| Part {
        kind: "application".to_owned(),
        subtype: "zip".to_owned(),
        params: vec![("name".to_owned(), name.to_owned())],
        ..Part::default()
    };
    let multipart = |children| Part {
        kind: "multipart".to_owned(),
        subtype: "mixed".to_owned(),
        children,
        ..Part::default()
    };
    let root = multipart(vec![file("a.zip"), multipart(vec![file("IHE_XDM.zip")])]);
    let envelope = Envelope::default();
    let judged = |root: &Part| judge(&Clues::of(b"", &envelope, Some(root)), &Known::default()).lane;
    assert_eq!(judged(&root), Lane::Clinical);
    // Of a message that is forwarded whole, the files are its own.
    let forwarded = Part {
        kind: "message".to_owned(),
        subtype: "rfc822".to_owned(),
        children: vec![root],
        ..Part::default()
    };
    assert_eq!(judged(&multipart(vec![forwarded])), Lane::People);
    let report = Part { subtype: "report".to_owned(), ..multipart(vec![]) };
    assert_eq!(judged(&report), Lane::Notice);
}

#[test]
fn notices() {
    assert_eq!(judged("MAILER-DAEMON@x", "x", "").reasons, [Reason::Report]);
    assert_eq!(
        judged(SHOP, "x", "Auto-Submitted: auto-replied (vacation)\r\n").reasons,
        [Reason::AutomaticReply]
    );
    assert_eq!(judged(SHOP, "x", "Return-Path: <>\r\nReferences: <a@b>\r\n").lane, Lane::Notice);
    assert_eq!(judged(SHOP, "x", "Return-Path: <>\r\n").lane, Lane::People);
    let answers = Known { answers_ours: true, ..Known::default() };
    assert_eq!(judged_by(SHOP, "x", "Auto-Submitted: auto-replied\r\n", &answers).lane, Lane::Notice);
}

#[test]
fn lists_are_those_one_can_write_to() {
    let post = |value: &str| judged(SHOP, "x", &format!("{CAMPAIGN}List-Post: {value}\r\n")).lane;
    assert_eq!(post("<mailto:l@x.example>"), Lane::List);
    assert_eq!(post("NO (announcements)"), Lane::Advertising);
    assert_eq!(post(""), Lane::Advertising);
    let group =
        format!("List-Unsubscribe: <mailto:{}>\r\nPrecedence: bulk\r\n", ME.replace('@', "-unsubscribe@"));
    assert_eq!(judged(SHOP, "x", &group).reasons, [Reason::ListAddress]);
    // Who I wrote to is a person on a list, too.
    let known = Known { written_to: true, ..Known::default() };
    assert_eq!(judged_by(SHOP, "x", "List-Post: <mailto:l@x>\r\n", &known).lane, Lane::People);
}

#[test]
fn what_is_under_way_is_not_advertising() {
    for (subject, reason) in [
        ("482913 est votre code de connexion", Reason::Code),
        ("Votre commande 12 a été expédiée", Reason::Order),
        ("Your invoice for May", Reason::Money),
        ("Rappel : rendez-vous demain", Reason::Appointment),
        ("Evolution de nos conditions générales", Reason::Account),
        ("Jean vous a envoyé un message", Reason::Site),
    ] {
        assert_eq!(
            judged(SHOP, subject, CAMPAIGN),
            Verdict::new(Lane::Transaction, vec![reason]),
            "{subject}"
        );
        // A person's words are a person's.
        assert_eq!(judged(PLAIN, subject, "").lane, Lane::People, "{subject}");
    }
    assert_eq!(judged(SHOP, "Soldes : -20 % sur votre commande", CAMPAIGN).lane, Lane::Advertising);
    assert_eq!(judged("no-reply@x.example", "x", "").reasons, [Reason::NoReply]);
    let automatic = "Auto-Submitted: auto-generated\r\n";
    assert_eq!(
        judged(SHOP, "x", &format!("{automatic}Feedback-ID: x\r\nPrecedence: bulk\r\n")).reasons,
        [Reason::Automatic]
    );
    assert_eq!(
        judged(SHOP, "x", &format!("{automatic}{CAMPAIGN}")).lane,
        Lane::Advertising,
        "it has subscribers"
    );
    // A program of one's own house.
    let own = ["shop.example".to_owned()];
    let known = Known { domains: &own, ..Known::default() };
    assert_eq!(judged_by(SHOP, "x", automatic, &known).lane, Lane::Transaction);
}

#[test]
fn every_lane_and_reason_has_its_words() {
    let reasons = [
        Reason::Chosen,
        Reason::ClinicalFile,
        Reason::ClinicalSubject,
        Reason::ClinicalReport,
        Reason::Answer,
        Reason::WrittenTo,
        Reason::Own,
        Reason::Trusted,
        Reason::HealthNetwork,
        Reason::Authority,
        Reason::FewRecipients,
        Reason::Conversation,
        Reason::WantsReceipt,
        Reason::MailProgram,
        Reason::Ordinary,
        Reason::OneSign,
        Reason::Report,
        Reason::AutomaticReply,
        Reason::ListPost,
        Reason::ListAddress,
        Reason::OneClick,
        Reason::Unsubscribe,
        Reason::Tool("x"),
        Reason::FeedbackId,
        Reason::Bulk,
        Reason::OwnReturn,
        Reason::NewsletterAddress,
        Reason::SendingHost,
        Reason::OfferSubject,
        Reason::Automatic,
        Reason::NoReply,
        Reason::Code,
        Reason::Order,
        Reason::Money,
        Reason::Appointment,
        Reason::Account,
        Reason::Site,
        Reason::ServiceAddress,
        Reason::Reference,
        Reason::Warning,
        Reason::Circle,
        Reason::UnderWay,
    ];
    let words = include_str!("../../../locale/en.ftl");
    let keys: Vec<&str> = reasons.iter().map(Reason::key).chain(Lane::ALL.map(Lane::key)).collect();
    for key in &keys {
        assert!(words.contains(&format!("\n{key} = ")), "{key}");
    }
    let all = words.lines().filter(|line| line.starts_with("lane-")).count();
    assert_eq!(keys.len(), all, "one key each");
}

#[test]
fn a_header_without_end_is_read_to_its_bound() {
    let mut header = "Received: from x by y\r\n".repeat(100_000);
    header.push_str(CAMPAIGN);
    assert_eq!(judged(SHOP, "x", &header).lane, Lane::People);
    let long = format!("List-Unsubscribe: <{}>\r\n{CAMPAIGN}", "é".repeat(3_000));
    assert_eq!(judged(SHOP, &"soldes ".repeat(100_000), &long).lane, Lane::Advertising);
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(
        header in prop::collection::vec(any::<u8>(), 0..400),
        name in prop::sample::select(vec![
            "List-Unsubscribe", "Return-Path", "Received", "List-Id", "Feedback-ID", "Precedence", "X-Mailer", "List-Post",
        ]),
        value in "\\PC{0,60}",
        email in "\\PC{0,40}",
        subject in "\\PC{0,60}",
        file in "\\PC{0,30}",
    ) {
        let mut block = format!("{name}: {value}\r\n").into_bytes();
        block.extend(header);
        let from = Address { name: Some(subject.clone()), email };
        let addresses = [value.clone()];
        let documents = Documents { report: false, files: vec![File { name: &file, subtype: &value }] };
        let to = [from.clone()];
        let clues = Clues {
            is_routed: false,
            header: &block, from: Some(&from), to: &to, cc: &to, subject: &subject, answers: false, message_id: &value, documents,
        };
        let known = Known { addresses: &addresses, domains: &addresses, trusted: &addresses, ..Known::default() };
        prop_assert!(!judge(&clues, &known).reasons.is_empty());
        let verdict = judge(&clues, &Known { written_to: true, ..known });
        prop_assert!(verdict.lane != Lane::Advertising);
    }

    #[test]
    fn any_text_can_be_searched(text in "\\PC{0,80}") {
        let folded = Folded::of(&text);
        let _ = (folded.has(&words::OFFERS), folded.has_rebate(), folded.has_reference());
    }
}
