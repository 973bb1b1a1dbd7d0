/** An edge: dashed and named when it also leads on after a failure; chosen, it can be changed. */
import { BaseEdge, EdgeLabelRenderer, getBezierPath, type Edge, type EdgeProps } from '@xyflow/react';
import { Check, X } from 'lucide-react';
import { Button, IconButton } from '@/components/Button';
import { t } from '@/i18n';
import { cn } from '@/lib/cn';
import { useChainStore } from '../context';

export type EdgeData = {
  also: boolean;
  /** What the upstream's end means for it; `null` while that is not known. */
  ending: 'leads' | 'stops' | null;
  from: string;
  to: string;
};
export type MemberEdgeType = Edge<EdgeData, 'member'>;

const STROKE = { leads: 'var(--ok-solid)', stops: 'var(--fail-solid)' } as const;

export function MemberEdge({ source, target, data, selected, markerEnd, ...ends }: EdgeProps<MemberEdgeType>) {
  const store = useChainStore();
  const [path, x, y] = getBezierPath(ends);
  if (!data) return null;
  const { also, ending } = data;
  const style = {
    ...(ending && !selected ? { stroke: STROKE[ending] } : {}),
    ...(selected ? { stroke: 'var(--accent)' } : {}),
    ...(also ? { strokeDasharray: '5 4' } : {}),
  };
  return (
    <>
      <BaseEdge path={path} style={style} interactionWidth={18} {...(markerEnd ? { markerEnd } : {})} />
      {(also || selected) && (
        <EdgeLabelRenderer>
          <div
            className={cn('nodrag nopan absolute flex items-center gap-1 rounded-[5px] bg-raised text-xs', selected ? 'pointer-events-auto z-10 border border-line p-0.5 shadow-float' : 'px-1 text-muted')}
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
            data-edge-label={`${data.from} → ${data.to}`}
          >
            {selected ? (
              <>
                <Button size="sm" variant="ghost" aria-pressed={also} data-edge-also className={cn(also && 'bg-active text-ink')} onClick={() => store.getState().setAlso(source, target, !also)}>
                  {also && <Check />}
                  {t('Also after failure')}
                </Button>
                <IconButton size="sm" label={t('Disconnect {{from}} from {{to}}', { from: data.from, to: data.to })} data-edge-remove onClick={() => store.getState().disconnect(source, target)}>
                  <X />
                </IconButton>
              </>
            ) : (
              t('also after failure')
            )}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
}
