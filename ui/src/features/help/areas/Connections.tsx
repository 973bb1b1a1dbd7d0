/** Help: connections, host keys, certificates. */
import { Code, GoTo, InOrder, Note, Notes, P, Part, Points, See } from '../parts';

export function Connections() {
  return (
    <>
      <Part id="connections" title="Connections">
        <P>A connection says how to reach a server, who you are there, and how the server proves who it is. Steps, monitors and your own look around use it by name.</P>
        <Points>
          <li>Save and test goes through the stages one by one: name, network, trust, login, listing. It says which one fails, and what to do.</li>
          <li>Browse lists the server’s folders. Files can be fetched, sent, renamed and deleted by hand; each of that is on the record.</li>
          <li>Passwords are kept in the vault and are never shown again.</li>
          <li>A disabled connection is used by nothing.</li>
        </Points>
      </Part>
      <Part id="server" title="Server and login">
        <Notes>
          <Note field="Name">What steps and the command line call it.</Note>
          <Note field="Group">Connections of one group stand together in the list.</Note>
          <Note field="Protocol">SFTP runs over SSH. FTPS is FTP with TLS. Plain FTP protects nothing: names, passwords and files can be read on the way.</Note>
          <Note field="Host" example="sftp.example.org">
            The server’s name or address.
          </Note>
          <Note field="Port" usual="22 for SFTP, 21 for FTP and FTPS, 990 when TLS begins at once">
            Where the server listens.
          </Note>
          <Note field="TLS begins">Explicit: after the greeting, by a command. Implicit: at once. The server’s owner knows which.</Note>
          <Note field="User name">Who you are on that server.</Note>
          <Note field="With">How you prove it: a password, an SSH key, or both.</Note>
          <Note field="Password">It is kept in the vault, encrypted. Leave it empty to keep the one that is there.</Note>
          <Note field="SSH key">One of our keys, from the Keys page. Send its public half to the server’s owner.</Note>
          <Note field="Tags">Mark connections as belonging together.</Note>
        </Notes>
      </Part>
      <Part id="trust" title="Host keys and certificates">
        <P>The server has to prove who it is before a user name or password is sent. A key that has changed, or a certificate that is expired, of another name or unknown, ends the connection before that.</P>
        <InOrder>
          <li>Test the connection. What the server shows appears with its fingerprint.</li>
          <li>Ask the server’s owner for the fingerprint by another way, such as the telephone, and compare all of it.</li>
          <li>Only then trust it. A new host key takes the place of the known one of its kind.</li>
        </InOrder>
        <Notes>
          <Note field="Host key" usual="Trust the first, refuse any change">
            How an SFTP server proves who it is. Only the key entered here asks for the fingerprint beforehand. Any key is not safe: somebody in between would not be noticed. It is on the record, and can be forbidden in the settings.
          </Note>
          <Note field="Fingerprint" example="SHA256:…">
            The host key’s fingerprint, as the server’s owner told it.
          </Note>
          <Note field="Certificate" usual="As this computer trusts it">
            How an FTPS server proves who it is. For a server with a certificate of its own making, enter just that one.
          </Note>
          <Note field="SHA-256 of the certificate">64 hexadecimal digits. The test shows what the server presents; compare it with what its owner told.</Note>
          <Note field="Oldest TLS" usual="TLS 1.2">
            Nothing older than 1.2 is spoken in any case.
          </Note>
          <Note field="Newest TLS" usual="TLS 1.3">
            Some servers do not get on with 1.3 for data connections; Courier notices that, goes on with 1.2 and remembers it.
          </Note>
        </Notes>
      </Part>
      <Part id="limits" title="Time and limits">
        <Notes>
          <Note field="No progress for" usual="300 seconds">
            So long nothing may move before the transfer counts as stuck.
          </Note>
          <Note field="Reconnect" usual="2 times">
            How often a lost connection is made again within a step. The transfer then goes on where it was.
          </Note>
          <Note field="Keep alive" usual="60 seconds">
            How often something is sent on a quiet connection, so that no firewall forgets it.
          </Note>
          <Note field="Give up connecting after" usual="30 seconds">
            For each stage until the login.
          </Note>
          <Note field="Sessions at once" usual="4">
            How many connections this computer opens to the server at the same time, over all jobs. Lower it if the server says that there are too many.
          </Note>
          <Note field="Requests">Small ones, one at a time, are for servers that choke on many; it is slower.</Note>
          <Note field="Data connections" usual="Passive">
            Passive: we open them, which works through firewalls. Active: the server opens them.
          </Note>
          <Note field="Speed limit" usual="None">
            Of all transfers of this connection together, also with other limits at certain hours. It holds at once, also for what is under way.
          </Note>
          <Note field="Time zone of the hours">The clock that the hours of the speed limit are meant by.</Note>
        </Notes>
      </Part>
      <Part id="way" title="Proxies and jump hosts">
        <Notes>
          <Note field="Reached" usual="Directly">
            Through a SOCKS5 or HTTP proxy, or for SFTP through another SFTP connection.
          </Note>
          <Note field="Jump host">Another SFTP connection that the way leads through. It is trusted, and logged in to, by itself.</Note>
          <Note field="Proxy's host">The name or address of the proxy.</Note>
          <Note field="User of the proxy">Only if the proxy asks for one.</Note>
          <Note field="Password of the proxy">It is kept in the vault.</Note>
        </Notes>
      </Part>
      <Part id="algorithms" title="SSH algorithms">
        <P>Courier chooses current ones. What is no longer safe is used only if it is listed in the connection; it is marked wherever the connection is shown, and is on the record.</P>
      </Part>
      <Part id="import" title="Connections you have">
        <P>
          <Code>courier import ssh-config</Code>, <Code>winscp FILE</Code> and <Code>filezilla FILE</Code> take connections over, with a preview.
        </P>
      </Part>
      <See>
        <GoTo to="/connections">Connections</GoTo>
        <GoTo to="/keys" search={{ kind: 'ssh' }}>
          SSH keys
        </GoTo>
        <GoTo to="/settings" hash="policies">Settings: Limits and policies</GoTo>
      </See>
    </>
  );
}
