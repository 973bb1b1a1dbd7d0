/** Reads the rows of a run in memory as the host reads those of its store: outside loops, counted, and by iteration. */
import type { IterationPage, IterationQuery, IterationView, JobStep, LoopTally, StepExecution, StepTally, StepView } from '../bindings';

interface Place {
  depth: number;
  within: number | null;
}

function placesOf(steps: readonly JobStep[]): Place[] {
  const open: (number | null)[] = [];
  const innermost = () => open.findLast((block) => block !== null) ?? null;
  return steps.map((step) => {
    const here = { depth: open.length, within: innermost() };
    if (step.type_key === 'flow.foreach') open.push(step.step_order);
    if (step.type_key === 'flow.if') open.push(null);
    if (step.type_key === 'flow.else') return { ...here, depth: here.depth - 1 };
    if (step.type_key === 'flow.end') {
      open.pop();
      return { ...here, depth: open.length };
    }
    return here;
  });
}

/** The newest attempt of every step in every iteration. */
function newest(rows: readonly StepExecution[]): StepExecution[] {
  const found = new Map<string, StepExecution>();
  for (const row of rows) {
    const name = `${row.step_order} ${row.iteration_path}`;
    if ((found.get(name)?.retry_attempt ?? -1) <= row.retry_attempt) found.set(name, row);
  }
  return [...found.values()];
}

const numberOf = (path: string) => Number(path.split('/').at(-1));
const outerOf = (path: string) => path.split('/').slice(0, -1).join('/');
const bytesOf = (rows: readonly StepExecution[]) => rows.reduce((sum, row) => sum + (row.bytes_processed ?? 0), 0);

function tallyOf(rows: readonly StepExecution[]): StepTally | null {
  if (rows.length === 0) return null;
  const of = (state: StepExecution['state']) => rows.filter((row) => row.state === state).length;
  return { begun: rows.length, running: of('running'), completed: of('completed'), failed: of('failed'), skipped: of('skipped'), bytes: bytesOf(rows) };
}

function loopOf(steps: readonly JobStep[], places: readonly Place[], order: number, rows: readonly StepExecution[], expected: number | null): LoopTally {
  const body = steps.filter((_, index) => places[index]?.within === order).map((step) => step.step_order);
  const end = body.at(-1);
  const inside = rows.filter((row) => body.includes(row.step_order) && row.step_order !== end);
  const begun = new Set(inside.map((row) => row.iteration_path)).size;
  const completed = rows.filter((row) => row.step_order === end && row.state === 'completed').length;
  const failed = inside.filter((row) => row.state === 'failed').length;
  return { expected, begun, completed, failed, unfinished: begun - completed - failed, bytes: bytesOf(inside) };
}

export function stepViews(steps: readonly JobStep[], rows: readonly StepExecution[], expected: number | null = null): StepView[] {
  const places = placesOf(steps);
  const counted = newest(rows.filter((row) => row.iteration_path !== ''));
  return steps.map((step, index) => ({
    step,
    depth: places[index]?.depth ?? 0,
    within: places[index]?.within ?? null,
    attempts: rows.filter((row) => row.step_order === step.step_order && row.iteration_path === ''),
    taken_over: false,
    tally: tallyOf(counted.filter((row) => row.step_order === step.step_order)),
    iterations: step.type_key === 'flow.foreach' ? loopOf(steps, places, step.step_order, counted, expected) : null,
  }));
}

export function iterationViews(steps: readonly JobStep[], all: readonly StepExecution[], query: IterationQuery, running: boolean): IterationPage {
  const places = placesOf(steps);
  const body = steps.filter((_, index) => places[index]?.within === query.loop_order);
  const orders = body.map((step) => step.step_order);
  const { within = '', show = 'all', after = null, limit = 100 } = query;
  const rows = all.filter((row) => orders.includes(row.step_order) && row.iteration_path !== '' && outerOf(row.iteration_path) === within);
  const numbers = [...new Set(rows.map((row) => numberOf(row.iteration_path)))].sort((a, b) => a - b);
  const items = numbers
    .filter((number) => after === null || number > after)
    .map((number): IterationView => {
      const path = within === '' ? String(number) : `${within}/${number}`;
      const own = rows.filter((row) => row.iteration_path === path);
      const last = newest(own);
      const failed = last.find((row) => row.state === 'failed');
      const skipped = last.find((row) => row.state === 'skipped' && row.error_code !== null);
      const ended = last.some((row) => row.step_order === orders.at(-1) && row.state === 'completed');
      const told = failed ?? skipped;
      const state = failed ? 'failed' : ended ? 'completed' : running || last.some((row) => row.state === 'running') ? 'running' : 'pending';
      const over = state === 'failed' || state === 'completed';
      return {
        number, path, state, bytes: bytesOf(last), had_skips: ended && skipped !== undefined,
        started_at: own.map((row) => row.started_at).filter((at) => at !== null).sort().at(0) ?? null,
        completed_at: over ? (own.map((row) => row.completed_at).filter((at) => at !== null).sort().at(-1) ?? null) : null,
        failed_step: body.find((step) => step.step_order === told?.step_order)?.alias ?? null,
        error_code: told?.error_code ?? null, error_message: told?.error_message ?? null,
      };
    })
    .filter(({ state }) => show === 'all' || (show === 'failed' ? state === 'failed' : state === 'running' || state === 'pending'));
  const page = items.slice(0, limit || 100);
  return { items: page, next: items.length > page.length ? (page.at(-1)?.number ?? null) : null };
}

export function iterationSteps(steps: readonly JobStep[], all: readonly StepExecution[], loop: number, path: string): StepView[] {
  const places = placesOf(steps);
  const inner = newest(all.filter((row) => row.iteration_path.startsWith(`${path}/`)));
  return steps.flatMap((step, index) => {
    const place = places[index];
    if (place?.within !== loop) return [];
    return {
      step, depth: place.depth, within: loop, tally: null,
      attempts: all.filter((row) => row.step_order === step.step_order && row.iteration_path === path),
      taken_over: false,
      iterations: step.type_key === 'flow.foreach' ? loopOf(steps, places, step.step_order, inner, null) : null,
    };
  });
}
