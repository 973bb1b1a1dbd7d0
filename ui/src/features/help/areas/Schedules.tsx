/** Help: schedules, dependencies, calendars. */
import { rich, t } from '@/i18n';
import { Code, GoTo, Note, Notes, P, Part, Points, See } from '../parts';

export function Schedules() {
  return (
    <>
      <Part id="schedules" title={t('Schedules')}>
        <P>{t('A job or a chain has any number of schedules. They are in the job’s Schedules dialog and on the chain’s page, in words and with their next times.')}</P>
        <Points>
          <li>{t('They fire wherever Courier runs: the window, also closed in the tray, or an agent. One time starts one run, also when several Couriers share a database.')}</li>
          <li>{t('A time that a change to summer time leaves out fires right after it; one that comes twice fires once.')}</li>
          <li>{t('A disabled job’s times pass without a trace.')}</li>
          <li>{t('They can be told to wait for mains power or for an unmetered network, in the settings.')}</li>
        </Points>
        <Notes>
          <Note field={t('Starts')}>{t('Again and again by a rule, or once at a time.')}</Note>
          <Note field={t('Expression')} example="0 30 6 ? * MON-FRI">
            {rich('Quartz: second, minute, hour, day of month, month, weekday, perhaps a year. <code>L</code> is the last day, <code>W</code> the nearest weekday, {{code2}} the n-th weekday of a month.', { code: (inner) => <Code>{inner}</Code>, code2: <Code>#</Code> })}
          </Note>
          <Note field={t('Time zone')}>{t('The clock that the times are meant by. With summer time it keeps the time of day.')}</Note>
          <Note field={t('At')}>{t('The time of day by the clock of the schedule’s zone.')}</Note>
          <Note field={t('Every')}>{t('How much time lies between two starts.')}</Note>
          <Note field={t('Minutes past the hour')}>{t('At which minute of each hour it starts.')}</Note>
          <Note field={t('On day')}>{t('The day of the month. Months without that day are left out.')}</Note>
          <Note field={t('Except on the days of')}>{t('A calendar whose days are passed over. They are not missed, and nothing makes up for them.')}</Note>
          <Note field={t('Times that were missed')} usual={t('One run for all of them')}>
            {t('What becomes of times that came while Courier was off or the computer asleep: one run for all of them, none, or one for each, at most the last 100. They are recorded in any case.')}
          </Note>
          <Note field={t('While its last run goes on')}>{t('Whether the next start waits for the one that still runs, or is left out and recorded.')}</Note>
        </Notes>
      </Part>
      <Part id="calendars" title={t('Calendars')}>
        <P>{t('A calendar names days on which nothing starts: weekdays, single dates, dates of every year. It is made in the settings, also from an iCalendar file or a list, and may be used by many schedules and monitors.')}</P>
        <Notes>
          <Note field={t('Date')} example="2027-03-26">
            {t('One day, or with month and day alone a day of every year.')}
          </Note>
          <Note field={t('Occasion')}>{t('A word for people, such as the holiday’s name.')}</Note>
        </Notes>
      </Part>
      <Part id="dependencies" title={t('Dependencies')}>
        <Points>
          <li>{t('A job can wait for another one: its runs stay queued until that job has been done since this one last started.')}</li>
          <li>{t('Or the end of the other one starts it.')}</li>
          <li>{t('Jobs that would wait for each other in a circle are refused, with the circle.')}</li>
          <li>{t('Runs of a chain, and runs that another run waits for, wait for no dependency.')}</li>
        </Points>
      </Part>
      <See>
        <GoTo to="/jobs">{t('Jobs')}</GoTo>
        <GoTo to="/settings" hash="calendars">{t('Settings: Calendars')}</GoTo>
        <GoTo to="/settings" hash="policies">{t('Settings: Limits and policies')}</GoTo>
        <GoTo to="/">{t('Dashboard: what was missed, what starts next')}</GoTo>
      </See>
    </>
  );
}
