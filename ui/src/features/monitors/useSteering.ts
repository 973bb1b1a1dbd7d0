/** Steering a monitor from anywhere: pause, resume, disable, activate, acknowledge, delete with a way back. */
import { useMutation } from '@tanstack/react-query';
import { toast } from '@/components/toast';
import { t } from '@/i18n';
import { invoke, type FileMonitor, type MonitorState } from '@/ipc';

type Event = 'pause' | 'resume' | 'disable' | 'activate' | 'acknowledge';

const EVENTS: Record<Event, { run: (id: string) => Promise<FileMonitor>; done: (name: string) => string }> = {
  pause: { run: (id) => invoke.monitorsPause(id), done: (name) => t('{{name}} is paused', { name }) },
  resume: { run: (id) => invoke.monitorsResume(id), done: (name) => t('{{name}} looks again', { name }) },
  disable: { run: (id) => invoke.monitorsDisable(id), done: (name) => t('{{name}} is disabled', { name }) },
  activate: { run: (id) => invoke.monitorsActivate(id), done: (name) => t('{{name}} is active', { name }) },
  acknowledge: { run: (id) => invoke.monitorsAcknowledge(id), done: (name) => t('{{name}} looks again', { name }) },
};

/** What lets a monitor look again, or stops it for a while. */
export const MAIN: Record<MonitorState, { event: Event; label: string; kind: string; name: (name: string) => string; title: string }> = {
  active: {
    event: 'pause', label: t('Pause'), kind: t('Pause monitor'), name: (name) => t('Pause {{name}}', { name }), title: t('It stops looking until it is resumed'),
  },
  paused: {
    event: 'resume', label: t('Resume'), kind: t('Resume monitor'), name: (name) => t('Resume {{name}}', { name }), title: t('It looks again; what came meanwhile counts'),
  },
  disabled: {
    event: 'activate', label: t('Activate'), kind: t('Activate monitor'), name: (name) => t('Activate {{name}}', { name }),
    title: t('It looks again; what is in the folder by now does not count'),
  },
  error: {
    event: 'acknowledge', label: t('Acknowledge'), kind: t('Acknowledge monitor'), name: (name) => t('Acknowledge {{name}}', { name }),
    title: t('The error was seen; it looks again'),
  },
};

/** Any monitor, or all of them in one go: those that were paused together go on together. */
export function useSteerMonitors() {
  const onError = (error: unknown) => toast.failed(error);
  const one = useMutation({
    mutationFn: ({ monitor, event }: { monitor: Pick<FileMonitor, 'id' | 'name'>; event: Event }) => EVENTS[event].run(monitor.id),
    onSuccess: (_, { monitor, event }) => toast.done(EVENTS[event].done(monitor.name)),
    onError,
  });
  const all = useMutation({
    mutationFn: (how: 'pause' | 'resume') => (how === 'pause' ? invoke.monitorsPauseAll() : invoke.monitorsResumeAll()),
    onSuccess: ({ length }, how) =>
      length === 0
        ? toast.done(how === 'pause' ? t('No monitor is active') : t('No monitors were paused together'))
        : toast.done(how === 'pause' ? t('{{count}} monitors paused', { count: length }) : t('{{count}} monitors look again', { count: length })),
    onError,
  });
  return { one, all };
}

export function useSteering(monitor: Pick<FileMonitor, 'id' | 'name'>, onGone?: () => void) {
  const onError = (error: unknown) => toast.failed(error);
  const steer = useMutation({
    mutationFn: (event: Event) => EVENTS[event].run(monitor.id),
    onSuccess: (_, event) => toast.done(EVENTS[event].done(monitor.name)),
    onError,
  });
  const look = useMutation({
    mutationFn: () => invoke.monitorsScan(monitor.id),
    onSuccess: () => toast.done(t('{{name}} has looked', { name: monitor.name })),
    onError,
  });
  const remove = useMutation({
    mutationFn: () => invoke.monitorsDelete(monitor.id),
    onSuccess: () => {
      toast.done(t('{{name}} deleted', { name: monitor.name }), t('What it started stays.'), { label: t('Undo'), onClick: () => void invoke.monitorsRestore(monitor.id).catch(onError) });
      onGone?.();
    },
    onError,
  });
  return { steer, look, remove };
}
