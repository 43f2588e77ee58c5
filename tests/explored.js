// What the tests do in the explorer's page.
const wrong = [];
console.error = console.warn = (...what) => wrong.push(what.join(" "));
addEventListener("error", (event) => wrong.push(event.message));
addEventListener("unhandledrejection", (event) => wrong.push(String(event.reason)));
// Where time passes as fast as it can, no frames come.
globalThis.requestAnimationFrame = (draw) => setTimeout(draw, 16);

// What a test found, or went wrong, becomes the text of the page.
function report(test) {
  addEventListener("load", async () => {
    let result = null;
    try { result = await test(); } catch (error) { wrong.push(error.stack); }
    document.body.textContent = JSON.stringify({ result, wrong });
  });
}
const drawn = () => new Promise((done) => setTimeout(done, 300));
const press = (input, key) => input.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const fill = (input, value) => { input.value = value; input.dispatchEvent(new Event("input", { bubbles: true })); };
const link = () => decodeURIComponent(location.hash);

async function searched(text) {
  const input = $("pick-a-input");
  input.focus(); fill(input, text); press(input, "Enter"); await drawn();
  return [state.a, input.value, link()];
}
async function pointed(plot) {
  const box = plot.svg.getBoundingClientRect(), at = { clientX: box.left + plot.left + plot.w, clientY: box.top + 50, bubbles: true };
  plot.svg.dispatchEvent(new PointerEvent("pointermove", at)); await drawn();
  return [state.x, link(), $("readout").textContent.slice(0, 4)];
}
// Those of a view's controls that change nothing.
async function still(view) {
  const found = [], picture = () => view.querySelector(".stage").innerHTML;
  // What is selected brings other controls.
  for (const control of [...view.querySelectorAll("input[type=range], input[type=checkbox]"), ...view.querySelectorAll("select")]) {
    const before = [JSON.stringify(state), picture()], far = Math.round(0.8 * control.max);
    if (control.type === "checkbox") control.click();
    else if (control.tagName === "SELECT") fill(control, control.options[(control.selectedIndex + 1) % control.options.length].value);
    else fill(control, String(far === Number(control.value) ? 0 : far));
    await drawn();
    if (JSON.stringify(state) === before[0] || (view.id !== "gan" && picture() === before[1])) found.push(control.id || control.dataset.key);
  }
  return found;
}
// What the page makes of a link.
function followed(hash) {
  location.hash = hash; readLink(); render(); draw();
  return { ...state, "a.margin": given(LOSSES[state.a], "a").margin };
}
async function everyView(f) {
  const out = {};
  for (const tab of document.querySelectorAll("[role=tab]")) { tab.click(); await drawn(); out[tab.dataset.view] = await f($(tab.dataset.view)); }
  return out;
}
// Each loss everywhere, with all of its controls at several places.
function everyLoss(panels, xs) {
  return Object.fromEntries(Object.entries(LOSSES).map(([name, entry]) => {
    state = { ...BEGIN, a: name, b: name };
    for (const view of ["dirac", "gan", "losses"]) { state.view = view; gan.begin(); render(); draw(); }
    train(3);
    for (const control of document.querySelectorAll("#controls-a input[type=range]")) {
      for (const at of [0, 0.3, 0.6, 1]) { fill(control, String(Math.round(at * control.max))); draw(); }
    }
    for (const control of document.querySelectorAll("#controls-a input[type=checkbox]")) { control.click(); draw(); }
    return [name, panels.map((panel) => curve(entry, defaults(entry), ...panel, xs))];
  }));
}
