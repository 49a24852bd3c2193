//! Sending again.

use futures::TryStreamExt;

use super::*;

fn wish(seen: usize) -> Wish {
    let date = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    Wish {
        form: How::New { line: "Sent again".into(), date },
        seen,
        owns: vec!["alice@example.test".into()],
        login: "alice".into(),
        password: Zeroizing::new("secret".into()),
    }
}

const WIRE: &[u8] = b"Message-ID: <m1@example.test>\r\nSubject: hi\r\nContent-Type: text/plain\r\n\
    Content-Transfer-Encoding: quoted-printable\r\n\r\nhello\r\n";

impl Room {
    /// Taken by its server an hour ago.
    async fn taken(&self) -> MessageId {
        let submission = Submission {
            not_before: Timestamp::now() - SignedDuration::from_hours(1),
            ..submission(1, vec![Piece::Bytes(WIRE.to_vec())])
        };
        let id = new(self.outbox.accept(submission).await.expect("accepted"));
        self.leave(id).await;
        id
    }

    async fn leave(&self, id: MessageId) {
        self.write(id, Fact::InData).await;
        self.write(id, Fact::Accepted(Answer { code: 250, enhanced: None, text: String::new() })).await;
    }

    async fn may(&self, id: MessageId) -> SendAgain {
        self.outbox.may_send_again(&ME, id).await.expect("asked").expect("there")
    }

    async fn again(&self, id: MessageId, seen: usize) -> AgainSent {
        self.outbox.send_again(&ME, id, wish(seen)).await.expect("asked").expect("there")
    }

    async fn wire(&self, id: MessageId) -> String {
        let loaded = self.outbox.load(&ME, id).await.expect("read").expect("there");
        let content = courier::Content::of(&self.outbox, &ME, &loaded).await.expect("opened");
        let chunks: Vec<Bytes> = content.chunks().try_collect().await.expect("read");
        String::from_utf8(chunks.concat()).expect("text")
    }
}

#[tokio::test]
pub(super) async fn as_a_new_message_and_once() {
    let room = room().await;
    let id = room.taken().await;
    assert_eq!(room.may(id).await, SendAgain::Now { recipients: 2, seen: 0 });
    let AgainSent::Accepted(new) = room.again(id, 0).await else { panic!("it may be sent") };
    assert_eq!(room.again(id, 0).await, AgainSent::Accepted(new), "the second tap");
    assert_eq!(room.again(id, 1).await, AgainSent::Not(SendAgain::InFlight));
    let wire = room.wire(new).await;
    assert!(wire.contains("References: <m1@example.test>\r\n") && wire.contains("Sent again"), "{wire}");
    assert!(!wire.contains("Message-ID: <m1@example.test>"));
    let detail = room.outbox.get(&ME, new).await.expect("read").expect("there");
    assert!(wire.contains(&format!("Message-ID: <{}>\r\n", detail.sent.message_id)));
    assert_eq!(detail.sent.recipients.len(), 2);
    let family = room.outbox.sent_again(&ME, id).await.expect("read");
    assert_eq!(family.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [new]);
    room.leave(new).await;
    // Fifteen minutes between two, whichever of them is asked for.
    assert!(matches!(room.may(id).await, SendAgain::Later(_)));
    assert!(matches!(room.may(new).await, SendAgain::Later(_)));
}

#[tokio::test]
pub(super) async fn files_go_along_from_chunk_to_chunk() {
    let room = room().await;
    let head = "From: alice@example.test\r\nMessage-ID: <m1@example.test>\r\n\
                Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\
                Content-Transfer-Encoding: quoted-printable\r\n\r\nhello\r\n--b\r\n\
                Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    let file = vec![7; 2 * stage::FILE_CHUNK + 5];
    let staged = async |file: Vec<u8>| {
        let body = stream::iter([Ok::<_, ()>(Bytes::from(file))]);
        Piece::Blob(room.outbox.stage(&ME, "a.png", "image/png", body, 10_000_000).await.expect("staged").id)
    };
    let bytes = |text: &str| Piece::Bytes(text.as_bytes().to_vec());
    let message = vec![
        bytes(head),
        staged(file).await,
        bytes("--b\r\n\r\n"),
        staged(Vec::new()).await,
        bytes("--b--\r\n"),
    ];
    let an_hour_ago = Timestamp::now() - SignedDuration::from_hours(1);
    let first = Submission { not_before: an_hour_ago, ..submission(1, message) };
    let first = new(room.outbox.accept(first).await.expect("accepted"));
    room.leave(first).await;
    let AgainSent::Accepted(second) = room.again(first, 0).await else { panic!("it may be sent") };
    let (old, again) = (room.wire(first).await, room.wire(second).await);
    let of_the_file = old.split_once("base64\r\n\r\n").expect("a file").1;
    assert!(of_the_file.len() > 500_000 && again.ends_with(of_the_file));
    assert!(again.contains("Sent again\r\n\r\nhello\r\n--b\r\n"), "{}", &again[..600]);
    assert_eq!(room.store.staged_blobs(&ME).await.expect("read"), (0, 0), "nothing waits");
    assert_eq!(room.wire(first).await, old, "the first one is whole");
}

#[tokio::test]
pub(super) async fn identical_where_it_is_wanted() {
    let room = room().await;
    let id = room.taken().await;
    let identical = Wish { form: How::Identical, ..wish(0) };
    let sent = room.outbox.send_again(&ME, id, identical).await.expect("asked").expect("there");
    let AgainSent::Accepted(new) = sent else { panic!("it may be sent") };
    assert_eq!(room.wire(new).await.as_bytes(), WIRE);
}

#[tokio::test]
pub(super) async fn three_times_to_anybody() {
    let room = room().await;
    let id = room.taken().await;
    for n in 0..3 {
        let AgainSent::Accepted(new) = room.again(id, n).await else { panic!("{n}") };
        room.leave(new).await;
        room.sql("UPDATE sent_again SET at = at - 3600").await;
        room.sql("UPDATE message SET not_before = not_before - 3600").await;
    }
    assert_eq!(room.may(id).await, SendAgain::Often);
    assert_eq!(room.again(id, 3).await, AgainSent::Not(SendAgain::Often));
}

#[tokio::test]
pub(super) async fn not_what_is_on_its_way_unknown_seen_or_gone() {
    let room = room().await;
    let waiting = room.accept(9).await;
    assert_eq!(room.may(waiting).await, SendAgain::InFlight);
    room.write(waiting, Fact::InData).await;
    room.write(waiting, Fact::Unknown(Cause::Closed)).await;
    assert_eq!(room.may(waiting).await, SendAgain::InFlight, "uncertain");
    let id = room.taken().await;
    room.write(id, Fact::Displayed).await;
    assert_eq!(room.may(id).await, SendAgain::Never);
    // Unless the operator says that it was lost afterwards.
    assert!(room.store.add_lost(&ME, &id.0).await.expect("kept"));
    assert!(
        !room.store.add_lost(&ME, &id.0).await.expect("kept")
            && !room.store.add_lost(&OTHER, &id.0).await.expect("asked")
    );
    assert_eq!(room.outbox.attention(&ME).await.expect("asked"), 1);
    assert!(matches!(room.may(id).await, SendAgain::Now { recipients: 2, .. }));
    assert!(matches!(room.again(id, 0).await, AgainSent::Accepted(_)));
    assert_eq!(room.outbox.attention(&ME).await.expect("asked"), 0, "the offer is taken");
    assert_eq!(room.outbox.may_send_again(&OTHER, id).await.expect("asked"), None);
}
