//! vsftpd. It knows no MLSD; its users are the system's, asked through PAM's service `other`.

use super::daemon::Launch;
use super::{FtpTls, SetUp, programs};
use anyhow::Result;
use std::fmt::Write;

pub(super) fn launch(set_up: SetUp) -> Result<Launch> {
    let empty = set_up.dir.join("empty");
    std::fs::create_dir_all(&empty)?;
    let openssl = set_up.openssl_config()?;
    Ok(Box::new(move |port| {
        let path = set_up.dir.join("vsftpd.conf");
        let mut config = format!(
            "listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\nlocal_enable=YES\n\
             anonymous_enable=NO\nwrite_enable=YES\nlocal_umask=022\nlocal_root={data}\nchroot_local_user=YES\n\
             allow_writeable_chroot=YES\nsecure_chroot_dir={empty}\npam_service_name=other\nmdtm_write=YES\n\
             pasv_address=127.0.0.1\n{PASSIVE}max_per_ip=0\nmax_clients=0\nxferlog_enable=YES\nxferlog_std_format=NO\n\
             log_ftp_protocol=YES\nvsftpd_log_file={log}\n",
            data = set_up.data.display(),
            empty = empty.display(),
            log = set_up.log.display(),
        );
        if let Some((certificate, key)) = &set_up.certificate {
            let implicit = if set_up.tls == FtpTls::Implicit { "YES" } else { "NO" };
            write!(
                config,
                "ssl_enable=YES\nimplicit_ssl={implicit}\nrequire_ssl_reuse=YES\nforce_local_logins_ssl=YES\n\
                 force_local_data_ssl=YES\nssl_tlsv1=YES\nssl_ciphers=DEFAULT:@SECLEVEL=0\nstrict_ssl_read_eof=NO\n\
                 rsa_cert_file={}\nrsa_private_key_file={}\ndebug_ssl=YES\n",
                certificate.display(),
                key.display(),
            )?;
        }
        for line in &set_up.config {
            writeln!(config, "{line}")?;
        }
        std::fs::write(&path, config)?;
        let mut command = programs::program("usr/sbin/vsftpd")?;
        command.arg(path).env("OPENSSL_CONF", &openssl);
        Ok(command)
    }))
}

/// Below the ports that systems hand out by themselves, so that no data connection takes one from another test.
const PASSIVE: &str = "pasv_min_port=20000\npasv_max_port=32000\n";
