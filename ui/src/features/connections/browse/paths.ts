/** Paths on a server, `/` between the parts; `.` is where the login lands. And the order of a listing. */
import type { Sort } from '@/components/DataTable';
import type { Entry } from '@/ipc';

export const parentOf = (path: string): string => {
  const whole = path.replace(/\/+$/, '');
  const cut = whole.lastIndexOf('/');
  return cut > 0 ? whole.slice(0, cut) : cut === 0 ? '/' : '.';
};

/** With an empty name: the folder itself, ending in a slash. */
export const inFolder = (folder: string, name: string): string => (folder === '.' ? (name === '' ? './' : name) : `${folder.replace(/\/+$/, '')}/${name}`);

/** Folders first, whatever the order. */
export function sorted(entries: readonly Entry[], { column, descending }: Sort): Entry[] {
  const by = (a: Entry, b: Entry): number => {
    switch (column) {
      case 'size':
        return a.size - b.size;
      case 'modified':
        return (a.modified_at ?? '').localeCompare(b.modified_at ?? '');
      default:
        return a.name.localeCompare(b.name, undefined, { numeric: true });
    }
  };
  return [...entries].sort((a, b) => Number(b.is_directory) - Number(a.is_directory) || (descending ? by(b, a) : by(a, b)));
}
