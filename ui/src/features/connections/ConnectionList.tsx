/** All connections by group, with how their last test ended. */
import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleDashed, Import, LoaderCircle, Plus, Search, ShieldAlert, CircleX, CircleMinus, TriangleAlert, type LucideIcon } from 'lucide-react';
import { useRef, useState } from 'react';
import { IconButton } from '@/components/Button';
import { Input } from '@/components/Input';
import { t } from '@/i18n';
import type { ConnectionRow } from '@/ipc';
import { cn } from '@/lib/cn';
import { useShortcuts } from '@/lib/shortcuts';
import { distrustOf, failedStage, useTests, type TestRun } from './tests';

export function ConnectionList({ rows, current, onNew, onImport }: { rows: readonly ConnectionRow[]; current: string | null; onNew: () => void; onImport: () => void }) {
  const [text, setText] = useState('');
  const find = useRef<HTMLInputElement>(null);
  const runs = useTests((state) => state.runs);
  useShortcuts({ '/': { does: t('Find a connection'), act: () => find.current?.focus() } });
  const wanted = text.trim().toLocaleLowerCase();
  const shown = rows.filter(({ connection: c, tags }) => `${c.name} ${c.host} ${c.group ?? ''} ${tags.map((tag) => tag.name).join(' ')}`.toLocaleLowerCase().includes(wanted));
  const names = [...new Set(shown.map((row) => row.connection.group ?? ''))].sort((a, b) => (a === '' ? 1 : b === '' ? -1 : a.localeCompare(b)));
  return (
    <nav aria-label={t('Connections')} className="flex min-h-0 flex-col border-r border-line">
      <div className="flex flex-none items-center gap-2 px-2.5 pt-2.5 pb-1.5">
        <Input
          id="filter"
          ref={find}
          small
          aria-label={t('Find a connection')}
          placeholder={t('Find')}
          icon={<Search />}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && setText('')}
        />
        <IconButton id="new-connection" label={t('New connection')} shortcut="N" variant="outline" size="sm" onClick={onNew}>
          <Plus />
        </IconButton>
        <IconButton id="import-connections" label={t('Import connections of another program')} shortcut="Shift N" variant="outline" size="sm" onClick={onImport}>
          <Import />
        </IconButton>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto pb-3">
        {current === 'new' && <div className="mx-1.5 flex h-7 items-center gap-2 rounded-md bg-selected px-2 font-medium">{t('New connection')}</div>}
        {names.map((group) => (
          <section key={group} aria-label={group || t('Without a group')}>
            <div className="px-3.5 pt-2.5 pb-0.5 text-xs font-medium text-faint">{group || (names.length > 1 ? t('Others') : t('All'))}</div>
            {shown.filter((row) => (row.connection.group ?? '') === group).map(({ connection, legacy_algorithms: legacy }) => (
              <Link
                key={connection.id}
                to="/connections/$connectionId"
                params={{ connectionId: connection.id }}
                data-connection-row={connection.name}
                className="mx-1.5 flex h-7 items-center gap-2 rounded-md px-2 hover:bg-hover aria-[current=page]:bg-selected aria-[current=page]:font-medium"
              >
                <Health disabled={connection.status === 'disabled'} run={runs[connection.id]} />
                <span className={cn('min-w-0 flex-1 truncate', connection.status === 'disabled' && 'text-faint')} title={connection.name}>
                  {connection.name}
                </span>
                {legacy.length > 0 && (
                  <span className="flex-none text-fail" title={t('Legacy algorithms: {{algorithms}}', { algorithms: legacy.join(', ') })}>
                    <TriangleAlert className="size-3" aria-hidden />
                    <span className="sr-only">{t('Legacy algorithms')}</span>
                  </span>
                )}
                <span className="text-xs font-normal text-faint">{connection.protocol.toUpperCase()}</span>
              </Link>
            ))}
          </section>
        ))}
        {shown.length === 0 && wanted !== '' && <p className="px-3.5 py-3 text-sm text-faint">{t('None is called that.')}</p>}
      </div>
    </nav>
  );
}

function healthOf(disabled: boolean, run: TestRun | undefined): { icon: LucideIcon; tone: string; words: string } {
  if (disabled) return { icon: CircleMinus, tone: 'text-idle', words: t('Disabled') };
  if (!run) return { icon: CircleDashed, tone: 'text-idle-solid', words: t('Not tested since the window opened') };
  if (run.running) return { icon: LoaderCircle, tone: 'text-run animate-spin', words: t('Being tested') };
  const failed = failedStage(run);
  const distrust = distrustOf(failed);
  if (distrust) return { icon: ShieldAlert, tone: 'text-fail', words: distrust };
  if (failed ?? run.error) return { icon: CircleX, tone: 'text-fail', words: t('The last test failed') };
  return { icon: CircleCheck, tone: 'text-ok', words: t('The last test passed') };
}

function Health({ disabled, run }: { disabled: boolean; run: TestRun | undefined }) {
  const { icon: Icon, tone, words } = healthOf(disabled, run);
  return (
    <span title={words} className="flex-none">
      <Icon className={cn('size-3.5', tone)} aria-hidden />
      <span className="sr-only">{words}</span>
    </span>
  );
}
