// Three-number codes as a cloud of digits in space, turned by hand.

const SIZE = 840; // pixels of the canvas: twice what is shown, for sharp digits
const RADIUS = 370; // of the cloud: what comes nearest to the eye still fits
const EYE = 3; // how far away the eye is, where the farthest code is 1 from the middle
const START = { turn: 30, tilt: 20 };
const SPEED = 12; // degrees in a second

// First around the third axis, which points up, then towards the eye; `near` is how much closer to the eye it comes.
function project([a, b, c], { turn, tilt }) {
  const [around, over] = [turn, tilt].map((degrees) => (degrees * Math.PI) / 180);
  const back = a * Math.sin(around) + b * Math.cos(around);
  const near = c * Math.sin(over) - back * Math.cos(over);
  const zoom = (RADIUS * EYE) / (EYE - near);
  const right = a * Math.cos(around) - b * Math.sin(around);
  const up = c * Math.cos(over) + back * Math.sin(over);
  return { x: SIZE / 2 + zoom * right, y: SIZE / 2 - zoom * up, near };
}

function render({ model, el }) {
  const texts = model.get("texts");
  const page = speaker(model.get("language"));
  const [low, high] = [model.get("low"), model.get("high")];
  const middle = low.map((least, axis) => (least + high[axis]) / 2);
  const codes = points(model).map((code) => code.map((value, axis) => value - middle[axis]));
  const radius = Math.max(...codes.map((code) => Math.hypot(...code)), 1e-12);
  const cloud = codes.map((code) => code.map((value) => value / radius)); // one scale for all axes: distances stay true
  // Of each axis: where it begins, where it ends, and where its name is written.
  const axes = high.map((most, axis) =>
    [-1, 1, 1.12].map((way) => low.map((least, other) => (other === axis ? (way * (most - least)) / 2 / radius : 0))),
  );

  const box = named(make("div", el, { className: "course-explorer" }), "group", page.spoken(texts.turn_explorer));
  const { canvas, context, clear, line } = paper(box, page.spoken(texts.turn_cloud), SIZE);
  canvas.classList.add("course-turned");
  const controls = make("div", box, { className: "course-controls" });
  const range = { suffix: " (°)", digits: 0, step: 1, value: 0 };
  const angle = (key, limit, moved) =>
    slider(controls, page, texts[key], { ...range, min: -limit, max: limit }, moved);
  const sliders = {
    turn: angle("turn_turn", 180, (value) => look(value, view.tilt)),
    tilt: angle("turn_tilt", 90, (value) => look(view.turn, value)),
  };
  const row = make("div", controls, { className: "course-row" });

  const view = { ...START };
  function update() {
    clear();
    const ends = axes.map((axis) => axis.map((place) => project(place, view)));
    for (const [from, to] of ends) line(from.x, from.y, to.x, to.y, 2, "#777");
    const draw = signs(model, context);
    const placed = cloud.map((place, number) => ({ number, ...project(place, view) })).sort((a, b) => a.near - b.near);
    for (const { number, x, y, near } of placed) {
      context.globalAlpha = 0.75 + 0.25 * near; // farther ones fade
      draw(number, x, y, Math.round(21 + 9 * near));
    }
    context.globalAlpha = 1;
    Object.assign(context, { font: 'italic 600 28px "DejaVu Serif", Georgia, serif', fillStyle: "#333" });
    Object.assign(context, { lineWidth: 8, strokeStyle: "#fff" });
    ends.forEach(([, , { x, y }], axis) => {
      context.strokeText(`h${"₁₂₃"[axis]}`, x, y); // white around it, so that it is read among the digits
      context.fillText(`h${"₁₂₃"[axis]}`, x, y);
    });
  }
  function look(turn, tilt) {
    view.turn = ((((turn + 180) % 360) + 360) % 360) - 180;
    view.tilt = Math.min(Math.max(tilt, -90), 90);
    sliders.turn.set(view.turn);
    sliders.tilt.set(view.tilt);
    update();
  }

  let frame = 0;
  const slowly = button(row, (element) => page.say(element, texts.turn_slowly), () => (frame ? stop() : play()));
  function stop() {
    cancelAnimationFrame(frame);
    frame = 0;
    slowly.setAttribute("aria-pressed", "false");
  }
  function play() {
    let before = performance.now();
    const step = (now) => {
      look(view.turn + (SPEED * (now - before)) / 1000, view.tilt);
      before = now;
      frame = requestAnimationFrame(step);
    };
    slowly.setAttribute("aria-pressed", "true");
    frame = requestAnimationFrame(step);
  }
  // Who asked the system for less motion gets none that runs by itself; hand, keys and sliders still turn the cloud.
  slowly.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
  button(row, (element) => page.say(element, texts.reset), () => {
    stop();
    look(START.turn, START.tilt);
  });

  let last = null;
  dragged(canvas, ([x, y], first) => {
    stop();
    if (!first) look(view.turn + (x - last[0]) / 4, view.tilt + (y - last[1]) / 4);
    last = [x, y];
  });
  steered(canvas, (right, up) => {
    stop();
    look(view.turn + 5 * right, view.tilt - 5 * up);
  });
  stop();
  look(START.turn, START.tilt);
  return stop; // so that nothing turns on after the widget has left the page
}

export default { render };
