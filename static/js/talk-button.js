// The button people talk by: held with pointer or Space, or tapped; it says what it is for and whether it is on.
import { isTyping } from 'speechsite/keys';
import { gettext } from 'speechsite/language';

const TAP_KEY = 'speechsite-tap';

export class TalkButton {
  #isOn = false;

  /** stage: has [data-talk], [data-hint], [data-space-act] and [data-tap-mode]. acts: { begin, end, toggle }. */
  constructor(stage, acts) {
    this.acts = acts;
    this.button = stage.querySelector('[data-talk]');
    this.hint = stage.querySelector('[data-hint]');
    this.space = stage.querySelector('[data-space-act]');
    this.mode = stage.querySelector('[data-tap-mode]');
    this.#listen();
    this.setTapMode(window.localStorage.getItem(TAP_KEY) === '1');
  }

  setTapMode(isTapMode) {
    this.isTapMode = isTapMode;
    window.localStorage.setItem(TAP_KEY, isTapMode ? '1' : '0');
    this.mode.setAttribute('aria-pressed', String(isTapMode));
    this.space.textContent = isTapMode ? gettext('press') : gettext('hold');
    this.mode.textContent = isTapMode ? gettext('Hold instead of tap') : gettext('Tap instead of hold');
    this.show(this.#isOn);
  }

  /** What to do when all is ready. */
  get readyText() {
    return this.isTapMode ? gettext('Ready. Tap the button and speak.') : gettext('Ready. Hold the button and speak.');
  }

  /** What to do once the browser has given the microphone. */
  get openText() {
    return this.isTapMode ? gettext('The microphone is on. Tap the button and speak.') : gettext('The microphone is on. Hold the button and speak.');
  }

  /** Look on or off; isWaiting: nothing can be said for the moment. */
  show(isOn, { isWaiting = false } = {}) {
    this.#isOn = isOn;
    this.button.classList.toggle('on', isOn);
    this.button.setAttribute('aria-pressed', String(isOn));
    this.button.setAttribute('aria-disabled', String(isWaiting));
    this.button.setAttribute('aria-label', this.isTapMode ? gettext('Tap to speak, tap again to finish') : gettext('Hold to speak'));
    if (isOn) this.hint.textContent = this.isTapMode ? gettext('Tap to finish.') : gettext('Let go to finish.');
    else this.hint.textContent = this.isTapMode ? gettext('Tap to speak.') : gettext('Hold to speak.');
  }

  #listen() {
    this.button.addEventListener('pointerdown', (event) => this.#press(event));
    for (const name of ['pointerup', 'pointercancel']) this.button.addEventListener(name, () => !this.isTapMode && this.acts.end());
    // A click without a pointer is Enter or an assistive device: it cannot hold, so it starts and stops.
    this.button.addEventListener('click', (event) => (this.isTapMode || event.detail === 0) && this.acts.toggle());
    this.button.addEventListener('contextmenu', (event) => event.preventDefault());
    this.mode.addEventListener('click', () => this.setTapMode(!this.isTapMode));
    document.addEventListener('keydown', (event) => this.#space(event, true));
    document.addEventListener('keyup', (event) => this.#space(event, false));
  }

  #press(event) {
    if (this.isTapMode || event.button !== 0) return;
    this.button.setPointerCapture(event.pointerId);
    this.acts.begin();
  }

  #space(event, isDown) {
    const isElsewhere = event.target.closest?.('button, a, summary, select') && event.target !== this.button;
    if (event.key !== ' ' || isTyping(event.target) || isElsewhere || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    if (event.repeat) return;
    if (this.isTapMode) {
      if (isDown) this.acts.toggle();
    } else if (isDown) this.acts.begin();
    else this.acts.end();
  }
}
