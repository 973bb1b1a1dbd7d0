/** What is in the store, by name; choosing one opens it. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { BellRing, FileKey, KeyRound, Radar, Server, Tag, Waypoints, Workflow } from 'lucide-react';
import { useMemo } from 'react';
import { DISABLED, KEY_STATES } from '@/components/State';
import { MONITOR_STATES } from '@/features/monitors/words';
import { usesWords } from '@/features/tags/words';
import { t } from '@/i18n';
import { chainsQuery, connectionsQuery, jobsQuery, monitorsQuery, pgpKeysQuery, rulesQuery, sshKeysQuery, tagsQuery, type Tag as TagOf } from '@/ipc';
import type { Entry } from '../entry';

const tagged = (tags: readonly TagOf[]) => tags.map(({ name }) => name).join(' ');

export function useThings(enabled: boolean): readonly Entry[] {
  const navigate = useNavigate();
  const { data: jobs } = useQuery({ ...jobsQuery(), enabled });
  const { data: chains } = useQuery({ ...chainsQuery(), enabled });
  const { data: monitors } = useQuery({ ...monitorsQuery(), enabled });
  const { data: connections } = useQuery({ ...connectionsQuery(), enabled });
  const { data: pgp } = useQuery({ ...pgpKeysQuery(), enabled });
  const { data: ssh } = useQuery({ ...sshKeysQuery(), enabled });
  const { data: tags } = useQuery({ ...tagsQuery(), enabled });
  const { data: rules } = useQuery({ ...rulesQuery(), enabled });
  return useMemo(
    () => [
      ...(jobs ?? []).map(({ id, name, is_enabled, tags }): Entry => ({
        id: `job:${id}`, group: 'Jobs', kind: t('Job'), name, words: tagged(tags), icon: Workflow, state: is_enabled ? undefined : DISABLED,
        act: () => void navigate({ to: '/jobs/$jobId', params: { jobId: id } }),
      })),
      ...(chains ?? []).map(({ id, name, is_enabled, tags }): Entry => ({
        id: `chain:${id}`, group: 'Chains', kind: t('Chain'), name, words: tagged(tags), icon: Waypoints, state: is_enabled ? undefined : DISABLED,
        act: () => void navigate({ to: '/chains/$chainId', params: { chainId: id } }),
      })),
      ...(monitors ?? []).map(({ monitor: { id, name, state, watch_target }, tags }): Entry => ({
        id: `monitor:${id}`, group: 'Monitors', kind: t('Monitor'), name, detail: watch_target.path, words: tagged(tags), icon: Radar,
        state: state === 'active' ? undefined : MONITOR_STATES[state],
        act: () => void navigate({ to: '/monitors/$monitorId', params: { monitorId: id } }),
      })),
      ...(connections ?? []).map(({ connection: { id, name, host, protocol, group, status }, tags }): Entry => ({
        id: `connection:${id}`, group: 'Connections', kind: t('Connection'), name, detail: host, words: `${protocol} ${group ?? ''} ${tagged(tags)}`, icon: Server,
        state: status === 'active' ? undefined : DISABLED,
        act: () => void navigate({ to: '/connections/$connectionId', params: { connectionId: id } }),
      })),
      ...(pgp ?? []).map(({ key: { id, name, fingerprint, short_key_id, status }, tags }): Entry => ({
        id: `pgp_key:${id}`, group: 'Keys', kind: t('PGP key'), name, detail: short_key_id, words: `${fingerprint} ${tagged(tags)}`, icon: KeyRound,
        state: status === 'active' ? undefined : KEY_STATES[status],
        act: () => void navigate({ to: '/keys', search: { key: id } }),
      })),
      ...(ssh ?? []).map(({ key: { id, name, fingerprint, status }, tags }): Entry => ({
        id: `ssh_key:${id}`, group: 'Keys', kind: t('SSH key'), name, words: `${fingerprint} ${tagged(tags)}`, icon: FileKey,
        state: status === 'active' ? undefined : KEY_STATES[status],
        act: () => void navigate({ to: '/keys', search: { kind: 'ssh', key: id } }),
      })),
      ...(tags ?? []).map(({ tag: { id, name, category, description }, uses }): Entry => ({
        id: `tag:${id}`, group: 'Tags', kind: t('Tag'), name, detail: usesWords(uses), words: `${category ?? ''} ${description ?? ''}`, icon: Tag,
        act: () => void navigate({ to: '/settings/tags', search: { tag: id } }),
      })),
      ...(rules ?? []).map(({ rule: { id, name, is_enabled } }): Entry => ({
        id: `rule:${id}`, group: 'Notification rules', kind: t('Rule'), name, icon: BellRing, state: is_enabled ? undefined : DISABLED,
        act: () => void navigate({ to: '/settings/notifications/$ruleId', params: { ruleId: id } }),
      })),
    ].map((entry) => ({ ...entry, quiet: true })),
    [navigate, jobs, chains, monitors, connections, pgp, ssh, tags, rules],
  );
}
