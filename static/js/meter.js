// The level meter of shell/_meter.html: −60 to 0 dBFS, target zone, peak hold, a lamp that says "Clipping".
import { gettext } from 'speechsite/language';

const FLOOR_DBFS = -60;
const HOLD_MS = 1500;
const SAY_EVERY_MS = 3000;
const QUIET_BELOW_DBFS = -40;

const place = (levelDbfs) => Math.max(0, Math.min(1, 1 - levelDbfs / FLOOR_DBFS));

export class Meter {
  #held = { level: FLOOR_DBFS, until: 0 };
  #clippedUntil = 0;
  #saidAt = 0;

  constructor(element) {
    this.element = element;
    this.bar = element.querySelector('.meter-bar');
    this.lamp = element.querySelector('.lamp');
    this.voice = element.querySelector('[role=status]');
  }

  /** Show one measurement; wire it to the recorder's "level" event. */
  show({ rmsDbfs, peakDbfs, clipped }) {
    const now = performance.now();
    if (peakDbfs >= this.#held.level || now > this.#held.until) this.#held = { level: peakDbfs, until: now + HOLD_MS };
    if (clipped) this.#clippedUntil = now + HOLD_MS;
    this.bar.style.setProperty('--v', place(rmsDbfs));
    this.bar.style.setProperty('--peak', place(this.#held.level));
    this.#light(now < this.#clippedUntil);
    if (now - this.#saidAt > SAY_EVERY_MS) this.#say(now);
  }

  /** Back to silence. */
  reset() {
    this.#held = { level: FLOOR_DBFS, until: 0 };
    this.#clippedUntil = 0;
    this.bar.style.setProperty('--v', 0);
    this.bar.style.setProperty('--peak', 0);
    this.#light(false);
    this.element.setAttribute('aria-valuenow', FLOOR_DBFS);
    this.element.setAttribute('aria-valuetext', gettext('silent'));
    this.voice.textContent = '';
  }

  #light(isClipping) {
    this.lamp.classList.toggle('lit', isClipping);
    this.lamp.textContent = isClipping ? gettext('Clipping') : gettext('Clip');
  }

  #say(now) {
    const level = Math.round(Math.max(FLOOR_DBFS, this.#held.level));
    this.#saidAt = now;
    this.element.setAttribute('aria-valuenow', level);
    const text = level < QUIET_BELOW_DBFS ? gettext('peak {level} dBFS, quiet', { level }) : gettext('peak {level} dBFS', { level });
    this.element.setAttribute('aria-valuetext', text);
    const words = this.lamp.classList.contains('lit') ? gettext('Clipping. Move back a little.') : '';
    if (this.voice.textContent !== words) this.voice.textContent = words;
  }
}
