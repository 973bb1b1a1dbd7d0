/** Dry runs of the host in memory: every step would do its work, unless its configuration or name says otherwise. */
import type { Channel } from '@tauri-apps/api/core';
import type { Job, JobDraft, PlannedFile, Problem, Rehearsal, RehearsalAsked, RehearsedStep, Verdict } from '../bindings';
import { appError } from './error';

interface Parts {
  find: (id: string) => Job;
  problemsOf: (draft: JobDraft) => Problem[];
  /** Milliseconds for each step. */
  pause: number;
  onEnd: () => void;
}

const INVOICES: PlannedFile[] = ['DE', 'FR', 'IT', 'NL', 'PL', 'SE'].map((country) => ({
  source: `/out/INV-20261123-${country}.zip.pgp`, destination: `INV-20261123-${country}.zip.pgp`, bytes: 8_000_000, is_estimate: false,
}));

type Step = Pick<RehearsedStep, 'name' | 'alias' | 'type_key'> & { enabled: boolean; configuration: Job['steps'][number]['configuration'] };

function told(step: Step, order: number, mistakes: Problem[], later: boolean): RehearsedStep {
  const common = {
    step_order: order, alias: step.alias, name: step.name, type_key: step.type_key, problems: [], notes: [], files: [] as PlannedFile[],
    file_count: null as number | null, bytes: null as number | null, is_estimate: false, verdict: 'would_do' as Verdict,
  };
  const [mistake] = mistakes;
  if (!step.enabled) return { ...common, verdict: 'skipped', summary: 'The step is disabled.' };
  if (mistake) return { ...common, verdict: 'cannot', summary: mistake.message, problems: [{ code: 'validation', message: mistake.message }] };
  if (step.type_key.endsWith('.download')) {
    return {
      ...common, summary: "Would fetch 6 files (48 MB) to the run's own folder.", files: INVOICES, file_count: 6, bytes: 48_000_000,
      notes: ['A run would trust the host key of Meridian on first use and keep it: SHA256:mVPwvezndPv/ARoIadVY98vAC0g+P/5633yTC4d/wXE (ssh-ed25519).'],
    };
  }
  if (step.type_key === 'pgp.decrypt') {
    const message = 'The key Ours 2025 expired on 2026-10-31. Choose its successor, or import the renewed key.';
    const files = INVOICES.map((file) => ({ source: file.destination, destination: file.destination?.replace('.pgp', '') ?? null, bytes: file.bytes, is_estimate: true }));
    return { ...common, verdict: 'cannot', summary: 'Would decrypt 6 files (48 MB).', problems: [{ code: 'key_unusable', message }], files, file_count: 6, bytes: 48_000_000, is_estimate: true };
  }
  if (step.type_key === 'file.unzip') {
    return { ...common, summary: "Would unpack 6 archives to the run's own folder. What is inside is known once they are there." };
  }
  if (later) {
    return { ...common, verdict: 'unknown', summary: 'It works with what the step Unpack hands on (files), and that cannot be known before the run.' };
  }
  return { ...common, summary: 'Would do its work.' };
}

export function createRehearsals({ find, problemsOf, pause, onEnd }: Parts) {
  const stopped = new Set<string>();
  return {
    jobsRehearse: async ({ rehearsal, id, draft, parameters }: RehearsalAsked, channel: Channel<RehearsedStep>): Promise<Rehearsal> => {
      const saved = id === null ? null : find(id);
      const steps: Step[] = draft
        ? (draft.steps ?? []).map((step) => ({ name: step.name, alias: step.alias ?? '', type_key: step.type_key, enabled: step.enabled ?? true, configuration: step.configuration ?? {} }))
        : (saved?.steps ?? []);
      const missing = (draft?.parameters ?? saved?.parameters ?? []).find((one) => one.required && (one.default ?? null) === null && parameters[one.name] === undefined);
      if (missing) throw appError('validation', `parameters.${missing.name}: Give a value for this parameter.`);
      const problems = draft ? problemsOf(draft) : [];
      const known: RehearsedStep[] = [];
      for (const [order, step] of steps.entries()) {
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
        if (stopped.delete(rehearsal)) throw appError('cancelled', 'The dry run was cancelled.');
        const later = known.some((earlier) => earlier.type_key === 'file.unzip');
        const mistakes = problems.filter((problem) => problem.severity === 'error' && problem.path.startsWith(`steps[${order}]`));
        const one = told(step, order, mistakes, later);
        known.push(one);
        channel.onmessage(one);
      }
      onEnd();
      const any = (verdict: Verdict) => known.some((step) => step.verdict === verdict);
      const verdict: Verdict = any('cannot') ? 'cannot' : any('unknown') ? 'unknown' : 'would_do';
      return { job_name: draft?.name ?? saved?.name ?? '', verdict, steps: known };
    },
    jobsRehearseStop: async (rehearsal: string): Promise<null> => {
      stopped.add(rehearsal);
      return null;
    },
  };
}
