/** The last test of each connection since the window opened. */
import { create } from 'zustand';
import { t } from '@/i18n';
import { host, invoke, type AppError, type ConnectionDraft, type ConnectionProtocol, type ErrorCode, type Stage, type StageReport, type TestReport } from '@/ipc';
import { asAppError } from '@/ipc';

export interface TestRun {
  at: string;
  running: boolean;
  stages: StageReport[];
  report: TestReport | null;
  /** The test itself could not be made. */
  error: AppError | null;
}

const BEFORE: Record<ConnectionProtocol, readonly Stage[]> = {
  sftp: ['dns', 'tcp', 'banner', 'key_exchange', 'host_key'],
  ftps: ['dns', 'tcp', 'banner', 'tls', 'certificate'],
  ftp: ['dns', 'tcp', 'banner'],
};

/** What a test of such a connection goes through, in order. */
export function stagesOf({ protocol, jump_connection_id }: Pick<ConnectionDraft, 'protocol' | 'jump_connection_id'>): Stage[] {
  return [...(jump_connection_id ? ['jump' as const] : []), ...BEFORE[protocol], 'authentication', 'list', 'write', 'clock', 'capabilities'];
}

export const useTests = create<{ runs: Record<string, TestRun> }>(() => ({ runs: {} }));

export async function testConnection(id: string): Promise<void> {
  const put = (change: Partial<TestRun>) =>
    useTests.setState(({ runs }) => {
      const before = runs[id] ?? { at: '', running: false, stages: [], report: null, error: null };
      return { runs: { ...runs, [id]: { ...before, ...change } } };
    });
  put({ at: new Date().toISOString(), running: true, stages: [], report: null, error: null });
  const channel = host().channel<StageReport>((stage) => put({ stages: [...(useTests.getState().runs[id]?.stages ?? []), stage] }));
  try {
    const report = await invoke.connectionsTest(id, channel);
    put({ running: false, report, stages: report.stages });
  } catch (error) {
    put({ running: false, error: asAppError(error) });
  }
}

export function forgetTest(id: string): void {
  useTests.setState(({ runs }) => ({ runs: Object.fromEntries(Object.entries(runs).filter(([key]) => key !== id)) }));
}

/** Where a test stopped, if it did. */
export const failedStage = (run: TestRun | undefined): StageReport | undefined => run?.stages.find((stage) => stage.state === 'failed');

/** Why the server's identity was not accepted, in two or three words. */
const DISTRUST: Partial<Record<ErrorCode, string>> = {
  host_key_changed: t('Host key changed'),
  host_key_unknown: t('Host key not trusted'),
  host_key_revoked: t('Host key revoked'),
  certificate_untrusted: t('Certificate not trusted'),
  certificate_changed: t('Certificate changed'),
};

export const distrustOf = (stage: StageReport | undefined): string | undefined => (stage?.code ? DISTRUST[stage.code] : undefined);
