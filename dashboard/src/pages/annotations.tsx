/** What happened when: lines in all charts over time of a board. */
import { useState } from 'preact/hooks';
import type { Board } from '../api/types';
import { dateTime, INPUT_TIME_MAX, timeOf } from '../format/time';

export function Annotations({ board, onChange }: { board: Board; onChange: (board: Board) => void }) {
  const [at, setAt] = useState(new Date().toISOString().slice(0, 16));
  const [text, setText] = useState('');
  const add = (event: Event): void => {
    event.preventDefault();
    const time = timeOf(`${at}Z`);
    if (time === null) return;
    const annotation = { at: new Date(time).toISOString(), text };
    onChange({ ...board, annotations: [...board.annotations, annotation].sort((a, b) => a.at.localeCompare(b.at)) });
    setText('');
  };
  return (
    <section class="panel" aria-label="Annotations">
      <h2>Annotations</h2>
      <ul class="plain">
        {board.annotations.map((each, index) => (
          <li key={`${each.at}${index}`}>
            {dateTime(each.at, 'UTC')} UTC: {each.text}{' '}
            <button type="button" class="quiet" aria-label={`Take out ${each.text}`} onClick={() => onChange({ ...board, annotations: board.annotations.filter((_, other) => other !== index) })}>×</button>
          </li>
        ))}
      </ul>
      <form class="inline" onSubmit={add}>
        <label class="field">When, UTC<input type="datetime-local" required max={INPUT_TIME_MAX} value={at} onInput={(event) => setAt(event.currentTarget.value)} /></label>
        <label class="field">What<input required maxLength={200} value={text} placeholder="release 2" onInput={(event) => setText(event.currentTarget.value)} /></label>
        <button>Add</button>
      </form>
    </section>
  );
}
