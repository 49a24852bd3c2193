//! The views, without a server: what each says in both languages, and that every word of it is in the files.

mod acts;
mod fixtures;
mod managing;
mod outbox;
mod way;

use std::collections::BTreeSet;

use fixtures::{Fixtures, at, now, paris};
use relais::{
    locale::{Lang, Tr},
    web::{
        list::view::{ListView, Row},
        page::initials,
        problem::{Kind, Problem},
        *,
    },
};
use scraper::{ElementRef, Html, Node, Selector};

fn all(html: &Html, css: &str) -> usize {
    html.select(&Selector::parse(css).expect("a selector")).count()
}

fn first<'a>(html: &'a Html, css: &str) -> ElementRef<'a> {
    html.select(&Selector::parse(css).expect("a selector")).next().unwrap_or_else(|| panic!("no {css}"))
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One element a line, and asset names without their digests: a change of style is no change of the page.
fn readable(page: &str) -> String {
    let mut out = String::new();
    for piece in page.split_inclusive('>') {
        out.push_str(piece);
        if !piece.starts_with("</") || piece.ends_with("</li>") || piece.ends_with("</p>") {
            out.push('\n');
        }
    }
    let mut parts = out.split("/static/");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut dots = part.splitn(3, '.');
        let (name, _digest, rest) = (dots.next(), dots.next(), dots.next());
        clean.push_str(&format!("/static/{}.{}", name.unwrap_or_default(), rest.unwrap_or_default()));
    }
    clean
}

#[test]
fn the_key_pages_look_as_agreed() {
    let key = [
        "login",
        "login-refused",
        "list",
        "list-empty",
        "list-select",
        "list-told",
        "list-sorted",
        "list-priority",
        "senders",
        "senders-none",
        "list-commercial",
        "sort",
        "sort-too-many",
        "act-choose",
        "act-sure",
        "act-sure-all",
        "act-none",
        "act-refused",
        "list-troubled",
        "folders",
        "message",
        "message-acknowledged",
        "message-receipt",
        "way-late",
        "way-moved",
        "message-doubtful",
        "thread",
        "thread-alone",
        "headers",
        "save",
        "manage",
        "manage-trash",
        "manage-deleting",
        "status",
        "status-quiet",
        "status-busy",
        "status-trouble",
        "status-own",
        "privacy",
        "accessibility",
        "stale",
        "compose",
        "compose-empty",
        "compose-refused",
        "compose-people",
        "compose-doubtful",
        "compose-resumed",
        "login-letter",
        "login-closes",
        "login-after",
        "door-before",
        "door-away",
        "door-suivi",
        "door-letter",
        "door-over",
        "outbox-after",
        "outbox-refused-after",
        "search",
        "search-doubtful",
        "missed-choose",
        "missed",
        "settings",
        "sessions",
        "sessions-alone",
        "outbox",
        "outbox-calm",
        "outbox-empty",
        "outbox-refused",
        "outbox-accepted",
        "outbox-uncertain",
        "outbox-followed",
        "outbox-again",
    ];
    for lang in Lang::ALL {
        for (name, page) in Fixtures::new(lang).all() {
            if key.contains(&name.as_str()) {
                insta::assert_snapshot!(format!("{name}@{}", lang.code()), readable(&page.into_string()));
            }
        }
    }
}

#[test]
fn the_problems_read_as_agreed() {
    for lang in Lang::ALL {
        let fixtures = Fixtures::new(lang);
        let words: Vec<String> = fixtures
            .problems()
            .iter()
            .map(|p| {
                let tr = &fixtures.tr;
                format!(
                    "{} {}\n  {}\n  {}\n  {}",
                    p.status(),
                    p.title(tr),
                    p.what(tr),
                    p.still(tr),
                    p.todo(tr)
                )
            })
            .collect();
        insta::assert_snapshot!(format!("problems@{}", lang.code()), words.join("\n"));
    }
}

