// What each page asks its networks, and how it shows the answer. A view has `controls` and
// `answer(strip, page, state)`; `beatwise` ones speak of the chosen beat.
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
  const cardOf = (model) => ecglive.models[model].card;

  const control = (key, label, unit, max, step, min = 0) => ({ key, label, unit, max, step, min });
  const EARLY = control("early", "This beat earlier by", "ms", 400, 10);
  const ST = control("st", "ST segment raised by", "mV", 0.5, 0.05, -0.5);
  const P = control("p", "P wave taken away", "%", 100, 10);
  const ALL_P = { ...P, label: "All P waves taken away" };
  const WIDE = control("wide", "QRS complex broader by", "%", 200, 10);
  const NOISE = control("noise", "Muscle noise", "mV", 0.3, 0.01);
  const JITTER = control("jitter", "RR intervals uneven by up to", "ms", 200, 10);
  const NO_ROOM = { words: "This beat lies too near the end of the strip; choose another one." };

  function reconstructed(model, input) {
    const again = ecglive.run(model, [input]).again.data;
    return { again, score: ecglive.mean(again.map((v, n) => (v - input[n]) ** 2)) };
  }

  const anomaly = {
    controls: [EARLY, ST, P, WIDE, NOISE],
    beatwise: true,
    secondsARow: 10,

    // The score of each beat of a strip as it is stored, for comparison.
    *before(strip, page) {
      const { inputs } = ecglive.recipes.unlikeTemplate(strip, page.settings);
      for (const input of inputs) yield input && reconstructed(page.models[0][0], input).score;
    },

    answer(strip, page, { chosen, known }) {
      const input = ecglive.recipes.unlikeTemplate(strip, page.settings).inputs[chosen];
      if (!input) return NO_ROOM;
      const { again, score } = reconstructed(page.models[0][0], input);
      const others = (known ?? []).filter((v, n) => v !== null && n !== chosen);
      const below = others.filter((v) => v < score).length;
      const beside = ` That is above ${below} of the ${others.length} other beats as they were; `
        + `the one in their middle has ${others.length && ecglive.median(others).toFixed(4)}.`;
      return {
        words: `Score ${score.toFixed(4)}.${others.length ? beside : ""}`,
        values: { score },
        panels: [scores(score, others), seenAndMade(input, again)],
        legend: [
          ["own", "this beat"],
          ["other", "the other beats as they were"],
          ["seen", "the beat minus the usual beat (standard deviations)"],
          ["again", "what MadeGAN makes of it"],
          ["gap", "what it misses: the score"],
        ],
      };
    },
  };

  const scores = (own, values) => dots({
    values, own, range: [1e-4, 0.3], ticks: [0.0001, 0.001, 0.01, 0.1],
    unit: "score: mean squared difference", label: "The score among those of the other beats.",
  });

  function seenAndMade(input, again) {
    const x = Array.from(input, (_, n) => (n - 139) / 360); // the R peak is sample 139 of 320
    const [seen, made] = [input, again].map((values) => Array.from(values, (v) => 4 * v));
    return chart({
      x: [x[0], x[319]], y: [-4.2, 4.2], unit: "time from the R peak (s)",
      ticks: { x: [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.4, 0.5], y: [-4, 0, 4] },
      bands: [{ x, low: seen, high: made, kind: "gap" }],
      lines: [{ x, y: seen, kind: "seen" }, { x, y: made, kind: "again" }],
      label: "The beat minus the usual beat, and what the network makes of it.",
    });
  }

  const heartbeats = {
    controls: [EARLY, ST, P, WIDE, NOISE],
    beatwise: true,
    secondsARow: 10,

    answer(strip, page, { chosen }) {
      const input = ecglive.recipes.heartbeats(strip).inputs[chosen];
      if (!input) return NO_ROOM;
      const answers = page.models.map(([model, title]) => {
        const p = softmax(ecglive.run(model, [input]).logits.data);
        const rows = cardOf(model).classes.map((key, k) => ({ name: `${key}: ${page.words[key]}`,
          value: p[k], strong: k === most(p), said: `${key}, ${page.words[key]}` }));
        return { model, title, p, rows, best: rows[most(p)] };
      });
      return {
        words: answers.map(({ title, best }) => `${title}: ${best.said} (${percent(best.value)}).`)
          .join(" "),
        values: Object.fromEntries(answers.map(({ model, p }) => [model, p])),
        panels: [filledUp(input)],
        chances: answers.map(({ title, rows }) => [title, rows]),
        legend: [
          ["seen", "what the networks see (share of the range of these ten seconds)"],
          ["padding", "zeros up to 187 samples"],
        ],
      };
    },
  };

  function filledUp(input) {
    const x = Array.from(input, (_, n) => n / 125);
    const end = input.findLastIndex((v) => v !== 0) + 1;
    return chart({
      x: [0, 1.5], y: [-0.05, 1.05], unit: "time from the R peak (s)",
      ticks: { x: [0, 0.5, 1, 1.5], y: [0, 1] },
      lines: [{ x: x.slice(0, end), y: input.slice(0, end), kind: "seen" },
              { x: x.slice(end), y: input.slice(end), kind: "padding" }],
      label: "The beat as the networks see it: scaled to the range of its ten seconds.",
    });
  }

  const rhythm = {
    controls: [JITTER, ALL_P, NOISE],
    secondsARow: 10,

    answer(strip, page) {
      const [[model]] = page.models, { classes, limit, temperature } = cardOf(model);
      const { logits, attention } = ecglive.run(model, ecglive.recipes.rhythm(strip).inputs);
      const p = softmax(logits.data, temperature), best = most(p);
      const said = `${page.words[classes[best]]} (${percent(p[best])})`;
      return {
        words: p[best] >= limit ? `The network says: ${said}.`
          : `The network is not sure. Likeliest is ${said}, below its limit of ${percent(limit)}.`,
        values: { p },
        spans: gaze(attention, strip),
        chances: [["Calibrated probability", classes.map((key, k) =>
          ({ name: page.words[key], value: p[k], mark: limit, strong: k === best }))]],
        legend: [
          ["looks", "where the network attends, the darker the more"],
          ["mark", `the limit, ${percent(limit)}, below which it is not sure`],
        ],
      };
    },
  };

  // The weight of each step, which is centred on its samples.
  function gaze(attention, strip) {
    const seconds = strip.rows[0].length / strip.fs / attention.time;
    const top = Math.max(...attention.data);
    return Array.from(attention.data, (weight, n) => ({ kind: "looks", from: (n - 0.5) * seconds,
      to: (n + 0.5) * seconds, strength: (0.6 * weight) / top }));
  }

  const leads = {
    controls: [ST, WIDE, ALL_P, JITTER, NOISE],
    secondsARow: 10,
    walls: {
      "II, III, aVF (inferior)": ["II", "III", "aVF"],
      "V1 to V4 (anterior)": ["V1", "V2", "V3", "V4"],
      "I, aVL, V5, V6 (lateral)": ["I", "aVL", "V5", "V6"],
    },

    answer(strip, page, { explained }) {
      const [[model]] = page.models, { classes, thresholds } = cardOf(model);
      const p = Array.from(ecglive.run(model, strip.rows).logits.data, sigmoid);
      const rows = classes.map((key, k) => ({ key, name: page.words[key], value: p[k],
        mark: thresholds[k], strong: p[k] >= thresholds[k] }));
      const called = rows.filter(({ strong }) => strong).map(({ name }) => name);
      const further = rows.slice(5).filter(({ strong }) => strong);
      return {
        words: `The network calls ${called.length ? `${called.join("; ")}` : "nothing"}.`,
        values: { p },
        chances: [["Superclasses", rows.slice(0, 5)], ["Further findings that it calls", further]]
          .filter(([, group]) => group.length),
        explained: explained ?? classes[most(p.slice(0, 5))],
        legend: [["mark", "from where on a class is called"]],
      };
    },

    // How much less likely a class is with each lead set to 0, one lead after another.
    *explain(strip, page, key) {
      const [[model]] = page.models, k = cardOf(model).classes.indexOf(key);
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
      return {
        words: `Lead by lead, the probability of “${page.words[key]}”: `
          + `${order.slice(0, 3).map(effect).join(", ")}. Blue leads speak for it, violet ones `
          + "against it, the darker the more. Choose another class to ask the same of that.",
        spans: falls.map((fall, lead) => ({ kind: fall < 0 ? "against" : "speaks", lead, from: 0,
          to: Infinity, strength: (0.5 * Math.abs(fall)) / top })),
      };
    },
  };

  Object.assign(globalThis.ecglive, { views: { anomaly, heartbeats, rhythm, leads } });
})();
