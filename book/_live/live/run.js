// Runs a released network in a page: a list of steps over tensors of shape (channel, time).
// The steps and their weights come in a script file, as `ecgbook export-model` writes it.
"use strict";
(() => {
  const tensor = (channels, time) => ({ channels, time, data: new Float32Array(channels * time) });
  const sigmoid = (v) => 1 / (1 + Math.exp(-v));

  // The tensor of the numbers value(channel, time).
  function filled(channels, time, value) {
    const y = tensor(channels, time);
    for (let c = 0, at = 0; c < channels; c++) {
      for (let t = 0; t < time; t++) y.data[at++] = value(c, t);
    }
    return y;
  }

  function sum(count, value) {
    let total = 0;
    for (let n = 0; n < count; n++) total += value(n);
    return total;
  }

  // y(t) = bias + sum over channels and k of weight(k) * x(t * stride + k * dilation - padding);
  // transposed, each x(t), times weight(k), is added to y(t * stride + k * dilation - padding).
  function conv([x], { weight, bias, stride, padding, dilation, groups, transposed, extra }) {
    const [a, b, kernel] = weight.shape, [outputs, depth] = transposed ? [b, a] : [a, b];
    const reach = dilation * (kernel - 1) + 1 - 2 * padding;
    const time = transposed ? (x.time - 1) * stride + reach + extra
      : Math.floor((x.time - reach) / stride) + 1;
    const [long, short] = transposed ? [time, x.time] : [x.time, time];
    const y = tensor(outputs, time), row = new Float64Array(time);
    for (let o = 0; o < outputs; o++) {
      const first = Math.floor((o * groups) / outputs) * depth;
      row.fill(bias ? bias.data[o] : 0);
      for (let k = 0; k < kernel; k++) {
        const shift = k * dilation - padding, begin = Math.max(0, Math.ceil(-shift / stride));
        const end = Math.min(short, Math.floor((long - 1 - shift) / stride) + 1);
        for (let i = 0; i < depth; i++) {
          const w = weight.data[(transposed ? i * outputs + o : o * depth + i) * kernel + k];
          let at = begin * stride + shift;
          const from = (first + i) * x.time;
          for (let t = begin; t < end; t++, at += stride) {
            if (transposed) row[at] += w * x.data[from + t];
            else row[t] += w * x.data[from + at];
          }
        }
      }
      y.data.set(row, o * time);
    }
    return y;
  }

  // Largest or mean of windows; without `kernel` of all time.
  function pool([x], { how, kernel = x.time, stride = kernel, padding = 0 }) {
    const time = Math.floor((x.time + 2 * padding - kernel) / stride) + 1;
    return filled(x.channels, time, (c, t) => {
      const begin = Math.max(0, t * stride - padding);
      const end = Math.min(x.time, t * stride - padding + kernel);
      const window = x.data.subarray(c * x.time + begin, c * x.time + end);
      return how === "max" ? Math.max(...window) : sum(window.length, (n) => window[n]) / kernel;
    });
  }

  const CURVES = {
    relu: (v) => (v > 0 ? v : 0), tanh: Math.tanh, sigmoid,
    leaky: (v, slope) => (v > 0 ? v : slope * v),
  };
  const activate = ([x], { curve, slope }) =>
    ({ ...x, data: x.data.map((v) => CURVES[curve](v, slope)) });
  const add = ([a, b]) => ({ ...a, data: a.data.map((v, n) => v + b.data[n]) });
  const flatten = ([x]) => ({ channels: x.data.length, time: 1, data: x.data });

  function concat(parts) {
    const y = tensor(sum(parts.length, (n) => parts[n].channels), parts[0].time);
    parts.reduce((at, { data }) => (y.data.set(data, at), at + data.length), 0);
    return y;
  }

  const turned = (x) => filled(x.time, x.channels, (t, c) => x.data[c * x.time + t]);

  // Weights of sum 1 from the steps of each channel, or from the channels of each step.
  function softmax([x], { over }) {
    if (over === "channels") return turned(softmax([turned(x)], { over: "time" }));
    const y = tensor(x.channels, x.time);
    for (let begin = 0; begin < x.data.length; begin += x.time) {
      const row = x.data.subarray(begin, begin + x.time), most = Math.max(...row);
      const up = Float64Array.from(row, (v) => Math.exp(v - most));
      const total = sum(x.time, (t) => up[t]);
      y.data.set(up.map((v) => v / total), begin);
    }
    return y;
  }

  // The sum of states (channel, time), each times its weight (1, time).
  const weigh = ([w, x]) =>
    filled(x.channels, 1, (c) => sum(x.time, (t) => w.data[t] * x.data[c * x.time + t]));

  // Stored codes (slot, code) mixed by weights, of which those up to `shrink` count as 0.
  function recall([likeness], { stored, shrink }) {
    const [slots, code] = stored.shape, kept = likeness.data.map((w) => (w > shrink ? w : 0));
    const total = Math.max(sum(slots, (s) => kept[s]), 1e-12);
    return filled(code, 1, (c) => sum(slots, (s) => kept[s] * stored.data[s * code + c]) / total);
  }

  // Each step brought to mean 0 and variance 1 over its channels, then scaled.
  function norm([x], { weight, bias, eps }) {
    const at = (c, t) => x.data[c * x.time + t];
    const mean = (value) => sum(x.channels, value) / x.channels;
    const middle = Float64Array.from({ length: x.time }, (_, t) => mean((c) => at(c, t)));
    const spread = middle.map((m, t) => Math.sqrt(mean((c) => (at(c, t) - m) ** 2) + eps));
    return filled(x.channels, x.time, (c, t) =>
      ((at(c, t) - middle[t]) / spread[t]) * weight.data[c] + bias.data[c]);
  }

  // Every step takes a mean of all values, weighted by how well its query fits their keys.
  function attend(inputs, { heads }) {
    const { channels, time } = inputs[0], size = channels / heads;
    return concat(Array.from({ length: heads }, (_, head) => {
      const own = (x) => x.data.subarray(head * size * time, (head + 1) * size * time);
      const [q, k, v] = inputs.map(own);
      const scores = filled(time, time, (t, s) =>
        sum(size, (c) => q[c * time + t] * k[c * time + s]) / Math.sqrt(size));
      const looks = softmax([scores], { over: "time" }).data;
      return filled(size, time, (c, t) => sum(time, (s) => looks[t * time + s] * v[c * time + s]));
    }));
  }

  // A recurrent layer with torch's order of gates; `known` is what the last state adds to each.
  const recurrent = (gates, next) => ([x], { input, hidden, inputBias, hiddenBias, backwards }) => {
    const units = hidden.shape[1], y = tensor(units, x.time);
    const known = new Float64Array(gates * units);
    const plain = { stride: 1, padding: 0, dilation: 1, groups: 1, bias: inputBias };
    const seen = conv([x], { weight: { ...input, shape: [...input.shape, 1] }, ...plain });
    const state = new Float64Array(units), cell = new Float64Array(units);
    for (let n = 0; n < x.time; n++) {
      const t = backwards ? x.time - 1 - n : n;
      for (let g = 0; g < gates * units; g++) {
        known[g] = hiddenBias.data[g];
        for (let u = 0; u < units; u++) known[g] += hidden.data[g * units + u] * state[u];
      }
      for (let u = 0; u < units; u++) {
        const at = (gate) => seen.data[(gate * units + u) * x.time + t];
        next(at, (gate) => known[gate * units + u], state, cell, u);
        y.data[u * x.time + t] = state[u];
      }
    }
    return y;
  };
  const gru = recurrent(3, (seen, known, state, cell, u) => {
    const kept = sigmoid(seen(1) + known(1));
    const fresh = Math.tanh(seen(2) + sigmoid(seen(0) + known(0)) * known(2));
    state[u] = kept * state[u] + (1 - kept) * fresh;
  });
  const lstm = recurrent(4, (seen, known, state, cell, u) => {
    const gate = (n) => seen(n) + known(n);
    cell[u] = sigmoid(gate(1)) * cell[u] + sigmoid(gate(0)) * Math.tanh(gate(2));
    state[u] = sigmoid(gate(3)) * Math.tanh(cell[u]);
  });

  const STEPS = { conv, pool, activate, add, concat, flatten, softmax, weigh, recall, norm, attend,
                  gru, lstm };
  const models = {};

  // Called by the script file of a model. Its weights are base64: numbers of 32 bits, or, where a
  // tensor has a scale, whole numbers of 16 bits to be multiplied by it.
  function addModel({ shapes, scales, weights, steps, ...rest }) {
    const letters = atob(weights), bytes = new Uint8Array(letters.length);
    for (let n = 0; n < bytes.length; n++) bytes[n] = letters.charCodeAt(n);
    const all = new (scales ? Int16Array : Float32Array)(bytes.buffer);
    let at = 0;
    const stored = shapes.map((shape, n) => {
      const own = all.subarray(at, (at += shape.reduce((product, size) => product * size, 1)));
      return { shape, data: scales ? Float32Array.from(own, (v) => v * scales[n]) : own };
    });
    models[rest.name] = { ...rest, steps: steps.map(({ weights, ...step }) => {
      for (const key in weights) step[key] = stored[weights[key]];
      return step;
    }) };
  }

  // Runs the model `name` on rows of samples, one a lead; returns its outputs, each a tensor.
  function run(name, rows) {
    const { steps, outputs } = models[name];
    const made = { x: filled(rows.length, rows[0].length, (lead, t) => rows[lead][t]) };
    for (const { op, inputs, output, ...settings } of steps) {
      made[output] = STEPS[op](inputs.map((input) => made[input]), settings);
    }
    return Object.fromEntries(Object.entries(outputs).map(([key, place]) => [key, made[place]]));
  }

  globalThis.ecglive = { models, addModel, run };
})();
