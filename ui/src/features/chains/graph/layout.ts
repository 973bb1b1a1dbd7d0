/** Where members stand: from left to right, each after those that it waits for. */
import { Graph, layout } from '@dagrejs/dagre';
import type { Doc } from '../model/doc';

export const NODE = { width: 184, height: 52 } as const;
/** With its state. */
export const RUN_NODE = { width: 204, height: 72 } as const;

export interface Size {
  width: number;
  height: number;
}

export function placesOf(doc: Doc, size: Size): ReadonlyMap<string, { x: number; y: number }> {
  const graph = new Graph();
  // Between two columns there is room for what an edge says.
  graph.setGraph({ rankdir: 'LR', nodesep: 28, ranksep: 124 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const member of doc.members) graph.setNode(member.key, { ...size });
  const known = new Set(doc.members.map((member) => member.key));
  for (const member of doc.members) for (const edge of member.after) if (known.has(edge.from)) graph.setEdge(edge.from, member.key);
  layout(graph);
  return new Map(
    doc.members.map((member) => {
      const { x, y } = graph.node(member.key) as { x: number; y: number };
      return [member.key, { x: x - size.width / 2, y: y - size.height / 2 }];
    }),
  );
}
