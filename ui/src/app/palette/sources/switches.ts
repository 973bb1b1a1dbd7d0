/** What is on or off: monitors, jobs, chains, connections, rules. */
import { useQuery } from '@tanstack/react-query';
import { CircleMinus, CirclePlus, Pause, Play } from 'lucide-react';
import { useMemo } from 'react';
import { useEnableChain } from '@/features/chains/useChainActions';
import { useEnableConnection } from '@/features/connections/useEnableConnection';
import { useEnableJobs } from '@/features/jobs/useEnableJobs';
import { MAIN, useSteerMonitors } from '@/features/monitors/useSteering';
import { useEnableRule } from '@/features/notifications/useRules';
import { t } from '@/i18n';
import { chainsQuery, connectionsQuery, jobsQuery, monitorsQuery, rulesQuery } from '@/ipc';
import type { Entry } from '../entry';

const SWITCHED = {
  monitor: { on: t('Enable monitor'), off: t('Disable monitor') },
  job: { on: t('Enable job'), off: t('Disable job') },
  chain: { on: t('Enable chain'), off: t('Disable chain') },
  connection: { on: t('Enable connection'), off: t('Disable connection') },
  rule: { on: t('Enable rule'), off: t('Disable rule') },
};

export function useSwitches(enabled: boolean): readonly Entry[] {
  const { data: jobs } = useQuery({ ...jobsQuery(), enabled });
  const { data: chains } = useQuery({ ...chainsQuery(), enabled });
  const { data: monitors } = useQuery({ ...monitorsQuery(), enabled });
  const { data: connections } = useQuery({ ...connectionsQuery(), enabled });
  const { data: rules } = useQuery({ ...rulesQuery(), enabled });
  const { mutate: enableJobs } = useEnableJobs();
  const { mutate: enableChain } = useEnableChain();
  const { mutate: enableConnection } = useEnableConnection();
  const { mutate: enableRule } = useEnableRule();
  const { one: { mutate: steer }, all: { mutate: steerAll } } = useSteerMonitors();
  return useMemo(() => {
    const enabling = (kind: keyof typeof SWITCHED, id: string, name: string, on: boolean, act: () => void): Entry => ({
      id: `switch:${kind}:${id}`, group: 'Switch', kind: SWITCHED[kind][on ? 'off' : 'on'], name: on ? t('Disable {{name}}', { name }) : t('Enable {{name}}', { name }),
      words: on ? t('off stop') : t('on'), icon: on ? CircleMinus : CirclePlus, quiet: true, act,
    });
    const active = (monitors ?? []).filter(({ monitor }) => monitor.state === 'active').length;
    const paused = (monitors ?? []).filter(({ monitor }) => monitor.state === 'paused').length;
    return [
      {
        id: 'switch:monitors:pause', group: 'Switch', kind: t('Pause monitors'), name: t('Pause all monitors'), words: t('stop watching'), icon: Pause,
        refused: active === 0 ? t('No monitor is active') : undefined, act: () => steerAll('pause'),
      },
      {
        id: 'switch:monitors:resume', group: 'Switch', kind: t('Resume monitors'), name: t('Resume all monitors'), words: t('those that were paused together'), icon: Play,
        refused: paused === 0 ? t('No monitor is paused') : undefined, act: () => steerAll('resume'),
      },
      ...(monitors ?? []).flatMap(({ monitor }): Entry[] => {
        const { event, kind, name, title } = MAIN[monitor.state];
        return [
          {
            id: `switch:monitor:${monitor.id}`, group: 'Switch', kind, name: name(monitor.name), words: title,
            icon: event === 'pause' ? Pause : Play, quiet: true, act: () => steer({ monitor, event }),
          },
          ...(monitor.state === 'disabled' ? [] : [enabling('monitor', `${monitor.id}:off`, monitor.name, true, () => steer({ monitor, event: 'disable' }))]),
        ];
      }),
      ...(jobs ?? []).map((job) => enabling('job', job.id, job.name, job.is_enabled, () => enableJobs({ jobs: [job], enabled: !job.is_enabled }))),
      ...(chains ?? []).map((chain) => enabling('chain', chain.id, chain.name, chain.is_enabled, () => enableChain({ chain, enabled: !chain.is_enabled }))),
      ...(connections ?? []).map(({ connection }) =>
        enabling('connection', connection.id, connection.name, connection.status === 'active', () =>
          enableConnection({ connection, status: connection.status === 'active' ? 'disabled' : 'active' })),
      ),
      ...(rules ?? []).map(({ rule }) => enabling('rule', rule.id, rule.name, rule.is_enabled, () => enableRule({ rule, enabled: !rule.is_enabled }))),
    ] satisfies Entry[];
  }, [jobs, chains, monitors, connections, rules, enableJobs, enableChain, enableConnection, enableRule, steer, steerAll]);
}
