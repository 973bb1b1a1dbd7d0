//! `courier connection`.

use super::listing::{Listed, narrow};
use super::{flat, flat_all};
use crate::args::{ConnectionCommand, ListingArgs};
use crate::exit;
use crate::output::{Out, bytes, instant};
use crate::progress::FileBar;
use crate::secrets;
use courier_app::{
    App, AppError, Depth, Earlier, MovedFile, Probe, RemoteFolder, StageReport, StageState, TestReport,
    escaped,
};
use courier_domain::ErrorCode;
use courier_domain::connection::{
    Connection, ConnectionProtocol, TlsCertPolicy, normal_fingerprint, normal_thumbprint,
};
use courier_domain::step::Overwrite;
use courier_domain::tag::TaggableEntityType;

pub(super) async fn run(app: &App, command: ConnectionCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        ConnectionCommand::List(args) => list(app, &args, out).await?,
        ConnectionCommand::Show { connection } => show(app, &connection, out).await?,
        ConnectionCommand::WhereUsed { connection } => {
            let id = app.connections_find(&connection).await?.id;
            super::job::references(&app.connections_where_used(id).await?, out);
        }
        ConnectionCommand::Test { connection, write } => return test(app, &connection, write, out).await,
        ConnectionCommand::Ls { connection, path } => {
            let id = app.connections_find(&connection).await?.id;
            let RemoteFolder { entries, refused } =
                app.connections_browse(id, path.as_deref().unwrap_or_default()).await?;
            if out.json {
                out.json(&entries);
            } else {
                let rows: Vec<_> = entries
                    .iter()
                    .map(|e| {
                        let slash = if e.is_directory { "/" } else { "" };
                        let size = if e.is_directory {
                            "-".into()
                        } else {
                            bytes(i64::try_from(e.size).unwrap_or(i64::MAX))
                        };
                        vec![format!("{}{slash}", e.name), size, instant(e.modified_at)]
                    })
                    .collect();
                out.table(&["NAME", "SIZE", "CHANGED"], &rows);
            }
            for one in refused {
                out.hint(&format!("left out: {}: {}", one.name, one.reason));
            }
        }
        ConnectionCommand::Get { connection, remote, local, overwrite } => {
            let id = app.connections_find(&connection).await?.id;
            let bar = FileBar::new(out);
            let (cancel, tick) = (bar.cancel(), bar.tick());
            let moved = app.connections_fetch(id, &remote, &local, replace(overwrite), cancel, tick).await;
            bar.finish();
            show_moved(&moved?, out);
        }
        ConnectionCommand::Put { connection, local, remote, overwrite } => {
            let id = app.connections_find(&connection).await?.id;
            let bar = FileBar::new(out);
            let (cancel, tick) = (bar.cancel(), bar.tick());
            let moved = app.connections_send(id, &local, &remote, replace(overwrite), cancel, tick).await;
            bar.finish();
            show_moved(&moved?, out);
        }
        ConnectionCommand::Rm { connection, path, recursive } => {
            let id = app.connections_find(&connection).await?.id;
            let depth = if recursive { Depth::Tree } else { Depth::Folder };
            let removed = app.connections_remove(id, &path, depth).await?;
            if out.json {
                out.json(&removed);
            } else {
                removed.iter().for_each(|path| out.line(&format!("Removed {path}")));
            }
        }
        ConnectionCommand::Mkdir { connection, path } => {
            let id = app.connections_find(&connection).await?.id;
            app.connections_make_folder(id, &path).await?;
            out.hint(&format!("Made {}.", escaped(&path)));
        }
        ConnectionCommand::Mv { connection, from, to, overwrite } => {
            let id = app.connections_find(&connection).await?.id;
            app.connections_rename(id, &from, &to, replace(overwrite)).await?;
            out.hint(&format!("Moved {} to {}.", escaped(&from), escaped(&to)));
        }
        ConnectionCommand::Trust { connection, fingerprint, keep_earlier } => {
            let earlier = if keep_earlier { Earlier::Kept } else { Earlier::Replaced };
            trust(app, &connection, fingerprint.as_deref(), earlier, out).await?;
        }
        ConnectionCommand::Revoke { connection, fingerprint } => {
            let found = app.connections_find(&connection).await?;
            app.connections_revoke(found.id, &fingerprint).await?;
            out.hint(&format!("{} is refused from now on when it shows this key.", found.name));
        }
        ConnectionCommand::Delete { connection } => {
            let found = app.connections_find(&connection).await?;
            app.connections_delete(found.id).await?;
            out.hint(&format!("Deleted {}.", found.name));
        }
    }
    Ok(exit::DONE)
}

