/** What each of the first steps is called. */
import { CirclePlay, FlaskConical, KeyRound, LockKeyhole, PlugZap, Server, Workflow, type LucideIcon } from 'lucide-react';
import { t } from '@/i18n';
import type { FirstStepKey } from '@/ipc';

export const STEPS: Record<FirstStepKey, { title: string; text: string; icon: LucideIcon }> = {
  vault: { title: t('Set up the vault'), text: t('It keeps passwords and private keys, encrypted. Choose what opens it.'), icon: LockKeyhole },
  connection: {
    title: t('Add a server'),
    text: t('Try the sample, which makes a server, keys and a job on this computer. Or import the servers that OpenSSH, WinSCP or FileZilla know. Or enter one.'),
    icon: Server,
  },
  test: { title: t('Test the connection'), text: t('Stage by stage, so that you see what works and what to ask the partner for.'), icon: PlugZap },
  keys: { title: t('Add keys'), text: t('Your own pair, and the keys of partners.'), icon: KeyRound },
  job: { title: t('Make a job'), text: t('Take a template and fill in your server, keys and folders, or draw one from nothing.'), icon: Workflow },
  dry_run: { title: t('Try it without writing'), text: t('A dry run says what every step would do now, and what stands in the way.'), icon: FlaskConical },
  run: { title: t('Run it'), text: t('Every file that it moves gets a receipt with its SHA-256.'), icon: CirclePlay },
};

/** Of a server whose secret an import left out. */
export const WAITS_FOR_SECRETS = t('Your connections are disabled until their password or key is entered.');
export const NOT_NEEDED = t('Only for jobs that encrypt, decrypt or sign.');
