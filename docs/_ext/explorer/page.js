// The page: its state is in the link, its controls move the state, and whatever moved is drawn anew.
const $ = (id) => document.getElementById(id);
const BEGIN = {
  view: "losses", a: "logistic", b: "hinge", x: 0.5, span: 4, real: 1, fake: -1, spread: 0.5,
  pa: "wgan_gp", pb: "r1", weight: 1, otherWeight: 1, norm: 1.5,
  dp: "none", dWeight: 0.3, rate: 0.2, steps: 0, theta: 1, psi: -1,
  data: "ring", speed: 0.002, dSteps: 1, gamma: 0.1,
};
const LIMITS = { span: [1, 20], steps: [0, 5], dSteps: [1, 5] };
let state = { ...BEGIN };

function readLink() {
  state = { ...BEGIN };
  for (const [key, text] of new URLSearchParams(location.hash.slice(1))) {
    const number = Number(text);
    const value = text === "true" ? true : text === "false" ? false : text.trim() === "" || Number.isNaN(number) ? text : number;
    if (key.includes(".") || typeof value === typeof BEGIN[key]) state[key] = value;
  }
  for (const key of ["a", "b"]) if (!(key === "b" && state.b === "none")) state[key] = named(state[key]) || BEGIN[key];
  for (const key of ["pa", "pb", "dp"]) if (!Object.hasOwn(PENALTIES, state[key]) && !(key !== "pa" && state[key] === "none")) state[key] = BEGIN[key];
  if (!(state.view in VIEWS)) state.view = BEGIN.view;
  if (!Object.hasOwn(DATA, state.data)) state.data = BEGIN.data;
  for (const [key, [low, high]] of Object.entries(LIMITS)) state[key] = Math.min(high, Math.max(low, Math.round(state[key])));
}
let writing = 0;
function writeLink() {
  clearTimeout(writing);
  writing = setTimeout(() => {
    const moved = Object.entries(state).filter(([key, value]) => BEGIN[key] !== value);
    history.replaceState(null, "", moved.length ? `#${new URLSearchParams(moved)}` : location.pathname + location.search);
  }, 150);
}
const named = (name) => (Object.hasOwn(LOSSES, name) ? name : Object.keys(LOSSES).find((key) => LOSSES[key].aliases.includes(name)));
// What a link says of a hyperparameter may be anything.
const here = (key, at) => (typeof state[key] === typeof at ? state[key] : at);
const given = (entry, prefix) => Object.fromEntries(entry.controls.map((c) => [c.name, here(`${prefix}.${c.name}`, c.at)]));

let drawing = 0;
function changed() {
  writeLink();
  if (!drawing) drawing = requestAnimationFrame(() => { drawing = 0; draw(); });
}
function set(key, value) { state[key] = value; changed(); }

