/** The step types used last, newest first, for the top of the palette. */
const PLACE = 'courier.recent_steps';
const KEPT = 3;

export function recentTypes(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(PLACE) ?? '[]');
    return Array.isArray(list) ? list.filter((type) => typeof type === 'string').slice(0, KEPT) : [];
  } catch {
    return [];
  }
}

export function noteUse(type_key: string): void {
  try {
    const next = [type_key, ...recentTypes().filter((type) => type !== type_key)].slice(0, KEPT);
    localStorage.setItem(PLACE, JSON.stringify(next));
  } catch {
    // Without storage the palette has no recent types.
  }
}
