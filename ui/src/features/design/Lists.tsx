/** A list in each of its states, and views side by side. */
import { useState, type ReactNode } from 'react';
import { PipelineArt } from '@/components/Art';
import { Button } from '@/components/Button';
import { DataTable, type Column, type Sort } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { Inspector, InspectorSection } from '@/components/Inspector';
import { SectionHead, StatusBar, Toolbar } from '@/components/Page';
import { SkeletonRows } from '@/components/Skeleton';
import { EXECUTION_STATES, StateLabel } from '@/components/State';
import { Tabs } from '@/components/Tabs';
import { MiddlePath } from '@/components/Text';
import type { JobExecutionState } from '@/ipc';
import { bytes } from '@/lib/format';
import { Kind, Specimens } from './Specimens';

interface Row {
  name: string;
  path: string;
  state: JobExecutionState;
  size: number;
}

const LONG = 'The settlement of all payments of the day before, with the corrections that came in until noon, for the partner in the north';
const ROWS: readonly Row[] = [
  { name: 'Aldgate payments', path: '/out/aldgate/payments-2026-11-30.csv', state: 'completed', size: 184_320 },
  { name: LONG, path: `/out/${'a-long-folder-name/'.repeat(6)}settlement-2026-11-30.csv.pgp`, state: 'failed', size: 2_400_000_000 },
  { name: 'Kestrel claims', path: '/out/kestrel/claims.xml', state: 'running', size: 0 },
  { name: 'Ledger restore test', path: '/out/ledger.tar', state: 'cancelled', size: 73 },
];
const MANY: readonly Row[] = Array.from({ length: 100_000 }, (_, n) => ({ name: `Delivery ${n + 1}`, path: `/out/${n + 1}.csv`, state: 'completed', size: n * 1_000 }));

const COLUMNS: readonly Column<Row>[] = [
  { id: 'name', header: 'Name', width: 'minmax(120px, 1fr)', sortable: true, cell: (row) => <span title={row.name}>{row.name}</span> },
  { id: 'state', header: 'Result', width: '120px', cell: (row) => <StateLabel look={EXECUTION_STATES[row.state]} /> },
  { id: 'path', header: 'File', width: 'minmax(120px, 1fr)', cell: (row) => <MiddlePath text={row.path} /> },
  { id: 'size', header: 'Size', width: '84px', align: 'right', sortable: true, cell: (row) => bytes(row.size) },
];

const sorted = (rows: readonly Row[], { column, descending }: Sort): Row[] => {
  const order = [...rows].sort((a, b) => (column === 'size' ? a.size - b.size : a.name.localeCompare(b.name)));
  return descending ? order.reverse() : order;
};

export function Lists() {
  const [sort, setSort] = useState<Sort>({ column: 'name', descending: false });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set(['Kestrel claims']));
  const [tab, setTab] = useState<'files' | 'log'>('files');
  return (
    <Kind title="Lists">
      <Specimens of="Table">
        <Box>
          <Toolbar>
            <SectionHead title="Deliveries" count={ROWS.length} />
            <Button variant="primary" className="ml-auto">
              New delivery
            </Button>
          </Toolbar>
          <DataTable
            label="Deliveries"
            columns={COLUMNS}
            rows={sorted(ROWS, sort)}
            keyOf={(row) => row.name}
            nameOf={(row) => row.name}
            rowAttribute="data-specimen"
            sort={sort}
            onSort={setSort}
            selected={selected}
            onSelect={setSelected}
            onOpen={() => undefined}
            dimmed={(row) => row.state === 'cancelled'}
          />
          <StatusBar hints={[['Enter', 'Open']]}>4 deliveries</StatusBar>
        </Box>
      </Specimens>
      <Specimens of="Table, 100,000 rows">
        <Box>
          <DataTable label="Many deliveries" columns={COLUMNS} rows={MANY} keyOf={(row) => row.name} nameOf={(row) => row.name} rowAttribute="data-many" />
        </Box>
      </Specimens>
      <Specimens of="Table, grouped">
        <Box>
          <DataTable label="Deliveries by result" columns={COLUMNS} rows={ROWS} keyOf={(row) => row.name} nameOf={(row) => row.name} rowAttribute="data-grouped" groupOf={(row) => EXECUTION_STATES[row.state].word} />
        </Box>
      </Specimens>
      <Specimens of="Loading">
        <Box>
          <SkeletonRows rows={5} label="How a list looks while it loads" />
        </Box>
      </Specimens>
      <Specimens of="Empty">
        <Box>
          <EmptyState art={<PipelineArt />} title="No deliveries yet" actions={<Button variant="primary">New delivery</Button>} note="Or drop a file here.">
            A delivery takes files to a partner and says when they arrived.
          </EmptyState>
        </Box>
      </Specimens>
      <Specimens of="Failed">
        <Box>
          <ErrorState error={new Error('The data file cannot be opened.')} what="The deliveries" onRetry={() => undefined} />
        </Box>
      </Specimens>
      <Specimens of="Tabs and inspector">
        <Box>
          <div className="flex min-h-0 flex-1">
            <Tabs
              value={tab}
              onChange={setTab}
              tabs={[
                { value: 'files', label: 'Files', count: 1_204, panel: <p className="p-4 text-muted">What was moved.</p> },
                { value: 'log', label: 'Log', panel: <p className="p-4 text-muted">What was noted.</p> },
              ]}
            />
            <Inspector title={LONG} actions={null}>
              <InspectorSection title="Where it went">
                <MiddlePath text="/out/aldgate/payments-2026-11-30.csv" />
              </InspectorSection>
              <InspectorSection title="Proof">The server's own hash is the same.</InspectorSection>
            </Inspector>
          </div>
        </Box>
      </Specimens>
    </Kind>
  );
}

const Box = ({ children }: { children: ReactNode }) => <div className="flex h-[230px] w-full min-w-0 flex-col rounded-md border border-line">{children}</div>;
