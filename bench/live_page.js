// Put into a page by bench/live_page.py: notes [what, when] in `bench.notes`, and each piece of the microphone's sound as
// [start, arrival, loudness of each millisecond] in `bench.sound`.
(() => {
  const bench = window.bench = { sound: [], notes: [] };
  const note = (what) => bench.notes.push([what, performance.now()]);

  async function hear(track) {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 200 }).readable.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const arrival = performance.now(), piece = next.value, count = Math.round(piece.duration / 1000);
      const samples = new Float32Array(piece.numberOfFrames);
      piece.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      const levels = new Array(count).fill(0);
      samples.forEach((value, at) => {
        const ms = Math.floor(at * count / samples.length);
        levels[ms] = Math.max(levels[ms], Math.abs(value));
      });
      bench.sound.push([piece.timestamp / 1000, arrival, levels]);
      piece.close();
    }
  }

  const devices = navigator.mediaDevices;
  const ask = devices?.getUserMedia.bind(devices);
  if (devices) devices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    hear(stream.getAudioTracks()[0]);
    return stream;
  };

  window.WebSocket = class extends WebSocket {
    constructor(...address) {
      super(...address);
      this.addEventListener('message', ({ data }) => JSON.parse(data).speaking && note('begin'));
    }
  };

  let partial = '', count = 0;
  new MutationObserver(() => {
    const said = document.querySelector('[data-heard] .now-said')?.textContent.trim() ?? '';
    const finals = document.querySelectorAll('[data-heard] .w:not(.now-said .w)').length;
    if (said && said !== partial) note('words');
    if (finals > count) note('final');
    [partial, count] = [said, finals];
  }).observe(document, { childList: true, characterData: true, subtree: true });
})();
