/** The one door to the host: everything outside `src/ipc` imports from here. */
export type * from './bindings';
export { host, installHost, type Commands, type Host } from './host';
export { asAppError, causeOf, CAUSES, isErrorCode, presentation, PRESENTATIONS, sentence, type Presentation } from './errors';
export { followChanges, keysOf } from './events';
export { newest, useExecutionProgress } from './follow';
export { invoke } from './invoke';
export { keys } from './keys';
export * from './queries';
