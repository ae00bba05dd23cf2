// A generator of kolam in the browser: it draws one eighth, and a table says for every pixel which number it takes.

const GROUNDS = { clay: ["#8a3b1e", "#fff6e6"], night: ["#10243f", "#ffd35c"], paper: ["#ffffff", "#1a1a1a"] };

function render({ model, el }) {
  const texts = ownTexts(model, "rangoli_");
  const page = speaker(model.get("language"));
  const side = model.get("side");
  const starts = model.get("starts");
  const [generator] = unpack(model.get("networks"), model.get("weights"));
  const view = model.get("table");
  const table = Array.from({ length: side * side }, (_, n) => view.getUint16(2 * n, true));

  const box = named(make("div", el, { className: "course-explorer" }), "group", page.spoken(texts.explorer));
  const figure = make("div", box);
  const { canvas } = picture(figure, side, page.spoken(texts.picture));
  canvas.className = "course-kolam";
  const context = canvas.getContext("2d");
  const controls = make("div", box, { className: "course-controls" });
  const range = { digits: 1, min: -2.5, max: 2.5, step: 0.1, value: 0 };
  const sliders = Array.from({ length: model.get("sliders") }, (_, axis) =>
    slider(controls, page, texts.number, { ...range, suffix: ` ${axis + 1}` }, (value) => {
      code[axis] = value;
      draw();
    }),
  );
  const first = choices(controls, page, texts.start, model.get("names").map(written), (number) => begin(starts[number], number));
  button(controls, (element) => page.say(element, texts.new), () => begin(starts[0].map(normal), -1)).className = "course-reset";
  const keys = Object.keys(GROUNDS);
  const grounds = choices(controls, page, texts.ground, keys.map((key) => (element) => page.say(element, texts[key])), (number) => {
    ground = keys[number];
    draw();
  });

  // A number from N(0, 1), after Box and Muller.
  function normal() {
    return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  }
  let ground = keys[0];
  let code = [];
  function begin(from, number) {
    code = from.slice();
    first.mark(number);
    sliders.forEach(({ set }, axis) => set(code[axis]));
    draw();
  }
  function draw() {
    const numbers = forward(generator, code);
    const [low, high] = GROUNDS[ground].map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
    const image = context.createImageData(side, side);
    table.forEach((number, place) => {
      const ink = Math.min(Math.max((numbers[number] + 1) / 2, 0), 1);
      image.data.set([...low.map((value, part) => Math.round(value + ink * (high[part] - value))), 255], 4 * place);
    });
    context.putImageData(image, 0, 0);
    grounds.mark(keys.indexOf(ground));
    canvas.dataset.code = code.join(" ");
  }
  begin(starts[0], 0);
}

export default { render };
