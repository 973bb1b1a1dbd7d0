/** Shorthand for the installed host's commands: `invoke.jobsList()`. */
import { host, type Commands } from './host';

export const invoke: Commands = new Proxy({} as Commands, {
  get: (_, name) => host().commands[name as keyof Commands],
});
