/** Help: notifications and the outbox. */
import { t } from '@/i18n';
import { GoTo, Note, Notes, P, Part, Points, See } from '../parts';

export function Notifications() {
  return (
    <>
      <Part id="rules" title={t('Rules')}>
        <P>{t('Everything that happens is an event. A rule says who is told of which: what happened, what it is about, and by which channel. A rule is told of nothing from before it was made.')}</P>
        <Points>
          <li>{t('Send a test shows what the other side said.')}</li>
          <li>{t('Without tags, jobs, chains or monitors a rule is told of everything of the chosen kinds.')}</li>
          <li>{t('The same trouble with the same thing is told once in 30 minutes; what comes meanwhile is counted. When it works again, that is told once.')}</li>
          <li>{t('What is no trouble, such as a job that completed, is told each time.')}</li>
        </Points>
        <Notes>
          <Note field={t('Name')}>{t('What the rule is called in the log and on the command line.')}</Note>
          <Note field={t('Mail server')} example="mail.example.org">
            {t('The server that takes mails for you.')}
          </Note>
          <Note field={t('Port')} usual="587 with STARTTLS, 465 with TLS">
            {t('Where it listens.')}
          </Note>
          <Note field={t('Protection')} usual="STARTTLS">
            {t('STARTTLS begins in the clear and goes over to TLS; it is refused when the server cannot. None protects nothing.')}
          </Note>
          <Note field={t('From')}>{t('The address that mails come from.')}</Note>
          <Note field={t('To')}>{t('Who gets them, one address a line.')}</Note>
          <Note field={t('User name')}>{t('Empty if the mail server wants no login.')}</Note>
          <Note field={t('Password')}>{t('It is kept in the vault. While the vault is locked, such rules wait.')}</Note>
          <Note field={t('Address')}>
            {t('Of a webhook: where the JSON is posted; addresses of this computer are refused unless the settings allow them. Of a message queue: with the user and the virtual host, without the password.')}
          </Note>
          <Note field={t('Exchange')}>{t('Where the broker takes the messages. Empty is its default exchange.')}</Note>
          <Note field={t('Routing key')} usual={t('The event’s type')}>
            {t('By which the broker sorts them.')}
          </Note>
        </Notes>
      </Part>
      <Part id="outbox" title={t('Log and outbox')}>
        <Points>
          <li>{t('The log has every notice, with its attempts and what the other side said.')}</li>
          <li>{t('What does not arrive is tried again for about three hours, with longer and longer pauses. Then it is given up and waits in the outbox, where you can send it again.')}</li>
          <li>{t('What cannot arrive before somebody changes something, such as a refused address, is given up at once.')}</li>
          <li>{t('A notice may come twice when a Courier is killed at the wrong moment; it then has the same id.')}</li>
          <li>{t('The bell counts what came to the desktop, and what did not arrive, since the log was looked at last.')}</li>
        </Points>
      </Part>
      <See>
        <GoTo to="/settings/notifications">{t('Rules')}</GoTo>
        <GoTo to="/settings/notifications" search={{ tab: 'log' }}>
          {t('Log')}
        </GoTo>
        <GoTo to="/settings/notifications" search={{ tab: 'outbox' }}>
          {t('Outbox')}
        </GoTo>
      </See>
    </>
  );
}
