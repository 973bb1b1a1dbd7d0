import { t } from '@/i18n';
import { toast } from './toast';

/** Puts a text on the clipboard and says so. */
export const copy = (text: string, what: string): void =>
  void navigator.clipboard.writeText(text).then(
    () => toast.done(t('{{what}} copied', { what })),
    () => toast.failed(new Error(t('The clipboard is not available.')), t('It was not copied')),
  );

/**
 * Puts a text on the clipboard that is still being made. The clipboard is asked for at once, since a page may write to it
 * only while a key or a button is pressed.
 */
export function put(text: Promise<string>): Promise<void> {
  if (typeof ClipboardItem === 'undefined') return text.then((made) => navigator.clipboard.writeText(made));
  return navigator.clipboard.write([new ClipboardItem({ 'text/plain': text.then((made) => new Blob([made], { type: 'text/plain' })) })]);
}
