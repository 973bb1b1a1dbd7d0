/** Pages that are asked for outside the window: a click on a notification, a run in the tray. */
import { useNavigate, type NavigateOptions } from '@tanstack/react-router';
import { useEffect } from 'react';
import { host, invoke, type Page } from '@/ipc';

type Address = Pick<NavigateOptions, 'to' | 'params' | 'search'>;

/** Where a thing is shown. One exhaustive switch: a new kind does not compile until it says where it is. */
export function addressOf({ entity_type, entity_id, chain_id }: Page): Address {
  switch (entity_type) {
    case 'job':
      return { to: '/jobs/$jobId', params: { jobId: entity_id } };
    case 'job_execution':
      return { to: '/executions/$executionId', params: { executionId: entity_id } };
    case 'chain':
      return { to: '/chains/$chainId', params: { chainId: entity_id } };
    case 'chain_execution':
      return chain_id === null ? { to: '/chains' } : { to: '/chains/$chainId', params: { chainId: chain_id }, search: { run: entity_id } };
    case 'file_monitor':
      return { to: '/monitors/$monitorId', params: { monitorId: entity_id } };
    case 'connection':
      return { to: '/connections/$connectionId', params: { connectionId: entity_id } };
    case 'pgp_key':
      return { to: '/keys', search: { key: entity_id } };
    case 'ssh_key':
      return { to: '/keys', search: { kind: 'ssh', key: entity_id } };
    case 'notification_rule':
      return { to: '/settings/notifications/$ruleId', params: { ruleId: entity_id } };
    case 'calendar':
    case 'system_setting':
    case 'vault':
      return { to: '/settings' };
    case 'step_execution':
      return { to: '/executions' };
    case 'schedule':
    case 'tag':
      return { to: '/jobs' };
    default:
      return unreachable(entity_type);
  }
}

function unreachable(kind: never): Address {
  throw new Error(`Unknown entity type ${String(kind)}`);
}

/** Goes where it is asked to, also to what was asked for before the page was there. */
export function useAskedPages(): void {
  const navigate = useNavigate();
  useEffect(
    () =>
      host().onPageAsked(() => {
        void invoke.pageAsked().then((page) => page && navigate(addressOf(page)));
      }),
    [navigate],
  );
}