// A slider and a box for the number; of `stops`, the slider has these alone.
function slider(parent, key, label, { low, high, log, stops, step, at }) {
  const id = `slider-${slider.count = (slider.count || 0) + 1}`, box = document.createElement("div");
  const fine = stops ? stops.length - 1 : 400;
  const toNumber = (k) => (stops ? stops[k] : log ? low * (high / low) ** (k / fine) : low + (high - low) * (k / fine));
  const toPosition = (x) => Math.round(stops ? stops.reduce((best, s, i) => (Math.abs(s - x) < Math.abs(stops[best] - x) ? i : best), 0)
    : fine * (log ? Math.log(x / low) / Math.log(high / low) : (x - low) / (high - low)));
  const tidy = (x) => (step ? Number((Math.round(x / step) * step).toPrecision(12)) : Number(x.toPrecision(3)));
  box.className = "slider";
  box.innerHTML = `<label for="${id}">${label}</label><input type="range" id="${id}" min="0" max="${fine}" step="1" data-key="${key}">
    <input type="number" step="any" aria-label="${label}, as a number">`;
  const [range, number] = box.querySelectorAll("input");
  const show = () => {
    const x = here(key, at);
    range.value = toPosition(x); range.setAttribute("aria-valuetext", shown(x));
    if (document.activeElement !== number) number.value = Number(x.toPrecision(4));
  };
  range.addEventListener("input", () => { const x = toNumber(Number(range.value)); set(key, stops ? x : tidy(x)); show(); });
  number.addEventListener("input", () => {
    const x = number.valueAsNumber;
    if (!Number.isNaN(x)) { set(key, stops ? stops[toPosition(x)] : x); show(); }
  });
  number.addEventListener("blur", show);
  box.show = show; show();
  parent.append(box);
  return box;
}
function check(parent, key, label, at) {
  const box = document.createElement("label");
  box.className = "check";
  box.innerHTML = `<input type="checkbox" data-key="${key}"> ${label}`;
  const input = box.firstElementChild;
  input.addEventListener("input", () => set(key, input.checked));
  (box.show = () => { input.checked = here(key, at); })();
  parent.append(box);
}
function controls(parent, entry, prefix, kind = "") {
  parent.className = `controls ${kind}`;
  parent.replaceChildren();
  for (const c of entry ? entry.controls : []) {
    if (typeof c.at === "boolean") check(parent, `${prefix}.${c.name}`, c.name, c.at);
    else slider(parent, `${prefix}.${c.name}`, c.name, c);
  }
  const wrong = document.createElement("p");
  wrong.className = "wrong"; wrong.setAttribute("role", "status");
  if (parent.children.length) parent.append(wrong);
  parent.wrong = (text) => { wrong.textContent = text || ""; };
}
function fresh(prefix) { for (const key of Object.keys(state)) if (key.startsWith(`${prefix}.`)) delete state[key]; }

// A box to search losses by name, alias or family.
function picker(parent, key, label, kind, none) {
  const id = `${parent.id}-input`;
  parent.className = `pick ${kind}`;
  parent.innerHTML = `<label for="${id}"><i></i>${label}</label><input id="${id}" type="text" role="combobox" autocomplete="off" spellcheck="false"
    aria-expanded="false" aria-controls="${id}-list" aria-autocomplete="list"><ul id="${id}-list" role="listbox" aria-label="${label}" hidden></ul>`;
  const input = parent.querySelector("input"), list = parent.querySelector("ul");
  let options = [], at = 0;
  const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); input.value = state[key]; };
  const choose = (name) => { if (name !== state[key]) { fresh(key); state[key] = name; render(); changed(); } close(); };
  const mark = () => {
    options.forEach(({ item }, i) => item.setAttribute("aria-selected", String(i === at)));
    if (options[at]) { input.setAttribute("aria-activedescendant", options[at].item.id); options[at].item.scrollIntoView({ block: "nearest" }); }
  };
  const open = (query) => {
    const wanted = query.toLowerCase().replace(/[\s-]+/g, "_");
    list.replaceChildren(); options = []; at = 0;
    let family = "";
    const entries = Object.entries(LOSSES).sort((x, y) => x[1].family.localeCompare(y[1].family));
    if (none && "none".includes(wanted)) entries.unshift(["none", { family: "", aliases: [] }]);
    for (const [name, entry] of entries) {
      const alias = entry.aliases.find((each) => each.includes(wanted));
      if (wanted && !name.includes(wanted) && !alias && !entry.family.replace(/ /g, "_").includes(wanted)) continue;
      if (entry.family !== family) {
        family = entry.family;
        list.insertAdjacentHTML("beforeend", `<li class="family" role="presentation">${family}</li>`);
      }
      const item = document.createElement("li");
      Object.assign(item, { id: `${id}-${name}`, role: "option" });
      item.setAttribute("role", "option");
      item.innerHTML = `${name}${wanted && alias && !name.includes(wanted) ? ` <small>${alias}</small>` : ""}`;
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(name); });
      list.append(item); options.push({ name, item });
    }
    // The shortest name that begins like that.
    const length = ({ name }) => Math.min(...[name, ...(LOSSES[name]?.aliases || [])].filter((each) => each.startsWith(wanted || state[key])).map((each) => each.length), 99);
    at = options.reduce((best, option, i) => (length(option) < length(options[best]) ? i : best), 0);
    list.hidden = false; input.setAttribute("aria-expanded", "true"); mark();
  };
  input.addEventListener("focus", () => { input.select(); open(""); });
  input.addEventListener("click", () => { if (list.hidden) open(""); });
  input.addEventListener("input", () => open(input.value));
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) open(""); else at = Math.min(options.length - 1, Math.max(0, at + (event.key === "ArrowDown" ? 1 : -1)));
      mark();
    } else if (event.key === "Enter") { if (!list.hidden && options[at]) choose(options[at].name); }
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  parent.show = close;
}
function select(id, key, options, onChange = () => {}) {
  const element = $(id);
  if (options) element.innerHTML = options.map((name) => `<option>${name}</option>`).join("");
  element.addEventListener("input", () => { state[key] = typeof BEGIN[key] === "number" ? Number(element.value) : element.value; onChange(); changed(); });
  element.show = () => { element.value = state[key]; };
  return element;
}

