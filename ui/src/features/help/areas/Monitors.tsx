/** Help: monitors. */
import { rich, t } from '@/i18n';
import { Code, GoTo, Note, Notes, P, Part, Points, See } from '../parts';

export function Monitors() {
  return (
    <>
      <Part id="monitors" title={t('Monitors')}>
        <P>{t('A monitor looks at a folder, here or on a server, and starts jobs and chains for the files in it.')}</P>
        <Points>
          <li>{t('What is in the folder when the monitor is saved or activated is known and starts nothing.')}</li>
          <li>{t('What comes while it is paused starts something when it goes on.')}</li>
          <li>
            {rich('Names of unfinished files, such as <code>*.part</code> and <code>*.tmp</code>, are left alone unless a pattern ends like that.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>{t('A file counts once for its size and time. A new time or size makes it a changed file.')}</li>
          <li>{t('The test below the patterns shows which files match now, and why others do not.')}</li>
        </Points>
      </Part>
      <Part id="form" title={t('The form')}>
        <Notes>
          <Note field={t('Name')}>{t('What the monitor is called in lists, messages and expressions.')}</Note>
          <Note field={t('Where the folder is')}>{t('On this computer, or on the server of a connection.')}</Note>
          <Note field={t('Connection')}>{t('The server whose folder is looked at.')}</Note>
          <Note field={t('Path')} example="/data/inbox">
            {t('The folder. On a network share it is only looked at from time to time, since the system does not tell of changes there.')}
          </Note>
          <Note field={t('Patterns')} example="*.csv">
            {t('Which names count, one a line. With a slash the pattern is about the path below the folder. None means every file.')}
          </Note>
          <Note field={t('Left out')} example="*_draft.csv">
            {t('Names that never count, one a line.')}
          </Note>
          <Note field={t('Files in one run, at most')}>{t('Of files that are ready together, how many one run is started with. The oldest come first; the rest follows in another run.')}</Note>
          <Note field={t('Every')}>{t('How often the folder is looked at. Local folders are watched as well, so that new files are noticed at once; the look makes sure.')}</Note>
          <Note field={t('A file is ready once unchanged for')}>{t('A local file counts when its size and time stood still that long; once its writer has closed it, a tenth is enough. A file on a server counts when two looks in a row find it the same.')}</Note>
          <Note field={t('In error after')}>{t('So many looks in a row that failed. Then it stops and waits until somebody acknowledges it. A wrong password or a changed host key is an error at once.')}</Note>
          <Note field={t('Looked at by')}>{t('Which Courier looks, where several share a database. Any: whichever comes first; when it falls silent another one takes over.')}</Note>
          <Note field={t('Tags')}>{t('Mark monitors as belonging together, for lists and notification rules.')}</Note>
          <Note field={t('Notes')}>{t('For whoever looks after it.')}</Note>
          <Note field={t('Names, one a line')}>{t('Names to try the patterns on, without any file being there.')}</Note>
        </Notes>
      </Part>
      <Part id="expected" title={t('Expected files')}>
        <P>
          {t('A monitor can wait for files: at least so many by a time of day. If they are missing then, an event tells it, and another one when they have come. Only files that have started something count, so leave room for the interval.')}
        </P>
        <Notes>
          <Note field={t('At least')}>{t('How many different files have to come.')}</Note>
          <Note field={t('By')} example="09:00">
            {t('The time of day by which they have to be there.')}
          </Note>
          <Note field={t('From')} usual={t('The deadline before')}>
            {t('From when files count for a deadline.')}
          </Note>
          <Note field={t('Time zone')}>{t('The clock that the times are meant by.')}</Note>
          <Note field={t('Names like')} example="sales*.csv">
            {t('Which of the files that count for the monitor are meant.')}
          </Note>
          <Note field={t('Except on the days of')}>{t('A calendar whose days have no deadline.')}</Note>
        </Notes>
      </Part>
      <Part id="hand" title={t('By hand')}>
        <Points>
          <li>{t('Files seen lists what started something. Forget lets files start it again at the next look, Run again does so at once.')}</li>
          <li>{t('Pausing all monitors, here or in the tray, pauses those that are active; resuming all lets just those go on.')}</li>
        </Points>
      </Part>
      <See>
        <GoTo to="/monitors">{t('Monitors')}</GoTo>
        <GoTo to="/monitors/new">{t('A new monitor')}</GoTo>
        <GoTo to="/settings" hash="policies">{t('Settings: Limits and policies')}</GoTo>
      </See>
    </>
  );
}
