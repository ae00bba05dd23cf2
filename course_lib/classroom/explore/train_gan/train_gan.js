// The room of the GAN: the contest on the plane moves while it trains, on a shape that the visitor may draw.

const RATES = [0, 0.001, 0.002, 0.004, 0.008, 0.016]; // the sliders go through them
const PLACES = 64; // of a drawing: two bytes each, and a link can carry them
const DRAWING = /^([\w-]{171})?$/; // 2 · PLACES bytes as base64url, or none yet
const STEP = SIZE / 40; // of the pen, when an arrow key moves it
const LATE = 200; // steps from which on a collapse is no mere beginning

// Places along strokes, all equally far apart; [x, y] in pixels.
function along(strokes, count) {
  const pieces = strokes.flatMap((stroke) => stroke.map(([x, y], n) => [stroke[n - 1] ?? [x - 1, y], [x, y]]));
  const lengths = pieces.map(([from, to]) => Math.hypot(to[0] - from[0], to[1] - from[1]));
  const length = lengths.reduce((sum, one) => sum + one, 0);
  let [piece, passed] = [0, 0];
  return Array.from({ length: count }, (_, n) => {
    const goal = (length * (n + 0.5)) / count;
    while (passed + lengths[piece] < goal) passed += lengths[piece++];
    const share = (goal - passed) / lengths[piece];
    const [from, to] = pieces[piece];
    return from.map((value, axis) => value + share * (to[axis] - value));
  });
}

// Bytes as text that a link carries as it is, and back.
const linked = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const unlinked = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

const told = (n) => (RATES[n] ? `${1000 * RATES[n]}e-3` : "0");
// In whole per cent, as the page shows them and the tasks count them.
const whole = (share) => Math.round(100 * share);
const percent = (share) => (Number.isNaN(share) ? "–" : `${whole(share)} %`);

