import { screen, waitFor, within } from '@testing-library/react';
import { renderToStaticMarkup } from 'react-dom/server';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { describe, expect, it } from 'vitest';
import stepTypes from '@/ipc/fake/step-types.json';
import { at } from '@/test/at';
import { expectAccessible, openPage } from '@/test/open';
import { AreaWords, NoteWords } from './Areas';
import { AREAS, areaOf, TOPICS } from './contents';

const page = () => at('[data-help-page]').dataset.helpPage;
const shows = async (of: string) => waitFor(() => expect(page()).toBe(of));
const explained = async (name: string) => waitFor(() => at(`[data-explained="${name}"]`));

/** The HTML of something that has links in it. */
async function htmlOf(node: React.ReactNode): Promise<string> {
  const router = createRouter({ routeTree: createRootRoute({ component: () => node }), history: createMemoryHistory() });
  await router.load();
  return renderToStaticMarkup(<RouterProvider router={router as never} />);
}

describe('the contents', () => {
  it('name every area and every step type', async () => {
    const { user } = await openPage('/help');
    await shows('home');
    for (const area of AREAS) expect(at(`[data-help-area="${area}"]`).textContent).toBe(TOPICS[area].title);
    await waitFor(() => expect(document.querySelectorAll('[data-help-step]')).toHaveLength(stepTypes.length));
    await expectAccessible();
    await user.click(at('[data-help-area="monitors"]'));
    await shows('monitors');
    expect(at('[data-help-area="monitors"]')).toHaveAttribute('aria-current', 'page');
    await expectAccessible();
  });

  it('are searched by any word of a page', async () => {
    const { user } = await openPage('/help');
    await shows('home');
    await waitFor(() => expect(document.querySelector('[data-help-step]')).not.toBeNull());
    await user.type(at('#help-search'), 'atomic_upload');
    await waitFor(() => expect([...document.querySelectorAll<HTMLElement>('[data-help-step]')].map((one) => one.dataset.helpStep)).toEqual(['sftp.upload', 'ftp.upload', 'ftps.upload']));
    expect(document.querySelectorAll('[data-help-area]')).toHaveLength(0);
    await user.clear(at('#help-search'));
    await user.type(at('#help-search'), 'fingerprint');
    await waitFor(() => expect(document.querySelectorAll('[data-help-area]').length).toBeLessThan(AREAS.length));
    expect(at('[data-help-area="connections"]')).toBeInTheDocument();
    await user.clear(at('#help-search'));
    await user.type(at('#help-search'), 'nobody says this');
    expect(await screen.findByText('Nothing in the help speaks of “nobody says this”.')).toBeInTheDocument();
  });
});

describe('the page of a step type', () => {
  it('is there for each of them, with every field and output', async () => {
    const { user } = await openPage('/help');
    await waitFor(() => expect(document.querySelectorAll('[data-help-step]')).toHaveLength(stepTypes.length));
    for (const spec of stepTypes) {
      await user.click(at(`[data-help-step="${spec.type_key}"]`));
      await shows(spec.type_key);
      expect(screen.getByRole('heading', { level: 1, name: spec.label })).toBeInTheDocument();
      const fields = [...document.querySelectorAll<HTMLElement>('[data-help-field]')].map((line) => line.dataset.helpField);
      expect(new Set(fields)).toEqual(new Set(spec.fields.map((field) => field.name)));
      expect(document.querySelectorAll('[data-output]')).toHaveLength(spec.outputs.length);
    }
  });

  it('says what it fails with, shows examples, and leads on', async () => {
    const { user } = await openPage('/help/steps/sftp.download');
    await shows('sftp.download');
    const failure = at('[data-failure="no_files"]');
    expect(failure.textContent).toContain('No files matched');
    expect(failure.textContent).toContain('Tried again');
    expect(document.querySelector('[data-example] [data-pill="params.day"]')).not.toBeNull();
    await expectAccessible();
    await user.click(within(at('section[aria-label="Goes with"]')).getByRole('link', { name: 'Move' }));
    await shows('file.move');
  });

  it('marks the field that is asked for', async () => {
    await openPage('/help/steps/sftp.download?field=min_age_sec');
    await shows('sftp.download');
    expect(at('[data-marked]').dataset.helpField).toBe('min_age_sec');
  });

  it('says so when there is none', async () => {
    const { user } = await openPage('/help/steps/no.such');
    expect(await screen.findByText('There is no such page')).toBeInTheDocument();
    await user.click(screen.getByRole('link', { name: 'To the beginning of the help' }));
    await shows('home');
  });

  it('can be asked for again when it cannot be read', async () => {
    await openPage('/help/steps/file.move', { failing: { stepGuides: 'store_unavailable' } });
    expect(await screen.findByText('The help cannot be shown')).toBeInTheDocument();
  });
});

