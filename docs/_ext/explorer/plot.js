// Axes, curves and a pointer, in SVG.
const shown = (x, digits = 4) => {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "not a number" : x > 0 ? "∞" : "−∞";
  return String(Number(x.toPrecision(digits))).replace("-", "−");
};
const ticks = (low, high, about) => {
  const rough = (high - low) / about, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= 0.75 * rough);
  const out = [];
  for (let t = Math.ceil(low / step - 1e-9) * step; t <= high + 1e-9 * step; t += step) out.push(Math.abs(t) < step / 1e6 ? 0 : t);
  return out;
};

// Of curves together: none flattens another, and a jump has room.
function range(curves) {
  const spans = curves.map(({ ys }) => { const y = ys.filter(Number.isFinite); return y.length ? [Math.min(...y), Math.max(...y)] : [0, 1]; });
  const flattest = Math.min(...spans.map(([a, b]) => Math.max(b - a, 0.5)));
  let low = Math.min(...spans.map(([a, b]) => Math.max(a, b - 3 * flattest)), ...spans.map(([a]) => Math.max(a, -4 * flattest)));
  let high = Math.max(...spans.map(([a, b]) => Math.min(b, Math.max(a, low) + 3 * flattest)));
  low = Math.min(low, 0); high = Math.max(high, 0);
  if (high - low < 0.5) high = low + 0.5;
  const room = 0.08 * (high - low);
  return [low - room, high + room];
}

class Plot {
  constructor(parent, title, unit, { height = 210, square = false, onPoint = () => {} } = {}) {
    this.figure = document.createElement("figure");
    this.figure.innerHTML = `<figcaption><b>${title}</b><span>${unit}</span></figcaption><svg role="img" aria-label="${title}: ${unit}"></svg>`;
    parent.append(this.figure);
    this.svg = this.figure.querySelector("svg");
    Object.assign(this, { height, square });
    const at = (event) => {
      const box = this.svg.getBoundingClientRect();
      onPoint(this.x0 + ((event.clientX - box.left - this.left) / this.w) * (this.x1 - this.x0), this.y1 - ((event.clientY - box.top - this.top) / this.h) * (this.y1 - this.y0), event);
    };
    new ResizeObserver(() => { if (this.svg.clientWidth && this.svg.clientWidth !== this.width) { this.width = this.svg.clientWidth; changed(); } }).observe(this.svg);
    this.svg.addEventListener("pointerdown", at);
    this.svg.addEventListener("pointermove", at);
  }

  frame([x0, x1], [y0, y1]) {
    // Asked for once: to ask after each plot would lay the page out for each.
    const width = this.width || (this.width = this.svg.clientWidth), height = this.square ? Math.min(width, 460) : this.height;
    Object.assign(this, { x0, x1, y0, y1, left: 44, top: 8, w: width - 54, h: height - 30 });
    if (this.sized !== width) {
      this.sized = width;
      this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      this.svg.style.height = `${height}px`;
    }
    this.px = (x) => this.left + ((x - x0) / (x1 - x0)) * this.w;
    this.py = (y) => this.top + Math.max(-2, Math.min(3, (y1 - y) / (y1 - y0))) * this.h;
    const line = (kind, a, b, c, d) => `<line class="${kind}" x1="${a}" y1="${b}" x2="${c}" y2="${d}"/>`;
    const out = [`<defs><clipPath id="${this.clip()}"><rect x="${this.left}" y="${this.top}" width="${this.w}" height="${this.h}"/></clipPath></defs>`];
    for (const x of ticks(x0, x1, Math.max(4, this.w / 55))) {
      out.push(line(x ? "grid-line" : "zero", this.px(x), this.top, this.px(x), this.top + this.h));
      out.push(`<text x="${this.px(x)}" y="${height - 6}" text-anchor="middle">${shown(x)}</text>`);
    }
    for (const y of ticks(y0, y1, Math.max(4, this.h / 40))) {
      out.push(line(y ? "grid-line" : "zero", this.left, this.py(y), this.left + this.w, this.py(y)));
      out.push(`<text x="${this.left - 6}" y="${this.py(y) + 4}" text-anchor="end">${shown(y)}</text>`);
    }
    return out;
  }

  clip() { return this.id || (this.id = `clip-${Plot.count = (Plot.count || 0) + 1}`); }

  line(xs, ys, kind) {
    let d = "", drawing = false;
    xs.forEach((x, i) => {
      const seen = !Number.isNaN(ys[i]);
      if (seen) d += `${drawing ? "L" : "M"}${Math.round(10 * this.px(x)) / 10} ${Math.round(10 * this.py(ys[i])) / 10}`;
      drawing = seen;
    });
    return `<path class="${kind}" clip-path="url(#${this.clip()})" d="${d}"/>`;
  }

  // Curves {kind, ys, at, slope}: at the pointer x its value, and its slope if a tangent is drawn.
  draw(xs, curves, x) {
    const out = this.frame([xs[0], xs[xs.length - 1]], range(curves));
    if (Number.isFinite(x)) out.push(`<line class="pointer" x1="${this.px(x)}" x2="${this.px(x)}" y1="${this.top}" y2="${this.top + this.h}"/>`);
    for (const { kind, ys, at, slope } of curves) {
      out.push(this.line(xs, ys, `curve ${kind}`));
      if (!Number.isFinite(at)) continue;
      if (slope !== undefined && Number.isFinite(slope)) {
        const reach = (xs[xs.length - 1] - xs[0]) / 6;
        out.push(this.line([x - reach, x + reach], [at - reach * slope, at + reach * slope], `tangent ${kind}`));
      }
      if (at >= this.y0 && at <= this.y1) out.push(`<circle class="dot ${kind}" cx="${this.px(x)}" cy="${this.py(at)}" r="4.5"/>`);
    }
    this.svg.innerHTML = out.join("");
  }
}
