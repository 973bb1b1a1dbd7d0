/** Steps as text: JSON, which is YAML too. */
import type { StepDraft } from '../bindings';
import type { Commands } from '../host';
import { appError } from './error';

export const stepTexts: Pick<Commands, 'stepsWrite' | 'stepsRead'> = {
  stepsWrite: async (steps) => JSON.stringify({ steps: steps.map((step) => ({ ...step, id: undefined })) }, null, 2),
  stepsRead: async (text) => {
    const steps = read(text);
    if (steps === null) throw appError('validation', 'There are no steps in this text.');
    return { steps, missing: [] };
  },
};

function read(text: string): StepDraft[] | null {
  try {
    const { steps } = JSON.parse(text) as { steps?: StepDraft[] };
    return Array.isArray(steps) && steps.length > 0 ? steps : null;
  } catch {
    return null;
  }
}
