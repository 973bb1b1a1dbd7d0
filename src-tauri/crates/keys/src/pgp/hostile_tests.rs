//! Messages made to do harm: cut at their joints, without integrity protection, with a signature taken off, nested
//! without end, reproducing themselves, or growing out of all proportion.

use super::guard_tests::Bench;
use super::testing::*;
use super::*;
use crate::KeysError;
use courier_domain::ErrorCode;
use courier_domain::receipt::VerifyStatus;
use courier_domain::step::{OutputFormat, PgpCompression, SignMode};
use openpgp::parse::Parse;
use openpgp::serialize::Serialize;
use openpgp::serialize::stream::{Compressor, Encryptor, LiteralWriter, Message, Recipient};
use openpgp::types::{CompressionAlgorithm, SymmetricAlgorithm};
use sequoia_openpgp as openpgp;
use std::fs;
use std::io::Write;

/// Where packets and the pieces of partial ones begin, and where their bodies do (RFC 4880, section 4.2).
fn joints(message: &[u8]) -> Vec<usize> {
    let mut joints = Vec::new();
    let mut at = 0;
    while at < message.len() {
        joints.push(at);
        assert_eq!(message[at] & 0xc0, 0xc0, "only the new format is written here");
        at += 1;
        loop {
            joints.push(at);
            let (length, header, partial) = length_at(&message[at..]);
            at += header;
            joints.push(at);
            at += length;
            if !partial {
                break;
            }
        }
    }
    joints.push(at);
    joints
}

/// Body length, length of the length itself, and whether more pieces follow.
fn length_at(bytes: &[u8]) -> (usize, usize, bool) {
    match bytes[0] {
        first @ 0..=191 => (first.into(), 1, false),
        first @ 192..=223 => (((usize::from(first) - 192) << 8) + usize::from(bytes[1]) + 192, 2, false),
        first @ 224..=254 => (1 << (first & 0x1f), 1, true),
        255 => (u32::from_be_bytes(bytes[1..5].try_into().unwrap()) as usize, 5, false),
    }
}

#[test]
fn a_message_cut_at_any_joint_is_an_error_and_leaves_no_file() {
    for length in [100, 1_300_000] {
        let bench = Bench::new(&noise(length));
        let good = bench.sealed(Some(&bench.pair.key));
        let joints = joints(&good);
        assert!(joints.len() >= 6 && joints.last() == Some(&good.len()), "{joints:?}");
        for at in
            joints.iter().flat_map(|at| [at.saturating_sub(1), *at, at + 1]).filter(|at| *at < good.len())
        {
            fs::write(bench.at("sealed"), &good[..at]).unwrap();
            let error = bench.refused(SignatureRule::Optional);
            let expected = [ErrorCode::MessageDamaged, ErrorCode::NoDecryptionKey];
            assert!(expected.contains(&error.code()), "cut at {at}: {error}");
        }
    }
}

/// The message in two packets of known length: session key, encrypted data.
fn in_one_piece(message: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (length, header, _) = length_at(&message[1..]);
    let (key, mut rest) = message.split_at(1 + header + length);
    let mut body = Vec::new();
    rest = &rest[1..];
    loop {
        let (length, header, partial) = length_at(rest);
        body.extend_from_slice(&rest[header..header + length]);
        rest = &rest[header + length..];
        if !partial {
            assert!(rest.is_empty());
            return (key.to_vec(), body);
        }
    }
}

fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![0xc0 | tag, 255];
    packet.extend_from_slice(&u32::try_from(body.len()).unwrap().to_be_bytes());
    packet.extend_from_slice(body);
    packet
}

const SED: u8 = 9;
const SEIP: u8 = 18;

#[test]
fn a_message_without_its_integrity_code_is_refused() {
    for length in [50, 40_000] {
        let bench = Bench::new(&noise(length));
        let (key, body) = in_one_piece(&bench.sealed(None));
        let write = |tag, body: &[u8]| {
            fs::write(bench.at("sealed"), [&key[..], &packet(tag, body)].concat()).unwrap()
        };
        write(SEIP, &body);
        bench.open(SignatureRule::Optional).unwrap();
        fs::remove_file(bench.at("opened")).unwrap();
        // The code is the last 22 bytes: taken off in part, and whole.
        for less in [1, 20, 22, 23] {
            write(SEIP, &body[..body.len() - less]);
            assert_eq!(
                bench.refused(SignatureRule::Optional).code(),
                ErrorCode::MessageDamaged,
                "{less} less"
            );
        }
        // The same data as a packet that never had one, with and without the version in front.
        for body in [&body[1..], &body[..], &body[1..body.len() - 22]] {
            write(SED, body);
            assert_eq!(bench.refused(SignatureRule::Optional).code(), ErrorCode::MessageDamaged);
        }
    }
}

