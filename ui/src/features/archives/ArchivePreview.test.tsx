import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { installHost } from '@/ipc';
import { createFakeHost, storyData, type FakeOptions } from '@/ipc/fake';
import { expectAccessible } from '@/test/open';
import { ArchivePreview } from './ArchivePreview';

function open(path: string, options: FakeOptions = {}) {
  const host = createFakeHost({ data: storyData(), ...options });
  installHost(host);
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ArchivePreview path={path} onClose={() => undefined} />
    </QueryClientProvider>,
  );
  return host;
}

describe('archive preview', () => {
  it('shows format, totals and entries', async () => {
    open('/data/invoices.zip');
    expect(await screen.findByText(/^zip · 4 entries/)).toBeInTheDocument();
    expect(screen.getByRole('dialog', { name: 'invoices.zip' })).toBeInTheDocument();
    await expectAccessible();
  });

  it('says that an archive would be refused, and for which entry', async () => {
    open('/data/hostile.zip');
    expect(await screen.findByText('This archive would be refused')).toBeInTheDocument();
    expect(screen.getByRole('alert')).toHaveTextContent('its name leads out of the target folder');
  });

  it('asks for the password where the list is encrypted', async () => {
    const host = open('/data/sealed.7z', { failing: { archivesList: 'archive_password' } });
    const password = await screen.findByLabelText(/^Password/);
    host.options.failing = {};
    await userEvent.type(password, 'right');
    await userEvent.click(screen.getByRole('button', { name: 'Open' }));
    expect(await screen.findByText(/4 entries/)).toBeInTheDocument();
  });

  it('says what is wrong with what is no archive', async () => {
    open('/data/report.pdf', { failing: { archivesList: 'archive_damaged' } });
    expect(await screen.findByRole('alert')).toBeInTheDocument();
  });
});
