import { describe, expect, it } from 'vitest';
import type { AuditableEntityType } from './bindings';
import bindings from './bindings.ts?raw';
import { keysOf } from './events';

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
    expect(keys).not.toContainEqual(['executions']);
  });

  it('asks for the status again when the vault changed', () => {
    expect(keysOf({ entity_type: 'vault', entity_id: '' })).toContainEqual(['status']);
  });
});
