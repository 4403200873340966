// What happens to an ECG before a network sees it: the recipes of the package, step for step.
// A strip is { fs, leads, rows, beats }: rows in mV, one a lead; a beat has the samples `r`,
// `qrs: [begin, end]`, `t: [begin, end]`, and `p: [begin, end]` or null. A recipe returns `inputs`,
// one a beat (null where the beat has no room) or one for the whole strip.
"use strict";
(() => {
  const total = (x) => x.reduce((sum, v) => sum + v, 0);
  const mean = (x) => total(x) / x.length;
  const median = (x) => {
    const sorted = Float64Array.from(x).sort(), half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  };
  const common = (a, b) => (b ? common(b, a % b) : a);
  // As numpy rounds: a half goes to the even neighbour.
  const rint = (v) => (Math.abs(v % 1) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v));

  function standardised(x) {
    const middle = mean(x), square = mean(Float64Array.from(x, (v) => (v - middle) ** 2));
    const deviation = Math.sqrt(square);
    return Float64Array.from(x, (v) => (v - middle) / Math.max(deviation, 1e-6));
  }

  function bessel(v) {
    let sum = 1, term = 1;
    for (let k = 1; term > 1e-12 * sum; k++) sum += term *= (v / 2 / k) ** 2;
    return sum;
  }

  // To another rate: a low-pass filter (Kaiser's window, 5.0) of 20 periods of the slower rate;
  // beyond its ends the signal goes on along the line from its first to its last sample.
  function resampled(x, from, to) {
    const factor = common(rint(from * 1000), rint(to * 1000)), last = x.length - 1;
    const up = rint(to * 1000) / factor, down = rint(from * 1000) / factor;
    if (up === down) return Float64Array.from(x);
    const slowest = Math.max(up, down), half = 10 * slowest;
    const filter = Float64Array.from({ length: 2 * half + 1 }, (_, k) => {
      const angle = (Math.PI * (k - half)) / slowest, sinc = angle ? Math.sin(angle) / angle : 1;
      return sinc * bessel(5 * Math.sqrt(1 - ((k - half) / half) ** 2));
    });
    const gain = up / total(filter), slope = last ? (x[last] - x[0]) / last : 0;
    const at = (n) => (n < 0 ? x[0] + n * slope : n > last ? x[last] + (n - last) * slope : x[n]);
    return Float64Array.from({ length: Math.ceil((x.length * up) / down) }, (_, m) => {
      let sum = 0;
      for (let n = Math.ceil((m * down - half) / up); n * up <= m * down + half; n++) {
        sum += at(n) * filter[half + m * down - n * up];
      }
      return sum * gain;
    });
  }

  // A filter of an odd number of taps, forward and backward, the ends mirrored through themselves.
  function filtered(x, taps) {
    const reach = Math.min(3 * taps.length, x.length - 1), last = x.length - 1;
    const mirrored = Float64Array.from({ length: x.length + 2 * reach }, (_, n) => {
      const at = n - reach;
      return at < 0 ? 2 * x[0] - x[-at] : at > last ? 2 * x[last] - x[2 * last - at] : x[at];
    });
    const pass = (signal) => signal.map((_, n) => {
      let sum = 0;
      for (let k = 0; k < taps.length; k++) sum += taps[k] * signal[Math.max(0, n - k)];
      return sum;
    });
    return pass(pass(mirrored).reverse()).reverse().slice(reach, reach + x.length);
  }

  // Which beats come no earlier than 0.95 of the mean of the ten intervals around them.
  function onTime(peaks) {
    return peaks.map((peak, n) => {
      const first = Math.max(0, n - 5), last = Math.min(peaks.length - 1, n + 5);
      const local = (peaks[last] - peaks[first]) / (last - first);
      return (n ? peak - peaks[n - 1] : peaks[1] - peaks[0]) >= 0.95 * local;
    });
  }

  // Chapter 3: what each beat is beside the usual one of its recording, 320 samples at 360 Hz.
  function unlikeTemplate(strip, { taps }) {
    const clean = filtered(strip.rows[0], taps), peaks = strip.beats.map((beat) => beat.r);
    const inside = (peak) => peak + 1 >= 140 && peak + 181 <= clean.length;
    const shape = (peak) => standardised(clean.slice(peak - 139, peak + 181));
    const shapes = peaks.map((peak) => (inside(peak) ? shape(peak) : null));
    const whole = shapes.map((_, n) => n).filter((n) => shapes[n]), calm = onTime(peaks);
    const usual = whole.filter((n) => calm[n]), some = usual.length ? usual : whole;
    const template = Float64Array.from({ length: 320 }, (_, t) =>
      median(some.map((n) => shapes[n][t])));
    const cut = (v) => Math.min(1, Math.max(-1, v / 4));
    const inputs = shapes.map((shape) => shape && shape.map((v, t) => cut(v - template[t])));
    return { inputs, shapes, template };
  }

  // Chapter 6: each beat from its R peak on, 187 samples at 125 Hz, as the height in its 10 s.
  function heartbeats(strip) {
    const x = strip.rows[0], size = 10 * strip.fs, peaks = strip.beats.map((beat) => beat.r);
    const inputs = peaks.map((peak) => {
      const begin = Math.floor(peak / size) * size, window = x.slice(begin, begin + size);
      const low = Math.min(...window), span = Math.max(...window) - low || 1;
      const own = peaks.filter((other) => other >= begin && other < begin + size);
      const usual = median(own.slice(1).map((other, n) => other - own[n]));
      const length = Math.min(187, rint(1.2 * usual));
      if (own.length < 2 || length <= 0 || peak + length > x.length) return null;
      return Float64Array.from({ length: 187 }, (_, t) =>
        (t < length ? Math.min(1, Math.max(0, (x[peak + t] - low) / span)) : 0));
    });
    return { inputs };
  }

  // Chapter 7: the whole recording, of mean 0 and standard deviation 1. Chapter 8: as it is, in mV.
  const rhythm = (strip) => ({ inputs: [standardised(strip.rows[0])] });
  const leads = (strip) => ({ inputs: [strip.rows] });

  Object.assign(globalThis.ecglive, { recipes: { unlikeTemplate, heartbeats, rhythm, leads },
    resampled, filtered, mean, median });
})();
