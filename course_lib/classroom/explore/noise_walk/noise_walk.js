// From noise to a picture: a recorded way of codes, which the decoder draws here, in the browser.

const PACE = 300; // milliseconds from one time to the next

function render({ model, el }) {
  const texts = ownTexts(model, "noise_walk_");
  const page = speaker(model.get("language"));
  const [side, noise, used] = ["side", "noise", "used"].map((key) => model.get(key));
  const [decoder, [codes]] = unpack(model.get("networks"), model.get("weights"));
  const count = codes.outputs / noise.length / 2; // samples; of all first what is noisy, then what is taken for clean
  const last = noise.length - 1;

  const box = named(make("div", el, { className: "course-explorer" }), "group", page.spoken(texts.noise_walk));
  const pair = make("div", box, { className: "course-twins" });
  const pictures = ["noisy", "clean"].map((key) => {
    const figure = make("figure", pair);
    const { draw } = picture(figure, side, page.spoken(texts[key]));
    page.say(make("figcaption", figure), texts[key]);
    return draw;
  });

  const shown = { sample: 0, time: 0 };
  const controls = make("div", box, { className: "course-controls course-level" });
  const told = (time) => `${(100 * noise[time]).toFixed(1)} %`;
  const bar = slider(controls, page, texts.level, { told, min: 0, max: last, step: 1, value: 0 }, (time) => {
    stop(); // whoever moves it wants to look
    show(time);
  });
  const player = button(controls, () => {}, () => (timer ? stop() : start()));
  player.className = "course-reset";
  // Who asked the system for less motion gets none that runs by itself; the slider goes the same way.
  player.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const names = Array.from({ length: count }, (_, sample) => written(sample + 1));
  const { mark } = choices(controls, page, texts.sample, names, (sample) => {
    shown.sample = sample;
    show(shown.time);
  });

  function show(time) {
    shown.time = time;
    bar.set(time);
    mark(shown.sample);
    pictures.forEach((draw, kind) => {
      const row = (kind * count + shown.sample) * noise.length + time;
      const drawn = new Float32Array(side * side); // the decoder knows only some pixels; all others stay black
      const code = codes.weights.subarray(row * codes.inputs, (row + 1) * codes.inputs);
      forward(decoder, code).forEach((value, n) => (drawn[used[n]] = value));
      draw(drawn);
    });
  }

  let timer = 0;
  function label() {
    player.replaceChildren();
    make("span", player, { textContent: timer ? "⏸ " : "▶ ", ariaHidden: "true" });
    page.say(player, timer ? texts.game_pause : texts.game_play);
  }
  function start() {
    if (shown.time === last) show(0);
    timer = setInterval(() => (shown.time < last ? show(shown.time + 1) : stop()), PACE);
    label();
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    label();
  }
  stop();
  show(0);
  return stop; // so that nothing plays on after the widget has left the page
}

export default { render };
