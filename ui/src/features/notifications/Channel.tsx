/** By which channel, and to whom, in a line. */
import type { NotificationChannel } from '@/ipc';
import { useRule } from './useRules';
import { CHANNELS, targetOf } from './words';

export function Channel({ channel }: { channel: NotificationChannel }) {
  const { icon: Icon, label } = CHANNELS[channel.type];
  const target = targetOf(channel);
  return (
    <span className="flex min-w-0 items-center gap-1.5" title={`${label}: ${target}`}>
      <Icon className="size-3.5 flex-none text-faint" aria-hidden />
      <span className="sr-only">{label}: </span>
      <span className="truncate">{target}</span>
    </span>
  );
}

/** The same of a rule that is known by its id. */
export function RuleChannel({ ruleId }: { ruleId: string }) {
  const rule = useRule(ruleId);
  return rule ? <Channel channel={rule.channel} /> : null;
}
