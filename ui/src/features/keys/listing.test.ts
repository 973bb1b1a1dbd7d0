import { describe, expect, it } from 'vitest';
import type { PgpKeyRow } from '@/ipc';
import { createFakeHost, storyData } from '@/ipc/fake';
import { fitting } from '@/components/fitting';
import { pgpColumns, sshColumns } from './columns';
import { pgpRows, sshRows, type KeyState } from './listing';
import { userOf } from './words';

const host = createFakeHost({ data: storyData() });
const rows = await host.commands.pgpKeysList();
const names = (found: readonly PgpKeyRow[]) => found.map(({ key }) => key.name);
const shown = (change: { text?: string; state?: KeyState; column?: string; descending?: boolean } = {}) =>
  pgpRows(rows, { text: change.text ?? '', state: change.state ?? 'any', sort: { column: change.column ?? 'expires', descending: change.descending ?? false } });

describe('the list of PGP keys', () => {
  it('begins with our pair that expires first and ends with partners whose keys are over', () => {
    expect(names(shown())[0]).toBe('Halden Finance 2024');
    expect(names(shown()).at(-1)).toBe('Meridian AP 2023');
    expect(names(shown()).indexOf('Norrland EDI')).toBeGreaterThan(names(shown()).indexOf('Aldgate Payments'));
  });

  it('is sorted within pairs and partners by every column', () => {
    const pairs = (column: string, descending = false) => names(shown({ column, descending }).filter(({ key }) => key.key_type === 'key_pair'));
    expect(pairs('name')).toEqual(['Halden Claims', 'Halden Finance 2022', 'Halden Finance 2024', 'Halden Finance 2026', 'Halden Payroll']);
    expect(pairs('uses', true)[0]).toBe('Halden Finance 2024');
    expect(pairs('state')[0]).toBe('Halden Finance 2024');
    expect(pairs('kind')[0]).toBe('Halden Finance 2026');
    expect(names(shown({ column: 'name', descending: true })).slice(0, 5).every((name) => name.startsWith('Halden'))).toBe(true);
  });

  it('is found in by name, user and any part of the fingerprint', () => {
    expect(names(shown({ text: 'kestrel-ins' }))).toEqual(['Kestrel Claims']);
    expect(names(shown({ text: '7d1a 3032' }))).toEqual(['Halden Payroll']);
    expect(shown({ text: 'nobody' })).toEqual([]);
  });

  it('is narrowed to a state', () => {
    expect(names(shown({ state: 'expiring' }))).toEqual(['Halden Finance 2024']);
    expect(names(shown({ state: 'revoked' }))).toEqual(['Meridian AP 2023']);
  });
});

describe('the list of SSH keys', () => {
  it('puts keys that log in before those that do not', async () => {
    const found = sshRows(await host.commands.sshKeysList(), { text: 'courier', state: 'any', sort: { column: 'name', descending: false } });
    expect(found.map(({ key }) => key.name)).toEqual(['courier-ops-2026', 'courier-ops-2023']);
  });
});

describe('the columns', () => {
  const ids = (width: number | null) => fitting(pgpColumns(() => undefined), width).map((column) => column.id);

  it('are all there where there is room', () => {
    expect(ids(1232)).toEqual(['name', 'user', 'fingerprint', 'kind', 'state', 'expires', 'successor', 'tags', 'uses']);
    expect(ids(null)).toHaveLength(9);
  });

  it('give way in the order in which they are missed least', () => {
    expect(ids(1000)).not.toContain('successor');
    expect(ids(916)).toEqual(['name', 'fingerprint', 'kind', 'state', 'expires', 'uses']);
    expect(ids(500)).toEqual(['name', 'state', 'expires', 'uses']);
    expect(ids(200)).toEqual(['name', 'state', 'expires']);
    expect(fitting(sshColumns, 500).map((column) => column.id)).toEqual(['name', 'kind', 'state', 'uses']);
  });
});

describe('a user id', () => {
  it('is a name, a mail address, or both', () => {
    expect(userOf('Finance <finance@example.com>')).toEqual({ name: 'Finance', mail: 'finance@example.com' });
    expect(userOf('finance@example.com')).toEqual({ name: '', mail: 'finance@example.com' });
    expect(userOf('Finance')).toEqual({ name: 'Finance', mail: '' });
    expect(userOf('')).toEqual({ name: '', mail: '' });
  });
});
