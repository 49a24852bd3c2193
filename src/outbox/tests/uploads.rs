//! Files that go along, from the browser to the disk.

use super::*;

#[tokio::test]
pub(super) async fn uploads_come_back_as_lines_of_base64() {
    let room = room().await;
    for octets in [0usize, 1, 56, 57, 58, stage::FILE_CHUNK, stage::FILE_CHUNK + 1, 1_000_003] {
        let file: Vec<u8> = (0..octets).map(|n| (n * 31 % 251) as u8).collect();
        let body: Vec<Result<Bytes, ()>> =
            file.chunks(65_521).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
        let staged = room.outbox.stage(&ME, "né.bin", "image/png", stream::iter(body), 2_000_000).await;
        let staged = staged.expect("staged");
        assert_eq!((staged.octets as usize, &*staged.name), (octets, "né.bin"));
        assert!(room.outbox.staged(&ME, &[staged.id]).await.expect("read") == [staged.clone()]);
        assert!(room.outbox.staged(&OTHER, &[staged.id]).await.expect("read").is_empty());
        let pieces = vec![Piece::Bytes(TEXT.to_vec()), Piece::Blob(staged.id)];
        let id = new(room.outbox.accept(submission(octets as u8, pieces)).await.expect("accepted"));
        assert!(room.outbox.staged(&ME, &[staged.id]).await.expect("read").is_empty(), "it is taken");
        let wire = room.content(id).await.expect("it opens");
        let (head, lines) = wire.split_at(TEXT.len());
        assert_eq!(head, TEXT);
        assert_eq!(lines.len() as u64, staged.wire_octets);
        assert!(lines.is_empty() || lines.ends_with(b"\r\n"));
        assert!(lines.split(|b| *b == b'\n').all(|line| line.len() <= 77));
        let joined: Vec<u8> = lines.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        use base64::Engine;
        assert_eq!(base64::prelude::BASE64_STANDARD.decode(joined).expect("base64"), file);
        // The second of two twins finds its upload taken, and is told so.
        let pieces = vec![Piece::Bytes(TEXT.to_vec()), Piece::Blob(staged.id)];
        let again = room.outbox.accept(submission(octets as u8, pieces)).await.expect("asked");
        assert_eq!(again, Accepted::Again(id));
    }
}

#[tokio::test]
pub(super) async fn uploads_have_bounds_and_leave_nothing_behind() {
    let room = room().await;
    let body = || stream::iter(vec![Ok::<_, ()>(Bytes::from_static(&[0; 1000])); 10]);
    let refused = room.outbox.stage(&ME, "x", "", body(), 9_999).await;
    assert!(matches!(refused, Err(Error::TooBig { most: 9_999 })));
    let torn = stream::iter(vec![Ok(Bytes::from_static(b"x")), Err(())]);
    assert!(matches!(room.outbox.stage(&ME, "x", "", torn, 9_999).await, Err(Error::Body)));
    assert_eq!(room.store.staged_blobs(&ME).await.expect("read"), (0, 0));
    let staged = room.outbox.stage(&ME, "x", "", body(), 10_000).await.expect("staged");
    assert!(!room.outbox.drop_staged(&OTHER, staged.id).await.expect("asked"));
    let elsewhere = Submission { account: OTHER, ..submission(1, vec![Piece::Blob(staged.id)]) };
    assert!(matches!(room.outbox.accept(elsewhere).await, Err(Error::Missing)));
    assert_eq!(room.store.purge_blobs().await.expect("purged"), 0);
    room.sql("UPDATE blob SET expires = unixepoch() - 1").await;
    assert_eq!(room.store.purge_blobs().await.expect("purged"), 1);
    assert!(!room.outbox.drop_staged(&ME, staged.id).await.expect("asked"));
}

#[tokio::test]
pub(super) async fn chunks_that_are_changed_or_cut_do_not_open() {
    for damage in [
        "UPDATE blob_chunk SET last = 1 WHERE n = 0",
        "DELETE FROM blob_chunk WHERE n = 1",
        "UPDATE blob_chunk SET data = x'00' WHERE n = 1",
        "UPDATE blob_chunk SET n = 5 - n",
        "UPDATE message SET sealed_key = NULL",
    ] {
        let room = room().await;
        let long = [TEXT, &b"0123456789\r\n".repeat(50_000)[..]].concat();
        let id = new(room.outbox.accept(submission(1, vec![Piece::Bytes(long.clone())])).await.expect("ok"));
        assert!(room.content(id).await.expect("it opens") == long);
        assert!(room.sql(damage).await > 0);
        assert!(matches!(room.content(id).await, Err(Error::Sealed)), "{damage}");
    }
}

#[tokio::test]
pub(super) async fn uploads_that_wait_are_bounded() {
    let room = room().await;
    for _ in 0..100 {
        room.stage(b"x").await;
    }
    let body = stream::iter([Ok::<_, ()>(Bytes::from_static(b"x"))]);
    let more = room.outbox.stage(&ME, "a.txt", "text/plain", body, 1000).await;
    assert!(matches!(more, Err(Error::Quota)));
    let (waiting, octets) = room.store.staged_blobs(&ME).await.expect("counted");
    assert_eq!(waiting, 100, "nothing of it stays");
    assert!(octets > 0);
    // Fewer, and each of them big.
    room.sql("DELETE FROM blob WHERE id NOT IN (SELECT id FROM blob ORDER BY id LIMIT 1)").await;
    room.stage(b"x").await;
    room.sql("UPDATE blob SET wire_octets = 400 * 1048576").await;
    let body = stream::iter([Ok::<_, ()>(Bytes::from_static(b"x"))]);
    let more = room.outbox.stage(&ME, "a.txt", "text/plain", body, 1000).await;
    assert!(matches!(more, Err(Error::Quota)));
}
