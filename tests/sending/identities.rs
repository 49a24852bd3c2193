//! From which of their addresses people write, to whom, and how much can go along.

use std::time::Duration;

use anyhow::Result;
use lab::{Answer, Dovecot, Gateway, Options, Submission, Submitted, Visitor, seed::Seed};

use crate::{
    compose::{FORM, text, validity},
    support::{ALICE, BOB, PASSWORD},
};

const TEAM: &str = "team@example.test";

struct Office {
    dovecot: Dovecot,
    gateway: Gateway,
    smtp: Submitted,
}

impl Office {
    /// Where Alice may write for her team, too.
    async fn open(more: &str, smtp: Submission) -> Result<Office> {
        let dovecot = Dovecot::start(Options::default()).await?;
        let smtp = smtp.start().await?;
        let config = format!(
            "{more}\n[server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\nsmtp = \"smtp://127.0.0.1:{}?tls=none\"\n\
             senders = {{ \"{ALICE}\" = [\"{TEAM}\"] }}\n",
            dovecot.imap_port(),
            smtp.port()
        );
        let arguments = ["--config", "{folder}/relais.toml"];
        let gateway = Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, |folder| {
            Ok(std::fs::write(folder.join("relais.toml"), config)?)
        });
        Ok(Office { gateway: gateway.await?, dovecot, smtp })
    }

    async fn alice(&self) -> Result<Visitor> {
        Visitor::signed_in(self.gateway.url(), ALICE, PASSWORD).await
    }

    /// The nth message that left, as it went.
    async fn left(&self, n: usize) -> Result<String> {
        for _ in 0..400 {
            if let Some(message) = self.smtp.messages().get(n) {
                return Ok(String::from_utf8_lossy(message).into_owned());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("nothing left: {:?}\n{}", self.smtp.heard(), self.gateway.log())
    }
}

async fn settle(alice: &Visitor) -> Result<()> {
    let chosen = [
        ("name-0", "Dr Alice Roy"),
        ("signature-0", "Alice"),
        ("name-1", "The team, \"A\""),
        ("signature-1", "Team A"),
        ("reply_to-1", "answers@example.test"),
        ("follow-1", "1"),
    ];
    let saved = alice.submit(&alice.get("/settings").await?, "form.settings", &chosen).await?;
    anyhow::ensure!(saved.path == "/settings?saved=1", "{}", saved.text());
    Ok(())
}

fn chosen(page: &Answer) -> Vec<String> {
    page.attributes("[name=from] option[selected]", "value")
}

fn ticked(page: &Answer) -> usize {
    page.all("[name=follow][checked]").len() + page.attributes("[name=follow][checked]", "value").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chosen_address_writes_and_no_other() -> Result<()> {
    let office = Office::open("undo = 0", Submission::new()).await?;
    let alice = office.alice().await?;
    settle(&alice).await?;
    let form = alice.get("/compose?to=bob@example.test").await?;
    assert_eq!(form.attributes("[name=from] option", "value"), [ALICE, TEAM]);
    assert_eq!(form.all("[name=from] option")[0], format!("Dr Alice Roy <{ALICE}>"));
    assert_eq!((chosen(&form), ticked(&form)), (vec![ALICE.to_owned()], 0));
    assert_eq!(text(&form, "text"), "\n\n-- \nAlice\n");
    // Another choice changes no word.
    let words = "Hello\n\n-- \nAlice\n";
    let other = alice.submit(&form, FORM, &[("from", TEAM), ("text", words), ("do", "look")]).await?;
    assert_eq!((chosen(&other), text(&other, "text")), (vec![TEAM.to_owned()], words.to_owned()));
    let sent = alice.submit(&other, FORM, &[("subject", "One"), ("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    let message = office.left(0).await?;
    assert!(message.contains(&format!("From: \"The team, \\\"A\\\"\" <{TEAM}>\r\n")), "{message}");
    assert!(message.contains("Reply-To: answers@example.test\r\n"), "{message}");
    assert!(office.smtp.heard().iter().any(|line| line.starts_with(&format!("MAIL FROM:<{TEAM}>"))));

    // What a form claims is nobody's word.
    for forged in ["ceo@example.test", BOB, "x", " "] {
        let form = alice.get("/compose?to=bob@example.test").await?;
        let typed = [("from", forged), ("subject", "Two"), ("text", "x"), ("do", "send")];
        let refused = alice.submit(&form, FORM, &typed).await?;
        assert_eq!((refused.status.as_u16(), refused.all("[data-problem]").len()), (422, 1), "{forged}");
        assert_eq!((chosen(&refused), text(&refused, "text")), (vec![ALICE.to_owned()], "x".to_owned()));
    }
    // Whoever has one address has nothing to choose.
    let bob = Visitor::signed_in(office.gateway.url(), BOB, PASSWORD).await?;
    let form = bob.get("/compose").await?;
    assert_eq!((form.all("select").len(), form.all(".mine")), (0, vec![BOB.to_owned()]));
    assert_eq!(office.smtp.messages().len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_drafts_and_what_is_taken_back_keep_their_writer() -> Result<()> {
    let office = Office::open("undo = 60", Submission::new()).await?;
    let letter =
        format!("From: {BOB}\r\nTo: Team <{TEAM}>\r\nSubject: s\r\nMessage-ID: <a@b.test>\r\n\r\nHi\r\n");
    office.dovecot.client(ALICE).await?.append("INBOX", &Seed::new(letter)).await?;
    let alice = office.alice().await?;
    settle(&alice).await?;
    let source = format!("INBOX/{}-1", validity(&office.dovecot, "INBOX").await?);
    let form = alice.get(&format!("/compose?all={source}")).await?;
    assert_eq!((chosen(&form), ticked(&form) > 0), (vec![TEAM.to_owned()], true));
    assert_eq!(
        (text(&form, "to"), text(&form, "cc")),
        (BOB.to_owned(), String::new()),
        "oneself is left out"
    );
    let words = text(&form, "text");
    assert!(words.starts_with("\n\nTeam A\n\n\n") && words.ends_with("> Hi"), "{words:?}");
    let forward = alice.get(&format!("/compose?forward={source}")).await?;
    assert!(text(&forward, "text").starts_with("\n\nTeam A\n"), "{}", text(&forward, "text"));

    let saved = alice.submit(&form, FORM, &[("do", "save")]).await?;
    assert!(saved.path.starts_with("/compose?draft="), "{}", saved.text());
    assert_eq!(chosen(&saved), [TEAM]);
    let mut client = office.dovecot.client(ALICE).await?;
    assert_eq!(client.select("Drafts").await?, 1);
    let copy = client.run("FETCH 1 (BODY.PEEK[])").await?.text().join("\n");
    assert!(copy.contains(&format!("<{TEAM}>")) && !copy.contains(&format!("<{ALICE}>")), "{copy}");

    let sent = alice.submit(&saved, FORM, &[("text", "Yes"), ("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    let back = alice.submit(&sent, ".undo form", &[]).await?;
    assert_eq!((chosen(&back), text(&back, "text")), (vec![TEAM.to_owned()], "Yes".to_owned()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_says_what_the_server_takes_and_holds_to_it() -> Result<()> {
    let ehlo = "250-script\r\n250-SIZE 20000\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n";
    let office = Office::open("undo = 0", Submission::new().on("EHLO", ehlo)).await?;
    let alice = office.alice().await?;
    let left = |page: &Answer| page.attributes("[data-add]", "data-left").join(" ");
    let mut tries = 0;
    // Asked since the sign-in; 20,000 less a tenth, less what base64 takes.
    while left(&alice.get("/compose").await?) != (18_000 / 78 * 57).to_string() {
        tries += 1;
        anyhow::ensure!(tries < 200, "never known: {:?}", office.smtp.heard());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let asked = office.smtp.heard().iter().filter(|line| line.starts_with("EHLO")).count();
    assert_eq!(asked, 1, "once, however often the form is opened");
    let form = alice.get("/compose?to=bob@example.test").await?;
    let big: [(&str, &str, &[u8]); 1] = [("big.bin", "application/octet-stream", &[1; 14_000])];
    let refused = alice.upload(&form, FORM, &[], "upload", &big, ("do", "attach")).await?;
    assert!(refused.all("[data-problem]")[0].contains("big.bin"), "{}", refused.text());
    let fits: [(&str, &str, &[u8]); 1] = [("fits.bin", "application/octet-stream", &[1; 13_000])];
    let page = alice.upload(&form, FORM, &[("subject", "x")], "upload", &fits, ("do", "attach")).await?;
    assert_eq!(page.all("[data-staged] bdi"), ["fits.bin"]);
    let long = "word ".repeat(1_000);
    let refused = alice.submit(&page, FORM, &[("text", &long), ("do", "send")]).await?;
    assert_eq!((refused.status.as_u16(), refused.all("[data-problem]").len()), (422, 1));
    assert!(refused.all("[data-problem]")[0].contains("Shorten it"), "{:?}", refused.all("[data-problem]"));
    let sent = alice.submit(&refused, FORM, &[("text", "short"), ("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    assert!(office.left(0).await?.len() <= 20_000);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_chosen_without_script() -> Result<()> {
    let office = Office::open("", Submission::new()).await?;
    let to = |to: &str| Seed::new(format!("From: {ALICE}\r\nTo: {to}\r\nSubject: x\r\n\r\nx\r\n"));
    let sent = [to("\"Martin, Paul\" <paul@a.test>"), to("Paul Martin <paul@b.test>")];
    office.dovecot.client(ALICE).await?.multiappend("Sent", &sent).await?;
    let alice = office.alice().await?;
    let form = alice.get("/compose").await?;
    let page = alice.submit(&form, FORM, &[("to", "ann@x.test,"), ("text", "x"), ("do", "people")]).await?;
    let people = page.attributes("[name=person]", "value");
    assert_eq!(people, ["Paul Martin <paul@b.test>", "\"Martin, Paul\" <paul@a.test>"]);
    let page = alice.submit(&page, FORM, &[("person", &people[1]), ("do", "look")]).await?;
    assert_eq!(text(&page, "to"), "ann@x.test, \"Martin, Paul\" <paul@a.test>");
    assert_eq!((text(&page, "text"), page.all("[name=person]").len()), ("x".to_owned(), 0));
    let bob = Visitor::signed_in(office.gateway.url(), BOB, PASSWORD).await?;
    let none = bob.submit(&bob.get("/compose").await?, FORM, &[("do", "people")]).await?;
    assert!(none.text().contains("not written to anybody"), "{}", none.text());
    Ok(())
}
