// The game of a GAN on a plane, as it was recorded in training: played back, nothing is computed anew.

const PACE = 150; // milliseconds from frame to frame

function render({ model, el }) {
  const texts = ownTexts(model, "game_");
  const page = speaker(model.get("language"));
  const runs = model.get("runs");
  const [side, modes, colours] = ["side", "modes", "colours"].map((key) => model.get(key));
  const surfaces = bytesOf(model.get("surfaces"));
  const framesBefore = (run) => runs.slice(0, run).reduce((sum, { frames }) => sum + frames.length, 0);
  const pairs = (key, number) => {
    const view = model.get(key); // x and y in turn, a byte each
    return Array.from({ length: view.byteLength / 2 }, (_, row) => [number(view, 2 * row), number(view, 2 * row + 1)]);
  };
  const place = (view, at) => (SIZE * view.getUint8(at)) / 255;
  const [real, points] = ["real", "points"].map((key) => pairs(key, place).map(([x, up]) => [x, SIZE - up]));
  const longest = SIZE * model.get("longest");
  const arrows = pairs("arrows", (view, at) => (longest * view.getInt8(at)) / 127);
  const count = points.length / framesBefore(runs.length); // in a frame

  const box = named(make("div", el, { className: "course-explorer" }), "group", page.spoken(texts.explorer));
  const plate = make("div", box, { className: "course-plate" });
  const board = plane(plate, page, texts, colours, side);
  legend(plate, page, texts, colours);

  const shown = { run: 0, frame: 0 };
  const last = () => runs[shown.run].frames.length - 1;

  const controls = make("div", box, { className: "course-controls" });
  const row = make("div", controls, { className: "course-row course-player" });
  const player = button(row, () => {}, () => (timer ? pause() : start()));
  // Who asked the system for less motion gets none that runs by itself; the slider goes through the same frames.
  player.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const range = { told: (frame) => String(runs[shown.run].frames[frame][0]), min: 0, max: last(), step: 1, value: 0 };
  const bar = slider(row, page, texts.step, range, (frame) => {
    stop();
    show(frame);
  });

  const status = make("div", controls, { className: "course-status" });
  status.setAttribute("role", "status");
  status.setAttribute("aria-atomic", "true");
  const tell = Object.fromEntries(
    ["step", "real_right", "fake_right", "covered"].map((key) => {
      const line = make("div", status);
      page.say(make("span", line), texts[key]);
      const value = make("span", line, { className: "course-value" });
      return [key, (said) => (value.textContent = said)];
    }),
  );

  const saying = (said) => (element) => page.say(element, said);
  const names = runs.map(({ name }) => saying(name));
  const choose = (number) => {
    shown.run = number;
    bar.input.max = last();
    show(Math.min(shown.frame, last()));
  };
  const { mark } = names.length > 1 ? choices(controls, page, texts.run, names, choose) : { mark() {} };
  const layer = layers(controls, page, texts, () => show(shown.frame));

  function draw(frame) {
    const own = (all) => all.slice(frame * count, (frame + 1) * count);
    const surface = layer.surface && surfaces.subarray(frame * side * side, (frame + 1) * side * side);
    board.draw({ surface, real, made: own(points), arrows: layer.arrows && own(arrows) });
  }

  function show(frame) {
    shown.frame = frame;
    bar.set(frame);
    mark(shown.run);
    const [step, onReal, onFake, covered] = runs[shown.run].frames[frame];
    tell.step(`${step}/${runs[shown.run].frames.at(-1)[0]}`);
    tell.real_right(`${Math.round(100 * onReal)} %`);
    tell.fake_right(`${Math.round(100 * onFake)} %`);
    tell.covered(`${covered}/${modes}`);
    draw(framesBefore(shown.run) + frame);
  }

  let timer = 0;
  function label() {
    player.replaceChildren();
    make("span", player, { textContent: timer ? "⏸ " : "▶ ", ariaHidden: "true" });
    page.say(player, timer ? texts.pause : texts.play);
    status.setAttribute("aria-live", timer ? "off" : "polite"); // a screen reader hears where it stopped
  }
  function start() {
    if (shown.frame === last()) show(0);
    timer = setInterval(() => (shown.frame < last() ? show(shown.frame + 1) : pause()), PACE);
    label();
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    label();
  }
  function pause() {
    stop();
    show(shown.frame); // said once more, now that it is heard
  }
  stop();
  show(0);
  return stop; // so that nothing plays on after the widget has left the page
}

export default { render };
