/** Everything the host finds wrong with the job, in the builder's words. */
import { Problems } from '@/components/Problems';
import type { Problem } from '@/ipc';
import { useBuilder, useSpecs } from './context';
import { inOrder } from './model/doc';
import { fieldWords, placeWords } from './model/problems';

export function ProblemsPanel({ onGo }: { onGo: (problem: Problem) => void }) {
  const specs = useSpecs();
  const problems = useBuilder((state) => state.problems);
  const steps = useBuilder((state) => state.doc.steps);
  const insisted = useBuilder((state) => state.insisted);
  const checkedAt = useBuilder((state) => state.checkedAt);
  const order = inOrder(steps);
  return (
    <Problems
      problems={problems}
      checkedAt={checkedAt}
      insisted={insisted}
      command="courier job validate"
      fieldWords={(path) => fieldWords(path, order, specs)}
      placeWords={(path) => placeWords(path, order, specs)}
      onGo={onGo}
    />
  );
}
