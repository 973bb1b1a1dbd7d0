/** Help: OpenPGP and SSH keys. */
import { Code, GoTo, Note, Notes, P, Part, Points, See } from '../parts';

export function Keys() {
  return (
    <>
      <Part id="keys" title="Keys">
        <P>OpenPGP keys encrypt, decrypt, sign and check files. SSH keys log in to servers. A pair has a private half, which stays in the vault, and a public one, which you give away.</P>
        <Points>
          <li>Import the partner’s public key to encrypt to them and to check their signatures. Compare its fingerprint with them.</li>
          <li>Export your public key and send it to the partner.</li>
          <li>A private half leaves only when it is asked for by name, under a passphrase that you give, and that is on the record.</li>
        </Points>
      </Part>
      <Part id="life" title="A key’s life">
        <Points>
          <li>Active and expiring keys do everything. A key counts as expiring some days before its end.</li>
          <li>A retired key encrypts and signs nothing new; it still decrypts and checks. An expired key is retired by itself.</li>
          <li>A revoked key does nothing any more. If a partner sends a revoked key, ours becomes revoked, too.</li>
          <li>A deleted key’s secret is overwritten in the database.</li>
        </Points>
        <P>A successor says which key follows. Moving the users then puts it into every job that uses the old one, one new version for each job, after showing what would change.</P>
      </Part>
      <Part id="forms" title="Making and importing">
        <Notes>
          <Note field="Name">What steps and the command line call it.</Note>
          <Note field="User" example="Ours &lt;ours@example.org&gt;">
            What partners see in the key: a name and a mail address.
          </Note>
          <Note field="Kind" usual="The newest that partners commonly take">
            Choose RSA only for partners whose software takes nothing newer.
          </Note>
          <Note field="Good for" usual="Two years">
            When the key ends. It can encrypt and sign until then; plan a successor before.
          </Note>
          <Note field="Last day">The day on which it ends.</Note>
          <Note field="Passphrase">The vault protects a key without one. A passphrase also protects the private half when it is taken elsewhere.</Note>
          <Note field="Passphrase again">So that no slip of the fingers is kept.</Note>
          <Note field="File">A key file; it can also be dropped on the window.</Note>
          <Note field="Successor">The key that follows this one.</Note>
          <Note field="Format">Text survives mail; binary is smaller.</Note>
          <Note field="Why">What partners read in the revocation. If somebody else may have the key, its signatures count no more.</Note>
          <Note field="Message">One line for partners, such as the name of the new key.</Note>
          <Note field="Revocation certificate">The file that a partner sent, or that you kept when the key was made. It revokes the key for good.</Note>
          <Note field="Tags">Mark keys as belonging together.</Note>
        </Notes>
      </Part>
      <Part id="safe" title="What is promised about files">
        <Points>
          <li>Decrypted content gets its name only after the whole message was read and is whole, and the signature that is asked for is good. Otherwise nothing is left.</li>
          <li>A readable signed text is all of its file, or it is not valid.</li>
          <li>
            By hand, with the same rules: <Code>courier pgp encrypt</Code>, <Code>decrypt</Code>, <Code>sign</Code>, <Code>verify</Code>.
          </li>
        </Points>
      </Part>
      <See>
        <GoTo to="/keys">PGP keys</GoTo>
        <GoTo to="/keys" search={{ kind: 'ssh' }}>
          SSH keys
        </GoTo>
        <GoTo to="/help/steps/$typeKey" params={{ typeKey: 'pgp.decrypt' }}>
          Help: PGP decrypt
        </GoTo>
      </See>
    </>
  );
}
