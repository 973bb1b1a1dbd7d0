//! The fixtures themselves: what they make is what others would make.

use courier_testkit::data::{bytes, sha256, write_file};
use courier_testkit::proxy::Rules;
use courier_testkit::{Gpg, Proxy, archive};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

#[test]
fn a_message_to_another_home_opens_there_only() {
    let (ours, theirs, stranger) = (Gpg::new().unwrap(), Gpg::new().unwrap(), Gpg::new().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let (plain, sealed) = (dir.path().join("plain"), dir.path().join("sealed"));
    write_file(&plain, 100_000, 1).unwrap();
    let key = ours.generate("Ours <ours@example.org>", "future-default", "").unwrap();
    let signer = theirs.generate("Theirs <theirs@example.org>", "future-default", "").unwrap();
    theirs.import(&ours.export_public(&key).unwrap()).unwrap();
    ours.import(&theirs.export_public(&signer).unwrap()).unwrap();
    theirs.encrypt(&plain, &sealed, &key, Some(&signer)).unwrap();
    ours.decrypt(&sealed, &dir.path().join("opened")).unwrap();
    assert_eq!(std::fs::read(dir.path().join("opened")).unwrap(), std::fs::read(&plain).unwrap());
    assert!(stranger.decrypt(&sealed, &dir.path().join("stolen")).is_err());
}

#[test]
fn an_archive_comes_back_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a b.csv"), bytes(5000, 2)).unwrap();
    let packed = archive::zip(dir.path(), &["a b.csv"], &dir.path().join("x.zip")).unwrap();
    let out = dir.path().join("out");
    archive::unzip(&packed, &out).unwrap();
    assert_eq!(sha256(&std::fs::read(out.join("a b.csv")).unwrap()), sha256(&bytes(5000, 2)));
}

#[test]
fn a_path_delays_and_cuts_at_the_byte() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        stream.write_all(&bytes(100_000, 3)).unwrap();
    });
    let delay = Duration::from_millis(80);
    let proxy = Proxy::start(port, Rules { delay, cut_after: Some(12_345), ..Rules::default() }).unwrap();
    let began = Instant::now();
    let mut got = Vec::new();
    // The cut may come as an end or as an error.
    let _ = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap().read_to_end(&mut got);
    assert_eq!(got, bytes(12_345, 3));
    assert!(began.elapsed() >= delay);
    assert_eq!(proxy.cuts(), 1);
}
