// Waiting for something to become true. Nothing here ever waits for a time to pass.
import { setTimeout as pause } from 'node:timers/promises';

/** Asks `holds` again and again until it answers with something true, and returns that. */
export async function until(what, holds, limit = 10_000) {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await holds();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`In ${limit / 1000} s it did not happen: ${what}`);
    await pause(25);
  }
}

/** The promise's value, or a failure that says what took too long. */
export async function within(limit, what, promise) {
  const late = new AbortController();
  const timer = pause(limit, undefined, { signal: late.signal }).then(() => {
    throw new Error(`${what} took longer than ${limit / 1000} s`);
  });
  try {
    return await Promise.race([promise, timer]);
  } finally {
    late.abort();
    timer.catch(() => {});
  }
}
