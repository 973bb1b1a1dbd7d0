/** Line drawings of empty pages. */
const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, strokeLinecap: 'round', strokeLinejoin: 'round' } as const;

/** Fetch, decrypt, put away. */
export function PipelineArt() {
  return (
    <svg width="168" height="72" viewBox="0 0 168 72" {...line} aria-hidden>
      <rect x="2" y="22" width="36" height="28" rx="6" />
      <rect x="66" y="22" width="36" height="28" rx="6" stroke="var(--accent)" />
      <rect x="130" y="22" width="36" height="28" rx="6" />
      <path d="M40 36h23M59 32l4 4-4 4M104 36h23M123 32l4 4-4 4" />
      <path d="M20 29v11M15.5 36l4.5 4.5 4.5-4.5" />
      <path d="M79 35v-2.5a5 5 0 0 1 9.5-2M77 35h14v9H77Z" stroke="var(--accent)" />
      <path d="M141 31h5l2 2.5h7V44h-14Z" />
    </svg>
  );
}

/** This computer and a server. */
export function ServerArt() {
  return (
    <svg width="168" height="72" viewBox="0 0 168 72" {...line} aria-hidden>
      <rect x="14" y="20" width="44" height="28" rx="4" />
      <path d="M26 54h20M36 48v6" />
      <path d="M64 34h34M94 30l4 4-4 4" stroke="var(--accent)" strokeDasharray="4 3" />
      <rect x="106" y="16" width="46" height="16" rx="4" />
      <rect x="106" y="38" width="46" height="16" rx="4" />
      <path d="M113 24h.01M113 46h.01M121 24h20M121 46h20" />
    </svg>
  );
}

/** A key pair. */
export function KeyArt() {
  return (
    <svg width="168" height="72" viewBox="0 0 168 72" {...line} aria-hidden>
      <circle cx="52" cy="36" r="13" stroke="var(--accent)" />
      <circle cx="52" cy="36" r="4" stroke="var(--accent)" />
      <path d="M65 36h52M105 36v10M115 36v7" stroke="var(--accent)" />
      <path d="M126 22h18v28h-18zM131 30h8M131 36h8M131 42h5" />
    </svg>
  );
}

/** A file that goes from hand to hand, and the stamps it got. */
export function FileArt() {
  return (
    <svg width="168" height="72" viewBox="0 0 168 72" {...line} aria-hidden>
      <path d="M14 14h18l10 10v34H14ZM32 14v10h10M21 34h14M21 41h14M21 48h9" />
      <path d="M54 36h100" stroke="var(--accent)" strokeDasharray="4 3" />
      {[76, 108, 140].map((x, index) => (
        <circle key={x} cx={x} cy="36" r="8" fill="var(--bg)" stroke={index === 2 ? 'var(--accent)' : 'currentColor'} />
      ))}
      <path d="M76 32v7M73 36.5l3 3 3-3M105.5 36l2 2 3.5-4M140 40v-7M137 35.5l3-3 3 3" />
    </svg>
  );
}

/** Two that one waits for. */
export function ChainArt() {
  return (
    <svg width="168" height="72" viewBox="0 0 168 72" {...line} aria-hidden>
      <rect x="14" y="6" width="40" height="22" rx="5" />
      <rect x="14" y="44" width="40" height="22" rx="5" />
      <rect x="114" y="25" width="40" height="22" rx="5" stroke="var(--accent)" />
      <path d="M54 17c30 0 26 19 54 19M54 55c30 0 26-19 54-19" />
      <path d="M104 31l5 5-5 5" stroke="var(--accent)" />
    </svg>
  );
}

/** A beating line. */
export function RunsArt() {
  return (
    <svg width="168" height="72" viewBox="0 0 168 72" {...line} aria-hidden>
      <path d="M10 54h148" />
      {[22, 40, 58, 76, 94, 112].map((x, index) => (
        <rect key={x} x={x} y={54 - [14, 20, 17, 24, 19, 22][index]!} width="9" height={[14, 20, 17, 24, 19, 22][index]} rx="1.5" />
      ))}
      <rect x="130" y="26" width="9" height="28" rx="1.5" stroke="var(--accent)" strokeDasharray="3 2.5" />
    </svg>
  );
}

/** A file that arrives in a folder that is watched. */
export function FolderArt() {
  return (
    <svg width="168" height="72" viewBox="0 0 168 72" {...line} aria-hidden>
      <path d="M92 24h18l6 6h34v30H92Z" />
      <path d="M22 20h14l8 8v22H22ZM36 20v8h8" stroke="var(--accent)" />
      <path d="M52 36h32M80 32l4 4-4 4" stroke="var(--accent)" strokeDasharray="4 3" />
      <circle cx="121" cy="45" r="3" />
      <path d="M112 45c3-6 15-6 18 0-3 6-15 6-18 0Z" />
    </svg>
  );
}
