/** Narrowing a rule to some tags, jobs, chains and monitors. */
import { Command } from 'cmdk';
import { Plus, Radar, Tag, Waypoints, Workflow, X, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Popover } from '@/components/Popover';
import { t } from '@/i18n';
import { chosenOf, KINDS, useCandidates, type About, type AboutKind, type Candidate } from './about';

const ICONS: Record<AboutKind, LucideIcon> = { tags: Tag, jobs: Workflow, chains: Waypoints, monitors: Radar };

export function AboutField({ about, error, onChange }: { about: About; error: string | undefined; onChange: (change: Partial<About>) => void }) {
  const candidates = useCandidates();
  const chosen = chosenOf(about, candidates);
  return (
    <div className="flex flex-col gap-1.5">
      <p className="text-sm text-faint" id="about-help">
        {chosen.length === 0 ? t('Told of everything. Choose tags, jobs, chains or monitors to be told only of these.') : t('Told only of these, and of what carries one of the tags.')}
      </p>
      {chosen.length > 0 && (
        <ul aria-label={t('What the rule is about')} className="flex flex-wrap gap-1.5">
          {chosen.map(({ kind, id, name }) => {
            const Icon = ICONS[kind];
            return (
              <li key={id} data-about={name} className="inline-flex h-[22px] max-w-64 items-center gap-1.5 rounded-full bg-idle-soft pr-1 pl-2 text-sm">
                <Icon className="size-3 flex-none text-muted" aria-hidden />
                <span className="sr-only">{KINDS[kind].kind} </span>
                <span className="truncate" title={name}>{name}</span>
                <button
                  type="button"
                  aria-label={KINDS[kind].remove(name)}
                  className="rounded-full p-0.5 text-muted hover:bg-hover hover:text-ink"
                  onClick={() => onChange({ [kind]: about[kind].filter((other) => other !== id) })}
                >
                  <X className="size-3" />
                </button>
              </li>
            );
          })}
        </ul>
      )}
      <Choose candidates={candidates?.filter(({ kind, id }) => !about[kind].includes(id)) ?? []} onChoose={({ kind, id }) => onChange({ [kind]: [...about[kind], id] })} />
      {error && (
        <p role="alert" className="text-sm text-fail">
          {error}
        </p>
      )}
    </div>
  );
}

function Choose({ candidates, onChoose }: { candidates: readonly Candidate[]; onChoose: (candidate: Candidate) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      className="w-80"
      label={t('What the rule can be about')}
      trigger={
        <Button id="add-about" size="sm" className="self-start">
          <Plus />
          {t('Choose')}
        </Button>
      }
    >
      <Command label={t('What the rule can be about')} loop>
        <Command.Input autoFocus placeholder={t('Find a tag, job, chain or monitor')} className="mb-1 h-7 w-full rounded-md border border-line-control bg-raised px-2 outline-none" />
        <Command.List className="max-h-64 overflow-y-auto">
          <Command.Empty className="px-2 py-3 text-sm text-muted">{t('Nothing is called that.')}</Command.Empty>
          {candidates.map((candidate) => {
            const Icon = ICONS[candidate.kind];
            return (
              <Command.Item
                key={candidate.id}
                value={`${candidate.name} ${KINDS[candidate.kind].kind} ${candidate.id}`}
                data-choose={candidate.name}
                onSelect={() => {
                  setOpen(false);
                  onChoose(candidate);
                }}
                className="flex h-7 items-center gap-2 rounded-[5px] px-2 data-[selected=true]:bg-selected [&_svg]:size-3.5 [&_svg]:text-muted"
              >
                <Icon aria-hidden />
                <span className="min-w-0 flex-1 truncate">{candidate.name}</span>
                <span className="text-xs text-muted">{KINDS[candidate.kind].kind}</span>
              </Command.Item>
            );
          })}
        </Command.List>
      </Command>
    </Popover>
  );
}
