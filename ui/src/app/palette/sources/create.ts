/** Everything that a person can make. */
import { useNavigate } from '@tanstack/react-router';
import { Import, LayoutTemplate, Plus, type LucideIcon } from 'lucide-react';
import { useMemo } from 'react';
import { t } from '@/i18n';
import { useChrome } from '../../chrome';
import type { Entry } from '../entry';

export function useCreations(): readonly Entry[] {
  const navigate = useNavigate();
  return useMemo(() => {
    const make = (what: string, name: string, act: () => unknown, words = '', icon: LucideIcon = Plus): Entry => ({
      id: `new:${what}`, group: 'Create', kind: t('Create'), name, icon, words: t('add create make {{words}}', { words }), act: () => void act(),
    });
    return [
      make('job', t('New job'), () => navigate({ to: '/jobs/new' })),
      make('job:template', t('New job from a template'), () => navigate({ to: '/jobs', search: { make: 'template' } }), t('gallery example sample'), LayoutTemplate),
      make('chain', t('New chain'), () => navigate({ to: '/chains/new' })),
      make('connection', t('New connection'), () => navigate({ to: '/connections/$connectionId', params: { connectionId: 'new' } }), t('server sftp ftp ftps')),
      make('connection:import', t('Import connections'), () => useChrome.getState().setImport(true), t('ssh config openssh winscp filezilla putty sites take over'), Import),
      make('monitor', t('New monitor'), () => navigate({ to: '/monitors/new' }), t('watch folder')),
      make('rule', t('New notification rule'), () => navigate({ to: '/settings/notifications/new' }), t('alert e-mail')),
      make('pgp_key', t('Generate a PGP key'), () => navigate({ to: '/keys', search: { make: 'generate' } }), t('new openpgp gpg')),
      make('ssh_key', t('Generate an SSH key'), () => navigate({ to: '/keys', search: { kind: 'ssh', make: 'generate' } }), t('new')),
      make('pgp_import', t('Import a PGP key'), () => navigate({ to: '/keys', search: { make: 'import' } }), t('openpgp gpg public certificate'), Import),
      make('ssh_import', t('Import an SSH key'), () => navigate({ to: '/keys', search: { kind: 'ssh', make: 'import' } }), t('putty ppk openssh'), Import),
      make('calendar', t('New calendar'), () => navigate({ to: '/settings', search: { make: 'new' } }), t('holidays')),
      make('tag', t('New tag'), () => navigate({ to: '/settings/tags', search: { make: 'new' } }), t('label')),
    ];
  }, [navigate]);
}
