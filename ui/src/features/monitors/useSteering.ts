/** Steering a monitor from anywhere: pause, resume, disable, activate, acknowledge, delete with a way back. */
import { useMutation } from '@tanstack/react-query';
import { toast } from '@/components/toast';
import { invoke, type FileMonitor, type MonitorState } from '@/ipc';
import { count } from '@/lib/format';

type Event = 'pause' | 'resume' | 'disable' | 'activate' | 'acknowledge';

const EVENTS: Record<Event, { run: (id: string) => Promise<FileMonitor>; done: string }> = {
  pause: { run: (id) => invoke.monitorsPause(id), done: 'is paused' },
  resume: { run: (id) => invoke.monitorsResume(id), done: 'looks again' },
  disable: { run: (id) => invoke.monitorsDisable(id), done: 'is disabled' },
  activate: { run: (id) => invoke.monitorsActivate(id), done: 'is active' },
  acknowledge: { run: (id) => invoke.monitorsAcknowledge(id), done: 'looks again' },
};

/** What lets a monitor look again, or stops it for a while. */
export const MAIN: Record<MonitorState, { event: Event; label: string; title: string }> = {
  active: { event: 'pause', label: 'Pause', title: 'It stops looking until it is resumed' },
  paused: { event: 'resume', label: 'Resume', title: 'It looks again; what came meanwhile counts' },
  disabled: { event: 'activate', label: 'Activate', title: 'It looks again; what is in the folder by now does not count' },
  error: { event: 'acknowledge', label: 'Acknowledge', title: 'The error was seen; it looks again' },
};

/** Any monitor, or all of them in one go: those that were paused together go on together. */
export function useSteerMonitors() {
  const onError = (error: unknown) => toast.failed(error);
  const one = useMutation({
    mutationFn: ({ monitor, event }: { monitor: Pick<FileMonitor, 'id' | 'name'>; event: Event }) => EVENTS[event].run(monitor.id),
    onSuccess: (_, { monitor, event }) => toast.done(`${monitor.name} ${EVENTS[event].done}`),
    onError,
  });
  const all = useMutation({
    mutationFn: (how: 'pause' | 'resume') => (how === 'pause' ? invoke.monitorsPauseAll() : invoke.monitorsResumeAll()),
    onSuccess: ({ length }, how) =>
      length === 0
        ? toast.done(how === 'pause' ? 'No monitor is active' : 'No monitors were paused together')
        : toast.done(`${count(length, 'monitor')} ${how === 'pause' ? 'paused' : length === 1 ? 'looks again' : 'look again'}`),
    onError,
  });
  return { one, all };
}

export function useSteering(monitor: Pick<FileMonitor, 'id' | 'name'>, onGone?: () => void) {
  const onError = (error: unknown) => toast.failed(error);
  const steer = useMutation({
    mutationFn: (event: Event) => EVENTS[event].run(monitor.id),
    onSuccess: (_, event) => toast.done(`${monitor.name} ${EVENTS[event].done}`),
    onError,
  });
  const look = useMutation({
    mutationFn: () => invoke.monitorsScan(monitor.id),
    onSuccess: () => toast.done(`${monitor.name} has looked`),
    onError,
  });
  const remove = useMutation({
    mutationFn: () => invoke.monitorsDelete(monitor.id),
    onSuccess: () => {
      toast.done(`${monitor.name} deleted`, 'What it started stays.', { label: 'Undo', onClick: () => void invoke.monitorsRestore(monitor.id).catch(onError) });
      onGone?.();
    },
    onError,
  });
  return { steer, look, remove };
}
