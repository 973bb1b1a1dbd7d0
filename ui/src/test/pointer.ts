/** What lies under the pointer, which jsdom does not know. Only where a test says so: axe takes an answer for a layout. */
export function pointAt(element: Element | null): void {
  Object.defineProperty(document, 'elementFromPoint', { configurable: true, value: () => element });
}
