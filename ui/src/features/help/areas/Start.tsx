/** Help: the first job. */
import { rich, t } from '@/i18n';
import { Code, GoTo, InOrder, P, Part, Points, See } from '../parts';

export function Start() {
  return (
    <>
      <Part id="what" title={t('What Courier does')}>
        <P>
          {t('Courier moves files between a company and its partners without anybody watching. A job says what to do: fetch files from a server, check who signed them, decrypt and unpack them, put them where they belong. Courier runs it, goes on after a crash, and keeps a receipt for every file it moved.')}
        </P>
        <P>{t('There is no account and no server: everything is kept in a database on this computer, or in a PostgreSQL database that several Couriers share.')}</P>
      </Part>
      <Part id="first" title={t('The first job')}>
        <InOrder>
          <li>{t('Set up the vault. It keeps passwords and private keys. Write down the recovery code that it shows.')}</li>
          <li>{t('Try the sample: an SFTP server on this computer with encrypted invoices, and a job that fetches, decrypts, unpacks and delivers them.')}</li>
          <li>{t('Add the partner’s server under Connections. Save and test goes through the connection stage by stage and says which one fails and why.')}</li>
          <li>{t('Add keys, if files are encrypted or signed: generate a pair of your own, import the partner’s.')}</li>
          <li>{t('Draw the job under Jobs, look at it with a dry run, save it, and run it.')}</li>
          <li>{t('Give it a schedule, or a monitor that starts it when a file comes.')}</li>
        </InOrder>
      </Part>
      <Part id="finding" title={t('Finding your way')}>
        <Points>
          <li>
            {rich('<code>Ctrl K</code> finds pages, jobs, runs and files by name, and does most things: run, make, switch on and off.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>
            {rich('{{code}} lists the keys of the page you are on. <code2>F1</code2> opens the help of it; in the builder that of the selected step.', { code: <Code>?</Code>, code2: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>{t('The small question mark beside a field explains that field.')}</li>
          <li>{t('Files that are dropped on the window fill the path field under them. Anywhere else Courier offers to send them, to watch their folder, or to encrypt them.')}</li>
        </Points>
      </Part>
      <Part id="background" title={t('When the window is closed')}>
        <P>
          {t('Closing the window leaves Courier at work in the tray: jobs run on, schedules fire, monitors watch. Quit in the tray’s menu ends it. Whether Courier starts when you log in is said in the settings.')}
        </P>
      </Part>
      <See>
        <GoTo to="/">{t('Dashboard')}</GoTo>
        <GoTo to="/connections">{t('Connections')}</GoTo>
        <GoTo to="/keys">{t('Keys')}</GoTo>
        <GoTo to="/jobs">{t('Jobs')}</GoTo>
        <GoTo to="/settings" hash="start">{t('Settings: Start')}</GoTo>
      </See>
    </>
  );
}
