/** Help: connections, host keys, certificates. */
import { rich, t } from '@/i18n';
import { Code, GoTo, InOrder, Note, Notes, P, Part, Points, See } from '../parts';

export function Connections() {
  return (
    <>
      <Part id="connections" title={t('Connections')}>
        <P>{t('A connection says how to reach a server, who you are there, and how the server proves who it is. Steps, monitors and your own look around use it by name.')}</P>
        <Points>
          <li>{t('Save and test goes through the stages one by one: name, network, trust, login, listing. It says which one fails, and what to do.')}</li>
          <li>{t('Browse lists the server’s folders. Files can be fetched, sent, renamed and deleted by hand; each of that is on the record.')}</li>
          <li>{t('Passwords are kept in the vault and are never shown again.')}</li>
          <li>{t('A disabled connection is used by nothing.')}</li>
        </Points>
      </Part>
      <Part id="server" title={t('Server and login')}>
        <Notes>
          <Note field={t('Name')}>{t('What steps and the command line call it.')}</Note>
          <Note field={t('Group')}>{t('Connections of one group stand together in the list.')}</Note>
          <Note field={t('Protocol')}>{t('SFTP runs over SSH. FTPS is FTP with TLS. Plain FTP protects nothing: names, passwords and files can be read on the way.')}</Note>
          <Note field={t('Host')} example="sftp.example.org">
            {t('The server’s name or address.')}
          </Note>
          <Note field={t('Port')} usual={t('22 for SFTP, 21 for FTP and FTPS, 990 when TLS begins at once')}>
            {t('Where the server listens.')}
          </Note>
          <Note field={t('TLS begins')}>{t('Explicit: after the greeting, by a command. Implicit: at once. The server’s owner knows which.')}</Note>
          <Note field={t('User name')}>{t('Who you are on that server.')}</Note>
          <Note field={t('With')}>{t('How you prove it: a password, an SSH key, or both.')}</Note>
          <Note field={t('Password')}>{t('It is kept in the vault, encrypted. Leave it empty to keep the one that is there.')}</Note>
          <Note field={t('SSH key')}>{t('One of our keys, from the Keys page. Send its public half to the server’s owner.')}</Note>
          <Note field={t('Tags')}>{t('Mark connections as belonging together.')}</Note>
        </Notes>
      </Part>
      <Part id="trust" title={t('Host keys and certificates')}>
        <P>{t('The server has to prove who it is before a user name or password is sent. A key that has changed, or a certificate that is expired, of another name or unknown, ends the connection before that.')}</P>
        <InOrder>
          <li>{t('Test the connection. What the server shows appears with its fingerprint.')}</li>
          <li>{t('Ask the server’s owner for the fingerprint by another way, such as the telephone, and compare all of it.')}</li>
          <li>{t('Only then trust it. A new host key takes the place of the known one of its kind.')}</li>
        </InOrder>
        <Notes>
          <Note field={t('Host key')} usual={t('Trust the first, refuse any change')}>
            {t('How an SFTP server proves who it is. Only the key entered here asks for the fingerprint beforehand. Any key is not safe: somebody in between would not be noticed. It is on the record, and can be forbidden in the settings.')}
          </Note>
          <Note field={t('Fingerprint')} example="SHA256:…">
            {t('The host key’s fingerprint, as the server’s owner told it.')}
          </Note>
          <Note field={t('Certificate')} usual={t('As this computer trusts it')}>
            {t('How an FTPS server proves who it is. For a server with a certificate of its own making, enter just that one.')}
          </Note>
          <Note field={t('SHA-256 of the certificate')}>{t('64 hexadecimal digits. The test shows what the server presents; compare it with what its owner told.')}</Note>
          <Note field={t('Oldest TLS')} usual="TLS 1.2">
            {t('Nothing older than 1.2 is spoken in any case.')}
          </Note>
          <Note field={t('Newest TLS')} usual="TLS 1.3">
            {t('Some servers do not get on with 1.3 for data connections; Courier notices that, goes on with 1.2 and remembers it.')}
          </Note>
        </Notes>
      </Part>
      <Part id="limits" title={t('Time and limits')}>
        <Notes>
          <Note field={t('No progress for')} usual={t('300 seconds')}>
            {t('So long nothing may move before the transfer counts as stuck.')}
          </Note>
          <Note field={t('Reconnect')} usual={t('2 times')}>
            {t('How often a lost connection is made again within a step. The transfer then goes on where it was.')}
          </Note>
          <Note field={t('Keep alive')} usual={t('60 seconds')}>
            {t('How often something is sent on a quiet connection, so that no firewall forgets it.')}
          </Note>
          <Note field={t('Give up connecting after')} usual={t('30 seconds')}>
            {t('For each stage until the login.')}
          </Note>
          <Note field={t('Sessions at once')} usual="4">
            {t('How many connections this computer opens to the server at the same time, over all jobs. Lower it if the server says that there are too many.')}
          </Note>
          <Note field={t('Requests')}>{t('Small ones, one at a time, are for servers that choke on many; it is slower.')}</Note>
          <Note field={t('Data connections')} usual={t('Passive')}>
            {t('Passive: we open them, which works through firewalls. Active: the server opens them.')}
          </Note>
          <Note field={t('Speed limit')} usual={t('None')}>
            {t('Of all transfers of this connection together, also with other limits at certain hours. It holds at once, also for what is under way.')}
          </Note>
          <Note field={t('Time zone of the hours')}>{t('The clock that the hours of the speed limit are meant by.')}</Note>
        </Notes>
      </Part>
      <Part id="way" title={t('Proxies and jump hosts')}>
        <Notes>
          <Note field={t('Reached')} usual={t('Directly')}>
            {t('Through a SOCKS5 or HTTP proxy, or for SFTP through another SFTP connection.')}
          </Note>
          <Note field={t('Jump host')}>{t('Another SFTP connection that the way leads through. It is trusted, and logged in to, by itself.')}</Note>
          <Note field={t("Proxy's host")}>{t('The name or address of the proxy.')}</Note>
          <Note field={t('User of the proxy')}>{t('Only if the proxy asks for one.')}</Note>
          <Note field={t('Password of the proxy')}>{t('It is kept in the vault.')}</Note>
        </Notes>
      </Part>
      <Part id="algorithms" title={t('SSH algorithms')}>
        <P>{t('Courier chooses current ones. What is no longer safe is used only if it is listed in the connection; it is marked wherever the connection is shown, and is on the record.')}</P>
      </Part>
      <Part id="import" title={t('Connections you have')}>
        <P>
          {rich('<code>courier import ssh-config</code>, <code>winscp FILE</code> and <code>filezilla FILE</code> take connections over, with a preview.', { code: (inner) => <Code>{inner}</Code> })}
        </P>
      </Part>
      <See>
        <GoTo to="/connections">{t('Connections')}</GoTo>
        <GoTo to="/keys" search={{ kind: 'ssh' }}>
          {t('SSH keys')}
        </GoTo>
        <GoTo to="/settings" hash="policies">{t('Settings: Limits and policies')}</GoTo>
      </See>
    </>
  );
}
