import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Problem } from '@/ipc';
import { storyData } from '@/ipc/fake/seed';
import { at } from '@/test/at';
import { expectAccessible, openPage, type Opened } from '@/test/open';

const marked = () => [...document.querySelectorAll<HTMLElement>('[role=treeitem][aria-selected=true]')].map((block) => block.dataset.step);
const blocks = () => [...document.querySelectorAll<HTMLElement>('[role=treeitem]')].map((block) => block.dataset.step);

function meridian() {
  const data = storyData();
  const job = data.jobs.find((candidate) => candidate.name === 'Meridian invoices');
  if (!job) throw new Error('the story has no such job');
  return { data, job };
}

/** The job of the story, opened; without a run of it going on. */
async function open(): Promise<Opened & { jobId: string }> {
  const { data, job } = meridian();
  data.executions = data.executions.filter((execution) => execution.job_id !== job.id);
  const opened = await openPage(`/jobs/${job.id}`, { data });
  await waitFor(() => expect(blocks()).toHaveLength(4));
  return { ...opened, jobId: job.id };
}

/** From now on the host finds these problems; an edit makes it look. */
async function finding({ host, user }: Opened, ...problems: Problem[]): Promise<void> {
  host.commands.jobsValidate = async () => problems;
  await user.click(at('[data-step=unpack]'));
  await user.keyboard('dd');
  await waitFor(() => expect(at('#problems-count').dataset.errors).toBe(String(problems.length)));
}

beforeEach(() => localStorage.clear());

describe('the inspector', () => {
  test('is drawn from the spec of the selected step', async () => {
    const { user } = await open();
    await user.click(at('[data-step=put_away]'));
    const panel = within(screen.getByRole('complementary', { name: 'Step: Put away' }));
    expect(at('#step-name')).toHaveProperty('value', 'Put away');
    expect(panel.getByText('steps.put_away')).toBeTruthy();
    expect(at('input[data-field=destination_path]')).toHaveProperty('value', '/mnt/nas01/invoices/');
    expect(panel.getByRole('radiogroup', { name: 'If a file is already there' })).toBeTruthy();
    expect(panel.getByRole('switch', { name: 'Make missing folders' })).toHaveProperty('ariaChecked', 'true');
    expect(panel.getByText('Gives to later steps')).toBeTruthy();
  });

  test('looks into an archive that is named, not into what an expression will give', async () => {
    const { data, job } = meridian();
    const unpack = job.steps.find((step) => step.alias === 'unpack');
    if (!unpack) throw new Error('the job has no such step');
    unpack.configuration.archive_path = ['/data/in/invoices.zip', '/data/in/*.zip', '{{ steps.decrypt.files }}'];
    const { user } = await openPage(`/jobs/${job.id}`, { data });
    await waitFor(() => expect(blocks()).toHaveLength(4));
    await user.click(at('[data-step=unpack]'));
    await waitFor(() => expect(screen.getAllByRole('button', { name: /^Look inside/ })).toHaveLength(1));
    await user.click(screen.getByRole('button', { name: 'Look inside invoices.zip' }));
    expect(await screen.findByRole('dialog', { name: 'invoices.zip' })).toBeTruthy();
    expect(await screen.findByText(/^zip · 4 entries/)).toBeTruthy();
  });

  test('sets values under names, which later steps are offered', async () => {
    const { data, job } = meridian();
    const [first, second] = job.steps;
    if (!first || !second) throw new Error('the job has no steps');
    Object.assign(first, { type_key: 'context.set', alias: 'set', name: 'Set values', configuration: { values: { day: 'monday', count: 3 } } });
    const { user, host } = await openPage(`/jobs/${job.id}`, { data });
    await waitFor(() => expect(blocks()).toHaveLength(4));
    await user.click(at('[data-step=set]'));
    await user.click(at('[data-add-line=values]'));
    await user.type(screen.getByRole('textbox', { name: 'Name of value 3' }), 'colour');
    await user.type(screen.getByRole('textbox', { name: 'Value of colour' }), 'red');
    await user.click(screen.getByRole('button', { name: 'Remove value 1' }));
    expect(screen.getByText('Gives to later steps')).toBeTruthy();
    await user.click(at('#save-job'));
    const saved = () => host.data.jobs.find((candidate) => candidate.id === job.id)?.steps[0]?.configuration;
    await waitFor(() => expect(saved()).toEqual({ values: { count: 3, colour: 'red' } }));
    await user.click(at(`[data-step=${second.alias}]`));
    await user.click(at('[data-field=input_path]'));
    await user.keyboard('{End}{{colour');
    await waitFor(() => expect(at('[data-scope="steps.set.colour"]')).toBeTruthy());
  });

  test('keeps rarely used fields folded until they are asked for', async () => {
    const { user } = await open();
    await user.click(at('[data-step=fetch_files]'));
    expect(document.querySelector('[data-field=concurrency]')).toBeNull();
    await user.click(at('#advanced'));
    expect(at('input[data-field=concurrency]')).toHaveProperty('placeholder', '4');
  });

  test('changes the draft, and a choice of the default takes the value away', async () => {
    const { user, host, jobId } = await open();
    await user.click(at('[data-step=put_away]'));
    await user.click(at('[data-field=overwrite] [data-segment=rename]'));
    await user.click(at('#save-job'));
    await waitFor(() => expect(host.data.jobs.find((job) => job.id === jobId)?.steps[3]?.configuration).toMatchObject({ overwrite: 'rename' }));
    await user.click(at('[data-field=overwrite] [data-segment=overwrite]'));
    await user.click(at('#save-job'));
    await waitFor(() => expect(host.data.jobs.find((job) => job.id === jobId)?.steps[3]?.configuration).not.toHaveProperty('overwrite'));
  });

  test('keeps a secret in the vault and only its id in the step', async () => {
    const { user } = await open();
    await user.click(at('[data-step=unpack]'));
    await user.type(at('input[data-field=password]'), 'hunter2{Enter}');
    await waitFor(() => expect(at('[data-secret=kept]')).toBeTruthy());
    expect(document.body.innerHTML).not.toContain('hunter2');
    expect(JSON.stringify(localStorage)).not.toContain('hunter2');
  });
});

