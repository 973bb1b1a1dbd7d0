/** What was dropped, and the drafts that are made of it. What has no ending is a folder; what is `gone` is not there. */
import type { Connection, DroppedPath, JobDraft, MonitorDraft, StepDraft } from '../bindings';
import { appError } from './error';

const partOf = (path: string) => path.replace(/\/$/, '').split('/');

function look(paths: readonly string[]): DroppedPath[] {
  return paths.map((path) => {
    if (path.includes('gone')) throw appError('file_not_found', `There is no ${path}.`);
    const is_directory = !(partOf(path).at(-1) ?? '').includes('.');
    const whole = is_directory ? `${path.replace(/\/$/, '')}/` : path;
    return { path: whole, is_directory, folder: is_directory ? whole.slice(0, -1) : partOf(path).slice(0, -1).join('/'), pattern: whole };
  });
}

const words = (paths: readonly string[]) => (paths.length === 1 ? (partOf(paths[0] ?? '').at(-1) ?? '') : `${paths.length} files`);

const job = (name: string, step: StepDraft): JobDraft => ({ name, steps: [step] });

export function createDrops(protocolOf: (connection: string) => Connection['protocol']) {
  return {
    dropsLook: async (paths: string[]) => look(paths),
    dropsUpload: async (paths: string[], connection: string, folder: string) =>
      job(`Send ${words(paths)}`, {
        name: 'Upload', alias: 'upload', type_key: `${protocolOf(connection)}.upload`,
        configuration: { connection_id: connection, local_path: look(paths).map((one) => one.pattern), ...(folder === '' ? {} : { remote_path: `${folder.replace(/\/$/, '')}/` }) },
      }),
    dropsEncrypt: async (paths: string[], recipient: string) =>
      job(`Encrypt ${words(paths)}`, {
        name: 'PGP encrypt', alias: 'pgp_encrypt', type_key: 'pgp.encrypt', configuration: { input_path: look(paths).map((one) => one.pattern), recipient_key_ids: [recipient] },
      }),
    dropsWatch: async (paths: string[]): Promise<MonitorDraft> => {
      const [first, ...others] = look(paths).map((one) => one.folder);
      if (first === undefined || others.some((folder) => folder !== first)) {
        const message = 'These lie in different places. A monitor watches one folder.';
        throw { ...appError('validation', message), problems: [{ path: 'watch_target.path', code: 'different_folders', message, severity: 'error' }] };
      }
      return { name: `Watch ${partOf(first).at(-1)}`, watch_target: { type: 'local', path: first, connection_id: null }, file_patterns: paths.every((path) => path.endsWith('.csv')) ? ['*.csv'] : [] };
    },
  };
}
