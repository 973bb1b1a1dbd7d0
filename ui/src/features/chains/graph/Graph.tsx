/** The chain as a graph: drawn with the mouse, or looked at while it runs. */
import {
  Background, MarkerType, Panel, Position, ReactFlow, ReactFlowProvider, useReactFlow, type Connection, type EdgeChange, type NodeChange,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import './graph.css';
import { Maximize, Minus, Plus } from 'lucide-react';
import { useEffect, useMemo, useRef } from 'react';
import { IconButton } from '@/components/Button';
import { t } from '@/i18n';
import type { ChainMemberExecution, JobRow } from '@/ipc';
import { useChain, useChainStore } from '../context';
import type { Doc } from '../model/doc';
import { ofMember } from '../model/problems';
import { memberWords } from '../run';
import { NODE, placesOf, RUN_NODE } from './layout';
import { MemberEdge, type MemberEdgeType } from './MemberEdge';
import { MemberNode, type MemberNodeType } from './MemberNode';

export interface GraphProps {
  doc: Doc;
  jobs: ReadonlyMap<string, JobRow>;
  /** By the members' keys; `null` while the chain is edited. */
  run: ReadonlyMap<string, ChainMemberExecution> | null;
}

export function Graph(props: GraphProps) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

const NODE_TYPES = { member: MemberNode };
const EDGE_TYPES = { member: MemberEdge };
/** What a screen reader says of members and lines. */
const SPOKEN = {
  'node.a11yDescription.default': t('Enter or Space selects a member, Delete removes it.'),
  'node.a11yDescription.keyboardDisabled': t('Enter or Space selects a member, the arrow keys move it, Delete removes it.'),
  'node.a11yDescription.ariaLiveMessage': () => t('Moved'),
  'edge.a11yDescription.default': t('Enter or Space selects a line, Delete removes it.'),
  'handle.ariaLabel': t('Joins members'),
};
const FIT = { maxZoom: 1, minZoom: 0.3, padding: 0.12 } as const;
const HANDLE = 11;

const edgeId = (from: string, to: string) => `${from}>${to}`;

function Canvas({ doc, jobs, run }: GraphProps) {
  const store = useChainStore();
  const flow = useReactFlow();
  const editable = run === null;
  const places = useChain((state) => state.places);
  const selected = useChain((state) => state.selected);
  const edge = useChain((state) => state.edge);
  const problems = useChain((state) => state.problems);
  const insisted = useChain((state) => state.insisted);
  const size = editable ? NODE : RUN_NODE;
  const layout = useMemo(() => placesOf(doc, size), [doc, size]);

  const nodes = useMemo(
    () =>
      doc.members.map((member): MemberNodeType => {
        const job = jobs.get(member.job_id);
        const state = run?.get(member.key) ?? null;
        const wrong = editable ? ofMember(problems, doc, member).filter((problem) => insisted || problem.code !== 'required') : [];
        // Nameless as those that are drawn; else the library does not take the two for one.
        const at = { id: null, y: size.height / 2 - HANDLE / 2, width: HANDLE, height: HANDLE };
        const words = [member.name || t('No name'), job?.name ?? t('A job that is gone'), ...(state ? [memberWords(state, null)] : [])];
        return {
          id: member.key,
          type: 'member',
          position: places[member.key] ?? layout.get(member.key) ?? { x: 0, y: 0 },
          // Known beforehand, so that edges can be drawn before anything was measured.
          ...size,
          measured: size,
          handles: [
            { type: 'target', position: Position.Left, x: -HANDLE / 2, ...at },
            { type: 'source', position: Position.Right, x: size.width - HANDLE / 2, ...at },
          ],
          selected: editable && selected === member.key,
          ariaLabel: words.join(', '),
          data: { name: member.name, job: job?.name ?? t('A job that is gone'), off: job?.is_enabled === false, errors: wrong.length, run: state, size, editable },
        };
      }),
    [doc, jobs, run, editable, places, layout, selected, problems, insisted, size],
  );
  const edges = useMemo(() => {
    const names = new Map(doc.members.map((member) => [member.key, member.name]));
    return doc.members.flatMap((member) =>
      member.after.filter(({ from }) => names.has(from)).map(({ from, also }): MemberEdgeType => {
        const upstream = run?.get(from)?.state;
        const over = upstream === 'completed' || upstream === 'failed' || upstream === 'skipped' || upstream === 'cancelled';
        const ending = !over ? null : upstream === 'completed' || also ? 'leads' : 'stops';
        const [name, to] = [names.get(from) ?? '', member.name];
        return {
          id: edgeId(from, member.key),
          type: 'member',
          source: from,
          target: member.key,
          selected: editable && edge?.from === from && edge.to === member.key,
          ariaLabel: also ? t('{{to}} runs after {{name}}, also after its failure', { to, name }) : t('{{to}} runs after {{name}}', { to, name }),
          markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16, color: ending === 'leads' ? 'var(--ok-solid)' : ending === 'stops' ? 'var(--fail-solid)' : 'var(--idle-solid)' },
          data: { also, ending, from: name, to },
        };
      }),
    );
  }, [doc, run, edge, editable]);

  // What was added, taken back or arranged comes into view.
  const shape = `${doc.members.length} ${size.height} ${Object.keys(places).length === 0}`;
  const before = useRef(shape);
  useEffect(() => {
    if (before.current === shape) return;
    before.current = shape;
    void flow.fitView(FIT);
  }, [shape, flow]);

  const onNodes = (changes: NodeChange<MemberNodeType>[]) => {
    const state = store.getState();
    for (const change of changes) {
      if (change.type === 'position' && change.position) state.place(change.id, change.position);
      if (change.type !== 'select') continue;
      if (change.selected) state.select(change.id);
      else if (store.getState().selected === change.id) state.select(null);
    }
  };
  const onEdges = (changes: EdgeChange<MemberEdgeType>[]) => {
    for (const change of changes) {
      if (change.type !== 'select') continue;
      const { edge: chosen, selectEdge } = store.getState();
      const [from = '', to = ''] = change.id.split('>');
      if (change.selected) selectEdge({ from, to });
      else if (chosen && edgeId(chosen.from, chosen.to) === change.id) selectEdge(null);
    }
  };
  const fits = ({ source, target }: Connection | MemberEdgeType) =>
    source !== target && !doc.members.find((member) => member.key === target)?.after.some((known) => known.from === source);

  return (
    <div className="chain-graph relative min-h-0 flex-1" data-graph={editable ? 'edit' : 'run'}>
      <ReactFlow
        aria-label={t('Graph of the chain. The list has the same for the keyboard.')}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={onNodes}
        onEdgesChange={onEdges}
        onConnect={({ source, target }) => store.getState().connect(source, target)}
        isValidConnection={fits}
        connectionRadius={28}
        nodesDraggable={editable}
        nodesConnectable={editable}
        elementsSelectable={editable}
        nodesFocusable={editable}
        edgesFocusable={editable}
        ariaLabelConfig={SPOKEN}
        // Removing goes through the page, so that it can be undone.
        deleteKeyCode={null}
        multiSelectionKeyCode={null}
        selectionKeyCode={null}
        zoomOnDoubleClick={false}
        minZoom={0.2}
        maxZoom={1.6}
        fitView
        fitViewOptions={FIT}
      >
        <Background gap={16} size={1} />
        <Legend />
        <Zoom />
      </ReactFlow>
    </div>
  );
}

function Legend() {
  return (
    <Panel position="bottom-left" className="flex gap-4 text-xs text-muted">
      <span className="flex items-center gap-1.5">
        <i className="w-5 border-t-[1.5px] border-solid border-idle-solid" />
        {t('after success')}
      </span>
      <span className="flex items-center gap-1.5">
        <i className="w-5 border-t-[1.5px] border-dashed border-idle-solid" />
        {t('also after failure')}
      </span>
    </Panel>
  );
}

function Zoom() {
  const { zoomIn, zoomOut, fitView } = useReactFlow();
  return (
    <Panel position="top-right" className="flex gap-px rounded-md border border-line bg-raised p-0.5">
      <IconButton size="sm" label={t('Smaller')} onClick={() => void zoomOut()}>
        <Minus />
      </IconButton>
      <IconButton size="sm" label={t('Larger')} onClick={() => void zoomIn()}>
        <Plus />
      </IconButton>
      <IconButton size="sm" label={t('Show all of it')} onClick={() => void fitView(FIT)}>
        <Maximize />
      </IconButton>
    </Panel>
  );
}
