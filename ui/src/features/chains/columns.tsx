/** The columns of the list of chains, and of the list of a chain's runs. */
import type { Column } from '@/components/DataTable';
import { DISABLED, StateLabel } from '@/components/State';
import { When } from '@/components/Text';
import { NextStart, StartsWords } from '@/features/starts/NextStart';
import { tagsColumn } from '@/features/tags/tagsColumn';
import { t } from '@/i18n';
import type { ChainExecutionRow, ChainRow } from '@/ipc';
import { trigger } from '@/lib/format';
import { useTook } from './run';
import { CHAIN_STATES } from './states';

export const chainColumns: readonly Column<ChainRow>[] = [
  {
    id: 'name',
    header: t('Name'),
    width: 'minmax(160px, 1.3fr)',
    sortable: true,
    cell: (chain) => (
      <span className="font-medium" title={chain.name}>
        {chain.name}
      </span>
    ),
  },
  { id: 'members', header: t('Members'), width: '80px', align: 'right', sortable: true, className: 'text-sm', cell: (chain) => chain.member_count },
  {
    id: 'result',
    header: t('Last result'),
    width: 'minmax(132px, 0.8fr)',
    sortable: true,
    cell: (chain) => (!chain.is_enabled ? <StateLabel look={DISABLED} /> : chain.last ? <StateLabel look={CHAIN_STATES[chain.last.state]} /> : <span className="text-faint">{t('Not run yet')}</span>),
  },
  { id: 'when', header: t('When'), width: '104px', align: 'right', sortable: true, className: 'text-sm text-muted', cell: (chain) => <When at={chain.last?.started_at} /> },
  { id: 'took', header: t('Took'), width: '96px', align: 'right', className: 'text-sm text-muted', cell: (chain) => (chain.last ? <Took of={chain.last} /> : '–') },
  { id: 'next', header: t('Next'), width: '104px', align: 'right', sortable: true, className: 'text-sm text-muted', cell: (chain) => <NextStart owner={{ type: 'chain', id: chain.id }} at={chain.next_fire_at} /> },
  { id: 'starts', header: t('Starts by'), width: 'minmax(140px, 1fr)', className: 'text-sm text-muted', cell: (chain) => <StartsWords owner={{ type: 'chain', id: chain.id }} /> },
  tagsColumn(0),
  { id: 'description', header: t('Description'), width: 'minmax(120px, 1.2fr)', className: 'text-sm text-muted', cell: (chain) => <span title={chain.description ?? undefined}>{chain.description}</span> },
];

export const chainRunColumns: readonly Column<ChainExecutionRow>[] = [
  { id: 'result', header: t('Result'), width: '132px', cell: (run) => <StateLabel look={CHAIN_STATES[run.state]} /> },
  { id: 'started', header: t('Started'), width: '112px', align: 'right', className: 'text-sm text-muted', cell: (run) => <When at={run.started_at ?? run.created_at} /> },
  { id: 'took', header: t('Took'), width: '104px', align: 'right', className: 'text-sm text-muted', cell: (run) => <Took of={run} /> },
  { id: 'members', header: t('Members done'), width: '112px', align: 'right', className: 'text-sm', cell: (run) => t('{{done}} of {{all}}', { done: run.finished_count, all: run.member_count }) },
  { id: 'failed', header: t('Failed'), width: '64px', align: 'right', className: 'text-sm', cell: (run) => (run.failed_count === 0 ? '–' : <span className="text-fail">{run.failed_count}</span>) },
  { id: 'by', header: t('Started by'), width: '160px', className: 'text-sm text-muted', cell: (run) => <span title={run.triggered_by}>{trigger(run.triggered_by)}</span> },
  { id: 'why', header: t('Why'), width: 'minmax(160px, 1fr)', className: 'text-sm text-muted', cell: (run) => <span title={run.error_message ?? undefined}>{run.error_message}</span> },
];

function Took({ of }: { of: { state: string; started_at: string | null; completed_at: string | null } }) {
  const took = useTook(of);
  return <span className={of.state === 'running' ? 'text-run' : undefined}>{took ?? '–'}</span>;
}
