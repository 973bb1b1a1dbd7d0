/** A failure as the host throws it. */
import type { AppError, ErrorCode, Problem } from '../bindings';

export function appError(code: ErrorCode, message = 'The host refused.', problems: Problem[] = []): AppError {
  return { code, message, hint: null, context: {}, problems, retryable: 'never' };
}

/** The refusal of a name that something else of its kind has, in any case. */
export function nameTaken(kind: string, name: string): AppError {
  const message = `There is already a ${kind} named \`${name}\`; choose another name.`;
  return appError('conflict', message, [{ path: 'name', code: 'duplicate', message, severity: 'error' }]);
}