describe('pills', () => {
  test('an expression is inserted with { and shown as what it stands for', async () => {
    const { user, host, jobId } = await open();
    await user.click(at('[data-step=put_away]'));
    await user.click(at('input[data-field=destination_path]'));
    await user.keyboard('{End}{{unp');
    await waitFor(() => expect(at('[data-scope="steps.unpack.files"]')).toBeTruthy());
    await user.keyboard('{ArrowDown}{Enter}/x');
    const field = within(at('[data-template=destination_path]'));
    expect(field.getByText('directory')).toBeTruthy();
    expect(field.getByText('Unpack')).toBeTruthy();
    await user.click(at('#save-job'));
    await waitFor(() =>
      expect(host.data.jobs.find((job) => job.id === jobId)?.steps[3]?.configuration.destination_path).toBe('/mnt/nas01/invoices/{{ steps.unpack.directory }}/x'),
    );
  });

  test('what a monitor found is offered', async () => {
    const { user } = await open();
    await user.click(at('[data-step=put_away]'));
    await user.click(at('[data-insert=source_path]'));
    await user.type(at('#scope-search'), 'their paths{Enter}');
    const pill = await waitFor(() => at(`[data-template=source_path] [data-pill="monitor.files | map(attribute='path') | list"]`));
    expect(pill.textContent).toMatch(/^monitorfiles/);
    expect(pill.hasAttribute('data-gone')).toBe(false);
  });

  test('the button opens the same tree, and Backspace takes a pill away', async () => {
    const { user } = await open();
    await user.click(at('[data-step=put_away]'));
    await user.click(at('[data-insert=destination_path]'));
    await user.type(at('#scope-search'), 'job.name{Enter}');
    await waitFor(() => expect(at('[data-template=destination_path] [data-pill="job.name"]')).toBeTruthy());
    await user.keyboard('{Backspace}');
    expect(document.querySelector('[data-template=destination_path] [data-pill]')).toBeNull();
  });

  test('only steps before this one are offered', async () => {
    const { user } = await open();
    await user.click(at('[data-step=decrypt]'));
    await user.click(at('[data-insert=output_path]'));
    await waitFor(() => expect(at('[data-scope="steps.fetch_files.files"]')).toBeTruthy());
    expect(document.querySelector('[data-scope^="steps.unpack"]')).toBeNull();
    expect(document.querySelector('[data-scope^="steps.decrypt"]')).toBeNull();
  });

  test('a typed expression becomes a pill, and a glob in braces stays text', async () => {
    const { user } = await open();
    await user.click(at('[data-step=put_away]'));
    const field = at('input[data-field=destination_path]');
    await user.clear(field);
    await user.type(field, '/in/{{a,b}/{{{{ params.day }}');
    expect(at('[data-template=destination_path] [data-pill="params.day"]')).toBeTruthy();
    expect(at('input[data-part="0"][aria-label="Where to, text 1"]')).toHaveProperty('value', '/in/{a,b}/');
  });

  test('turns red when the host says that its name is not known', async () => {
    const gone: Problem = { path: 'steps[3].configuration.source_path', code: 'unknown_name', message: 'There is no earlier step `unpack`.', severity: 'error' };
    await finding(await open(), gone);
    await waitFor(() => expect(at('[data-step=put_away] [data-pill]').dataset.gone).toBe('true'));
    expect(at('[data-step=put_away]').textContent).toContain('1 problem');
  });
});

