//! What the store shows of a beginner's progress: whether a server was ever reached, whether a job ever came to its end.
//!
//! One statement; each part ends with the first row that it finds.

use crate::StoreError;
use crate::session::{Session, on};
use sqlx::FromRow;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct FirstSigns {
    /// A server has shown its host key, which happens with the first session.
    pub has_known_host: bool,
    /// A job has completed, other than one of the name that is left out.
    pub has_completed: bool,
}

impl Session {
    /// `except` is a job that does not count.
    pub async fn first_signs(&mut self, except: &str) -> Result<FirstSigns, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM known_hosts) AS has_known_host, \
            EXISTS (SELECT 1 FROM job_executions e JOIN jobs j ON j.id = e.job_id \
             WHERE e.state = 'completed' AND j.name <> $1) AS has_completed";
        Ok(on!(self, |c| sqlx::query_as(sql).bind(except).fetch_one(c).await?))
    }
}
