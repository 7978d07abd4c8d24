// What this browser remembers: who the writer is, the choices, and each desk's text.

const PREFIX = "folio.";

/** A store over `localStorage` (or anything shaped like it); a full or closed one is never an error. */
export class Store {
  constructor(storage) {
    this.storage = storage;
  }

  read(key, fallback = null) {
    try {
      const raw = this.storage.getItem(PREFIX + key);
      return raw === null ? fallback : JSON.parse(raw);
    } catch {
      return fallback;
    }
  }

  /** Whether it was kept. */
  write(key, value) {
    try {
      this.storage.setItem(PREFIX + key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }

  forget(key) {
    try {
      this.storage.removeItem(PREFIX + key);
    } catch {
      // Nothing was kept, so there is nothing to forget.
    }
  }

  /** The writer's secret: 128 random bits, made once; whoever has it has the drafts. */
  writer(random = (bytes) => crypto.getRandomValues(bytes)) {
    const known = this.read("writer");
    if (typeof known === "string" && /^[0-9a-f]{32}$/.test(known)) return known;
    const made = [...random(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.write("writer", made);
    return made;
  }
}
