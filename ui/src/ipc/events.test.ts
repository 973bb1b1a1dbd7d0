import type { QueryClient } from '@tanstack/react-query';
import { describe, expect, it, vi } from 'vitest';
import type { AuditableEntityType } from './bindings';
import bindings from './bindings.ts?raw';
import { followChanges, keysOf } from './events';
import { createFakeHost, emptyData } from './fake';
import { installHost } from './host';

const kinds = [...(/export type AuditableEntityType =([^;]*);/.exec(bindings)?.[1] ?? '').matchAll(/"([a-z_]+)"/g)].map((m) => m[1] as AuditableEntityType);

describe('changes and what they make stale', () => {
  it('knows every kind of entity', () => {
    expect(kinds.length).toBeGreaterThan(8);
    for (const entity_type of kinds) expect(() => keysOf({ entity_type, entity_id: 'x' })).not.toThrow();
  });

  it('asks again for a run and the lists that show it, and not for other runs', () => {
    const keys = keysOf({ entity_type: 'job_execution', entity_id: 'a' });
    expect(keys).toContainEqual(['executions', 'one', 'a']);
    expect(keys).toContainEqual(['jobs', 'list']);
    expect(keys).toContainEqual(['files']);
    expect(keys).not.toContainEqual(['executions']);
  });

  it('asks again for a run of a chain when it, or the run of a member, changed', () => {
    const run = keysOf({ entity_type: 'chain_execution', entity_id: 'a' });
    expect(run).toContainEqual(['chain_runs', 'one', 'a']);
    expect(run).toContainEqual(['chains', 'list']);
    expect(run).not.toContainEqual(['chain_runs']);
    expect(keysOf({ entity_type: 'job_execution', entity_id: 'b' })).toContainEqual(['chain_runs']);
    expect(keysOf({ entity_type: 'chain', entity_id: 'c' })).toEqual([['chains'], ['schedules'], ['monitors'], ['tags']]);
    expect(keysOf({ entity_type: 'schedule', entity_id: 'd' })).toContainEqual(['chains']);
  });

  it('asks for every run again when many changed at once', () => {
    const keys = keysOf({ entity_type: 'job_execution', entity_id: '00000000-0000-0000-0000-000000000000' });
    expect(keys).toContainEqual(['executions']);
  });

  it('asks at once, and of many changes of one thing only once more', async () => {
    vi.useFakeTimers();
    const host = createFakeHost({ data: emptyData() });
    installHost(host);
    const asked: string[] = [];
    const client = { invalidateQueries: ({ queryKey }: { queryKey: readonly unknown[] }) => asked.push(queryKey.join(' ')) };
    const stop = followChanges(client as unknown as QueryClient);
    const times = () => asked.filter((key) => key === 'executions one').length;
    for (let n = 0; n < 50; n += 1) host.emit({ entity_type: 'step_execution', entity_id: '' });
    expect(times()).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(times()).toBe(2);
    host.emit({ entity_type: 'step_execution', entity_id: '' });
    expect(times()).toBe(3);
    host.emit({ entity_type: 'step_execution', entity_id: '' });
    stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(times()).toBe(3);
    vi.useRealTimers();
  });

  it('asks again for what a schedule or a monitor changes', () => {
    expect(keysOf({ entity_type: 'schedule', entity_id: 'a' })).toEqual([['schedules'], ['schedule_preview'], ['chains'], ['calendars']]);
    expect(keysOf({ entity_type: 'file_monitor', entity_id: 'a' })).toEqual([['monitors'], ['calendars'], ['tags']]);
    expect(keysOf({ entity_type: 'calendar', entity_id: 'a' })).toEqual([['calendars'], ['schedules'], ['schedule_preview'], ['monitors'], ['chains']]);
    expect(keysOf({ entity_type: 'job_execution', entity_id: 'a' })).toContainEqual(['monitors', 'files']);
    expect(keysOf({ entity_type: 'job', entity_id: 'a' })).toContainEqual(['dependencies']);
  });

  it('asks again for what was told when a rule changed', () => {
    expect(keysOf({ entity_type: 'notification_rule', entity_id: 'a' })).toEqual([['notification_rules'], ['deliveries'], ['tags']]);
  });

  it('asks for the status again when the vault changed', () => {
    expect(keysOf({ entity_type: 'vault', entity_id: '' })).toContainEqual(['status']);
  });
});
