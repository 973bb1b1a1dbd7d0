/** The colours that a tag is offered; any other can be written. They stand beside the name, which says it all. */
export const COLORS: readonly { value: string; name: string }[] = [
  { value: '#2563EB', name: 'Blue' },
  { value: '#0891B2', name: 'Teal' },
  { value: '#16A34A', name: 'Green' },
  { value: '#CA8A04', name: 'Yellow' },
  { value: '#EA580C', name: 'Orange' },
  { value: '#DC2626', name: 'Red' },
  { value: '#DB2777', name: 'Pink' },
  { value: '#7C3AED', name: 'Violet' },
  { value: '#78716C', name: 'Grey' },
];

export const isColor = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text);
