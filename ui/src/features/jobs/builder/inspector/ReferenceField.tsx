/** Choosing a connection or a PGP key, or several keys. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { KeyRound, Plus, Server, Workflow, X } from 'lucide-react';
import { Select, type Option } from '@/components/Select';
import { serverOptions } from '@/features/connections/options';
import { t } from '@/i18n';
import { connectionsQuery, jobsQuery, pgpKeysQuery } from '@/ipc';
import { day } from '@/lib/format';
import { useBuilder } from '../context';
import type { WidgetProps } from './widget';

const NONE = '-';

export function ConnectionField({ spec, value, onChange, onLeave, protocol }: WidgetProps) {
  const { data } = useQuery(connectionsQuery());
  // The one that is chosen stays in sight, even when the step cannot use it.
  const fitting = (data ?? []).filter(({ connection }) => protocol === null || connection.protocol === protocol || connection.id === value);
  const options = serverOptions(fitting);
  return (
    <div data-field={spec.name} onBlur={onLeave}>
      <Select
        value={typeof value === 'string' ? value : null}
        onChange={onChange}
        options={optional(options, spec.required)}
        placeholder={t('Choose a server')}
        label={spec.label}
        icon={<Server />}
        footer={
          <Link
            to="/connections/$connectionId"
            params={{ connectionId: 'new' }}
            className="flex h-[26px] items-center gap-2 rounded-[5px] px-2 text-accent-ink hover:bg-hover"
          >
            <Plus className="size-3.5" aria-hidden />
            {t('New connection')}
          </Link>
        }
      />
    </div>
  );
}

/** Another job; a job does not start itself. */
export function JobField({ spec, value, onChange, onLeave }: WidgetProps) {
  const { data } = useQuery(jobsQuery());
  const mine = useBuilder((state) => state.jobId);
  const options: Option<string>[] = (data ?? [])
    .filter((job) => job.id !== mine || job.id === value)
    .map((job) => ({ value: job.id, label: job.name, ...(!job.is_enabled && { note: t('disabled') }) }));
  return (
    <div data-field={spec.name} onBlur={onLeave}>
      <Select
        value={typeof value === 'string' ? value : null}
        onChange={onChange}
        options={optional(options, spec.required)}
        placeholder={t('Choose a job')}
        label={spec.label}
        icon={<Workflow />}
      />
    </div>
  );
}

const optional = (options: Option<string>[], required: boolean) =>
  required ? options : [{ value: NONE, label: t('None') }, ...options];

/** The keys that can be chosen, each with what there is to know of it. */
export function useKeyOptions(): Option<string>[] {
  const { data } = useQuery(pgpKeysQuery());
  return (data ?? [])
    .filter(({ key }) => !key.is_deleted)
    .map(({ key }) => ({
      value: key.id,
      label: key.name,
      note:
        key.status !== 'active'
          ? key.status === 'expiring' && key.expires_at
            ? t('until {{day}}', { day: day(key.expires_at) })
            : key.status
          : key.key_type === 'key_pair'
            ? t('key pair')
            : key.short_key_id.slice(-8),
    }));
}

export function KeyField({ spec, value, onChange, onLeave }: WidgetProps) {
  const options = useKeyOptions();
  return (
    <div data-field={spec.name} onBlur={onLeave}>
      <Select
        value={typeof value === 'string' ? value : null}
        onChange={(id) => onChange(id === NONE ? undefined : id)}
        options={optional(options, spec.required)}
        placeholder={spec.required ? t('Choose a key') : t('None')}
        label={spec.label}
        icon={<KeyRound />}
      />
    </div>
  );
}

export function KeysField({ spec, value, onChange, onLeave }: WidgetProps) {
  const options = useKeyOptions();
  const chosen = Array.isArray(value) ? value.filter((id) => typeof id === 'string') : typeof value === 'string' ? [value] : [];
  const set = (ids: string[]) => onChange(ids.length === 0 ? undefined : ids);
  return (
    <div data-field={spec.name} onBlur={onLeave} className="flex flex-col gap-1">
      {chosen.map((id) => {
        const option = options.find((candidate) => candidate.value === id);
        return (
          <div key={id} data-chosen={id} className="flex h-7 items-center gap-2 rounded-md border border-line bg-sunken pr-1 pl-2">
            <KeyRound className="size-3.5 flex-none text-faint" aria-hidden />
            <span className="min-w-0 flex-1 truncate">{option?.label ?? t('A key that is gone')}</span>
            <span className="text-xs text-faint">{option?.note}</span>
            <button
              type="button"
              aria-label={t('Remove {{label}}', { label: option?.label ?? t('this key') })}
              title={t('Remove')}
              className="rounded-sm p-0.5 text-faint hover:bg-hover hover:text-ink"
              onClick={() => set(chosen.filter((other) => other !== id))}
            >
              <X className="size-3.5" aria-hidden />
            </button>
          </div>
        );
      })}
      <Select
        value={null}
        onChange={(id) => set([...chosen, id])}
        options={options.filter((option) => !chosen.includes(option.value))}
        placeholder={chosen.length > 0 ? t('Add another key') : spec.required ? t('Choose a key') : t('Any')}
        label={spec.label}
        icon={<KeyRound />}
      />
    </div>
  );
}
