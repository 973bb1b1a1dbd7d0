import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, test } from 'vitest';
import { Select } from './Select';

const FRUIT = ['apple', 'pear', 'plum'] as const;
type Fruit = (typeof FRUIT)[number];

/** Plums are there only as long as one is chosen. */
function Choice() {
  const [fruit, setFruit] = useState<Fruit>('pear');
  const there = FRUIT.filter((one) => one !== 'plum' || fruit === 'plum');
  return (
    <>
      <Select label="Fruit" value={fruit} onChange={setFruit} options={there.map((value) => ({ value, label: value }))} />
      <button type="button" onClick={() => setFruit('plum')}>
        Only plums
      </button>
      <button type="button" onClick={() => setFruit('apple')}>
        Only apples
      </button>
    </>
  );
}

test('what is chosen stays when an option goes away', async () => {
  const user = userEvent.setup();
  render(<Choice />);
  const field = screen.getByRole('combobox', { name: 'Fruit' });
  await user.click(screen.getByRole('button', { name: 'Only plums' }));
  await user.click(field);
  await user.click(await screen.findByRole('option', { name: 'plum' }));
  await user.click(field);
  await user.click(await screen.findByRole('option', { name: 'apple' }));
  await waitFor(() => expect(screen.queryByRole('option', { name: 'plum' })).toBeNull());
  expect(field).toHaveTextContent('apple');
});

test('letters choose from the closed list', async () => {
  const user = userEvent.setup();
  render(<Choice />);
  const field = screen.getByRole('combobox', { name: 'Fruit' });
  await user.click(field);
  await user.keyboard('{Escape}');
  field.focus();
  await user.keyboard('ap');
  await waitFor(() => expect(field).toHaveTextContent('apple'));
});
