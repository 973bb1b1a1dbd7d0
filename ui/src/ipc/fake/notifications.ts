/** Notification rules and the outbox in memory: what was told stays as it was put there, and nothing is sent. */
import type {
  AuditableEntityType, DeliveryRow, DomainEvent, EventDelivery, EventType, NotificationChannel, NotificationRule, NotificationRuleRow, NotificationTrial, Problem, RuleDraft, Value,
} from '../bindings';
import type { Commands } from '../host';
import { appError, nameTaken } from './error';
import { ago, newId, type Data, type Execution } from './seed';

type Notifications = Pick<
  Commands,
  | 'notificationRulesList' | 'notificationRulesDeleted' | 'notificationRulesGet' | 'notificationRulesSave' | 'notificationRulesEnable'
  | 'notificationRulesDelete' | 'notificationRulesRestore' | 'notificationRulesTest' | 'eventsList' | 'deliveriesList' | 'eventsReplay'
>;

interface Subject {
  kind: AuditableEntityType;
  id: string;
  name: string | null;
}

export interface Outbox {
  rules: NotificationRuleRow[];
  /** Oldest first, each with what it is about. */
  events: { event: DomainEvent; subject: Subject }[];
  /** Oldest first. */
  deliveries: EventDelivery[];
  /** What comes of trying any rule's channel. */
  trial: NotificationTrial;
  /** The secrets that were entered, by rule. */
  secrets: Map<string, string>;
}

export const newOutbox = (): Outbox => ({ rules: [], events: [], deliveries: [], trial: { delivered: true, error: null }, secrets: new Map() });

let made = 0;
/** Ids in the order of age, as the cursors of lists need them. */
function orderedId(): string {
  made += 1;
  return `01932f1a-0000-7000-8000-${made.toString(16).padStart(12, '0')}`;
}

export function ruleOf(draft: RuleDraft, before?: NotificationRule): NotificationRule {
  const now = new Date().toISOString();
  return {
    id: before?.id ?? newId(), is_enabled: true, tags: [], jobs: [], chains: [], monitors: [], ...draft,
    created_at: before?.created_at ?? now, updated_at: now, is_deleted: false, deleted_at: null,
  };
}

/** An event, and its way to one rule. */
export function tellOf(
  data: Data, rule: NotificationRule, event_type: EventType, subject: Subject, at: string, delivery: Partial<EventDelivery> = {},
  raised: { entity_type: AuditableEntityType; entity_id: string; payload: Value } = { entity_type: subject.kind, entity_id: subject.id, payload: {} },
): EventDelivery {
  const state = delivery.state ?? 'delivered';
  const event: DomainEvent = {
    id: orderedId(), event_type, ...raised, occurred_at: at,
    processed_at: state === 'pending' ? null : at, processed_by: state === 'pending' ? null : 'system',
  };
  const told: EventDelivery = {
    id: orderedId(), event_id: event.id, rule_id: rule.id, state, attempts: state === 'delivered' ? 1 : 0, next_attempt_at: state === 'pending' ? at : null,
    delivered_at: state === 'delivered' ? at : null, last_error: null, created_at: at, updated_at: at, ...delivery,
  };
  data.outbox.events.push({ event, subject });
  data.outbox.deliveries.push(told);
  return told;
}