describe('the pages of the areas', () => {
  it('have notes on just the fields that they are said to have', async () => {
    for (const area of AREAS) {
      const html = await htmlOf(<AreaWords area={area} marked={null} />);
      const notes = [...html.matchAll(/data-note="([^"]*)"/g)].map(([, name]) => (name ?? '').replaceAll('&#x27;', "'"));
      expect(new Set(notes)).toEqual(new Set(TOPICS[area].notes));
    }
  });

  it('give the note of one field alone', async () => {
    const html = await htmlOf(<NoteWords area="connections" field="Keep alive" />);
    expect(html).toContain('60 seconds');
    expect(html).not.toContain('Jump host');
    expect(html).not.toContain('<h2');
  });

  it('are of the page where one is', () => {
    expect(['/', '/jobs/7', '/executions', '/settings/notifications/new', '/settings/tags', '/monitors/new', '/keys'].map(areaOf)).toEqual(['start', 'jobs', 'running', 'notifications', 'settings', 'monitors', 'keys']);
  });
});

describe('help where one is', () => {
  it('opens by F1, also from the navigation and the palette', async () => {
    const { user, path } = await openPage('/monitors');
    await waitFor(() => expect(screen.getByRole('grid', { name: 'Monitors' })).toBeInTheDocument());
    await user.keyboard('{F1}');
    await waitFor(() => expect(path()).toBe('/help/areas/monitors'));
    await user.click(within(screen.getByRole('navigation', { name: 'In the window' })).getByRole('link', { name: 'Monitors' }));
    await waitFor(() => expect(path()).toBe('/monitors'));
    await user.click(at('[data-nav=help]'));
    await waitFor(() => expect(path()).toBe('/help'));
    await user.keyboard('{Control>}k{/Control}');
    await waitFor(() => expect(document.activeElement?.closest('#palette')).not.toBeNull());
    await user.keyboard('help connections');
    await user.click(await screen.findByText('Help: Connections and trust'));
    await waitFor(() => expect(path()).toBe('/help/areas/connections'));
  });

  it('is the page of the selected step in the builder, at the field with the focus', async () => {
    const { user, path, search } = await openPage('/jobs');
    await user.dblClick(await screen.findByText('Meridian invoices'));
    await waitFor(() => expect(document.querySelector('[data-canvas] [data-type]')).not.toBeNull());
    await user.click(at('[data-canvas] [data-type="sftp.download"]'));
    await waitFor(() => expect(document.querySelector('[data-inspector] [data-field="remote_path"]')).not.toBeNull());
    await user.click(at('[data-about="What to fetch"]'));
    const note = await explained('What to fetch');
    expect(note.textContent).toContain('A file, a folder or a pattern');
    expect(note.textContent).toContain('path or paths, required');
    await user.click(within(note).getByRole('link', { name: 'All about this step type' }));
    await waitFor(() => expect(path()).toBe('/help/steps/sftp.download'));
    expect(search()).toEqual({ field: 'remote_path' });
  });

  it('explains a field beside it, so that nothing typed is lost', async () => {
    const { user, path, search } = await openPage('/connections/new');
    await waitFor(() => expect(document.querySelector('#connection-keepalive')).not.toBeNull());
    await user.click(at('#connection-keepalive'));
    await user.keyboard('{F1}');
    const note = await explained('Keep alive');
    await waitFor(() => expect(note.textContent).toContain('At first: 60 seconds'));
    expect(path()).toBe('/connections/new');
    await user.click(within(note).getByRole('link', { name: 'Help: Connections and trust' }));
    await waitFor(() => expect(path()).toBe('/help/areas/connections'));
    expect(search()).toEqual({ field: 'Keep alive' });
    await waitFor(() => expect(at('[data-marked]').dataset.note).toBe('Keep alive'));
  });

  it('explains the settings of the store', async () => {
    const { user } = await openPage('/settings');
    await waitFor(() => expect(document.querySelector('[data-setting="job.concurrency_limit"] [data-about]')).not.toBeNull());
    await user.click(at('[data-setting="job.concurrency_limit"] [data-about]'));
    expect((await explained('Runs at the same time')).textContent).toContain('courier settings set job.concurrency_limit');
  });
});
