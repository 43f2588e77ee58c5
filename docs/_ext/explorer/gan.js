// A small GAN on points of the plane: two networks, their gradients by hand, Adam.
class Net {
  constructor(sizes, random) {
    this.layers = sizes.slice(1).map((m, i) => {
      const n = sizes[i], scale = Math.sqrt(2 / n);
      return { n, m, w: Float64Array.from({ length: n * m }, () => scale * random()), b: new Float64Array(m) };
    });
    this.moments = this.layers.map(({ n, m }) => [new Float64Array(n * m), new Float64Array(n * m), new Float64Array(m), new Float64Array(m)]);
    this.t = 0;
    this.clear();
  }

  clear() { this.slopes = this.layers.map(({ n, m }) => ({ w: new Float64Array(n * m), b: new Float64Array(m) })); }

  // x: count rows. Returns the outputs of all layers, the inputs first.
  forward(x, count) {
    const out = [x];
    this.layers.forEach(({ n, m, w, b }, layer) => {
      const from = out[layer], to = new Float64Array(count * m), last = layer === this.layers.length - 1;
      for (let k = 0; k < count; k++) {
        const row = to.subarray(k * m, (k + 1) * m);
        row.set(b);
        for (let i = 0; i < n; i++) {
          const x = from[k * n + i], of = i * m;
          for (let j = 0; j < m; j++) row[j] += x * w[of + j];
        }
      }
      if (!last) for (let i = 0; i < to.length; i++) if (to[i] < 0) to[i] *= 0.2;
      out.push(to);
    });
    return out;
  }

  // Adds the slopes of the weights, if `keep`; returns those of the inputs.
  backward(out, g, count, keep = true) {
    for (let layer = this.layers.length - 1; layer >= 0; layer--) {
      const { n, m, w } = this.layers[layer], slope = this.slopes[layer], from = out[layer], back = new Float64Array(count * n);
      for (let k = 0; k < count; k++) {
        const row = g.subarray(k * m, (k + 1) * m);
        if (keep) for (let j = 0; j < m; j++) slope.b[j] += row[j];
        for (let i = 0; i < n; i++) {
          const x = from[k * n + i], of = i * m;
          let sum = 0;
          for (let j = 0; j < m; j++) sum += row[j] * w[of + j];
          if (keep) for (let j = 0; j < m; j++) slope.w[of + j] += x * row[j];
          back[k * n + i] = sum;
        }
      }
      if (layer) for (let i = 0; i < back.length; i++) if (from[i] <= 0) back[i] *= 0.2;
      g = back;
    }
    return g;
  }

  // Adam, with betas 0.5 and 0.99; a slope that is no number ends the training.
  step(rate) {
    this.t++;
    const c1 = 1 - 0.5 ** this.t, c2 = 1 - 0.99 ** this.t;
    this.layers.forEach((layer, l) => {
      const [mw, vw, mb, vb] = this.moments[l];
      for (const [x, g, m, v] of [[layer.w, this.slopes[l].w, mw, vw], [layer.b, this.slopes[l].b, mb, vb]]) for (let i = 0; i < x.length; i++) {
        m[i] = 0.5 * m[i] + 0.5 * g[i]; v[i] = 0.99 * v[i] + 0.01 * g[i] * g[i];
        x[i] -= (rate * m[i]) / c1 / (Math.sqrt(v[i] / c2) + 1e-8);
      }
    });
    this.clear();
  }
}

// Mulberry32, of which the same seed makes the same training; and normal numbers.
function numbers(seed) {
  const uniform = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()) };
}

const DATA = {
  ring: ({ uniform, normal }) => { const a = (Math.floor(8 * uniform()) * Math.PI) / 4; return [1.5 * Math.cos(a) + 0.06 * normal(), 1.5 * Math.sin(a) + 0.06 * normal()]; },
  grid: ({ uniform, normal }) => [0, 1].map(() => 1.3 * (Math.floor(3 * uniform()) - 1) + 0.06 * normal()),
  moons: ({ uniform, normal }) => { const a = Math.PI * uniform(), s = uniform() < 0.5 ? 1 : -1; return [1.1 * Math.cos(a) - 0.5 * s, s * (1.1 * Math.sin(a) - 0.3)].map((x) => x + 0.05 * normal()); },
  spiral: ({ uniform, normal }) => { const u = uniform(), a = 1 + 9 * u; return [0.18 * a * Math.cos(a), 0.18 * a * Math.sin(a)].map((x) => x + 0.03 * normal()); },
};
const ROWS = 64, SIGMA = 0.05;

class Gan {
  begin(data = state.data, seed = 1) {
    this.random = numbers(seed);
    const normal = () => this.random.normal();
    Object.assign(this, { data, steps: 0, d: 0, g: 0, history: [], generator: new Net([2, 48, 48, 2], normal), critic: new Net([2, 48, 48, 1], normal) });
  }

  real(count) { const x = new Float64Array(2 * count); for (let i = 0; i < count; i++) x.set(DATA[this.data](this.random), 2 * i); return x; }
  noise(count) { return Float64Array.from({ length: 2 * count }, () => this.random.normal()); }

  loss(out) { return out.slice(0, 4).reduce((total, part) => (part === null ? total : total + mean(part)), 0); }

  // One step of D, or of G, with a loss that was made for its hyperparameters.
  step(made, rate, dSteps, gamma) {
    for (let k = 0; k < dSteps; k++) this.stepOfCritic(made, rate, gamma);
    const z = this.generator.forward(this.noise(ROWS), ROWS), fake = z[z.length - 1];
    const onFake = this.critic.forward(fake, ROWS), onReal = this.critic.forward(this.real(ROWS), ROWS);
    const out = made.generator([...onReal[3]], [...onFake[3]]);
    this.g = this.loss(out);
    const by = this.critic.backward(onFake, Float64Array.from(onFake[3], (_, i) => of(out[5], i) / ROWS), ROWS, false);
    this.generator.backward(z, by, ROWS);
    this.generator.step(rate);
    this.steps++;
    this.history.push([this.steps, this.d, this.g]);
  }

  stepOfCritic(made, rate, gamma) {
    const z = this.generator.forward(this.noise(ROWS), ROWS), sides = [this.real(ROWS), z[3]];
    const seen = sides.map((x) => this.critic.forward(x, ROWS)), out = made.discriminator([...seen[0][3]], [...seen[1][3]]);
    this.d = this.loss(out);
    seen.forEach((forward, side) => {
      const g = Float64Array.from(forward[3], (_, i) => of(out[4 + side], i) / ROWS);
      if (gamma > 0) {
        // gamma / 2 E ((D(x + sigma e) - D(x)) / sigma)^2
        const moved = this.critic.forward(sides[side].map((x) => x + SIGMA * this.random.normal()), ROWS);
        const pull = Float64Array.from(moved[3], (y, i) => (gamma * (y - forward[3][i])) / (SIGMA * SIGMA * ROWS));
        this.critic.backward(moved, pull, ROWS);
        pull.forEach((p, i) => { g[i] -= p; });
      }
      this.critic.backward(forward, g, ROWS);
    });
    this.critic.step(rate);
  }
}