const linear = (low, high, n) => Array.from({ length: n }, (_, i) => low + ((high - low) * i) / (n - 1));
const POINTS = 256;
const PANELS = [["discriminator", "real", "D, a real logit"], ["discriminator", "fake", "D, a fake logit"], ["generator", "fake", "G, a fake logit"]];
const toPoint = (key, low, high) => (x, _, event) => {
  if (event.pointerType === "touch" && event.type === "pointermove" && !event.isPrimary) return;
  set(key, Number(Math.min(high(), Math.max(low(), x)).toPrecision(4)));
  document.querySelectorAll(".slider").forEach((each) => each.show());
};
const point = toPoint("x", () => -state.span, () => state.span);
const plots = [
  ...PANELS.map(([, , title]) => new Plot($("plots"), title, "loss by logit", { onPoint: point })),
  ...PANELS.map(([, , title]) => new Plot($("plots"), title, "gradient by logit", { height: 160, onPoint: point })),
];
const ofNorm = toPoint("norm", () => 0, () => 3);
const penaltyPlots = ["The penalty", "Its slope"].map((title) => new Plot($("penalty-plots"), title, "by the norm", { height: 280, onPoint: ofNorm }));
const portrait = new Plot($("portraits"), "Where training goes", "ψ (D) by θ (G)", {
  square: true,
  onPoint: (theta, psi, event) => {
    if (event.type === "pointermove" && !event.buttons) return;
    Object.assign(state, { theta: Number(theta.toPrecision(3)), psi: Number(psi.toPrecision(3)) });
    document.querySelectorAll(".slider").forEach((each) => each.show());
    changed();
  },
});
const distance = new Plot($("portraits"), "Distance from the equilibrium", "by step", { square: true });

const training = new Plot($("history"), "Losses", "by step", { height: 240 });

const chosen = () => ["a", "b"].filter((key) => state[key] !== "none").map((key) => ({ key, entry: LOSSES[state[key]] }));
const about = (kind, name, entry) => `<p class="about ${kind}"><b>${entry.family ? `<a href="losses/${name}.html">${name}</a>` : name}</b>${entry.summary}<span class="formula">${entry.formula || ""}</span></p>`;
const table = (head, rows) => `<thead><tr>${head.map((h) => `<th scope="col" class="${h[1] || ""}">${h[0]}</th>`).join("")}</tr></thead><tbody>${rows
  .map((row) => `<tr>${row.map((cell, i) => (i ? `<td>${cell}</td>` : `<th scope="row">${cell}</th>`)).join("")}</tr>`).join("")}</tbody>`;

