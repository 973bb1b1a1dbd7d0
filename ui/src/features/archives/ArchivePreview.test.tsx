import { QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { createClient } from '@/app/client';
import { installHost } from '@/ipc';
import { createFakeHost, storyData, type FakeOptions } from '@/ipc/fake';
import { nameOf } from '@/lib/paths';
import { expectAccessible } from '@/test/open';
import { ArchivePreview } from './ArchivePreview';
import { isOneFile, maybeArchive } from './paths';

function open(path: string, options: FakeOptions = {}) {
  const host = createFakeHost({ data: storyData(), ...options });
  installHost(host);
  render(
    <QueryClientProvider client={createClient()}>
      <ArchivePreview path={path} onClose={() => undefined} />
    </QueryClientProvider>,
  );
  return host;
}

const names = () => [...document.querySelectorAll('[data-entry-row]')].map((row) => row.getAttribute('data-entry-row'));

describe('archive preview', () => {
  it('shows format, totals and entries, in the order of the archive or by size', async () => {
    open('/data/invoices.zip');
    expect(await screen.findByText('zip · 4 entries · 34.1 KB packed, 100 KB unpacked')).toBeInTheDocument();
    expect(screen.getByRole('dialog', { name: 'invoices.zip' })).toBeInTheDocument();
    expect(names()[0]).toBe('invoices/');
    const row = document.querySelector<HTMLElement>('[data-entry-row="invoices/INV-4712.csv"]');
    expect(row).toHaveTextContent('51 KB17 KB3.0 : 1');
    await expectAccessible();
    await userEvent.click(screen.getByRole('button', { name: 'Size' }));
    await userEvent.click(screen.getByRole('button', { name: 'Size' }));
    expect(names()[0]).toBe('invoices/INV-4712.csv');
  });

  it('says that an archive would be refused, for which entries and why', async () => {
    open('/data/hostile.zip');
    expect(await screen.findByText('This archive would be refused')).toBeInTheDocument();
    expect(screen.getByRole('alert')).toHaveTextContent('its name leads out of the target folder');
    expect(screen.getByRole('alert')).toHaveTextContent('And 1 more.');
    expect(document.querySelector('[data-entry-row="latest"]')).toHaveTextContent('it is a symbolic link');
    expect(screen.getAllByRole('img', { name: 'Refused' })).toHaveLength(2);
  });

  it('shows two entries of one name as two', async () => {
    open('/data/doubled.zip');
    expect(await screen.findByText(/another entry has the same name\./)).toBeInTheDocument();
    expect(names().filter((name) => name === 'readme.txt')).toHaveLength(2);
  });

  it('asks for the password where the list is encrypted, again when it was wrong', async () => {
    open('/data/sealed.7z');
    const password = await screen.findByLabelText(/^Password/);
    expect(screen.queryByRole('alert')).toBeNull();
    await userEvent.type(password, 'wrong');
    await userEvent.click(screen.getByRole('button', { name: 'Open' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('The password does not open /data/sealed.7z.');
    await expectAccessible();
    await userEvent.clear(password);
    await userEvent.type(password, 'right{Enter}');
    expect(await screen.findByText(/4 entries/)).toBeInTheDocument();
    expect(screen.getByText('Its entries are encrypted: unpacking needs the password.')).toBeInTheDocument();
  });

  it('shows the beginning of a long list, which a word narrows', async () => {
    open('/data/large.tar.gz');
    expect(await screen.findByText(/6,004 entries, the first 5,000 are shown/)).toBeInTheDocument();
    expect(names().length).toBeLessThan(200);
    await userEvent.type(screen.getByRole('searchbox'), 'IMG-4711');
    await waitFor(() => expect(names()).toEqual(['photos/IMG-4711.jpg']));
    await userEvent.type(screen.getByRole('searchbox'), ' nowhere');
    expect(await screen.findByText('No entry fits the filter.')).toBeInTheDocument();
  });

  it('says what is wrong with what is damaged, no archive, or not there, and looks again', async () => {
    const host = open('/data/report.pdf');
    expect(await screen.findByRole('alert')).toHaveTextContent('is not an archive of a known kind');
    const { archivesList } = host.commands;
    host.commands.archivesList = (_path, password) => archivesList('/data/invoices.zip', password);
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText(/4 entries/)).toBeInTheDocument();
  });

  it.each([
    ['/data/broken.zip', 'The archive cannot be read'],
    ['/data/missing.zip', 'The file is not there'],
  ])('names the cause for %s', async (path, title) => {
    open(path);
    expect(await screen.findByText(title)).toBeInTheDocument();
  });

  it('is told of an empty archive', async () => {
    open('/data/empty.zip');
    expect(await screen.findByText('It is empty.')).toBeInTheDocument();
  });

  it('holds its place while it waits', async () => {
    open('/data/invoices.zip', { hanging: ['archivesList'] });
    expect(within(screen.getByRole('dialog')).getByText('Looking into the archive')).toBeInTheDocument();
  });
});

describe('paths that may be archives', () => {
  it('mean one file of this computer', () => {
    expect(['/data/a.zip', 'C:\\data\\a.zip'].every(isOneFile)).toBe(true);
    expect(['/data/*.zip', '/data/', '{{ steps.fetch.files }}', 'a.zip', ''].some(isOneFile)).toBe(false);
  });

  it('end as archives do', () => {
    expect(['/d/a.zip', '/d/a.tar.gz', '/d/a.TGZ', '/d/a.7z.001', '/d/a.tar.zst'].every(maybeArchive)).toBe(true);
    expect(['/d/a.csv', '/d/zip', 'a.zip'].some(maybeArchive)).toBe(false);
    expect([nameOf('/d/a.zip'), nameOf('C:\\d\\a.zip')]).toEqual(['a.zip', 'a.zip']);
  });
});
