//! What can be typed. Names and help of commands and options are here and nowhere else.

mod chain;
mod listing;
mod schedule;

pub(crate) use chain::{ChainCommand, ChainExecutionsArgs, ChainListArgs, ChainRunArgs, ChainSort};
pub(crate) use listing::{ListingArgs, ListingSort};
pub(crate) use schedule::{
    DependArgs, MissedArgs, ScheduleAddArgs, ScheduleCommand, ScheduleListArgs, ScheduleNextArgs,
};

use chrono::DateTime;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use courier_domain::audit::AuditableEntityType;
use courier_domain::execution::{ExecutionSort, IterationShow, JobExecutionState, TriggerKind};
use courier_domain::key::{PgpAlgorithm, RevocationReason, SshKeyType};
use courier_domain::time::to_micros;
use courier_domain::{ChainExecutionId, Timestamp};
use std::path::PathBuf;

mod archive;
pub(crate) mod calendar;
pub(crate) mod monitor;
pub(crate) mod notify;
mod pgp;
pub(crate) mod tag;

use calendar::CalendarCommand;
use monitor::MonitorCommand;
use notify::{EventsCommand, NotifyCommand};
use tag::TagCommand;

pub(crate) use archive::ArchiveCommand;
pub(crate) use pgp::PgpFileCommand;

