//! Rebuilds the store when a migration is added; the macro that embeds them sees only files that already exist.

fn main() {
    println!("cargo:rerun-if-changed=../../../migrations");
}
