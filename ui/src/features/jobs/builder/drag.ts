/**
 * Where a dragged step would land. Every gap takes part, also those where it may not go: over one of these there is no
 * target, instead of a jump to the nearest that is allowed.
 */
import type { CollisionDetection, DndContextProps, Modifier } from '@dnd-kit/core';
import { t } from '@/i18n';
import type { Position } from './model/tree';

export type Dragged = { from: 'palette'; type_key: string } | { from: 'pipeline'; key: string };

export interface GapData {
  at: Position;
  legal: boolean;
}

/** What a screen reader says of drags; where a step would land is said by the line there. */
export const SPOKEN: DndContextProps['accessibility'] = {
  screenReaderInstructions: { draggable: t('Drag it with the pointer, or move it with Alt and the arrow keys.') },
  announcements: {
    onDragStart: () => t('Dragging'),
    onDragOver: () => undefined,
    onDragEnd: ({ over }) => (over ? t('Dropped') : t('The drag was cancelled')),
    onDragCancel: () => t('The drag was cancelled'),
  },
};

interface Box {
  left: number;
  right: number;
  top: number;
  height: number;
}

/** How far the pointer is from a gap; the row counts most, the depth decides between gaps in one place. */
export function distance(pointer: { x: number; y: number }, box: Box): number | null {
  if (pointer.x < box.left - 120 || pointer.x > box.right + 40) return null;
  const middle = box.top + box.height / 2;
  const inside = pointer.y >= box.top && pointer.y <= box.top + box.height;
  return (inside ? 0 : Math.abs(pointer.y - middle) * 4) + Math.max(0, box.left - pointer.x) * 0.5;
}

export const nearestGap: CollisionDetection = ({ droppableContainers, droppableRects, pointerCoordinates }) => {
  if (!pointerCoordinates) return [];
  const hits = droppableContainers.flatMap((container) => {
    const rect = droppableRects.get(container.id);
    const value = rect ? distance(pointerCoordinates, rect) : null;
    return value === null ? [] : [{ id: container.id, data: { droppableContainer: container, value } }];
  });
  const best = hits.sort((a, b) => a.data.value - b.data.value)[0];
  return best && (best.data.droppableContainer.data.current as GapData | undefined)?.legal ? [best] : [];
};

/** The key of the gap under a point as it is on the screen now, with `null` for none. */
export function gapAt(pointer: { x: number; y: number }): string | null {
  let best: { key: string; value: number } | null = null;
  for (const element of document.querySelectorAll<HTMLElement>('[data-gap]')) {
    const value = distance(pointer, element.getBoundingClientRect());
    const key = element.dataset.gap;
    if (value !== null && key !== undefined && (best === null || value < best.value)) best = { key, value };
  }
  return best?.key ?? null;
}

/** What is dragged hangs below the pointer, so that it hides neither the line nor its words. */
const besidePointer: Modifier = ({ activatorEvent, draggingNodeRect, transform }) => {
  if (!(activatorEvent instanceof PointerEvent) || !draggingNodeRect) return transform;
  return {
    ...transform,
    x: transform.x + activatorEvent.clientX - draggingNodeRect.left + 14,
    y: transform.y + activatorEvent.clientY - draggingNodeRect.top + 14,
  };
};
export const BESIDE_POINTER = [besidePointer];
