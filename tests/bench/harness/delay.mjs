// A path with a long round trip before a server on loopback, the same for every contender.
import { startExample } from './example.mjs';

/** Starts the test kit's proxy before `server`; gives the server as seen through it, with `stop` for the proxy alone. */
export async function delayed(server, roundTripMs) {
  const { line, stop } = await startExample('delay', [`${server.port}`, `${roundTripMs}`]);
  return { ...server, port: Number(line), stop };
}
