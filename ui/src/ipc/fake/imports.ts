/** Files of other programs, and what an import of them does to the host in memory. */
import type { Connection, ImportedConnection, ImportFile, ImportKind, ImportPreview, Problem } from '../bindings';
import { appError } from './error';
import { newId, toConnection, type Data } from './seed';

interface Site {
  name: string;
  group?: string;
  protocol?: Connection['protocol'];
  host: string;
  username: string;
  /** The name of the key file that it names. */
  key?: string;
  /** Whether the file has its password in clear. */
  hasPassword?: boolean;
  through?: string;
  left?: readonly (readonly [option: string, message: string])[];
}

interface ForeignFile {
  kind: ImportKind;
  sites: readonly Site[];
}

export const SSH_CONFIG = '/home/m.koch/.ssh/config';

const FILES: Record<string, ForeignFile> = {
  [SSH_CONFIG]: {
    kind: 'ssh_config',
    sites: [
      { name: 'partner', host: 'sftp.partner.example', username: 'halden', key: 'partner_key', left: [['Ciphers', 'Courier does not have rot13; the others are taken over.']] },
      { name: 'gate', host: 'gate.partner.example', username: 'halden', key: 'partner_key' },
      { name: 'inner', host: '10.0.0.5', username: 'ops', through: 'gate' },
      { name: 'nobody', host: '', username: '' },
    ],
  },
  '/home/m.koch/WinSCP.ini': {
    kind: 'winscp',
    sites: [
      { name: 'live', group: 'Partner X', host: 'sftp.example.org', username: 'alice' },
      { name: 'backup', group: 'Partner X', protocol: 'ftps', host: 'ftps.example.org', username: 'alice' },
    ],
  },
  '/home/m.koch/sitemanager.xml': {
    kind: 'filezilla',
    sites: [{ name: 'drop', group: 'Partner & Co', protocol: 'ftp', host: 'ftp.example.org', username: 'carol', hasPassword: true }],
  },
  '/home/m.koch/empty.ini': { kind: 'winscp', sites: [] },
};

const warning = (path: string, message: string): Problem => ({ path, code: 'left_out', message, severity: 'warning' });

export function createImports({ data, changed, needVault }: { data: Data; changed: (kind: 'connection', id?: string) => void; needVault: () => void }) {
  const planned = (file: ImportFile): ImportPreview & { sealed: number } => {
    const found = FILES[file.path];
    if (!found) throw appError('validation', `Cannot read ${file.path}: No such file or directory.`);
    if (file.kind !== null && file.kind !== found.kind) throw appError('validation', 'The file is of another program.');
    const wanted = new Set(file.only);
    for (const { name, through } of found.sites) if (through && wanted.has(name)) wanted.add(through);
    const connections = found.sites.filter(({ name }) => wanted.size === 0 || wanted.has(name)).map((site): ImportedConnection => row(site, file));
    const brought = connections.filter(({ action, ssh_key }) => ssh_key !== null && (action === 'create' || action === 'renamed'));
    const keys = [...new Set(brought.map(({ ssh_key }) => ssh_key ?? ''))];
    return {
      kind: found.kind, digest: `${file.path} ${data.fileChanges}`, connections, warnings: [], sealed: keys.length + connections.filter((one) => file.with_passwords && one.missing === null).length,
      keys: keys.map((name) => ({ name, key_type: 'ed25519', fingerprint: 'SHA256:mVPwvezndPv/ARoIadVY98vAC0g+P/5633yTC4d/wXE', path: `/home/m.koch/.ssh/${name}` })),
    };
  };
  const row = (site: Site, file: ImportFile): ImportedConnection => {
    const protocol = site.protocol ?? 'sftp';
    const same = data.connections.some((one) => one.name.toLowerCase() === site.name.toLowerCase() && one.host === site.host && one.username === site.username);
    const taken = data.connections.some((one) => one.name.toLowerCase() === site.name.toLowerCase());
    const action = site.host === '' ? 'skipped' : same ? 'exists' : taken ? 'renamed' : 'create';
    const ssh_key = site.key && file.with_keys ? site.key : null;
    const opens = ssh_key !== null || (site.hasPassword === true && file.with_passwords);
    const missing = action === 'exists' || action === 'skipped' || opens ? null : site.key ? 'ssh_key' : 'password';
    return {
      name: action === 'renamed' ? `${site.name} 2` : site.name, group: file.group ?? site.group ?? null, protocol, host: site.host, port: protocol === 'sftp' ? 22 : 21, username: site.username,
      status: missing ? 'disabled' : 'active', imported_from: site.name, action, ssh_key, through: site.through ?? null, missing,
      warnings: [
        ...(site.left ?? []).map(([path, message]) => warning(path, message)),
        ...(site.host === '' ? [warning('host', "Enter the server's name or address.")] : []),
        ...(site.hasPassword && !file.with_passwords ? [warning('password', 'The file has its password; passwords come along only when that is asked for.')] : []),
      ],
    };
  };
  return {
    importPlaces: async () => [{ kind: 'ssh_config' as const, path: SSH_CONFIG }],
    importPreview: async (file: ImportFile): Promise<ImportPreview> => {
      const { sealed: _, ...preview } = planned(file);
      return preview;
    },
    importApply: async (file: ImportFile, seen: string): Promise<ImportPreview> => {
      const { sealed, ...preview } = planned(file);
      if (preview.digest !== seen) throw appError('conflict', 'The file has changed since you looked at it.');
      if (sealed > 0) needVault();
      for (const { imported_from: _from, action, ssh_key: _key, through: _through, missing, warnings: _warnings, ...draft } of preview.connections) {
        if (action !== 'create' && action !== 'renamed') continue;
        const made = toConnection(newId(), draft);
        data.connections.push(made);
        if (missing === null) data.passwords.add(made.id);
        changed('connection', made.id);
      }
      return preview;
    },
  };
}
