// The camera, and what reads codes from its pictures: the browser's own detector where there is one, jsQR elsewhere.
import jsQR from "../vendor/jsqr.js";

const EVERY = 120; // ms between two looks
const SIDE = 800; // pixels of the longer side that jsQR is given

export class Camera {
  #video;
  #found;
  #stream = null;
  #detector = null;
  #canvas = document.createElement("canvas");
  #timer = 0;
  reader = "jsQR";

  // found is called with every code that is seen, again and again while it is.
  constructor(video, found) {
    this.#video = video;
    this.#found = found;
  }

  get running() { return this.#stream !== null; }

  async start() {
    if (this.running) return;
    if (!navigator.mediaDevices?.getUserMedia) throw new Error("no camera");
    this.#stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } } });
    this.#video.srcObject = this.#stream;
    this.#video.hidden = false;
    await this.#video.play();
    if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats().catch(() => [])).includes("qr_code")) {
      this.#detector = new BarcodeDetector({ formats: ["qr_code"] });
      this.reader = "BarcodeDetector";
    }
    for (const track of this.#stream.getVideoTracks()) track.addEventListener("ended", () => this.stop());
    this.#look();
  }

  stop() {
    clearTimeout(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
    this.#video.hidden = true;
  }

  // light turns the torch on or off; it reports whether there is one.
  async light(on) {
    const track = this.#stream?.getVideoTracks()[0];
    if (!track?.getCapabilities?.().torch) return false;
    await track.applyConstraints({ advanced: [{ torch: on }] });
    return true;
  }

  async #look() {
    if (!this.running) return;
    try {
      const code = this.#video.readyState >= 2 ? await this.#read() : "";
      if (code) this.#found(code);
    } catch { /* a picture that can't be read: the next one */ }
    this.#timer = setTimeout(() => this.#look(), EVERY);
  }

  async #read() {
    if (this.#detector) return (await this.#detector.detect(this.#video))[0]?.rawValue ?? "";
    const { videoWidth, videoHeight } = this.#video;
    if (!videoWidth) return "";
    const scale = Math.min(1, SIDE / Math.max(videoWidth, videoHeight));
    const [width, height] = [Math.round(videoWidth * scale), Math.round(videoHeight * scale)];
    Object.assign(this.#canvas, { width, height });
    const context = this.#canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.#video, 0, 0, width, height);
    return jsQR(context.getImageData(0, 0, width, height).data, width, height, { inversionAttempts: "dontInvert" })?.data ?? "";
  }
}
