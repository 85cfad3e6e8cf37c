// SPDX-License-Identifier: Apache-2.0
// A poll: votes are events, results are a view.
const form = document.querySelector('#poll');
const question = form.querySelector('legend').textContent;
const options = [...form.elements.option].map((input) => input.value);
const votedKey = `voted.${question}`;

const sdk = new Promise((ready) => {
  const look = () => (window.hapax?.track ? ready(window.hapax) : setTimeout(look, 20));
  look();
});

/** What this browser voted for; where it stores nothing, nobody knows after a reload. */
function voted() {
  try {
    return localStorage.getItem(votedKey);
  } catch {
    return null;
  }
}

function remember(option) {
  try {
    localStorage.setItem(votedKey, option);
  } catch {
    // Storage is denied, or full.
  }
}

function showVoted(option) {
  if (option === null) return;
  form.querySelector('fieldset').disabled = true;
  form.elements.option.value = option;
  form.querySelector('output').textContent = `You voted for ${option}.`;
}

async function vote(option, text) {
  const hapax = await sdk;
  // One id a person and question: however often it is sent, it is one vote, and the first one stays.
  const messageId = `vote.${question}.${hapax.stats().device}`;
  hapax.track('Survey Answered', { question, option, ...(text && { text }) }, { messageId });
  remember(option);
  showVoted(voted() ?? option);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const { option, text } = form.elements;
  void vote(option.value, text.value.trim());
});

/** By day and option: what the server counted. */
const counts = new Map();
const keyOf = ({ start, group }) => JSON.stringify([start, group['properties.option']]);

function take({ whole, rows, left }) {
  if (whole) counts.clear();
  for (const row of left) counts.delete(keyOf(row));
  for (const row of rows) counts.set(keyOf(row), { option: row.group['properties.option'], votes: row.values.count });
}

function element(tag, content, className = '') {
  const made = Object.assign(document.createElement(tag), { className });
  made.append(...[content].flat());
  return made;
}

function show(state) {
  const votes = new Map(options.map((option) => [option, 0]));
  for (const one of counts.values()) if (votes.has(one.option)) votes.set(one.option, votes.get(one.option) + one.votes);
  const all = [...votes.values()].reduce((sum, count) => sum + count, 0);
  const rows = [...votes].map(([option, count]) => {
    const bar = document.createElement('i');
    bar.style.width = `${(100 * count) / Math.max(all, 1)}%`;
    return element('div', [element('span', option), element('span', bar, 'bar'), element('span', String(count))], 'row');
  });
  document.querySelector('#results').replaceChildren(
    element('h2', 'So far'), ...rows, element('small', `${all} ${all === 1 ? 'vote' : 'votes'} in 30 days, ${state}`));
}

const query = new URLSearchParams({
  source: 'poll', 'group.properties.question': JSON.stringify(question), measures: 'count', windows: '30', order: '-count',
});
const results = `api/views/survey_answers/live?${query}`;

/** Why there is no stream, in words; a stream is none. */
async function reason() {
  try {
    const { ok, status, body } = await fetch(results);
    await body?.cancel();
    if (ok) return 'connecting';
    const isRefused = status === 401 || status === 403;
    return isRefused ? 'not shown: Hapax refuses to tell; whoever runs this page sets HAPAX_READ_KEY' : `not live: answer ${status}`;
  } catch {
    return 'not live: no connection';
  }
}

/** An EventSource that gets another answer than a stream ends for good, as while Hapax starts: another follows. */
function follow() {
  const live = new EventSource(results);
  live.onmessage = ({ data }) => {
    take(JSON.parse(data));
    show('live');
  };
  live.onerror = async () => {
    const isOver = live.readyState === EventSource.CLOSED;
    show(isOver ? await reason() : 'not live: connecting again');
    if (isOver) setTimeout(follow, 1000 + 2000 * Math.random());
  };
}

showVoted(voted());
show('connecting');
follow();
