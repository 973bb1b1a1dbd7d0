import { describe, expect, it, vi } from 'vitest';

describe('the first page', () => {
  it('is there when nothing is on its way in a frame, and is marked once', async () => {
    vi.resetModules();
    const { isOnTheWay, READY } = await import('./ready');
    performance.clearMarks(READY);
    const marks = () => performance.getEntriesByName(READY).length;
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const task = () => new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener('message', resolve);
      port1.start();
      port2.postMessage(null);
    });

    const codeCame = isOnTheWay();
    codeCame();
    // The page that has loaded asks for its list.
    const listCame = isOnTheWay();
    await frame();
    await task();
    expect(marks()).toBe(0);

    listCame();
    await vi.waitFor(() => expect(marks()).toBe(1));

    isOnTheWay()();
    await frame();
    await task();
    expect(marks()).toBe(1);
  });
});
