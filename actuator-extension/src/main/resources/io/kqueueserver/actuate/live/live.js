// Asks the kqueue endpoint once a second and shows what it answers. Nothing is asked for while the
// page is hidden or paused, and never twice at once.

import { counted, element, LoopCard, requests, setText } from './charts.js';
import { OwnTraffic } from './own.js';
import { Connections, Stalls } from './tables.js';

const PERIOD_MILLIS = 1_000;
const TIMEOUT_MILLIS = 5_000;
const endpoint = new URL(document.documentElement.dataset.kqueue, document.baseURI);

const pause = document.getElementById('pause');
const updated = document.getElementById('updated');
const dot = document.getElementById('state');
const banner = document.getElementById('error');
const list = document.getElementById('servers');

const servers = new Map();
const stalls = new Stalls();
const own = new OwnTraffic(endpoint.pathname);
const connections = new Connections(() => look());

let timer = 0;
let looking = false;
let again = false;
let stallsSeen = '';

/** An answer that is no data, with what to do about it. */
class Refusal extends Error {}

async function ask(path) {
  const url = endpoint.pathname + path;
  const response = await fetch(url, {
    cache: 'no-store',
    headers: { Accept: 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MILLIS),
  });
  own.asked();
  if (response.status === 404) {
    throw new Refusal(
      `${url} is not there. Expose it: add kqueue to management.endpoints.web.exposure.include.`,
    );
  }
  if (response.status === 401 || response.status === 403) {
    throw new Refusal(`${url} is not for you (${response.status}). Log in and load this page again.`);
  }
  if (!response.ok) {
    throw new Refusal(`${url} answered ${response.status}.`);
  }
  if (!response.headers.get('Content-Type')?.includes('json')) {
    throw new Refusal(`${url} answered with something else than JSON. Is a login page in between?`);
  }
  return response.json();
}

async function look() {
  clearTimeout(timer);
  if (looking) {
    again = true;
    return;
  }
  looking = true;
  again = false;
  const started = performance.now();
  try {
    await refresh();
    setText(updated, new Date().toLocaleTimeString());
    tell('on', '');
  } catch (error) {
    own.forget();
    tell('failed', reason(error));
  } finally {
    looking = false;
  }
  if (again) {
    look();
  } else if (isWatching()) {
    timer = setTimeout(look, Math.max(0, PERIOD_MILLIS - (performance.now() - started)));
  }
}

async function refresh() {
  const report = await ask('');
  if (own.isSought) {
    await own.find(report.servers, ask);
  }
  const begins = report.servers.some((server) => !isShown(server));
  showServers(report.servers, begins ? await ask('/history') : { loops: [] });
  if (!report.servers.length) {
    throw new Refusal('No kqueue server is running: another web server serves this application.');
  }
  connections.servers(report.servers.map((server) => server.server));
  connections.show(await ask(`/connections?${connections.query}`), own);

  // Stacks are long: they are fetched when there is something new, or one is still growing.
  const loops = report.servers.flatMap((server) => server.loops);
  const known = report.servers.map((s) => s.loops.map((loop) => loop.stalls)).join();
  const growing = loops.some((loop) => loop.lastStall?.ongoing);
  if (known !== stallsSeen) {
    stalls.show(await ask('/stalls'));
    stallsSeen = growing ? '' : known;
  }
}

function reason(error) {
  if (error instanceof Refusal) return error.message;
  if (error.name === 'TimeoutError') {
    return `No answer within ${TIMEOUT_MILLIS / 1_000} seconds. Is a loop blocked? Asking again.`;
  }
  if (error instanceof TypeError) return 'The server cannot be reached. Asking again every second.';
  return String(error);
}

function tell(state, message) {
  dot.dataset.state = isWatching() ? state : 'paused';
  // Set only when it changes: it is an alert, and would be read out every second.
  setText(banner, message);
  banner.hidden = !message;
}

/** Whether there are cards for it; a server that started anew has counters and loops of its own. */
function isShown(report) {
  const server = servers.get(report.server);
  return server !== undefined && report.uptimeNanos >= server.uptimeNanos;
}

function showServers(reports, history) {
  const now = performance.now();
  for (const report of reports) {
    if (!isShown(report)) {
      servers.get(report.server)?.root.remove();
      servers.set(report.server, openServer(report, history));
    }
    const server = servers.get(report.server);
    server.uptimeNanos = report.uptimeNanos;
    const { active, accepted } = report.connections;
    setText(
      server.facts,
      `${counted(active, 'connection')} open, ${accepted.toLocaleString('en')} accepted,`
        + ` ${requests(report.requests.total, own.of(report.server))}`,
    );
    for (const loop of report.loops) {
      server.loops.get(loop.loop)?.show(loop, own.of(report.server, loop.loop), now);
    }
  }
  for (const [name, server] of servers) {
    if (!reports.some((report) => report.server === name)) {
      server.root.remove();
      servers.delete(name);
    }
  }
}

function openServer(report, history) {
  const root = element('section', 'server');
  root.dataset.server = report.server;
  const title = element('h2', '', `Server ${report.server} `);
  title.append(element('small', '', `${report.backend}, ${report.abi}`));
  const facts = element('p', 'soft');
  const cards = element('div', 'loops');
  root.append(title, facts, cards);
  const loops = new Map();
  for (const loop of report.loops) {
    const card = new LoopCard(loop);
    card.begin(
      history.loops.find((past) => past.server === report.server && past.loop === loop.loop)?.steps ?? [],
    );
    loops.set(loop.loop, card);
    cards.append(card.root);
  }
  list.append(root);
  return { root, facts, loops, uptimeNanos: 0 };
}

function isWatching() {
  return !document.hidden && pause.getAttribute('aria-pressed') !== 'true';
}

pause.addEventListener('click', () => {
  const pressed = pause.getAttribute('aria-pressed') !== 'true';
  pause.setAttribute('aria-pressed', String(pressed));
  if (pressed) {
    clearTimeout(timer);
    own.forget();
    dot.dataset.state = 'paused';
  } else {
    look();
  }
});

document.addEventListener('visibilitychange', () => {
  if (isWatching()) {
    look();
  } else {
    clearTimeout(timer);
  }
});

look();
