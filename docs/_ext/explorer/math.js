// What the page draws, as numbers.
const mean = (x) => (typeof x === "number" ? x : w.mean(x));
const of = (x, i) => (typeof x === "number" ? x : x[i]);
const defaults = (entry) => Object.fromEntries(entry.controls.map((c) => [c.name, c.at]));

// Four logits around a level, of which the first is the one that moves.
const BATCH = 4;
const batch = (level, spread) => [level, level - spread, level, level + spread];

// One player's loss and its derivative at each x of one logit; a text where a hyperparameter is wrong.
// A loss that is a term for each logit is that term; of another, the other logits of the batch stay where they are.
function curve(entry, p, player, side, xs, others = { real: 1, fake: -1, spread: 0.5 }) {
  const made = entry.make(p);
  if (typeof made === "string") return made;
  const which = side === "real" ? 0 : 1;
  if (entry.alone) {
    const out = made[player](xs, xs);
    return { values: xs.map((_, i) => of(out[which], i)), slopes: xs.map((_, i) => of(out[4 + which], i)) };
  }
  const values = [], slopes = [];
  for (const x of xs) {
    const sides = { real: batch(others.real, others.spread), fake: batch(others.fake, others.spread) };
    sides[side][0] = x;
    const out = made[player](sides.real, sides.fake);
    values.push(out.slice(0, 4).reduce((total, part) => (part === null ? total : total + mean(part)), 0));
    slopes.push(of(out[4 + which], 0));
  }
  return { values, slopes };
}

function charges(entry, p, weight, norms) {
  const made = entry.make(p);
  if (typeof made === "string") return made;
  const [values, slopes] = made(norms);
  return { values: norms.map((_, i) => weight * of(values, i)), slopes: norms.map((_, i) => weight * of(slopes, i)) };
}

// One real at 0, one fake at theta, and the critic psi x + b. Mescheder et al. 2018, arXiv:1801.04406.
class Dirac {
  constructor(entry, p, penalty, q, weight) {
    this.made = entry.make(p);
    this.penalty = penalty ? penalty.make(q) : null;
    this.wrong = [this.made, this.penalty].find((x) => typeof x === "string") || null;
    Object.assign(this, { n: entry.least, weight });
    this.level = this.wrong ? 0 : this.settled();
    if (!Number.isFinite(this.level)) this.wrong = `D's best logit is ${this.level < 0 ? "minus " : ""}infinity.`;
    else if (!this.wrong && !Object.values(this.slopes(0.5, -0.5)).some(Boolean)) this.wrong = "One pair of logits gives no gradient.";
    this.hasBias = this.level !== 0;
  }

  // What both players' losses change by with the real logit and with the fake one.
  slopes(r, f) {
    const reals = Array(this.n).fill(r), fakes = Array(this.n).fill(f);
    const d = this.made.discriminator(reals, fakes), g = this.made.generator(reals, fakes);
    return { dReal: of(d[4], 0), dFake: of(d[5], 0), gFake: of(g[5], 0) };
  }

  // The level that D wants of all logits: 0 where that is as good, and the middle of a range.
  settled() {
    const slope = (t) => { const s = this.slopes(t, t), h = s.dReal + s.dFake; return Math.abs(h) < 1e-12 ? 0 : h; };
    const edge = (left) => {
      let low = -40, high = 40;
      if (left(high)) return Infinity;
      if (!left(low)) return -Infinity;
      while (high - low > 1e-9) { const middle = (low + high) / 2; if (left(middle)) low = middle; else high = middle; }
      return (low + high) / 2;
    };
    const low = edge((t) => slope(t) < 0), high = edge((t) => slope(t) <= 0);
    if ((low < -1e-6 && high > 1e-6) || Math.max(Math.abs(low), Math.abs(high)) < 1e-6) return 0;
    return (low + high) / 2;
  }

  velocity([theta, psi, b]) {
    const s = this.slopes(b, psi * theta + b);
    const pull = this.penalty ? this.weight * of(this.penalty([Math.abs(psi)])[1], 0) * Math.sign(psi) : 0;
    return [-psi * s.gFake, -theta * s.dFake - pull, this.hasBias ? -(s.dReal + s.dFake) : 0];
  }

  // Both players at once, or G's step and then D's `dSteps`.
  step(x, rate, dSteps) {
    const v = this.velocity(x);
    if (!dSteps) return x.map((y, i) => y + rate * v[i]);
    let at = [x[0] + rate * v[0], x[1], x[2]];
    for (let k = 0; k < dSteps; k++) { const u = this.velocity(at); at = [at[0], at[1] + rate * u[1], at[2] + rate * u[2]]; }
    return at;
  }

  path(start, rate, dSteps, steps) {
    const points = [[start[0], start[1], this.level]];
    while (points.length <= steps) points.push(this.step(points[points.length - 1], rate, dSteps));
    return points;
  }

  // What a step multiplies a small deviation of theta, psi and b by, in the long run; null at a kink.
  multiplier(rate, dSteps) {
    const column = (i, h) => { const x = [0, 0, this.level]; x[i] += h; return this.step(x, rate, dSteps).map((y, k) => (y - (k === 2 ? this.level : 0)) / h); };
    const columns = (h) => [0, 1, 2].map((i) => column(i, h)), there = columns(1e-5);
    // At a kink a difference is not that of the other side, or of half the way.
    for (const other of [columns(-1e-5), columns(5e-6)]) if (there.some((c, i) => c.some((y, k) => !(Math.abs(y - other[i][k]) < 0.01)))) return null;
    // The level is on its own: theta and psi do not move it near there.
    const [[a, c], [b, d]] = there, bias = this.hasBias ? Math.abs(there[2][2]) : 0;
    const half = (a + d) / 2, root = half * half - (a * d - b * c);
    return Math.max(bias, root < 0 ? Math.sqrt(a * d - b * c) : Math.abs(half) + Math.sqrt(root));
  }
}
