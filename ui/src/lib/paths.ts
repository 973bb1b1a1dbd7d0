/** The last part of a path, of a server's or of one of this computer. */
export const nameOf = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;

/** Whether a path of this computer says by itself where it leads. */
export const isWhole = (path: string): boolean => /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path);
