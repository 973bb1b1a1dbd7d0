/** A failure as the host throws it. */
import type { AppError, ErrorCode, Problem } from '../bindings';

export function appError(code: ErrorCode, message = 'The host refused.', problems: Problem[] = []): AppError {
  return { code, message, hint: null, context: {}, problems, retryable: 'never' };
}