#[test]
fn what_stands_behind_or_beside_a_message_is_refused() {
    let bench = Bench::new(b"one");
    let good = bench.sealed(None);
    fs::write(bench.at("plain"), b"two").unwrap();
    fs::remove_file(bench.at("sealed")).unwrap();
    let other = bench.sealed(None);
    let literal = packet(11, b"b\0\0\0\0\0injected");
    for (what, bytes) in [
        ("rubbish behind", [&good[..], b"rubbish"].concat()),
        ("a second message behind", [&good[..], &other].concat()),
        ("text in clear behind", [&good[..], &literal].concat()),
        ("text in clear before", [&literal[..], &good].concat()),
    ] {
        fs::write(bench.at("sealed"), bytes).unwrap();
        let error = bench.refused(SignatureRule::Optional);
        assert!(
            matches!(error, KeysError::MessageDamaged { .. } | KeysError::NotEncrypted { .. }),
            "{what}: {error}"
        );
    }
}

/// Encrypts raw packets to the bench's key, as an attacker who has the public key can.
fn seal_raw(bench: &Bench, inner: &[u8]) {
    let policy = openpgp::policy::StandardPolicy::new();
    let keys = bench.pair.certificate.0.keys().with_policy(&policy, None).for_storage_encryption();
    let mut sealed = Vec::new();
    let mut message = Encryptor::for_recipients(Message::new(&mut sealed), keys.map(Recipient::from))
        .symmetric_algo(SymmetricAlgorithm::AES256)
        .build()
        .unwrap();
    message.write_all(inner).unwrap();
    message.finalize().unwrap();
    fs::write(bench.at("sealed"), sealed).unwrap();
}

/// The packets of a signed message.
fn signed_packets(bench: &Bench) -> Vec<openpgp::Packet> {
    bench.sign(&bench.pair.key, SignMode::Inline);
    let signed = fs::read(bench.at("signed")).unwrap();
    openpgp::PacketPile::from_bytes(&signed).unwrap().into_children().collect()
}

fn bytes(packets: &[openpgp::Packet]) -> Vec<u8> {
    let mut bytes = Vec::new();
    packets.iter().for_each(|packet| packet.serialize(&mut bytes).unwrap());
    bytes
}

#[test]
fn a_signature_that_was_taken_off_is_missed() {
    let bench = Bench::new(b"pay 10");
    let packets = signed_packets(&bench);
    assert_eq!(packets.len(), 3, "announcement, content, signature");
    seal_raw(&bench, &bytes(&packets));
    assert!(bench.open(SignatureRule::Required).unwrap().verify.unwrap().is_valid, "the setting works");
    fs::remove_file(bench.at("opened")).unwrap();

    for (what, left) in [
        ("announced only", &packets[..2]),
        ("content only", &packets[1..2]),
        ("signature behind only", &packets[1..]),
    ] {
        seal_raw(&bench, &bytes(left));
        let error = bench.refused(SignatureRule::Required);
        let expected = [ErrorCode::SignatureMissing, ErrorCode::MessageDamaged, ErrorCode::SignatureInvalid];
        assert!(expected.contains(&error.code()), "{what}: {error}");
        fs::write(bench.at("signed"), bytes(left)).unwrap();
        let checked = verify_by(&bench.at("signed"), None, std::slice::from_ref(&bench.pair.certificate));
        assert!(!checked.is_ok_and(|found| found.result.is_valid), "{what} passes for signed");
    }
}

#[test]
fn content_that_was_exchanged_or_doubled_is_refused() {
    let bench = Bench::new(b"pay 10");
    let packets = signed_packets(&bench);
    let mut other = openpgp::packet::Literal::new(openpgp::types::DataFormat::Binary);
    other.set_body(b"pay 99".to_vec());
    let other = openpgp::Packet::from(other);
    let [announced, content, signature] = <[openpgp::Packet; 3]>::try_from(packets).unwrap();
    let exchanged = bytes(&[announced.clone(), other.clone(), signature.clone()]);
    let doubled = bytes(&[announced.clone(), content.clone(), other.clone(), signature.clone()]);
    let beside = bytes(&[other, announced, content, signature]);
    for inner in [exchanged, doubled, beside] {
        seal_raw(&bench, &inner);
        for rule in [SignatureRule::Required, SignatureRule::Optional] {
            let error = bench.refused(rule);
            let expected = [ErrorCode::SignatureInvalid, ErrorCode::MessageDamaged];
            assert!(expected.contains(&error.code()), "{error}");
        }
    }
}