function render({ model, el }) {
  const [side, reach, longest, near] = ["side", "reach", "longest", "near"].map((key) => model.get(key));
  const names = [...model.get("shapes").map(([name]) => name), "own"];
  const game = ownTexts(model, "game_");
  let [board, layer, hint, clear, mark, last] = [];
  let strokes = []; // of the drawing that goes on
  let down = false; // while a finger is down
  let pen = null; // where the arrow keys have taken it
  let collapsed = null; // the learning rates at which this run first did

  // From a byte to a coordinate, and from coordinates to pixels; a point beyond the edge is drawn on it.
  const places = (bytes) => Float32Array.from(bytes, (byte) => reach * ((2 * byte) / 255 - 1));
  const pixels = (points) =>
    Array.from({ length: points.length / 2 }, (_, row) => {
      const [x, up] = [points[2 * row], points[2 * row + 1]];
      const far = Math.max(Math.abs(x), Math.abs(up), reach);
      return [(SIZE / 2) * (1 + x / far), (SIZE / 2) * (1 - up / far)];
    });
  const arrow = (parts, row) => [0, 1].map((axis) => (SIZE * parts[2 * row + axis]) / (2 * reach));

  function draw() {
    if (!last) return;
    const made = pixels(last.made);
    const arrows = layer.arrows && made.map((_, row) => arrow(last.arrows, row));
    board.draw({ surface: layer.surface && last.surface, real: pixels(last.real), made, arrows });
    if (down) trace(board.context, strokes, 12, model.get("colours").real);
  }

  // A drawing goes on until it has been trained on; the stroke after that begins a new one.
  function begin() {
    if (last.steps) strokes = [];
    strokes.push([]);
  }
  function finish() {
    const bytes = along(strokes, PLACES).flatMap(([x, y]) => [x / SIZE, 1 - y / SIZE].map((share) => 255 * share));
    room.settings.drawing = linked(Uint8ClampedArray.from(bytes));
    room.reset();
  }
  function choose(shape) {
    const own = shape === "own";
    mark(names.indexOf(shape));
    hint.hidden = !own;
    clear.hidden = !own;
    board.canvas.className = own ? "course-drawn" : "";
    board.canvas.setAttribute("role", own ? "application" : "img"); // the arrow keys belong to a pen
    if (own) board.canvas.tabIndex = 0;
    else board.canvas.removeAttribute("tabindex");
  }

  const rate = (value) => ({ min: 0, max: RATES.length - 1, step: 1, value, live: true, told });
  const room = workshop(
    { model, el },
    {
      sliders: { d_lr: rate(4), g_lr: rate(2) },
      settings: {
        shape: ["ring", (text) => names.includes(text)],
        drawing: ["", (text) => text !== null && DRAWING.test(text)],
      },
      numbers: {
        steps: ({ steps }) => String(steps),
        covered: ({ covered }) => percent(covered),
        good: ({ good }) => percent(good),
        game_real_right: ({ real_right }) => percent(real_right),
        game_fake_right: ({ fake_right }) => percent(fake_right),
        speed: ({ speed }) => String(Math.round(speed)),
      },
      tasks: {
        ring: ({ covered, good }, { shape }) => shape === "ring" && whole(covered) >= 90 && whole(good) >= 60,
        collapse: () => collapsed !== null,
        cure: ({ covered }, { d_lr, g_lr }) =>
          collapsed !== null && (d_lr !== collapsed.d_lr || g_lr !== collapsed.g_lr) && whole(covered) >= 75,
        own: ({ covered, good }, { shape }) => shape === "own" && whole(covered) >= 80 && whole(good) >= 60,
      },
      ready: ({ shape, drawing }) => shape !== "own" || drawing !== "",
      code: ({ d_lr, g_lr }) => `def network(out):
    return nn.Sequential(nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, out))
G, D = network(2), network(1)
opt_G = Adam(G.parameters(), lr=${told(g_lr)}, betas=(0.5, 0.99))
opt_D = Adam(D.parameters(), lr=${told(d_lr)}, betas=(0.5, 0.99))
criterion, ones, zeros = nn.BCEWithLogitsLoss(), torch.ones(64, 1), torch.zeros(64, 1)
for step in range(steps):
    real = points[torch.randint(len(points), (64,))]
    fake = G(torch.randn(64, 2))
    loss_D = criterion(D(real), ones) + criterion(D(fake.detach()), zeros)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    loss_G = criterion(D(fake), ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()`,
      sent: ({ shape, drawing, d_lr, g_lr, seed }) => ({
        shape,
        places: places(unlinked(drawing)),
        d_lr: RATES[d_lr],
        g_lr: RATES[g_lr],
        seed,
      }),
      above(parent, page, texts) {
        const saying = (key) => (element) => page.say(element, texts[key]);
        ({ mark } = choices(parent, page, texts.shape, names.map(saying), (number) => {
          room.settings.shape = names[number];
          choose(names[number]);
          room.reset();
        }));
        board = plane(make("div", parent, { className: "course-plate" }), page, game, model.get("colours"), side);
        hint = make("div", parent, { className: "course-note" });
        page.say(hint, texts.draw);
        clear = button(parent, saying("clear"), () => {
          strokes = [];
          pen = null;
          room.settings.drawing = "";
          room.reset();
        });
        clear.className = "course-reset";
        dragged(
          board.canvas,
          (place, first) => {
            if (!last || room.settings.shape !== "own") return;
            if (first) begin();
            down = true;
            strokes.at(-1).push(place);
            draw();
          },
          () => {
            if (!down) return;
            down = false;
            finish();
          },
        );
        steered(board.canvas, (right, up) => {
          if (!last || room.settings.shape !== "own") return;
          const [x, y] = pen ?? [SIZE / 2, SIZE / 2];
          if (pen === null || last.steps) begin();
          pen = [x + STEP * right, y - STEP * up].map((value) => Math.min(Math.max(value, 0), SIZE));
          strokes.at(-1).push(pen);
          finish();
        });
      },
      after(parent, page) {
        layer = layers(parent, page, game, draw);
        legend(make("div", parent, { className: "course-plate" }), page, game, model.get("colours"));
      },
      data() {
        const points = places(bytesOf(model.get("points")));
        let at = 0;
        const shapes = model.get("shapes").map(([name, count]) => [
          name,
          points.subarray(2 * at, 2 * (at += count)),
        ]);
        return { shapes: Object.fromEntries(shapes), side, reach, longest, near };
      },
      restarted() {
        collapsed = null;
        if (last) last.steps = 0; // a stroke that comes before the worker's report belongs to the same drawing
      },
      draw(report, { d_lr, g_lr }) {
        last = report;
        if (report.steps >= LATE && whole(report.covered) < 30) collapsed ??= { d_lr, g_lr };
        draw();
      },
    },
  );
  choose(room.settings.shape);
  return room.leave;
}

export default { render };
