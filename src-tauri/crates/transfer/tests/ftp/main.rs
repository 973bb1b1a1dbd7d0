//! What is peculiar to FTP and FTPS, against real servers: trust, TLS, login, data connections, sessions, the test of
//! a connection. What every protocol must do is in `tests/behaviour`.

#[cfg(test)]
mod data;
#[cfg(test)]
mod drills;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod login;
#[cfg(test)]
mod probe;
#[cfg(test)]
mod proxies;
#[cfg(test)]
#[expect(dead_code, reason = "it asks for less than SFTP does")]
#[path = "../requests/mod.rs"]
mod requests;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod trust;
