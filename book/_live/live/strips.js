// The stored strips of a page, and strips from a reader's own file (see recipes.js for a strip).
"use strict";
(() => {
  const pages = {};

  // Called by the script file of a page; its signals are microvolts in base64, 16 bits each.
  function addPage({ strips, ...page }) {
    pages[page.name] = { ...page, strips: strips.map(({ signal, ...strip }) => {
      const bytes = Uint8Array.from(atob(signal), (letter) => letter.charCodeAt(0));
      const all = Float64Array.from(new Int16Array(bytes.buffer), (uv) => uv / 1000);
      const length = all.length / strip.leads.length;
      return { ...strip, rows: strip.leads.map((_, k) => all.slice(k * length, (k + 1) * length)) };
    }) };
  }

  // A strip of the kind of `like` from the text of a file: { text, fs, unit, column }. Throws a
  // sentence where that is not possible.
  function ownStrip(like, { text, fs, unit, column }) {
    const { names, columns } = ecglive.table(text), seconds = like.rows[0].length / like.fs;
    const refuse = (why) => { throw new Error(why); };
    if (!(fs >= 50 && fs <= 5000)) refuse("Say how many samples a second there are, 50 to 5000.");
    const called = names.map((name) => name.toUpperCase());
    const wanted = like.leads.length === 1 ? [Math.min(column, names.length - 1)]
      : like.leads.map((lead) => called.indexOf(lead.toUpperCase()));
    const missing = like.leads.find((_, k) => wanted[k] < 0);
    if (missing) refuse(`A column a lead is needed, and its name on top: there is no ${missing}.`);
    const length = Math.min(columns[0].length, Math.round(seconds * fs));
    if (length < 9 * fs) refuse(`It lasts ${(length / fs).toFixed(1)} s; 9 s at least are needed.`);
    const rows = wanted.map((k) => {
      const mv = columns[k].slice(0, length).map((v) => (unit === "µV" ? v / 1000 : v));
      if (Math.max(...mv) === Math.min(...mv)) refuse(`${names[k]} is flat.`);
      return ecglive.resampled(mv, fs, like.fs);
    });
    const leads = like.leads.length === 1 ? [names[wanted[0]]] : like.leads;
    const second = rows[Math.min(1, rows.length - 1)]; // lead II of twelve
    const beats = ecglive.beatsAt(ecglive.peaksOf(second, like.fs), like.fs);
    if (beats.length < 3) refuse("Fewer than three beats were found in it.");
    return { title: "your own file", fs: like.fs, leads, rows, beats };
  }

  Object.assign(globalThis.ecglive, { pages, addPage, ownStrip });
})();
