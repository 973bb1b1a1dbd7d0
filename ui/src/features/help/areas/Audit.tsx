/** Help: the record of changes. */
import { rich, t } from '@/i18n';
import { Code, GoTo, Note, Notes, P, Part, Points, See } from '../parts';

export function Audit() {
  return (
    <>
      <Part id="record" title={t('The record')}>
        <P>{t('Every change is on the record: who, when, what, before and after. An entry is written together with the change itself, or neither is.')}</P>
        <Points>
          <li>{t('Also on it: a host key or certificate that was trusted, files moved by hand, keys used and exported. Secrets never are.')}</li>
          <li>{t('It can be narrowed by kind, operation, person and time.')}</li>
        </Points>
      </Part>
      <Part id="verify" title={t('Whether it is whole')}>
        <P>
          {t('Each entry holds a hash of itself and of the one before it. Verify computes all of them anew and compares them with signed checkpoints; if somebody has changed the database, it says where. Checkpoints can also be written to a file elsewhere, which whoever owns the database cannot change.')}
        </P>
      </Part>
      <Part id="export" title={t('Export')}>
        <Notes>
          <Note field={t('Format')}>{t('How the entries are written.')}</Note>
          <Note field={t('What')}>{t('All of the record, or the time that the list is narrowed to.')}</Note>
        </Notes>
        <P>
          {rich('<code>courier audit verify</code> and <code>courier audit export</code> do the same on the command line.', { code: (inner) => <Code>{inner}</Code> })}
        </P>
      </Part>
      <See>
        <GoTo to="/audit">{t('Audit')}</GoTo>
        <GoTo to="/settings" hash="policies">{t('Settings: Limits and policies')}</GoTo>
      </See>
    </>
  );
}
