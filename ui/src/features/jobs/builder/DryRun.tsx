/** The dry run of the draft: started with what is there now, and shown on the blocks until the draft changes. */
import { useMemo, useState } from 'react';
import type { Rehearsal, RehearsedStep } from '@/ipc';
import { RehearsalDialog } from '../rehearsal/RehearsalDialog';
import { useRehearsal, type RehearsalControl } from '../rehearsal/useRehearsal';
import { useBuilder, useBuilderStore } from './context';
import { toDraft, type Doc } from './model/doc';
import { ParameterFields, type Values } from './ParameterFields';

export interface DryRun {
  control: RehearsalControl;
  /** Starts one, or asks for parameters first. */
  begin: () => void;
  start: (values: Values) => void;
  values: Values;
  /** The finished one, while it is about the draft as it is. */
  shown: Rehearsal | null;
  /** What is known of the steps, by their place. */
  steps: ReadonlyMap<number, RehearsedStep> | null;
}

export function useDryRun(): DryRun {
  const store = useBuilderStore();
  const control = useRehearsal();
  const [of, setOf] = useState<Doc | null>(null);
  const [values, setValues] = useState<Values>({});
  const doc = useBuilder((state) => state.doc);
  const { state } = control;
  // Of one that was cancelled nothing stays on the blocks.
  const known = of === doc && state && (state.running || state.result) ? state : null;
  const steps = useMemo(() => (known ? new Map(known.steps.map((step) => [step.step_order, step])) : null), [known]);
  const start = (given: Values) => {
    const { jobId, doc: draft, identity } = store.getState();
    setOf(draft);
    setValues(given);
    void control.start({ id: jobId, draft: toDraft(draft, identity), parameters: given });
  };
  const begin = () => {
    if (store.getState().doc.parameters.length > 0) control.forget();
    else start({});
  };
  return { control, begin, start, values, shown: known?.result ?? null, steps };
}

export function DryRunDialog({ dryRun, onClose }: { dryRun: DryRun; onClose: () => void }) {
  const name = useBuilder((state) => state.doc.name);
  const parameters = useBuilder((state) => state.doc.parameters);
  const [values, setValues] = useState<Values>(dryRun.values);
  const start = () => dryRun.start(values);
  const ask = parameters.length > 0 ? <ParameterFields parameters={parameters} values={values} onChange={setValues} onEnter={start} /> : undefined;
  const close = () => {
    dryRun.control.stop();
    onClose();
  };
  return <RehearsalDialog control={dryRun.control} name={name} onClose={close} onAgain={start} ask={ask} />;
}