#[test]
fn messages_nested_without_end_are_refused_at_once() {
    let bench = Bench::new(b"");
    let mut compressed = packet(11, b"b\0\0\0\0\0deep");
    for _ in 0..400 {
        let mut outer = Vec::new();
        let mut layer =
            Compressor::new(Message::new(&mut outer)).algo(CompressionAlgorithm::Zip).build().unwrap();
        layer.write_all(&compressed).unwrap();
        layer.finalize().unwrap();
        compressed = outer;
    }
    seal_raw(&bench, &compressed);
    assert_eq!(bench.refused(SignatureRule::Optional).code(), ErrorCode::MessageDamaged);
    fs::write(bench.at("signed"), &compressed).unwrap();
    assert!(verify_by(&bench.at("signed"), None, &[]).is_err());

    let mut encrypted = packet(11, b"b\0\0\0\0\0deep");
    for _ in 0..40 {
        seal_raw(&bench, &encrypted);
        encrypted = fs::read(bench.at("sealed")).unwrap();
    }
    assert_eq!(bench.refused(SignatureRule::Optional).code(), ErrorCode::MessageDamaged);
}

#[test]
fn a_message_that_unpacks_to_itself_is_refused_at_once() {
    let quine = quine();
    let unpacked = openpgp::PacketPile::from_bytes(&quine);
    assert!(unpacked.is_ok(), "the quine is made of readable packets");
    let bench = Bench::new(b"");
    seal_raw(&bench, &quine);
    assert_eq!(bench.refused(SignatureRule::Optional).code(), ErrorCode::MessageDamaged);
    fs::write(bench.at("signed"), &quine).unwrap();
    assert!(verify_by(&bench.at("signed"), None, &[]).is_err());
    assert_eq!(import(&quine, None, now()).unwrap_err().code(), ErrorCode::KeyUnreadable);
}

/// Two marker packets and a compressed packet of open length whose content is the whole again. Deflate has two
/// instructions, "print these bytes" and "repeat the last bytes"; a program of them that prints itself takes up to its
/// end what the packets' head needs.
fn quine() -> Vec<u8> {
    let head = [&b"\xca\x03PGP\xca\x03PGP"[..], &[0xa3, 0x01]].concat();
    let print = |length: usize| {
        let length = u16::try_from(length).unwrap();
        [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes()].concat()
    };
    // Each is five bytes long, so that the next one begins at a whole byte: two matches of 15 bits in a fixed block.
    let print_head = print(head.len() + 5);
    let repeat_head = repeat(&[(8, 17), (9, 17)], false);
    let repeat_four = repeat(&[(10, 20), (10, 20)], false);
    let repeat_end = repeat(&[(3, 3)], true);
    let (print_none, print_one, print_four, print_end) =
        (print(0), print(5), print(20), print(repeat_end.len()));
    let parts: [&[u8]; 31] = [
        &head,
        &print_head,
        &head,
        &print_head,
        &repeat_head,
        &print_one,
        &repeat_head,
        &print_one,
        &print_one,
        &print_four,
        &repeat_head,
        &print_one,
        &print_one,
        &print_four,
        &repeat_four,
        &print_four,
        &repeat_four,
        &print_four,
        &repeat_four,
        &print_four,
        &repeat_four,
        &print_four,
        &repeat_four,
        &print_none,
        &print_none,
        &print_end,
        &repeat_four,
        &print_none,
        &print_none,
        &print_end,
        &repeat_end,
    ];
    let quine = [&parts.concat()[..], &repeat_end].concat();
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::DeflateDecoder::new(&quine[head.len()..]), &mut unpacked)
        .unwrap();
    assert_eq!(unpacked, quine, "it does not print itself");
    quine
}

