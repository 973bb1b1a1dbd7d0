//! Pure-FTPd. It logs to the syslog alone, so all there is to read are its transfers.

use super::daemon::{Launch, crypted};
use super::{FtpTls, SetUp, programs};
use crate::process::run;
use anyhow::{Result, bail};
use std::os::unix::fs::PermissionsExt;

pub(super) fn launch(set_up: SetUp) -> Result<Launch> {
    let SetUp { dir, data, log, account, .. } = &set_up;
    let (list, database, pem) = (dir.join("passwd"), dir.join("users.pdb"), dir.join("both.pem"));
    // Its own tool takes seconds to hash a password, and the server as long for each login.
    let fields = format!("{}:{}:{}:{}", account.name, crypted(account)?, account.uid, account.gid);
    std::fs::write(&list, format!("{fields}::{}/./::::::::::::\n", data.display()))?;
    std::fs::set_permissions(&list, std::fs::Permissions::from_mode(0o600))?;
    run(programs::program("usr/bin/pure-pw")?.arg("mkdb").arg(&database).arg("-f").arg(&list))?;
    if let Some((certificate, key)) = &set_up.certificate {
        std::fs::write(&pem, [std::fs::read(key)?, std::fs::read(certificate)?].concat())?;
    }
    let mut arguments = vec![
        format!("--login=puredb:{}", database.display()),
        format!("--pidfile={}", dir.join("pid").display()),
        format!("--altlog=clf:{}", log.display()),
        format!("--certfile={}", pem.display()),
        // Files may be named with a dot, and seen so.
        "--displaydotfiles".to_owned(),
        "--noanonymous".to_owned(),
        "--dontresolve".to_owned(),
        "--minuid=1".to_owned(),
        "--maxclientsnumber=200".to_owned(),
        "--maxclientsperip=200".to_owned(),
        "--limitrecursion=200000:100".to_owned(),
        // Below the ports that systems hand out by themselves, so that no data connection takes one from another test.
        "--passiveportrange=20000:32000".to_owned(),
        "--umask=022:022".to_owned(),
    ];
    arguments.push(format!(
        "--tls={}",
        match set_up.tls {
            FtpTls::Off => 0,
            FtpTls::Explicit => 3,
            FtpTls::Implicit => bail!("Pure-FTPd has no implicit TLS"),
        }
    ));
    arguments.extend(set_up.config.iter().flat_map(|line| line.split_whitespace()).map(str::to_owned));
    let openssl = set_up.openssl_config()?;
    Ok(Box::new(move |port| {
        let mut command = programs::program("usr/sbin/pure-ftpd")?;
        command.arg(format!("--bind=127.0.0.1,{port}")).args(&arguments).env("OPENSSL_CONF", &openssl);
        Ok(command)
    }))
}
