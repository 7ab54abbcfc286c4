// Runs beside the page, on the audio thread: gathers 128-sample frames into blocks and hands them over.

class BlockCollector extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.size = Math.round((sampleRate * processorOptions.blockMs) / 1000);
    this.block = new Float32Array(this.size);
    this.filled = 0;
  }

  process([channels]) {
    const frame = channels[0];
    if (frame) this.take(frame);
    return true;
  }

  take(frame) {
    let used = 0;
    while (used < frame.length) {
      const count = Math.min(frame.length - used, this.size - this.filled);
      this.block.set(frame.subarray(used, used + count), this.filled);
      this.filled += count;
      used += count;
      if (this.filled === this.size) this.handOver();
    }
  }

  handOver() {
    this.port.postMessage(this.block, [this.block.buffer]);
    this.block = new Float32Array(this.size);
    this.filled = 0;
  }
}

registerProcessor('block-collector', BlockCollector);