function drawLosses() {
  const x = Math.min(state.span, Math.max(-state.span, state.x)), xs = linear(-state.span, state.span, POINTS), both = chosen();
  const rows = PANELS.map(([, , title]) => [title]);
  PANELS.forEach(([player, side], i) => {
    const values = [], slopes = [];
    for (const { key, entry } of both) {
      const drawn = curve(entry, given(entry, key), player, side, [...xs, x], state);
      $(`controls-${key}`).wrong(typeof drawn === "string" ? drawn : "");
      if (typeof drawn === "string") { rows[i].push("", ""); continue; }
      const value = drawn.values.pop(), slope = drawn.slopes.pop();
      values.push({ kind: key, ys: drawn.values, at: value, slope: entry.alone ? slope : slope / BATCH });
      slopes.push({ kind: key, ys: drawn.slopes, at: slope });
      rows[i].push(shown(value), shown(slope));
    }
    plots[i].draw(xs, values, x);
    plots[i + 3].draw(xs, slopes, x);
  });
  const head = [[`at ${shown(x)}`], ...both.flatMap(({ key }) => [[`${state[key]}`, key], ["gradient", key]])];
  $("readout").innerHTML = table(head, rows);
  $("about").innerHTML = both.map(({ key, entry }) => about(key, state[key], entry)).join("");
  $("others").hidden = both.every(({ entry }) => entry.alone);
}

function drawPenalties() {
  // At 0 itself a norm has no slope: the backends' is 0, which a curve shows as a spike.
  const norms = linear(0, 3, POINTS).map((n) => n || 1e-12), x = Math.min(3, Math.max(0, state.norm)), drawn = [[], []];
  const both = [["pa", "a", "penalty", "weight"], ["pb", "b", "other", "otherWeight"]].filter(([key]) => state[key] !== "none");
  const rows = [["penalty"], ["slope"]];
  for (const [key, kind, id, weight] of both) {
    const entry = PENALTIES[state[key]], p = given(entry, key), all = charges(entry, p, state[weight], norms);
    $(`controls-${id}`).wrong(typeof all === "string" ? all : "");
    if (typeof all === "string") { rows.forEach((row) => row.push("")); continue; }
    const here = charges(entry, p, state[weight], [x]);
    drawn[0].push({ kind, ys: all.values, at: here.values[0], slope: here.slopes[0] });
    drawn[1].push({ kind, ys: all.slopes, at: here.slopes[0] });
    rows[0].push(shown(here.values[0])); rows[1].push(shown(here.slopes[0]));
  }
  penaltyPlots.forEach((plot, i) => plot.draw(norms, drawn[i], x));
  $("penalty-readout").innerHTML = table([[`at norm ${shown(x)}`], ...both.map(([key, kind]) => [state[key], kind])], rows);
  $("about-penalties").innerHTML = both.map(([key, kind]) => about(kind, state[key], PENALTIES[state[key]])).join("");
}

