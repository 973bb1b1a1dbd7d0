import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { useChrome } from '@/app/chrome';
import { emptyData, storyData } from '@/ipc/fake';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';

const CODE = 'KXQM-7V2D-RT9P-4HJC-WZ83-NLFB';
/** Each step with its state, as the page marks them. */
const states = () => [...document.querySelectorAll<HTMLElement>('[data-first-step]')].map(({ dataset }) => `${dataset.firstStep} ${dataset.stepState}`);

describe('the first steps', () => {
  it('keeps the recovery code nowhere once it was kept by a person, who may copy it and save it', async () => {
    const { user, host, client } = await openPage('/', { data: emptyData() });
    await user.click(await screen.findByRole('button', { name: 'Set up the vault' }));
    const dialog = await screen.findByRole('alertdialog', { name: 'Keep the recovery code' });
    expect(within(dialog).getByText(CODE)).toBeInTheDocument();
    await user.keyboard('{Escape}');
    expect(at('#recovery-done')).toBeDisabled();
    await user.click(within(dialog).getByRole('button', { name: 'Copy' }));
    expect(await navigator.clipboard.readText()).toBe(CODE);
    const picked = vi.spyOn(host.commands, 'localPick').mockResolvedValue('/media/stick/code.txt');
    await user.click(at('#recovery-save'));
    await waitFor(() => expect(at('#recovery-saved')).toHaveTextContent('code.txt'));
    expect(picked).toHaveBeenCalledWith(expect.objectContaining({ kind: 'save_file', name: 'courier-recovery-code.txt' }));
    expect(host.data.savedCodes.get('/media/stick/code.txt')).toBe(CODE);
    await user.click(at('#recovery-save'));
    expect(await within(dialog).findByText(/exists already/)).toBeInTheDocument();
    await expectAccessible();
    await user.click(at('#recovery-noted'));
    await user.click(at('#recovery-done'));
    await waitFor(() => expect(document.querySelector('#recovery-dialog')).toBeNull());
    expect(useChrome.getState().recoveryCode).toBeNull();
    await waitFor(() => expect(JSON.stringify(client.getMutationCache().getAll().map(({ state }) => state))).not.toContain(CODE));
    expect(document.body.innerHTML).not.toContain(CODE);
  });

  it('ticks what is done, opens the next one and leads straight to each', async () => {
    const data = emptyData('unlocked');
    const { user, host, path } = await openPage('/first-steps', { data });
    await waitFor(() => expect(states()).toEqual(['vault done', 'connection next', 'test open', 'keys not_needed', 'job open', 'dry_run open', 'run open']));
    expect(at('#first-steps-count')).toHaveTextContent('1 of 6');
    await expectAccessible();
    await user.click(at('#import-connections'));
    await screen.findByRole('dialog', { name: 'Import connections' });
    await waitFor(() => expect(at('#import-path')).not.toHaveValue(''));
    await user.click(at('#import-look'));
    await user.click(await screen.findByRole('button', { name: 'Import 3 connections' }));
    await user.click(await waitFor(() => at('#import-close')));
    // Imported without secrets: the way goes on over the connection itself.
    expect(await screen.findByText('Your connections are disabled until their password or key is entered.')).toBeInTheDocument();
    const partner = host.data.connections.find(({ name }) => name === 'partner');
    if (partner) partner.status = 'active';
    host.emit({ entity_type: 'connection', entity_id: partner?.id ?? '' });
    await waitFor(() => expect(states()[1]).toBe('connection done'));
    await user.click(at('#open-connection'));
    await waitFor(() => expect(path()).toBe(`/connections/${partner?.id}`));
    await user.click(await screen.findByRole('button', { name: /^Test/ }));
    await waitFor(() => expect(host.data.noted.tested).toBe(true));
    await user.click(at('#first-steps-link'));
    await waitFor(() => expect(states()).toEqual(['vault done', 'connection done', 'test done', 'keys not_needed', 'job next', 'dry_run open', 'run open']));
    await user.click(at('#from-template'));
    expect(await screen.findByRole('dialog', { name: 'New job from a template' })).toBeInTheDocument();
  });

  it('tries the job without writing and runs it from where it is listed, then has done its part', async () => {
    const data = emptyData('unlocked');
    const story = storyData();
    Object.assign(data, { connections: story.connections, knownHosts: story.knownHosts, jobs: story.jobs.slice(0, 1), pgpKeys: story.pgpKeys });
    const { user, host } = await openPage('/first-steps', { data });
    await waitFor(() => expect(states().slice(3)).toEqual(['keys done', 'job done', 'dry_run next', 'run open']));
    await user.click(await waitFor(() => at('#first-dry-run')));
    expect(await screen.findByRole('dialog', { name: /dry run/i })).toBeInTheDocument();
    await waitFor(() => expect(states().slice(5)).toEqual(['dry_run done', 'run next']));
    await user.keyboard('{Escape}');
    await user.click(await waitFor(() => at('#first-run')));
    await waitFor(() => expect(host.data.executions).toHaveLength(1));
    for (const run of host.data.executions) run.state = 'completed';
    host.emit({ entity_type: 'job_execution', entity_id: host.data.executions[0]?.id ?? '' });
    await waitFor(() => expect(at('[data-first-run]').dataset.firstRun).toBe('finished'));
    expect(document.querySelector('#first-steps-link')).toBeNull();
  });

  it('can be left, and is found again', async () => {
    const { user, path } = await openPage('/', { data: emptyData('unlocked') });
    await user.click(await waitFor(() => at('#leave-first-steps')));
    expect(await screen.findByRole('region', { name: 'Needs attention' })).toBeInTheDocument();
    const rest = screen.getByRole('region', { name: 'Finish setting up' });
    expect(within(rest).getByText('1 of 6')).toBeInTheDocument();
    expect(within(rest).getByText('Add a server').closest('li')).toHaveAttribute('aria-current', 'step');
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'Hide the first steps' }));
    expect(screen.queryByRole('region', { name: 'Finish setting up' })).toBeNull();
    expect(document.querySelector('#first-steps-link')).toBeNull();
    expect(localStorage.getItem('courier.first-steps.hidden')).toBe('yes');
    await user.keyboard('{Control>}k{/Control}first steps{Enter}');
    await waitFor(() => expect(path()).toBe('/first-steps'));
    expect(await screen.findByRole('link', { name: /First steps/ })).toHaveAttribute('aria-current', 'page');
    expect(localStorage.getItem('courier.first-steps.hidden')).toBeNull();
  });

  it('is shown by the settings, and says when it cannot be', async () => {
    const { user, path, host } = await openPage('/settings', { data: emptyData('unlocked'), failing: { firstSteps: 'store_unavailable' } });
    await user.click(await waitFor(() => at('#settings-first-steps')));
    await waitFor(() => expect(path()).toBe('/first-steps'));
    expect(await screen.findByText('The first steps cannot be shown')).toBeInTheDocument();
    host.options.failing = {};
    await user.click(at('#retry'));
    await waitFor(() => expect(states()).toHaveLength(7));
  });
});
