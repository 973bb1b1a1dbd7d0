/** Short news that need no answer. Failures are told as a title and the message, from the one error table. */
import { toast as sonner } from 'sonner';
import { asAppError, presentation } from '@/ipc';

export const toast = {
  done(title: string, description?: string, action?: { label: string; onClick: () => void }) {
    sonner.success(title, { description, action });
  },
  failed(error: unknown, what?: string, action?: { label: string; onClick: () => void }) {
    const failure = asAppError(error);
    const shown = presentation(failure);
    sonner.error(what ?? shown.title, { description: [failure.message, shown.hint].filter(Boolean).join(' '), duration: 8_000, action });
  },
};
