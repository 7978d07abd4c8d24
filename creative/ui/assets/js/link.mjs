// The line to the server: questions with answers, and knowing when nobody is there.

const RETRY_MS = 2500;

/** A refusal in words for a person: `{message, hint, kind}` from the server. */
export class Refusal extends Error {
  constructor(told) {
    super(told.message);
    this.told = told;
  }
}

/** Nobody answered. */
export class Gone extends Error {}

export class Link {
  /** `ask(question)` reaches the server; `health()` fetches its sign of life; `writer` is the secret. */
  constructor({ ask, health, writer, language }) {
    this.send = ask;
    this.health = health;
    this.writer = writer;
    this.language = language;
    this.gone = false;
    this.listeners = new Set();
  }

  /** Ask the server to do `op`; Refusal when it says no, Gone when it does not answer. */
  async ask(op, args = {}) {
    let answer;
    try {
      answer = await this.send({ op, writer: this.writer, page: this.language, ...args });
    } catch {
      answer = null;
    }
    // A server that is starting or behind a broken proxy answers with something that is not ours.
    if (!answer || typeof answer.ok !== "boolean") {
      if (!(await this.alive())) this.lost();
      throw new Gone();
    }
    if (!answer.ok) throw new Refusal(answer.error);
    return answer.value;
  }

  async alive() {
    try {
      return (await this.health()).ok;
    } catch {
      return false;
    }
  }

  /** Say that the server is gone, and go on trying until it is back. */
  lost() {
    if (this.gone) return;
    this.gone = true;
    this.tell("gone");
    const retry = async () => {
      if (!(await this.alive())) return void setTimeout(retry, RETRY_MS);
      this.gone = false;
      this.tell("back");
    };
    setTimeout(retry, RETRY_MS);
  }

  tell(news) {
    for (const listener of this.listeners) listener(news);
  }
}
