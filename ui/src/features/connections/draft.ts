/** A connection while it is edited. What is right or wrong is said by the host when it is saved. */
import { t } from '@/i18n';
import type { Connection, ConnectionDraft, ConnectionProtocol, Problem, TlsMode } from '@/ipc';

export type EditedConnection = Required<Omit<ConnectionDraft, 'port' | 'connect_timeout_sec' | 'operation_timeout_sec' | 'keepalive_interval_sec' | 'transport_retries' | 'session_limit'>> & {
  /** `null` while a number field is empty. */
  port: number | null;
  connect_timeout_sec: number | null;
  operation_timeout_sec: number | null;
  keepalive_interval_sec: number | null;
  transport_retries: number | null;
  session_limit: number | null;
  /** Entered now; empty keeps the stored one. */
  password: string;
  /** The same for the proxy's. */
  proxy_password: string;
  /** By name; they are put on when the connection is saved. */
  tags: readonly string[];
};

/** What is not part of the connection itself. */
const BESIDE: readonly string[] = ['password', 'proxy_password', 'tags'];

export const NEW: EditedConnection = {
  name: '',
  group: null,
  protocol: 'sftp',
  host: '',
  port: 22,
  auth_method: 'password',
  username: '',
  ssh_key_id: null,
  host_key_policy: 'trust_on_first_use',
  stored_host_fingerprint: null,
  passive_mode: true,
  tls_version_floor: null,
  tls_cert_policy: 'system_trust',
  tls_pinned_thumbprint: null,
  tls_mode: null,
  tls_version_ceiling: null,
  ssh_algorithms: null,
  connect_timeout_sec: 30,
  operation_timeout_sec: 300,
  keepalive_interval_sec: 60,
  transport_retries: 2,
  session_limit: 4,
  transfer_profile: 'auto',
  rate_limit: null,
  jump_connection_id: null,
  proxy: null,
  status: 'active',
  fips_override: false,
  notes: null,
  password: '',
  proxy_password: '',
  tags: [],
};

export function edited(connection: Connection, tags: readonly string[]): EditedConnection {
  const names = Object.keys(NEW).filter((name) => !BESIDE.includes(name)) as (keyof Omit<EditedConnection, 'password' | 'proxy_password' | 'tags'>)[];
  return { ...NEW, ...Object.fromEntries(names.map((name) => [name, connection[name]])), password: '', proxy_password: '', tags };
}

export function usualPort(protocol: ConnectionProtocol, mode: TlsMode | null): number {
  return protocol === 'sftp' ? 22 : protocol === 'ftps' && mode === 'implicit' ? 990 : 21;
}

/** With another protocol: what the new one does not have goes, and so does the old one's usual port. */
export function withProtocol(draft: EditedConnection, protocol: ConnectionProtocol): Partial<EditedConnection> {
  const tls_mode = protocol === 'ftps' ? (draft.tls_mode ?? 'explicit') : draft.tls_mode;
  const port = draft.port === usualPort(draft.protocol, draft.tls_mode) ? usualPort(protocol, tls_mode) : draft.port;
  if (protocol === 'sftp') return { protocol, port };
  return { protocol, port, tls_mode, auth_method: 'password', ssh_key_id: null, jump_connection_id: null };
}

export function withTlsMode(draft: EditedConnection, tls_mode: TlsMode): Partial<EditedConnection> {
  return { tls_mode, port: draft.port === usualPort(draft.protocol, draft.tls_mode) ? usualPort(draft.protocol, tls_mode) : draft.port };
}

/** What would be wrong before the host is asked: a jump host that was announced and not chosen. */
export function unfinished(draft: EditedConnection): Record<string, string> {
  return draft.jump_connection_id === '' ? { jump_connection_id: t('Choose the connection to go through.') } : {};
}

/** What is sent: empty numbers are left out, so that the host's defaults hold. */
export function toDraft(edited: EditedConnection): ConnectionDraft {
  const entries = Object.entries(edited).filter(([name, value]) => !BESIDE.includes(name) && !(value === null && (name === 'port' || name.endsWith('_sec') || name === 'transport_retries' || name === 'session_limit')));
  return Object.fromEntries(entries) as ConnectionDraft;
}

export function sameAs(a: EditedConnection, b: EditedConnection): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The first problem of each field. */
export function byField(problems: readonly Problem[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const problem of problems) fields[problem.path] ??= problem.message;
  return fields;
}
