import { expect, test } from 'vitest';
import type { Problem } from '@/ipc';
import { byStep, isGone, placeOf } from './problems';

const problem = (path: string, code: string, message = 'x'): Problem => ({ path, code, message, severity: 'error' });

test('a path says which step, field and line', () => {
  expect(placeOf('steps[2].configuration.remote_path')).toEqual({ step: 2, field: 'remote_path', line: null });
  expect(placeOf('steps[0].configuration.path[3]')).toEqual({ step: 0, field: 'path', line: 3 });
  expect(placeOf('steps[1].name')).toEqual({ step: 1, field: 'name', line: null });
  expect(placeOf('steps[1].failure_policy.max_retries')).toEqual({ step: 1, field: 'failure_policy', line: null });
  expect(placeOf('parameters[0].name')).toEqual({ step: null, field: 'parameters', line: 0 });
  expect(placeOf('steps')).toEqual({ step: null, field: 'steps', line: null });
});

test('what is missing is counted apart from what is wrong', () => {
  const sums = byStep([problem('steps[0].configuration.a', 'required'), problem('steps[0].configuration.b', 'invalid'), problem('name', 'required')]);
  expect([...sums]).toEqual([[0, { errors: 2, warnings: 0, missing: 1 }]]);
});

test('only the pill that the host names turns red', () => {
  const said = [problem('steps[1].configuration.path', 'unknown_name', 'There is no earlier step `gone`.')];
  expect(isGone('steps.gone.files', said, false)).toBe(true);
  expect(isGone('steps.download.files', said, false)).toBe(false);
  expect(isGone('steps.download.files', [problem('steps[1].configuration.path', 'invalid')], true)).toBe(false);
});
