/** Help: settings, the vault, several Couriers. */
import { rich, t } from '@/i18n';
import { Code, GoTo, Note, Notes, P, Part, Points, See } from '../parts';

export function Settings() {
  return (
    <>
      <Part id="vault" title={t('The vault')}>
        <P>
          {t('Passwords and private keys are encrypted with the vault’s key. The key lies in the system’s keychain, under a passphrase, or in a key file. Runs that need a secret wait while the vault is locked, and go on by themselves once it is open.')}
        </P>
        <Points>
          <li>{t('The recovery code opens the vault when its key is lost. It is shown once: write it down and keep it apart.')}</li>
          <li>{t('Replace makes a new key and a new recovery code, and puts every secret under it. If it is cut off, both keys open the vault until it is ended.')}</li>
          <li>{t('When the key cannot be had, the status says why; nothing is made anew over stored secrets.')}</li>
        </Points>
        <Notes>
          <Note field={t('Passphrase')}>{t('A few words that nobody else would put together. It is asked for at every start.')}</Note>
          <Note field={t('The same again')}>{t('So that no slip of the fingers is kept.')}</Note>
          <Note field={t('Key file')} example="/etc/courier/vault.key">
            {t('A file that only you can read. Keep a copy elsewhere: without it the vault stays closed.')}
          </Note>
          <Note field={t('Recovery code')}>{t('The code that was shown when the vault was set up, or when its key was last replaced.')}</Note>
          <Note field={t('Passphrase of the vault')}>{t('The one that opens it now. The new key is kept under it, too.')}</Note>
        </Notes>
      </Part>
      <Part id="policies" title={t('Limits and policies')}>
        <P>{t('They hold for everybody who shares the database, and at once. Each says what it does and what it was at first; the button behind it goes back to that.')}</P>
        <Points>
          <li>
            {rich('On the command line: <code>courier settings list</code>, <code>get</code>, <code>set</code>.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
          <li>{t('With folders of steps set, a step that would read or write elsewhere, also through a link, is refused before it begins.')}</li>
          <li>{t('Steps that run programs are refused until they are allowed.')}</li>
        </Points>
      </Part>
      <Part id="tags" title={t('Tags')}>
        <P>{t('Tags mark jobs, chains, monitors, connections and keys as belonging together. Lists can be narrowed by them, and notification rules can be about them.')}</P>
        <Notes>
          <Note field={t('Name')}>{t('What the tag is called.')}</Note>
          <Note field={t('Category')} example={t('Partner')}>
            {t('Groups tags in lists.')}
          </Note>
          <Note field={t('Notes')}>{t('For whoever uses it.')}</Note>
        </Notes>
      </Part>
      <Part id="nodes" title={t('Several Couriers')}>
        <P>
          {rich('Several Couriers on one PostgreSQL database share the work: <code>courier --database postgres://… agent</code> is one without a window. Each takes runs from the queue; when one falls silent, the others take over what it did. One time of a schedule starts one run, and one of them looks after a monitor.', { code: (inner) => <Code>{inner}</Code> })}
        </P>
        <Points>
          <li>{t('The chip with this computer’s name in the top bar shows how many take runs.')}</li>
          <li>{t('Each needs the vault’s key to open secrets: copy the key file and vault.json to its home.')}</li>
        </Points>
      </Part>
      <Part id="about" title={t('About')}>
        <P>
          {rich('It shows the versions of Courier, of its database and of what draws the window, and which library does which cryptography. Copy puts all of it on the clipboard, for a report. <code>courier version</code> says the same.', { code: (inner) => <Code>{inner}</Code> })}
        </P>
      </Part>
      <See>
        <GoTo to="/settings" hash="vault">{t('Vault')}</GoTo>
        <GoTo to="/settings" hash="policies">{t('Limits and policies')}</GoTo>
        <GoTo to="/settings" hash="nodes">{t('Nodes')}</GoTo>
        <GoTo to="/settings/tags">{t('Tags')}</GoTo>
        <GoTo to="/settings" hash="about">{t('About')}</GoTo>
      </See>
    </>
  );
}
