//! The `courier` command as scripts use it: the real binary, real servers, exit statuses and JSON.

mod archives;
mod audit;
mod bundles;
mod causes;
mod chains;
mod courier;
mod database;
mod imports;
mod key_life;
mod keys;
mod kills;
mod large_files;
mod main_job;
mod monitors;
mod nodes;
mod outages;
mod pgp_files;
mod proxies;
mod remote_files;
mod rotation;
mod run_lists;
mod tags;
mod trust;
mod whole_bundle;
mod words;
mod world;