function drawDirac() {
  const entry = LOSSES[state.a], penalty = state.dp === "none" ? null : PENALTIES[state.dp];
  const game = new Dirac(entry, given(entry, "a"), penalty, penalty && given(penalty, "dp"), state.dWeight);
  $("portraits").hidden = Boolean(game.wrong);
  if (game.wrong) { $("verdict").textContent = `Not this loss: ${game.wrong}`; return; }
  const path = game.path([state.theta, state.psi], state.rate, state.steps, 500);
  const left = path.map(([theta, psi, b]) => Math.hypot(theta, psi, b - game.level));
  const rate = game.multiplier(state.rate, state.steps);
  const share = left[500] / left[0], leaves = rate !== null && rate > 1 + 1e-6;
  const what = rate === null ? "The equilibrium is at a kink, so that there is no rate." :
    `Very near the equilibrium a step multiplies the distance by ${rate.toFixed(5)}: ${leaves ? "training moves away" : rate < 1 - 1e-6 ? "training converges" : "training circles"}.`;
  $("verdict").textContent = `${what} From the start that is chosen here, further away, ${shown(share, 3)} of the distance is left after 500 steps`
    + (leaves && share < 1 ? ": it comes nearer, but cannot end at the equilibrium." : ".")
    + (game.hasBias ? ` D is ψ x + b, b from ${shown(game.level, 3)}.` : "");
  const out = portrait.frame([-2, 2], [-2, 2]), cells = linear(-1.9, 1.9, 20);
  const arrows = cells.flatMap((theta) => cells.map((psi) => { const to = game.step([theta, psi, game.level], state.rate, state.steps); return [theta, psi, to[0] - theta, to[1] - psi]; }));
  const longest = Math.max(...arrows.map(([, , u, v]) => Math.hypot(u, v)).filter(Number.isFinite), 1e-12);
  for (const [theta, psi, u, v] of arrows) {
    const long = Math.hypot(u, v);
    if (!(long > 0) || !Number.isFinite(long)) continue;
    const scale = (0.17 * Math.sqrt(long / longest)) / long, [x1, y1, x2, y2] = [portrait.px(theta), portrait.py(psi), portrait.px(theta + u * scale), portrait.py(psi + v * scale)];
    const turn = Math.atan2(y2 - y1, x2 - x1), tip = (angle) => `${(x2 - 4 * Math.cos(turn + angle)).toFixed(1)} ${(y2 - 4 * Math.sin(turn + angle)).toFixed(1)}`;
    out.push(`<path class="arrow" d="M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}M${tip(0.5)}L${x2.toFixed(1)} ${y2.toFixed(1)}L${tip(-0.5)}"/>`);
  }
  const on = path.filter(([theta, psi]) => Math.hypot(theta, psi) < 20);
  out.push(portrait.line(on.map((p) => p[0]), on.map((p) => p[1]), "path"));
  out.push(`<circle class="goal" cx="${portrait.px(0)}" cy="${portrait.py(0)}" r="5"/><circle class="start" cx="${portrait.px(state.theta)}" cy="${portrait.py(state.psi)}" r="5"/>`);
  portrait.svg.innerHTML = out.join("");
  const finite = left.map((d) => Math.min(d, 1e3));
  distance.draw(linear(0, 500, 501), [{ kind: "a", ys: finite, at: NaN }], NaN);
}

