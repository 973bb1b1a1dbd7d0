/** Three of the jobs to begin with. */
import type { JobTemplate, MadeStart } from '../bindings';
import type { Commands } from '../host';
import { appError } from './error';

export const TEMPLATES: readonly JobTemplate[] = [
  {
    key: 'encrypt_and_deliver',
    starts: null,
    draft: {
      name: 'Encrypt and deliver', description: 'Encrypts files for a partner’s PGP key and uploads them over SFTP.',
      steps: [
        { name: 'Encrypt', alias: 'encrypt', type_key: 'pgp.encrypt', configuration: {} },
        { name: 'Deliver', alias: 'deliver', type_key: 'sftp.upload', configuration: { local_path: '{{ steps.encrypt.files }}' } },
      ],
    },
  },
  {
    key: 'nightly_mirror',
    starts: 'schedule',
    draft: {
      name: 'Mirror a folder every night', description: 'Uploads what is newer here than on the server.',
      steps: [{ name: 'Upload', alias: 'upload', type_key: 'sftp.upload', configuration: { overwrite: 'newer' } }],
    },
  },
  {
    key: 'watch_and_upload',
    starts: 'monitor',
    draft: {
      name: 'Send what lies in a folder', description: 'Uploads the files of a folder to a server over SFTP.',
      steps: [{ name: 'Upload', alias: 'upload', type_key: 'sftp.upload', configuration: { after_upload: 'delete' } }],
    },
  },
];

/** What a template has beside its job: off, for a person to look at. */
export function startsOf({ schedulesAdd, monitorsSave, monitorsDisable }: Pick<Commands, 'schedulesAdd' | 'monitorsSave' | 'monitorsDisable'>, folderOf: (job: string) => string) {
  return async (key: string, id: string): Promise<MadeStart | null> => {
    const template = TEMPLATES.find((one) => one.key === key);
    if (template?.starts === 'schedule') {
      return { type: 'schedule', schedule: await schedulesAdd({ type: 'job', id }, { schedule_type: 'cron', cron_expression: '0 0 2 * * ?', is_enabled: false }) };
    }
    if (template?.starts !== 'monitor') return null;
    const path = folderOf(id);
    if (path.includes('{{')) {
      const message = 'Which folder is sent is known in a run only. Make the monitor by hand.';
      throw { ...appError('validation', message), problems: [{ path: 'watch_target.path', code: 'run_only', message, severity: 'error' }] };
    }
    const made = await monitorsSave(null, { name: template.draft.name, watch_target: { type: 'local', path }, bindings: [{ job_id: id }] }, null);
    await monitorsDisable(made.id);
    return { type: 'monitor', id: made.id, name: made.name, path };
  };
}
