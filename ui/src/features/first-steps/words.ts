/** What each of the first steps is called. */
import { CirclePlay, FlaskConical, KeyRound, LockKeyhole, PlugZap, Server, Workflow, type LucideIcon } from 'lucide-react';
import type { FirstStepKey } from '@/ipc';

export const STEPS: Record<FirstStepKey, { title: string; text: string; icon: LucideIcon }> = {
  vault: { title: 'Set up the vault', text: 'It keeps passwords and private keys, encrypted. Choose what opens it.', icon: LockKeyhole },
  connection: {
    title: 'Add a server',
    text: 'Try the sample, which makes a server, keys and a job on this computer. Or import the servers that OpenSSH, WinSCP or FileZilla know. Or enter one.',
    icon: Server,
  },
  test: { title: 'Test the connection', text: 'Stage by stage, so that you see what works and what to ask the partner for.', icon: PlugZap },
  keys: { title: 'Add keys', text: 'Your own pair, and the keys of partners.', icon: KeyRound },
  job: { title: 'Make a job', text: 'Take a template and fill in your server, keys and folders, or draw one from nothing.', icon: Workflow },
  dry_run: { title: 'Try it without writing', text: 'A dry run says what every step would do now, and what stands in the way.', icon: FlaskConical },
  run: { title: 'Run it', text: 'Every file that it moves gets a receipt with its SHA-256.', icon: CirclePlay },
};

/** Of a server whose secret an import left out. */
export const WAITS_FOR_SECRETS = 'Your connections are disabled until their password or key is entered.';
export const NOT_NEEDED = 'Only for jobs that encrypt, decrypt or sign.';