describe('problems', () => {
  const wrong = (field: string): Problem => ({ path: `steps[0].configuration.${field}`, code: 'invalid', message: `Not a good ${field}.`, severity: 'error' });

  test('a click focuses the field that the problem is about, also a folded one', async () => {
    const opened = await open();
    const { user } = opened;
    await finding(opened, wrong('remote_path'), wrong('concurrency'));
    await user.click(at('[data-step=put_away]'));
    await user.click(await screen.findByText('Not a good remote_path.'));
    await waitFor(() => expect(document.activeElement).toBe(at('input[data-field=remote_path]')));
    await user.click(at('[data-problem="steps[0].configuration.concurrency"]'));
    await waitFor(() => expect(document.activeElement).toBe(at('input[data-field=concurrency]')));
  });

  test('what is only missing stays quiet until a save is refused, which goes there', async () => {
    const { user } = await openPage('/jobs/new');
    await user.type(await waitFor(() => at('#job-name')), 'New one');
    await user.click(at('[data-palette="file.move"]'));
    await waitFor(() => expect(at('[data-step=move]').textContent).toContain('2 to fill in'));
    expect(within(at('[data-inspector]')).queryByRole('alert')).toBeNull();
    await user.click(at('#save-job'));
    await waitFor(() => expect(within(at('[data-inspector]')).getAllByRole('alert')).toHaveLength(2));
    await waitFor(() => expect(document.activeElement).toBe(at('input[data-field=source_path]')));
  });
});

