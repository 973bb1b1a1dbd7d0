//! Amounts of bytes in the run's log, for people: three digits and a decimal unit.

const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];

/// `999 B`, `1.2 KB`, `35 MB`.
pub(crate) fn amount(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("B");
    if unit == 0 || value >= 9.95 { format!("{value:.0} {name}") } else { format!("{value:.1} {name}") }
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn amounts_are_rounded_for_people() {
        let shown = [0, 999, 1_000, 1_949, 9_960, 999_499, 999_500, 35_200_000, 1_572_864_000].map(amount);
        assert_eq!(
            shown,
            ["0 B", "999 B", "1.0 KB", "1.9 KB", "10 KB", "999 KB", "1.0 MB", "35 MB", "1.6 GB"]
        );
    }
}
