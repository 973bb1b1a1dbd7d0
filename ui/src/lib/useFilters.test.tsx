import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { openPage } from '@/test/open';

const names = () => [...document.querySelectorAll('[data-job-row]')].map((row) => row.getAttribute('data-job-row') ?? '');
const loaded = () => waitFor(() => expect(names()).not.toEqual([]));

describe('what a list is narrowed to and sorted by', () => {
  it('stands in the address, and what is as at first does not', async () => {
    const { user, search } = await openPage('/jobs?tag=finance');
    await screen.findByRole('button', { name: 'Show all jobs' });
    await user.keyboard('/');
    await user.keyboard('a');
    await waitFor(() => expect(search()).toEqual({ tag: 'finance', q: 'a' }));
    await user.click(screen.getByRole('button', { name: 'Show all jobs' }));
    await waitFor(() => expect(search()).toEqual({}));
    await loaded();
    await user.click(screen.getByRole('button', { name: /^Name/ }));
    await waitFor(() => expect(search()).toEqual({ sort: '-name' }));
    await user.click(screen.getByRole('button', { name: /^Name/ }));
    await waitFor(() => expect(search()).toEqual({}));
  });

  it('is found again by the address', async () => {
    await openPage('/jobs?sort=-name&q=a&state=disabled');
    await loaded();
    expect(screen.getByRole('searchbox')).toHaveValue('a');
    expect(names()).toEqual(names().toSorted().toReversed());
    expect(document.querySelector('#state-filter')).toHaveTextContent('disabled');
    for (const name of names()) expect(document.querySelector(`[data-job-row="${name}"]`)).toHaveTextContent('Disabled');
  });

  it('is as at first where the address makes no sense', async () => {
    await openPage('/jobs?sort=)(&state=nonsense&q=');
    await loaded();
    expect(names()).toEqual(names().toSorted());
    expect(document.querySelector('#state-filter')).toHaveTextContent('any');
  });

  it('takes digits for a text', async () => {
    await openPage('/executions?q=2026');
    await waitFor(() => expect(screen.getByRole('searchbox')).toHaveValue('2026'));
  });
});
