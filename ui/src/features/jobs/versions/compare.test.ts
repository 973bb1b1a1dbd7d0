import { describe, expect, it } from 'vitest';
import type { FieldChange, JobDraft, StepDraft, StepSpec } from '@/ipc';
import stepTypes from '@/ipc/fake/step-types.json';
import { compare } from './compare';

const specs = new Map((stepTypes as unknown as StepSpec[]).map((spec) => [spec.type_key, spec]));
const step = (alias: string, type_key = 'file.delete'): StepDraft => ({ id: `id-${alias}`, name: alias.toUpperCase(), alias, type_key, configuration: {} });
const job = (...steps: StepDraft[]): JobDraft => ({ name: 'fetch', steps });
const change = (path: string, from: FieldChange['from'] = null, to: FieldChange['to'] = null): FieldChange => ({ path, from, to });
const lines = ({ steps }: ReturnType<typeof compare>) => steps.map(({ alias, fate, moved, depth }) => `${'. '.repeat(depth)}${alias} ${fate}${moved ? ' moved' : ''}`);

describe('two versions beside each other', () => {
  it('puts each step where it is, and what has gone behind what it stood behind', () => {
    const [a, b, c, d] = [step('a'), step('b'), step('c'), step('d')];
    const found = compare(job(a, b, c, d), job(a, step('new'), d), [change('steps[new]', null, {}), change('steps[b]', {}), change('steps[c]', {})], specs);
    expect(lines(found)).toEqual(['a same', 'b removed', 'c removed', 'new added', 'd same']);
    expect(found.counts).toEqual({ added: 1, removed: 2, moved: 0, changed: 0 });
  });

  it('puts what stood first and has gone first', () => {
    expect(lines(compare(job(step('a'), step('b')), job(step('new'), step('b')), [], specs))).toEqual(['a removed', 'new added', 'b same']);
  });

  it('says that a step moved: among the others, or out of a block though only the end of the block did', () => {
    const [a, b] = [step('a'), step('b')];
    expect(lines(compare(job(a, b), job(b, a), [change('steps[b].step_order', 1, 0)], specs))).toEqual(['b same moved', 'a same']);
    const [each, end] = [step('each', 'flow.foreach'), step('end', 'flow.end')];
    const out = compare(job(each, a, b, end), job(each, a, end, b), [change('steps[end].step_order', 3, 2)], specs);
    expect(lines(out)).toEqual(['each same', '. a same', 'b same moved']);
  });

  it('tells the branches of a condition apart', () => {
    const [when, otherwise, end, a] = [step('when', 'flow.if'), step('else', 'flow.else'), step('end', 'flow.end'), step('a')];
    expect(lines(compare(job(when, a, otherwise, end), job(when, otherwise, a, end), [change('steps[else].step_order', 2, 1)], specs))).toEqual(['when same', '. a same moved']);
  });

  it('names fields as the builder does, with their values in words', () => {
    const download = step('get', 'sftp.download');
    const found = compare(
      job(download),
      job({ ...download, name: 'Fetch' }),
      [
        change('description', null, 'daily'),
        change('failure_policy.max_retries', 3, 5),
        change('parameters[day].required', false, true),
        change('steps[get].configuration.remote_path', '/a', ['/b', '/c']),
        change('steps[get].timeout_seconds', 60, 300),
        change('steps[get].failure_policy', null, { type: 'stop', max_retries: 1 }),
      ],
      specs,
    );
    expect(found.job.map(({ label, from, to }) => [label, from, to])).toEqual([
      ['Description', null, 'daily'],
      ['If a step fails, retries', '3', '5'],
      ['Parameter day, required', 'no', 'yes'],
    ]);
    const label = specs.get('sftp.download')?.fields.find(({ name }) => name === 'remote_path')?.label;
    expect(found.steps[0]?.fields.map((field) => [field.label, field.from, field.to])).toEqual([
      [label, '/a', '/b\n/c'],
      ['Time limit', '60 s', '300 s'],
      ['If this step fails', null, 'what happens: stop\nretries: 1'],
    ]);
  });

  it('does not show where secrets are kept', () => {
    const [spec, field] = [...specs.values()].flatMap((one) => one.fields.filter(({ field_type }) => field_type === 'secret').map((of) => [one, of] as const))[0] ?? [];
    if (!spec || !field) throw new Error('no step type has a secret');
    const one = step('one', spec.type_key);
    const found = compare(job(one), job(one), [change(`steps[one].configuration.${field.name}`, 'vault-1', 'vault-2')], specs);
    expect(JSON.stringify(found)).not.toContain('vault-');
    expect(found.steps[0]?.fields[0]?.label).toBe(field.label);
  });
});
