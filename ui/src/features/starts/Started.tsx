/** What a monitor starts, with the way to each. */
import { Link } from '@tanstack/react-router';
import { t } from '@/i18n';
import type { MonitorJobBinding } from '@/ipc';
import { ownerOf } from './starts';

/** `names` are in the order of the bindings. */
export function Started({ bindings, names }: { bindings: readonly MonitorJobBinding[]; names: readonly string[] }) {
  if (bindings.length === 0) return <span className="text-faint">{t('Nothing')}</span>;
  return (
    <span title={names.join(', ')}>
      {bindings.map((binding, index) => {
        const owner = ownerOf(binding);
        const name = names[index] ?? '';
        const className = 'hover:text-accent-ink hover:underline';
        return (
          <span key={binding.id}>
            {index > 0 && ', '}
            {owner?.type === 'job' && <Link to="/jobs/$jobId" params={{ jobId: owner.id }} className={className}>{name}</Link>}
            {owner?.type === 'chain' && <Link to="/chains/$chainId" params={{ chainId: owner.id }} className={className}>{name}</Link>}
          </span>
        );
      })}
    </span>
  );
}
