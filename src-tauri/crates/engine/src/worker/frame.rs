//! Where a step stands: in the job itself, or in one iteration of a loop.
//!
//! A frame knows what its own steps handed on and sees what those around it did; nothing of it is seen outside. The
//! job's frame is stored whole in the run's context, an iteration's is made again from its rows.

use crate::scope::RunFacts;
use courier_domain::execution::{FileProof, JobContext, ResumeData, StepExecution, StepExecutionState};
use courier_domain::job::JobStep;
use courier_domain::template::{Known, Scope};
use courier_domain::{IdSource, JobExecutionId, LoopId, StepExecutionId, Timestamp};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the results of one frame's steps may take together, in bytes of JSON.
pub(super) const MOST_RESULTS: usize = 64 << 20;

/// What a local file was when a step had made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proven {
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

/// Local files that other steps made and later ones may still need.
#[derive(Debug, Default)]
pub(crate) struct KeptFiles {
    own: HashMap<PathBuf, Proven>,
    outer: Option<Arc<KeptFiles>>,
}

impl KeptFiles {
    pub(crate) fn contains(&self, path: &Path) -> bool {
        self.proven(path).is_some()
    }

    pub(crate) fn proven(&self, path: &Path) -> Option<&Proven> {
        self.own.get(path).or_else(|| self.outer.as_ref()?.proven(path))
    }

    /// Those in a folder and below it.
    pub(crate) fn below(&self, folder: &Path) -> Vec<PathBuf> {
        let own = self.own.keys().filter(|file| file.starts_with(folder)).cloned();
        own.chain(self.outer.iter().flat_map(|outer| outer.below(folder))).collect()
    }
}

/// What an iteration sees of the frames around it.
#[derive(Debug)]
pub(super) struct Outer {
    steps: BTreeMap<String, Known>,
    kept: Arc<KeptFiles>,
    /// `loop` as the steps around it see it.
    this_loop: Option<Value>,
}

/// The attempts that a step has had in this frame.
#[derive(Debug, Default)]
struct Attempts {
    next: i32,
    /// Paused or rescued; it goes on under the same row.
    pending: Option<StepExecution>,
}

#[derive(Debug)]
pub(super) struct Frame {
    /// As [`StepExecution::iteration_path`].
    pub(super) path: String,
    pub(super) loop_id: Option<LoopId>,
    pub(super) context: JobContext,
    /// Files of the frames around that are gone on purpose.
    pub(super) consumed: HashSet<PathBuf>,
    /// Bytes that the frame's steps moved.
    pub(super) bytes: i64,
    known: BTreeMap<String, Known>,
    results: usize,
    attempts: BTreeMap<i32, Attempts>,
    /// What `retry_attempt` rows of this frame begin with.
    pub(super) first_attempt: i32,
    outer: Option<Arc<Outer>>,
    this_loop: Option<Value>,
}

impl Frame {
    /// The job's own, as its run was left.
    pub(super) fn of_job(context: JobContext, rows: Vec<StepExecution>) -> Self {
        let mut frame = Self {
            path: String::new(),
            loop_id: None,
            known: context
                .steps
                .iter()
                .map(|(alias, outputs)| (alias.clone(), Known::from(outputs)))
                .collect(),
            results: context.steps.values().map(size_of_results).sum(),
            context,
            consumed: HashSet::new(),
            bytes: 0,
            attempts: BTreeMap::new(),
            first_attempt: 0,
            outer: None,
            this_loop: None,
        };
        frame.count_attempts(rows);
        frame
    }

