/** The colours that a tag is offered; any other can be written. They stand beside the name, which says it all. */
import { t } from '@/i18n';
export const COLORS: readonly { value: string; name: string }[] = [
  { value: '#2563EB', name: t('Blue') },
  { value: '#0891B2', name: t('Teal') },
  { value: '#16A34A', name: t('Green') },
  { value: '#CA8A04', name: t('Yellow') },
  { value: '#EA580C', name: t('Orange') },
  { value: '#DC2626', name: t('Red') },
  { value: '#DB2777', name: t('Pink') },
  { value: '#7C3AED', name: t('Violet') },
  { value: '#78716C', name: t('Grey') },
];

export const isColor = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text);
