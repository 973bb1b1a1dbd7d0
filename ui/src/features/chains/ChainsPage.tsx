/** All chains: how the last run of each ended, and when it starts next. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CircleMinus, CirclePlus, Ellipsis, History, Play, Plus, SquarePen, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useCrumbs } from '@/app/chrome';
import { ChainArt } from '@/components/Art';
import { Button, IconButton, Kbd } from '@/components/Button';
import { DataTable, type Sort } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { FilterChoice, FilterInput } from '@/components/FilterInput';
import { ListFrame } from '@/components/ListFrame';
import { Menu } from '@/components/Menu';
import { StatusBar, Toolbar } from '@/components/Page';
import { ifTagged } from '@/features/tags/tagsColumn';
import { t } from '@/i18n';
import { chainsQuery, type ChainRow } from '@/ipc';
import { useShortcuts } from '@/lib/shortcuts';
import { useChoice, useSorting, useText } from '@/lib/useFilters';
import { chainColumns } from './columns';
import { isShown, sortChains, STATE_FILTERS } from './listing';
import { useDeleteChain, useEnableChain, useRunChain } from './useChainActions';

const BY_NAME: Sort = { column: 'name', descending: false };

export function ChainsPage() {
  useCrumbs({ label: t('Chains') });
  const navigate = useNavigate();
  const chains = useQuery(chainsQuery());
  const run = useRunChain();
  const remove = useDeleteChain();
  const [text, setText] = useText();
  const [state, setState] = useChoice('state', STATE_FILTERS, 'any');
  const [sort, setSort] = useSorting(BY_NAME);
  const [cursor, setCursor] = useState<ChainRow | null>(null);
  const rows = useMemo(() => sortChains((chains.data ?? []).filter((chain) => isShown(chain, text, state)), sort), [chains.data, text, state, sort]);
  const create = () => void navigate({ to: '/chains/new' });
  const open = (chain: ChainRow) => void navigate({ to: '/chains/$chainId', params: { chainId: chain.id } });
  useShortcuts({
    n: { does: t('New chain'), act: create },
    r: { does: t('Run the chain under the cursor'), act: () => cursor?.is_enabled && run.mutate({ chain: cursor }) },
    Delete: { does: t('Delete it'), act: () => cursor && remove.mutate(cursor) },
  });
  const add = (
    <Button id="new-chain" variant="primary" className="ml-auto" onClick={create}>
      <Plus />
      {t('New chain')}
      <Kbd onAccent>N</Kbd>
    </Button>
  );
  if (chains.isSuccess && chains.data.length === 0) {
    return (
      <>
        <h1 className="sr-only">{t('Chains')}</h1>
        <EmptyState art={<ChainArt />} title={t('No chains yet')} actions={add}>
          {t('A chain runs several jobs in an order: one after the other, side by side, and again together when all of them are done. Draw which job waits for which; Courier does the rest.')}
        </EmptyState>
      </>
    );
  }
  return (
    <>
      <h1 className="sr-only">{t('Chains')}</h1>
      <Toolbar>
        <FilterInput value={text} onChange={setText} placeholder={t('Filter by name or tag')} />
        <FilterChoice id="state-filter" label={t('State')} value={state} onChange={setState} options={STATE_FILTERS} />
        {add}
      </Toolbar>
      <ListFrame
        of={chains}
        loading={t('Loading the chains')}
        failed={t('The chains')}
        rows={rows.length}
        nothing={t('No chain fits the filter.')}
        all={t('Show all chains')}
        onAll={() => {
          setText('');
          setState('any');
        }}
      >
        <DataTable
          label={t('Chains')}
          columns={ifTagged(chainColumns, chains.data ?? [])}
          rows={rows}
          keyOf={keyOf}
          nameOf={nameOf}
          rowAttribute="data-chain-row"
          sort={sort}
          onSort={setSort}
          onOpen={open}
          onCursor={setCursor}
          dimmed={(chain) => !chain.is_enabled}
          actions={(chain) => <RowActions chain={chain} onDelete={() => remove.mutate(chain)} />}
        />
      </ListFrame>
      <StatusBar hints={[['R', t('Run')], ['Enter', t('Open')], ['Del', t('Delete')], ['/', t('Filter')]]}>{chains.isSuccess ? t('{{count}} of {{number}} shown', { count: rows.length, number: chains.data.length }) : ''}</StatusBar>
    </>
  );
}

function RowActions({ chain, onDelete }: { chain: ChainRow; onDelete: () => void }) {
  const navigate = useNavigate();
  const run = useRunChain();
  const enable = useEnableChain();
  const open = (search: { tab?: string }) => void navigate({ to: '/chains/$chainId', params: { chainId: chain.id }, search });
  return (
    <>
      <IconButton
        label={chain.is_enabled ? t('Run {{name}}', { name: chain.name }) : t('Enable the chain to run it')}
        size="sm"
        data-run-chain={chain.name}
        disabled={!chain.is_enabled}
        busy={run.isPending}
        onClick={() => run.mutate({ chain })}
      >
        <Play />
      </IconButton>
      <Menu
        trigger={
          <IconButton label={t('More for {{name}}', { name: chain.name })} size="sm" data-more-chain={chain.name}>
            <Ellipsis />
          </IconButton>
        }
        actions={[
          { label: t('Edit'), icon: <SquarePen />, onSelect: () => open({}) },
          { label: t('Show runs'), icon: <History />, onSelect: () => open({ tab: 'runs' }) },
          chain.is_enabled
            ? { label: t('Disable'), icon: <CircleMinus />, onSelect: () => enable.mutate({ chain, enabled: false }) }
            : { label: t('Enable'), icon: <CirclePlus />, onSelect: () => enable.mutate({ chain, enabled: true }) },
          { label: t('Delete'), icon: <Trash2 />, danger: true, separated: true, onSelect: onDelete },
        ]}
      />
    </>
  );
}

const keyOf = (chain: ChainRow) => chain.id;
const nameOf = (chain: ChainRow) => chain.name;
