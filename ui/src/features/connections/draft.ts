/** A connection while it is edited. What is right or wrong is said by the host when it is saved. */
import type { Connection, ConnectionDraft, Problem } from '@/ipc';

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
};

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
};

export function edited(connection: Connection): EditedConnection {
  const names = Object.keys(NEW).filter((name) => name !== 'password') as (keyof Omit<EditedConnection, 'password'>)[];
  return { ...NEW, ...Object.fromEntries(names.map((name) => [name, connection[name]])), password: '' };
}

/** What is sent: empty numbers are left out, so that the host's defaults hold. */
export function toDraft(edited: EditedConnection): ConnectionDraft {
  const entries = Object.entries(edited).filter(([name, value]) => name !== 'password' && !(value === null && (name === 'port' || name.endsWith('_sec') || name === 'transport_retries' || name === 'session_limit')));
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
