/**
 * From error codes to what a person reads. The table is total: a new code does not compile without its words.
 * The message of a failure says what failed on what; the words here say what kind of thing it is and what to do.
 */
import { t } from '@/i18n';
import { CAUSE_CLASSES, type AppError, type CauseClass, type ErrorCode, type Retry } from './bindings';

export interface Presentation {
  /** What happened, in two to six words. */
  title: string;
  /** After "Failed, …" in a list: two to four words. */
  short: string;
  /** What to do, unless the failure brings its own hint. */
  hint: string;
}

export const PRESENTATIONS: Record<ErrorCode, Presentation> = {
  validation: { title: t('Something is not filled in right'), short: t('not valid'), hint: t('Correct what is marked, then try again.') },
  not_found: { title: t('It is no longer there'), short: t('not found'), hint: t('It may have been deleted meanwhile. Go back to the list.') },
  conflict: { title: t('It does not go with what is there'), short: t('conflict'), hint: t('Look at what is there now, then repeat your change.') },
  invalid_transition: { title: t('That is not possible now'), short: t('not possible now'), hint: t('Its state has changed. Look at it again first.') },
  template_failed: { title: t('An expression cannot be worked out'), short: t('expression failed'), hint: t('Open the step and correct the marked value.') },
  unsupported: { title: t('The server or format cannot do that'), short: t('not supported'), hint: t('Choose another way in the step or connection.') },
  vault_locked: { title: t('The vault is locked'), short: t('vault locked'), hint: t('Unlock the vault in Settings. Waiting runs then go on.') },
  vault_uninitialised: { title: t('There is no vault yet'), short: t('no vault'), hint: t('Set up the vault in Settings; it keeps passwords and keys.') },
  vault_unavailable: { title: t('The vault cannot be reached'), short: t('vault not reachable'), hint: t('Check that the system keychain is running and unlocked.') },
  vault_wrong_key: { title: t('That does not open the vault'), short: t('wrong vault key'), hint: t('Enter the passphrase or choose the key file this vault was made with.') },
  secret_damaged: { title: t('A stored secret is damaged'), short: t('secret damaged'), hint: t('Enter the password or import the key again.') },
  secret_missing: { title: t('A secret is missing'), short: t('secret missing'), hint: t('Enter the password or choose the key again.') },
  store_unavailable: { title: t('The data cannot be reached'), short: t('data not reachable'), hint: t('Check the disk or the database server, then try again.') },
  store_too_new: { title: t('The data is from a newer Courier'), short: t('newer data'), hint: t('Update Courier on this computer.') },
  dns_failed: { title: t('The server name was not found'), short: t('name not found'), hint: t('Check the host name and your network.') },
  connection_refused: { title: t('The server refused the connection'), short: t('connection refused'), hint: t('Check host and port; the service may be down or a firewall in between.') },
  connection_timeout: { title: t('The server did not answer'), short: t('no answer'), hint: t('Check host, port and firewall, then try again.') },
  connection_lost: { title: t('The connection broke'), short: t('connection lost'), hint: t('Try again; finished files are not sent twice.') },
  connection_disabled: { title: t('The connection is switched off'), short: t('connection disabled'), hint: t('Enable the connection, then try again.') },
  protocol_error: { title: t('The server answered unexpectedly'), short: t('protocol error'), hint: t('Check protocol and port. The log has what the server said.') },
  no_common_algorithm: { title: t('No encryption in common'), short: t('no common encryption'), hint: t('The server offers only what is switched off here. Open the algorithms of the connection.') },
  tls_failed: { title: t('TLS could not be set up'), short: t('no TLS'), hint: t('Check the port and when TLS begins. The server may be too old.') },
  proxy_failed: { title: t('The proxy did not let us through'), short: t('proxy failed'), hint: t('Check host, port and login of the proxy.') },
  host_key_unknown: { title: t('The server is not known yet'), short: t('unknown host key'), hint: t('Compare its fingerprint with the one its owner gave you, then trust it.') },
  host_key_changed: { title: t('The server showed another host key'), short: t('host key changed'), hint: t('Compare the new fingerprint with the partner first. Nothing was sent.') },
  host_key_revoked: { title: t('The server showed a revoked host key'), short: t('host key revoked'), hint: t('Do not connect. Ask the partner which key is right.') },
  certificate_untrusted: { title: t('The certificate is not trusted'), short: t('unknown certificate'), hint: t('Compare its thumbprint with the one its owner gave you, then pin it.') },
  certificate_changed: { title: t('The server showed another certificate'), short: t('certificate changed'), hint: t('Compare the new thumbprint with the partner first. Nothing was sent.') },
  insecure_trust_refused: { title: t('Trusting any server is not allowed'), short: t('trust refused'), hint: t('Choose another trust policy, or allow it in Settings.') },
  authentication_failed: { title: t('The log-in was refused'), short: t('log-in refused'), hint: t('Check user name, password and key with the partner.') },
  permission_denied: { title: t('Permission denied'), short: t('permission denied'), hint: t('Ask for rights to this file or folder, or choose another.') },
  file_not_found: { title: t('The file is not there'), short: t('file not found'), hint: t('Check the path and that the file has arrived.') },
  no_files: { title: t('No files matched'), short: t('no files'), hint: t('Check the pattern, or let the step succeed without files.') },
  already_exists: { title: t('A file is already there'), short: t('already exists'), hint: t('Choose what the step does with existing files.') },
  disk_full: { title: t('The disk is full'), short: t('disk full'), hint: t('Free space, then resume the run.') },
  unsafe_name: { title: t('A file name is not safe'), short: t('unsafe name'), hint: t('The name would leave its folder. Ask the sender for another.') },
  source_changed: { title: t('The file changed meanwhile'), short: t('source changed'), hint: t('Try again when the sender has finished writing.') },
  verification_failed: { title: t('The copy is not the same'), short: t('check failed'), hint: t('Try again; the damaged copy was not put in place.') },
  io_failed: { title: t('Reading or writing failed'), short: t('disk error'), hint: t('Check the disk or network drive, then try again.') },
  key_unusable: { title: t('The key cannot be used for this'), short: t('key not usable'), hint: t('Choose an active key, or set a successor.') },
  key_unreadable: { title: t('The key file cannot be read'), short: t('key not readable'), hint: t('Check that the file is a key of a supported kind.') },
  wrong_passphrase: { title: t('The passphrase is wrong'), short: t('wrong passphrase'), hint: t('Enter the passphrase of this key.') },
  no_decryption_key: { title: t('No key here opens this file'), short: t('no key opens it'), hint: t('Import the private key, or send the partner your public key.') },
  signature_missing: { title: t('The file is not signed'), short: t('not signed'), hint: t('Ask the partner to sign, or stop requiring a signature.') },
  signature_invalid: { title: t('The signature is wrong'), short: t('bad signature'), hint: t('Do not use the file. Ask the partner to send it again.') },
  unknown_signer: { title: t('The signer is not known'), short: t('unknown signer'), hint: t('Import the public key of the signer after checking it.') },
  message_damaged: { title: t('The encrypted file is damaged'), short: t('file damaged'), hint: t('Ask the partner to send it again.') },
  archive_damaged: { title: t('The archive cannot be read'), short: t('archive not readable'), hint: t('Check that it is the right file and came whole.') },
  archive_unsafe: { title: t('The archive is not safe'), short: t('unsafe archive'), hint: t('It holds entries that would leave its folder. Nothing was unpacked.') },
  archive_limit: { title: t('The archive is too large'), short: t('archive too large'), hint: t('Raise the limit in Settings if you trust its sender.') },
  archive_password: { title: t('The archive needs another password'), short: t('archive password'), hint: t('Enter the right password in the step.') },
  failed_on_purpose: { title: t('The job says that this is a failure'), short: t('on purpose'), hint: t("The message is the job's own; do as it says.") },
  context_too_large: { title: t('The results are too many to hand on'), short: t('too many results'), hint: t('Narrow the listing, or work in parts with a For each.') },
  commands_not_allowed: { title: t('Programs may not be run here'), short: t('commands not allowed'), hint: t('Allow commands in Settings, if whoever edits jobs here may run programs.') },
  command_failed: { title: t('The program failed'), short: t('command failed'), hint: t('Read what it said; run it by hand with the same arguments.') },
  http_failed: { title: t('The web service refused'), short: t('refused by the service'), hint: t('Check address, method and what is sent. The message has what it said.') },
  http_unavailable: { title: t('The web service is not available'), short: t('service not available'), hint: t('Try again later, or set a retry policy.') },
  http_uncertain: { title: t('The web service failed and may have acted'), short: t('service failed'), hint: t('Ask the service whether the work was done before you run it again.') },
  job_failed: { title: t('The job that was started failed'), short: t('started job failed'), hint: t('Open its run; it says why.') },
  timeout: { title: t('It took too long'), short: t('timed out'), hint: t('Try again, or give the step more time.') },
  cancelled: { title: t('It was cancelled'), short: t('cancelled'), hint: t('Run it again when you are ready.') },
  paused: { title: t('It is paused'), short: t('paused'), hint: t('Resume it to go on where it stopped.') },
  lease_lost: { title: t('Another node took over'), short: t('taken over'), hint: t('Nothing to do; the other node goes on.') },
  rescue_limit: { title: t('It was taken over too often'), short: t('gave up'), hint: t('Look for what stops the node, then resume the run.') },
  internal: { title: t('Something went wrong in Courier'), short: t('internal error'), hint: t('Try again. If it happens again, send the log to support.') },
};

