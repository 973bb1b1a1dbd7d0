/** Help: passports of files. */
import { rich, t } from '@/i18n';
import { Code, GoTo, P, Part, Points, See } from '../parts';

export function Files() {
  return (
    <>
      <Part id="passport" title={t('A file’s passport')}>
        <P>{t('Search a file by its name, a whole path, or its SHA-256. Its passport shows where it came from, what was made of it, and where it went.')}</P>
        <Points>
          <li>{t('What ties it together is the hash of the content, not the name: a file that one job leaves and another one takes is one file, also under another name.')}</li>
          <li>{t('It reaches back to what the file was made of, and on to what was made of it.')}</li>
          <li>{t('Each transfer has a receipt: size, SHA-256, how it was checked, and the server’s key or certificate.')}</li>
        </Points>
      </Part>
      <Part id="again" title={t('Send again')}>
        <P>{t('The very same content is delivered once more to where it went. It is looked for wherever it is known to have been on this computer, and proved by size and SHA-256 before anything is sent. What is there stays, unless you say otherwise.')}</P>
      </Part>
      <Part id="kept" title={t('How long')}>
        <P>{t('A passport goes when its runs go; the settings say after how many months. A file that was removed without ever having been known by its hash leaves no trace here.')}</P>
        <P>
          {rich('<code>courier file where NAME</code> tells the same.', { code: (inner) => <Code>{inner}</Code> })}
        </P>
      </Part>
      <See>
        <GoTo to="/files">{t('Files')}</GoTo>
        <GoTo to="/settings" hash="policies">{t('Settings: Limits and policies')}</GoTo>
      </See>
    </>
  );
}
