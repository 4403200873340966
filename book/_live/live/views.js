// What each page asks its networks, and how it shows the answer.
"use strict";
(() => {
  const { chart, dots } = ecglive;
  const softmax = (logits, temperature = 1) => {
    const up = Array.from(logits, (v) => Math.exp((v - Math.max(...logits)) / temperature));
    return up.map((v) => v / up.reduce((a, b) => a + b));
  };
  const sigmoid = (v) => 1 / (1 + Math.exp(-v));
  const most = (values) => values.indexOf(Math.max(...values));
  const percent = (v) => `${Math.round(100 * v)} %`;

  const EARLY = { key: "early", label: "This beat earlier by", unit: "ms", max: 400, step: 10 };
  const ST = { key: "st", label: "ST segment raised by", unit: "mV", min: -0.5, max: 0.5, step: 0.05 };
  const P = { key: "p", label: "P wave taken away", unit: "%", max: 100, step: 10 };
  const WIDE = { key: "wide", label: "QRS complex broader by", unit: "%", max: 200, step: 10 };
  const NOISE = { key: "noise", label: "Muscle noise", unit: "mV", max: 0.3, step: 0.01 };
  const JITTER = { key: "jitter", label: "RR intervals uneven by up to", unit: "ms", max: 200, step: 10 };
  const WALLS = { "II, III, aVF (inferior)": ["II", "III", "aVF"], "V1 to V4 (anterior)":
    ["V1", "V2", "V3", "V4"], "I, aVL, V5, V6 (lateral)": ["I", "aVL", "V5", "V6"] };

  const meanSquare = (a, b) => a.reduce((sum, v, n) => sum + (v - b[n]) ** 2, 0) / a.length;

  function reconstructed(model, input) {
    const again = ecglive.run(model, [input]).again.data;
    return { again, score: meanSquare(Float32Array.from(input), again) };
  }

  const anomaly = {
    controls: [EARLY, ST, P, WIDE, NOISE], beatwise: true, secondsARow: 10,
    // The score of each beat of a strip as it is stored, for comparison.
    *before(strip, page) {
      const { inputs } = ecglive.recipes.unlikeTemplate(strip, page.settings), [[model]] = page.models;
      for (const input of inputs) yield input && reconstructed(model, input).score;
    },
    answer(strip, page, { chosen, known }) {
      const { inputs } = ecglive.recipes.unlikeTemplate(strip, page.settings), input = inputs[chosen];
      if (!input) return { words: "This beat lies too near the end of the strip; choose another one." };
      const { again, score } = reconstructed(page.models[0][0], input);
      const others = known && known.filter((v, n) => v !== null && n !== chosen);
      const below = others && others.filter((v) => v < score).length;
      const beside = others ? ` That is above ${below} of the ${others.length} other beats as they were; `
        + `the one in their middle has ${ecglive.median(others).toFixed(4)}.` : "";
      const x = Array.from(input, (_, n) => (n - 139) / 360), deviations = (values) =>
        Array.from(values, (v) => 4 * v);
      const panel = chart({ x: [x[0], x[319]], y: [-4.2, 4.2], unit: "time from the R peak (s)",
        ticks: { x: [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.4, 0.5], y: [[4, "4"], [0, "0"], [-4, "−4"]] },
        bands: [{ x, low: deviations(input), high: deviations(again), kind: "gap" }],
        lines: [{ x, y: deviations(input), kind: "seen" }, { x, y: deviations(again), kind: "again" }],
        label: "The beat minus the usual beat, and what the network makes of it." });
      const scores = dots({ values: others ?? [], own: score, range: [1e-4, 0.3], ticks: [0.0001, 0.001, 0.01, 0.1],
        unit: "score: mean squared difference", label: `Score ${score.toFixed(4)} among the others.` });
      return { words: `Score ${score.toFixed(4)}.${beside}`, values: { score }, panels: [scores, panel],
        legend: [["own", "this beat"], ["other", "the other beats as they were"], ["seen", "the beat minus the usual beat (standard deviations)"],
                 ["again", "what MadeGAN makes of it"], ["gap", "what it misses: the score"]] };
    },
  };

  const heartbeats = {
    controls: [EARLY, ST, P, WIDE, NOISE], beatwise: true, secondsARow: 10,
    answer(strip, page, { chosen }) {
      const input = ecglive.recipes.heartbeats(strip).inputs[chosen];
      if (!input) return { words: "This beat lies too near the end of the strip; choose another one." };
      const values = {}, parts = page.models.map(([model, name]) => {
        const { classes } = ecglive.models[model].card, p = softmax(ecglive.run(model, [input]).logits.data);
        values[model] = p;
        return { name, best: most(p), p, classes };
      });
      const words = parts.map(({ name, best, p, classes }) =>
        `${name}: ${classes[best]}, ${page.words[classes[best]]} (${percent(p[best])}).`).join(" ");
      const x = Array.from(input, (_, n) => n / 125);
      const end = input.findLastIndex((v) => v !== 0) + 1;
      const panel = chart({ x: [0, 1.5], y: [-0.05, 1.05], unit: "time from the R peak (s)",
        ticks: { x: [0, 0.5, 1, 1.5], y: [[0, "0"], [1, "1"]] },
        lines: [{ x: x.slice(0, end), y: input.slice(0, end), kind: "seen" },
                { x: x.slice(end), y: input.slice(end), kind: "padding" }],
        label: "The beat as the networks see it: scaled to the range of its ten seconds." });
      const rows = ({ p, best, classes }) => classes.map((key, k) =>
        ({ key, name: `${key}: ${page.words[key]}`, value: p[k], strong: k === best }));
      return { words, values, panels: [panel], chances: parts.map((part) => [part.name, rows(part)]),
        legend: [["seen", "what the networks see (share of the range of these ten seconds)"],
                 ["padding", "zeros up to 187 samples"]] };
    },
  };

  const rhythm = {
    controls: [JITTER, { ...P, label: "All P waves taken away" }, NOISE], secondsARow: 10,
    answer(strip, page) {
      const [[model]] = page.models, { card } = ecglive.models[model];
      const { logits, attention } = ecglive.run(model, ecglive.recipes.rhythm(strip).inputs);
      const p = softmax(logits.data, card.temperature), best = most(p);
      const said = `${page.words[card.classes[best]]} (${percent(p[best])})`;
      const words = p[best] >= card.limit ? `The network says: ${said}.`
        : `The network is not sure. Likeliest is ${said}, below its limit of ${percent(card.limit)}.`;
      const seconds = strip.rows[0].length / strip.fs / attention.time, top = Math.max(...attention.data);
      const spans = Array.from(attention.data, (weight, n) => ({ kind: "looks", from: (n - 0.5) * seconds,
        to: (n + 0.5) * seconds, strength: (0.6 * weight) / top }));
      const rows = card.classes.map((key, k) =>
        ({ key, name: page.words[key], value: p[k], mark: card.limit, strong: k === best }));
      return { words, values: { p }, spans, chances: [["Calibrated probability", rows]],
        legend: [["looks", "where the network attends, the darker the more"],
                 ["mark", `the limit, ${percent(card.limit)}, below which it is not sure`]] };
    },
  };

  const leads = {
    controls: [ST, WIDE, { ...P, label: "All P waves taken away" }, JITTER, NOISE],
    walls: WALLS, secondsARow: 10,
    answer(strip, page, { explained }) {
      const [[model]] = page.models, { card } = ecglive.models[model];
      const p = Array.from(ecglive.run(model, strip.rows).logits.data, sigmoid);
      const called = card.classes.filter((_, k) => p[k] >= card.thresholds[k]);
      const row = (key) => ({ key, name: page.words[key], value: p[card.classes.indexOf(key)],
        mark: card.thresholds[card.classes.indexOf(key)], strong: called.includes(key) });
      const five = card.classes.slice(0, 5);
      const further = called.filter((key) => !five.includes(key)), about = explained ?? five[most(p.slice(0, 5))];
      const words = called.length ? `The network calls: ${called.map((key) => page.words[key]).join("; ")}.`
        : "The network calls nothing.";
      return { words, values: { p }, chances: [["Superclasses", five], ["Further findings that it calls", further]]
        .filter(([, keys]) => keys.length).map(([title, keys]) => [title, keys.map(row)]),
        explained: about,
        legend: [["mark", "from where on a class is called"]] };
    },
    // How much less likely a class is without each lead, one lead after another.
    *explain(strip, page, key) {
      const [[model]] = page.models, k = ecglive.models[model].card.classes.indexOf(key);
      const ask = (rows) => sigmoid(ecglive.run(model, rows).logits.data[k]);
      const whole = ask(strip.rows), silent = new Float64Array(strip.rows[0].length);
      for (let lead = 0; lead < strip.leads.length; lead++) {
        yield whole - ask(strip.rows.map((row, n) => (n === lead ? silent : row)));
      }
    },
    explained({ leads: names }, page, key, falls) {
      const top = Math.max(0.05, ...falls.map(Math.abs));
      const order = names.map((lead, n) => [lead, falls[n]]).sort((a, b) => b[1] - a[1]);
      const effect = ([lead, fall]) =>
        `with ${lead} set to 0 it ${fall < 0 ? "rises" : "falls"} by ${Math.abs(fall).toFixed(2)}`;
      return { words: `Lead by lead, the probability of “${page.words[key]}”: `
        + `${order.slice(0, 3).map(effect).join(", ")}. Blue leads speak for it, violet ones against `
        + "it, the darker the more. Choose another class to ask the same of that.",
        spans: falls.map((fall, lead) => ({ kind: fall < 0 ? "against" : "speaks", lead, from: 0,
          to: Infinity, strength: (0.5 * Math.abs(fall)) / top })) };
    },
  };

  Object.assign(globalThis.ecglive, { views: { anomaly, heartbeats, rhythm, leads } });
})();