/// Courier moves files between you and your partners: fetch, decrypt, unpack, deliver, with proof.
#[derive(Debug, Parser)]
#[command(name = "courier", version, max_term_width = 100, propagate_version = true)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct GlobalArgs {
    /// Where Courier keeps its data [default: the platform's data folder]
    #[arg(long, global = true, env = "COURIER_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// The store: a SQLite file or postgres://… [default: SQLite in the home]
    #[arg(long, global = true, env = "COURIER_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// Write results as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Show the program's log; twice or three times for more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Apply a bundle of settings, tags, calendars, keys, connections, jobs, chains, monitors and rules: all of it or nothing
    Apply(ApplyArgs),
    /// Write everything, or some kinds, as a bundle
    Export(ExportArgs),
    /// Take connections over from OpenSSH, WinSCP or FileZilla, with a preview
    ///
    /// What is there already, under the same name for the same server and user, stays as it is; another server's name
    /// gets a number. What lacks its password or key comes disabled, with a line in its notes. Known host keys are not
    /// taken over.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Run a job and follow it
    Run(RunArgs),
    /// Run jobs from the queue until told to stop
    Agent(AgentArgs),
    /// Look at jobs and change them
    #[command(subcommand)]
    Job(JobCommand),
    /// Look at chains of jobs and change them
    #[command(subcommand)]
    Chain(ChainCommand),
    /// Look at schedules, add them, see when they fire
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Look at runs and steer them
    #[command(subcommand)]
    Execution(ExecutionCommand),
    /// Look at connections, test and trust them, move single files
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// Make, import and export keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Encrypt, decrypt, sign and check files by hand, as the steps do
    #[command(subcommand)]
    Pgp(PgpFileCommand),
    /// Pack, unpack and look into archives by hand, as the steps do
    #[command(subcommand)]
    Archive(ArchiveCommand),
    /// Find files that jobs have moved
    #[command(subcommand)]
    File(FileCommand),
    /// Look at file monitors and steer them
    #[command(subcommand)]
    Monitor(MonitorCommand),
    /// Make calendars: days on which schedules and expected-file clocks rest
    #[command(subcommand)]
    Calendar(CalendarCommand),
    /// Make tags, and put them on jobs, chains, connections, keys and monitors
    #[command(subcommand)]
    Tag(TagCommand),
    /// Look at the rules that say who is told of what
    #[command(subcommand)]
    Notify(NotifyCommand),
    /// Look at events and send again what was not delivered
    #[command(subcommand)]
    Events(EventsCommand),
    /// Set up, unlock and lock the vault that protects all secrets
    #[command(subcommand)]
    Vault(VaultCommand),
    /// List the step types, or show one with its parameters and outputs
    StepTypes {
        /// Such as sftp.download
        type_key: Option<String>,
    },
    /// Look at settings and change them
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// Look at the record of changes and prove it whole
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Bring the database up to date, back it up, check it, restore it
    #[command(subcommand)]
    Db(DbCommand),
    /// Check store, vault, keys and disk
    Doctor,
    /// Make the sample with its own SFTP server, run it, and say where the files are
    Demo,
    /// Say what this Courier is: versions, database, and which library does which cryptography
    Version,
    /// Write completions for a shell
    Completions { shell: clap_complete::Shell },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ApplyArgs {
    /// The bundle, YAML or JSON; - reads standard input
    #[arg(long, short, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Only say what would change, field by field
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Of every kind that the bundle has a section for, delete what it does not name; a setting gets its default, and a
    /// named object that says nothing of its tags, schedules or dependencies loses them
    #[arg(long)]
    pub(crate) prune: bool,
    /// Store what lacks a secret that nobody can enter now: disabled, until the secret is given
    #[arg(long)]
    pub(crate) allow_missing_secrets: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExportArgs {
    /// Only this kind; may be given several times
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Vec<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Kind {
    Settings,
    Tags,
    Calendars,
    SshKeys,
    PgpKeys,
    Connections,
    Jobs,
    Chains,
    Monitors,
    NotificationRules,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// OpenSSH's client configuration: every Host that is a name
    SshConfig {
        /// - reads standard input [default: ~/.ssh/config]
        file: Option<PathBuf>,
        #[command(flatten)]
        options: ImportOptions,
    },
    /// WinSCP.ini, as WinSCP keeps or exports it; its passwords are never taken over
    Winscp {
        /// - reads standard input
        file: PathBuf,
        #[command(flatten)]
        options: ImportOptions,
    },
    /// FileZilla's sitemanager.xml, as FileZilla keeps or exports it
    Filezilla {
        /// - reads standard input
        file: PathBuf,
        #[command(flatten)]
        options: ImportOptions,
    },
}

/// What of a file is imported.
#[derive(Debug, ClapArgs)]
pub(crate) struct ImportOptions {
    /// Only the connection of this name in the file; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// Put them into this group instead of the file's folders
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,
    /// Also read the key files they name, and store those without a passphrase in the vault
    #[arg(long)]
    pub(crate) with_keys: bool,
    /// Also store in the vault the passwords that the file has in clear (FileZilla)
    #[arg(long)]
    pub(crate) with_passwords: bool,
    /// Only show what would be imported
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Import without asking. Needed where no person can be asked and with --json: there the preview is shown, nothing
    /// is imported, and the exit status is 2
    #[arg(long, short)]
    pub(crate) yes: bool,
}

impl ImportCommand {
    /// Whether secrets are to be stored.
    pub(crate) fn stores_secrets(&self) -> bool {
        let (ImportCommand::SshConfig { options, .. }
        | ImportCommand::Winscp { options, .. }
        | ImportCommand::Filezilla { options, .. }) = self;
        !options.dry_run && (options.with_keys || options.with_passwords)
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    /// Name or id
    pub(crate) job: String,
    /// A parameter of the run; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) param: Vec<String>,
    /// Only queue the run and print its id
    #[arg(long)]
    pub(crate) detach: bool,
    /// Say what every step would do, and do nothing: nothing is written here, on servers or in the store
    #[arg(long, conflicts_with = "detach")]
    pub(crate) dry_run: bool,
}

#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct AgentArgs {
    /// Written once the agent takes work
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) service: Option<AgentCommand>,
}

/// The agent as a service of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub(crate) enum AgentCommand {
    /// Let the system run the agent, now and whenever you log in: by a systemd user unit, a launchd agent, or a task of
    /// the Task Scheduler. COURIER_DATABASE_URL and COURIER_VAULT_KEY_FILE are taken along
    Install {
        /// Only write the files and print what to do
        #[arg(long)]
        files_only: bool,
    },
    /// Take that back
    Uninstall,
    /// Say whether it is installed and runs
    Status,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// List the jobs
    List(ListingArgs),
    /// Show one job
    Show { job: String },
    /// Write one job as a bundle
    Export { job: String },
    /// Check a bundle without changing anything; every problem is shown with its path
    Validate {
        #[arg(long, short, value_name = "FILE")]
        file: PathBuf,
    },
    /// Let a job run
    Enable { job: String },
    /// Keep a job from running
    Disable { job: String },
    /// Delete a job; its history stays
    Delete { job: String },
    /// Undo a delete
    Restore { job: String },
    /// Let a job wait for another
    Depend(DependArgs),
    /// Let a job not wait for another any more
    Undepend {
        job: String,
        /// The job that it waits for
        #[arg(long, value_name = "JOB")]
        on: String,
    },
    /// List what waits for what, of one job or of all
    Dependencies { job: Option<String> },
    /// List a job's versions
    Versions { job: String },
    /// Show what changed between two versions [default: the newest and the one before]
    Diff {
        job: String,
        #[arg(long, value_name = "VERSION")]
        from: Option<i32>,
        #[arg(long, value_name = "VERSION")]
        to: Option<i32>,
    },
    /// Make an older version the newest again
    Revert {
        job: String,
        #[arg(long, value_name = "VERSION")]
        to: i32,
    },
    /// List the chains, monitors, jobs and rules that name a job
    WhereUsed { job: String },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExecutionCommand {
    /// List runs
    List(ExecutionListArgs),
    /// Show a run with steps, attempts, outputs and errors
    Show { id: String },
    /// Stop a run for good
    Cancel { id: String },
    /// Stop a run so that it can go on later
    Pause { id: String },
    /// Let a paused run go on, or a failed one from its failed step
    Resume { id: String },
    /// Queue a new run like this one and print its id
    Retry {
        id: String,
        /// Begin with this step, with what the steps before it made in that run
        #[arg(long, value_name = "STEP")]
        from: Option<String>,
        /// The job as it is now, instead of the version that ran
        #[arg(long)]
        current: bool,
    },
    /// List the iterations of a loop in a run
    Iterations(IterationsArgs),
    /// Show a run's log, or go along with it
    Logs(LogsArgs),
    /// Show the proofs of a run's transfers
    Receipts { id: String },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LogsArgs {
    pub(crate) id: String,
    /// Go on until the run ends; the exit status is then the run's, as that of `courier run`
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Only lines of this level; may be given several times
    #[arg(long, value_parser = ["debug", "info", "warn", "error"])]
    pub(crate) level: Vec<String>,
    /// Only of this step: its alias or name
    #[arg(long)]
    pub(crate) step: Option<String>,
    /// At most so many lines; all when left out
    #[arg(long, conflicts_with = "follow", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: Option<u32>,
    /// Leave out so many of the lines, from the oldest
    #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) after: i64,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct IterationsArgs {
    pub(crate) id: String,
    /// Alias or name of the step that begins the loop
    pub(crate) step: String,
    /// Of an inner loop: the outer iteration, such as 3 or 3/0
    #[arg(long, value_name = "ITERATION", default_value = "")]
    pub(crate) within: String,
    /// Only those that failed, or that are unfinished
    #[arg(long, value_name = "STATE", value_parser = iterations)]
    pub(crate) only: Option<IterationShow>,
    /// At most so many
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub(crate) limit: u32,
    /// Go on after this iteration
    #[arg(long, value_name = "NUMBER")]
    pub(crate) after: Option<u32>,
}

fn iterations(text: &str) -> Result<IterationShow, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExecutionListArgs {
    /// Only of this job
    #[arg(long)]
    pub(crate) job: Option<String>,
    /// Only of jobs with this in their name
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only in this state; may be given several times
    #[arg(long, value_parser = state)]
    pub(crate) state: Vec<JobExecutionState>,
    /// Only what was started so: schedule, manual, monitor, chain, dependency, job or retry
    #[arg(long, value_name = "KIND", value_parser = trigger)]
    pub(crate) triggered_by: Option<TriggerKind>,
    /// Only of this run of a chain
    #[arg(long, value_name = "ID")]
    pub(crate) chain_execution: Option<ChainExecutionId>,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
    /// newest or oldest first
    #[arg(long, value_name = "ORDER", value_parser = order, default_value = "newest")]
    pub(crate) sort: ExecutionSort,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Go on after this run: the id of the last one seen
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,
}

fn trigger(text: &str) -> Result<TriggerKind, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}

fn order(text: &str) -> Result<ExecutionSort, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}

