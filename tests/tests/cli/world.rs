//! The main job's surroundings: a partner with gpg, its SFTP server, and a Courier with the bundle that fetches from it.

use crate::courier::{Courier, Done};
use anyhow::Result;
use courier_testkit::{Gpg, Sshd, SshdOptions, archive, data};
use std::collections::BTreeMap;
use std::path::PathBuf;

const PARTNER: &str = "Partner <partner@example.org>";

pub(crate) struct World {
    pub(crate) courier: Courier,
    pub(crate) sshd: Sshd,
    pub(crate) gpg: Gpg,
    /// Content by file name, as it must be delivered.
    pub(crate) invoices: BTreeMap<String, Vec<u8>>,
}

impl World {
    /// Server, keys and invoices are there; connection and job too. Nothing ran yet.
    pub(crate) fn new() -> Result<Self> {
        let (courier, sshd, gpg) = (Courier::new()?, Sshd::start(SshdOptions::default())?, Gpg::new()?);
        gpg.generate(PARTNER, "future-default", "")?;
        std::fs::write(courier.folder().join("partner.asc"), gpg.export_public(PARTNER)?)?;
        std::fs::copy(sshd.client_key(), courier.folder().join("id_ed25519"))?;
        let world = Self { courier, sshd, gpg, invoices: BTreeMap::new() };
        world.apply()?.expect(0)?;
        let ours = world.courier.ok(&["key", "pgp", "export", "ours"])?;
        world.gpg.import(ours.as_bytes())?;
        world.with_invoices()
    }

    fn with_invoices(mut self) -> Result<Self> {
        let out = self.sshd.data().join("out");
        std::fs::create_dir_all(&out)?;
        let made = self.courier.folder().join("made");
        std::fs::create_dir_all(&made)?;
        for (n, size) in [(1_u64, 1_000), (2, 300_000), (3, 5)] {
            let name = format!("invoice-{n}.csv");
            let content = data::bytes(size, n);
            std::fs::write(made.join(&name), &content)?;
            let zip = archive::zip(&made, &[&name], &made.join(format!("invoice-{n}.zip")))?;
            self.gpg.encrypt(
                &zip,
                &out.join(format!("invoice-{n}.zip.pgp")),
                "ours@example.org",
                Some(PARTNER),
            )?;
            self.invoices.insert(name, content);
        }
        std::fs::remove_dir_all(made)?;
        Ok(self)
    }

    pub(crate) fn delivered(&self) -> PathBuf {
        self.courier.folder().join("invoices").join("today")
    }

    pub(crate) fn bundle(&self) -> String {
        format!(
            r#"
courier: 1
settings: {{ job.concurrency_limit: "4" }}
ssh_keys:
  - {{ name: ops, import: {{ file: ./id_ed25519 }} }}
pgp_keys:
  - {{ name: ours, generate: {{ algorithm: ecc_curve25519, user_id: "Ours <ours@example.org>", expires_in_days: 730 }} }}
  - {{ name: partner, import: {{ file: ./partner.asc }} }}
connections:
  - name: partner
    group: Partner X
    protocol: sftp
    host: 127.0.0.1
    port: {port}
    username: {user}
    auth_method: ssh_key
    ssh_key_id: ops
    host_key_policy: trust_on_first_use
jobs:
  - name: fetch-invoices
    failure_policy: {{ type: retry_step, max_retries: 3, backoff_base_seconds: 1, backoff_max_seconds: 60 }}
    parameters: [{{ name: day, type: text, default: "today" }}]
    steps:
      - {{ name: Download, type_key: sftp.download, configuration: {{ connection_id: partner, remote_path: "{out}" }}, timeout_seconds: 600 }}
      - {{ name: Decrypt, type_key: pgp.decrypt, configuration: {{ input_path: "{{{{ steps.download.files }}}}", require_signature: true, signer_key_ids: [partner] }} }}
      - {{ name: Unpack, type_key: file.unzip, configuration: {{ archive_path: "{{{{ steps.decrypt.files }}}}" }} }}
      - {{ name: Deliver, type_key: file.move, configuration: {{ source_path: "{{{{ steps.unpack.files }}}}", destination_path: "{invoices}/{{{{ params.day }}}}/" }} }}
"#,
            port = self.sshd.port(),
            user = self.sshd.user(),
            out = self.sshd.remote("out/*.pgp"),
            invoices = self.courier.folder().join("invoices").display(),
        )
    }

    pub(crate) fn apply(&self) -> Result<Done> {
        self.courier.apply(&self.bundle())
    }

    pub(crate) fn run(&self) -> Result<Done> {
        self.courier.run(&["run", "fetch-invoices"])
    }
}
