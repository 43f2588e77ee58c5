"use strict";
// The words of the vocabulary on numbers, arithmetic on arrays, and what a side of a batch has.
const w = (() => {
  const both = (f) => function on(a, b) {
    if (typeof a === "number") return typeof b === "number" ? f(a, b) : b.map((y) => on(a, y));
    return typeof b === "number" ? a.map((x) => on(x, b)) : a.map((x, i) => on(x, b[i]));
  };
  const each = (f, x) => (typeof x === "number" ? f(x) : x.map((y) => each(f, y)));
  const sum = (x) => x.reduce((a, b) => a + b, 0);
  const mean = (x) => sum(x) / x.length;
  const ascending = (x) => [...x].sort((a, b) => a - b);
  // Of all -inf, so is the sum's logarithm.
  const top = (x) => { const t = Math.max(...x); return Number.isFinite(t) ? t : 0; };
  const relu = (x) => (x <= 0 ? 0 : x);
  const logSumExp = (x) => { const t = top(x); return t + Math.log(sum(x.map((y) => Math.exp(y - t)))); };
  // e^-|x| does not overflow.
  const sigmoid = (x) => { const t = Math.exp(-Math.abs(x)); return (x > 0 ? 1 : t) / (1 + t); };
  const softplus = (x) => relu(x) + Math.log1p(Math.exp(-Math.abs(x)));
  const softmax = (x) => { const t = top(x), e = x.map((y) => Math.exp(y - t)), m = mean(e); return e.map((y) => y / m); };
  // Relative to the gradient of the largest: of a difference to it nothing cancels.
  const throughSoftmax = (x, g) => {
    const of = typeof g === "number" ? x.map(() => g) : g, p = softmax(x), at = of[x.indexOf(Math.max(...x))];
    const apart = of.map((y) => y - at), m = mean(p.map((y, i) => y * apart[i]));
    return p.map((y, i) => y * (apart[i] - m));
  };
  return {
    relu, sigmoid, softplus, each, mean, logSumExp, softmax, throughSoftmax,
    step: (x) => (x > 0 ? 1 : relu(x)),
    abs: Math.abs, sign: Math.sign, sqrt: Math.sqrt, exp: Math.exp, expm1: Math.expm1, log: Math.log, tanh: Math.tanh,
    square: (x) => x * x,
    neg: (x) => -x,
    add: both((a, b) => a + b), sub: both((a, b) => a - b), mul: both((a, b) => a * b), div: both((a, b) => a / b),
    less: both((a, b) => (a < b ? 1 : 0)), equal: both((a, b) => (a === b ? 1 : 0)),
    total: (x) => x.length,
    logMeanExp: (x) => logSumExp(x) - Math.log(x.length),
    sorted: ascending,
    // The lower one.
    median: (x) => ascending(x)[(x.length - 1) >> 1],
    given: (x, weight) => { const n = sum(weight); return n ? sum(x.map((y, i) => y * weight[i])) / n : 0; },
    share: (x) => { const m = mean(x); return m ? x.map((y) => y / m) : x; },
    inPlacesOf: (x, g) => {
      const order = x.map((_, i) => i).sort((i, j) => x[i] - x[j] || i - j), out = [];
      order.forEach((i, place) => { out[i] = typeof g === "number" ? g : g[place]; });
      return out;
    },
    differences: (x, y) => x.map((a) => y.map((b) => a - b)),
    ofPairs: (x, axis) => (axis ? x.map(mean) : x[0].map((_, j) => mean(x.map((row) => row[j])))),
    // Of programs for numbers, that of the nearest.
    at: (x, each) => each.reduce((a, b) => (Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a))[1](),
  };
})();
