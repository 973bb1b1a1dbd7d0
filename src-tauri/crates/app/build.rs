//! Writes down what this build is made of: the versions of the cryptographic libraries as `Cargo.lock` has them, and for
//! which system by which compiler. A library that the table names and the build does not have fails the build.

#[path = "src/about/uses.rs"]
mod uses;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const LOCK: &str = "../../../Cargo.lock";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={LOCK}");
    println!("cargo:rerun-if-changed=src/about/uses.rs");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=COURIER_TARGET={}", env::var("TARGET")?);
    println!("cargo:rustc-env=COURIER_PROFILE={}", env::var("PROFILE")?);
    println!("cargo:rustc-env=COURIER_RUSTC={}", compiler()?);

    let lock = Lock::read(&Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(LOCK))?;
    let mut text = String::from("/// The libraries of each entry of `USES`, with their versions.\n");
    text.push_str("const LIBRARIES: &[&[(&str, &str)]] = &[\n");
    for (_, _, paths) in uses::USES {
        text.push_str("    &[");
        for path in *paths {
            let (name, version) = lock.follow(path)?;
            write!(text, "({name:?}, {version:?}), ")?;
        }
        text.push_str("],\n");
    }
    text.push_str("];\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("libraries.rs"), text)?;
    Ok(())
}

/// `rustc 1.95.0 (…)`.
fn compiler() -> Result<String, Box<dyn Error>> {
    let said = Command::new(env::var("RUSTC")?).arg("--version").output()?;
    Ok(String::from_utf8(said.stdout)?.trim().to_owned())
}

/// The packages of a lock file: for each name and version what it depends on.
struct Lock(BTreeMap<(String, String), Vec<String>>);

impl Lock {
    fn read(file: &Path) -> Result<Self, Box<dyn Error>> {
        let mut packages = BTreeMap::new();
        for block in fs::read_to_string(file)?.split("[[package]]").skip(1) {
            let value = |key: &str| {
                let line = block.lines().find_map(|line| line.strip_prefix(key));
                line.map(|text| text.trim().trim_matches('"').to_owned())
            };
            let (Some(name), Some(version)) = (value("name = "), value("version = ")) else { continue };
            let listed = block.split_once("dependencies = [").map_or("", |(_, rest)| rest);
            let listed = listed.split(']').next().unwrap_or_default();
            let needs = listed.lines().map(|line| line.trim().trim_matches([',', '"']).to_owned());
            packages.insert((name, version), needs.filter(|need| !need.is_empty()).collect());
        }
        Ok(Self(packages))
    }

    /// The end of a path of dependencies such as `courier-transfer/russh/aws-lc-rs`, each step of which is one.
    fn follow(&self, path: &str) -> Result<(String, String), Box<dyn Error>> {
        let mut at: Option<(String, String)> = None;
        for name in path.split('/') {
            let next = match &at {
                None => self.one(name, None),
                Some(package) => {
                    let needs = self.0.get(package).into_iter().flatten();
                    // A version follows the name where there are several.
                    let mut named = needs.filter_map(|need| {
                        let mut words = need.split(' ');
                        (words.next() == Some(name)).then(|| words.next().map(str::to_owned))
                    });
                    named.next().and_then(|version| self.one(name, version.as_deref()))
                }
            };
            at = Some(next.ok_or_else(|| format!("{path}: {name} is not in Cargo.lock at this place"))?);
        }
        at.ok_or_else(|| "an empty path".into())
    }

    fn one(&self, name: &str, version: Option<&str>) -> Option<(String, String)> {
        let mut found = self.0.keys().filter(|(n, v)| n == name && version.is_none_or(|wanted| wanted == v));
        found.next().cloned()
    }
}
