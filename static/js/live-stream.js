// What one person says, until the server has answered it: blocks of sound with their place, in samples at 16 kHz.
import { joined, wavBlob } from 'speechsite/wav';

export class LiveStream {
  constructor({ model, hotwords }) {
    Object.assign(this, { model, hotwords });
    this.id = crypto.randomUUID();
    this.blocks = [];
    this.sent = 0; // blocks, of those that are kept
    this.end = 0;
    this.settled = 0;
    this.isOpen = false;
    this.isEnded = false;
    this.isStopped = false;
    this.answers = new Set();
  }

  push(samples) {
    this.blocks.push({ position: this.end, samples });
    this.end += samples.length;
  }

  /** Let go of the sound before `settled`: it is answered. */
  settle(settled) {
    this.settled = Math.max(this.settled, settled);
    while (this.blocks.length && this.blocks[0].position + this.blocks[0].samples.length <= this.settled) {
      this.blocks.shift();
      this.sent = Math.max(0, this.sent - 1);
    }
  }

  /** Return what is not answered as a WAV file, {blob, stream, position}. */
  recording() {
    const blob = wavBlob(joined(this.blocks.map((block) => block.samples)));
    return { blob, stream: this.id, position: this.blocks[0]?.position ?? this.end };
  }
}