/// Every page in words between ⟦ and ⟧, with data of δ: what is left must not have a letter.
#[test]
fn no_text_strays_outside_the_files() {
    let fixtures = Fixtures { tr: Tr::pseudo(paris(), now()), french: true, masked: true };
    let mut stray = BTreeSet::new();
    for (name, page) in fixtures.all() {
        let html = Html::parse_document(&page.into_string());
        for node in html.tree.nodes() {
            match node.value() {
                Node::Text(text) => {
                    let of = node.parent().and_then(|p| p.value().as_element().map(|e| e.name().to_owned()));
                    if !matches!(of.as_deref(), Some("script" | "style" | "kbd" | "code")) {
                        stray.extend(outside(text).map(|t| format!("{name}: {t}")));
                    }
                }
                Node::Element(element) => {
                    for attribute in ["aria-label", "title", "alt", "placeholder", "data-other"] {
                        if let Some(value) = element.attr(attribute) {
                            stray.extend(outside(value).map(|t| format!("{name}, {attribute}: {t}")));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    assert!(stray.is_empty(), "{stray:#?}");
}

/// What of a text is neither from the files nor data nor a proper name.
fn outside(text: &str) -> impl Iterator<Item = String> {
    let mut depth = 0;
    let mut rest = String::new();
    for c in text.chars() {
        match c {
            '⟦' => depth += 1,
            '⟧' => depth -= 1,
            'δ' | 'Δ' => {}
            c if depth == 0 => rest.push(c),
            _ => {}
        }
    }
    for proper in ["Relais", "English", "Français"] {
        rest = rest.replace(proper, "");
    }
    rest.chars().any(char::is_alphabetic).then_some(rest).into_iter()
}

#[test]
fn no_page_has_inline_style_or_script() {
    for (name, page) in Fixtures::new(Lang::Fr).all() {
        let page = page.into_string();
        let html = Html::parse_document(&page);
        assert_eq!(all(&html, "[style], style, script:not([src])"), 0, "{name}");
        let handlers = ["onclick=", "onload=", "onerror=", "javascript:"];
        assert!(handlers.iter().all(|h| !page.contains(h)), "{name}");
        assert_eq!(all(&html, "html[lang=fr]"), 1, "{name}");
        assert_eq!(all(&html, "main#main"), 1, "{name}");
        assert!(all(&html, "h1") == 1, "{name} has {} first headings", all(&html, "h1"));
        // The letter of an ended session has no token: it changes nothing, it is shown again.
        for post in html.select(&Selector::parse("form[method=post]:not([data-resume])").expect("a selector"))
        {
            let token = Selector::parse("input[type=hidden][name=token]").expect("a selector");
            assert_eq!(post.select(&token).count(), 1, "{name}: a form without its token");
        }
    }
}

/// An id stands once in a page, also where a list and a message share it.
#[test]
fn ids_are_unique() {
    for (name, page) in Fixtures::new(Lang::En).all() {
        let html = Html::parse_document(&page.into_string());
        let mut seen = BTreeSet::new();
        for element in html.select(&Selector::parse("[id]").expect("a selector")) {
            let id = element.attr("id").unwrap_or_default();
            assert!(seen.insert(id.to_owned()), "{name}: #{id} twice");
        }
    }
}

#[test]
fn the_two_halves_of_a_page_make_the_whole() {
    let tr = Fixtures::new(Lang::Fr).tr;
    let bar = page::Bar::Mailbox {
        name: "Réception".into(),
        unread: Default::default(),
        search: None,
        sort: None,
        select: None,
    };
    let shell = page::Shell::List { bar, rail: None, dock: page::main_dock(&tr, page::Here::Inbox, 0) };
    let page = page::Page { tr: &tr, title: "Réception", notice: None, closing: None, style: None, shell };
    let whole = page.whole(maud::html! { p { "corps" } }).into_string();
    assert_eq!(whole, format!("{}<p>corps</p>{}", page.open().into_string(), page.close().into_string()));
    // Nothing, not even a space, stands in the main part yet: only then is the wait told.
    assert!(
        page.open()
            .into_string()
            .ends_with("data-wait=\"Le serveur de messagerie met du temps à répondre…\">")
    );
}

#[test]
fn a_row_tells_what_machines_and_people_need() {
    let fixtures = Fixtures::new(Lang::Fr);
    let html = Html::parse_document(&fixtures.list_page(&fixtures.list(), false).into_string());
    assert_eq!(all(&html, "li.row[data-uid]"), 9);
    let unread = first(&html, "li.row[data-uid='909']");
    assert!(unread.attr("class").is_some_and(|c| c.contains("unread")));
    let words = text(unread);
    assert!(words.contains("Non lu"), "{words}");
    assert!(words.contains("2 documents joints"), "{words}");
    assert_eq!(first(&html, "[data-uid='909'] time").attr("datetime"), Some("2026-11-22T09:42:00+01:00"));
    assert!(text(first(&html, "[data-uid='907']")).contains("répondu"));
    assert!(text(first(&html, "[data-uid='905']")).contains("marqué d’une étoile"));
    assert_eq!(all(&html, "[data-uid='904'] [data-preview]"), 1);
    assert_eq!(all(&html, "[data-preview]"), 1);
    assert!(text(first(&html, "[data-uid='903']")).contains("trop complexe"));
    assert!(text(first(&html, "[data-uid='901']")).contains("(sans objet)"));
    let older = first(&html, "a[rel=next]");
    assert_eq!(text(older), "Voir les messages plus anciens");
    let days: Vec<_> = html.select(&Selector::parse(".day").expect("a selector")).map(text).collect();
    assert_eq!(days, ["Aujourd’hui", "Hier", "jeudi 19", "samedi 1er février 2025"]);
}

#[test]
fn empty_is_said_only_when_the_server_said_it() {
    let tr = Fixtures::new(Lang::En).tr;
    let said = |view: &ListView| list::view::render(view, &tr).into_string().contains("No messages here");
    assert!(said(&Fixtures::new(Lang::En).empty_list()));
    assert!(!said(&ListView { path: "/mail/INBOX".into(), ..ListView::default() }));
}

#[test]
fn a_disordered_list_shows_dates_and_no_days() {
    let fixtures = Fixtures::new(Lang::Fr);
    let html = Html::parse_document(&fixtures.list_page(&fixtures.troubled_list(), false).into_string());
    assert_eq!(all(&html, "main .day"), 0);
    assert_eq!(text(first(&html, "[data-uid='906'] time")), "sam. 21");
    let alert = first(&html, ".alert");
    assert!(text(alert).contains("Mailbox is at 98% of its quota <b>now</b>"));
    assert_eq!(all(&html, ".alert b"), 1, "the server's words are not markup");
}

#[test]
fn a_message_has_its_handles() {
    let fixtures = Fixtures::new(Lang::Fr);
    let html = Html::parse_document(&fixtures.message_page(&fixtures.message(), false).into_string());
    assert_eq!(all(&html, "[data-text]"), 1);
    assert_eq!(all(&html, "[data-part='2'] a[download]"), 1);
    assert_eq!(all(&html, "[data-part='3'] a"), 1, "what cannot be opened is only saved");
    assert!(text(first(&html, ".from")).contains("à vous et 1 autre"));
    assert_eq!(all(&html, "a[href^='javascript:']"), 0);
    assert_eq!(all(&html, ".body a[rel~=noopener][target=_blank]"), 1);
    assert_eq!(all(&html, "details.quoted blockquote blockquote"), 1);
    assert_eq!(all(&html, "[data-opened=seen] input[name=do][value=opened]"), 1);
    assert_eq!(all(&html, "form[action='/mail/INBOX/act'] input[name=do][value=read]"), 1);

    let html =
        Html::parse_document(&fixtures.message_page(&fixtures.doubtful_message(), false).into_string());
    let frame = first(&html, "iframe[data-body]");
    assert_eq!(frame.attr("sandbox"), Some("allow-same-origin allow-popups allow-popups-to-escape-sandbox"));
    assert_eq!(all(&html, ".doubt"), 3);
    assert_eq!(all(&html, "a[href$='?images=1']"), 1);
    assert_eq!(all(&html, "article.nested h2"), 1);
    assert!(text(first(&html, ".nested .from")).contains("et 9 999 autres"));
    assert_eq!(all(&html, "[data-opened]"), 0);
}

#[test]
fn the_frame_has_its_own_small_document() {
    let fixtures = Fixtures::new(Lang::Fr);
    for own_colours in [false, true] {
        let page = fixtures.frame(own_colours).into_string();
        let html = Html::parse_document(&page);
        assert_eq!(all(&html, "script, link, iframe, form"), 0);
        assert_eq!(first(&html, "base").attr("target"), Some("_blank"));
        assert_eq!(page.contains("prefers-color-scheme:dark"), !own_colours);
        assert!(page.contains("Lettre d’information"));
    }
}

#[test]
fn deep_trees_stay_bounded() {
    let tr = Fixtures::new(Lang::En).tr;
    let mut folder = folders::view::Folder { name: "leaf".into(), ..Default::default() };
    for n in 0..500 {
        folder = folders::view::Folder { name: n.to_string(), children: vec![folder], ..Default::default() };
    }
    let view = folders::view::FoldersView { own: vec![folder], ..Default::default() };
    let page = folders::view::render(&view, &tr).into_string();
    assert!(page.contains(">leaf<"), "no mailbox is lost");
    assert!(page.matches("<ul>").count() <= 12);
}

#[test]
fn special_mailboxes_come_first_and_in_the_readers_words() {
    let fixtures = Fixtures::new(Lang::Fr);
    let html = Html::parse_document(&folders::view::render(&fixtures.folders(), &fixtures.tr).into_string());
    let names: Vec<_> = html
        .select(&Selector::parse(".folders > ul > li > a > .name").expect("a selector"))
        .map(text)
        .collect();
    assert_eq!(
        names,
        ["Réception", "Brouillons", "Envoyés", "Archives", "Indésirables", "Corbeille", "Patients"]
    );
    assert!(text(first(&html, "a[aria-current]")).starts_with("Réception128"));
    assert_eq!(all(&html, ".parent"), 1, "a name that only holds others is no link");
}

#[test]
fn a_problem_keeps_what_was_typed_and_what_the_server_said() {
    let tr = Fixtures::new(Lang::En).tr;
    let said = "x".repeat(2_000) + "\u{7}";
    let problem = Problem::from(Kind::SaidNo { server: "mail.example".into() })
        .with_said(&said)
        .with_alert("<script>alert(1)</script>")
        .with_kept("Your text", "</textarea><script>");
    let page = problem.page(&tr).into_string();
    let html = Html::parse_fragment(&page);
    assert_eq!(all(&html, "script"), 0);
    assert_eq!(first(&html, "textarea").text().collect::<String>(), "</textarea><script>");
    assert_eq!(problem.said.as_ref().map(|s| s.chars().count()), Some(Problem::MAX_SAID + 1));
    assert!(problem.inline(&tr).into_string().contains("&lt;script&gt;"), "an alert is always shown");
    assert_eq!(Problem::from(Kind::Busy { seconds: 5 }).retry_after(), Some(5));
    assert_eq!(problem.retry_after(), None);
}

#[test]
fn wrong_password_and_unknown_user_read_alike() {
    // There is one kind for both; the words must not name either as the cause.
    let tr = Fixtures::new(Lang::En).tr;
    let what = Problem::from(Kind::WrongPassword).what(&tr);
    assert_eq!(what, "The address or the password is not right.");
}

#[test]
fn the_mark_beside_a_name() {
    for (name, mark) in [
        ("Laboratoire Bioval", "LB"),
        ("CH Nord — secrétariat cardiologie", "CN"),
        ("infirmiere.petit@cabinet.example", "IP"),
        ("élodie", "É"),
        ("Dr Inès Laurent", "IL"),
        ("Mme. Petit", "P"),
        ("Dr", "D"),
        ("", "?"),
        ("<>", "?"),
        ("ßa", "SS"),
        ("山田 太郎", "山太"),
        ("🦷", "🦷"),
        ("\u{202e}\u{200b}", "?"),
    ] {
        assert_eq!(initials(name), mark, "{name}");
    }
}

#[test]
fn sent_mail_shows_what_needs_its_author_first() {
    let fixtures = Fixtures::new(Lang::Fr);
    let html = Html::parse_document(&fixtures.outbox_page(&fixtures.outbox()).into_string());
    let selector = |css: &str| Selector::parse(css).expect("a selector");
    assert_eq!(text(first(&html, "main .card h2")), "6 envois ont besoin de vous");
    let before = html.select(&selector("main > ul.rows:first-of-type > li")).count();
    assert_eq!(before, 6, "what waits on purpose is no worry");
    let chips: Vec<_> = html.select(&selector("main .chip")).map(text).collect();
    assert_eq!(
        chips,
        [
            "refusé",
            "incertain",
            "en attente (2 sur 14)",
            "41 h sans accusé",
            "signalé perdu",
            "échec annoncé",
            "en attente",
            "accepté",
            "accepté",
            "accusé de lecture",
            "accepté",
            "lu",
            "annulé"
        ]
    );
    assert!(text(first(&html, ".row .preview")).contains("Boîte inconnue"));
    assert_eq!(all(&html, ".dock a[href='/outbox'][aria-current=page] .mark"), 1);
}

/// The words of a state stand beside every other: no two are alike, and only what failed is red.
#[test]
fn every_state_has_its_own_word_and_colour() {
    use relais::{outbox::State, web::outbox::words::chip};
    for lang in Lang::ALL {
        let tr = Fixtures::new(lang).tr;
        let words: BTreeSet<_> = outbox::STATES.iter().map(|state| chip(*state, &tr).1).collect();
        assert_eq!(words.len(), outbox::STATES.len());
        for state in outbox::STATES {
            let red = matches!(state, State::Refused | State::GivenUp);
            assert_eq!(chip(state, &tr).0 == "chip bad", red, "{state:?}");
            assert!(!state.needs_user() || chip(state, &tr).0 != "chip", "{state:?} is not calm");
        }
    }
}

#[test]
fn the_trail_shows_the_servers_words_as_words_and_undo_only_in_time() {
    let fixtures = Fixtures::new(Lang::En);
    let html = Html::parse_document(&fixtures.detail_page(&fixtures.refused_detail()).into_string());
    assert_eq!(all(&html, "main b"), 0, "the server's words are not markup");
    assert!(text(first(&html, ".trail .bad")).contains("550 5.1.1"), "{}", text(first(&html, ".trail .bad")));
    assert_eq!(all(&html, ".trail li"), 9);
    assert_eq!(all(&html, "form[action^='/outbox/'] input[name=do][value=retry]"), 1);
    assert_eq!(all(&html, "input[value=cancel], .undo"), 0);
    let html = Html::parse_document(&fixtures.detail_page(&fixtures.accepted_detail()).into_string());
    assert_eq!(all(&html, ".undo input[name=do][value=edit]"), 1);
    assert_eq!(all(&html, "input[value=cancel]"), 0);
    assert_eq!(all(&html, "input[value=edit]"), 1);
    let page = relais::web::outbox::detail::DetailView { can_cancel: false, ..fixtures.accepted_detail() };
    let html = Html::parse_document(&fixtures.detail_page(&page).into_string());
    assert_eq!(all(&html, ".undo"), 0);
}

#[test]
fn the_list_says_what_did_not_leave() {
    let fixtures = Fixtures::new(Lang::En);
    let view = ListView { attention: 2, ..fixtures.list() };
    let html = Html::parse_document(&fixtures.list_page(&view, false).into_string());
    assert!(text(first(&html, ".unsent")).starts_with("2 sent messages need you"));
    assert_eq!(all(&html, ".unsent a[href='/outbox']"), 1);
    let html = Html::parse_document(&fixtures.list_page(&fixtures.list(), false).into_string());
    assert_eq!(all(&html, ".unsent, .mark"), 0);
}

#[test]
fn rows_of_one_day_share_a_heading() {
    let tr = Fixtures::new(Lang::En).tr;
    let row = |uid, when: &str| Row { uid, when: Some(at(when)), ..Row::default() };
    let view = ListView {
        rows: vec![
            row(3, "2026-11-22T12:00:00Z"),
            row(2, "2026-11-22T01:00:00Z"),
            row(1, "2026-11-21T22:59:00Z"),
            Row { uid: 0, ..Row::default() },
        ],
        ..ListView::default()
    };
    let html = Html::parse_fragment(&list::view::render(&view, &tr).into_string());
    let keys: Vec<_> = html
        .select(&Selector::parse(".day").expect("a selector"))
        .map(|d| d.attr("data-day").unwrap_or_default().to_owned())
        .collect();
    assert_eq!(keys, ["2026-11-22", "2026-11-21", ""]);
}

#[test]
fn what_is_told_above_the_form_is_not_scrolled_past() {
    for (name, page) in Fixtures::new(Lang::Fr).all() {
        let focused = match name.as_str() {
            "compose" | "compose-people" => 1,
            "compose-empty" | "compose-refused" | "compose-doubtful" => 0,
            _ => continue,
        };
        let page = Html::parse_document(&page.into_string());
        assert_eq!(all(&page, ".write [autofocus]"), focused, "{name}");
    }
}
