/** Adding or editing a schedule: a plain kind or an expression, said in words with its next times while one chooses. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Combobox } from '@/components/Combobox';
import { Dialog } from '@/components/Dialog';
import { ErrorNotice } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Input } from '@/components/Input';
import { Select } from '@/components/Select';
import { CalendarField } from '@/features/calendars/CalendarField';
import { ParameterFields } from '@/features/jobs/builder/ParameterFields';
import { t } from '@/i18n';
import { asAppError, invoke, type MisfirePolicy, type OverlapPolicy, type ScheduleDraft, type ScheduleOwner, type ScheduleRow } from '@/ipc';
import { instantOf, LOCAL_ZONE, wallTime, ZONES, zoneName } from '@/lib/zones';
import { CronField, useCron } from './CronField';
import { expressionOf, KINDS, presetOf, START, type Kind, type Preset } from './preset';
import { useParameters } from './useParameters';
import { MISFIRE, OVERLAP } from './words';

const TOMORROW = 86_400_000;

interface Edited {
  kind: Kind;
  preset: Preset;
  expression: string;
  /** Of `once`: what the clock of the zone shows. */
  wall: string;
  zone: string;
  calendar: string | null;
  misfire: MisfirePolicy;
  overlap: OverlapPolicy;
  parameters: ScheduleRow['parameters'];
}

function edited(schedule: ScheduleRow | null): Edited {
  const zone = schedule?.time_zone ?? LOCAL_ZONE;
  const preset = schedule?.cron_expression ? presetOf(schedule.cron_expression) : START;
  return {
    kind: schedule?.schedule_type === 'one_shot' ? 'once' : preset.kind,
    preset,
    expression: schedule?.cron_expression ?? expressionOf(START) ?? '',
    wall: wallTime(schedule?.run_at ?? Date.now() + TOMORROW, zone).slice(0, 16),
    zone,
    calendar: schedule?.calendar_id ?? null,
    misfire: schedule?.misfire_policy ?? 'run_once',
    overlap: schedule?.overlap_policy ?? 'queue',
    parameters: schedule?.parameters ?? {},
  };
}

export function ScheduleDialog({ owner, schedule, onClose }: { owner: ScheduleOwner; schedule: ScheduleRow | null; onClose: () => void }) {
  const [draft, setDraft] = useState<Edited>(() => edited(schedule));
  const parameters = useParameters(owner);
  const edit = (change: Partial<Edited>) => setDraft((before) => ({ ...before, ...change }));
  const once = draft.kind === 'once';
  const choose = (change: Partial<Preset>) => {
    const preset = { ...draft.preset, ...change };
    edit({ kind: preset.kind, preset, expression: expressionOf(preset) ?? draft.expression });
  };

  const cron = useCron(draft.expression, draft.zone, draft.calendar, !once);
  const save = useMutation({
    mutationFn: async () => {
      const wanted: ScheduleDraft = {
        schedule_type: once ? 'one_shot' : 'cron',
        ...(once ? { run_at: instantOf(draft.wall, draft.zone) } : { cron_expression: draft.expression.trim() }),
        time_zone: draft.zone, calendar_id: draft.calendar, misfire_policy: draft.misfire, overlap_policy: draft.overlap, parameters: draft.parameters, is_enabled: schedule?.is_enabled ?? true,
      };
      return schedule ? invoke.schedulesEdit(schedule.id, wanted, schedule.updated_at) : invoke.schedulesAdd(owner, wanted);
    },
    onSuccess: onClose,
  });
  const problems = save.error ? asAppError(save.error).problems : [];
  const said = (path: string) => problems.find((problem) => problem.path === path)?.message;
  const ready = once ? instantOf(draft.wall, draft.zone) !== null : cron.wrong === null;
  const places = ['cron_expression', 'run_at', 'time_zone', 'calendar_id', ...parameters.map(({ name }) => `parameters.${name}`)];
  const elsewhere = save.error && !problems.some((problem) => places.includes(problem.path));
  const submit = () => ready && save.mutate();
  return (
    <Dialog
      open
      onClose={onClose}
      id="schedule-dialog"
      title={schedule ? t('Edit the schedule') : t('Add a schedule')}
      width={560}
      footer={
        <>
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button id="save-schedule" variant="primary" busy={save.isPending} disabled={!ready} title={ready ? undefined : t('Say first when it starts')} onClick={submit}>
            {schedule ? t('Save') : t('Add')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3" data-own-undo>
        {elsewhere ? <ErrorNotice error={save.error} /> : null}
        <div className="grid grid-cols-2 gap-3">
          <Field label={t('Starts')}>
            <Select id="schedule-kind" value={draft.kind} options={KINDS} onChange={(kind) => (kind === 'once' ? edit({ kind }) : choose({ kind }))} />
          </Field>
          <Field label={t('Time zone')} error={said('time_zone')}>
            <Combobox id="schedule-zone" value={draft.zone} options={ZONES} labelOf={zoneName} onChange={(zone) => edit({ zone })} none={t('No time zone is called that.')} />
          </Field>
        </div>
        {once ? (
          <Field label={t('At')} error={said('run_at')} help={t('As the clock in {{zone}} shows it.', { zone: zoneName(draft.zone) })}>
            <Input id="schedule-at" type="datetime-local" value={draft.wall} onChange={(event) => edit({ wall: event.target.value })} />
          </Field>
        ) : (
          <CronField
            cron={cron}
            preset={{ ...draft.preset, kind: draft.kind as Preset['kind'] }}
            expression={draft.expression}
            error={said('cron_expression')}
            onPreset={choose}
            onExpression={(expression) => edit({ expression, kind: 'expression' })}
            onEnter={submit}
          />
        )}
        <CalendarField id="schedule-calendar" value={draft.calendar} error={said('calendar_id')} help={t('Days on which it does not start.')} onChange={(calendar) => edit({ calendar })} />
        <div className="grid grid-cols-2 gap-3">
          <Field label={t('Times that were missed')} help={t('Courier was off, or the computer asleep.')}>
            <Select id="schedule-misfire" value={draft.misfire} onChange={(misfire) => edit({ misfire })} options={Object.entries(MISFIRE).map(([value, { label }]) => ({ value: value as MisfirePolicy, label }))} />
          </Field>
          <Field label={t('While its last run goes on')}>
            <Select id="schedule-overlap" value={draft.overlap} onChange={(overlap) => edit({ overlap })} options={Object.entries(OVERLAP).map(([value, { label }]) => ({ value: value as OverlapPolicy, label }))} />
          </Field>
        </div>
        {parameters.length > 0 && <ParameterFields parameters={parameters} values={draft.parameters} onChange={(values) => edit({ parameters: values })} onEnter={submit} />}
        {problems
          .filter((problem) => problem.path.startsWith('parameters.'))
          .map((problem) => (
            <p key={problem.path} role="alert" className="text-sm text-fail">
              {problem.message}
            </p>
          ))}
      </div>
    </Dialog>
  );
}
