import { describe, expect, it } from 'vitest';
import { auditSearch, filterOf, isFiltered, timeOf } from './filters';

describe('the record narrowed in the address', () => {
  it('takes what makes sense', () => {
    expect(auditSearch({ kind: 'job', about: 2027, did: 'Updated', by: 'system', span: 'dates', from: '2026-03-01', to: '2026-03-02', until: '17', entry: 12 })).toEqual({
      kind: 'job', about: '2027', did: 'Updated', by: 'system', span: 'dates', from: '2026-03-01', to: '2026-03-02', until: 17, entry: 12,
    });
    expect(auditSearch({ kind: 'planet', about: '', span: 'year', from: 'soon', until: '-1', entry: 'x', other: 1 })).toEqual({});
  });

  it('counts days as the clock here does, the last one too', () => {
    expect(timeOf({ span: 'dates', from: '2026-03-01', to: '2026-03-02' }, 0)).toEqual({ since: new Date(2026, 2, 1).toISOString(), until: new Date(2026, 2, 3).toISOString() });
    expect(timeOf({ span: 'dates', to: '2026-12-31' }, 0)).toEqual({ since: null, until: new Date(2027, 0, 1).toISOString() });
    expect(timeOf({ span: 'week' }, Date.parse('2026-03-08T12:00:00Z'))).toEqual({ since: '2026-03-01T12:00:00.000Z', until: null });
    // Days that were left behind by another choice do not count.
    expect(timeOf({ from: '2026-03-01' }, 0)).toEqual({ since: null, until: null });
  });

  it('asks for what is chosen', () => {
    expect(filterOf({ kind: 'job', about: 'Invoices' }, 0)).toEqual({ entity_type: 'job', entity: 'Invoices', operation: null, performed_by: null, since: null, until: null });
    expect(isFiltered({ entry: 3 })).toBe(false);
    expect(isFiltered({ until: 3 })).toBe(true);
  });
});
