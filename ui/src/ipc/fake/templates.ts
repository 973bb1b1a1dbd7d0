/** Two of the jobs to begin with. */
import type { JobTemplate } from '../bindings';

export const TEMPLATES: readonly JobTemplate[] = [
  {
    key: 'encrypt_and_deliver',
    draft: {
      name: 'Encrypt and deliver', description: 'Encrypts files for a partner’s PGP key and uploads them over SFTP.',
      steps: [
        { name: 'Encrypt', alias: 'encrypt', type_key: 'pgp.encrypt', configuration: {} },
        { name: 'Deliver', alias: 'deliver', type_key: 'sftp.upload', configuration: { local_path: '{{ steps.encrypt.files }}' } },
      ],
    },
  },
  {
    key: 'nightly_mirror',
    draft: {
      name: 'Mirror a folder every night', description: 'Uploads what is newer here than on the server.',
      steps: [{ name: 'Upload', alias: 'upload', type_key: 'sftp.upload', configuration: { overwrite: 'newer' } }],
    },
  },
];
