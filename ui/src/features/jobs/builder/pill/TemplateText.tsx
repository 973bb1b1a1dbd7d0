/** A template for reading: text and small pills in one line. */
import type { Problem } from '@/ipc';
import { cn } from '@/lib/cn';
import { isGone } from '../model/problems';
import { parts } from '../model/template';
import { Pill } from './Pill';

export function TemplateText({ text, problems, className }: { text: string; problems: readonly Problem[]; className?: string }) {
  const pieces = parts(text).filter((piece) => piece.text !== '');
  const alone = pieces.filter((piece) => piece.kind === 'expression').length === 1;
  return (
    <span className={cn('flex min-w-0 items-center gap-1', className)}>
      {pieces.map((piece) =>
        piece.kind === 'expression' ? (
          <Pill key={piece.start} inner={piece.inner} small gone={isGone(piece.inner, problems, alone)} className="flex-initial" />
        ) : (
          <span key={piece.start} className="mono truncate" title={text}>
            {piece.text}
          </span>
        ),
      )}
    </span>
  );
}
