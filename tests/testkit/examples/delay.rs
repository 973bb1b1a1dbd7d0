//! A path with a delay for the benches: `delay PORT ROUND_TRIP_MS` stands before the server on PORT of loopback, prints
//! its own port, and ends with its standard input.

use anyhow::{Context, Result};
use courier_testkit::Proxy;
use courier_testkit::proxy::Rules;
use std::io::{Read, Write};
use std::time::Duration;

fn main() -> Result<()> {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let mut next = |what| numbers.next().context(what)?.context(what);
    let target = u16::try_from(next("the server's port")?)?;
    let round_trip = Duration::from_millis(next("the round trip in milliseconds")?);
    let proxy = Proxy::start(target, Rules { delay: round_trip / 2, ..Rules::default() })?;
    writeln!(std::io::stdout(), "{}", proxy.port())?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
