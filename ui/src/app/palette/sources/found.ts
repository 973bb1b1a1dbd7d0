/** What is too much to be held in the page and is looked for in the store: runs and files. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Activity, FileSearch } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { EXECUTION_STATES, type StateLook } from '@/components/State';
import { t } from '@/i18n';
import { executionsQuery, newestFilesQuery } from '@/ipc';
import { bytes, shortTime } from '@/lib/format';
import { useSettled } from '@/lib/useSettled';
import type { Entry } from '../entry';

const MOST = 5;

/** What the store has of `text`, and whether it is still being asked. */
export function useFound(text: string): { found: readonly Entry[]; looking: boolean } {
  const wanted = text.trim();
  const settled = useSettled(wanted);
  const enabled = settled !== '' && wanted !== '';
  const runs = useInfiniteQuery({ ...executionsQuery({ search: settled, limit: MOST }), enabled });
  const files = useQuery({ ...newestFilesQuery(settled, MOST), enabled });
  const { run, file } = useOpening();
  const found = useMemo(
    () =>
      // Until the store has answered to what is typed now, what it found before may not fit.
      !enabled || settled !== wanted
        ? []
        : [
            ...(runs.data?.pages[0]?.items ?? []).map(({ id, job_name, state, started_at, queued_at }) =>
              run(id, job_name, [started_at ?? queued_at].flatMap((at) => (at === null ? [] : [shortTime(at)])).join(''), EXECUTION_STATES[state])),
            ...(files.isPlaceholderData ? [] : (files.data ?? [])).map(({ sha256, name, size }) => file(sha256, name, bytes(size))),
          ],
    [enabled, settled, wanted, runs.data, files.data, files.isPlaceholderData, run, file],
  );
  return { found, looking: wanted !== '' && (settled !== wanted || runs.isFetching || files.isFetching) };
}

/** A run or a file that was chosen before: only its name is known. */
export function useRemembered(): (id: string, name: string) => Entry | null {
  const { run, file } = useOpening();
  return useCallback(
    (id, name) => {
      const [kind, of] = id.split(':');
      if (of === undefined) return null;
      return kind === 'execution' ? run(of, name) : kind === 'file' ? file(of, name) : null;
    },
    [run, file],
  );
}

function useOpening() {
  const navigate = useNavigate();
  const run = useCallback(
    (id: string, name: string, detail?: string, state?: StateLook): Entry => ({
      id: `execution:${id}`, group: 'Runs', kind: t('Run'), name, detail: [id.slice(-8), detail].filter(Boolean).join(', '), icon: Activity, state,
      act: () => void navigate({ to: '/executions/$executionId', params: { executionId: id } }),
    }),
    [navigate],
  );
  const file = useCallback(
    (sha256: string, name: string, detail?: string): Entry => ({
      id: `file:${sha256}`, group: 'Files', kind: t('File'), name, detail, icon: FileSearch,
      act: () => void navigate({ to: '/files', search: { q: name, file: sha256 } }),
    }),
    [navigate],
  );
  return { run, file };
}
