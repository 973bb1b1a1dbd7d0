/** Ctrl+K: go to a place or a thing, run a job, make something new, switch something on or off, find a run or a file. */
import { Dialog as Base } from '@base-ui/react/dialog';
import { Command } from 'cmdk';
import { LoaderCircle, Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Kbd } from '@/components/Button';
import { StateLabel } from '@/components/State';
import { locale, t } from '@/i18n';
import { cn } from '@/lib/cn';
import { useChrome } from '../chrome';
import { GROUP_WORDS, type Entry } from './entry';
import { glance, type Shown } from './ranking';
import { noteChoice } from './recent';
import { useAllEntries, useEntries } from './useEntries';
import { useWarmLists } from './useWarmLists';

/** Between two letters of somebody who types. */
const REST_MS = 80;

export function CommandPalette() {
  const open = useChrome((state) => state.paletteOpen);
  const setPalette = useChrome((state) => state.setPalette);
  useWarmLists();
  const all = useAllEntries(open);
  return (
    <Base.Root open={open} onOpenChange={setPalette}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-overlay transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          id="palette"
          className="fixed top-[12vh] left-1/2 z-40 w-[600px] -translate-x-1/2 overflow-hidden rounded-lg bg-raised shadow-float outline-none"
        >
          <Base.Title className="sr-only">{t('Search or run a command')}</Base.Title>
          <Commands all={all} close={() => setPalette(false)} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function Commands({ all, close }: { all: readonly Entry[]; close: () => void }) {
  const [text, setText] = useState('');
  const { shown, looking } = useEntries(all, text);
  // What is below the first glance comes once nobody types, so that each letter is painted at once.
  const [whole, setWhole] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setWhole(text), REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const mounted = whole === text ? shown : glance(shown);
  const choose = (entry: Entry) => {
    noteChoice(entry);
    close();
    entry.act();
  };
  const total = shown.reduce((sum, group) => sum + group.total, 0);
  return (
    <Command label={t('Commands')} loop shouldFilter={false} vimBindings={false}>
      <div className="flex h-11 items-center gap-2 border-b border-line px-3">
        {looking ? <LoaderCircle className="size-4 animate-spin text-faint" aria-hidden /> : <Search className="size-4 text-faint" aria-hidden />}
        <Command.Input
          data-palette="input"
          autoFocus
          value={text}
          onValueChange={setText}
          placeholder={t('Search everything or run a command')}
          className="h-full min-w-0 flex-1 bg-transparent text-lg outline-none"
        />
        <Kbd>Esc</Kbd>
      </div>
      <Command.List label={t('What can be chosen')} className="max-h-[min(420px,64vh)] overflow-y-auto p-1.5" aria-busy={looking}>
        {mounted.map((group) => (
          <Group key={group.group} shown={group} onChoose={choose} />
        ))}
      </Command.List>
      {total === 0 && <p className="px-2 pb-6 pt-4 text-center text-muted">{looking ? t('Looking for runs and files') : t('Nothing is like “{{text}}”.', { text: text.trim() })}</p>}
      <p role="status" className="sr-only">
        {text.trim() === '' || looking ? '' : t('{{count}} results', { count: total })}
      </p>
    </Command>
  );
}

function Group({ shown: { group, entries, total }, onChoose }: { shown: Shown; onChoose: (entry: Entry) => void }) {
  return (
    <Command.Group
      heading={total > entries.length ? t('{{group}} · {{number}} of {{total}}', { group: GROUP_WORDS[group], number: entries.length, total: total.toLocaleString(locale) }) : GROUP_WORDS[group]}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-0.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint"
    >
      {entries.map((entry) => (
        <Row key={entry.id} entry={entry} onChoose={() => onChoose(entry)} />
      ))}
    </Command.Group>
  );
}

function Row({ entry: { id, name, kind, detail, icon: Icon, state, hint, refused }, onChoose }: { entry: Entry; onChoose: () => void }) {
  return (
    <Command.Item
      value={id}
      data-entry={id}
      disabled={refused !== undefined}
      onSelect={onChoose}
      className="flex h-7 items-center gap-2 rounded-[5px] px-2 data-[selected=true]:bg-selected"
    >
      <Icon className={cn('size-4 flex-none text-muted', refused && 'text-faint')} aria-hidden />
      <span className={cn('min-w-0 flex-none truncate max-w-[62%]', refused && 'text-faint')} title={name}>{name}</span>
      <span className="min-w-0 flex-1 truncate text-sm text-faint" title={refused ?? detail}>{refused ?? detail}</span>
      {state && <StateLabel look={state} className="flex-none text-sm" />}
      <span className="flex-none text-sm text-faint">{kind}</span>
      {hint && <Kbd>{hint}</Kbd>}
    </Command.Item>
  );
}