fn state(text: &str) -> Result<JobExecutionState, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// List the connections
    List(ListingArgs),
    /// Show one connection with its known host keys and users
    Show { connection: String },
    /// List the jobs and monitors that name a connection
    WhereUsed { connection: String },
    /// Test a connection stage by stage
    Test {
        connection: String,
        /// Also write, rename and remove a small file
        #[arg(long)]
        write: bool,
    },
    /// List a folder on the server
    Ls {
        connection: String,
        /// The folder; where the login lands when left out
        path: Option<String>,
    },
    /// Fetch a file, or what matches a pattern
    Get {
        connection: String,
        /// On the server
        remote: String,
        /// Here: a file, or a folder ending in /
        local: PathBuf,
        /// Replace what is there
        #[arg(long)]
        overwrite: bool,
    },
    /// Deliver a file
    Put {
        connection: String,
        /// Here
        local: PathBuf,
        /// On the server: a file, or a folder ending in /
        remote: String,
        /// Replace what is there
        #[arg(long)]
        overwrite: bool,
    },
    /// Remove a file on the server, or what matches a pattern
    Rm {
        connection: String,
        /// On the server
        path: String,
        /// Also a folder, with all that is in it
        #[arg(long)]
        recursive: bool,
    },
    /// Make a folder on the server, with those above it
    Mkdir {
        connection: String,
        /// On the server
        path: String,
    },
    /// Rename or move a file or folder on the server
    Mv {
        connection: String,
        /// On the server
        from: String,
        /// On the server: the new name, or a folder ending in /
        to: String,
        /// Replace a file that has the new name
        #[arg(long)]
        overwrite: bool,
    },
    /// Accept the server's host key, or pin its certificate
    Trust {
        connection: String,
        /// The fingerprint that the server's owner gave you: SHA256:…, or a certificate's 64 hex digits
        #[arg(long)]
        fingerprint: Option<String>,
        /// Go on trusting the earlier host keys of the same type: several servers answer under one name
        #[arg(long)]
        keep_earlier: bool,
    },
    /// Refuse the server from now on when it shows this host key
    Revoke {
        connection: String,
        /// A known host key of the connection: SHA256:…
        fingerprint: String,
    },
    /// Delete a connection
    Delete { connection: String },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// OpenPGP keys, for encrypting and signing files
    #[command(subcommand)]
    Pgp(PgpCommand),
    /// SSH keys, for logging in to servers
    #[command(subcommand)]
    Ssh(SshCommand),
}

