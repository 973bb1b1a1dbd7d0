/** Something that goes through the record, tells how far it is, and can be stopped; it stops with whoever shows it. */
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { asAppError, host, invoke, type AuditProgress } from '@/ipc';

type ProgressChannel = ReturnType<typeof channelOf>;

const channelOf = (onMessage: (progress: AuditProgress) => void) => host().channel<AuditProgress>(onMessage);

let made = 0;

export function useFollowed<Answer, Asked = void>(ask: (asked: Asked, name: string, channel: ProgressChannel) => Promise<Answer>, onDone?: (answer: Answer) => void) {
  const [progress, setProgress] = useState<AuditProgress | null>(null);
  const running = useRef<string | null>(null);
  const stop = () => {
    // One that has ended meanwhile is no error.
    if (running.current !== null) void invoke.transfersStop(running.current).catch(() => undefined);
  };
  useEffect(() => stop, []);
  const mutation = useMutation({
    mutationFn: async (asked: Asked) => {
      made += 1;
      const name = `record-${made}`;
      running.current = name;
      setProgress(null);
      try {
        return await ask(asked, name, channelOf((next) => running.current === name && setProgress(next)));
      } finally {
        running.current = null;
      }
    },
    ...(onDone ? { onSuccess: onDone } : {}),
  });
  const stopped = mutation.error !== null && asAppError(mutation.error).code === 'cancelled';
  return { start: mutation.mutate, stop, progress, busy: mutation.isPending, answer: mutation.data, stopped, error: stopped ? null : mutation.error };
}
