/** Whether a monitor's patterns take a file, and why not. For trying out; the monitor itself decides in the host. */
import { t } from '@/i18n';
import { globRegex } from '@/lib/glob';

/** What known clients call files that they are still writing. */
export const TEMPORARY = ['*.filepart', '*.part', '*.tmp', '*.courier-*'];

export interface Rules {
  include: readonly string[];
  exclude: readonly string[];
  recursive: boolean;
  /** Whether the folder's file system does not tell `A` from `a`. */
  anyCase: boolean;
}

export interface Verdict {
  matches: boolean;
  /** In two to four words. */
  word: string;
  why: string;
}

/** `path` is meant from the folder that is watched. A pattern may fit the name or the whole path. */
export function verdictOf(path: string, { include, exclude, recursive, anyCase }: Rules): Verdict {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const fits = (glob: string, cases = anyCase) => {
    const regex = globRegex(glob, cases);
    return regex !== null && (regex.test(name) || regex.test(path));
  };
  const no = (word: string, why: string): Verdict => ({ matches: false, word, why });
  if (path.includes('/') && !recursive) return no(t('No: in a folder inside'), t('Folders inside are not looked into'));
  const temporary = TEMPORARY.find((glob) => fits(glob));
  if (temporary !== undefined) return no(t('No: temporary name'), t('{{temporary}} is left out by default', { temporary }));
  const without = exclude.find((glob) => fits(glob));
  if (without !== undefined) return no(t('No: left out'), t('Left out by {{without}}', { without }));
  if (include.length === 0) return { matches: true, word: t('Matches'), why: t('Every file counts') };
  const by = include.find((glob) => fits(glob));
  if (by !== undefined) return { matches: true, word: t('Matches'), why: by };
  const nearly = include.find((glob) => fits(glob, true));
  if (nearly !== undefined) return no(t('No: upper and lower case'), t('Fits {{nearly}} but for upper and lower case', { nearly }));
  return no(t('No: other name'), include.length === 1 ? t('Does not fit {{include}}', { include: include[0] }) : t('Fits none of the {{count}} patterns', { count: include.length }));
}
