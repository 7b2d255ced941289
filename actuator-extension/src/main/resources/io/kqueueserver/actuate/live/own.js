// Which connection this page asks over, so that its own requests are not taken for traffic. A browser
// tells no script its port: but whoever asks for the connections is on one with just that request.

const MANY = 1_000;

/** Looks for it before it is given up, as behind something that answers in the server's place. */
const TRIES = 3;

/** The page's own requests, by loop. */
export class OwnTraffic {
  #path;
  #counts = new Map();
  #loop = null;
  #id = null;
  #tries = 0;

  constructor(path) {
    this.#path = path;
  }

  get isSought() {
    return this.#id === null && this.#tries < TRIES;
  }

  /** Whether that is the connection the page asks over. */
  is(connection) {
    return connection.id === this.#id;
  }

  /** To be called for every answer; those before the connection was found belong to no loop. */
  asked() {
    if (this.#loop !== null) {
      this.#counts.set(this.#loop, this.#counts.get(this.#loop) + 1);
    }
  }

  /** After a pause or a failure the browser may take another connection. */
  forget() {
    this.#id = null;
    this.#tries = 0;
  }

  async find(servers, ask) {
    this.#tries++;
    for (const { server } of servers) {
      const query = new URLSearchParams({ server, state: 'active', limit: MANY });
      const page = await ask(`/connections?${query}`);
      const found = page.connections.find((connection) => this.#asks(connection));
      if (found) {
        this.#id = found.id;
        this.#loop = key(server, found.loop);
        this.#counts.set(this.#loop, this.#counts.get(this.#loop) ?? 0);
        return;
      }
    }
  }

  /** By its path, or where that is masked by the pattern of its handler. */
  #asks({ activeRequests }) {
    return activeRequests.some(({ path, handler }) => {
      const pattern = /\[([^\]{]*)/.exec(handler ?? '')?.[1];
      return path.startsWith(`${this.#path}/`) || (pattern && `${this.#path}/`.endsWith(pattern));
    });
  }

  /** How many of a server's or a loop's requests were the page's; null if none ever was. */
  of(server, loop) {
    const all = [...this.#counts].filter(([name]) =>
      loop === undefined ? name.startsWith(`${server} `) : name === key(server, loop),
    );
    return all.length ? all.reduce((sum, [, count]) => sum + count, 0) : null;
  }
}

function key(server, loop) {
  return `${server} ${loop}`;
}
