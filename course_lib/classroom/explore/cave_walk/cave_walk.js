// A level of a game to walk in, from S to the treasure: by arrow keys, by four buttons, or by a touch beside the walker.

const CELL = 44; // pixels of the canvas for a cell
const GROUND = { rock: "#2f3a44", edge: "#46545f", floor: "#e9dcc0", seen: "#d2bd8d" };
const MOVES = { up: ["↑", 0, 1], left: ["←", -1, 0], right: ["→", 1, 0], down: ["↓", 0, -1] };

function render({ model, el }) {
  const texts = ownTexts(model, "cave_");
  const page = speaker(model.get("language"));
  const side = model.get("side");
  const levels = model.get("levels");
  const box = named(make("div", el, { className: "course-explorer" }), "group", page.spoken(texts.explorer));
  const left = make("div", box, { className: "course-cave-map" });
  const canvas = make("canvas", left, { width: side * CELL, height: side * CELL, className: "course-cave" });
  named(canvas, "img", page.spoken(texts.map));
  const context = canvas.getContext("2d");
  const right = make("div", box, { className: "course-controls" });
  page.say(make("div", right, { className: "course-note" }), texts.help);
  const { mark } = choices(right, page, texts.level, model.get("names").map(written), (number) => open(number));
  page.say(make("div", right, { className: "course-row" }), texts.move);
  const cross = named(make("div", right, { className: "course-cross" }), "group", page.spoken(texts.move));
  for (const [key, [sign, across, up]] of Object.entries(MOVES)) {
    const one = button(cross, written(sign), () => step(across, up));
    one.setAttribute("aria-label", page.spoken(texts[key]));
    one.style.gridArea = `${2 - up} / ${2 + across}`;
  }
  const status = make("div", right, { className: "course-row" });
  page.say(status, texts.steps);
  const count = make("span", status, { className: "course-value" });
  const said = make("div", right, { className: "course-cave-said" });
  said.setAttribute("role", "status");
  button(right, (element) => page.say(element, texts.again), () => open(now.number)).className = "course-reset";

  const now = { number: 0, place: [0, 0], steps: 0, seen: new Set() };
  const free = ([row, column]) =>
    row >= 0 && column >= 0 && row < side && column < side && levels[now.number].floor[row * side + column] === 1;
  const same = (a, b) => a[0] === b[0] && a[1] === b[1];

  function open(number) {
    Object.assign(now, { number, place: levels[number].start, steps: 0, seen: new Set() });
    mark(number);
    tell("");
    draw();
  }
  function tell(key) {
    said.replaceChildren();
    if (!key) return;
    page.say(said, texts[key]);
    const { shortest } = levels[now.number];
    if (key === "found") {
      said.append(" ");
      page.say(said, shortest ? texts.shortest : texts.none);
      if (shortest) said.append(` ${shortest}`);
    }
  }
  function step(across, up) {
    const next = [now.place[0] - up, now.place[1] + across];
    if (!free(next)) return tell("rock");
    now.place = next;
    now.steps += 1;
    tell(same(next, levels[now.number].treasure) ? "found" : "");
    draw();
  }
  function disc([row, column], radius, colour, sign) {
    const [x, y] = [(column + 0.5) * CELL, (row + 0.5) * CELL];
    context.beginPath();
    context.arc(x, y, radius * CELL, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: colour, lineWidth: 3, strokeStyle: "#fff" });
    context.fill();
    context.stroke();
    Object.assign(context, { fillStyle: "#fff", textAlign: "center", textBaseline: "middle" });
    context.font = `bold ${0.5 * CELL}px "DejaVu Sans", Arial, sans-serif`;
    context.fillText(sign, x, y + 2);
  }
  function draw() {
    const { floor, start, treasure } = levels[now.number];
    now.seen.add(String(now.place));
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        const [x, y] = [column * CELL, row * CELL];
        const open = floor[row * side + column] === 1;
        context.fillStyle = open ? GROUND.edge : GROUND.rock;
        context.fillRect(x, y, CELL, CELL);
        if (!open) continue;
        context.fillStyle = now.seen.has(String([row, column])) ? GROUND.seen : GROUND.floor;
        context.fillRect(x, y, CELL - 1, CELL - 1);
      }
    disc(start, 0.34, "#0072b2", "S");
    disc(treasure, 0.38, "#b8860b", "◆");
    disc(now.place, 0.3, "#d55e00", "");
    count.textContent = String(now.steps);
    canvas.dataset.place = now.place.join(" ");
  }
  steered(canvas, step);
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const frame = canvas.getBoundingClientRect();
    const across = Math.floor(((event.clientX - frame.left) / frame.width) * side) - now.place[1];
    const up = now.place[0] - Math.floor(((event.clientY - frame.top) / frame.height) * side);
    if (across || up) Math.abs(across) > Math.abs(up) ? step(Math.sign(across), 0) : step(0, Math.sign(up));
  });
  open(0);
}

export default { render };
