// Sending files: a few at a time, each with its progress, refused with a sentence where it stands.

import { say, spoken } from "./words.mjs";

const AT_ONCE = 3;

/** What the server keeps of a file: `{id}`; rejects with a sentence. `sent(share)` tells how much has gone. */
export function sendFile(file, sent) {
  return new Promise((resolve, reject) => {
    const address = new URL("folio/upload", document.baseURI);
    address.searchParams.set("name", file.name);
    address.searchParams.set("page", spoken());
    // fetch cannot tell how much of a body has gone.
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && sent(event.loaded / event.total));
    request.addEventListener("load", () => {
      const told = parse(request.responseText);
      if (request.status === 200 && told.id) resolve(told);
      else reject(new Error(told.error ? [told.error.message, told.error.hint].filter(Boolean).join(" ") : say("tNotSent")));
    });
    for (const end of ["error", "abort", "timeout"]) request.addEventListener(end, () => reject(new Error(say("tNotSent"))));
    request.send(file);
  });
}

function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** A line of tasks of which a few run at a time. */
export class Line {
  constructor(atOnce = AT_ONCE) {
    this.free = atOnce;
    this.tasks = [];
  }

  add(task) {
    this.tasks.push(task);
    this.next();
  }

  async next() {
    if (!this.free || !this.tasks.length) return;
    this.free -= 1;
    await this.tasks.shift()();
    this.free += 1;
    this.next();
  }
}
