import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { useWidth } from './useWidth';

function Page({ empty }: { empty: boolean }) {
  const [list, width] = useWidth<HTMLDivElement>();
  if (empty) return <p>Nothing yet</p>;
  return <div ref={list}>{width === null ? 'not measured' : `${width} wide`}</div>;
}

it('measures an element that comes after the page', () => {
  const { rerender } = render(<Page empty />);
  rerender(<Page empty={false} />);
  expect(screen.getByText('1280 wide')).toBeInTheDocument();
});
