// What the server says its orders are, asked past every proxy and browser: the other side of
// "exactly once".

export class HeadOffice {
  #server;
  #cookie;

  constructor(server) {
    this.#server = server;
  }

  /** The order with this document id as finance reads it (`OrderDetail` of the wire format). */
  async order(document) {
    return this.#get(`/api/orders/${document}`);
  }

  /** Rows of the orders that `filter` admits (`site`, `supplier`, `from`, `to`), latest received first. */
  async orders(filter = {}) {
    const { orders } = await this.#get(`/api/orders?${new URLSearchParams({ ...filter, limit: 1000 })}`);
    return orders;
  }

  /** Rows that were not among `before`, an earlier answer of `orders`. */
  async ordersSince(before) {
    const known = new Set(before.map(({ document }) => document));
    return (await this.orders()).filter(({ document }) => !known.has(document));
  }

  async #get(path) {
    this.#cookie ??= await this.#signIn();
    const answer = await fetch(this.#server.origin + path, { headers: { cookie: this.#cookie } });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async #signIn() {
    const { name, password } = this.#server.signIn('Finance');
    const answer = await fetch(`${this.#server.origin}/api/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.#server.origin },
      body: JSON.stringify({ name, password }),
    });
    if (!answer.ok) throw new Error(`sign-in of ${name}: ${answer.status} ${await answer.text()}`);
    return answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
  }
}
