/** Before a run: what must be saved first, and the values of the job's parameters. */
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { t } from '@/i18n';
import { useBuilder } from './context';
import type { Value } from './model/doc';
import { isChanged } from './model/store';
import { ParameterFields } from './ParameterFields';

export function RunDialog({ busy, onRun, onClose }: { busy: boolean; onRun: (values: Record<string, Value>) => void; onClose: () => void }) {
  const changed = useBuilder(isChanged);
  const isNew = useBuilder((state) => state.jobId === null);
  const version = useBuilder((state) => state.version);
  const parameters = useBuilder((state) => state.doc.parameters);
  const [values, setValues] = useState<Record<string, Value>>({});
  const save = changed || isNew;
  return (
    <Dialog
      open
      onClose={onClose}
      id="run-dialog"
      title={save ? t('Save version {{number}} and run it?', { number: version + 1 }) : t('Run this job')}
      description={save ? t('A run follows a saved version, so that it can be looked at and repeated later.') : undefined}
      width={440}
      footer={
        <>
          <Button onClick={onClose}>{t('Not now')}</Button>
          <Button id="run-confirm" variant="primary" busy={busy} autoFocus={parameters.length === 0} onClick={() => onRun(values)}>
            {save ? t('Save and run') : t('Run')}
          </Button>
        </>
      }
    >
      {parameters.length > 0 && <ParameterFields parameters={parameters} values={values} onChange={setValues} onEnter={() => onRun(values)} />}
    </Dialog>
  );
}
