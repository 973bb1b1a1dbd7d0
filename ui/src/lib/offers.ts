/** Drafts on their way to the page that shows them unsaved. Each is taken once, by the name that is in its address. */
export interface Offers<T> {
  /** Gives the name. */
  offer: (draft: T) => string;
  offered: (name: string | null) => T | undefined;
  took: (name: string | null) => void;
}

let made = 0;

export function createOffers<T>(): Offers<T> {
  const waiting = new Map<string, T>();
  return {
    offer: (draft) => {
      made += 1;
      const name = `${Date.now().toString(36)}-${made}`;
      // Whoever thought better of the one before does not come back for it.
      waiting.clear();
      waiting.set(name, draft);
      return name;
    },
    offered: (name) => (name === null ? undefined : waiting.get(name)),
    took: (name) => void (name !== null && waiting.delete(name)),
  };
}
