/** Choosing a tag that the selected jobs get, or lose where all of them have it; also one that is not there yet. */
import { useQuery } from '@tanstack/react-query';
import { Command } from 'cmdk';
import { Check, Minus, Plus, Tag as TagIcon } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Popover } from '@/components/Popover';
import { Dot } from '@/features/tags/Dot';
import { t } from '@/i18n';
import { tagsQuery, type JobRow } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { carries, useTagJobs, type Tagging } from './useTagJobs';

const item = 'flex h-7 items-center gap-2 rounded-[5px] px-2 data-[selected=true]:bg-selected [&_svg]:size-3.5 [&_svg]:flex-none [&_svg]:text-muted';

export function TagJobs({ jobs }: { jobs: readonly JobRow[] }) {
  const known = useQuery(tagsQuery());
  const tagJobs = useTagJobs();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  useShortcuts({ t: { does: t('Tag the jobs that are selected'), act: () => setOpen(true) } });
  const tags = (known.data ?? []).map((row) => row.tag);
  const typed = text.trim();
  const isNew = typed !== '' && !tags.some((tag) => tag.name.toLocaleLowerCase() === typed.toLocaleLowerCase());
  const choose = (tag: Tagging['tag'], what: Tagging['what']) => {
    setOpen(false);
    setText('');
    tagJobs.mutate({ jobs, tag, what });
  };
  return (
    <Popover
      open={open}
      onOpenChange={(wanted) => {
        setOpen(wanted);
        if (!wanted) setText('');
      }}
      align="center"
      className="w-64"
      label={t('Tags for the selected jobs')}
      trigger={
        <Button id="tag-jobs" variant="ghost" title={t('Put a tag on them, or take one off  T')} busy={tagJobs.isPending}>
          <TagIcon />
          {t('Tag')}
        </Button>
      }
    >
      <Command label={t('Tags for the selected jobs')} loop>
        <Command.Input autoFocus value={text} onValueChange={setText} placeholder={t('Find a tag, or name a new one')} className="mb-1 h-7 w-full rounded-md border border-line-control bg-raised px-2 outline-none" />
        <Command.List className="max-h-64 overflow-y-auto">
          {tags.length === 0 && !isNew && <p className="px-2 py-3 text-sm text-muted">{t('There is no tag yet. Name the first.')}</p>}
          {tags.map((tag) => {
            const on = jobs.filter((job) => carries(job, tag)).length;
            const all = on === jobs.length;
            return (
              <Command.Item key={tag.id} value={`${tag.name} ${tag.id}`} data-tag-choice={tag.name} data-on={on} className={item} onSelect={() => choose(tag, all ? 'take_off' : 'put_on')}>
                <Dot color={tag.color} />
                <span className="min-w-0 flex-1 truncate" title={tag.name}>
                  {tag.name}
                </span>
                {on > 0 && (
                  <>
                    <span className="num text-xs text-muted">{all ? t('on all') : t('on {{on}} of {{number}}', { on, number: jobs.length })}</span>
                    {all ? <Check aria-hidden /> : <Minus aria-hidden />}
                  </>
                )}
              </Command.Item>
            );
          })}
          {isNew && (
            <Command.Item forceMount value={t('new {{typed}}', { typed })} data-tag-choice-new className={item} onSelect={() => choose(typed, 'put_on')}>
              <Plus aria-hidden />
              <span className="min-w-0 truncate">{t('Make “{{typed}}”', { typed })}</span>
            </Command.Item>
          )}
        </Command.List>
      </Command>
    </Popover>
  );
}
