/** What a path field matches now, in a quiet line under it. The host decides what counts, and what only a run can tell. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from '@/components/Button';
import { t } from '@/i18n';
import { bytes, listed } from '@/lib/format';
import { useSettled } from '@/lib/useSettled';
import { asAppError, pathsDecidedByQuery, pathsMatchQuery, sentence, type FieldSpec, type PathsAsked, type PathsMatch } from '@/ipc';
import { useBuilder } from '../context';
import type { StepNode } from '../model/doc';

/** A field of paths that is left alone for so long is asked about; a server is not asked for every letter. */
const SETTLED_MS = 600;

export function PathsNow({ node, field }: { node: StepNode; field: FieldSpec }) {
  const zone = useBuilder((state) => state.doc.time_zone);
  const decides = useQuery(pathsDecidedByQuery(node.type_key, field.name)).data ?? [];
  const given = decides.flatMap((name) => (node.configuration[name] === undefined ? [] : [[name, node.configuration[name]] as const]));
  const asked: PathsAsked = { type_key: node.type_key, field: field.name, configuration: Object.fromEntries(given), time_zone: zone };
  const text = JSON.stringify(asked);
  const settled = useSettled(text, SETTLED_MS, null);
  const isFilled = given.some(([name]) => name === field.name);
  const { data, error, isFetching, refetch } = useQuery({ ...pathsMatchQuery(asked), enabled: isFilled && settled === text });
  if (!isFilled) return null;
  if (isFetching && data === undefined) return <Line state="looking">{t('Looking…')}</Line>;
  if (error) {
    return (
      <Line state="failed">
        {t('Cannot be looked at now: {{message}}', { message: sentence(asAppError(error).message) })}{' '}
        <Button variant="link" size="sm" className="inline h-auto p-0 align-baseline" onClick={() => void refetch()}>
          {t('Look again')}
        </Button>
      </Line>
    );
  }
  return data ? <Found found={data} /> : null;
}

function Found({ found }: { found: PathsMatch }) {
  const { files, folders, is_more, first, missing_folder } = found;
  if (missing_folder !== null) return <Line state="missing" title={missing_folder}>{t('The folder does not exist')}</Line>;
  if (files + folders === 0) return <Line state="none">{is_more ? t('No match among the first 10,000 entries') : t('No file matches now')}</Line>;
  const what = listed([...(folders > 0 ? [t('{{count}} folders', { count: folders })] : []), ...(files > 0 ? [t('{{count}} files, {{size}}', { count: files, size: bytes(found.bytes) })] : [])]);
  const rest = files + folders - first.length;
  return (
    <Line state="found" title={[...first, ...(rest > 0 ? [t('and {{count}} more', { count: rest })] : [])].join('\n')}>
      {is_more ? t('Matches at least {{what}} now', { what }) : t('Matches {{what}} now', { what })}
    </Line>
  );
}

function Line({ state, title, children }: { state: string; title?: string; children: ReactNode }) {
  return (
    <p data-paths-now={state} title={title} role="status" className="text-sm text-muted">
      {children}
    </p>
  );
}
