/** What path fields match in the folders of memory. A folder called `none` is not there; what has an expression is for a run to tell. */
import { globRegex } from '@/lib/glob';
import type { PathsMatch } from '../bindings';
import type { Commands } from '../host';
import { listing } from './remote';

const DECIDED_BY: Record<string, string[]> = {
  'sftp.download remote_path': ['remote_path', 'connection_id', 'recursive', 'exclude_patterns'],
  'file.move source_path': ['source_path'],
  'file.unzip archive_path': ['archive_path'],
  'pgp.decrypt input_path': ['input_path'],
};

export const pathLooks: Pick<Commands, 'pathsDecidedBy' | 'pathsMatch'> = {
  pathsDecidedBy: async (step, field) => DECIDED_BY[`${step} ${field}`] ?? [],
  pathsMatch: async (_, { field, configuration }) => {
    const path = configuration[field];
    if (typeof path !== 'string' || path === '' || path.includes('{{')) return null;
    const cut = path.lastIndexOf('/');
    const [folder, name] = [path.slice(0, cut), path.slice(cut + 1)];
    const nothing: PathsMatch = { files: 0, folders: 0, bytes: 0, is_more: false, first: [], missing_folder: null };
    if (folder.endsWith('none')) return { ...nothing, missing_folder: folder };
    const wanted = globRegex(name === '' ? '*' : name);
    const files = listing(folder).filter((entry) => !entry.is_directory && wanted?.test(entry.name));
    return { ...nothing, files: files.length, bytes: files.reduce((sum, file) => sum + file.size, 0), first: files.slice(0, 5).map((file) => file.name) };
  },
};
