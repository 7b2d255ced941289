// Moving charts of one loop. Each figure in a legend is text, so nothing is told by a line alone.

/** Two minutes at one look a second. */
const POINTS = 120;
const WIDTH = POINTS - 1;
const HEIGHT = 40;
const SVG = 'http://www.w3.org/2000/svg';

/** Any latency below is drawn at the bottom: 1 microsecond; percentiles span decades, so log. */
const LATENCY_FLOOR = 1_000;

export function element(name, className, text) {
  const made = document.createElement(name);
  if (className) {
    made.className = className;
  }
  if (text !== undefined) {
    made.textContent = text;
  }
  return made;
}

export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

export function nanos(value) {
  if (value < 1_000) return `${value} ns`;
  if (value < 1_000_000) return `${short(value / 1_000)} µs`;
  if (value < 1_000_000_000) return `${short(value / 1_000_000)} ms`;
  if (value < 120_000_000_000) return `${short(value / 1_000_000_000)} s`;
  const minutes = Math.floor(value / 60_000_000_000);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

function short(value) {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
}

/** An event that came alone in its batch waited for no other. */
function wait(value) {
  return value === 0 ? 'no wait' : nanos(value);
}

/** Lines over time; series come into being as they are named. */
class Chart {
  #series = new Map();
  #format;
  #scale;
  #top;
  #plot;
  #legend;

  constructor(title, format, scale) {
    this.#format = format;
    this.#scale = scale;
    this.root = element('figure', 'chart');
    const caption = element('figcaption');
    caption.append(element('span', '', title));
    this.#top = element('span', 'top');
    this.#top.title = 'top of the scale';
    caption.append(this.#top);
    this.#plot = document.createElementNS(SVG, 'svg');
    this.#plot.setAttribute('viewBox', `0 -1 ${WIDTH} ${HEIGHT + 2}`);
    this.#plot.setAttribute('preserveAspectRatio', 'none');
    // The legend says the same as text.
    this.#plot.setAttribute('aria-hidden', 'true');
    this.#legend = element('dl');
    this.root.append(caption, this.#plot, this.#legend);
  }

  /** Values by series name, which stay for that many looks; null leaves a gap. */
  add(values, looks = 1) {
    for (let i = 0; i < looks; i++) {
      this.#push(values);
    }
    this.#draw();
  }

  #push(values) {
    for (const [name, value] of Object.entries(values)) {
      const series = this.#series.get(name) ?? this.#open(name);
      series.points.push(value);
      setText(series.figure, value === null ? '–' : this.#format(value));
      if (series.points.length > POINTS) {
        series.points.shift();
      }
    }
  }

  #open(name) {
    const line = document.createElementNS(SVG, 'path');
    const colour = `c${this.#series.size % 6}`;
    line.setAttribute('class', colour);
    this.#plot.append(line);
    const entry = element('div', colour);
    const figure = element('dd');
    figure.dataset.series = name;
    entry.append(element('dt', '', name), figure);
    this.#legend.append(entry);
    const series = { line, figure, points: [] };
    this.#series.set(name, series);
    return series;
  }

  #draw() {
    const all = [...this.#series.values()].flatMap((series) => series.points);
    const { top, share } = this.#scale(Math.max(0, ...all));
    setText(this.#top, this.#format(top));
    for (const { line, points } of this.#series.values()) {
      const start = POINTS - points.length;
      let path = '';
      points.forEach((value, i) => {
        if (value !== null) {
          const pen = i > 0 && points[i - 1] !== null ? 'L' : 'M';
          path += `${pen}${start + i} ${(HEIGHT * (1 - share(value))).toFixed(2)}`;
        }
      });
      line.setAttribute('d', path);
    }
  }
}

/** 1, 2 or 5 times a power of ten, so that the scale does not jump with every value. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 5, 10].find((step) => step * power >= value);
}

function linear(max) {
  const top = roundUp(Math.max(max, 10));
  return { top, share: (value) => value / top };
}

function logarithmic(max) {
  const top = 10 ** Math.ceil(Math.log10(Math.max(max, 10 * LATENCY_FLOOR)));
  const decades = Math.log10(top / LATENCY_FLOOR);
  return { top, share: (value) => Math.max(0, Math.log10(value / LATENCY_FLOOR)) / decades };
}

/** Looks without a request of somebody else's before a loop is called at rest. */
const REST_LOOKS = 3;

/** The filter of the events that a request of this page causes, one each. */
const ASKED_BY = 'read';

const whole = () => ({ top: 1, share: (value) => value });
const percent = (value) => `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`;
const perSecond = (value) => `${value === 0 ? 0 : short(value)} /s`;
const count = (value) => value.toLocaleString('en');

export function counted(value, one) {
  return `${count(value)} ${one}${value === 1 ? '' : 's'}`;
}

/** Counted requests, with those of this page apart. */
export function requests(total, own) {
  return own === null ? counted(total, 'request') : `${counted(total - own, 'request')} and ${count(own)} of this page`;
}

function percentiles({ p50Nanos, p99Nanos, p999Nanos }) {
  return { p50: p50Nanos, p99: p99Nanos, 'p99.9': p999Nanos };
}

/** One loop: its four charts and what it is doing. */
export class LoopCard {
  #state = element('span', 'badge');
  #facts = element('p', 'soft');
  #rest = element('p', 'rest');
  #quietLooks = 0;
  #latency = new Chart('Latency', wait, logarithmic);
  #events = new Chart('Events', perSecond, linear);
  #registered = new Chart('Registered fds', count, linear);
  #utilization = new Chart('Utilization', percent, whole);
  #before = null;

  constructor(loop) {
    this.root = element('article', 'loop');
    this.root.dataset.loop = loop.loop;
    const title = element('h3', '', `Loop ${loop.loop} `);
    title.append(element('small', '', loop.thread), this.#state);
    const charts = element('div', 'charts');
    const named = {
      latency: this.#latency,
      events: this.#events,
      registered: this.#registered,
      utilization: this.#utilization,
    };
    for (const [name, chart] of Object.entries(named)) {
      chart.root.dataset.chart = name;
      charts.append(chart.root);
    }
    this.#rest.hidden = true;
    this.root.append(title, this.#facts, charts, this.#rest);
  }

  /** Draws what the server knows of the time before the page was opened. */
  begin(steps) {
    for (const { spanNanos, latency, events, registered, utilization } of steps) {
      const seconds = spanNanos / 1_000_000_000;
      const looks = Math.round(seconds);
      const rates = Object.entries(events).map(([filter, value]) => [filter, value / seconds]);
      this.#latency.add(percentiles(latency), looks);
      this.#events.add(Object.fromEntries(rates), looks);
      this.#registered.add(registered, looks);
      this.#utilization.add({ busy: utilization }, looks);
    }
  }

  /** Shows the loop as it is now; `own` of its requests were this page's, null if none ever was. */
  show(loop, own, now) {
    const accepting = loop.accepting.paused ? `, accepting paused: ${loop.accepting.cause}` : '';
    setText(this.#state, loop.state);
    this.#state.dataset.state = loop.state;
    setText(
      this.#facts,
      `${counted(loop.connections, 'connection')}, ${requests(loop.requests, own)},`
        + ` ${counted(loop.tasksPending, 'task')} pending, ${counted(loop.stalls, 'stall')}${accepting}`,
    );
    this.#latency.add(percentiles(loop.latency));
    this.#events.add(this.#marked(this.#rates(loop.events, now), own, now));
    this.#registered.add(loop.registered);
    this.#utilization.add({ busy: loop.utilization });
    this.#showRest(loop, own);
    this.#before = { events: loop.events, others: loop.requests - (own ?? 0), own: own ?? 0, now };
  }

  /** The page's own requests as a series of their own, taken out of where they were counted. */
  #marked(rates, own, now) {
    if (own === null || this.#before === null || rates[ASKED_BY] === null) {
      return rates;
    }
    const asked = (own - this.#before.own) / ((now - this.#before.now) / 1_000);
    return { ...rates, [ASKED_BY]: Math.max(0, rates[ASKED_BY] - asked), 'this page': asked };
  }

  /** A loop that has nothing to do looks like a broken page: say that it is neither. */
  #showRest(loop, own) {
    const others = loop.requests - (own ?? 0);
    const isQuiet = loop.state !== 'stalled' && (this.#before?.others ?? others) >= others;
    this.#quietLooks = isQuiet ? this.#quietLooks + 1 : 0;
    this.#rest.hidden = this.#quietLooks < REST_LOOKS;
    setText(
      this.#rest,
      (own === null ? 'At rest: nobody asks this loop for anything.' : 'At rest: only this page asks.')
        + ' Latency is how long an event waits for others of its batch; one that comes alone has no wait.',
    );
  }

  /** Of counters; unknown at the first look, and after a restart, which begins them anew. */
  #rates(events, now) {
    const before = this.#before;
    const seconds = before === null ? 0 : (now - before.now) / 1_000;
    const rates = {};
    for (const [filter, value] of Object.entries(events)) {
      const more = value - (before?.events[filter] ?? value);
      rates[filter] = seconds > 0 && more >= 0 ? more / seconds : null;
    }
    return rates;
  }
}
