import { Play } from 'lucide-react';
import { describe, expect, it } from 'vitest';
import type { Entry } from './entry';
import { glance, indexed, MOST_IN_GROUP, offered, rankOf, search, wantedOf } from './ranking';

const entry = (name: string, more: Partial<Entry> = {}): Entry => ({ id: name, group: 'Jobs', kind: 'Job', name, icon: Play, act: () => undefined, ...more });

function rank(name: string, typed: string, more: Partial<Entry> = {}): number | null {
  const [one] = indexed([entry(name, more)]);
  return one === undefined ? null : rankOf(one, wantedOf(typed));
}

const names = (shown: ReturnType<typeof search>) => shown.flatMap(({ entries }) => entries.map(({ name }) => name));

describe('the ranking of the palette', () => {
  it('puts what begins so first, then words, then parts, then letters in order', () => {
    expect(rank('Payroll to Vantage', 'pay')).toBe(0);
    expect(rank('Vantage payroll', 'PAY')).toBe(1);
    expect(rank('Vantage payroll', 'pay van')).toBe(1);
    expect(rank('Bank', 'bank.example', { detail: 'sftp.bank.example' })).toBe(2);
    expect(rank('Repayments', 'pay')).toBe(3);
    expect(rank('Vantage payroll', 'vpr')).toBe(4);
    expect(rank('Vantage payroll', 'rpv')).toBeNull();
    expect(rank('Vantage payroll', 'q')).toBeNull();
  });

  it('takes no letters in order from the middle of a word', () => {
    expect(rank('Vantage', 'nge')).toBeNull();
    expect(rank('Send to Vantage', 'vge')).toBe(4);
  });

  it('shows the group with the best first and no more rows of one than fit a glance', () => {
    const jobs = Array.from({ length: 1000 }, (_, n) => entry(`Send orders ${n}`));
    const shown = search(indexed([...jobs, entry('Orders', { id: 'tag', group: 'Tags', kind: 'Tag' })]), [], 'orders', []);
    expect(shown.map(({ group, total, entries }) => [group, total, entries.length])).toEqual([['Tags', 1, 1], ['Jobs', 1000, MOST_IN_GROUP]]);
  });

  it('puts what was chosen lately first among equals, and not before what fits better', () => {
    const index = indexed([entry('Orders in'), entry('Orders out'), entry('Send orders')]);
    expect(names(search(index, [], 'orders', ['Send orders', 'Orders out']))).toEqual(['Orders out', 'Orders in', 'Send orders']);
  });

  it('keeps what the store has found by other means', () => {
    expect(names(search([], [entry('orders.csv', { group: 'Files' })], '/out/2026', []))).toEqual(['orders.csv']);
  });

  it('offers recent choices first, none of them twice, and nothing that is only looked for', () => {
    const [run, go, quiet] = [entry('Run it', { group: 'Run' }), entry('Go', { group: 'Go to' }), entry('Job', { quiet: true })];
    expect(offered([run, go, quiet], [run]).map(({ group, entries }) => [group, entries.map(({ name }) => name)])).toEqual([['Recent', ['Run it']], ['Go to', ['Go']]]);
  });

  it('begins with no more than a glance, cut within a group', () => {
    const many = offered(Array.from({ length: 40 }, (_, n) => entry(`Place ${n}`, { group: n < 10 ? 'Create' : 'Go to' })), []);
    const first = glance(many);
    expect(first.map(({ group, entries, total }) => [group, entries.length, total])).toEqual([['Create', 10, 10], ['Go to', 8, 30]]);
    expect(names([...first])).toEqual(names([...many]).slice(0, 18));
  });
});
