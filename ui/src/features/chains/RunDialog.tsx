/** Before a run: what must be saved first, and the values that the members' jobs ask for. */
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import type { Parameter } from '@/features/jobs/builder/model/doc';
import { ParameterFields, type Values } from '@/features/jobs/builder/ParameterFields';
import { t } from '@/i18n';
import { jobQuery } from '@/ipc';
import { useChain } from './context';
import { isChanged } from './model/store';

export function RunDialog({ busy, onRun, onClose }: { busy: boolean; onRun: (values: Values) => void; onClose: () => void }) {
  const save = useChain((state) => isChanged(state) || state.chainId === null);
  const { parameters, known } = useAsked();
  const [values, setValues] = useState<Values>({});
  return (
    <Dialog
      open
      onClose={onClose}
      id="run-dialog"
      title={save ? t('Save the chain and run it?') : t('Run this chain')}
      description={parameters.length > 0 ? t('A value goes to every job that has such a parameter, unless its member has one of its own.') : undefined}
      width={440}
      footer={
        <>
          <Button onClick={onClose}>{t('Not now')}</Button>
          <Button id="run-confirm" variant="primary" busy={busy || !known} autoFocus={parameters.length === 0} onClick={() => onRun(values)}>
            {save ? t('Save and run') : t('Run')}
          </Button>
        </>
      }
    >
      {parameters.length > 0 && <ParameterFields parameters={parameters} values={values} onChange={setValues} onEnter={() => onRun(values)} />}
    </Dialog>
  );
}

/** The parameters of all members' jobs, each name once. One whose members all bring a value is not asked for. */
function useAsked(): { parameters: readonly Parameter[]; known: boolean } {
  const members = useChain((state) => state.doc.members);
  const ids = [...new Set(members.map((member) => member.job_id))];
  const jobs = useQueries({ queries: ids.map((id) => jobQuery(id)) });
  const asked = new Map<string, Parameter>();
  for (const member of members) {
    const job = jobs[ids.indexOf(member.job_id)]?.data?.job;
    for (const parameter of job?.parameters ?? []) {
      if (member.parameters[parameter.name] !== undefined) continue;
      const before = asked.get(parameter.name);
      const given = { type: 'text' as const, required: false, description: null, ...parameter, default: parameter.default ?? null };
      const needed = given.required && given.default === null;
      // Where one job needs it, it is needed, whatever another would do without it.
      if (!before || (needed && !(before.required && before.default === null))) asked.set(parameter.name, given);
    }
  }
  return { parameters: [...asked.values()], known: jobs.every((job) => !job.isPending) };
}
