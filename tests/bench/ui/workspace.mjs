// What a house has that has worked with Courier for years: a thousand jobs, one of them with a thousand steps, and fifty
// that go on for as long as anybody looks.

export const [JOBS, STEPS, ROUNDS] = [1000, 1000, 50];
export const LONG_JOB = 'Everything at once';

const copy = (n) => ({
  name: `Copy ${n}`, alias: `copy_${n}`, type_key: 'file.copy', configuration: { source_path: `/data/in/${n}/*.csv`, destination_path: `/data/out/${n}/` },
});

/** A round takes its steps once a second, for so many. */
export const workspace = (seconds) => ({
  courier: 1,
  settings: { 'job.concurrency_limit': String(ROUNDS) },
  jobs: [
    ...Array.from({ length: JOBS }, (_, n) => ({ name: `Partner ${n} orders`, steps: [copy(0)] })),
    { name: LONG_JOB, steps: Array.from({ length: STEPS }, (_, n) => copy(n)) },
    ...Array.from({ length: ROUNDS }, (_, n) => round(n, seconds)),
  ],
});

const round = (n, seconds) => ({
  name: `Round ${n}`,
  steps: [
    { name: 'Each second', alias: 'each', type_key: 'flow.foreach', configuration: { source: Array.from({ length: seconds }, (_, second) => second) } },
    { name: 'Wait', alias: 'wait', type_key: 'flow.wait', configuration: { seconds: 1 } },
    { name: 'Note', alias: 'note', type_key: 'context.set', configuration: { values: { second: '{{ loop.item }}' } } },
    { name: 'End', alias: 'end', type_key: 'flow.end', configuration: {} },
  ],
});
