/**
 * Every part that pages are made of, in each of its states: for whoever builds the next page, and for the tests that look
 * at them. Nothing leads here but its address, `#/design`.
 */
import { useCrumbs } from '@/app/chrome';
import { Actions } from './Actions';
import { Fields } from './Fields';
import { Lists } from './Lists';
import { States } from './States';

export function DesignPage() {
  useCrumbs({ label: 'Design' });
  return (
    <div className="min-h-0 flex-1 overflow-y-auto" data-design>
      <h1 className="sr-only">Design</h1>
      <Actions />
      <Fields />
      <States />
      <Lists />
    </div>
  );
}
