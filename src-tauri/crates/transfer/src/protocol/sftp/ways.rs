//! One file, open on one lane or on several.
//!
//! Further lanes are opened beside the transfer, which goes on meanwhile with those it has. Left out: which lanes a
//! transfer wants; that is the reader's and writer's. Invariant: every handle is given back, also one that comes when
//! nobody wants it any more.

use super::lanes::Lanes;
use super::line::Line;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// The file, open on one lane. Dropping it gives the handle back.
pub(crate) struct Way {
    pub(crate) line: Line,
    pub(crate) handle: Arc<str>,
    open: bool,
}

impl Way {
    pub(crate) fn new(line: Line, handle: String) -> Self {
        Self { line, handle: handle.into(), open: true }
    }

    /// The handle is being given back by other means.
    pub(crate) fn forget(&mut self) {
        self.open = false;
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        if self.open {
            self.line.close_unheard(Arc::clone(&self.handle));
        }
    }
}

pub(crate) struct Ways {
    first: Way,
    further: Vec<Way>,
    joining: Option<JoinHandle<Vec<Way>>>,
    /// Nobody joined the last time.
    alone: bool,
}

impl Ways {
    pub(crate) fn one(first: Way) -> Self {
        Self { first, further: Vec::new(), joining: None, alone: false }
    }

    pub(crate) fn len(&self) -> usize {
        1 + self.further.len()
    }

    pub(crate) fn first(&self) -> &Way {
        &self.first
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Way> {
        std::iter::once(&self.first).chain(&self.further)
    }

    /// Where the next request has the least before it.
    pub(crate) fn quietest(&self) -> &Way {
        self.further.iter().fold(&self.first, |best, way| {
            if way.line.under_way() < best.line.under_way() { way } else { best }
        })
    }

    /// Begins to open the file on further lanes until there are `wanted`, unless that is under way already.
    pub(crate) fn widen<F>(&mut self, lanes: &Lanes, wanted: usize, open: impl Fn(Line) -> F + Send + 'static)
    where
        F: Future<Output = Option<Way>> + Send,
    {
        if self.joining.is_some() || self.alone || wanted <= self.len() {
            return;
        }
        let (lanes, missing) = (lanes.clone(), wanted - self.len());
        let used: Vec<Line> = self.all().map(|way| way.line.clone()).collect();
        self.joining = Some(tokio::spawn(async move {
            let lines = lanes.others(&used, missing).await;
            futures::future::join_all(lines.into_iter().map(open)).await.into_iter().flatten().collect()
        }));
    }

    /// Waits until lanes have joined; for ever when none is about to.
    pub(crate) async fn joined(&mut self) {
        let Some(joining) = &mut self.joining else { return std::future::pending().await };
        let ways = joining.await.unwrap_or_default();
        self.joining = None;
        self.alone = ways.is_empty();
        self.further.extend(ways);
    }

    /// Leaves the file open on the first lane alone.
    pub(crate) fn narrow(&mut self) -> Vec<Way> {
        (self.joining, self.alone) = (None, true);
        std::mem::take(&mut self.further)
    }

    pub(crate) fn first_mut(&mut self) -> &mut Way {
        &mut self.first
    }
}
