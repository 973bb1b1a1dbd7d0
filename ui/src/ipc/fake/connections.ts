/** What the host in memory knows of servers: algorithms, a certificate, and how the test of each connection goes. */
import type { AlgorithmChoices, Connection, ErrorCode, SshAlgorithmConfig, Stage, StageReport, TlsCertificate } from '../bindings';

export const ALGORITHMS: AlgorithmChoices = {
  key_exchange: [
    { name: 'mlkem768x25519-sha256', offered: 'usual' }, { name: 'curve25519-sha256', offered: 'usual' }, { name: 'diffie-hellman-group15-sha512', offered: 'listed' },
    { name: 'diffie-hellman-group14-sha1', offered: 'legacy' },
  ],
  encryption: [{ name: 'aes256-gcm@openssh.com', offered: 'usual' }, { name: 'aes256-ctr', offered: 'usual' }, { name: 'aes256-cbc', offered: 'legacy' }],
  mac: [{ name: 'hmac-sha2-256', offered: 'usual' }, { name: 'hmac-sha1', offered: 'legacy' }],
  host_key: [{ name: 'ssh-ed25519', offered: 'usual' }, { name: 'rsa-sha2-512', offered: 'usual' }, { name: 'ssh-rsa', offered: 'legacy' }],
};

export function legacyOf(own: SshAlgorithmConfig | null): string[] {
  const kinds = ['key_exchange', 'encryption', 'mac', 'host_key'] as const;
  return kinds.flatMap((kind) => ALGORITHMS[kind].filter((choice) => choice.offered === 'legacy' && own?.[kind]?.includes(choice.name)).map((choice) => choice.name));
}

export const CERTIFICATE: TlsCertificate = {
  subject: 'CN=b2b.solentretail.example', issuer: 'CN=Solent Internal CA', names: ['b2b.solentretail.example'],
  not_before: '2026-01-10T00:00:00Z', not_after: '2028-01-10T00:00:00Z', thumbprint: '3f9a71c04be25d8816a7e0f3c95b2d64'.repeat(2),
};

const ok = (stage: Stage, millis: number, detail: string): StageReport => ({ stage, state: 'passed', millis, detail, code: null, hint: null });
const skipped = (stage: Stage): StageReport => ({ stage, state: 'skipped', millis: 0, detail: '', code: null, hint: null });
const failed = (stage: Stage, detail: string, code: ErrorCode): StageReport => ({ stage, state: 'failed', millis: 2, detail, code, hint: null });

/** All stages in order, as the host tells them. */
export function testStages(connection: Connection, pinned: string | null, revoked: boolean): StageReport[] {
  const ssh = connection.protocol === 'sftp';
  const tls = connection.protocol === 'ftps';
  const all = [
    connection.jump_connection_id ? ok('jump', 210, 'logged in') : skipped('jump'),
    ok('dns', 12, '203.0.113.24'),
    ok('tcp', 31, `from 10.20.4.17, port ${connection.port}`),
    ok('banner', 18, ssh ? 'OpenSSH_9.6' : '220 ready'),
    ssh ? ok('key_exchange', 48, 'aes256-gcm') : skipped('key_exchange'),
    ssh ? ok('host_key', 2, 'known, ED25519') : skipped('host_key'),
    tls ? ok('tls', 31, 'TLS 1.3') : skipped('tls'),
    tls ? ok('certificate', 1, 'CN=b2b.solentretail.example') : skipped('certificate'),
    ok('authentication', 96, connection.auth_method), ok('list', 40, '14 entries'), ok('write', 88, 'and renamed'),
    ok('clock', 4, '2 s ahead of ours'), ok('capabilities', 6, 'atomic rename'),
  ];
  const stop = wrongWith(connection, pinned, revoked);
  if (!stop) return all;
  const at = all.findIndex((stage) => stage.stage === stop.stage);
  return [...all.slice(0, at), stop, ...all.slice(at + 1).map(({ stage }) => skipped(stage))];
}

function wrongWith({ name, protocol }: Connection, pinned: string | null, revoked: boolean): StageReport | null {
  if (name === 'Baltic Grain') return revoked ? failed('host_key', 'was revoked', 'host_key_revoked') : failed('host_key', 'has changed', 'host_key_changed');
  if (name === 'Kestrel Insurance') return failed('authentication', 'password refused', 'authentication_failed');
  if (protocol === 'ftps' && name === 'Solent Retail' && pinned !== CERTIFICATE.thumbprint) {
    return pinned
      ? failed('certificate', 'The certificate is another than the pinned one.', 'certificate_changed')
      : failed('certificate', 'The certificate is of an issuer that this computer does not trust.', 'certificate_untrusted');
  }
  return null;
}
