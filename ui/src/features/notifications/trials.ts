/** Tests of rules, by rule: what came of the last one stays while pages come and go. */
import { create } from 'zustand';
import { invoke, type NotificationRule, type NotificationTrial } from '@/ipc';

export interface Trial {
  /** As it was when the test was sent. */
  rule: NotificationRule;
  /** `null` while it is on its way. */
  result: NotificationTrial | null;
  /** When it was answered. */
  at: string | null;
  /** Why it could not even be sent. */
  error: unknown;
}

export const useTrials = create<{ trials: Readonly<Record<string, Trial>> }>(() => ({ trials: {} }));

const put = (trial: Trial) => useTrials.setState(({ trials }) => ({ trials: { ...trials, [trial.rule.id]: trial } }));

export const isSending = (trial: Trial | undefined): boolean => trial !== undefined && trial.result === null && trial.error === null;

export async function sendTest(rule: NotificationRule): Promise<void> {
  put({ rule, result: null, at: null, error: null });
  try {
    put({ rule, result: await invoke.notificationRulesTest(rule.id), at: new Date().toISOString(), error: null });
  } catch (error) {
    put({ rule, result: null, at: new Date().toISOString(), error });
  }
}
