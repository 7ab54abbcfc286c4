// Kept takes that the site does not have yet: in the browser's own database, so that a closed tab loses none.
import { openDB } from 'idb';

const TAKES = 'takes';

function upgraded(database) {
  database.createObjectStore(TAKES, { keyPath: 'id' }).createIndex('user', 'user');
}

/** Takes in memory alone, for browsers that give no database (some do not in private windows). */
class Fallback {
  #takes = new Map();

  async put(_, take) { this.#takes.set(take.id, take); }

  async delete(_, id) { this.#takes.delete(id); }

  async getAllFromIndex(_, __, user) { return [...this.#takes.values()].filter((take) => take.user === user); }
}

/** {id, user, address, word, speaker, wav, made, refusal?}: takes of whoever is logged in, oldest first. */
export class Outbox {
  #opened = null;

  constructor(user) {
    this.user = user;
    this.isDurable = true;
    this.mark = `speechsite-outbox-${user}`;
  }

  /** Whether anything was ever kept here: where nothing was, a page need not open the database. */
  get mayHold() { return window.localStorage.getItem(this.mark) !== null; }

  get #database() {
    this.#opened ??= openDB('speechsite', 1, { upgrade: upgraded }).catch(() => {
      this.isDurable = false;
      return new Fallback();
    });
    return this.#opened;
  }

  async put(take) {
    window.localStorage.setItem(this.mark, '1');
    const database = await this.#database;
    try {
      await database.put(TAKES, take);
    } catch { // the device is full: what is kept so far stays, this one lives as long as the page
      this.isDurable = false;
      const memory = new Fallback();
      for (const earlier of await database.getAllFromIndex(TAKES, 'user', this.user)) await memory.put(TAKES, earlier);
      await memory.put(TAKES, take);
      this.#opened = Promise.resolve(memory);
    }
  }

  async remove(id) { await (await this.#database).delete(TAKES, id); }

  async all() {
    const takes = await (await this.#database).getAllFromIndex(TAKES, 'user', this.user);
    return takes.sort((one, other) => one.made - other.made);
  }
}
