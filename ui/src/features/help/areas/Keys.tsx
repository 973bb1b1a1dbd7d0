/** Help: OpenPGP and SSH keys. */
import { rich, t } from '@/i18n';
import { Code, GoTo, Note, Notes, P, Part, Points, See } from '../parts';

export function Keys() {
  return (
    <>
      <Part id="keys" title={t('Keys')}>
        <P>{t('OpenPGP keys encrypt, decrypt, sign and check files. SSH keys log in to servers. A pair has a private half, which stays in the vault, and a public one, which you give away.')}</P>
        <Points>
          <li>{t('Import the partner’s public key to encrypt to them and to check their signatures. Compare its fingerprint with them.')}</li>
          <li>{t('Export your public key and send it to the partner.')}</li>
          <li>{t('A private half leaves only when it is asked for by name, under a passphrase that you give, and that is on the record.')}</li>
        </Points>
      </Part>
      <Part id="life" title={t('A key’s life')}>
        <Points>
          <li>{t('Active and expiring keys do everything. A key counts as expiring some days before its end.')}</li>
          <li>{t('A retired key encrypts and signs nothing new; it still decrypts and checks. An expired key is retired by itself.')}</li>
          <li>{t('A revoked key does nothing any more. If a partner sends a revoked key, ours becomes revoked, too.')}</li>
          <li>{t('A deleted key’s secret is overwritten in the database.')}</li>
        </Points>
        <P>{t('A successor says which key follows. Moving the users then puts it into every job that uses the old one, one new version for each job, after showing what would change.')}</P>
      </Part>
      <Part id="forms" title={t('Making and importing')}>
        <Notes>
          <Note field={t('Name')}>{t('What steps and the command line call it.')}</Note>
          <Note field={t('User')} example={t('Ours <ours@example.org>')}>
            {t('What partners see in the key: a name and a mail address.')}
          </Note>
          <Note field={t('Kind')} usual={t('The newest that partners commonly take')}>
            {t('Choose RSA only for partners whose software takes nothing newer.')}
          </Note>
          <Note field={t('Good for')} usual={t('Two years')}>
            {t('When the key ends. It can encrypt and sign until then; plan a successor before.')}
          </Note>
          <Note field={t('Last day')}>{t('The day on which it ends.')}</Note>
          <Note field={t('Passphrase')}>{t('The vault protects a key without one. A passphrase also protects the private half when it is taken elsewhere.')}</Note>
          <Note field={t('Passphrase again')}>{t('So that no slip of the fingers is kept.')}</Note>
          <Note field={t('File')}>{t('A key file; it can also be dropped on the window.')}</Note>
          <Note field={t('Successor')}>{t('The key that follows this one.')}</Note>
          <Note field={t('Format')}>{t('Text survives mail; binary is smaller.')}</Note>
          <Note field={t('Why')}>{t('What partners read in the revocation. If somebody else may have the key, its signatures count no more.')}</Note>
          <Note field={t('Message')}>{t('One line for partners, such as the name of the new key.')}</Note>
          <Note field={t('Revocation certificate')}>{t('The file that a partner sent, or that you kept when the key was made. It revokes the key for good.')}</Note>
          <Note field={t('Tags')}>{t('Mark keys as belonging together.')}</Note>
        </Notes>
      </Part>
      <Part id="safe" title={t('What is promised about files')}>
        <Points>
          <li>{t('Decrypted content gets its name only after the whole message was read and is whole, and the signature that is asked for is good. Otherwise nothing is left.')}</li>
          <li>{t('A readable signed text is all of its file, or it is not valid.')}</li>
          <li>
            {rich('By hand, with the same rules: <code>courier pgp encrypt</code>, <code>decrypt</code>, <code>sign</code>, <code>verify</code>.', { code: (inner) => <Code>{inner}</Code> })}
          </li>
        </Points>
      </Part>
      <See>
        <GoTo to="/keys">{t('PGP keys')}</GoTo>
        <GoTo to="/keys" search={{ kind: 'ssh' }}>
          {t('SSH keys')}
        </GoTo>
        <GoTo to="/help/steps/$typeKey" params={{ typeKey: 'pgp.decrypt' }}>
          {t('Help: PGP decrypt')}
        </GoTo>
      </See>
    </>
  );
}
