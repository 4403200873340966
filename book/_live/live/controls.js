// What a reader moves: sliders, a beat under the mouse, a file of their own.
"use strict";
(() => {
  const { el } = ecglive;
  const MS_A_MM = 40, MV_A_MM = 0.1;

  const field = (label, input) =>
    el("label", { for: input.id }, el("span", {}, label), input);

  // A slider with its name, value and unit; `moved(key, value)` is called when a reader moves it.
  function slider({ key, label, unit, min = 0, max, step }, id, moved) {
    const shown = el("output", { for: id });
    const input = el("input", { type: "range", id, min, max, step, value: 0, autocomplete: "off",
      oninput: () => { say(); moved(key, Number(input.value)); } });
    function say() {
      const text = `${Number(input.value).toFixed(step < 1 ? 2 : 0).replace("-", "−")} ${unit}`;
      shown.textContent = text;
      input.setAttribute("aria-valuetext", text);
    }
    // Sets the slider as near to a value as it can be, and returns where it then stands.
    function set(value) {
      input.value = value;
      say();
      return Number(input.value);
    }
    say();
    return { key, set, line: el("label", { class: "live-slider", for: id }, el("span", {}, label),
      input, shown) };
  }

  // Lets a beat be chosen by a click, and be pulled: aside it comes earlier, up its ST segment
  // rises. `at(seconds)` chooses; `start()` says where the sliders stand, `pull(values)` sets them.
  function draggable({ sheet, under }, { at, start, pull }) {
    let from = null;
    sheet.classList.add("draggable");
    sheet.addEventListener("pointerdown", (event) => {
      const { seconds } = under(event);
      if (seconds === null) return;
      at(seconds);
      if (event.pointerType === "touch") return; // there the finger scrolls
      from = { x: event.clientX, y: event.clientY, ...start() };
      sheet.setPointerCapture(event.pointerId);
    });
    sheet.addEventListener("pointermove", (event) => {
      if (!from) return;
      const { mm } = under(event);
      pull({ early: from.early - (event.clientX - from.x) * mm * MS_A_MM,
             st: from.st - (event.clientY - from.y) * mm * MV_A_MM });
    });
    for (const end of ["pointerup", "pointercancel"]) {
      sheet.addEventListener(end, () => { from = null; });
    }
  }

  // A fold with a file and how it is to be read; `taken(strip)` gets the strip like `like`.
  function ownFile(like, id, taken) {
    const one = like.leads.length === 1, seconds = like.rows[0].length / like.fs;
    const fault = el("p", { role: "alert", class: "live-fault" });
    const number = (name, value, min, max) =>
      el("input", { type: "number", id: `${id}-${name}`, value, min, max, onchange: read });
    const file = el("input", { type: "file", id: `${id}-file`, accept: ".csv,.tsv,.txt,text/csv",
      onchange: read });
    const rate = number("rate", like.fs, 50, 5000), column = number("column", 1, 1, null);
    const unit = el("select", { id: `${id}-unit`, onchange: read }, el("option", {}, "mV"),
      el("option", {}, "µV"));
    async function read() {
      fault.textContent = "";
      if (!file.files.length) return;
      const how = { fs: Number(rate.value), unit: unit.value, column: Number(column.value) - 1 };
      try {
        taken(ecglive.ownStrip(like, { text: await file.files[0].text(), ...how }));
      } catch (error) {
        fault.textContent = error.message;
      }
    }
    return el("details", { class: "live-own" }, el("summary", {}, "Take a file of your own"),
      el("p", {}, `A table in a text file (CSV): a row a sample, ${one ? "a column a lead"
        : "a column for each of the twelve leads, their names on top"}. Its first ${seconds} s are `
        + "taken. Only this page reads the file; it is sent nowhere."),
      el("div", { class: "live-fields" }, field("File", file), field("Samples a second", rate),
        field("Unit", unit), one ? field("Column", column) : null), fault);
  }

  Object.assign(globalThis.ecglive, { draggable, field, ownFile, slider });
})();
