/** The chain's name and description, and what can be done with it. */
import { Play, Redo2, Undo2 } from 'lucide-react';
import { Button, IconButton, Kbd } from '@/components/Button';
import { Switch } from '@/components/Toggle';
import { StartsLine } from '@/features/starts/StartsLine';
import { TagsButton } from '@/features/tags/TagsButton';
import { t } from '@/i18n';
import type { ChainExecutionView, JobChain, Tag } from '@/ipc';
import { cn } from '@/lib/cn';
import { useChain, useChainStore } from './context';
import { isChanged } from './model/store';
import { RunActions, RunFacts } from './RunBar';
import { useEnableChain } from './useChainActions';

const field = 'h-7 rounded-md border border-transparent bg-transparent px-1.5 outline-none hover:border-line focus:border-focus focus:shadow-[0_0_0_2px_color-mix(in_srgb,var(--focus)_22%,transparent)]';

export function ChainHead({ chain, tags, run, saving, onSave, onRun, onTab }: { chain: JobChain | null; tags: readonly Tag[]; run: ChainExecutionView | null; saving: boolean; onSave: () => void; onRun: () => void; onTab: (tab: string) => void }) {
  const { undo, redo, edit } = useChainStore().getState();
  const doc = useChain((state) => state.doc);
  const changed = useChain(isChanged);
  const isNew = useChain((state) => state.chainId === null);
  const past = useChain((state) => state.history.past.at(-1)?.label);
  const future = useChain((state) => state.history.future[0]?.label);
  const errors = useChain((state) => state.problems.length);
  const nameless = useChain((state) => state.insisted && state.problems.some((problem) => problem.path === 'name'));
  const enable = useEnableChain();
  const savable = changed || isNew;
  const off = chain?.is_enabled === false;
  return (
    <div className="flex flex-none flex-col gap-0.5 border-b border-line pt-2 pr-3 pb-1.5 pl-2.5">
      <h1 className="sr-only">{doc.name || t('New chain')}</h1>
      <div className="flex items-center gap-3">
        <input
          id="chain-name"
          aria-label={t('Name of the chain')}
          aria-invalid={nameless || undefined}
          placeholder={t('Name this chain')}
          size={Math.min(36, Math.max(14, doc.name.length))}
          value={doc.name}
          autoFocus={isNew && doc.name === ''}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => edit({ label: t('Rename chain'), mark: 'chain:name' }, (next) => void (next.name = event.target.value))}
          className={cn(field, 'min-w-[120px] shrink font-semibold [field-sizing:content]', nameless && 'border-fail-solid')}
        />
        {run ? (
          <RunFacts view={run} />
        ) : (
          <span id="chain-saved" data-changed={changed || undefined} className="text-sm whitespace-nowrap text-muted">
            {isNew ? t('Not saved yet') : changed ? t('Changed') : ''}
          </span>
        )}
        <span className="ml-auto flex flex-none items-center gap-2">
          {run ? (
            <RunActions view={run} />
          ) : (
            <>
              <span className="flex">
                <IconButton id="undo" label={past ? t('Undo: {{past}}', { past }) : t('Undo')} shortcut="Ctrl+Z" disabled={!past} onClick={undo}>
                  <Undo2 />
                </IconButton>
                <IconButton id="redo" label={future ? t('Redo: {{future}}', { future }) : t('Redo')} shortcut="Ctrl+Shift+Z" disabled={!future} onClick={redo}>
                  <Redo2 />
                </IconButton>
              </span>
              {chain && (
                <label className="flex items-center gap-1.5 text-sm text-muted">
                  <Switch id="chain-enabled" aria-label={t('Enabled')} checked={chain.is_enabled} disabled={enable.isPending} onCheckedChange={(enabled) => enable.mutate({ chain, enabled })} />
                  {t('Enabled')}
                </label>
              )}
            </>
          )}
          <Button id="run-chain" disabled={off} title={off ? t('Enable the chain to run it') : undefined} onClick={onRun}>
            <Play />
            {run ? t('Run again') : t('Run')}
          </Button>
          {!run && (
            <Button
              id="save-chain"
              variant="primary"
              busy={saving}
              disabled={!savable}
              title={!savable ? t('Nothing has changed') : errors > 0 ? t('{{count}} errors to fix first. Takes you there', { count: errors }) : undefined}
              onClick={onSave}
            >
              {t('Save')}
              <Kbd onAccent={savable}>Ctrl S</Kbd>
            </Button>
          )}
        </span>
      </div>
      <div className="flex items-center gap-3">
        <input
          id="chain-description"
          aria-label={t('Description of the chain')}
          placeholder={t('Say what it is for')}
          value={doc.description ?? ''}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => edit({ label: t('Change description'), mark: 'chain:description' }, (next) => void (next.description = event.target.value || null))}
          className={cn(field, 'h-6 min-w-0 flex-1 text-sm text-muted')}
        />
        {chain && <TagsButton buttonId="chain-tags" fieldId="chain-tag-names" kind="job_chain" id={chain.id} tags={tags} />}
        {chain && <StartsLine owner={{ type: 'chain', id: chain.id }} onSchedules={() => onTab('schedules')} onMonitors={() => onTab('monitors')} className="max-w-[60%] flex-none" />}
      </div>
    </div>
  );
}
