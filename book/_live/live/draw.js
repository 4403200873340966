// Elements, ECG paper and small charts, all in SVG that follows the colours of the page.
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg", MM_PER_S = 25, MM_PER_MV = 10, LEFT = 12;

  function made(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== null) node.setAttribute(name, value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null));
    return node;
  }
  const el = (name, attributes = {}, ...children) =>
    made(document.createElement(name), attributes, children);
  const svg = (name, attributes = {}, ...children) =>
    made(document.createElementNS(SVG, name), attributes, children);

  const path = (points) => points.map(([x, y], n) =>
    `${n ? "L" : "M"}${x.toFixed(2)} ${y.toFixed(2)}`).join("");

  // Where each piece of a strip lies on the paper: rows of `secondsARow`, or of twelve leads four
  // pieces a row. Heights follow the strip as it was stored, so that bending moves no row.
  function layout(strip, secondsARow) {
    const { fs, rows, leads } = strip, seconds = rows[0].length / fs, pieces = [];
    const columns = leads.length > 1 ? 4 : 1;
    const lines = leads.length > 1 ? leads.length / columns : Math.ceil(seconds / secondsARow);
    const each = leads.length > 1 ? seconds / columns : Math.min(seconds, secondsARow);
    let top = 8;
    for (let line = 0; line < lines; line++) {
      const own = Array.from({ length: columns }, (_, column) => (leads.length > 1
        ? { lead: column * lines + line, from: column * each } : { lead: 0, from: line * each }));
      const shown = own.flatMap(({ lead, from }) =>
        [...rows[lead].slice(Math.round(from * fs), Math.round((from + each) * fs))]);
      const middle = ecglive.median(shown);
      const up = Math.max(...shown) - middle + 0.35, down = middle - Math.min(...shown) + 0.35;
      const base = top + Math.ceil(up * 2) * 5;
      own.forEach((piece, column) => pieces.push({ ...piece, seconds: each, base, middle, top,
        x: LEFT + column * each * MM_PER_S }));
      top = base + Math.ceil(down * 2) * 5;
      for (const piece of pieces.slice(-columns)) piece.bottom = top;
    }
    return { pieces, width: LEFT + each * columns * MM_PER_S + 2, height: top + 7 };
  }

  let papers = 0;

  // An empty sheet with its squares, pulse and seconds; `draw(strip, marks)` fills it anew.
  function paper(place, label) {
    const id = `ecglive-${papers++}`, { pieces, width, height } = place;
    const grid = (size, name) => svg("pattern", { id: `${id}-${name}`, width: size, height: size,
      patternUnits: "userSpaceOnUse", x: LEFT, y: 3 },
      svg("path", { d: `M${size} 0H0V${size}`, class: `grid-${name}` }));
    const back = ["small", "large"].map((name) => svg("rect", { x: 0, y: 0, width, height,
      fill: `url(#${id}-${name})` }));
    const marks = svg("g"), traces = svg("g", { class: "trace" }), words = svg("g");
    const { base } = pieces[0];
    words.append(svg("path", { class: "pulse", d: `M2 ${base}h2v-10h5v10h2` }),
      svg("text", { x: 1, y: base + 6 }, "1 mV"));
    const last = pieces.filter((piece) => piece.bottom === height - 7);
    if (pieces.length === last.length * 3 && last.length === 1) {
      for (const piece of pieces.slice(1)) {
        words.append(svg("text", { x: 1, y: piece.base }, `${piece.from} s`));
      }
    }
    for (const piece of pieces.length > 4 ? last.slice(0, 1) : last) {
      const total = pieces.length > 4 ? last.length * piece.seconds : piece.seconds;
      for (let s = 0; s <= total + 1e-6; s++) {
        words.append(svg("text", { x: piece.x + s * MM_PER_S, y: height - 1.5,
          "text-anchor": s < total ? "middle" : "end" }, `${(piece.from + s).toFixed(0)} s`));
      }
    }
    const sheet = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label,
      class: "live-paper" },
      svg("defs", {}, grid(1, "small"), grid(5, "large")), back, marks, traces, words);
    const y = (piece, mv) => piece.base - (mv - piece.middle) * MM_PER_MV;

    function draw(strip, { spans = [], names = [] } = {}) {
      const { fs, rows, leads } = strip;
      marks.replaceChildren(...spans.flatMap(({ from, to, strength = 1, kind, lead }) =>
        pieces.filter((piece) => lead === undefined || piece.lead === lead).map((piece) => {
          const begin = Math.max(from, piece.from), end = Math.min(to, piece.from + piece.seconds);
          return end <= begin ? null : svg("rect", { class: kind, y: piece.top,
            x: piece.x + (begin - piece.from) * MM_PER_S, width: (end - begin) * MM_PER_S,
            height: piece.bottom - piece.top, "fill-opacity": strength.toFixed(3) });
        })).filter((mark) => mark));
      traces.replaceChildren(...pieces.flatMap((piece) => {
        const begin = Math.round(piece.from * fs);
        const stop = Math.round((piece.from + piece.seconds) * fs) + 1;
        const end = Math.min(rows[piece.lead].length, stop);
        const line = path(Array.from(rows[piece.lead].subarray(begin, end), (mv, n) =>
          [piece.x + ((begin + n) / fs - piece.from) * MM_PER_S, y(piece, mv)]));
        const named = leads.length > 1 || piece === pieces[0];
        return [svg("path", { d: line }), named && svg("text", { class: "lead", x: piece.x + 1,
          y: piece.top + 3 }, leads[piece.lead])].filter((part) => part);
      }), ...names.flatMap(({ at, text }) => pieces.filter((piece) =>
        at >= piece.from && at < piece.from + piece.seconds).map((piece) => svg("text", {
          class: "beat", x: piece.x + (at - piece.from) * MM_PER_S, y: piece.top + 3,
          "text-anchor": "middle" }, text))));
    }

    // The time in s that lies under a pointer, and mm of the paper a pixel.
    function under(event) {
      const box = sheet.getBoundingClientRect(), mm = width / box.width;
      const x = (event.clientX - box.left) * mm, down = (event.clientY - box.top) * mm;
      const piece = pieces.find((each) => x >= each.x && x < each.x + each.seconds * MM_PER_S
        && down >= each.top && down < each.bottom);
      return { mm, seconds: piece ? piece.from + (x - piece.x) / MM_PER_S : null };
    }
    // How far across the paper a time lies, as a share of its width.
    function across(seconds) {
      const piece = pieces.find(({ from, seconds: long }) => seconds < from + long) ?? pieces[0];
      return (piece.x + (seconds - piece.from) * MM_PER_S) / width;
    }
    return { sheet, draw, under, across };
  }

  // On a telephone charts are drawn smaller, with fewer ticks, so that their words stay readable.
  const size = () => (matchMedia("(max-width: 600px)").matches ? { width: 125, every: 2 }
    : { width: 250, every: 1 });

  // A chart of lines over time: lines are { x, y, kind }, bands { x, low, high, kind }.
  function chart({ x: [left, right], y: [low, high], ticks, unit, lines, bands = [], label }) {
    const { width, every } = size(), height = 84;
    const at = (x) => 16 + ((x - left) / (right - left)) * (width - 20);
    const up = (y) => 4 + ((high - y) / (high - low)) * (height - 18);
    const to = ({ x, y }) => path(Array.from(y, (v, n) => [at(x[n]), up(v)]));
    const area = (band) => `${to({ x: band.x, y: band.low })}${to({ x: [...band.x].reverse(),
      y: [...band.high].reverse() }).replace("M", "L")}Z`;
    return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "live-chart", role: "img",
      "aria-label": label },
      ticks.y.map((v) => [svg("path", { class: "rule", d: `M16 ${up(v)}H${width - 4}` }),
        svg("text", { x: 14, y: up(v) + 1.4, "text-anchor": "end" }, `${v}`.replace("-", "−"))]),
      ticks.x.filter((_, n) => n % every === 0).map((v) => svg("text", { x: at(v), y: height - 8,
        "text-anchor": "middle" }, v.toFixed(1).replace("-", "−"))),
      svg("text", { x: width / 2, y: height - 2, "text-anchor": "middle" }, unit),
      bands.map((band) => svg("path", { class: band.kind, d: area(band) })),
      lines.map((line) => svg("path", { class: line.kind, d: to(line) })));
  }

  // Values on a logarithmic axis from `low` to `high`, one of them large: { values, own }.
  function dots({ values, own, range: [low, high], ticks, unit, label }) {
    const { width } = size(), height = 26, scale = (width - 20) / Math.log(high / low);
    const at = (v) => 16 + Math.log(Math.min(high, Math.max(low, v)) / low) * scale;
    return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "live-chart", role: "img",
      "aria-label": label },
      svg("path", { class: "rule", d: `M16 8H${width - 4}` }),
      ticks.map((v) => [svg("path", { class: "rule", d: `M${at(v)} 6v4` }),
        svg("text", { x: at(v), y: 16, "text-anchor": "middle" }, `${v}`)]),
      svg("text", { x: width / 2, y: height - 2, "text-anchor": "middle" }, unit),
      values.map((v) => svg("circle", { class: "other", cx: at(v), cy: 8, r: 1.5 })),
      svg("circle", { class: "own", cx: at(own), cy: 8, r: 2.8 }));
  }

  // Bars of probabilities: { name, value, mark, strong }, `mark` a threshold; a choice if `choose`.
  function bars(rows, { title, chosen, choose }) {
    const line = ({ name, key, value, mark, strong }) => [
      el("span", { class: "name" }, name),
      el("span", { class: "track" }, el("i", { style: `width:${(100 * value).toFixed(1)}%` }),
        mark === undefined ? null : el("b", { style: `left:${(100 * mark).toFixed(1)}%` })),
      el("span", { class: "value" }, value.toFixed(2)),
    ].map((part) => (strong && part.classList.add("strong"), part));
    return el("div", { class: "live-bars", role: "group", "aria-label": title },
      title ? el("h4", {}, title) : null, rows.map((row) => (choose
        ? el("button", { type: "button", class: "bar", "aria-pressed": String(row.key === chosen),
            onclick: () => choose(row.key) }, line(row))
        : el("div", { class: "bar" }, line(row)))));
  }

  Object.assign(globalThis.ecglive, { el, layout, paper, chart, dots, bars });
})();
