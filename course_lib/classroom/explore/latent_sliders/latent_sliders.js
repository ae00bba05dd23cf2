// Sliders along the main directions of a code; the decoder runs here, in the browser, with or without a kernel.

function render({ model, el }) {
  const texts = model.get("texts");
  const page = speaker(model.get("language"));
  const starts = model.get("starts");
  const axes = model.get("axes");
  const [decoder] = unpack(model.get("networks"), model.get("weights"));

  const box = named(make("div", el, { className: "course-explorer" }), "group", page.spoken(texts.explorer));
  const decoded = picture(box, model.get("side"), page.spoken(texts.decoded));
  const controls = make("div", box, { className: "course-controls" });
  const names = model.get("names").map(written);
  const { mark } = choices(controls, page, texts.start_digit, names, choose);
  const moves = axes.map(() => 0);
  const range = { digits: 1, min: -3, max: 3, step: 0.1, value: 0 };
  const sliders = axes.map((_, number) =>
    slider(controls, page, texts.direction, { ...range, suffix: ` ${number + 1}` }, (value) => {
      moves[number] = value;
      update();
    }),
  );

  let start = 0;
  function update() {
    const code = starts[start].map((value, place) =>
      axes.reduce((sum, axis, number) => sum + axis[place] * moves[number], value),
    );
    decoded.draw(forward(decoder, code));
  }
  function reset() {
    moves.fill(0);
    sliders.forEach(({ set }) => set(0));
    update();
  }
  function choose(number) {
    start = number;
    mark(number);
    reset();
  }
  button(controls, (element) => page.say(element, texts.reset), reset).className = "course-reset";
  choose(0);
}

export default { render };