const gan = new Gan();
let running = false;
function drawGan() {
  const entry = LOSSES[state.a], made = entry.make(given(entry, "a"));
  $("controls-gan").wrong(typeof made === "string" ? made : "");
  const css = getComputedStyle(document.documentElement);
  const colours = Object.fromEntries(["real", "fake", "soft"].map((name) => [name, css.getPropertyValue(`--${name}`).trim()]));
  const canvas = $("field"), context = canvas.getContext("2d"), side = canvas.width, reach = 2.4, cells = 40;
  const px = (x) => ((x + reach) / (2 * reach)) * side, py = (y) => side - px(y), along = (i) => ((2 * i) / (cells - 1) - 1) * reach;
  const at = new Float64Array(2 * cells * cells);
  for (let i = 0; i < cells * cells; i++) at.set([along(i % cells), along(Math.floor(i / cells))], 2 * i);
  const levels = gan.critic.forward(at, cells * cells)[3], level = (i, j) => levels[i + cells * j];
  const lowest = Math.min(...levels), highest = Math.max(...levels), size = side / (cells - 1);
  context.clearRect(0, 0, side, side);
  levels.forEach((each, i) => {
    const share = (2 * (each - lowest)) / (highest - lowest || 1) - 1;
    context.globalAlpha = 0.45 * Math.abs(share);
    context.fillStyle = colours[share > 0 ? "real" : "fake"];
    const [left, top] = [((i % cells) - 0.5) * size, side - (Math.floor(i / cells) + 0.5) * size].map(Math.round);
    context.fillRect(left, top, Math.round(((i % cells) + 0.5) * size) - left, Math.round(side - (Math.floor(i / cells) - 0.5) * size) - top);
  });
  // Nine level lines, through each cell from edge to edge.
  context.globalAlpha = 0.5; context.strokeStyle = colours.soft; context.lineWidth = 1; context.beginPath();
  for (let k = 1; k < 10; k++) {
    const line = lowest + (k / 10) * (highest - lowest);
    for (let i = 0; i < cells - 1; i++) for (let j = 0; j < cells - 1; j++) {
      const here = [level(i, j), level(i + 1, j), level(i + 1, j + 1), level(i, j + 1)];
      if (Math.min(...here) >= line || Math.max(...here) < line) continue;
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], crossed = [];
      corners.forEach((from, c) => {
        const to = corners[(c + 1) % 4], a = here[c], b = here[(c + 1) % 4], u = (line - a) / (b - a);
        if ((a < line) !== (b < line)) crossed.push([px(along(from[0] + u * (to[0] - from[0]))), py(along(from[1] + u * (to[1] - from[1])))]);
      });
      for (let c = 0; c + 1 < crossed.length; c += 2) { context.moveTo(...crossed[c]); context.lineTo(...crossed[c + 1]); }
    }
  }
  context.stroke();
  const count = 160, dot = (x, y, kind) => { context.fillStyle = colours[kind]; context.beginPath(); context.arc(px(x), py(y), 3.4, 0, 7); context.fill(); };
  const points = new Gan(); Object.assign(points, { data: gan.data, random: numbers(7) });
  const real = points.real(count), z = gan.generator.forward(points.noise(count), count), fake = z[3];
  context.globalAlpha = 0.85;
  for (let i = 0; i < count; i++) dot(real[2 * i], real[2 * i + 1], "real");
  if (typeof made !== "string") {
    const onFake = gan.critic.forward(fake, count), out = made.generator([...gan.critic.forward(real, count)[3]], [...onFake[3]]);
    const by = gan.critic.backward(onFake, Float64Array.from(onFake[3], (_, i) => of(out[5], i)), count, false);
    const longest = Math.max(...Array.from({ length: count }, (_, i) => Math.hypot(by[2 * i], by[2 * i + 1])), 1e-12);
    context.strokeStyle = colours.fake; context.lineWidth = 1.4; context.beginPath();
    for (let i = 0; i < count; i++) {
      context.moveTo(px(fake[2 * i]), py(fake[2 * i + 1]));
      context.lineTo(px(fake[2 * i] - (0.4 * by[2 * i]) / longest), py(fake[2 * i + 1] - (0.4 * by[2 * i + 1]) / longest));
    }
    context.stroke();
  }
  for (let i = 0; i < count; i++) dot(fake[2 * i], fake[2 * i + 1], "fake");
  context.globalAlpha = 1;
  $("gan-status").textContent = `Step ${gan.steps}.${gan.steps ? ` D's loss ${shown(gan.d, 3)}, G's ${shown(gan.g, 3)}.` : ""} The critic is from ${shown(lowest, 3)} to ${shown(highest, 3)}.`;
  const some = gan.history.filter((_, i) => i % Math.ceil(gan.history.length / POINTS) === 0);
  const first = some.length > 1 ? some : [[0, NaN, NaN], [1, NaN, NaN]];
  training.draw(first.map((h) => h[0]), [{ kind: "a", ys: first.map((h) => h[1]), at: NaN }, { kind: "b", ys: first.map((h) => h[2]), at: NaN }], NaN);
  $("run").textContent = running ? "Pause" : "Run";
}
function train(steps) {
  const entry = LOSSES[state.a], made = entry.make(given(entry, "a"));
  for (let k = 0; k < steps && typeof made !== "string"; k++) gan.step(made, state.speed, state.dSteps, state.gamma);
}
function loop() {
  if (!running || state.view !== "gan") { running = false; if (state.view === "gan") drawGan(); return; }
  // Four steps, or as many as leave time to draw.
  const until = performance.now() + 8;
  for (let k = 0; k < 4 && performance.now() < until; k++) train(1);
  drawGan(); requestAnimationFrame(loop);
}

const VIEWS = { losses: drawLosses, penalties: drawPenalties, dirac: drawDirac, gan: drawGan };
function draw() { VIEWS[state.view](); }

