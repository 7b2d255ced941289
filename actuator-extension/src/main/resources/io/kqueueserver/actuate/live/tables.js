// Connections and stalls. Peers, paths and stacks come from outside: they are text, never markup.

import { element, nanos, setText } from './charts.js';

const PAGE_ROWS = 25;

/** Of the cells before the numbers. */
const CLASSES = ['', 'protocol', '', 'request'];

function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(unit === 0 || value >= 10 ? 0 : 1)} ${units[unit]}`;
}

/** Which stream a request is on, and how far that has come; nothing where the protocol has none. */
function streamText({ streamId, stream }) {
  if (!stream) {
    return '';
  }
  const windows = [`out ${bytes(stream.sendWindow)}`];
  if (typeof stream.receiveWindow === 'number') {
    windows.push(`in ${bytes(stream.receiveWindow)}`);
  }
  return `\n  stream ${streamId}, ${stream.state}, window ${windows.join(', ')}`
    + `\n  ${bytes(stream.bytesReceived)} in, ${bytes(stream.bytesSent)} out, ${bytes(stream.bytesQueued)} waiting`;
}

/** What is spoken since a switch, and how long ago the client has shown that it is there. */
function switchText({ switched }) {
  if (!switched) {
    return '';
  }
  const pong = typeof switched.lastPongNanos === 'number' ? `, pong ${nanos(switched.lastPongNanos)} ago` : '';
  return `\n  ${switched.protocol}${pong}`;
}

/** A line for each request under way, and one for those that the page does not list. */
function requestLines({ active, activeRequests }) {
  const lines = activeRequests.map(
    (request) => `${request.method} ${request.path} (${nanos(request.ageNanos)})${switchText(request)}${streamText(request)}`,
  );
  if (active > activeRequests.length) {
    lines.push(`and ${active - activeRequests.length} more`);
  }
  return lines.join('\n');
}

/** The protocol, and on a line of its own what its streams share. */
function protocolLines({ protocol, tls, streams }) {
  const first = tls ? `${protocol}, TLS` : protocol;
  return streams
    ? `${first}\n${streams.open} open, window out ${bytes(streams.sendWindow)}, in ${bytes(streams.receiveWindow)}`
    : first;
}

/** The table, its filters and its pages. */
export class Connections {
  #form = document.getElementById('filter');
  #body = document.getElementById('rows');
  #range = document.getElementById('range');
  #previous = document.getElementById('previous');
  #next = document.getElementById('next');
  #titles = [...document.querySelectorAll('#connections th')].map((title) => title.textContent);
  #rows = new Map();
  #offset = 0;

  constructor(changed) {
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    this.#form.addEventListener('change', () => this.#turnTo(0, changed));
    this.#previous.addEventListener('click', () => this.#turnTo(this.#offset - PAGE_ROWS, changed));
    this.#next.addEventListener('click', () => this.#turnTo(this.#offset + PAGE_ROWS, changed));
  }

  #turnTo(offset, changed) {
    this.#offset = Math.max(0, offset);
    changed();
  }

  /** What to ask the endpoint for. */
  get query() {
    const query = new URLSearchParams({ offset: this.#offset, limit: PAGE_ROWS });
    for (const [name, value] of new FormData(this.#form)) {
      if (value) {
        query.set(name, value);
      }
    }
    return query.toString();
  }

  /** Offers the servers there are to choose from. */
  servers(names) {
    const select = this.#form.elements.server;
    const options = [...select.options];
    if (options.length === names.length && options.every((o, i) => o.value === names[i])) {
      return;
    }
    const chosen = select.value;
    select.replaceChildren(...names.map((name) => element('option', '', name)));
    select.value = names.includes(chosen) ? chosen : names[0];
  }

  show(page, own) {
    const seen = new Set();
    page.connections.forEach((connection, i) => {
      seen.add(connection.id);
      const row = this.#rows.get(connection.id) ?? this.#open(connection.id);
      this.#fill(row, connection, own.is(connection));
      // Moved only when it has to be: a selection in a row outlives the next look.
      if (this.#body.children[i] !== row) {
        this.#body.insertBefore(row, this.#body.children[i] ?? null);
      }
    });
    for (const [id, row] of this.#rows) {
      if (!seen.has(id)) {
        row.remove();
        this.#rows.delete(id);
      }
    }
    this.#pages(page);
  }

  #pages({ offset, matched, connections }) {
    const last = offset + connections.length;
    setText(this.#range, connections.length ? `${offset + 1}–${last} of ${matched}` : `0 of ${matched}`);
    this.#previous.disabled = offset === 0;
    this.#next.disabled = last >= matched;
    if (!connections.length && offset > 0) {
      // The last page emptied while we were on it.
      this.#offset = Math.max(0, Math.floor((matched - 1) / PAGE_ROWS) * PAGE_ROWS);
    }
  }

  #open(id) {
    const row = element('tr');
    // On a narrow screen a row is a card, and its cells no longer stand under their headings.
    row.setAttribute('role', 'row');
    this.#titles.forEach((title, i) => {
      const cell = element('td', i > 3 ? 'number' : CLASSES[i]);
      cell.setAttribute('role', 'cell');
      cell.dataset.title = title;
      row.append(cell);
    });
    this.#rows.set(id, row);
    return row;
  }

  #fill(row, connection, isOwn) {
    const texts = [
      isOwn ? `${connection.peer} (this page)` : connection.peer,
      protocolLines(connection),
      connection.state,
      requestLines(connection),
      nanos(connection.ageNanos),
      nanos(connection.idleNanos),
      connection.requests.toLocaleString('en'),
      bytes(connection.bytesRead),
      bytes(connection.bytesWritten),
      String(connection.loop),
      String(connection.fd),
    ];
    texts.forEach((text, i) => setText(row.cells[i], text));
    row.classList.toggle('own', isOwn);
    row.cells[3].title = connection.activeRequests.map(({ handler }) => handler ?? '').join('\n');
  }
}

/** What is said of a stall that code costs at its first run. */
const WARM_UP = {
  'class-loading': 'while classes were loaded',
  'lazy-initialization': 'while a bean was created at its first use',
  compilation: 'while the JVM compiled',
};

/** Stalls, newest first; one that is open stays open from look to look. */
export class Stalls {
  #list = document.getElementById('stalls');
  #none = document.getElementById('no-stalls');
  #entries = new Map();

  show({ stalls }) {
    const seen = new Set();
    stalls.forEach((stall, i) => {
      const key = `${stall.server} ${stall.id} ${stall.startedAt}`;
      seen.add(key);
      const entry = this.#entries.get(key) ?? this.#open(key);
      this.#fill(entry, stall);
      if (this.#list.children[i] !== entry.root) {
        this.#list.insertBefore(entry.root, this.#list.children[i] ?? null);
      }
    });
    for (const [key, entry] of this.#entries) {
      if (!seen.has(key)) {
        entry.root.remove();
        this.#entries.delete(key);
      }
    }
    this.#none.hidden = stalls.length > 0;
  }

  #open(key) {
    const root = element('details', 'stall');
    const summary = element('summary');
    const first = element('pre');
    const last = element('pre');
    root.append(
      summary,
      element('h4', '', 'When it was found'),
      first,
      element('h4', '', 'At the last look'),
      last,
    );
    const entry = { root, summary, first, last };
    this.#entries.set(key, entry);
    return entry;
  }

  #fill(entry, stall) {
    const whose = stall.path ? `${stall.method} ${stall.path}` : 'a task';
    const started = new Date(stall.startedAt).toLocaleTimeString();
    const end = stall.ongoing ? ', and still is' : '';
    const why = WARM_UP[stall.cause];
    setText(
      entry.summary,
      `${started}: ${stall.server} loop ${stall.loop} ${why ? 'held up' : 'blocked'} for ${nanos(stall.durationNanos)}`
        + ` by ${whose}${stall.handler ? `, ${stall.handler}` : ''}${why ? `, ${why}: usual at a first run` : ''}${end}`,
    );
    entry.root.classList.toggle('warm-up', why !== undefined);
    setText(entry.first, stall.firstStack.join('\n'));
    setText(entry.last, stall.lastStack.join('\n'));
  }
}
