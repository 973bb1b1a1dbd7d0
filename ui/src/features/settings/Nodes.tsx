/** The Couriers that share this data, and what each of them does now. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleOff } from 'lucide-react';
import { ErrorState } from '@/components/ErrorState';
import { SkeletonRows } from '@/components/Skeleton';
import { StateLabel } from '@/components/State';
import { When } from '@/components/Text';
import { t } from '@/i18n';
import { nodesQuery, type NodeView } from '@/ipc';
import { cn } from '@/lib/cn';
import { duration, elapsed, exactTime } from '@/lib/format';
import { useNow } from '@/lib/useNow';

const ALIVE = { tone: 'ok', icon: CircleCheck, word: t('Alive') } as const;
const SILENT = { tone: 'warn', icon: CircleOff, word: t('Silent') } as const;
/** Runs of a node that are named. */
const NAMED = 3;

const cell = 'px-2 py-1.5 align-top first:pl-0 last:pr-0';

export function Nodes() {
  const nodes = useQuery(nodesQuery());
  const now = useNow(true);
  if (nodes.isPending) return <SkeletonRows label={t('Loading the nodes')} rows={2} />;
  if (nodes.isError) return <ErrorState error={nodes.error} what={t('The nodes')} onRetry={() => void nodes.refetch()} />;
  const serving = nodes.data.filter((node) => node.is_alive && node.serves_queue).length;
  return (
    <>
      <p id="nodes-serving" data-serving={serving} className="text-sm text-muted">
        {serving === 0
          ? t('No Courier takes runs from the queue at present; what is queued waits.')
          : t('{{count}} Couriers take runs from the queue.', { count: serving })}
      </p>
      <table className="mt-2 w-full text-sm" aria-label={t('Nodes')}>
        <thead>
          <tr className="border-b border-line text-left text-faint [&_th]:font-medium">
            <th scope="col" className={cell}>{t('Node')}</th>
            <th scope="col" className={cell}>{t('State')}</th>
            <th scope="col" className={cell}>{t('Heartbeat')}</th>
            <th scope="col" className={cell}>{t('Since')}</th>
            <th scope="col" className={cell}>{t('Takes')}</th>
            <th scope="col" className={cell}>{t('Runs now')}</th>
          </tr>
        </thead>
        <tbody>
          {nodes.data.map((node) => (
            <Row key={node.id} node={node} now={now} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function Row({ node, now }: { node: NodeView; now: number }) {
  const { is_alive, runs } = node;
  const silent = Math.max(0, elapsed(node.heartbeat_at, null, now) ?? 0);
  return (
    <tr data-node={node.name} data-alive={is_alive} className={cn('border-b border-grid last:border-b-0', !is_alive && 'text-muted')}>
      <th scope="row" className={cn(cell, 'text-left font-medium')}>
        {node.name}
        {node.is_this && <span className="ml-1.5 font-normal text-faint">{t('this window')}</span>}
        <span className="num block text-xs font-normal text-faint">{t('Process {{pid}}, version {{version}}', { pid: node.pid, version: node.version })}</span>
      </th>
      <td className={cell}>
        <StateLabel look={is_alive ? ALIVE : SILENT} title={is_alive ? undefined : t('Its runs are taken over by another Courier')} />
      </td>
      <td className={cn(cell, 'num whitespace-nowrap text-muted')}>
        <time dateTime={node.heartbeat_at} title={exactTime(node.heartbeat_at)}>{t('{{duration}} ago', { duration: duration(silent - (silent % 1000)) })}</time>
      </td>
      <td className={cn(cell, 'whitespace-nowrap text-muted')}>
        <When at={node.started_at} />
      </td>
      <td className={cn(cell, 'whitespace-nowrap text-muted')}>{node.serves_queue ? t('The queue') : t('One run')}</td>
      <td className={cell}>
        {runs.length === 0 && <span className="text-faint">{t('None')}</span>}
        {runs.slice(0, NAMED).map((run) => (
          <Link key={run.execution_id} to="/executions/$executionId" params={{ executionId: run.execution_id }} className="block max-w-44 truncate text-accent-ink hover:underline" title={run.job_name}>
            {run.job_name}
          </Link>
        ))}
        {runs.length > NAMED && <span className="text-faint">{t('and {{count}} more', { count: runs.length - NAMED })}</span>}
      </td>
    </tr>
  );
}
