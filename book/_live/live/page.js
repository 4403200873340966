// Puts live figures into their places on a page: what can be moved, the paper, and the answer.
"use strict";
(() => {
  const { el, layout, paper, bars, draggable, field, ownFile, slider } = ecglive;
  const USUAL = new Set(["N", "L", "R", "/", ""]); // symbols of beats that nobody looks for first
  let figures = 0;

  // The parts of a figure that its answers fill.
  function emptyParts() {
    return {
      sheet: el("div", { class: "live-sheet", tabindex: "0", role: "region",
        "aria-label": "ECG on paper; it scrolls sideways where it is wider than the page" }),
      which: el("output", { class: "live-which" }),
      words: el("p", { class: "live-words", "aria-live": "polite" }),
      detail: el("div", { class: "live-detail" }),
      chances: el("div", { class: "live-chances" }),
      legend: el("ul", { class: "live-legend" }),
      aside: el("p", { class: "live-aside" }),
    };
  }

  function figure(place) {
    const page = ecglive.pages[place.dataset.live], view = ecglive.views[page.name];
    const strips = [...page.strips], id = `live-${figures++}`, parts = emptyParts();
    const walls = Object.keys(view.walls ?? {});
    const state = { values: {}, wall: walls[0], round: 0, waiting: false };

    const moved = (key, value) => {
      state.values[key] = value;
      ask();
    };
    const sliders = view.controls.map((each) => slider(each, `${id}-${each.key}`, moved));
    const option = (text) => el("option", {}, text);
    const choice = el("select", { id: `${id}-strip`, onchange: () => take(choice.selectedIndex) },
      strips.map(({ title }) => option(title)));
    const wall = el("select", { id: `${id}-wall`, onchange: () => {
      state.wall = wall.value;
      ask();
    } }, walls.map(option));
    const step = (label, sign, by) => el("button", { type: "button", "aria-label": label,
      onclick: () => choose(state.chosen + by) }, sign);

    // ---- what a reader does
    function take(k) {
      const strip = strips[k], odd = strip.beats.findIndex(({ symbol }) => !USUAL.has(symbol));
      Object.assign(state, { strip, known: undefined, explained: undefined });
      choice.selectedIndex = k;
      const what = strip.leads.length > 1 ? "twelve leads" : `lead ${strip.leads[0]}`;
      state.paper = paper(layout(strip, view.secondsARow),
        `ECG, ${strip.title}, ${what}; a small square is 0.04 s wide and 0.1 mV tall.`);
      parts.sheet.replaceChildren(state.paper.sheet);
      if (view.beatwise) draggable(state.paper, { at: chooseAt, start: () => state.values, pull });
      choose(odd < 0 ? Math.floor(strip.beats.length / 2) : odd);
    }

    function choose(beat) {
      const { beats, fs } = state.strip;
      state.chosen = (beat + beats.length) % beats.length;
      for (const { key, set } of sliders) state.values[key] = set(0);
      if (view.beatwise) { // a paper that is wider than the page scrolls to the beat
        const across = state.paper.across(beats[state.chosen].r / fs);
        parts.sheet.scrollLeft = across * parts.sheet.scrollWidth - parts.sheet.clientWidth / 2;
      }
      ask();
    }

    function chooseAt(seconds) {
      const far = state.bent.beats.map(({ r }) => Math.abs(r / state.bent.fs - seconds));
      const nearest = far.indexOf(Math.min(...far));
      if (nearest !== state.chosen) choose(nearest);
    }

    function pull(values) {
      for (const { key, set } of sliders) if (key in values) state.values[key] = set(values[key]);
      ask();
    }

    function own(strip) {
      if (strips.length === page.strips.length) choice.append(option(strip.title));
      strips[page.strips.length] = strip;
      take(page.strips.length);
    }

    // ---- question and answer
    function bentNow() {
      const { early = 0, st = 0, p = 0, wide = 0, noise = 0, jitter = 0 } = state.values;
      const { beats } = state.strip, next = ecglive.drawn(7);
      const uneven = beats.map(() => 2 * next() - 1);
      const meant = (b) => !view.beatwise || b === state.chosen;
      const changes = beats.map((_, b) => (meant(b)
        ? { p: 1 - p / 100, earlyMs: early + jitter * uneven[b], wide: 1 + wide / 100 }
        : { p: 1, earlyMs: 0, wide: 1 }));
      const wall = view.walls?.[state.wall];
      const raised = (lead, b) => meant(b) && (!wall || wall.includes(lead));
      return ecglive.bent(state.strip, { changes, noiseMv: noise,
        st: (lead, b) => (raised(lead, b) ? st : 0) });
    }

    function ask() {
      if (state.waiting) return;
      state.waiting = true;
      setTimeout(() => { state.waiting = false; answer(); });
    }

    function answer() {
      const round = ++state.round;
      state.bent = bentNow();
      const said = view.answer(state.bent, page, state);
      show(said);
      place.said = said.values;
      place.dataset.answeredMs ??= Math.round(performance.now());
      if (view.before && !state.known) later(view.before(state.strip, page), round, (known) => {
        state.known = known;
        ask();
      });
      if (view.explain) later(view.explain(state.bent, page, said.explained), round, (falls) => {
        const { spans, words } = view.explained(state.bent, page, said.explained, falls);
        draw(spans);
        parts.aside.textContent = words;
      });
    }

    // Works a generator off, one step at a time, unless something else was asked since.
    function later(steps, round, done) {
      const found = [];
      const next = () => {
        if (round !== state.round) return;
        const { value, done: over } = steps.next();
        if (over) return done(found);
        found.push(value);
        setTimeout(next);
      };
      setTimeout(next);
    }

    function show({ words, panels = [], chances = [], legend = [], spans = [], explained }) {
      const pick = view.explain && ((key) => { state.explained = key; ask(); });
      parts.words.textContent = words;
      parts.detail.replaceChildren(...panels);
      parts.chances.replaceChildren(...chances.map(([title, rows]) =>
        bars(rows, { title, chosen: explained, choose: pick })));
      parts.legend.replaceChildren(...legend.map(([kind, text]) =>
        el("li", {}, el("i", { class: `key ${kind}` }), text)));
      parts.which.textContent = `beat ${state.chosen + 1} of ${state.bent.beats.length}`;
      draw(spans);
    }

    function draw(spans) {
      const { beats, fs } = state.bent, { r, p, qrs, t } = beats[state.chosen];
      const chosen = { kind: "chosen", from: (p ?? qrs)[0] / fs - 0.02, to: t[1] / fs + 0.02 };
      state.paper.draw(state.bent, view.beatwise
        ? { spans: [...spans, chosen], names: [{ at: r / fs, text: "▼" }] } : { spans });
    }

    const widget = el("div", { class: "live-widget" },
      el("div", { class: "live-top" }, field("Simulated ECG", choice),
        walls.length ? field("ST segment of", wall) : null,
        view.beatwise ? el("div", { class: "live-beats" }, step("beat before", "‹", -1),
          parts.which, step("beat after", "›", 1)) : null,
        el("button", { type: "button", onclick: () => choose(state.chosen) }, "As it was")),
      parts.sheet,
      view.beatwise ? el("p", { class: "live-hint" }, "Click a beat to choose it. With a mouse, "
        + "pull it to the left to bring it earlier, up to raise its ST segment.") : null,
      el("div", { class: "live-sliders" }, sliders.map(({ line }) => line)), parts.words,
      parts.detail, parts.chances, parts.legend, parts.aside, ownFile(page.strips[0], id, own));
    const still = place.querySelector("img"), link = still.closest("a");
    (link ?? still).hidden = true;
    (link ?? still).before(widget);
    take(0);
  }

  document.querySelectorAll("[data-live]").forEach(figure);
})();
