// An FTPS server on loopback with a certificate that nobody vouches for.
import { startPeer } from './kit.mjs';

/** Serves `folder`: port, user, password, the certificate's thumbprint, the owner for files that shall be the user's. */
export const startFtpd = (folder) => startPeer('ftpd', folder);