// Everything that depends on what was chosen, and not on where the sliders are.
function render() {
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const here = tab.dataset.view === state.view;
    tab.setAttribute("aria-selected", String(here)); tab.tabIndex = here ? 0 : -1;
    $(tab.dataset.view).hidden = !here;
  }
  document.querySelectorAll(".pick").forEach((each) => each.show());
  for (const id of ["a", "dirac", "gan"]) controls($(`controls-${id}`), LOSSES[state.a], "a", "of-a");
  controls($("controls-b"), LOSSES[state.b], "b", "of-b");
  for (const [id, key, weight, kind] of [["penalty", "pa", "weight", "of-a"], ["other", "pb", "otherWeight", "of-b"], ["dirac-penalty", "dp", "dWeight", "of-a"]]) {
    const entry = PENALTIES[state[key]];
    controls($(`controls-${id}`), entry && { controls: [...entry.controls] }, key, kind);
    if (entry) $(`controls-${id}`).prepend(slider(document.createElement("div"), weight, "weight", { low: 0.01, high: 100, log: true, at: BEGIN[weight] }));
  }
  document.querySelectorAll("select").forEach((each) => each.show());
  document.querySelectorAll(".slider, .check").forEach((each) => each.show());
}

picker($("pick-a"), "a", "Loss A", "a");
picker($("pick-b"), "b", "Loss B, to compare", "b", true);
picker($("pick-dirac"), "a", "Loss", "a");
picker($("pick-gan"), "a", "Loss", "a");
slider($("axis"), "x", "the logit under the pointer", { low: -4, high: 4, step: 0.05, at: 0.5 });
slider($("axis"), "span", "the axis, to either side", { low: 1, high: 20, step: 0.5, at: 4 });
slider($("others"), "real", "the other real logits are around", { low: -4, high: 4, step: 0.05, at: 1 });
slider($("others"), "fake", "the other fake logits are around", { low: -4, high: 4, step: 0.05, at: -1 });
slider($("others"), "spread", "and differ from it by up to", { low: 0, high: 3, step: 0.05, at: 0.5 });
slider($("norms"), "norm", "under the pointer", { low: 0, high: 3, step: 0.02, at: 1.5 });
slider($("dirac-controls"), "rate", "learning rate", { low: 0.01, high: 1, log: true, at: 0.2 });
slider($("dirac-controls"), "theta", "θ at the start", { low: -2, high: 2, step: 0.05, at: 1 });
slider($("dirac-controls"), "psi", "ψ at the start", { low: -2, high: 2, step: 0.05, at: -1 });
slider($("gan-controls"), "speed", "learning rate", { low: 1e-4, high: 0.02, log: true, at: 0.002 });
slider($("gan-controls"), "dSteps", "D's steps to one of G", { stops: [1, 2, 3, 4, 5], at: 1 });
slider($("gan-controls"), "gamma", "penalty of D's slope", { stops: [0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10], at: 0.1 });
const penaltyNames = Object.keys(PENALTIES);
select("penalty", "pa", penaltyNames, () => { fresh("pa"); render(); });
select("other", "pb", ["none", ...penaltyNames], () => { fresh("pb"); render(); });
select("dirac-penalty", "dp", ["none", ...penaltyNames], () => { fresh("dp"); render(); });
select("steps", "steps");
select("data", "data", null, () => gan.begin());
$("run").addEventListener("click", () => { running = !running; loop(); });
$("one").addEventListener("click", () => { running = false; train(1); drawGan(); });
$("again").addEventListener("click", () => { gan.begin(); drawGan(); });
$("absent").textContent = `Not here, since a sample has more than one number in these losses: ${ABSENT.join(", ")}.`;

const tabs = [...document.querySelectorAll("[role=tab]")];
const show = (view) => { state.view = view; render(); changed(); };
for (const tab of tabs) {
  tab.addEventListener("click", () => show(tab.dataset.view));
  tab.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) { const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length]; show(next.dataset.view); next.focus(); }
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
addEventListener("hashchange", () => { readLink(); render(); draw(); });
readLink(); gan.begin(); render(); draw();
