// Puts the live figure into its place on a page: controls, paper, answer.
"use strict";
(() => {
  const { el, layout, paper, bars } = ecglive;
  const PLAIN = new Set(["N", "L", "R", "/", ""]);
  const MS_A_MM = 40, MV_A_MM = 0.1;
  let figures = 0;

  function figure(place) {
    const page = ecglive.pages[place.dataset.live], view = ecglive.views[page.name];
    const strips = [...page.strips], id = `live-${figures++}`;
    const walls = view.walls && Object.keys(view.walls);
    const state = { values: {}, wall: walls && walls[0] };
    const asked = { round: 0, waiting: false };

    // ---- what there is to see
    const sheet = el("div", { class: "live-sheet", tabindex: "0", role: "region",
      "aria-label": "ECG on paper; it scrolls sideways where it is wider than the page" });
    const words = el("p", { class: "live-words", "aria-live": "polite" });
    const detail = el("div", { class: "live-detail" }), chances = el("div", { class: "live-chances" });
    const legend = el("ul", { class: "live-legend" }), alone = el("p", { class: "live-alone" });
    const which = el("output", { class: "live-which" });

    // ---- what there is to move
    const sliders = view.controls.map((control) => slider(control));
    function slider({ key, label, unit, min = 0, max, step }) {
      const shown = el("output", { for: `${id}-${key}` });
      const input = el("input", { type: "range", id: `${id}-${key}`, min, max, step, value: 0,
        autocomplete: "off", oninput: () => { state.values[key] = Number(input.value); say(); ask(); } });
      const digits = step < 1 ? 2 : 0;
      const say = () => {
        const text = `${Number(input.value).toFixed(digits).replace("-", "−")} ${unit}`;
        shown.textContent = text;
        input.setAttribute("aria-valuetext", text);
      };
      const set = (value) => {
        input.value = value;
        state.values[key] = Number(input.value);
        say();
      };
      const line = el("label", { class: "live-slider", for: `${id}-${key}` },
        el("span", {}, label), input, shown);
      return { key, set, line };
    }
    const set = (key, value) => sliders.find((each) => each.key === key)?.set(value);

    const choice = el("select", { id: `${id}-strip`, onchange: () => take(choice.selectedIndex) });
    const name = (strip) => el("option", {}, strip.title);
    choice.append(...strips.map(name));
    const wall = walls && el("select", { id: `${id}-wall`, onchange: () => {
      state.wall = wall.value;
      ask();
    } }, walls.map((each) => el("option", { value: each }, each)));
    const step = (by) => choose((state.chosen + by + strips[state.strip].beats.length)
      % strips[state.strip].beats.length);
    const beats = view.beatwise && el("div", { class: "live-beats" },
      el("button", { type: "button", "aria-label": "beat before", onclick: () => step(-1) }, "‹"), which,
      el("button", { type: "button", "aria-label": "beat after", onclick: () => step(1) }, "›"));

    function choose(beat) {
      state.chosen = beat;
      for (const each of sliders) each.set(0);
      if (view.beatwise) shown();
      ask();
    }

    // Scrolls a paper that is wider than the page to the chosen beat.
    function shown() {
      const { beats: all, fs } = strips[state.strip], { across } = state.paper;
      sheet.scrollLeft = across(all[state.chosen].r / fs) * sheet.scrollWidth - sheet.clientWidth / 2;
    }

    function take(k) {
      const strip = strips[k], odd = strip.beats.findIndex((beat) => !PLAIN.has(beat.symbol));
      Object.assign(state, { strip: k, known: undefined, explained: undefined });
      choice.selectedIndex = k;
      const label = `${strip.title}: ${strip.leads.length === 1 ? `lead ${strip.leads[0]}`
        : `${strip.leads.length} leads`}, small squares of 0.04 s and 0.1 mV.`;
      state.paper = paper(layout(strip, view.secondsARow), label);
      sheet.replaceChildren(state.paper.sheet);
      if (view.beatwise) dragged(state.paper);
      choose(odd < 0 ? Math.floor(strip.beats.length / 2) : odd);
    }

    // A beat is chosen by a click; pulled aside it comes earlier, pulled up its ST segment rises.
    function dragged({ sheet: drawing, under }) {
      let start = null;
      drawing.classList.add("draggable");
      drawing.addEventListener("pointerdown", (event) => {
        const { seconds } = under(event), { beats: all, fs } = state.bent;
        if (seconds === null) return;
        const far = all.map((beat) => Math.abs(beat.r / fs - seconds));
        const nearest = far.indexOf(Math.min(...far));
        if (nearest !== state.chosen) choose(nearest);
        if (event.pointerType === "touch") return; // there the finger scrolls
        start = { x: event.clientX, y: event.clientY, ...state.values };
        drawing.setPointerCapture(event.pointerId);
      });
      drawing.addEventListener("pointermove", (event) => {
        if (!start) return;
        const { mm } = under(event);
        set("early", start.early - (event.clientX - start.x) * mm * MS_A_MM);
        set("st", start.st - (event.clientY - start.y) * mm * MV_A_MM);
        ask();
      });
      for (const end of ["pointerup", "pointercancel"]) {
        drawing.addEventListener(end, () => { start = null; });
      }
    }

    // ---- question and answer
    function bentNow() {
      const strip = strips[state.strip], { early = 0, st = 0, p = 0, wide = 0, noise = 0, jitter = 0 } =
        state.values, uneven = ecglive.noise(strip.beats.length, 7);
      const changes = strip.beats.map((_, b) => (view.beatwise && b !== state.chosen
        ? { p: 1, earlyMs: 0, wide: 1 }
        : { p: 1 - p / 100, earlyMs: early + jitter * uneven[b], wide: 1 + wide / 100 }));
      const raised = (lead, b) => (view.walls ? view.walls[state.wall].includes(lead)
        : b === state.chosen) && st;
      return ecglive.bent(strip, { changes, st: (lead, b) => raised(lead, b) || 0, noiseMv: noise });
    }

    function ask() {
      if (asked.waiting) return;
      asked.waiting = true;
      setTimeout(() => { asked.waiting = false; answer(); });
    }

    function answer() {
      const round = ++asked.round, began = performance.now();
      state.bent = bentNow();
      const said = view.answer(state.bent, page, state);
      words.textContent = said.words;
      detail.replaceChildren(...(said.panel ?? []));
      const pick = view.explain && ((key) => { state.explained = key; ask(); });
      chances.replaceChildren(...(said.bars ?? []).map(([title, rows]) =>
        bars(rows, { title, chosen: said.explained, choose: pick })));
      legend.replaceChildren(...(said.legend ?? []).map(([kind, text]) =>
        el("li", {}, el("i", { class: `key ${kind}` }), text)));
      which.textContent = `beat ${state.chosen + 1} of ${state.bent.beats.length}`;
      draw(said.spans ?? []);
      place.dataset.ms = Math.round(performance.now() - began);
      ecglive.said = { ...ecglive.said, [page.name]: said.values };
      if (view.before && !state.known) later(view.before(strips[state.strip], page), round, (known) => {
        state.known = known;
        ask();
      });
      if (view.explain) explained(said.explained, round);
    }

    function draw(spans) {
      const { beats: all, fs } = state.bent, beat = all[state.chosen];
      const own = view.beatwise ? [{ kind: "chosen", from: (beat.p ? beat.p[0] : beat.qrs[0]) / fs - 0.02,
        to: beat.t[1] / fs + 0.02 }] : [];
      state.paper.draw(state.bent, { spans: [...spans, ...own],
        names: view.beatwise ? [{ at: beat.r / fs, text: "▼" }] : [] });
    }

    // Works a generator off, one step at a time, unless something else was asked since.
    function later(steps, round, done) {
      const found = [];
      const next = () => {
        if (round !== asked.round) return;
        const { value, done: over } = steps.next();
        if (over) return done(found);
        found.push(value);
        setTimeout(next);
      };
      setTimeout(next);
    }

    function explained(key, round) {
      later(view.explain(state.bent, page, key), round, (falls) => {
        const { leads } = state.bent, top = Math.max(0.05, ...falls.map(Math.abs));
        draw(falls.map((fall, lead) => ({ kind: fall > 0 ? "speaks" : "against", lead, from: 0, to: 1e6,
          strength: (0.5 * Math.abs(fall)) / top })));
        const order = leads.map((lead, n) => [lead, falls[n]]).sort((a, b) => b[1] - a[1]).slice(0, 3);
        const effect = ([lead, fall]) =>
          `with ${lead} set to 0 it ${fall >= 0 ? "falls" : "rises"} by ${Math.abs(fall).toFixed(2)}`;
        alone.textContent = `Lead by lead, the probability of “${page.words[key]}”: `
          + `${order.map(effect).join(", ")}. Blue leads speak for it, violet ones against, the darker `
          + "the more. Choose another class above to ask the same of it.";
      });
    }

    // ---- a file of the reader's own
    function ownFile() {
      const like = page.strips[0], one = like.leads.length === 1;
      const fault = el("p", { role: "alert", class: "live-fault" });
      const file = el("input", { type: "file", accept: ".csv,.txt,.tsv,text/plain,text/csv",
        id: `${id}-file`, onchange: read });
      const rate = el("input", { type: "number", id: `${id}-rate`, value: like.fs, min: 50, max: 5000,
        onchange: read });
      const unit = el("select", { id: `${id}-unit`, onchange: read },
        ["mV", "µV"].map((each) => el("option", {}, each)));
      const column = one && el("input", { type: "number", id: `${id}-column`, value: 1, min: 1,
        onchange: read });
      async function read() {
        fault.textContent = "";
        if (!file.files.length) return;
        try {
          const how = { fs: Number(rate.value), unit: unit.value, column: one ? column.value - 1 : 0 };
          const strip = ecglive.ownStrip(like, { text: await file.files[0].text(), ...how });
          strips[page.strips.length] = strip;
          if (choice.options.length === page.strips.length) choice.append(name(strip));
          take(page.strips.length);
        } catch (error) {
          fault.textContent = error.message;
        }
      }
      const field = (label, input) => el("label", { for: input.id }, el("span", {}, label), input);
      const seconds = like.rows[0].length / like.fs;
      return el("details", { class: "live-own" }, el("summary", {}, "Take a file of your own"),
        el("p", {}, `A table in a text file (CSV): a column a lead${one ? "" : ", the names of the "
          + "twelve leads on top"}, a row a sample. The first ${seconds} s are taken. The file is read `
          + "by this page alone and is sent nowhere."),
        el("div", { class: "live-fields" }, field("File", file), field("Samples a second", rate),
          field("Unit", unit), one ? field("Column", column) : null), fault);
    }

    const widget = el("div", { class: "live-widget" },
      el("div", { class: "live-top" },
        el("label", { for: `${id}-strip` }, el("span", {}, "Simulated ECG"), choice),
        walls ? el("label", { for: `${id}-wall` }, el("span", {}, "ST segment of"), wall) : null,
        beats || null,
        el("button", { type: "button", onclick: () => choose(state.chosen) }, "As it was")),
      sheet,
      view.beatwise ? el("p", { class: "live-hint" }, "Click a beat to choose it; with a mouse, pull it "
        + "to the left to bring it earlier, up to raise its ST segment.") : null,
      el("div", { class: "live-sliders" }, sliders.map((each) => each.line)),
      words, detail, chances, legend, alone, ownFile());

    const still = place.querySelector("figure img, img");
    for (const each of place.querySelectorAll("img")) each.hidden = true;
    (still ? still.closest("a") ?? still : place.firstChild).before(widget);
    place.classList.add("live-on");
    take(0);
  }

  const start = () => document.querySelectorAll("[data-live]").forEach(figure);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