    /// Item `index` of a loop that stands in the frame `outer` was made of.
    pub(super) fn of_iteration(
        outer: &Arc<Outer>,
        path: &str,
        index: u64,
        item: Value,
        of: (LoopId, i32),
    ) -> Self {
        let path = if path.is_empty() { index.to_string() } else { format!("{path}/{index}") };
        let mut this_loop = Map::from_iter([("item".to_owned(), item), ("index".to_owned(), index.into())]);
        if let Some(parent) = &outer.this_loop {
            this_loop.insert("parent".into(), parent.clone());
        }
        Self {
            path,
            loop_id: Some(of.0),
            context: JobContext::default(),
            consumed: HashSet::new(),
            bytes: 0,
            known: BTreeMap::new(),
            results: 0,
            attempts: BTreeMap::new(),
            first_attempt: of.1,
            outer: Some(outer.clone()),
            this_loop: Some(Value::Object(this_loop)),
        }
    }

    /// Takes up what an earlier holder of the run did of this iteration: the newest row of each step decides.
    pub(super) fn restore(&mut self, rows: Vec<StepExecution>, steps: &[JobStep]) {
        let newest: BTreeMap<i32, StepExecutionId> =
            rows.iter().map(|row| (row.step_order, row.id)).collect();
        for row in &rows {
            let data = ResumeData::of(row);
            let gone: HashSet<PathBuf> = data.consumed.into_iter().map(PathBuf::from).collect();
            self.drop_files(&gone);
            if newest.get(&row.step_order) != Some(&row.id) {
                continue;
            }
            if let Some(mark) = data.begun {
                self.context.loops.insert(row.step_order, mark);
            }
            let failed = match row.state {
                StepExecutionState::Completed => false,
                StepExecutionState::Skipped => row.error_code.is_some(),
                StepExecutionState::Pending | StepExecutionState::Running | StepExecutionState::Failed => {
                    continue;
                }
            };
            self.context.finished.insert(row.step_order);
            self.context.had_skips |= failed || data.had_skips;
            self.context.files.extend(data.files);
            self.bytes += row.bytes_processed.unwrap_or(0);
            let outputs = row.output_data.as_deref().and_then(|text| serde_json::from_str(text).ok());
            if let Some((step, outputs)) = steps.get(index_of(row.step_order)).zip(outputs)
                && !failed
            {
                self.hand_on(step, outputs);
            }
        }
        self.count_attempts(rows);
    }

    fn count_attempts(&mut self, rows: Vec<StepExecution>) {
        for row in rows {
            let attempts = self.attempts.entry(row.step_order).or_default();
            attempts.next = attempts.next.max(row.retry_attempt + 1);
            attempts.pending = (row.state == StepExecutionState::Pending).then_some(row);
        }
    }

    /// Lets a row that has not begun be the step's next.
    pub(super) fn goes_on_with(&mut self, row: StepExecution) {
        self.count_attempts(vec![row]);
    }

    /// Whether rows of the step were written before, in this frame.
    pub(super) fn was_tried(&self, step: &JobStep) -> bool {
        self.attempts.contains_key(&step.step_order)
    }

    pub(super) fn is_over(&self, step: &JobStep) -> bool {
        self.context.finished.contains(&step.step_order)
    }

    /// A row that has not begun: the one that was paused or rescued, or a new one.
    pub(super) fn next_row(
        &mut self,
        step: &JobStep,
        run: JobExecutionId,
        ids: &dyn IdSource,
    ) -> StepExecution {
        let first = self.first_attempt;
        let attempts =
            self.attempts.entry(step.step_order).or_insert_with(|| Attempts { next: first, pending: None });
        if let Some(pending) = attempts.pending.take() {
            return pending;
        }
        let retry_attempt = attempts.next.max(first);
        attempts.next = retry_attempt + 1;
        let id = StepExecutionId(ids.new_id());
        StepExecution {
            retry_attempt,
            iteration_path: self.path.clone(),
            loop_id: self.loop_id,
            ..StepExecution::pending(id, run, step.id, step.step_order)
        }
    }

    /// Whether these results still fit beside the others.
    pub(super) fn has_room_for(&self, results: usize) -> bool {
        self.results.saturating_add(results) <= MOST_RESULTS
    }