describe('keys', () => {
  test('arrows select, Alt and arrows move, Ctrl+D duplicates, Delete deletes, Ctrl+Z takes back', async () => {
    const { user } = await open();
    await user.click(at('[data-step=fetch_files]'));
    await user.keyboard('{ArrowDown}');
    await waitFor(() => expect(document.activeElement).toBe(at('[data-step=decrypt]')));
    await user.keyboard('{Alt>}{ArrowDown}{/Alt}');
    expect(blocks()).toEqual(['fetch_files', 'unpack', 'decrypt', 'put_away']);
    await waitFor(() => expect(document.activeElement).toBe(at('[data-step=decrypt]')));
    await user.keyboard('{Control>}d{/Control}');
    expect(blocks()).toEqual(['fetch_files', 'unpack', 'decrypt', 'decrypt_2', 'put_away']);
    await waitFor(() => expect(document.activeElement).toBe(at('[data-step=decrypt_2]')));
    await user.keyboard('{Delete}');
    expect(blocks()).toEqual(['fetch_files', 'unpack', 'decrypt', 'put_away']);
    await user.keyboard('{Control>}zzz{/Control}');
    expect(blocks()).toEqual(['fetch_files', 'decrypt', 'unpack', 'put_away']);
    await user.keyboard('{Control>}{Shift>}z{/Shift}{/Control}');
    expect(blocks()).toEqual(['fetch_files', 'unpack', 'decrypt', 'put_away']);
  });

  test('Shift and arrows select several, and the keys mean all of them; Esc leaves one', async () => {
    const { user } = await open();
    await user.click(at('[data-step=decrypt]'));
    await user.keyboard('{Shift>}{ArrowDown}{/Shift}');
    expect(marked()).toEqual(['decrypt', 'unpack']);
    await waitFor(() => expect(document.activeElement).toBe(at('[data-step=unpack]')));
    expect(screen.getByRole('complementary', { name: '2 steps' })).toHaveTextContent('2 steps selected');
    await user.keyboard('{Alt>}{ArrowDown}{/Alt}');
    expect(blocks()).toEqual(['fetch_files', 'put_away', 'decrypt', 'unpack']);
    await waitFor(() => expect(document.activeElement).toBe(at('[data-step=unpack]')));
    await user.keyboard('d');
    expect(at('[data-step=decrypt]').textContent).toContain('Disabled');
    expect(at('[data-step=unpack]').textContent).toContain('Disabled');
    await user.keyboard('{Delete}');
    expect(blocks()).toEqual(['fetch_files', 'put_away']);
    await user.keyboard('{Control>}z{/Control}');
    expect(marked()).toEqual(['decrypt', 'unpack']);
    await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('treeitem'));
    await user.click(at('#several-toggle'));
    expect(at('[data-step=unpack]').textContent).not.toContain('Disabled');
    await user.keyboard('{Escape}');
    expect(marked()).toHaveLength(1);
    expect(document.querySelector('#several-selected')).toBeNull();
  });

  test('a click with Ctrl takes a step in or out, with Shift all up to it, and without one only this', async () => {
    const { user } = await open();
    await user.click(at('[data-step=fetch_files]'));
    await user.keyboard('{Control>}');
    await user.click(at('[data-step=unpack]'));
    expect(marked()).toEqual(['fetch_files', 'unpack']);
    await user.click(at('[data-step=fetch_files]'));
    await user.keyboard('{/Control}');
    expect(marked()).toEqual(['unpack']);
    await user.keyboard('{Shift>}');
    await user.click(at('[data-step=fetch_files]'));
    await user.keyboard('{/Shift}');
    expect(marked()).toEqual(['fetch_files', 'decrypt', 'unpack']);
    await expectAccessible();
    await user.click(at('[data-step=decrypt]'));
    expect(marked()).toEqual(['decrypt']);
  });

  test('D disables, Enter edits, Escape goes back to the step', async () => {
    const { user } = await open();
    await user.click(at('[data-step=unpack]'));
    await user.keyboard('d');
    expect(at('[data-step=unpack]').textContent).toContain('Disabled');
    await user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(at('input[data-field=archive_path]')));
    await user.keyboard('{Escape}');
    await waitFor(() => expect(document.activeElement).toBe(at('[data-step=unpack]')));
  });

  test('/ finds a step by typing and Enter adds it after the selected one', async () => {
    const { user } = await open();
    await user.click(at('[data-step=decrypt]'));
    await user.keyboard('/xyzzy{Enter}');
    expect(blocks()).toHaveLength(4);
    await user.clear(at('#palette-search'));
    await user.keyboard('copy{Enter}');
    expect(blocks()).toEqual(['fetch_files', 'decrypt', 'copy', 'unpack', 'put_away']);
  });

  test('undo while typing takes back what was typed, in the document', async () => {
    const { user } = await open();
    await user.click(at('[data-step=unpack]'));
    await user.clear(at('#step-name'));
    await user.type(at('#step-name'), 'Open');
    expect(at('[data-step=unpack]').textContent).toContain('Open');
    await user.keyboard('{Control>}z{/Control}');
    expect(at('#step-name')).toHaveProperty('value', 'Unpack');
  });
});

