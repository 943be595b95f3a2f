// How a verdict sounds and feels: two rising tones and a short buzz for yes, one low tone and a long buzz for no.
let audio = null;

// ready must be called from a press of a button: browsers are silent before.
export function ready() {
  try {
    audio ??= new AudioContext();
    audio.resume();
  } catch { /* no sound here */ }
}

function tone(frequency, from, lasts, type = "sine") {
  if (!audio) return;
  const at = audio.currentTime + from;
  const oscillator = audio.createOscillator();
  const volume = audio.createGain();
  oscillator.type = type;
  oscillator.frequency.value = frequency;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.5, at + 0.01);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + lasts);
  oscillator.connect(volume).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + lasts);
}

export function yes() {
  tone(880, 0, 0.12);
  tone(1320, 0.13, 0.18);
  navigator.vibrate?.(70);
}

export function no() {
  tone(160, 0, 0.55, "square");
  navigator.vibrate?.([250, 90, 250]);
}