/** What kind of cause it is, in one or two words. */
export const CAUSES: Record<CauseClass, string> = {
  configuration: t('Configuration'),
  vault: t('Vault'),
  store: t('Data store'),
  network: t('Network'),
  trust: t('Trust'),
  authentication: t('Authentication'),
  permission: t('Permission'),
  disk: t('Disk'),
  data: t('Data'),
  key: t('Key'),
  timeout: t('Time limit'),
  stopped: t('Stopped'),
  internal: t('Courier itself'),
};

export const causeOf = (code: ErrorCode): CauseClass => CAUSE_CLASSES[code];

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(PRESENTATIONS, text);

/** What a person reads about a failure; its own hint is better than the table's. */
export function presentation(error: Pick<AppError, 'code' | 'hint'>): Presentation {
  const shown = PRESENTATIONS[error.code];
  return error.hint ? { ...shown, hint: error.hint } : shown;
}

/** What a failure says, as a sentence that another can follow. A name at its beginning stays as it is. */
export function sentence(text: string): string {
  const said = text.trim();
  const begun = /^[a-z]+ /.test(said) ? said.charAt(0).toUpperCase() + said.slice(1) : said;
  return said === '' || /[.!?…]$/.test(said) ? begun : `${begun}.`;
}

/** Whatever was thrown, as an error of the contract. */
export function asAppError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : typeof thrown === 'string' ? thrown : t('An unknown failure.');
  const retryable: Retry = 'never';
  return { code: 'internal', message, hint: null, context: {}, problems: [], retryable };
}

function isAppError(thrown: unknown): thrown is AppError {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    'code' in thrown &&
    typeof thrown.code === 'string' &&
    isErrorCode(thrown.code) &&
    'message' in thrown
  );
}
