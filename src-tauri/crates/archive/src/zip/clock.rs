//! Times of zip entries: the extended timestamp in UTC seconds (exact), and the DOS time in local time with a step of
//! two seconds that every reader knows.

use chrono::{DateTime, Datelike, Local, NaiveDate, Timelike};
use std::io::Read;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use zip::ExtraField;
use zip::read::ZipFile;

/// The earliest DOS time, 1980-01-01: for files from before, and for those of which no time is known.
pub(super) const EARLIEST: u32 = (1 << 5 | 1) << 16;

/// The DOS date (upper half) and time of a moment; `None` outside 1980 to 2107.
pub(super) fn dos_time(time: SystemTime) -> Option<u32> {
    let local = DateTime::<Local>::from(time);
    let years = u32::try_from(local.year()).ok()?.checked_sub(1980).filter(|years| *years < 128)?;
    let date = years << 9 | local.month() << 5 | local.day();
    let time = (local.hour() << 11) | (local.minute() << 5) | (local.second() / 2);
    Some(date << 16 | time)
}

/// Seconds since 1970 as the extended timestamp keeps them; `None` outside 1970 to 2106.
pub(super) fn unix_seconds(time: SystemTime) -> Option<u32> {
    u32::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// When the entry was last modified, by the most exact statement it makes.
pub(super) fn modified<R: Read>(file: &ZipFile<'_, R>) -> Option<SystemTime> {
    let exact = file.extra_data_fields().find_map(|field| {
        if let ExtraField::ExtendedTimestamp(times) = field { times.mod_time() } else { None }
    });
    if let Some(seconds) = exact {
        return Some(UNIX_EPOCH + Duration::from_secs(seconds.into()));
    }
    of_dos(file.last_modified()?)
}

/// A DOS time, which is local and says so nowhere.
pub(super) fn of_dos(dos: zip::DateTime) -> Option<SystemTime> {
    let local = NaiveDate::from_ymd_opt(dos.year().into(), dos.month().into(), dos.day().into())?
        .and_hms_opt(dos.hour().into(), dos.minute().into(), dos.second().into())?
        .and_local_timezone(Local)
        .earliest()?;
    Some(local.into())
}