/// Where a passphrase comes from; never the command line itself.
#[derive(Debug, ClapArgs)]
pub(crate) struct PassphraseArgs {
    /// The environment variable that holds the passphrase
    #[arg(long, value_name = "NAME", conflicts_with = "passphrase_file")]
    pub(crate) passphrase_env: Option<String>,
    /// The file that holds the passphrase
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FileCommand {
    /// Show where a file came from, what was done to it, and where it went, by whatever job and under whatever name
    Where {
        /// The file's name, its whole path, or its SHA-256
        file: String,
    },
    /// Send a delivered file once more to where it went, if its very bytes are still on this machine
    Send {
        /// The receipt's id, as `file where` shows it
        receipt: String,
        /// Replace what is there
        #[arg(long)]
        overwrite: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PgpCommand {
    /// Make a key pair
    Generate {
        name: String,
        #[arg(long, value_parser = pgp_algorithm, default_value = "ecc_curve25519")]
        algorithm: PgpAlgorithm,
        /// Usually "Name <mail@example.org>"
        #[arg(long)]
        user_id: String,
        #[arg(long)]
        expires_in_days: Option<u32>,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Import the keys of a file
    Import {
        file: PathBuf,
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Write a key: the public part, unless --private
    Export {
        key: String,
        /// A new file; standard output when left out
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[arg(long)]
        binary: bool,
        /// The private key, under the passphrase that is given here or, with a warning, without one
        #[arg(long)]
        private: bool,
        /// The certificate that revokes the key when partners import it
        #[arg(long, conflicts_with_all = ["private", "binary"])]
        revocation: bool,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// List the keys
    List(ListingArgs),
    /// Show one key
    Show { key: String },
    /// Keep a key for old files only
    Retire { key: String },
    /// Revoke a key for good: one of yours, or a partner's by the certificate that the partner sent
    Revoke {
        key: String,
        /// The partner's revocation certificate
        #[arg(long, value_name = "FILE", conflicts_with_all = ["reason", "message"])]
        certificate: Option<PathBuf>,
        /// unspecified, compromised, superseded or unused
        #[arg(long, value_parser = revocation_reason, default_value = "unspecified")]
        reason: RevocationReason,
        /// For partners to read
        #[arg(long, default_value = "")]
        message: String,
    },
    /// Say which key follows a key
    Successor {
        key: String,
        /// The key that follows it
        #[arg(long, value_name = "KEY", required_unless_present = "none")]
        to: Option<String>,
        /// No key follows it any more
        #[arg(long, conflicts_with = "to")]
        none: bool,
    },
    /// Let every job that uses a key use its successor
    MoveUsers {
        key: String,
        /// Only show what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// Destroy a key
    Delete { key: String },
    /// Show which jobs use a key
    WhereUsed { key: String },
}

fn pgp_algorithm(text: &str) -> Result<PgpAlgorithm, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}

fn revocation_reason(text: &str) -> Result<RevocationReason, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}

#[derive(Debug, Subcommand)]
pub(crate) enum SshCommand {
    /// Make a key pair
    Generate {
        name: String,
        #[arg(long, value_parser = ssh_key_type, default_value = "ed25519")]
        key_type: SshKeyType,
    },
    /// Import a private key: OpenSSH, PEM or PuTTY
    Import {
        file: PathBuf,
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Write the public half as one OpenSSH line
    Export { key: String },
    /// List the keys
    List(ListingArgs),
    /// Show one key
    Show { key: String },
    /// Keep a key from being used
    Retire { key: String },
    /// Destroy a key
    Delete { key: String },
    /// Show which connections use a key
    WhereUsed { key: String },
}

fn ssh_key_type(text: &str) -> Result<SshKeyType, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}

/// How the vault's key is kept; the keychain unless said otherwise.
#[derive(Debug, ClapArgs)]
pub(crate) struct VaultMethodArgs {
    /// Under a passphrase, asked for at the terminal
    #[arg(long, conflicts_with = "key_file")]
    pub(crate) passphrase: bool,
    #[command(flatten)]
    pub(crate) passphrase_from: PassphraseArgs,
    /// In this file, which is made if it does not exist
    #[arg(long, value_name = "FILE", conflicts_with_all = ["passphrase_env", "passphrase_file"])]
    pub(crate) key_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VaultCommand {
    /// Set the vault up
    Init(VaultMethodArgs),
    /// Show how the vault's key is kept and whether it is unlocked
    Status,
    /// Unlock the vault, or check that it can be
    Unlock(VaultMethodArgs),
    /// Lock the vault in this process
    Lock,
    /// Open the vault with its recovery code, and say how its key is kept from now on
    Recover {
        /// The file that holds the code; asked for at the terminal when left out
        #[arg(long, value_name = "FILE")]
        code_file: Option<PathBuf>,
        #[command(flatten)]
        keep: VaultMethodArgs,
    },
    /// Replace the vault's key, and put every stored secret under the new one; goes on with what was cut off
    Rotate(PassphraseArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum SettingsCommand {
    /// Print one setting's value
    Get { key: String },
    /// Change a setting
    Set { key: String, value: String },
    /// List every setting
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List entries, newest first
    List(AuditListArgs),
    /// Recompute the chain, compare it with every checkpoint, and name the first bad entry
    Verify(AuditVerifyArgs),
    /// Write entries, oldest first
    Export(AuditExportArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AuditListArgs {
    /// Only about this kind of thing, such as job or connection
    #[arg(long, value_name = "TYPE", value_parser = audited)]
    pub(crate) entity_type: Option<AuditableEntityType>,
    /// Only about this: an id, a name (also of something deleted) or a setting's key
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) entity: Option<String>,
    /// Only what was done so, such as Updated
    #[arg(long)]
    pub(crate) operation: Option<String>,
    /// Only by this person (user@host) or system
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Go on after this entry
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,
}

/// From when until when.
#[derive(Debug, ClapArgs)]
pub(crate) struct TimeArgs {
    /// From this time on: 2026-03-01 (midnight here) or 2026-03-01T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) since: Option<Timestamp>,
    /// Until before this time
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) until: Option<Timestamp>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AuditVerifyArgs {
    /// Checkpoints that were kept elsewhere [default: the file of the setting audit.checkpoint_file]
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint_file: Option<PathBuf>,
    /// Check this export instead, by itself
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Also accept this earlier signing key, 64 hex digits; may be given several times
    #[arg(long, value_name = "KEY", value_parser = signing_key)]
    pub(crate) trusted_key: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AuditExportArgs {
    /// jsonl can be checked again, csv opens in a spreadsheet
    #[arg(long, value_enum, default_value = "jsonl")]
    pub(crate) format: AuditFormat,
    /// A new file; standard output when left out
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    Jsonl,
    Csv,
}

fn audited(text: &str) -> Result<AuditableEntityType, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}

fn signing_key(text: &str) -> Result<String, String> {
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(text.to_lowercase())
    } else {
        Err("a signing key has 64 hex digits".to_owned())
    }
}

/// RFC 3339, or a day in the local time zone.
fn instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(to_micros(at.to_utc()));
    }
    let day = text
        .parse::<chrono::NaiveDate>()
        .map_err(|_| "enter a day such as 2026-03-01, or a time such as 2026-03-01T08:00:00Z".to_owned())?;
    // Where a day begins with a change of clocks, its first minutes may not exist.
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let local = (0..=180).find_map(|m| {
        (midnight + chrono::TimeDelta::minutes(m)).and_local_timezone(chrono::Local).earliest()
    });
    local.map(|at| at.to_utc()).ok_or_else(|| "that day does not exist here".to_owned())
}

#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Bring the tables up to date; every other command does so by itself
    Migrate {
        /// Make no automatic backup, because there is another
        #[arg(long)]
        without_backup: bool,
    },
    /// Copy the database to a file while Courier runs
    Backup {
        file: PathBuf,
        /// Replace what is there
        #[arg(long)]
        overwrite: bool,
    },
    /// Examine pages, references, audit chain and version
    Check,
    /// Put a backup in the database's place; no Courier may be running
    Restore { file: PathBuf },
}