describe('copy and paste', () => {
  test('puts a step on the clipboard as text, and pastes it as another with a name of its own', async () => {
    const { user } = await open();
    await user.click(at('[data-step=unpack]'));
    await user.keyboard('{Control>}c{/Control}');
    expect(await screen.findByText('Unpack copied')).toBeTruthy();
    const text = await navigator.clipboard.readText();
    expect(text).toContain('"alias": "unpack"');
    await user.click(at('[data-step=put_away]'));
    await user.keyboard('{Control>}{v>}');
    await user.paste(text);
    await waitFor(() => expect(blocks()).toEqual(['fetch_files', 'decrypt', 'unpack', 'put_away', 'unpack_2']));
    await waitFor(() => expect(document.activeElement).toBe(at('[data-step=unpack_2]')));
  });

  test('several go together', async () => {
    const { user } = await open();
    await user.click(at('[data-step=decrypt]'));
    await user.keyboard('{Shift>}{ArrowDown}{/Shift}{Control>}c{/Control}');
    expect(await screen.findByText('Decrypt and Unpack copied')).toBeTruthy();
    const text = await navigator.clipboard.readText();
    await user.click(at('[data-step=put_away]'));
    await user.keyboard('{Control>}{v>}');
    await user.paste(text);
    await waitFor(() => expect(blocks()).toEqual(['fetch_files', 'decrypt', 'unpack', 'put_away', 'decrypt_2', 'unpack_2']));
    expect(marked()).toEqual(['decrypt_2', 'unpack_2']);
    await waitFor(() => expect(document.activeElement).toBe(at('[data-step=decrypt_2]')));
    await user.keyboard('{/v}{/Control}{Control>}x{/Control}');
    await waitFor(() => expect(blocks()).toEqual(['fetch_files', 'decrypt', 'unpack', 'put_away']));
  });

  test('cuts a step and pastes it elsewhere under its own name; text from outside is read by the host', async () => {
    const { user } = await open();
    await user.click(at('[data-step=decrypt]'));
    await user.keyboard('{Control>}x{/Control}');
    await waitFor(() => expect(blocks()).toEqual(['fetch_files', 'unpack', 'put_away']));
    await user.click(at('[data-step=put_away]'));
    await user.keyboard('{Control>}{v>}');
    await user.paste(JSON.stringify({ steps: [{ name: 'Decrypt', alias: 'decrypt', type_key: 'pgp.decrypt', configuration: {} }, { name: 'Rest', alias: 'rest', type_key: 'flow.wait' }] }));
    await waitFor(() => expect(blocks()).toEqual(['fetch_files', 'unpack', 'put_away', 'decrypt', 'rest']));
  });

  test('says so when the text has no steps', async () => {
    const { user } = await open();
    await user.click(at('[data-step=unpack]'));
    await user.keyboard('{Control>}{v>}');
    await user.paste('Dear Sirs');
    expect(await screen.findByText('Nothing was pasted')).toBeTruthy();
    expect(await screen.findByText(/There are no steps in this text/)).toBeTruthy();
    expect(blocks()).toHaveLength(4);
  });
});

describe('saving', () => {
  test('makes the next version, and a new job gets its address', async () => {
    const { user, host, path } = await openPage('/jobs/new');
    await user.type(await waitFor(() => at('#job-name')), 'Clean up');
    await user.click(at('[data-palette="file.delete"]'));
    await user.type(at('input[data-field=path]'), '/tmp/x');
    await user.keyboard('{Control>}s{/Control}');
    await waitFor(() => expect(path()).not.toBe('/jobs/new'));
    const job = host.data.jobs.find((candidate) => candidate.name === 'Clean up');
    expect(path()).toBe(`/jobs/${job?.id}`);
    await waitFor(() => expect(at('#job-version').textContent).toBe('Version 1'));
    expect(at('#undo')).toHaveProperty('disabled', false);
  });

  test('shows both versions when someone else saved meanwhile, and can go on with either', async () => {
    const { user, host, jobId } = await open();
    await user.click(at('[data-step=put_away]'));
    await user.clear(at('#step-name'));
    await user.type(at('#step-name'), 'Mine');
    const job = host.data.jobs.find((candidate) => candidate.id === jobId);
    if (!job) throw new Error('the job is gone');
    job.current_version += 1;
    job.name = 'Theirs';
    await user.click(at('#save-job'));
    const dialog = within(await screen.findByRole('alertdialog'));
    expect(dialog.getByText('Name is “Theirs”')).toBeTruthy();
    expect(dialog.getByText('“Put away” is now “Mine”')).toBeTruthy();
    await user.click(at('#keep-mine'));
    await waitFor(() => expect(job.current_version).toBe(16));
    expect(job.name).toBe('Meridian invoices');
    expect(job.steps[3]?.name).toBe('Mine');
  });

  test('says at the name that another job has it', async () => {
    const { user, host, jobId } = await open();
    await user.clear(at('#job-name'));
    await user.type(at('#job-name'), 'kestrel claims');
    await user.click(at('#save-job'));
    await waitFor(() => expect(at('[data-problem=name]')).toHaveTextContent('There is already a job named `kestrel claims`; choose another name.'));
    expect(at('#job-name')).toBeInvalid();
    expect(at('#job-name')).toHaveFocus();
    expect(screen.queryByRole('alertdialog')).toBeNull();
    await user.type(at('#job-name'), ' again');
    await waitFor(() => expect(document.querySelector('[data-problem=name]')).toBeNull());
    await user.click(at('#save-job'));
    await waitFor(() => expect(host.data.jobs.find((job) => job.id === jobId)?.name).toBe('kestrel claims again'));
  });

  test('a draft that was not saved comes back with a notice, and can be thrown away', async () => {
    const { data, job } = meridian();
    const first = await openPage(`/jobs/${job.id}`, { data });
    await waitFor(() => expect(blocks()).toHaveLength(4));
    await first.user.click(at('[data-step=put_away]'));
    await first.user.keyboard('{Delete}');
    await waitFor(() => expect(localStorage.getItem(`courier.draft.${job.id}`)).not.toBeNull());
    cleanup();

    const again = await openPage(`/jobs/${job.id}`, { data });
    await waitFor(() => expect(at('#draft-restored')).toBeTruthy());
    expect(blocks()).toHaveLength(3);
    await again.user.click(at('#draft-discard'));
    expect(blocks()).toHaveLength(4);
    await waitFor(() => expect(localStorage.getItem(`courier.draft.${job.id}`)).toBeNull());
  });

  test('leaving with unsaved changes asks first', async () => {
    const { user, path, jobId } = await open();
    await user.click(at('[data-step=put_away]'));
    await user.keyboard('{Delete}');
    await user.click(within(screen.getByRole('navigation', { name: 'Breadcrumb' })).getByText('Jobs'));
    await screen.findByRole('alertdialog');
    await user.click(at('#leave-stay'));
    expect(path()).toBe(`/jobs/${jobId}`);
    await user.click(within(screen.getByRole('navigation', { name: 'Breadcrumb' })).getByText('Jobs'));
    await user.click(await waitFor(() => at('#leave-keep')));
    await waitFor(() => expect(path()).toBe('/jobs'));
    expect(localStorage.getItem(`courier.draft.${jobId}`)).not.toBeNull();
  });
});

