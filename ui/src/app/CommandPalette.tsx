/** Ctrl+K: go to a place or a thing, run a job, make something new, switch the theme. */
import { Dialog as Base } from '@base-ui/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { LockKeyhole, MoonStar, Play, Plus, Search, Server, Sun, Workflow } from 'lucide-react';
import type { ReactNode } from 'react';
import { Kbd } from '@/components/Button';
import { connectionsQuery, invoke, jobsQuery, statusQuery } from '@/ipc';
import { useRunJob } from '@/features/jobs/useRunJob';
import { toast } from '@/components/toast';
import { useChrome } from './chrome';
import { PLACES } from './Sidebar';
import { useTheme } from './theme';

export function CommandPalette() {
  const open = useChrome((state) => state.paletteOpen);
  const setPalette = useChrome((state) => state.setPalette);
  return (
    <Base.Root open={open} onOpenChange={setPalette}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-overlay transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          id="palette"
          className="fixed top-[14vh] left-1/2 z-40 w-[560px] -translate-x-1/2 overflow-hidden rounded-lg bg-raised shadow-float outline-none"
        >
          <Base.Title className="sr-only">Search or run a command</Base.Title>
          <Commands close={() => setPalette(false)} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function Commands({ close }: { close: () => void }) {
  const navigate = useNavigate();
  const { data: status } = useQuery(statusQuery());
  const { data: jobs } = useQuery(jobsQuery());
  const { data: connections } = useQuery(connectionsQuery());
  const run = useRunJob();
  const { dark, setTheme } = useTheme();
  const then = (action: () => void) => () => {
    close();
    action();
  };
  return (
    <Command label="Commands" loop>
      <div className="flex h-11 items-center gap-2 border-b border-line px-3">
        <Search className="size-4 text-faint" aria-hidden />
        <Command.Input data-palette="input" autoFocus placeholder="Search or run a command" className="h-full flex-1 bg-transparent text-lg outline-none" />
        <Kbd>Esc</Kbd>
      </div>
      <Command.List className="max-h-[380px] overflow-y-auto p-1.5">
        <Command.Empty className="px-2 py-6 text-center text-muted">Nothing is called that.</Command.Empty>
        <Group heading="Create">
          <Item name="New job" icon={<Plus />} hint="N" onSelect={then(() => void navigate({ to: '/jobs/new' }))} />
          <Item name="New connection" icon={<Plus />} onSelect={then(() => void navigate({ to: '/connections/$connectionId', params: { connectionId: 'new' } }))} />
        </Group>
        <Group heading="Go to">
          {PLACES.map((place) => (
            <Item key={place.name} name={`Go to ${place.label}`} icon={<place.icon />} onSelect={then(() => void navigate({ to: place.to }))} />
          ))}
        </Group>
        {jobs && jobs.length > 0 && (
          <Group heading="Run">
            {jobs.filter((job) => job.is_enabled).map((job) => (
              <Item key={job.id} name={`Run ${job.name}`} icon={<Play />} onSelect={then(() => run.mutate(job))} />
            ))}
          </Group>
        )}
        {jobs && jobs.length > 0 && (
          <Group heading="Jobs">
            {jobs.map((job) => (
              <Item key={job.id} name={job.name} icon={<Workflow />} onSelect={then(() => void navigate({ to: '/jobs/$jobId', params: { jobId: job.id } }))} />
            ))}
          </Group>
        )}
        {connections && connections.length > 0 && (
          <Group heading="Connections">
            {connections.map(({ connection }) => (
              <Item
                key={connection.id}
                name={connection.name}
                note={connection.host}
                icon={<Server />}
                onSelect={then(() => void navigate({ to: '/connections/$connectionId', params: { connectionId: connection.id } }))}
              />
            ))}
          </Group>
        )}
        <Group heading="This window">
          <Item name={dark ? 'Use the light theme' : 'Use the dark theme'} icon={dark ? <Sun /> : <MoonStar />} onSelect={then(() => setTheme(dark ? 'light' : 'dark'))} />
          {status?.vault.state === 'unlocked' && (
            <Item name="Lock the vault" icon={<LockKeyhole />} onSelect={then(() => void invoke.vaultLock().catch((error: unknown) => toast.failed(error)))} />
          )}
        </Group>
      </Command.List>
    </Command>
  );
}

function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-0.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint"
    >
      {children}
    </Command.Group>
  );
}

function Item({ name, icon, hint, note, onSelect }: { name: string; icon: ReactNode; hint?: string; note?: string; onSelect: () => void }) {
  return (
    <Command.Item
      value={note ? `${name} ${note}` : name}
      onSelect={onSelect}
      className="flex h-7 items-center gap-2 rounded-[5px] px-2 data-[selected=true]:bg-selected [&_svg]:size-4 [&_svg]:text-muted"
    >
      {icon}
      <span className="min-w-0 flex-1 truncate">{name}</span>
      {note && <span className="mono truncate text-faint">{note}</span>}
      {hint && <Kbd>{hint}</Kbd>}
    </Command.Item>
  );
}
