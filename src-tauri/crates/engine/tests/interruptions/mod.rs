//! Pause and cancel in the middle of encrypting, packing and unpacking: they act at once, nothing unfinished is left,
//! and the step goes on to its result.

use crate::rig::{Rig, files_below};
use courier_domain::execution::{JobExecution, JobExecutionState};
use courier_domain::key::{PgpAlgorithm, PgpKey, PgpKeyStatus, PgpKeyType};
use courier_domain::{JobExecutionId, JobId, PgpKeyId};
use courier_engine::{RunningEngine, places};
use courier_keys::pgp::{PgpKeySpec, generate};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

const AT_ONCE: Duration = Duration::from_secs(1);
/// Far longer than it takes to stop it, and costs no disk.
const LARGE: u64 = 24 << 30;
/// Of what must be made before it is taken apart.
const MADE: u64 = 1 << 30;

/// A step on `in/big.bin` or on what was made of it.
struct Work {
    type_key: &'static str,
    configuration: Value,
}

/// Zeros that no disk block holds.
fn zeros(rig: &Rig, name: &str, length: u64) {
    let path = rig.write(name, b"");
    std::fs::File::options().write(true).open(path).unwrap().set_len(length).unwrap();
}

impl Work {
    async fn job(&self, rig: &Rig) -> JobId {
        let steps = json!([{ "name": "Work", "type_key": self.type_key, "timeout_seconds": 0,
                             "configuration": self.configuration }]);
        rig.job(json!({ "type": "stop" }), steps).await
    }

    /// Starts a run, and asks for its end when bytes are moving.
    async fn interrupted(&self, rig: &Rig, wanted: JobExecutionState) -> JobExecutionId {
        let mut reports = rig.engine.progress().subscribe();
        let id = rig.enqueue(self.job(rig).await).await;
        while reports.recv().await.unwrap().execution_id != id {}
        let mut unit = rig.store.begin("tester@here").await.unwrap();
        match wanted {
            JobExecutionState::Paused => unit.request_pause(id).await.unwrap(),
            _ => unit.request_cancel(id).await.unwrap(),
        };
        unit.commit().await.unwrap();
        let asked = Instant::now();
        let run =
            rig.until(id, |run| run.state.is_terminal() || run.state == JobExecutionState::Paused).await;
        let took = asked.elapsed();
        assert_eq!(run.state, wanted, "{}: {:?}", self.type_key, run.error_message);
        assert!(took <= AT_ONCE, "{} was {wanted:?} after {took:?}", self.type_key);
        assert_eq!(files_below(&rig.path("out")), [""; 0], "{}", self.type_key);
        id
    }

    /// Both ways to stop it; what was paused goes on with what `smaller` has made of the input.
    async fn stops_and_goes_on(&self, rig: &Rig, running: RunningEngine, smaller: impl AsyncFnOnce()) {
        self.interrupted(rig, JobExecutionState::Cancelled).await;
        let id = self.interrupted(rig, JobExecutionState::Paused).await;
        running.shutdown().await;
        smaller().await;
        let run = rig.resume(id).await;
        assert_eq!(run.state, JobExecutionState::Completed, "{}: {:?}", self.type_key, run.error_message);
    }
}

