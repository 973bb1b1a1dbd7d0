/** Settings of the store: one of each kind, and two that somebody has changed. */
import type { SettingView } from '../bindings';
import type { Commands } from '../host';
import { appError } from './error';
import { ago, type Data } from './seed';

type Settings = Pick<Commands, 'settingsList' | 'settingsSet'>;

const UNCHANGED = new Date(0).toISOString();
const DAY = 86_400_000;

const setting = (given: Pick<SettingView, 'key' | 'title' | 'type' | 'default' | 'description'> & Partial<SettingView>): SettingView => ({
  value: given.default, unit: null, range: null, allowed: '', help: given.description ?? '', updated_at: UNCHANGED, updated_by: 'system', ...given,
});

export const newSettings = (): SettingView[] => [
  setting({
    key: 'job.concurrency_limit', title: 'Runs at the same time', type: 'integer', default: '5', value: '8', unit: 'jobs', range: { low: 1, high: 1000 },
    allowed: '1 to 1000 jobs', description: 'Jobs that run at the same time, over all nodes.', updated_at: ago(9 * DAY), updated_by: 'm.koch@fin-ws-07',
  }),
  setting({
    key: 'key.expiration_warning_days', title: 'Warn before a key expires', type: 'integer', default: '30', unit: 'days', range: { low: 0, high: 3650 },
    allowed: '0 to 3650 days', description: 'Days before its end that a key counts as expiring.',
  }),
  setting({ key: 'security.allow_commands', title: 'Steps that run programs', type: 'boolean', default: 'false', allowed: 'true or false', description: 'Allow steps that run a program of this computer.' }),
  setting({
    key: 'security.allowed_roots', title: 'Folders of steps', type: 'paths', default: '[]', value: '["/srv/exchange","/srv/finance"]', allowed: 'folders',
    description: 'Folders that steps may read and write, with all below them; none means wherever the user may.', updated_at: ago(40 * DAY), updated_by: 'a.fenn@courier-prod-1',
  }),
  setting({
    key: 'audit.checkpoint_file', title: 'Checkpoints outside the database', type: 'path', default: '', allowed: 'an absolute path, or nothing',
    description: 'File that signed checkpoints of the record are also written to, for this store alone. Keep it where whoever owns the database cannot change it.',
  }),
  setting({
    key: 'archive.max_uncompressed_bytes', title: 'Size of an unpacked archive', type: 'integer', default: '20000000000', unit: 'bytes',
    range: { low: 1, high: 1_000_000_000_000_000 }, allowed: '1 to 1000000000000000 bytes', description: 'Bytes that one archive may unpack to.',
  }),
  setting({
    key: 'transfer.rate_limit', title: 'Speed of all transfers', type: 'rate_limit', default: '0', unit: 'bytes_per_second', allowed: 'bytes per second, or an object with hours',
    description: 'Bytes per second that all transfers of a node together may use; 0 means no limit. An object sets hours of its own.',
  }),
];

export function createSettings({ data, changed }: { data: Data; changed: (kind: 'system_setting') => void }): Settings {
  return {
    settingsList: async () => structuredClone(data.settings),
    settingsSet: async (key, value, seen) => {
      const found = data.settings.find((known) => known.key === key);
      if (!found) throw appError('not_found', `There is no setting ${key}.`);
      if (seen !== null && found.updated_at !== seen) throw appError('conflict', `The setting ${key} was changed in the meantime.`);
      const number = /^[0-9]+$/.test(value.trim()) ? Number(value) : NaN;
      if (found.range && !(number >= found.range.low && number <= found.range.high)) {
        const message = `Enter a whole number from ${found.range.low} to ${found.range.high}.`;
        throw appError('validation', 'The value cannot be taken.', [{ path: key, code: 'invalid', message, severity: 'error' }]);
      }
      const normal = found.type === 'paths' ? JSON.stringify(value.split('\n').filter((line) => line !== '')) : value.trim();
      Object.assign(found, { value: normal, updated_at: new Date().toISOString(), updated_by: 'm.koch@fin-ws-07' });
      changed('system_setting');
      return null;
    },
  };
}
