/** Query keys. The first word is the kind of thing, so that a change of a kind can invalidate all that shows it. */
import type { ExecutionFilter, IterationShow, LogQuery, RetryFrom } from './bindings';

export const keys = {
  status: ['status'] as const,
  stepTypes: ['step_types'] as const,
  jobs: ['jobs'] as const,
  jobList: ['jobs', 'list'] as const,
  job: (id: string) => ['jobs', 'one', id] as const,
  jobVersions: (id: string) => ['jobs', 'versions', id] as const,
  executions: ['executions'] as const,
  executionList: (filter: Omit<ExecutionFilter, 'after'>) => ['executions', 'list', filter] as const,
  activity: ['executions', 'activity'] as const,
  execution: (id: string) => ['executions', 'one', id] as const,
  /** Apart from the other runs' keys: what was read of it stays as it is, and only its end is looked at again. */
  executionLog: (id: string) => ['execution_log', id] as const,
  executionLogTotal: (id: string, query: LogQuery) => ['execution_log', id, query] as const,
  receipts: (id: string) => ['execution_receipts', id] as const,
  /** These too are asked for again only where they can still change. */
  iterations: (id: string, loop: number, within: string, show: IterationShow) => ['execution_iterations', id, loop, within, show] as const,
  iteration: (id: string, loop: number, path: string) => ['execution_iteration', id, loop, path] as const,
  retryPreview: (id: string, from: RetryFrom) => ['executions', 'retry', id, from] as const,
  nodes: ['nodes'] as const,
  connections: ['connections'] as const,
  connectionList: ['connections', 'list'] as const,
  connection: (id: string) => ['connections', 'one', id] as const,
  browse: (id: string, path: string) => ['browse', id, path] as const,
  pgpKeys: ['pgp_keys'] as const,
  sshKeys: ['ssh_keys'] as const,
  tags: ['tags'] as const,
  sshAlgorithms: ['ssh_algorithms'] as const,
  keyUses: (id: string) => ['key_uses', id] as const,
  allKeyUses: ['key_uses'] as const,
  /** Below the uses, since every change of a use changes it. */
  movePreview: (id: string) => ['key_uses', 'move', id] as const,
  keyHistory: (id: string) => ['key_history', id] as const,
  archive: (path: string, password: string | null) => ['archive', path, password] as const,
};
