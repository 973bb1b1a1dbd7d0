/** Where one is, the palette, and what the vault and this node are doing. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronRight, LockKeyhole, LockKeyholeOpen, Monitor, Search, ShieldAlert, type LucideIcon } from 'lucide-react';
import { Kbd } from '@/components/Button';
import { t } from '@/i18n';
import { nodesQuery, statusQuery, type VaultState } from '@/ipc';
import { cn } from '@/lib/cn';
import { Bell } from './Bell';
import { useChrome } from './chrome';

const VAULT: Record<VaultState, { word: string; icon: LucideIcon; tone: string }> = {
  unlocked: { word: t('Vault open'), icon: LockKeyholeOpen, tone: 'text-ok-solid' },
  locked: { word: t('Vault locked'), icon: LockKeyhole, tone: 'text-warn' },
  uninitialised: { word: t('Set up vault'), icon: LockKeyhole, tone: 'text-warn' },
  unavailable: { word: t('Vault not reachable'), icon: ShieldAlert, tone: 'text-fail' },
};

const chip = 'inline-flex h-7 items-center gap-1.5 rounded-md px-2 text-sm font-medium whitespace-nowrap text-muted';

export function TopBar() {
  const crumbs = useChrome((state) => state.crumbs);
  const { setPalette, setVault } = useChrome.getState();
  const { data: status } = useQuery(statusQuery());
  const vault = status && VAULT[status.vault.state];
  return (
    <header className="flex min-w-0 items-center gap-2 border-b border-line pr-3 pl-4">
      <nav aria-label={t('Breadcrumb')} className="flex min-w-0 items-center gap-1.5 text-muted">
        {crumbs.map((crumb, index) => (
          <span key={index} className="contents">
            {index > 0 && <ChevronRight className="size-3 flex-none text-faint" aria-hidden />}
            {crumb.to ? (
              <Link to={crumb.to} className="truncate hover:text-ink">
                {crumb.label}
              </Link>
            ) : (
              <span aria-current="page" className="truncate font-medium text-ink">
                {crumb.label}
              </span>
            )}
          </span>
        ))}
      </nav>
      <button
        type="button"
        id="open-palette"
        className="ml-auto flex h-7 w-[248px] flex-none cursor-text items-center gap-2 rounded-md border border-line bg-sunken pr-1.5 pl-2 text-faint hover:border-line-strong"
        onClick={() => setPalette(true)}
      >
        <Search className="size-3.5" aria-hidden />
        {t('Search or run a command')}
        <span className="ml-auto">
          <Kbd>Ctrl K</Kbd>
        </span>
      </button>
      {status && vault && (
        <button
          type="button"
          id="vault-chip"
          data-vault={status.vault.state}
          className={cn(chip, 'hover:bg-hover hover:text-ink')}
          title={status.vault.detail}
          onClick={() => setVault(true)}
        >
          <vault.icon className={cn('size-3.5', vault.tone)} aria-hidden />
          {vault.word}
        </button>
      )}
      {status && <NodeChip name={status.node_name} />}
      <Bell />
    </header>
  );
}

/** This node, and how many others take runs too. */
function NodeChip({ name }: { name: string }) {
  const { data: nodes } = useQuery(nodesQuery());
  const serving = nodes?.filter((node) => node.is_alive && node.serves_queue) ?? [];
  const others = serving.filter((node) => !node.is_this).length;
  const words = nodes === undefined ? t('This computer') : serving.length === 0 ? t('No Courier takes runs') : t('{{count}} Couriers take runs from the queue', { count: serving.length });
  return (
    <Link to="/settings" hash="nodes" id="node-chip" data-serving={serving.length} className={cn(chip, 'max-w-52 hover:bg-hover hover:text-ink')} title={`${words}: ${serving.map((node) => node.name).join(', ')}`}>
      <Monitor className={cn('size-3.5 flex-none', nodes && serving.length === 0 && 'text-warn')} aria-hidden />
      <span className="truncate">{name}</span>
      {others > 0 && <span className="num flex-none text-faint">{`+${others}`}</span>}
      <span className="sr-only">{words}</span>
    </Link>
  );
}
