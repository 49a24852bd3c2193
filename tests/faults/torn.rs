//! A conversation that breaks off at any byte ends in a page, and the next one is right.

use anyhow::{Result, ensure};
use lab::{Chaos, Mode, Reply};

use crate::support::{alice, done, gateway, gateway_at, inbox, plain, row};

#[tokio::test]
async fn a_list_torn_at_every_byte_is_a_page() -> Result<()> {
    let whole = [row(1), row_with_literal(2), row(3)].concat().into_bytes();
    let right = done(&[row(1), row(2), row(3)]);
    let ends: [fn(Vec<u8>) -> Reply; 3] = [Reply::SayAndClose, Reply::SayAndReset, |mut bytes| {
        bytes.extend_from_slice(b"\r\n{tag} OK done\r\n");
        Reply::Say(bytes)
    }];
    // Every byte, and one of the ways to end in turn.
    let all: Vec<Reply> = (0..whole.len()).map(|at| ends[at % 3](whole[..at].to_vec())).collect();
    // One server and one gateway for all: what one page leaves behind must not harm the next.
    let mut script = inbox(3);
    for torn in all.iter() {
        script = script.times("FETCH 1:3", 1, torn.clone()).times("FETCH 1:3", 1, right.as_str());
    }
    let server = script.on("FETCH 1:3", right.as_str()).start().await?;
    let mut gateway = gateway_at(&plain(server.port()), "patience = 8").await?;
    let visitor = alice(&gateway).await?;
    for n in 0..all.len() {
        let page = visitor.get("/mail/INBOX").await?;
        let text = page.text();
        let told = text.contains("data-problem") || text.matches(" data-uid=").count() == 3;
        ensure!(told && text.ends_with("</html>"), "{n}: {} {text}", page.status);
    }
    ensure!(gateway.lives());
    ensure!(visitor.get("/mail/INBOX").await?.uids() == [3, 2, 1]);
    Ok(())
}

fn row_with_literal(n: u32) -> String {
    row(n).replace(&format!("\"Subject {n}\""), "{9}\r\nSubject 2")
}

#[tokio::test]
async fn every_stage_may_break_off_anywhere() -> Result<()> {
    let server = inbox(3).on("FETCH", done(&[row(1), row(2), row(3)]).as_str()).start().await?;
    let wire = Chaos::start(server.port()).await?;
    let gateway = gateway(wire.port()).await?;
    // From greeting to list, so many octets of the server and no more.
    for octets in (0..700).step_by(23) {
        for mode in [Mode::CloseAfter(octets), Mode::ResetAfter(octets)] {
            wire.set(Mode::Pass).await;
            let visitor = loop {
                // After three failures to connect the gateway waits before it asks again.
                match alice(&gateway).await {
                    Ok(visitor) => break visitor,
                    Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                }
            };
            visitor.get("/mail/INBOX").await?;
            wire.set(mode).await;
            let page = visitor.get("/mail/INBOX").await?;
            let told = page.all("[data-problem]").len() == 1 || page.uids() == [3, 2, 1];
            ensure!(told, "{mode:?}: {} {}", page.status, page.text());
            wire.set(Mode::Pass).await;
        }
    }
    Ok(())
}
