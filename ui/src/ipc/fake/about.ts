/** What this Courier is made of, and what is to be known of its step types. */
import type { StepGuide } from '../bindings';
import type { Commands } from '../host';
import guides from './step-guides.json';

export const about: Pick<Commands, 'about' | 'stepGuides'> = {
  about: async () => ({
    courier: {
      version: '0.1.0', target: 'x86_64-unknown-linux-gnu', profile: 'release', compiler: 'rustc 1.95.0',
      database: { kind: 'SQLite', engine: 'SQLite 3.51.0', location: '/home/ana/.local/share/courier/courier.db', schema_version: 29 },
      cryptography: [
        { purpose: 'TLS', detail: 'TLS 1.2 and 1.3 by rustls, the cryptography by AWS-LC', libraries: [{ name: 'rustls', version: '0.23.46' }, { name: 'aws-lc-rs', version: '1.19.0' }] },
        { purpose: 'OpenPGP', detail: 'Sequoia with Nettle', libraries: [{ name: 'sequoia-openpgp', version: '2.4.2' }, { name: 'nettle', version: '7.5.0' }] },
      ],
      fips: { tls_module: false, words: 'Courier does not run in FIPS mode.' },
    },
    tauri: '2.12.5',
    webview: 'WebKitGTK 2.50.1',
  }),
  stepGuides: async () => guides as StepGuide[],
};