/// Runs one step to its end.
async fn done(rig: &Rig, type_key: &'static str, configuration: Value) -> JobExecution {
    let run = rig.run(Work { type_key, configuration }.job(rig).await).await;
    assert_eq!(run.state, JobExecutionState::Completed, "{type_key}: {:?}", run.error_message);
    run
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn packing_stops_at_once_and_goes_on() {
    for format in ["zip", "7z", "tar.zst"] {
        let rig = Rig::new().await;
        zeros(&rig, "in/big.bin", LARGE);
        let archive = rig.path("out/packed");
        let pack = Work {
            type_key: "file.zip",
            configuration: json!({ "source_paths": rig.path("in/big.bin"), "output_path": archive, "format": format }),
        };
        let running = rig.start().await;
        pack.stops_and_goes_on(&rig, running, async || drop(rig.write("in/big.bin", b"small"))).await;
        assert_eq!(files_below(&rig.path("out")), ["packed"], "{format}");
        let unpack = json!({ "archive_path": archive, "output_directory": rig.path("back") });
        done(&rig, "file.unzip", unpack).await;
        assert_eq!(std::fs::read(rig.path("back/big.bin")).unwrap(), b"small", "{format}");
    }
}

/// A library that has a large piece in hand does not look up before it is done with it.
#[tokio::test(flavor = "multi_thread")]
async fn packing_what_packs_slowly_stops_at_once() {
    let rig = Rig::new().await;
    rig.write("in/random.bin", &courier_testkit::data::bytes(80_000_000, 7));
    let pack = Work {
        type_key: "file.zip",
        configuration: json!({ "source_paths": rig.path("in/random.bin"), "output_path": rig.path("out/packed.7z"),
                               "format": "7z", "level": 9 }),
    };
    let running = rig.start().await;
    pack.interrupted(&rig, JobExecutionState::Cancelled).await;
    pack.interrupted(&rig, JobExecutionState::Paused).await;
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unpacking_stops_at_once_and_goes_on() {
    for format in ["zip", "7z", "tar.zst"] {
        let rig = Rig::new().await;
        let mut unit = rig.store.begin("tester@here").await.unwrap();
        unit.set_setting("archive.max_compression_ratio", "1000000").await.unwrap();
        unit.commit().await.unwrap();
        let archive = rig.path("packed");
        let pack = json!({ "source_paths": rig.path("in/big.bin"), "output_path": archive, "format": format,
                           "verify": false, "level": 1 });
        zeros(&rig, "in/big.bin", MADE);
        done(&rig, "file.zip", pack.clone()).await;
        let unpack = Work {
            type_key: "file.unzip",
            configuration: json!({ "archive_path": archive, "output_directory": rig.path("out") }),
        };
        let running = rig.start().await;
        let smaller = async || {
            rig.write("in/big.bin", b"small");
            done(&rig, "file.zip", pack).await;
        };
        unpack.stops_and_goes_on(&rig, running, smaller).await;
        assert_eq!(files_below(&rig.path("out")), ["big.bin"], "{format}");
        assert_eq!(std::fs::read(rig.path("out/big.bin")).unwrap(), b"small", "{format}");
    }
}

/// A pair in the store and the vault.
async fn pair(rig: &Rig) -> PgpKeyId {
    let (id, now) = (PgpKeyId(rig.store.ids().new_id()), rig.store.clock().now());
    let spec = PgpKeySpec {
        algorithm: PgpAlgorithm::EccCurve25519,
        user_id: "Ours <ours@example.org>",
        expires_in: None,
        passphrase: None,
    };
    let made = generate(&spec, now).unwrap();
    let key = PgpKey {
        id,
        name: "ours".into(),
        fingerprint: made.info.fingerprint.clone(),
        short_key_id: made.info.short_key_id.clone(),
        algorithm: made.info.algorithm,
        key_type: PgpKeyType::KeyPair,
        purpose: None,
        status: PgpKeyStatus::Active,
        public_key_data: made.public_armored,
        private_key_data: Some(rig.vault().seal(&places::pgp_private(id), made.private.expose()).unwrap()),
        passphrase_hash: None,
        expires_at: None,
        successor_key_id: None,
        created_by: "tester@here".into(),
        created_at: now,
        updated_at: now,
        is_deleted: false,
        deleted_at: None,
        user_ids: made.info.user_ids.clone(),
        revocation_certificate: None,
    };
    let mut unit = rig.store.begin("tester@here").await.unwrap();
    unit.insert_pgp_key(&key).await.unwrap();
    unit.commit().await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn encrypting_and_signing_stop_at_once_and_go_on() {
    let rig = Rig::new().await.with_vault();
    let ours = pair(&rig).await;
    zeros(&rig, "in/big.bin", LARGE);
    let sealed = rig.path("out/big.pgp");
    let encrypt = Work {
        type_key: "pgp.encrypt",
        configuration: json!({ "input_path": text(&rig.path("in/big.bin")), "output_path": text(&sealed),
                               "recipient_key_ids": [ours], "signing_key_id": ours }),
    };
    let running = rig.start().await;
    encrypt.stops_and_goes_on(&rig, running, async || drop(rig.write("in/big.bin", b"small"))).await;
    assert_eq!(files_below(&rig.path("out")), ["big.pgp"]);
    let open = json!({ "input_path": text(&sealed), "output_path": text(&rig.path("back")),
                       "require_signature": true, "signer_key_ids": [ours] });
    done(&rig, "pgp.decrypt", open).await;
    assert_eq!(std::fs::read(rig.path("back")).unwrap(), b"small");
}
#[tokio::test(flavor = "multi_thread")]
async fn decrypting_stops_at_once_and_goes_on() {
    let rig = Rig::new().await.with_vault();
    let ours = pair(&rig).await;
    let sealed = rig.path("big.pgp");
    let seal = json!({ "input_path": text(&rig.path("in/big.bin")), "output_path": text(&sealed),
                       "recipient_key_ids": [ours], "signing_key_id": ours, "compression": "zlib" });
    zeros(&rig, "in/big.bin", MADE);
    done(&rig, "pgp.encrypt", seal.clone()).await;
    let decrypt = Work {
        type_key: "pgp.decrypt",
        configuration: json!({ "input_path": text(&sealed), "output_path": text(&rig.path("out/big.bin")),
                               "require_signature": true, "signer_key_ids": [ours] }),
    };
    let running = rig.start().await;
    let smaller = async || {
        rig.write("in/big.bin", b"small");
        done(&rig, "pgp.encrypt", seal).await;
    };
    decrypt.stops_and_goes_on(&rig, running, smaller).await;
    assert_eq!(files_below(&rig.path("out")), ["big.bin"]);
    assert_eq!(std::fs::read(rig.path("out/big.bin")).unwrap(), b"small");
}
