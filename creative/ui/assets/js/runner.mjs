// One run of the model at a time: its states, its pieces, its end; late messages change nothing.

const SILENT_MS = 10_000;
const CLOSING_MS = 3_000;

/** A run's life, told to `on`: `state(name, feed)`, `piece(index, text)`, `end(how, run)`. Knows no DOM. */
export class Runner {
  constructor({ trigger, link, on, clock = () => Date.now() }) {
    Object.assign(this, { trigger, link, on, clock });
    this.run = null;
    this.closing = Promise.resolve();
  }

  get busy() {
    return this.run !== null;
  }

  /** Begin; `prepare` gives the order once all that went before is saved. */
  async start(kind, prepare) {
    if (this.busy) return;
    const id = Math.random().toString(36).slice(2) + this.clock().toString(36);
    const run = { id, kind, seen: [], finished: [], nodes: [], draft: "", last: this.clock(), state: "" };
    this.run = run;
    this.on.state("waiting", { ahead: 0 });
    await this.closing;
    const order = await prepare();
    if (this.run !== run) return;
    if (!order) {
      this.run = null;
      return;
    }
    run.order = order;
    run.sent = true;
    run.last = this.clock();
    this.trigger("run", { ...order, run: id });
    this.watch(run);
  }

  watch(run) {
    run.watch = setInterval(async () => {
      if (this.clock() - run.last < SILENT_MS || run.ended) return;
      if (!(await this.link.alive())) {
        this.finish(run, "gone");
        this.link.lost();
      } else if (!(await this.goesOn(run))) this.finish(run, "broken");
    }, 2000);
  }

  /** Whether the server still works on the run; a silent one may just be slow. */
  async goesOn(run) {
    try {
      return await this.link.ask("running", { run: run.id });
    } catch {
      return true;
    }
  }

  /** A message of the feed; `texts` hold all that was written so far, so a lost message loses nothing. */
  receive(feed) {
    const run = [this.run, this.stopping].find((one) => one?.id === feed?.run);
    if (!run || run.ended) return;
    run.last = this.clock();
    if (feed.draft) run.draft = feed.draft;
    if (feed.nodes?.length) run.nodes = feed.nodes;
    if (feed.report) run.report = feed.report;
    if (feed.seed !== undefined && feed.seed !== null) run.seed = feed.seed;
    for (const [i, text] of (feed.texts ?? []).entries()) this.takeText(run, i, text);
    (feed.finished ?? []).forEach((how, i) => {
      if (how && !run.finished[i]) {
        run.finished[i] = how;
        this.on.variant(i, run);
      }
    });
    if (feed.state === "error") run.error = feed.error;
    if (["done", "stopped", "error"].includes(feed.state)) this.finish(run, run === this.stopping ? "stopped" : feed.state);
    else if (run === this.run && feed.state !== run.state + (feed.ahead ?? "")) {
      run.state = feed.state + (feed.ahead ?? "");
      this.on.state(feed.state, feed);
    }
  }

  takeText(run, i, text) {
    const seen = run.seen[i] ?? "";
    if (text.length <= seen.length || !text.startsWith(seen)) return;
    run.seen[i] = text;
    this.on.piece(i, text.slice(seen.length), run);
  }

  /** Stop: the page is free at once; the last pieces may still come, then the run is closed. */
  stop() {
    const run = this.run;
    if (!run) return;
    this.run = null;
    if (!run.sent) {
      this.on.end("stopped", run);
      return;
    }
    this.stopping = run;
    this.on.state("stopped", {});
    this.closing = new Promise((resolve) => {
      run.close = resolve;
      const late = () => setTimeout(() => this.finish(run, "stopped"), 250);
      this.link.ask("stop", { run: run.id }).then(late, late);
      setTimeout(() => this.finish(run, "stopped"), CLOSING_MS);
    });
  }

  finish(run, how) {
    if (run.ended) return;
    run.ended = true;
    clearInterval(run.watch);
    if (this.run === run) this.run = null;
    if (this.stopping === run) this.stopping = null;
    this.on.end(how, run);
    run.close?.();
  }
}
