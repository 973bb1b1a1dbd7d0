/** One run. */
import { useCrumbs } from '@/app/chrome';

export function ExecutionPage({ executionId }: { executionId: string }) {
  useCrumbs({ label: 'Executions', to: '/executions' }, { label: `Run ${executionId.slice(0, 8)}` });
  return <h1 className="sr-only">Run</h1>;
}
