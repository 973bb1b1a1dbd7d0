/** What every widget of the inspector is given. */
import type { ReactNode } from 'react';
import type { ConnectionProtocol, FieldSpec, Problem } from '@/ipc';
import type { Value } from '../model/doc';
import type { ScopeGroup } from '../model/scope';

export interface WidgetProps {
  spec: FieldSpec;
  /** `undefined`: not set, the default holds. */
  value: Value | undefined;
  /** `undefined` takes the value away. */
  onChange: (value: Value | undefined) => void;
  onLeave: () => void;
  scope: () => ScopeGroup[];
  /** All problems of the field. */
  problems: readonly Problem[];
  /** Those that are marked now. */
  shown: readonly Problem[];
  /** The server that the step talks to, for browsing. */
  connectionId: string | null;
  /** What that server must speak. */
  protocol: ConnectionProtocol | null;
  /** What is told about the value as it stands. */
  now?: ReactNode;
}
