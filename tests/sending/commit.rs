//! A COMMIT whose reply is lost is neither a success nor a failure until somebody looks: by its key, on another
//! connection.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use anyhow::{Result, ensure};
use lab::Database;
use relais::{
    outbox::{Accepted, Outbox},
    session::account_id,
    store::Store,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{outbox::submission, support::ALICE};

/// Stands before PostgreSQL. Armed, it lets the next COMMIT through, and then cuts that connection.
struct Cutter {
    port: u16,
    armed: Arc<AtomicBool>,
    /// The reply is awaited, and kept back: the COMMIT was done before the cut.
    after_reply: bool,
}

impl Cutter {
    async fn start(port: u16, after_reply: bool) -> Result<Cutter> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let cutter = Cutter { port: listener.local_addr()?.port(), armed: Arc::default(), after_reply };
        let armed = cutter.armed.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let armed = armed.clone();
                tokio::spawn(async move {
                    let server = TcpStream::connect(("127.0.0.1", port)).await?;
                    pass(client, server, &armed, after_reply).await
                });
            }
        });
        Ok(cutter)
    }
}

async fn pass(
    mut client: TcpStream,
    mut server: TcpStream,
    armed: &AtomicBool,
    after_reply: bool,
) -> std::io::Result<()> {
    let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let octets = &up[..read?];
                if octets.is_empty() {
                    return Ok(());
                }
                server.write_all(octets).await?;
                let commits = octets.windows(6).any(|window| window == b"COMMIT");
                if commits && armed.swap(false, Ordering::SeqCst) {
                    if after_reply {
                        let _ = server.read(&mut down).await?;
                    }
                    return Ok(());
                }
            }
            read = server.read(&mut down) => {
                let octets = &down[..read?];
                if octets.is_empty() {
                    return Ok(());
                }
                client.write_all(octets).await?;
            }
        }
    }
}

async fn lost(after_reply: bool, slow: bool) -> Result<()> {
    let (database, folder) = (Database::new()?, tempfile::tempdir()?);
    let cutter = Cutter::start(database.server.port(), after_reply).await?;
    ensure!(cutter.after_reply == after_reply);
    let url = database.url.replace(&format!(":{}/", database.server.port()), &format!(":{}/", cutter.port));
    let store = Arc::new(Store::connect(&url.try_into()?, &folder.path().join("key")).await?);
    if slow {
        // The COMMIT itself takes a second: when the key is asked for, it is still under way.
        database.sql(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$; \
             CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON message DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION slow()",
        )?;
    }
    let me = account_id(store.keys(), "default", ALICE);
    let outbox = Outbox::new(store.clone());
    for key in 1..=3 {
        cutter.armed.store(true, Ordering::SeqCst);
        let accepted = outbox.accept(submission(me, key, "hello\r\n")).await?;
        ensure!(!cutter.armed.load(Ordering::SeqCst), "no COMMIT was cut");
        let Accepted::New(id) = accepted else { anyhow::bail!("{accepted:?}") };
        ensure!(database.sql("SELECT count(*) FROM message")? == key.to_string());
        ensure!(outbox.accept(submission(me, key, "hello\r\n")).await? == Accepted::Again(id));
        // The same of a change.
        cutter.armed.store(true, Ordering::SeqCst);
        ensure!(outbox.cancel(&me, id).await?, "it was written, and is known to be");
        ensure!(!cutter.armed.load(Ordering::SeqCst));
        let detail = outbox.get(&me, id).await?;
        ensure!(detail.is_some_and(|detail| detail.attempts.len() == 1), "and written once");
    }
    Ok(())
}

#[tokio::test]
async fn done_and_its_reply_lost() -> Result<()> {
    lost(true, false).await
}

#[tokio::test]
async fn still_under_way_when_it_is_asked_for() -> Result<()> {
    lost(false, true).await
}
