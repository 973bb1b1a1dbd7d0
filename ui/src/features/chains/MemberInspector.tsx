/** One member: its name, its job, the job's values, and what it waits for. */
import { Link } from '@tanstack/react-router';
import { ExternalLink, Trash2, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { IconButton } from '@/components/Button';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Inspector, InspectorSection } from '@/components/Inspector';
import { Select } from '@/components/Select';
import { t } from '@/i18n';
import type { JobRow } from '@/ipc';
import { useChain, useChainStore } from './context';
import { MemberParameters } from './MemberParameters';
import type { Member } from './model/doc';
import { ofMember } from './model/problems';
import { Upstreams } from './Upstreams';

type Condition = 'success' | 'any';
const CONDITIONS: readonly { value: Condition; label: string }[] = [
  { value: 'success', label: t('after success') },
  { value: 'any', label: t('also after failure') },
];

export function MemberInspector({ member, jobs }: { member: Member; jobs: readonly JobRow[] }) {
  const store = useChainStore();
  const members = useChain((state) => state.doc.members);
  const place = useRef<HTMLDivElement>(null);
  const wanted = useChain((state) => state.focus);
  const asked = useRef(wanted);
  useEffect(() => {
    if (wanted === null || wanted === asked.current) return;
    asked.current = wanted;
    place.current?.querySelector<HTMLElement>(`[data-field="${wanted.field}"]`)?.focus();
  }, [wanted]);
  const { rename, remove, setAlso, setJob, disconnect } = store.getState();
  const job = jobs.find((row) => row.id === member.job_id);
  return (
    <div ref={place} className="contents">
      <Inspector
        title={member.name || t('No name')}
        actions={
          <>
            <Link to="/jobs/$jobId" params={{ jobId: member.job_id }} aria-label={t('Open the job')} title={t('Open the job')} className="grid size-6 place-items-center rounded-[5px] text-muted hover:bg-hover hover:text-ink">
              <ExternalLink className="size-3.5" aria-hidden />
            </Link>
            <IconButton id="remove-member" size="sm" label={t('Remove {{name}} from the chain', { name: member.name || t('the member') })} shortcut="Del" onClick={() => remove(member.key)}>
              <Trash2 />
            </IconButton>
          </>
        }
      >
        <InspectorSection>
          <Field label={t('Name')} required error={useFieldError(member, 'name')} help={t('Templates and runs call it so.')}>
            <Input id="member-name" data-field="name" value={member.name} onChange={(event) => rename(member.key, event.target.value)} />
          </Field>
          <Field label={t('Job')} error={useFieldError(member, 'job_id')} help={job?.is_enabled === false ? t('It is disabled; the chain fails here.') : undefined}>
            <JobSelect id="member-job" value={member.job_id} jobs={jobs} onChange={(id) => setJob(member.key, id)} />
          </Field>
        </InspectorSection>
        <InspectorSection title={t('Runs after')}>
          {member.after.length > 0 && (
            <ul className="flex flex-col gap-1.5">
              {member.after.map((edge) => {
                const name = members.find((other) => other.key === edge.from)?.name || t('No name');
                return (
                  <li key={edge.from} className="flex items-center gap-1" data-after={name}>
                    <span className="min-w-0 flex-1 truncate" title={name}>{name}</span>
                    <Select<Condition>
                      small
                      label={t('When {{name}} has ended', { name })}
                      className="w-[136px]"
                      value={edge.also ? 'any' : 'success'}
                      onChange={(value) => setAlso(edge.from, member.key, value === 'any')}
                      options={CONDITIONS}
                    />
                    <IconButton size="sm" label={t('Do not wait for {{name}}', { name })} onClick={() => disconnect(edge.from, member.key)}>
                      <X />
                    </IconButton>
                  </li>
                );
              })}
            </ul>
          )}
          <Upstreams member={member} label={t('Runs after')} text={member.after.length === 0 ? t('Begins at once') : t('Add or remove')} />
        </InspectorSection>
        <InspectorSection title={t('Parameters')}>
          <MemberParameters member={member} />
        </InspectorSection>
      </Inspector>
    </div>
  );
}

/** Holds the panel's place while no member is chosen, so that the graph does not move under the pointer. */
export function NoMember() {
  return (
    <Inspector title={t('Member')} actions={null}>
      <InspectorSection>
        <p className="text-sm text-muted">{t("Choose a member to see its job, what it runs after, and the values for its job's parameters.")}</p>
        <p className="text-sm text-muted">{t('In the graph, drag from the right side of one member to the left side of another to join them. Click a line to let it also lead on after a failure.')}</p>
      </InspectorSection>
    </Inspector>
  );
}

/** The first thing wrong with a field; what is only missing is not said before someone tries to save. */
export function useFieldError(member: Member, field: string): string | null {
  const doc = useChain((state) => state.doc);
  const problems = useChain((state) => state.problems);
  const insisted = useChain((state) => state.insisted);
  return ofMember(problems, doc, member, field).find((problem) => insisted || problem.code !== 'required')?.message ?? null;
}

export function JobSelect({ value, jobs, onChange, label, id }: { value: string; jobs: readonly JobRow[]; onChange: (id: string) => void; label?: string; id?: string }) {
  return (
    <Select
      {...(id ? { id } : {})}
      {...(label ? { label } : {})}
      value={value}
      onChange={onChange}
      placeholder={t('A job that is gone')}
      options={jobs.map((job) => ({ value: job.id, label: job.name, ...(job.is_enabled ? {} : { note: t('disabled') }) }))}
    />
  );
}
