/** What narrows the record: what it is about, what was done, by whom, and when. */
import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { IconButton } from '@/components/Button';
import { FilterChoice, FilterInput } from '@/components/FilterInput';
import { Input } from '@/components/Input';
import { THINGS } from '@/features/notifications/words';
import { locale, t } from '@/i18n';
import { auditChoicesQuery, type AuditableEntityType } from '@/ipc';
import { useSearchInAddress } from '@/lib/useSearchInAddress';
import { kindWords } from './about';
import { operationWords } from './details';
import type { AuditSearch, Span } from './filters';

const ANY = '-';
const KINDS = [
  { value: ANY, label: t('anything') },
  ...(Object.keys(THINGS) as AuditableEntityType[]).map((kind) => ({ value: kind as string, label: kindWords(kind) })).sort((a, b) => a.label.localeCompare(b.label)),
];
const SPANS: readonly { value: Span | typeof ANY; label: string }[] = [
  { value: ANY, label: t('any time') },
  { value: 'day', label: t('in 24 hours') },
  { value: 'week', label: t('in 7 days') },
  { value: 'month', label: t('in 30 days') },
  { value: 'dates', label: t('between days') },
];

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A day as the address and the fields write it, as the clock here has it. */
const dayOf = (at: Date) => `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`;
const WEEK_MS = 7 * 86_400_000;

export function Filters({ search, name, onChange }: { search: AuditSearch; name: string | null; onChange: (change: Partial<AuditSearch>) => void }) {
  const { data: choices } = useQuery(auditChoicesQuery());
  const { kind, about, did, by, span, from, to, until } = search;
  const one = about !== undefined && ID.test(about);
  const set = <K extends keyof AuditSearch>(key: K) => (value: string) => onChange({ [key]: value === ANY ? undefined : value } as Partial<AuditSearch>);
  return (
    <>
      {one ? (
        <Narrowed what={t('About')} words={name ?? about} clear={t('Show entries about everything')} onClear={() => onChange({ about: undefined })} />
      ) : (
        <AboutInput about={about ?? ''} onChange={(next) => onChange({ about: next === '' ? undefined : next })} />
      )}
      <FilterChoice id="kind-filter" label={t('To')} value={kind ?? ANY} onChange={set('kind')} options={KINDS} />
      <FilterChoice id="did-filter" label={t('Did')} value={did ?? ANY} onChange={set('did')} options={withNow(t('anything'), choices?.operations, did, operationWords)} />
      <FilterChoice id="by-filter" label={t('Who')} value={by ?? ANY} onChange={set('by')} options={withNow(t('anybody'), choices?.people, by, (who) => who)} />
      <FilterChoice
        id="span-filter"
        label={t('When')}
        value={span ?? ANY}
        onChange={(next) =>
          onChange(
            next === 'dates'
              ? { span: next, from: dayOf(new Date(Date.now() - WEEK_MS)), to: dayOf(new Date()) }
              : { span: next === ANY ? undefined : next, from: undefined, to: undefined },
          )
        }
        options={SPANS}
      />
      {span === 'dates' && (
        <span className="inline-flex items-center gap-1.5 text-sm text-muted">
          <DayInput id="from-filter" label={t('The first day')} value={from} onChange={(day) => onChange({ from: day })} />
          {t('to')}
          <DayInput id="to-filter" label={t('The last day')} value={to} onChange={(day) => onChange({ to: day })} />
        </span>
      )}
      {until !== undefined && <Narrowed what={t('Up to entry')} words={until.toLocaleString(locale)} clear={t('Show newer entries too')} onClear={() => onChange({ until: undefined })} />}
    </>
  );
}

/** The known ones; and what is chosen, though it may be of another time. */
function withNow(any: string, known: readonly string[] | undefined, chosen: string | undefined, words: (value: string) => string) {
  const all = [...new Set([...(known ?? []), ...(chosen === undefined ? [] : [chosen])])];
  return [{ value: ANY, label: any }, ...all.map((value) => ({ value, label: words(value) }))];
}

function AboutInput({ about, onChange }: { about: string; onChange: (about: string) => void }) {
  const [text, setText] = useSearchInAddress(about, onChange);
  return <FilterInput value={text} onChange={setText} placeholder={t('Whole name or id')} className="w-[168px]" />;
}

function DayInput({ id, label, value, onChange }: { id: string; label: string; value: string | undefined; onChange: (day: string | undefined) => void }) {
  return (
    <Input
      id={id}
      small
      type="date"
      aria-label={label}
      boxClassName="w-[126px]"
      // Empty it shows today's date, as if it were filled in.
      className={value === undefined ? 'opacity-50' : undefined}
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
    />
  );
}

function Narrowed({ what, words, clear, onClear }: { what: string; words: string; clear: string; onClear: () => void }) {
  return (
    <span className="inline-flex h-6 items-center rounded-[5px] border border-line pr-0.5 text-sm text-muted" data-narrowed={what}>
      <span className="border-r border-line px-[7px] leading-[22px]">{what}</span>
      <span className="max-w-56 truncate px-[7px] font-medium text-ink" title={words}>{words}</span>
      <IconButton label={clear} size="sm" className="size-5" onClick={onClear}>
        <X />
      </IconButton>
    </span>
  );
}
