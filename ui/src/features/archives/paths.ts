/** Paths that may be archives. Only what is in a file says whether it is one; this says where looking is worth a button. */

const ENDINGS = /\.(zip|7z|tar|tgz|tar\.gz|tzst|tar\.zst|gz|zip\.001|7z\.001)$/i;

/** One file of this computer: no expression, no wildcard, no folder. */
export const isOneFile = (text: string): boolean => /^(\/|[A-Za-z]:[\\/])/.test(text) && !/[*?[{]/.test(text) && !/[\\/]$/.test(text);

export const maybeArchive = (text: string): boolean => isOneFile(text) && ENDINGS.test(text);
