/**
 * From error codes to what a person reads. The table is total: a new code does not compile without its words.
 * The message of a failure says what failed on what; the words here say what kind of thing it is and what to do.
 */
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
  validation: { title: 'Something is not filled in right', short: 'not valid', hint: 'Correct what is marked, then try again.' },
  not_found: { title: 'It is no longer there', short: 'not found', hint: 'It may have been deleted meanwhile. Go back to the list.' },
  conflict: { title: 'It does not go with what is there', short: 'conflict', hint: 'Look at what is there now, then repeat your change.' },
  invalid_transition: { title: 'That is not possible now', short: 'not possible now', hint: 'Its state has changed. Look at it again first.' },
  template_failed: { title: 'An expression cannot be worked out', short: 'expression failed', hint: 'Open the step and correct the marked value.' },
  unsupported: { title: 'The server or format cannot do that', short: 'not supported', hint: 'Choose another way in the step or connection.' },
  vault_locked: { title: 'The vault is locked', short: 'vault locked', hint: 'Unlock the vault in Settings. Waiting runs then go on.' },
  vault_uninitialised: { title: 'There is no vault yet', short: 'no vault', hint: 'Set up the vault in Settings; it keeps passwords and keys.' },
  vault_unavailable: { title: 'The vault cannot be reached', short: 'vault not reachable', hint: 'Check that the system keychain is running and unlocked.' },
  vault_wrong_key: { title: 'That does not open the vault', short: 'wrong vault key', hint: 'Enter the passphrase or choose the key file this vault was made with.' },
  secret_damaged: { title: 'A stored secret is damaged', short: 'secret damaged', hint: 'Enter the password or import the key again.' },
  secret_missing: { title: 'A secret is missing', short: 'secret missing', hint: 'Enter the password or choose the key again.' },
  store_unavailable: { title: 'The data cannot be reached', short: 'data not reachable', hint: 'Check the disk or the database server, then try again.' },
  store_too_new: { title: 'The data is from a newer Courier', short: 'newer data', hint: 'Update Courier on this computer.' },
  dns_failed: { title: 'The server name was not found', short: 'name not found', hint: 'Check the host name and your network.' },
  connection_refused: { title: 'The server refused the connection', short: 'connection refused', hint: 'Check host and port; the service may be down or a firewall in between.' },
  connection_timeout: { title: 'The server did not answer', short: 'no answer', hint: 'Check host, port and firewall, then try again.' },
  connection_lost: { title: 'The connection broke', short: 'connection lost', hint: 'Try again; finished files are not sent twice.' },
  connection_disabled: { title: 'The connection is switched off', short: 'connection disabled', hint: 'Enable the connection, then try again.' },
  protocol_error: { title: 'The server answered unexpectedly', short: 'protocol error', hint: 'Check protocol and port. The log has what the server said.' },
  no_common_algorithm: { title: 'No encryption in common', short: 'no common encryption', hint: 'The server offers only what is switched off here. Open the algorithms of the connection.' },
  tls_failed: { title: 'TLS could not be set up', short: 'no TLS', hint: 'Check the port and when TLS begins. The server may be too old.' },
  proxy_failed: { title: 'The proxy did not let us through', short: 'proxy failed', hint: 'Check host, port and login of the proxy.' },
  host_key_unknown: { title: 'The server is not known yet', short: 'unknown host key', hint: 'Compare its fingerprint with the one its owner gave you, then trust it.' },
  host_key_changed: { title: 'The server showed another host key', short: 'host key changed', hint: 'Compare the new fingerprint with the partner first. Nothing was sent.' },
  host_key_revoked: { title: 'The server showed a revoked host key', short: 'host key revoked', hint: 'Do not connect. Ask the partner which key is right.' },
  certificate_untrusted: { title: 'The certificate is not trusted', short: 'unknown certificate', hint: 'Compare its thumbprint with the one its owner gave you, then pin it.' },
  certificate_changed: { title: 'The server showed another certificate', short: 'certificate changed', hint: 'Compare the new thumbprint with the partner first. Nothing was sent.' },
  insecure_trust_refused: { title: 'Trusting any server is not allowed', short: 'trust refused', hint: 'Choose another trust policy, or allow it in Settings.' },
  authentication_failed: { title: 'The log-in was refused', short: 'log-in refused', hint: 'Check user name, password and key with the partner.' },
  permission_denied: { title: 'Permission denied', short: 'permission denied', hint: 'Ask for rights to this file or folder, or choose another.' },
  file_not_found: { title: 'The file is not there', short: 'file not found', hint: 'Check the path and that the file has arrived.' },
  no_files: { title: 'No files matched', short: 'no files', hint: 'Check the pattern, or let the step succeed without files.' },
  already_exists: { title: 'A file is already there', short: 'already exists', hint: 'Choose what the step does with existing files.' },
  disk_full: { title: 'The disk is full', short: 'disk full', hint: 'Free space, then resume the run.' },
  unsafe_name: { title: 'A file name is not safe', short: 'unsafe name', hint: 'The name would leave its folder. Ask the sender for another.' },
  source_changed: { title: 'The file changed meanwhile', short: 'source changed', hint: 'Try again when the sender has finished writing.' },
  verification_failed: { title: 'The copy is not the same', short: 'check failed', hint: 'Try again; the damaged copy was not put in place.' },
  io_failed: { title: 'Reading or writing failed', short: 'disk error', hint: 'Check the disk or network drive, then try again.' },
  key_unusable: { title: 'The key cannot be used for this', short: 'key not usable', hint: 'Choose an active key, or set a successor.' },
  key_unreadable: { title: 'The key file cannot be read', short: 'key not readable', hint: 'Check that the file is a key of a supported kind.' },
  wrong_passphrase: { title: 'The passphrase is wrong', short: 'wrong passphrase', hint: 'Enter the passphrase of this key.' },
  no_decryption_key: { title: 'No key here opens this file', short: 'no key opens it', hint: 'Import the private key, or send the partner your public key.' },
  signature_missing: { title: 'The file is not signed', short: 'not signed', hint: 'Ask the partner to sign, or stop requiring a signature.' },
  signature_invalid: { title: 'The signature is wrong', short: 'bad signature', hint: 'Do not use the file. Ask the partner to send it again.' },
  unknown_signer: { title: 'The signer is not known', short: 'unknown signer', hint: 'Import the public key of the signer after checking it.' },
  message_damaged: { title: 'The encrypted file is damaged', short: 'file damaged', hint: 'Ask the partner to send it again.' },
  archive_damaged: { title: 'The archive cannot be read', short: 'archive not readable', hint: 'Check that it is the right file and came whole.' },
  archive_unsafe: { title: 'The archive is not safe', short: 'unsafe archive', hint: 'It holds entries that would leave its folder. Nothing was unpacked.' },
  archive_limit: { title: 'The archive is too large', short: 'archive too large', hint: 'Raise the limit in Settings if you trust its sender.' },
  archive_password: { title: 'The archive needs another password', short: 'archive password', hint: 'Enter the right password in the step.' },
  failed_on_purpose: { title: 'The job says that this is a failure', short: 'on purpose', hint: 'The message is the job\'s own; do as it says.' },
  context_too_large: { title: 'The results are too many to hand on', short: 'too many results', hint: 'Narrow the listing, or work in parts with a For each.' },
  commands_not_allowed: { title: 'Programs may not be run here', short: 'commands not allowed', hint: 'Allow commands in Settings, if whoever edits jobs here may run programs.' },
  command_failed: { title: 'The program failed', short: 'command failed', hint: 'Read what it said; run it by hand with the same arguments.' },
  http_failed: { title: 'The web service refused', short: 'refused by the service', hint: 'Check address, method and what is sent. The message has what it said.' },
  http_unavailable: { title: 'The web service is not available', short: 'service not available', hint: 'Try again later, or set a retry policy.' },
  http_uncertain: { title: 'The web service failed and may have acted', short: 'service failed', hint: 'Ask the service whether the work was done before you run it again.' },
  job_failed: { title: 'The job that was started failed', short: 'started job failed', hint: 'Open its run; it says why.' },
  timeout: { title: 'It took too long', short: 'timed out', hint: 'Try again, or give the step more time.' },
  cancelled: { title: 'It was cancelled', short: 'cancelled', hint: 'Run it again when you are ready.' },
  paused: { title: 'It is paused', short: 'paused', hint: 'Resume it to go on where it stopped.' },
  lease_lost: { title: 'Another node took over', short: 'taken over', hint: 'Nothing to do; the other node goes on.' },
  rescue_limit: { title: 'It was taken over too often', short: 'gave up', hint: 'Look for what stops the node, then resume the run.' },
  internal: { title: 'Something went wrong in Courier', short: 'internal error', hint: 'Try again. If it happens again, send the log to support.' },
};

/** What kind of cause it is, in one or two words. */
export const CAUSES: Record<CauseClass, string> = {
  configuration: 'Configuration',
  vault: 'Vault',
  store: 'Data store',
  network: 'Network',
  trust: 'Trust',
  authentication: 'Authentication',
  permission: 'Permission',
  disk: 'Disk',
  data: 'Data',
  key: 'Key',
  timeout: 'Time limit',
  stopped: 'Stopped',
  internal: 'Courier itself',
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
  const message = thrown instanceof Error ? thrown.message : typeof thrown === 'string' ? thrown : 'An unknown failure.';
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
