// How a reader bends a strip, and how a file of the reader's own becomes one (see recipes.js).
"use strict";
(() => {
  const { mean, median } = ecglive;

  // A bump from the end of the QRS complex to that of the T wave, with soft edges.
  function bump(beat, n, fs) {
    const soft = (v) => 0.5 - 0.5 * Math.cos(Math.PI * Math.min(1, Math.max(0, v)));
    return soft((n - beat.qrs[1]) / (0.04 * fs) + 0.5) * soft((beat.t[1] - n) / (0.12 * fs));
  }

  // Takes P waves away (p: the share that is left) and raises the ST segment (st, in mV).
  function reshaped(row, beats, changes, fs, st) {
    const y = Float64Array.from(row), last = row.length - 1;
    beats.forEach((beat, b) => {
      const { p } = changes[b];
      if (beat.p && p < 1) {
        const [begin, end] = [Math.max(0, beat.p[0]), Math.min(last, beat.p[1])];
        const slope = (row[end] - row[begin]) / Math.max(1, end - begin);
        for (let n = begin; n <= end; n++) {
          const line = row[begin] + slope * (n - begin);
          y[n] = line + (row[n] - line) * p;
        }
      }
      const from = beat.qrs[1] - Math.ceil(0.02 * fs);
      for (let n = Math.max(0, from); st[b] && n <= Math.min(last, beat.t[1]); n++) {
        y[n] += st[b] * bump(beat, n, fs);
      }
    });
    return y;
  }

  // Pairs [sample before, sample after] between which time runs evenly: a beat moves as a whole,
  // a broader complex takes time from what is around it, and no beat runs into the one before.
  function knots(beats, changes, length, fs) {
    const all = [[0, 0]];
    const put = (before, after, gap = 1) => {
      const [lastBefore, lastAfter] = all[all.length - 1];
      if (before > lastBefore) all.push([before, Math.max(after, lastAfter + gap)]);
    };
    beats.forEach((beat, b) => {
      const early = (changes[b].earlyMs / 1000) * fs, width = beat.qrs[1] - beat.qrs[0];
      const wider = (changes[b].wide - 1) * width;
      const begin = beat.p ? beat.p[0] : beat.qrs[0] - 0.04 * fs;
      put(begin, begin - early, 0.02 * fs);
      const moved = all[all.length - 1][1] - begin;
      put(beat.qrs[0], beat.qrs[0] + moved - 0.3 * wider);
      put(beat.qrs[1], beat.qrs[1] + moved + 0.7 * wider);
      put(beat.t[1], beat.t[1] + moved);
    });
    while (all.length > 1 && all[all.length - 1][1] >= length - 1) all.pop();
    return [...all.filter(([before]) => before < length - 1), [length - 1, length - 1]];
  }

  function along(points, from, to) {
    return (place) => {
      let k = 1;
      while (k < points.length - 1 && points[k][from] < place) k++;
      const [a, b] = [points[k - 1], points[k]];
      const share = (place - a[from]) / (b[from] - a[from] || 1);
      return a[to] + share * (b[to] - a[to]);
    };
  }

  // Numbers from 0 to 1, the same ones for the same seed.
  function drawn(seed) {
    let state = seed;
    return () => (state = (state * 1664525 + 1013904223) % 4294967296) / 4294967296;
  }

  const noise = (length, seed, next = drawn(seed)) => Float64Array.from({ length }, () =>
    Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()));

  // The strip with its beats changed: one of { p, earlyMs, wide } a beat, `st(lead, b)` in mV, and
  // noise of so many mV. What is left as it was comes back as it was.
  function bent(strip, { changes, st, noiseMv }) {
    const { fs, beats, leads: names } = strip, length = strip.rows[0].length;
    const moved = changes.some(({ earlyMs, wide }) => earlyMs || wide !== 1);
    const points = moved ? knots(beats, changes, length, fs) : [[0, 0], [length - 1, length - 1]];
    const before = along(points, 1, 0), after = (n) => Math.round(along(points, 0, 1)(n));
    const places = moved && Float64Array.from({ length }, (_, n) => before(n));
    const rows = strip.rows.map((row, k) => {
      const shaped = reshaped(row, beats, changes, fs, beats.map((_, b) => st(names[k], b)));
      const extra = noiseMv ? noise(length, k + 1) : null;
      return Float64Array.from({ length }, (_, n) => {
        const left = moved ? Math.min(length - 2, Math.floor(places[n])) : n;
        const share = moved ? places[n] - left : 0;
        const value = share ? shaped[left] * (1 - share) + shaped[left + 1] * share : shaped[left];
        return value + (extra ? noiseMv * extra[n] : 0);
      });
    });
    const span = (pair) => pair && pair.map(after);
    const now = beats.map((beat) => ({ ...beat, r: after(beat.r), p: span(beat.p),
                                       qrs: span(beat.qrs), t: span(beat.t) }));
    return { ...strip, rows, beats: now };
  }

  // R peaks of a reader's own strip: where the slope has most energy, a quarter of a second apart.
  function peaksOf(x, fs) {
    const wide = Math.max(1, Math.round(0.012 * fs)), window = Math.round(0.1 * fs);
    const steep = Float64Array.from(x, (_, n) =>
      ((x[Math.min(n + wide, x.length - 1)] - x[Math.max(n - wide, 0)]) ** 2));
    const around = (x, n, reach) => x.subarray(Math.max(0, n - reach), n + reach + 1);
    const energy = steep.map((_, n) => mean(around(steep, n, window >> 1)));
    const high = 0.25 * Float64Array.from(energy).sort()[Math.floor(0.98 * energy.length)];
    const peaks = [], middle = median(x), reach = Math.round(0.25 * fs);
    for (let n = 0; n < x.length; n++) {
      if (energy[n] <= high || energy[n] < Math.max(...around(energy, n, reach))) continue;
      let r = n;
      for (let m = Math.max(0, n - window); m < Math.min(x.length, n + window); m++) {
        if (Math.abs(x[m] - middle) > Math.abs(x[r] - middle)) r = m;
      }
      if (!peaks.length || r - peaks[peaks.length - 1] > reach) peaks.push(r);
    }
    return peaks;
  }

  // Where waves usually lie around an R peak, for strips of which nothing else is known.
  function beatsAt(peaks, fs) {
    const s = (seconds) => Math.round(seconds * fs);
    return peaks.map((r, n) => {
      const rr = n + 1 < peaks.length ? peaks[n + 1] - r : n ? r - peaks[n - 1] : fs;
      const tEnd = r + Math.round(0.4 * Math.sqrt(rr * fs));
      return { r, symbol: "", p: [r - s(0.2), r - s(0.06)], qrs: [r - s(0.05), r + s(0.05)],
               t: [tEnd - s(0.2), tEnd] };
    });
  }

  // The columns of a text file: { names, columns }; throws a sentence where it is no table.
  function table(text) {
    const lines = text.split(/\r?\n/).filter((line) => line.trim());
    const decimal = lines.some((line) => /[;\t]/.test(line)); // then a comma is a decimal one
    const split = (line) => (decimal ? line.replaceAll(",", ".").split(/[;\t]/)
      : line.trim().split(line.includes(",") ? "," : /\s+/));
    const cells = lines.map((line) => split(line).map((cell) => cell.trim().replace(/^"|"$/g, "")));
    const named = cells.length > 0 && cells[0].some((cell) => cell && Number.isNaN(Number(cell)));
    const names = cells.length ? cells[0].map((cell, n) => (named ? cell : `column ${n + 1}`)) : [];
    const rows = cells.slice(named ? 1 : 0);
    const columns = names.map((_, n) => Float64Array.from(rows, (row) =>
      (row[n] === undefined || row[n] === "" ? NaN : Number(row[n]))));
    const odd = rows.findIndex((_, n) => columns.some((column) => Number.isNaN(column[n])));
    if (!rows.length) throw new Error("There are no numbers in this file.");
    if (odd >= 0) throw new Error(`Row ${odd + 1} of this file holds something that is no number.`);
    const counts = /^(time|t|s|sec|seconds|ms|samples?|index)\b/i; // no lead, but a clock
    const kept = names.map((_, n) => n).filter((n) => !counts.test(names[n]));
    return { names: kept.map((n) => names[n]), columns: kept.map((n) => columns[n]) };
  }

  Object.assign(globalThis.ecglive, { bent, beatsAt, drawn, peaksOf, table });
})();
