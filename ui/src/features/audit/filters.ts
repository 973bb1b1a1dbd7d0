/** What the list is narrowed to, as it stands in the address. */
import type { AuditableEntityType, AuditQuery } from '@/ipc';
import { THINGS } from '@/features/notifications/words';

export type Span = 'day' | 'week' | 'month' | 'dates';

export interface AuditSearch {
  kind?: AuditableEntityType;
  /** A name, an id, or the key of a setting. */
  about?: string;
  did?: string;
  by?: string;
  span?: Span;
  /** Of the span `dates`: the first and the last day, `2026-03-01`. */
  from?: string;
  to?: string;
  /** The list begins with this entry; newer ones are left out. */
  until?: number;
  /** The entry that the panel shows. */
  entry?: number;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const SPANS: readonly string[] = ['day', 'week', 'month', 'dates'] satisfies Span[];

/** What is in an address is read as far as it makes sense. */
export function auditSearch(search: Record<string, unknown>): AuditSearch {
  const text = (name: string) => (typeof search[name] === 'string' || typeof search[name] === 'number' ? String(search[name]) : '');
  const whole = (name: string) => (/^\d{1,15}$/.test(text(name)) ? Number(text(name)) : null);
  const [until, entry] = [whole('until'), whole('entry')];
  return {
    ...(Object.hasOwn(THINGS, text('kind')) ? { kind: text('kind') as AuditableEntityType } : {}),
    ...(text('about') === '' ? {} : { about: text('about') }),
    ...(text('did') === '' ? {} : { did: text('did') }),
    ...(text('by') === '' ? {} : { by: text('by') }),
    ...(SPANS.includes(text('span')) ? { span: text('span') as Span } : {}),
    ...(DAY.test(text('from')) ? { from: text('from') } : {}),
    ...(DAY.test(text('to')) ? { to: text('to') } : {}),
    ...(until === null ? {} : { until }),
    ...(entry === null ? {} : { entry }),
  };
}

const DAYS: Record<Exclude<Span, 'dates'>, number> = { day: 1, week: 7, month: 30 };
const DAY_MS = 86_400_000;

/** From when until before when, as the clock here counts days. */
export function timeOf({ span, from, to }: AuditSearch, now: number): { since: string | null; until: string | null } {
  if (span === undefined) return { since: null, until: null };
  if (span !== 'dates') return { since: new Date(now - DAYS[span] * DAY_MS).toISOString(), until: null };
  return { since: from ? midnight(from, 0) : null, until: to ? midnight(to, 1) : null };
}

/** When a day begins, so many days later. */
function midnight(date: string, later: number): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return new Date(year, month - 1, day + later).toISOString();
}

export type AuditFilter = Required<Pick<AuditQuery, 'entity_type' | 'entity' | 'operation' | 'performed_by' | 'since' | 'until'>>;

export function filterOf(search: AuditSearch, now: number): AuditFilter {
  return { entity_type: search.kind ?? null, entity: search.about ?? null, operation: search.did ?? null, performed_by: search.by ?? null, ...timeOf(search, now) };
}

export const isFiltered = ({ kind, about, did, by, span, until }: AuditSearch): boolean => [kind, about, did, by, span, until].some((part) => part !== undefined);
