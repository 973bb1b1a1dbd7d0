/**
 * The line under a step's name: the server, then what comes in, then where it goes; of a condition what is compared.
 * Drawn from the spec alone.
 */
import type { FieldSpec, StepSpec } from '@/ipc';
import type { StepNode } from './doc';

export type Piece = { kind: 'name'; text: string } | { kind: 'template'; text: string; field: string; more: number };

const PATHS = new Set(['remote_path', 'local_path']);
const REFERENCES = new Set(['connection', 'job']);

/** A value that is no text, as it would be typed. */
const typed = (value: unknown): string => (typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value));

/** At most one reference and two paths, in the order of the form. */
export function summaryOf(node: StepNode, spec: StepSpec | undefined, nameOf: (field: FieldSpec, id: string) => string | null): Piece[] {
  const pieces: Piece[] = [];
  let paths = 0;
  for (const field of spec?.fields ?? []) {
    const value = node.configuration[field.name];
    if (REFERENCES.has(field.widget) && typeof value === 'string') {
      const name = nameOf(field, value);
      if (name) pieces.push({ kind: 'name', text: name });
    } else if (PATHS.has(field.widget) && !field.advanced && paths < 2) {
      const [first, ...rest] = Array.isArray(value) ? value : [value];
      if (typeof first === 'string' && first !== '') {
        pieces.push({ kind: 'template', text: first, field: field.name, more: rest.length });
        paths += 1;
      }
    } else if (spec?.category === 'logic' && field.widget === 'template' && paths < 2) {
      const text = typed(value);
      if (text !== '' && (!field.advanced || pieces.length === 0)) {
        pieces.push({ kind: 'template', text, field: field.name, more: 0 });
        paths += 1;
      }
    } else if (spec?.type_key === 'flow.if' && field.widget === 'choice' && pieces.length > 0) {
      const chosen = field.choices.find((choice) => choice.value === (value ?? field.default));
      if (chosen) pieces.push({ kind: 'name', text: chosen.label });
    }
  }
  return pieces;
}