/** What is wrong with a draft, as the Rust side says it. */
function problemsOf({ name, event_types, channel }: RuleDraft): Problem[] {
  const problems: Problem[] = [];
  const push = (path: string, code: string, message: string) => problems.push({ path, code, message, severity: 'error' });
  if (name.trim() === '') push('name', 'required', 'Enter a name.');
  if (event_types.length === 0) push('event_types', 'required', 'Choose at least one event.');
  const refuse = (field: string, message: string) => push(`channel.${field}`, 'invalid', message);
  const address = (text: string) => /^[^@]+@.+/.test(text);
  if (channel.type === 'email') {
    if (channel.host.trim() === '') refuse('host', 'Enter the name of the mail server.');
    if (channel.port === 0) refuse('port', 'Enter a port from 1 to 65535.');
    if (!address(channel.from)) refuse('from', "Enter the sender's address, such as courier@example.org.");
    if (channel.to.length === 0 || !channel.to.every(address)) refuse('to', 'Enter at least one address, such as ops@example.org.');
  }
  if (channel.type === 'webhook' && !/^https?:\/\/(?![^/]*:[^/]*@)/.test(channel.url)) refuse('url', 'Enter an address that begins with https://, without a password in it.');
  if (channel.type === 'amqp' && !/^amqps?:\/\//.test(channel.url)) refuse('url', "Enter an address that begins with amqps://; the password is the rule's secret.");
  return problems;
}

const PAGE = 1_000;

/** The page of a list, newest first, that begins behind a cursor. */
function pageOf<T>(newest: readonly T[], idOf: (row: T) => string, after: string | null | undefined, limit: number | undefined): { items: T[]; next: string | null } {
  const rest = after ? newest.filter((row) => idOf(row) < after) : newest;
  const items = rest.slice(0, limit || PAGE);
  const last = items.at(-1);
  return { items, next: rest.length > items.length && last !== undefined ? idOf(last) : null };
}

export function createNotifications({ data, changed, needVault }: { data: Data; changed: (kind: 'notification_rule', id: string) => void; needVault: () => void }): Notifications {
  const { outbox } = data;
  const find = (id: string): NotificationRuleRow => {
    const row = outbox.rules.find((known) => known.rule.id === id);
    if (row === undefined) throw appError('not_found', 'There is no such notification rule.');
    return row;
  };
  const change = (id: string, fields: Partial<NotificationRule>): NotificationRuleRow => {
    const row = find(id);
    Object.assign(row.rule, fields, { updated_at: new Date().toISOString() });
    changed('notification_rule', id);
    return row;
  };
  const eventOf = (delivery: EventDelivery) => {
    const found = outbox.events.find(({ event }) => event.id === delivery.event_id);
    if (!found) throw appError('not_found', 'There is no such event.');
    return found;
  };
  const rowOf = (delivery: EventDelivery): DeliveryRow => {
    const { event, subject } = eventOf(delivery);
    return { delivery, rule: find(delivery.rule_id).rule.name, event_type: event.event_type, subject_type: subject.kind, subject_id: subject.id, subject_name: subject.name };
  };
  return {
    notificationRulesList: async () => outbox.rules.filter((row) => !row.rule.is_deleted).sort((a, b) => a.rule.name.localeCompare(b.rule.name)),
    notificationRulesDeleted: async () => outbox.rules.filter((row) => row.rule.is_deleted),
    notificationRulesGet: async (id) => find(id),
    notificationRulesSave: async (id, draft, secret, seen) => {
      const problems = problemsOf(draft);
      if (problems.length > 0) throw appError('validation', 'The rule is not complete.', problems);
      if (secret) needVault();
      const before = id === null ? undefined : find(id);
      if (outbox.rules.some(({ rule }) => rule.id !== id && !rule.is_deleted && rule.name.toLowerCase() === draft.name.toLowerCase())) throw nameTaken('notification rule', draft.name);
      if (before && seen !== null && before.rule.updated_at !== seen) throw appError('conflict', 'The notification rule was changed in the meantime.');
      const rule = ruleOf(draft, before?.rule);
      const kept = before?.has_secret === true && before.rule.channel.type === draft.channel.type && secret !== '';
      const row = { rule, has_secret: kept || Boolean(secret) };
      if (secret) outbox.secrets.set(rule.id, secret);
      outbox.rules = [...outbox.rules.filter((known) => known.rule.id !== rule.id), row];
      changed('notification_rule', rule.id);
      return row;
    },
    notificationRulesEnable: async (id, enabled) => change(id, { is_enabled: enabled }),
    notificationRulesDelete: async (id) => {
      change(id, { is_deleted: true, deleted_at: ago(0) });
      return null;
    },
    notificationRulesRestore: async (id) => change(id, { is_deleted: false, deleted_at: null }),
    notificationRulesTest: async (id) => {
      if (find(id).has_secret) needVault();
      return outbox.trial;
    },
    eventsList: async ({ event_type = null, entity_id = null, processed = null, after, limit }) => {
      const fits = outbox.events
        .map(({ event }) => event)
        .filter((event) => (event_type === null || event.event_type === event_type) && (entity_id === null || event.entity_id === entity_id) && (processed === null || (event.processed_at !== null) === processed));
      const page = pageOf(fits.reverse(), (event) => event.id, after, limit);
      return { ...page, items: page.items.map((event) => ({ event, deliveries: outbox.deliveries.filter((delivery) => delivery.event_id === event.id) })) };
    },
    deliveriesList: async ({ rule_id = null, state = null, after, limit }) => {
      const fits = outbox.deliveries.filter((delivery) => (rule_id === null || delivery.rule_id === rule_id) && (state === null || delivery.state === state));
      const page = pageOf(fits.reverse(), (delivery) => delivery.id, after, limit);
      return { ...page, items: page.items.map(rowOf) };
    },
    eventsReplay: async (events) => {
      const dead = outbox.deliveries.filter((delivery) => delivery.state === 'dead' && (events === null || events.includes(delivery.event_id)));
      for (const delivery of dead) {
        Object.assign(delivery, { state: 'pending', attempts: 0, next_attempt_at: ago(0), updated_at: ago(0) });
        Object.assign(eventOf(delivery).event, { processed_at: null, processed_by: null });
      }
      for (const id of new Set(dead.map((delivery) => delivery.rule_id))) changed('notification_rule', id);
      return dead.length;
    },
  };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Four rules, and what became of telling by them. */
export function tellTheStory(data: Data): void {
  const { outbox } = data;
  const add = (name: string, channel: NotificationChannel, event_types: EventType[], more: Partial<RuleDraft> = {}, has_secret = false): NotificationRule => {
    const rule = ruleOf({ name, event_types, channel, ...more });
    outbox.rules.push({ rule, has_secret });
    return rule;
  };
  const production = data.tags.find((tag) => tag.name === 'Production');
  const operations = add(
    'Tell operations',
    { type: 'email', host: 'mail.halden-rowe.example', port: 587, security: 'starttls', username: 'courier', from: 'courier@halden-rowe.example', to: ['ops@halden-rowe.example', 'm.koch@halden-rowe.example'] },
    ['JobFailed', 'ChainFailed', 'MonitorFailed', 'ScheduleMisfired', 'KeyExpiringSoon'], { tags: production ? [production.id] : [] }, true,
  );
  const tickets = add('Tickets', { type: 'webhook', url: 'https://tickets.halden-rowe.example/hooks/courier?queue=file-transfer' }, ['JobFailed'], {}, true);
  const bus = add('Ledger bus', { type: 'amqp', url: 'amqps://courier@mq.halden-rowe.example/finance', exchange: 'amq.topic', routing_key: 'courier.done' }, ['JobCompleted'], {}, true);
  const desk = add('On this computer', { type: 'desktop' }, ['JobFailed', 'ChainFailed', 'HostKeyChanged']);
  add(
    'Night shift', { type: 'email', host: 'mail.halden-rowe.example', port: 25, security: 'none', from: 'courier@halden-rowe.example', to: ['night@halden-rowe.example'] }, ['JobFailed'],
    { is_enabled: false, jobs: data.jobs.filter((job) => job.name === 'Ledger archive').map((job) => job.id), chains: data.chains.filter((chain) => chain.name === 'Morning close').map((chain) => chain.id) },
  );

  const about = (run: Execution): Subject => ({ kind: 'job', id: run.job_id, name: data.jobs.find((job) => job.id === run.job_id)?.name ?? null });
  const raised = (run: Execution) => ({
    entity_type: 'job_execution' as const, entity_id: run.id, payload: { job_id: run.job_id, error_code: run.error_code, error_message: run.error_message } as Value,
  });
  const completed = data.executions.filter((run) => run.state === 'completed');
  for (let n = 130; n > 0; n -= 1) {
    const run = completed[n % completed.length];
    if (run) tellOf(data, bus, 'JobCompleted', about(run), ago(4 * HOUR + n * 37 * MINUTE), {}, raised(run));
  }
  const failed = data.executions.filter((run) => run.state === 'failed').slice(-4);
  const [first, second, third, last] = failed;
  if (!first || !second || !third || !last) return;
  const busy = 'The mail server mail.halden-rowe.example did not take it: transient error (451): 4.7.1 Greylisting in action, please come back later.';
  tellOf(data, tickets, 'JobFailed', about(first), ago(3 * HOUR), { state: 'dead', attempts: 13, last_error: 'tickets.halden-rowe.example answered 503 Service Unavailable: maintenance until Monday' }, raised(first));
  tellOf(data, tickets, 'JobFailed', about(second), ago(2 * HOUR), { state: 'dead', attempts: 1, last_error: 'tickets.halden-rowe.example answered 410 Gone' }, raised(second));
  tellOf(data, desk, 'JobFailed', about(second), ago(2 * HOUR), {}, raised(second));
  tellOf(data, operations, 'JobFailed', about(third), ago(97 * MINUTE), { attempts: 2 }, raised(third));
  tellOf(data, operations, 'JobFailed', about(third), ago(75 * MINUTE), { state: 'suppressed' }, raised(third));
  tellOf(data, operations, 'JobFailed', about(last), ago(5 * MINUTE), { state: 'pending', attempts: 3, next_attempt_at: ago(-2 * MINUTE), last_error: busy }, raised(last));
  tellOf(data, desk, 'JobFailed', about(last), ago(5 * MINUTE), {}, raised(last));
  tellOf(data, tickets, 'JobFailed', about(last), ago(4 * MINUTE), { state: 'pending' }, raised(last));
}
