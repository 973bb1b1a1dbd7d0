import { beforeEach, describe, expect, test } from 'vitest';
import type { Job, StepSpec } from '@/ipc';
import { toDraft } from './doc';
import { createBuilder, isChanged, type BuilderStore } from './store';

const spec = (type_key: string, label: string): StepSpec => ({ type_key, label, category: 'files', icon: 'copy', summary: '', protocol: null, fields: [], outputs: [] });
const download = spec('sftp.download', 'SFTP download');
const move = spec('file.move', 'Move');

let now = 0;
let builder: BuilderStore;
const state = () => builder.getState();
const names = () => state().doc.steps.map((step) => step.name);

beforeEach(() => {
  localStorage.clear();
  now = 0;
  builder = createBuilder(null, null, () => now);
});

const saved = (version: number): Job => ({
  id: 'job', name: state().doc.name, description: null, current_version: version, failure_policy: state().doc.failure_policy, is_enabled: true, parameters: [],
  time_zone: null, max_instances: 1, priority: 0, run_on: 'any', created_at: '', updated_at: '', is_deleted: false, deleted_at: null,
  steps: (toDraft(state().doc, state().identity).steps ?? []).map((step, step_order) => ({
    id: step.id ?? `step-${step_order}`, job_id: 'job', step_order, name: step.name, alias: step.alias ?? '', type_key: step.type_key,
    configuration: step.configuration ?? {}, timeout_seconds: 300, failure_policy: null, enabled: true,
  })),
});

describe('aliases', () => {
  test('are unique, and follow the name with all their uses until the step is saved', () => {
    const first = state().add(download);
    const second = state().add(move);
    state().setField(second, 'source_path', ['{{ steps.sftp_download.files }}']);
    state().rename(first, 'Fetch “Größen”');
    expect(state().doc.steps[0]?.alias).toBe('fetch_gro_en');
    expect(state().doc.steps[1]?.configuration.source_path).toEqual(['{{ steps.fetch_gro_en.files }}']);
    const copy = state().duplicate(first);
    expect(state().doc.steps.find((step) => step.key === copy)?.alias).toBe('fetch_gro_en_2');
  });

  test('stay when a saved step is renamed', () => {
    const key = state().add(download);
    state().wasSaved(saved(1), state().doc);
    state().rename(key, 'Other');
    expect(state().doc.steps[0]).toMatchObject({ name: 'Other', alias: 'sftp_download' });
  });
});

describe('undo', () => {
  test('takes back each change and selects what comes back', () => {
    state().add(download);
    const second = state().add(move);
    state().remove(second);
    expect(names()).toEqual(['SFTP download']);
    state().undo();
    expect(names()).toEqual(['SFTP download', 'Move']);
    expect(state().selected).toBe(second);
    state().undo();
    state().undo();
    expect(names()).toEqual([]);
    state().redo();
    expect(names()).toEqual(['SFTP download']);
  });

  test('takes back a typed name at once', () => {
    const key = state().add(download);
    for (const name of ['F', 'Fe', 'Fetch']) {
      now += 100;
      state().rename(key, name);
    }
    state().undo();
    expect(names()).toEqual(['SFTP download']);
  });

  test('back to the saved document is not a change', () => {
    state().add(download);
    state().wasSaved(saved(1), state().doc);
    expect(isChanged(state())).toBe(false);
    state().nudge(state().selected ?? '', 1);
    expect(isChanged(state())).toBe(false);
    state().add(move);
    expect(isChanged(state())).toBe(true);
    state().undo();
    expect(isChanged(state())).toBe(false);
  });

  test('over a save keeps which step is which', () => {
    const key = state().add(download);
    state().rename(key, 'Fetch');
    state().wasSaved(saved(1), state().doc);
    state().undo();
    expect(toDraft(state().doc, state().identity).steps?.[0]?.id).toBe('step-0');
  });
});

test('an edit made while a save is under way is not taken for saved', () => {
  state().add(download);
  const sent = state().doc;
  const answer = saved(1);
  state().add(move);
  state().wasSaved(answer, sent);
  expect(isChanged(state())).toBe(true);
  expect(state().version).toBe(1);
});

test('a new step goes after the selected one', () => {
  const first = state().add(download);
  state().add(move);
  state().select(first);
  state().add(spec('file.copy', 'Copy'));
  expect(names()).toEqual(['SFTP download', 'Copy', 'Move']);
});

test('a field with its default is not stored', () => {
  const key = state().add(move);
  state().setField(key, 'overwrite', 'skip');
  expect(state().doc.steps[0]?.configuration).toEqual({ overwrite: 'skip' });
  state().setField(key, 'overwrite', undefined);
  expect(state().doc.steps[0]?.configuration).toEqual({});
});

describe('several steps', () => {
  const four = () => {
    const keys = ['One', 'Two', 'Three', 'Four'].map((label) => state().add(spec('file.copy', label)));
    state().select(keys[1] ?? '');
    state().reach(keys[2] ?? '');
    return keys as [string, string, string, string];
  };

  test('are moved, copied, switched off and deleted in one step back each', () => {
    const [one, two, three] = four();
    state().nudge(three, -1);
    expect(names()).toEqual(['Two', 'Three', 'One', 'Four']);
    state().undo();
    expect(names()).toEqual(['One', 'Two', 'Three', 'Four']);
    state().toggle(two);
    expect(state().doc.steps.map((step) => step.enabled)).toEqual([true, false, false, true]);
    state().toggle(two);
    state().duplicate(two);
    expect(names()).toEqual(['One', 'Two', 'Three', 'Two', 'Three', 'Four']);
    state().undo();
    expect(names()).toEqual(['One', 'Two', 'Three', 'Four']);
    state().select(two);
    state().reach(1);
    state().remove(two);
    expect(names()).toEqual(['One', 'Four']);
    expect(state().selected).toBe(state().doc.steps[1]?.key);
    state().undo();
    expect(names()).toEqual(['One', 'Two', 'Three', 'Four']);
    expect([state().selected, state().others]).toEqual([two, [three]]);
    state().moveTo(one, { parent: null, branch: 'root', index: 4 });
    expect(names(), 'a step that is not selected goes alone').toEqual(['Two', 'Three', 'Four', 'One']);
  });

  test('of which some are off are all switched off, and then on', () => {
    const [, two, three] = four();
    state().select(two);
    state().toggle(two);
    state().pick(three);
    state().toggle(three);
    expect(state().doc.steps.map((step) => step.enabled)).toEqual([true, false, false, true]);
    state().toggle(three);
    expect(state().doc.steps.every((step) => step.enabled)).toBe(true);
  });

  test('that are pasted are selected, and speak of each other', () => {
    const [first] = four();
    state().setField(first, 'source_path', '{{ steps.four.files }}');
    const nodes = state().doc.steps.filter((step) => ['One', 'Four'].includes(step.name));
    const keys = state().paste(nodes);
    expect(names()).toEqual(['One', 'Two', 'Three', 'One', 'Four', 'Four']);
    expect([state().selected, ...state().others]).toEqual(keys);
    expect(state().doc.steps[3]?.configuration.source_path).toBe('{{ steps.four_2.files }}');
  });
});