/// A block of fixed codes with matches of (length, distance) and its end (RFC 1951, section 3.2.6).
fn repeat(matches: &[(u32, u32)], last: bool) -> Vec<u8> {
    let mut bits: Vec<bool> = vec![last, true, false];
    let mut code = |value: u32, width: u32| (0..width).rev().for_each(|bit| bits.push(value >> bit & 1 == 1));
    for (length, distance) in matches {
        assert!((3..=10).contains(length));
        // Codes 257 to 279 have seven bits and begin at 1.
        code(length - 2, 7);
        let (symbol, base, width) = match distance {
            1..=4 => (distance - 1, *distance, 0),
            17..=24 => (8, 17, 3),
            other => panic!("no code is written down for the distance {other}"),
        };
        code(symbol, 5);
        // Extra bits stand the other way round.
        let (value, width) = (distance - base, width);
        (0..width).for_each(|bit| code(value >> bit & 1, 1));
    }
    code(0, 7);
    bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |all, bit| all << 1 | u8::from(*bit))).collect()
}

/// Zeros without end, compressed: each MiB of them takes about a KiB.
fn bomb(mib: usize) -> Vec<u8> {
    let mut packed = Vec::new();
    let layer = Compressor::new(Message::new(&mut packed)).algo(CompressionAlgorithm::Zlib).build().unwrap();
    let mut message = LiteralWriter::new(layer).build().unwrap();
    let zeros = vec![0; 1 << 20];
    (0..mib).for_each(|_| message.write_all(&zeros).unwrap());
    message.finalize().unwrap();
    packed
}

#[test]
fn a_compression_bomb_is_stopped_and_leaves_nothing() {
    let bench = Bench::new(b"");
    let packed = bomb(400);
    assert!(packed.len() < 1 << 20);
    seal_raw(&bench, &packed);
    let error = bench.refused(SignatureRule::Optional);
    assert_eq!(error.code(), ErrorCode::ArchiveLimit, "{error}");
    assert!(error.to_string().contains("200 times"), "{error}");
    fs::write(bench.at("signed"), &packed).unwrap();
    let error = verify_by(&bench.at("signed"), None, &[]).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ArchiveLimit, "{error}");
    // What compresses well and is small is no bomb, and a setting lets larger ones through.
    seal_raw(&bench, &bomb(9));
    assert_eq!(bench.open(SignatureRule::Optional).unwrap().output.bytes, 9 << 20);
    fs::remove_file(bench.at("opened")).unwrap();
    seal_raw(&bench, &packed);
    let keys = std::slice::from_ref(&bench.pair.key);
    let (input, output) = (bench.at("sealed"), bench.at("opened"));
    let request = DecryptRequest {
        input: &input,
        output: &output,
        keys,
        signers: &[],
        revoked: &[],
        signature: SignatureRule::Optional,
        max_ratio: 2_000,
        now: now(),
    };
    assert_eq!(quietly(|control| decrypt(&request, control)).unwrap().output.bytes, 400 << 20);
}

#[test]
fn rubbish_never_gets_through() {
    let bench = Bench::new(b"x");
    let good = bench.sealed(None);
    for round in 0..200_usize {
        let mut bytes = noise(round * 37 % 900);
        // Half of them begin like a message.
        if round % 2 == 0 {
            let head = round % good.len();
            bytes.splice(0..0, good[..head].iter().copied());
        }
        fs::write(bench.at("sealed"), &bytes).unwrap();
        bench.refused(SignatureRule::Optional);
        let checked = verify_by(&bench.at("sealed"), None, std::slice::from_ref(&bench.pair.certificate));
        assert!(!checked.is_ok_and(|found| found.result.status == VerifyStatus::Valid));
    }
}

#[test]
fn a_message_may_be_for_many_and_is_open_to_each() {
    let bench = Bench::new(b"for all");
    let others: Vec<Pair> = (0..3).map(|_| quick()).collect();
    let mut recipients: Vec<Certificate> = others.iter().map(|pair| pair.certificate.clone()).collect();
    recipients.push(bench.pair.certificate.clone());
    let (input, output) = (bench.at("plain"), bench.at("sealed"));
    let request = EncryptRequest {
        input: &input,
        output: &output,
        recipients: &recipients,
        signer: Some(&others[0].key),
        format: OutputFormat::Armored,
        compression: PgpCompression::Zlib,
        now: now(),
    };
    quietly(|control| encrypt(&request, control)).unwrap();
    for pair in others.iter().chain([&bench.pair]) {
        let (keys, signers) = (std::slice::from_ref(&pair.key), &recipients[..1]);
        let done =
            decrypt_with(&output, &bench.at("opened"), keys, signers, SignatureRule::Required).unwrap();
        assert!(done.verify.unwrap().is_valid);
        fs::remove_file(bench.at("opened")).unwrap();
    }
}
