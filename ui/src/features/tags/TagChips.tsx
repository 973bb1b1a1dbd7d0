import type { Tag } from '@/ipc';
import { Dot } from './Dot';

/** The first of a thing's tags and how many more there are, as a list has room for; all of them on hover. */
export function TagChips({ tags }: { tags: readonly Tag[] }) {
  const [first, ...more] = tags;
  if (!first) return <span className="text-faint">–</span>;
  return (
    <span className="flex min-w-0 items-center gap-1.5" title={tags.map((tag) => tag.name).join(', ')} data-tags={tags.length}>
      <span className="inline-flex h-[18px] min-w-0 items-center gap-[5px] rounded-full border border-line px-1.5 text-xs text-muted">
        <Dot color={first.color} className="size-1.5" />
        <span className="truncate">{first.name}</span>
      </span>
      {more.length > 0 && (
        <span className="num flex-none text-xs text-muted">
          <span aria-hidden>{`+${more.length}`}</span>
          <span className="sr-only">{more.map((tag) => tag.name).join(', ')}</span>
        </span>
      )}
    </span>
  );
}
