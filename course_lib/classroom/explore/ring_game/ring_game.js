// The game of a GAN on a plane, as it was recorded in training: played back, nothing is computed anew.

const SIZE = 840; // pixels of the picture: twice what is shown, for sharp points
const FINE = 280; // of the discriminator's surface
const BANDS = 12;
const PACE = 150; // milliseconds from frame to frame

// The colour of every level of probability from 0 (fake) to 255 (real), as a canvas keeps a pixel, in BANDS of one
// colour: between the two palest ones lies the border where the discriminator changes its mind.
function palette({ says_fake, unsure, says_real }) {
  const [fake, middle, real] = [says_fake, unsure, says_real].map((hex) =>
    [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)),
  );
  return Array.from({ length: 256 }, (_, level) => {
    const sure = (2 * Math.floor((level * BANDS) / 255.01)) / (BANDS - 1) - 1;
    const mixed = middle.map((value, part) => value + Math.abs(sure) * ((sure < 0 ? fake : real)[part] - value));
    const [red, green, blue] = mixed.map(Math.round);
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
}

function render({ model, el }) {
  const texts = ownTexts(model, "game_");
  const page = speaker(model.get("language"));
  const runs = model.get("runs");
  const [side, modes, colours, surfaces] = ["side", "modes", "colours", "surfaces"].map((key) => model.get(key));
  const bands = palette(colours);
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
  const canvas = make("canvas", plate, { width: SIZE, height: SIZE });
  named(canvas, "img", page.spoken(texts.picture));
  const context = canvas.getContext("2d");
  const legend = make("div", plate, { className: "course-legend" });
  const { real: dark, made: brown, says_fake, unsure, says_real } = colours;
  const signs = { real: ["faint", dark], made: ["full", brown], edge: ["half", brown], pull: ["arrow", "none"] };
  for (const [key, [sign, colour]] of Object.entries(signs)) {
    const line = make("div", legend, { className: "course-entry" });
    make("span", line, { className: `course-sign course-${sign}` }).style.setProperty("--colour", colour);
    page.say(line, texts[key]);
  }
  const scale = make("div", legend);
  page.say(scale, texts.says_fake);
  make("span", scale, { className: "course-scale" }).style.background =
    `linear-gradient(90deg, ${says_fake}, ${unsure}, ${says_real})`;
  page.say(scale, texts.says_real);

  const shown = { run: 0, frame: 0, surface: true, arrows: true };
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
  const layers = ["surface", "arrows"];
  const toggles = choices(controls, page, texts.show, layers.map((key) => saying(texts[key])), (number) => {
    shown[layers[number]] = !shown[layers[number]];
    show(shown.frame);
  });

  // Grey levels, enlarged smoothly by the browser, and only then cut into bands.
  const [small, fine] = [side, FINE].map((size) => {
    const ground = Object.assign(document.createElement("canvas"), { width: size, height: size });
    return ground.getContext("2d", { willReadFrequently: true });
  });
  function drawSurface(frame) {
    const cells = small.createImageData(side, side);
    for (let cell = 0; cell < side * side; cell++) {
      const level = surfaces.getUint8(frame * side * side + cell);
      cells.data.set([level, level, level, 255], 4 * cell);
    }
    small.putImageData(cells, 0, 0);
    fine.drawImage(small.canvas, 0, 0, FINE, FINE);
    const ground = fine.getImageData(0, 0, FINE, FINE);
    const pixels = new Uint32Array(ground.data.buffer);
    pixels.forEach((grey, at) => (pixels[at] = bands[grey & 255]));
    fine.putImageData(ground, 0, 0);
    context.drawImage(fine.canvas, 0, 0, SIZE, SIZE);
  }
  function drawPoint([x, y], radius, colour) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }
  function drawArrow([x, y], [right, up]) {
    const length = Math.hypot(right, up);
    if (length < 2) return; // no more than a blot
    context.moveTo(x, y);
    context.lineTo(x + right, y - up);
    const [h, v] = [right, up].map((part) => (part * Math.min(9, 0.5 * length)) / length);
    for (const bend of [-0.5, 0.5]) {
      context.moveTo(x + right, y - up);
      context.lineTo(x + right - h + bend * v, y - up + v + bend * h);
    }
  }
  function draw(frame) {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, SIZE, SIZE);
    if (shown.surface) drawSurface(frame);
    context.globalAlpha = 0.35;
    for (const point of real) drawPoint(point, 5, dark);
    context.globalAlpha = 1;
    const made = points.slice(frame * count, (frame + 1) * count);
    if (shown.arrows) {
      context.beginPath();
      made.forEach((point, row) => drawArrow(point, arrows[frame * count + row]));
      Object.assign(context, { lineWidth: 2.5, strokeStyle: "#111" });
      context.stroke();
    }
    for (const point of made) {
      drawPoint(point, 8.5, "#fff"); // a white rim, so that each is seen on any ground
      drawPoint(point, 7, brown);
    }
  }

  function show(frame) {
    shown.frame = frame;
    bar.set(frame);
    mark(shown.run);
    layers.forEach((key, number) => toggles.row.children[number].setAttribute("aria-pressed", shown[key]));
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
