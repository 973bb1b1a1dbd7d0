/** Everything that a person can make. */
import { useNavigate } from '@tanstack/react-router';
import { Import, LayoutTemplate, Plus, type LucideIcon } from 'lucide-react';
import { useMemo } from 'react';
import { useChrome } from '../../chrome';
import type { Entry } from '../entry';

export function useCreations(): readonly Entry[] {
  const navigate = useNavigate();
  return useMemo(() => {
    const make = (what: string, name: string, act: () => unknown, words = '', icon: LucideIcon = Plus): Entry => ({
      id: `new:${what}`, group: 'Create', kind: 'Create', name, icon, words: `add create make ${words}`, act: () => void act(),
    });
    return [
      make('job', 'New job', () => navigate({ to: '/jobs/new' })),
      make('job:template', 'New job from a template', () => navigate({ to: '/jobs', search: { make: 'template' } }), 'gallery example sample', LayoutTemplate),
      make('chain', 'New chain', () => navigate({ to: '/chains/new' })),
      make('connection', 'New connection', () => navigate({ to: '/connections/$connectionId', params: { connectionId: 'new' } }), 'server sftp ftp ftps'),
      make('connection:import', 'Import connections', () => useChrome.getState().setImport(true), 'ssh config openssh winscp filezilla putty sites take over', Import),
      make('monitor', 'New monitor', () => navigate({ to: '/monitors/new' }), 'watch folder'),
      make('rule', 'New notification rule', () => navigate({ to: '/settings/notifications/new' }), 'alert e-mail'),
      make('pgp_key', 'Generate a PGP key', () => navigate({ to: '/keys', search: { make: 'generate' } }), 'new openpgp gpg'),
      make('ssh_key', 'Generate an SSH key', () => navigate({ to: '/keys', search: { kind: 'ssh', make: 'generate' } }), 'new'),
      make('pgp_import', 'Import a PGP key', () => navigate({ to: '/keys', search: { make: 'import' } }), 'openpgp gpg public certificate', Import),
      make('ssh_import', 'Import an SSH key', () => navigate({ to: '/keys', search: { kind: 'ssh', make: 'import' } }), 'putty ppk openssh', Import),
      make('calendar', 'New calendar', () => navigate({ to: '/settings', search: { make: 'new' } }), 'holidays'),
      make('tag', 'New tag', () => navigate({ to: '/settings/tags', search: { make: 'new' } }), 'label'),
    ];
  }, [navigate]);
}