pub(super) const fn replace(overwrite: bool) -> Overwrite {
    if overwrite { Overwrite::Overwrite } else { Overwrite::Fail }
}

pub(super) fn show_moved(moved: &[MovedFile], out: &Out) {
    if out.json {
        return out.json(&moved);
    }
    for file in moved {
        let size = bytes(i64::try_from(file.size).unwrap_or(i64::MAX));
        out.line(&format!(
            "{} {} ({size}, SHA-256 {})",
            file.remote_path,
            file.local_path.display(),
            file.sha256
        ));
    }
}

async fn list(app: &App, args: &ListingArgs, out: &Out) -> Result<(), AppError> {
    let rows = app.connections_list().await?;
    let (rows, more) = narrow(app, TaggableEntityType::Connection, rows, args, |row| Listed {
        id: row.connection.id.0,
        name: &row.connection.name,
        updated_at: row.connection.updated_at,
    })
    .await?;
    if out.json {
        out.json(&flat_all(&rows, "connection")?);
        return Ok(());
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let c = &row.connection;
            vec![
                c.name.clone(),
                c.protocol.to_string(),
                format!("{}@{}:{}", c.username, c.host, c.port),
                c.auth_method.to_string(),
                c.status.to_string(),
                row.used_by.to_string(),
            ]
        })
        .collect();
    out.table(&["CONNECTION", "PROTOCOL", "SERVER", "LOGIN", "STATUS", "USED BY"], &rows);
    super::tell_more(more, out);
    Ok(())
}

async fn show(app: &App, name: &str, out: &Out) -> Result<(), AppError> {
    let view = app.connections_get(app.connections_find(name).await?.id).await?;
    if out.json {
        out.json(&flat(&view, "connection")?);
        return Ok(());
    }
    let c = &view.connection;
    out.line(&format!("{}: {}://{}@{}:{} ({})", c.name, c.protocol, c.username, c.host, c.port, c.status));
    out.line(&format!("id {}", c.id));
    let password = if view.has_password { ", password stored" } else { "" };
    match c.protocol {
        ConnectionProtocol::Sftp => {
            out.line(&format!("login {}{password}, host key policy {}", c.auth_method, c.host_key_policy));
        }
        ConnectionProtocol::Ftps => {
            out.line(&format!(
                "login {}{password}, TLS {}, certificate {}",
                c.auth_method, c.tls_mode, c.tls_cert_policy
            ));
            if let Some(thumbprint) = &c.tls_pinned_thumbprint {
                out.line(&format!("pinned certificate {thumbprint}"));
            }
        }
        ConnectionProtocol::Ftp => {
            out.line(&format!("login {}{password}, password and files travel unprotected", c.auth_method));
        }
    }
    if let Some(proxy) = &c.proxy {
        let login = match &proxy.username {
            Some(user) if view.has_proxy_password => format!(" as {user}, password stored"),
            Some(user) => format!(" as {user}"),
            None => String::new(),
        };
        out.line(&format!("through the {} proxy {}:{}{login}", proxy.kind, proxy.host, proxy.port));
    }
    if let Some(jump) = c.jump_connection_id {
        let jump = app.connections_get(jump).await?.connection;
        out.line(&format!(
            "through the jump host {}: {}@{}:{}",
            jump.name, jump.username, jump.host, jump.port
        ));
    }
    if !view.legacy_algorithms.is_empty() {
        out.line(&format!("LEGACY algorithms are allowed: {}", view.legacy_algorithms.join(", ")));
    }
    out.line(&format!(
        "at most {} sessions at once, timeouts {} s to connect and {} s without progress, {} reconnects",
        c.session_limit, c.connect_timeout_sec, c.operation_timeout_sec, c.transport_retries
    ));
    for host in &view.known_hosts {
        let revoked = if host.revoked_at.is_some() { ", revoked" } else { "" };
        out.line(&format!(
            "host key {} ({}) first seen {}, approved by {}{revoked}",
            host.fingerprint,
            host.key_type,
            instant(Some(host.first_seen)),
            host.approved_by
        ));
    }
    for user in &view.used_by {
        out.line(&format!("used by job {} in step {}", user.job_name, user.step_name));
    }
    Ok(())
}