    /// Lets later steps see what a step handed on.
    pub(super) fn hand_on(&mut self, step: &JobStep, outputs: Map<String, Value>) {
        self.results += size_of_results(&outputs);
        self.known.insert(step.alias.clone(), Known::from(&outputs));
        self.context.steps.insert(step.alias.clone(), outputs);
    }

    /// Files that are gone on purpose are missed by nobody.
    pub(super) fn drop_files(&mut self, gone: &HashSet<PathBuf>) {
        if gone.is_empty() {
            return;
        }
        self.context.files.retain(|proof| !is_below(Path::new(&proof.path), gone));
        if self.outer.is_some() {
            self.consumed.extend(gone.iter().cloned());
        }
    }

    /// Begins the frame anew: only the parameters and the count of attempts stay.
    pub(super) fn forget(&mut self) {
        self.context = JobContext { params: self.context.params.clone(), ..JobContext::default() };
        self.known.clear();
        self.results = 0;
        for attempts in self.attempts.values_mut() {
            attempts.pending = None;
        }
    }

    /// Keeps only what is still in the context, from which steps were taken back.
    pub(super) fn forget_taken_back(&mut self) {
        self.known.retain(|alias, _| self.context.steps.contains_key(alias));
        self.results = self.context.steps.values().map(size_of_results).sum();
    }

    /// What a step that begins now may refer to.
    pub(super) fn scope(&self, facts: &RunFacts, now: Timestamp) -> Scope {
        let mut scope = facts.scope(now);
        let outer = self.outer.iter().flat_map(|outer| &outer.steps);
        scope.insert_all("steps", outer.chain(&self.known).map(|(alias, known)| (alias.as_str(), known)));
        if let Some(this_loop) = &self.this_loop {
            scope.insert("loop", this_loop);
        }
        scope
    }

    /// Files that other steps than this made.
    pub(super) fn kept_by_others(&self, alias: &str) -> Arc<KeptFiles> {
        let own = self.context.files.iter().filter(|file| file.step != alias);
        let proven = |file: &FileProof| Proven { size: file.size, sha256: file.sha256.clone() };
        Arc::new(KeptFiles {
            own: own.map(|file| (PathBuf::from(&file.path), proven(file))).collect(),
            outer: self.outer.as_ref().map(|outer| outer.kept.clone()),
        })
    }

    /// What the iterations of a loop in this frame see of it.
    pub(super) fn as_outer(&self, of: &JobStep) -> Arc<Outer> {
        let mut steps = self.outer.as_ref().map(|outer| outer.steps.clone()).unwrap_or_default();
        steps.extend(self.known.iter().map(|(alias, known)| (alias.clone(), known.clone())));
        Arc::new(Outer { steps, kept: self.kept_by_others(&of.alias), this_loop: self.this_loop.clone() })
    }

    /// Takes over what the iterations of a loop left.
    pub(super) fn absorb(&mut self, files: Vec<FileProof>, consumed: &HashSet<PathBuf>, had_skips: bool) {
        self.drop_files(consumed);
        self.context.files.extend(files);
        self.context.had_skips |= had_skips;
    }

    /// What the newest row of an iteration's step has to tell a resume.
    pub(super) fn resume_data(&self, files: Vec<FileProof>, consumed: &HashSet<PathBuf>) -> Option<String> {
        self.outer.as_ref()?;
        let consumed = consumed.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        ResumeData { files, consumed, ..ResumeData::default() }.to_text()
    }
}

fn size_of_results(outputs: &Map<String, Value>) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Counting does not fail, and plain values serialise.
    let _ = serde_json::to_writer(&mut counter, outputs);
    counter.0
}

fn index_of(order: i32) -> usize {
    usize::try_from(order).unwrap_or(usize::MAX)
}

/// Whether a path, or a folder that it lies in, is among those.
pub(super) fn is_below(path: &Path, gone: &HashSet<PathBuf>) -> bool {
    path.ancestors().any(|at| gone.contains(at))
}
