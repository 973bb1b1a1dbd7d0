/** Runs by the hour or by the day, the failed ones on top. */
import { useState } from 'react';
import { SectionHead } from '@/components/Page';
import { Segmented } from '@/components/Toggle';
import { locale, t } from '@/i18n';
import type { Activity } from '@/ipc';
import { buckets } from './day';

type Span = 'day' | 'week';
const WIDTH = 300;
const HEIGHT = 112;

export function RunsChart({ hours }: { hours: Activity['hours'] }) {
  const [span, setSpan] = useState<Span>('day');
  const bars = buckets(hours, span === 'day' ? 'hour' : 'day');
  const pieces = bars.length;
  const most = Math.max(4, ...bars.map((bar) => bar.good + bar.failed));
  const step = WIDTH / pieces;
  const width = Math.min(step * 0.72, 26);
  const height = (n: number) => (n / most) * (HEIGHT - 4);
  const [good, failed] = bars.reduce(([a, b], bar) => [a + bar.good, b + bar.failed], [0, 0]);
  const label = (at: number) =>
    span === 'day'
      ? new Date(at).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
      : new Date(at).toLocaleDateString(locale, { weekday: 'short' });
  const marks = span === 'day' ? [0, 6, 12, 18] : [0, 2, 4];
  return (
    <section aria-label={t('Runs')}>
      <SectionHead
        title={t('Runs')}
        aside={
          <Segmented
            label={t('Time shown')}
            value={span}
            onChange={setSpan}
            segments={[
              { value: 'day', label: t('24 h') },
              { value: 'week', label: t('7 days') },
            ]}
          />
        }
      />
      <figure>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          width="100%"
          height={HEIGHT}
          preserveAspectRatio="none"
          role="img"
          aria-label={span === 'day' ? t('Runs per hour: {{good}} went well, {{failed}} failed', { good, failed }) : t('Runs per day: {{good}} went well, {{failed}} failed', { good, failed })}
        >
          {[0.25, 0.5, 0.75, 1].map((share) => (
            <line key={share} x1="0" x2={WIDTH} y1={share * HEIGHT} y2={share * HEIGHT} stroke={share === 1 ? 'var(--border)' : 'var(--grid)'} />
          ))}
          {bars.map((bar, index) => {
            const x = index * step + (step - width) / 2;
            const now = index === pieces - 1;
            return (
              <g key={bar.from}>
                <title>{t('{{label}}: {{good}} went well, {{failed}} failed', { label: label(bar.from), good: bar.good, failed: bar.failed })}</title>
                {bar.good > 0 && <rect x={x} y={HEIGHT - height(bar.good)} width={width} height={height(bar.good)} rx="1.5" fill="var(--ok-solid)" opacity={now ? 1 : 0.78} />}
                {bar.failed > 0 && (
                  <rect x={x} y={HEIGHT - height(bar.good + bar.failed) - (bar.good > 0 ? 1.5 : 0)} width={width} height={height(bar.failed)} rx="1.5" fill="var(--fail-solid)" />
                )}
              </g>
            );
          })}
        </svg>
        <figcaption className="num relative h-[18px] text-xs text-faint" aria-hidden>
          {marks.map((index) => (
            <span key={index} className="absolute top-[3px]" style={{ left: `${(index / pieces) * 100}%` }}>
              {label(bars[index]?.from ?? 0)}
            </span>
          ))}
          <span className="absolute top-[3px] right-0">{span === 'day' ? t('now') : t('today')}</span>
        </figcaption>
      </figure>
    </section>
  );
}
