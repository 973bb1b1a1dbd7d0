/** Beside a run: what it was started with, and the chain's other runs. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Inspector, InspectorSection } from '@/components/Inspector';
import { KeyValues } from '@/components/Page';
import { StateLabel } from '@/components/State';
import { When } from '@/components/Text';
import { words } from '@/features/jobs/builder/ParameterFields';
import { t } from '@/i18n';
import { chainRunsQuery, type ChainExecution } from '@/ipc';
import { cn } from '@/lib/cn';
import { duration, elapsed, trigger } from '@/lib/format';
import { CHAIN_STATES } from './states';

const SHOWN = 12;

export function RunPanel({ execution, onRun, onAll }: { execution: ChainExecution; onRun: (id: string) => void; onAll: () => void }) {
  const runs = useInfiniteQuery(chainRunsQuery({ chain_id: execution.chain_id, states: [], limit: SHOWN }));
  const parameters = Object.entries(execution.parameters);
  return (
    <Inspector title={t('This run')} className="w-[280px]" actions={null}>
      <InspectorSection>
        <KeyValues
          rows={[
            [t('Started by'), <span key="by" title={execution.triggered_by}>{trigger(execution.triggered_by)}</span>],
            [t('Started'), <When key="at" at={execution.started_at ?? execution.created_at} />],
            ...parameters.map(([name, value]) => [name, words(value ?? null)] as const),
          ]}
        />
      </InspectorSection>
      <InspectorSection title={t('Runs of the chain')} aside={<button type="button" id="all-runs" className="rounded-sm text-accent-ink hover:underline" onClick={onAll}>{t('All')}</button>}>
        <ul className="-mx-2 flex flex-col">
          {(runs.data?.pages[0]?.items ?? []).map((run) => (
            <li key={run.id}>
              <button
                type="button"
                data-run={run.id}
                aria-current={run.id === execution.id || undefined}
                onClick={() => onRun(run.id)}
                className={cn('flex h-7 w-full items-center gap-2 rounded-[5px] px-2 text-left hover:bg-hover', run.id === execution.id && 'bg-selected')}
              >
                <StateLabel look={CHAIN_STATES[run.state]} className="flex-1" />
                <When at={run.started_at ?? run.created_at} className="text-sm text-muted" />
                <span className="num w-20 text-right text-sm text-muted">{run.completed_at ? duration(elapsed(run.started_at, run.completed_at)) : ''}</span>
              </button>
            </li>
          ))}
        </ul>
      </InspectorSection>
    </Inspector>
  );
}