async fn test(app: &App, name: &str, write: bool, out: &Out) -> Result<u8, AppError> {
    let found = app.connections_find(name).await?;
    let probe = if write { Probe::Write } else { Probe::Look };
    let shown = *out;
    let report = app
        .connections_test(found.id, probe, move |stage| {
            if !shown.json {
                show_stage(stage, &shown);
            }
        })
        .await?;
    if out.json {
        out.json(&report);
    } else if let Some(certificate) = &report.certificate {
        out.line(&format!("certificate of {}, issued by {}", certificate.subject, certificate.issuer));
        out.line(&format!(
            "valid {} to {}, SHA-256 {}",
            certificate.not_before.format("%Y-%m-%d"),
            certificate.not_after.format("%Y-%m-%d"),
            certificate.thumbprint
        ));
    }
    if !report.legacy_algorithms.is_empty() {
        out.note(&format!(
            "warning: the session uses legacy algorithms: {}",
            report.legacy_algorithms.join(", ")
        ));
    }
    let failed = failure(&report);
    match failed {
        None => {
            out.hint(&format!("{} works.", found.name));
            Ok(exit::DONE)
        }
        Some((code, stage)) => {
            if !out.json {
                out.note(&format!("error: {}", stage.detail));
                if let Some(hint) = &stage.hint {
                    out.hint(&format!("hint: {hint}"));
                }
            }
            Ok(exit::of_class(code))
        }
    }
}

fn failure(report: &TestReport) -> Option<(ErrorCode, &StageReport)> {
    let stage = report.stages.iter().find(|s| s.state == StageState::Failed)?;
    Some((stage.code.unwrap_or(ErrorCode::Internal), stage))
}

fn show_stage(stage: &StageReport, out: &Out) {
    let (mark, rest) = match stage.state {
        StageState::Passed => ("ok    ", stage.detail.as_str()),
        StageState::Failed => ("FAILED", ""),
        StageState::Skipped => ("-     ", stage.detail.as_str()),
    };
    let name = serde_json::to_value(stage.stage).ok();
    let name = name.as_ref().and_then(|n| n.as_str()).unwrap_or_default().replace('_', " ");
    out.line(&format!("{mark} {name:15} {:>6} ms  {rest}", stage.millis));
}

/// Accepts the key or certificate that the server presents, if it is the given one or a person says yes.
async fn trust(
    app: &App,
    name: &str,
    expected: Option<&str>,
    earlier: Earlier,
    out: &Out,
) -> Result<(), AppError> {
    let found = app.connections_find(name).await?;
    let proof = Proof::of(found.protocol)?;
    let expected = expected.map(|text| proof.normal(text)).transpose()?;
    let report = app.connections_test(found.id, Probe::Look, |_| {}).await?;
    let Some((presented, kind)) = proof.presented(&report) else { return Err(unreached(&report)) };
    match expected {
        Some(expected) if expected != presented => {
            return Err(AppError::new(
                proof.changed(),
                format!("The server presents {presented}, not {expected}. Nothing was trusted."),
            )
            .with_hint("Ask the server's owner which one is right."));
        }
        Some(_) => {}
        None => confirm(&found, proof, (&presented, &kind), &report, out)?,
    }
    match proof {
        Proof::HostKey => app.connections_trust(found.id, &presented, &kind, earlier).await?,
        Proof::Certificate => app.connections_pin(found.id, &presented).await?,
    }
    if out.json {
        out.json(&serde_json::json!({ "fingerprint": presented, "key_type": kind }));
    } else {
        out.line(&format!("Trusted {presented} ({kind}) for {}.", found.name));
    }
    Ok(())
}

