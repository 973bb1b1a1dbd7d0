/** What the page needs and jsdom has not: sizes for virtual lists, media queries, a clean page between tests. */
import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { toast } from 'sonner';
import { afterEach } from 'vitest';

// Waiting ends with what is waited for; the limit only says when to give up on a busy machine.
configure({ asyncUtilTimeout: 20_000 });

Object.defineProperties(Element.prototype, {
  clientHeight: { configurable: true, get: () => 800 },
  clientWidth: { configurable: true, get: () => 1280 },
});
window.HTMLElement.prototype.scrollIntoView ??= () => undefined;
window.HTMLElement.prototype.scrollTo ??= () => undefined;
Element.prototype.setPointerCapture ??= () => undefined;
window.matchMedia ??= (query: string) =>
  ({ matches: false, media: query, addEventListener: () => undefined, removeEventListener: () => undefined }) as unknown as MediaQueryList;
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};

afterEach(() => {
  cleanup();
  // News that still stands would be told again by the next page.
  for (const { id } of toast.getToasts()) toast.dismiss(id);
  localStorage.clear();
  Reflect.deleteProperty(document, 'elementFromPoint');
  document.body.innerHTML = '';
});
