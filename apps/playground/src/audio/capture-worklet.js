// Runs on the audio thread: hands the first channel of the microphone to the page in blocks of about 100 ms.
class Capture extends AudioWorkletProcessor {
  held = [];
  length = 0;
  process([channels]) {
    const block = channels[0];
    if (!block) return true;
    this.held.push(block.slice());
    this.length += block.length;
    if (this.length < sampleRate / 10) return true;
    const samples = new Float32Array(this.length);
    let at = 0;
    for (const part of this.held) {
      samples.set(part, at);
      at += part.length;
    }
    this.port.postMessage(samples, [samples.buffer]);
    this.held = [];
    this.length = 0;
    return true;
  }
}
registerProcessor("capture", Capture);