describe('running', () => {
  test('saves first when asked, and shows the run on the same blocks', async () => {
    const { user, host, jobId } = await open();
    await user.click(at('[data-step=put_away]'));
    await user.clear(at('#step-name'));
    await user.type(at('#step-name'), 'Deliver');
    await user.click(at('#run-job'));
    await user.click(await waitFor(() => at('#run-confirm')));
    await waitFor(() => expect(at('#run-strip').dataset.runState).toBe('queued'));
    const job = host.data.jobs.find((candidate) => candidate.id === jobId);
    expect(job?.current_version).toBe(15);

    const execution = host.data.executions.find((candidate) => candidate.id === at('#run-strip').dataset.run);
    if (!execution || !job) throw new Error('the run is not there');
    execution.state = 'running';
    const [first, second] = job.steps;
    const attempt = (step: typeof first, state: 'completed' | 'running') => ({
      id: `${step?.id}-0`, job_execution_id: execution.id, job_step_id: step?.id ?? '', step_order: step?.step_order ?? 0, state,
      started_at: '2026-11-23T07:30:00Z', completed_at: null, duration_ms: state === 'completed' ? 3000 : null, bytes_processed: state === 'completed' ? 2_000_000 : null,
      output_data: null, error_message: null, error_stack_trace: null, retry_attempt: 0, iteration_path: '', error_code: null,
    });
    host.data.attempts.set(execution.id, [attempt(first, 'completed'), attempt(second, 'running')]);
    host.emit({ entity_type: 'job_execution', entity_id: execution.id });
    await waitFor(() => expect(at('[data-step=decrypt]').dataset.state).toBe('running'));
    expect(at('[data-step=fetch_files]').dataset.state).toBe('completed');
    expect(at('[data-step=fetch_files]').textContent).toContain('2 MB, 3 s');
    expect(at('[data-step=put_away]').dataset.state).toBe('pending');
    expect(at('#open-run').getAttribute('href')).toContain(`/executions/${execution.id}`);
  });

  test('a run that goes on when the job is opened is shown at once', async () => {
    const { data, job } = meridian();
    await openPage(`/jobs/${job.id}`, { data });
    await waitFor(() => expect(at('#run-strip').dataset.runState).toBe('running'));
    expect(at('[data-step=decrypt]').dataset.state).toBe('running');
  });
});

test('nobody is shut out of the builder', async () => {
  const { user } = await open();
  await expectAccessible();
  await user.click(at('#job-settings'));
  await screen.findByRole('dialog');
  await expectAccessible();
});

test('a job that cannot be read says so and can be asked for again', async () => {
  const { data, job } = meridian();
  const { user, host } = await openPage(`/jobs/${job.id}`, { data, failing: { jobsGet: 'store_unavailable' } });
  await screen.findByText('The job cannot be shown');
  host.options.failing = {};
  await user.click(at('#retry'));
  await waitFor(() => expect(blocks()).toHaveLength(4));
});
