/** How things are, told by a glyph, a word and a colour. */
import { CircleAlert } from 'lucide-react';
import { Fragment } from 'react';
import { Button } from '@/components/Button';
import { ErrorNotice } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { Problems } from '@/components/Problems';
import { Progress } from '@/components/Progress';
import { Sha256 } from '@/components/Sha256';
import { Badge, DISABLED, EXECUTION_STATES, History, KEY_STATES, STEP_STATES, StateBadge, StateGlyph, StateLabel, type StateLook } from '@/components/State';
import { MiddlePath, When } from '@/components/Text';
import { KeyValues } from '@/components/Page';
import type { Problem } from '@/ipc';
import { Kind, Specimens } from './Specimens';

const LOOKS: readonly (readonly [of: string, looks: readonly StateLook[]])[] = [
  ['Runs', Object.values(EXECUTION_STATES)],
  ['Steps', Object.values(STEP_STATES)],
  ['Keys', [...Object.values(KEY_STATES), DISABLED]],
];
const TONES = ['ok', 'run', 'pause', 'warn', 'fail', 'idle'] as const;
const FOUND: Problem[] = [
  { severity: 'error', path: 'steps[1].configuration.remote_path', code: 'required', message: 'Enter a path.' },
  { severity: 'warning', path: 'steps[0].configuration.source', code: 'unused', message: 'No later step uses its files.' },
];
const HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

export function States() {
  return (
    <Kind title="States">
      {LOOKS.map(([of, looks]) => (
        <Fragment key={of}>
          <Specimens of={`${of}, in a line`}>
            {looks.map((look) => (
              <StateLabel key={look.word} look={look} />
            ))}
          </Specimens>
          <Specimens of={`${of}, as a badge`}>
            {looks.map((look) => (
              <StateBadge key={look.word} look={look} />
            ))}
          </Specimens>
        </Fragment>
      ))}
      <Specimens of="Glyph alone">
        {Object.values(EXECUTION_STATES).map((look) => (
          <StateGlyph key={look.word} look={look} />
        ))}
      </Specimens>
      <Specimens of="Badge">
        {TONES.map((tone) => (
          <Badge key={tone} tone={tone} icon={CircleAlert}>
            {tone}
          </Badge>
        ))}
      </Specimens>
      <Specimens of="Last runs">
        <History states={['completed', 'completed', 'failed', 'completed', 'cancelled', 'paused', 'completed', 'running']} />
        <History states={[]} />
      </Specimens>
      <Specimens of="Progress">
        {([0, 0.4, 1, null] as const).map((share) => (
          <div key={String(share)} className="w-32">
            <Progress share={share} label={share === null ? 'Of unknown length' : `${share * 100} %`} />
          </div>
        ))}
        {TONES.map((tone) => (
          <div key={tone} className="w-20">
            <Progress share={0.6} tone={tone} label={tone} />
          </div>
        ))}
      </Specimens>
      <Specimens of="Notice">
        <div className="flex w-full flex-col gap-2">
          {(['fail', 'warn', 'ok', 'idle'] as const).map((tone) => (
            <Notice key={tone} tone={tone} title="The host key has changed" actions={<Button size="sm">Compare</Button>}>
              Nobody has logged in. Ask the partner for the new fingerprint before you trust it.
            </Notice>
          ))}
          <ErrorNotice error={new Error('The folder /data/out is not there.')} />
        </div>
      </Specimens>
      <Specimens of="Problems">
        <div className="w-full">
          <Problems problems={FOUND} checkedAt={Date.UTC(2026, 11, 1, 6, 30)} insisted fieldWords={(path) => path.split('.').at(-1) ?? path} placeWords={(path) => (path.startsWith('steps[1]') ? 'Upload' : 'Fetch')} onGo={() => undefined} />
        </div>
        <div className="w-full">
          <Problems problems={[]} checkedAt={Date.UTC(2026, 11, 1, 6, 30)} insisted={false} command="courier job validate" fieldWords={String} placeWords={String} onGo={() => undefined} />
        </div>
      </Specimens>
      <Specimens of="Text that must fit">
        <div className="w-64">
          <MiddlePath text="/data/incoming/partner/2026-11/settlement-report-of-the-last-day.csv.pgp" />
        </div>
        <When at="2026-12-01T06:30:00Z" />
        <When at={null} />
        <div className="w-72">
          <Sha256 hash={HASH} />
        </div>
      </Specimens>
      <Specimens of="Names and values">
        <KeyValues rows={[['Host', 'sftp.partner.example'], ['Port', '22'], ['Last used', <When key="used" at="2026-12-01T06:30:00Z" />]]} />
      </Specimens>
    </Kind>
  );
}
