/** The chain as a list: all that the graph can do, for the keyboard. */
import { ArrowDown, ArrowUp, Trash2 } from 'lucide-react';
import { useRef } from 'react';
import { IconButton } from '@/components/Button';
import { controlClass } from '@/components/Input';
import { t } from '@/i18n';
import type { JobRow } from '@/ipc';
import { cn } from '@/lib/cn';
import { useChain, useChainStore } from './context';
import { JobSelect, useFieldError } from './MemberInspector';
import type { Member } from './model/doc';
import { Upstreams } from './Upstreams';

const TRACKS = 'grid grid-cols-[24px_minmax(88px,1fr)_minmax(88px,1fr)_minmax(96px,1.2fr)_84px] items-center gap-2 px-4';

export function ListForm({ jobs }: { jobs: readonly JobRow[] }) {
  const members = useChain((state) => state.doc.members);
  const list = useRef<HTMLOListElement>(null);
  return (
    <div className="flex min-h-0 flex-1 flex-col" data-list-form>
      <div className={cn(TRACKS, 'h-7 flex-none border-b border-line text-sm font-medium text-faint')} aria-hidden>
        <span />
        <span>{t('Name')}</span>
        <span>{t('Job')}</span>
        <span>{t('Runs after')}</span>
        <span />
      </div>
      <ol ref={list} aria-label={t('Members')} className="min-h-0 flex-1 overflow-y-auto">
        {members.map((member, index) => (
          <Row
            key={member.key}
            member={member}
            index={index}
            last={index === members.length - 1}
            jobs={jobs}
            // The focus stays in the list when its row goes.
            onRemoved={() => requestAnimationFrame(() => (list.current?.querySelectorAll<HTMLElement>('[data-member-name]')[Math.max(0, index - 1)] ?? document.getElementById('add-job'))?.focus())}
          />
        ))}
      </ol>
    </div>
  );
}

function Row({ member, index, last, jobs, onRemoved }: { member: Member; index: number; last: boolean; jobs: readonly JobRow[]; onRemoved: () => void }) {
  const store = useChainStore();
  const selected = useChain((state) => state.selected === member.key);
  const error = useFieldError(member, 'name');
  const { rename, setJob, move, remove, select } = store.getState();
  const name = member.name || t('member {{number}}', { number: index + 1 });
  return (
    <li
      data-member-row={member.name}
      className={cn(TRACKS, 'min-h-10 border-b border-grid', selected && 'bg-selected')}
      onFocus={() => store.getState().selected !== member.key && select(member.key)}
    >
      <span className="num text-sm text-faint">{index + 1}</span>
      <div className={controlClass}>
        <input
          data-member-name={member.name}
          aria-label={t('Name of member {{number}}', { number: index + 1 })}
          aria-invalid={error !== null || undefined}
          title={error ?? undefined}
          spellCheck={false}
          autoComplete="off"
          value={member.name}
          onChange={(event) => rename(member.key, event.target.value)}
          className="w-full min-w-0 flex-1 bg-transparent outline-none"
        />
      </div>
      <JobSelect label={t('Job of {{name}}', { name })} value={member.job_id} jobs={jobs} onChange={(id) => setJob(member.key, id)} />
      <Upstreams member={member} label={t('{{name}} runs after', { name })} />
      <span className="flex justify-end">
        <IconButton size="sm" label={t('Move {{name}} up', { name })} disabled={index === 0} onClick={() => move(member.key, -1)}>
          <ArrowUp />
        </IconButton>
        <IconButton size="sm" label={t('Move {{name}} down', { name })} disabled={last} onClick={() => move(member.key, 1)}>
          <ArrowDown />
        </IconButton>
        <IconButton
          size="sm"
          label={t('Remove {{name}}', { name })}
          onClick={() => {
            remove(member.key);
            onRemoved();
          }}
        >
          <Trash2 />
        </IconButton>
      </span>
    </li>
  );
}
