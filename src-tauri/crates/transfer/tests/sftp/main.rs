//! SFTP against real servers: OpenSSH's, and the sandbox's own.

#[cfg(test)]
mod cuts;
#[cfg(test)]
mod drills;
#[cfg(test)]
mod files;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod jumps;
#[cfg(test)]
mod lanes;
#[cfg(test)]
mod login;
#[cfg(test)]
mod move_files;
#[cfg(test)]
mod probe;
#[cfg(test)]
mod proxies;
#[cfg(test)]
#[path = "../requests/mod.rs"]
mod requests;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod trust;