/// By what a server shows that it is itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    HostKey,
    Certificate,
}

impl Proof {
    fn of(protocol: ConnectionProtocol) -> Result<Self, AppError> {
        match protocol {
            ConnectionProtocol::Sftp => Ok(Self::HostKey),
            ConnectionProtocol::Ftps => Ok(Self::Certificate),
            ConnectionProtocol::Ftp => Err(AppError::problem(
                "connection",
                "invalid",
                "Plain FTP proves nothing about a server, so there is nothing to trust. Use FTPS or SFTP.",
            )),
        }
    }

    fn normal(self, text: &str) -> Result<String, AppError> {
        let (normal, form) = match self {
            Self::HostKey => (
                normal_fingerprint(text),
                "A host key fingerprint looks like `SHA256:` followed by 43 letters, digits, `+` or `/`.",
            ),
            Self::Certificate => (
                normal_thumbprint(text),
                "A certificate's SHA-256 has 64 hex digits, with or without colons.",
            ),
        };
        normal.ok_or_else(|| AppError::problem("fingerprint", "invalid", form))
    }

    /// The fingerprint, and of what.
    fn presented(self, report: &TestReport) -> Option<(String, String)> {
        match self {
            Self::HostKey => Some((report.fingerprint.clone()?, report.key_type.clone().unwrap_or_default())),
            Self::Certificate => {
                let certificate = report.certificate.as_ref()?;
                Some((certificate.thumbprint.clone(), certificate.subject.clone()))
            }
        }
    }

    const fn changed(self) -> ErrorCode {
        match self {
            Self::HostKey => ErrorCode::HostKeyChanged,
            Self::Certificate => ErrorCode::CertificateChanged,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::HostKey => "host key",
            Self::Certificate => "certificate",
        }
    }

    fn known(self, connection: &Connection, report: &TestReport) -> Vec<String> {
        match self {
            Self::HostKey => report.known_fingerprints.clone(),
            Self::Certificate => {
                let is_pinned = connection.tls_cert_policy == TlsCertPolicy::PinnedThumbprint;
                connection.tls_pinned_thumbprint.clone().filter(|_| is_pinned).into_iter().collect()
            }
        }
    }
}

fn unreached(report: &TestReport) -> AppError {
    match failure(report) {
        Some((code, stage)) => {
            AppError { hint: stage.hint.clone(), ..AppError::new(code, stage.detail.clone()) }
        }
        None => AppError::internal("the server presented nothing to trust"),
    }
}

fn confirm(
    connection: &Connection,
    proof: Proof,
    (presented, kind): (&str, &str),
    report: &TestReport,
    out: &Out,
) -> Result<(), AppError> {
    let known = proof.known(connection, report);
    if known.iter().any(|known| known == presented) {
        return Ok(());
    }
    out.note(&format!("{} presents the {} {presented} ({kind}).", connection.name, proof.name()));
    if let Some(certificate) = report.certificate.as_ref().filter(|_| proof == Proof::Certificate) {
        out.note(&format!(
            "Issued by {}, valid {} to {}.",
            certificate.issuer,
            certificate.not_before.format("%Y-%m-%d"),
            certificate.not_after.format("%Y-%m-%d")
        ));
    }
    for known in known {
        out.note(&format!("Trusted until now: {known}"));
    }
    if !secrets::can_ask() {
        return Err(AppError::problem(
            "fingerprint",
            "required",
            "There is no terminal to confirm at; give the fingerprint with --fingerprint.",
        ));
    }
    out.note("Compare it with what the server's owner gave you. Type yes to trust it:");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(AppError::internal)?;
    if answer.trim() == "yes" {
        Ok(())
    } else {
        Err(AppError::new(ErrorCode::Cancelled, "Nothing was trusted."))
    }
}
