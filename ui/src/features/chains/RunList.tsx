/** A run as a list: each member with its state, how long it took, why, and the way to its own run. */
import { Link } from '@tanstack/react-router';
import { StateLabel } from '@/components/State';
import { t } from '@/i18n';
import type { ChainExecution, ChainMemberExecution } from '@/ipc';
import { MEMBER_STATES } from './states';
import { useTook } from './run';

export function RunList({ execution }: { execution: ChainExecution }) {
  return (
    <div role="region" aria-label={t('The run as a list')} tabIndex={0} className="min-h-0 flex-1 overflow-y-auto" data-run-list>
      <table className="w-full text-left">
        <caption className="sr-only">{t('Members of the run')}</caption>
        <thead className="text-sm text-faint">
          <tr className="h-7 border-b border-line [&>*]:px-4 [&>*]:font-medium">
            <th scope="col">{t('Member')}</th>
            <th scope="col">{t('State')}</th>
            <th scope="col" className="text-right">{t('Took')}</th>
            <th scope="col">{t('Why')}</th>
          </tr>
        </thead>
        <tbody>
          {execution.members.map((member) => (
            <Row key={member.id} member={member} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ member }: { member: ChainMemberExecution }) {
  const took = useTook(member);
  return (
    <tr data-run-member={member.name} data-member-state={member.state} className="h-8 border-b border-grid [&>*]:px-4">
      <td className="font-medium">
        {member.job_execution_id ? (
          <Link to="/executions/$executionId" params={{ executionId: member.job_execution_id }} className="text-accent-ink hover:underline">
            {member.name}
          </Link>
        ) : (
          member.name
        )}
      </td>
      <td>
        <StateLabel look={MEMBER_STATES[member.state]} />
      </td>
      <td className="num text-right text-sm text-muted">{took ?? '–'}</td>
      <td className="selectable text-sm text-muted">{member.reason}</td>
    </tr>
  );
}
