// Between two digits: the decoder follows the mixed code, and beside it the pixels themselves are mixed.

const subscript = (number) => [...String(number)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");

function render({ model, el }) {
  const texts = model.get("texts");
  const page = speaker(model.get("language"));
  const side = model.get("side");
  const [decoder] = unpack(model.get("networks"), model.get("weights"));
  const used = model.get("used"); // the decoder knows only these pixels; all others stay black
  const codes = model.get("codes");
  const originals = images(model.get("images"), side);
  const strongest = model.get("strongest");

  const box = named(make("div", el, { className: "course-explorer" }), "group", page.spoken(texts.path_explorer));
  const controls = make("div", box, { className: "course-controls" });
  const chosen = { ends: [0, 1], share: 0.5, offsets: strongest.map(() => 0) };
  const rows = ["from", "to"].map((key, end) =>
    choices(controls, page, texts[`path_${key}`], model.get("names").map(written), (number) => {
      chosen.ends[end] = number;
      update();
    }),
  );
  const range = { digits: 2, min: 0, max: 1, step: 0.05, value: chosen.share };
  slider(controls, page, texts.path_share, range, (value) => {
    chosen.share = value;
    update();
  });

  const shelf = make("div", box, { className: "course-shelf" });
  const [showFirst, showLatent, showPixels, showSecond] = ["first", "latent", "pixels", "second"].map((key) => {
    const figure = make("figure", shelf);
    const { draw } = picture(figure, side, page.spoken(texts[`path_${key}`]));
    page.say(make("figcaption", figure), texts[`path_${key}`]);
    return draw;
  });

  const more = named(make("div", box, { className: "course-controls" }), "group", page.spoken(texts.path_add));
  page.say(make("div", more), texts.path_add);
  const sliders = strongest.map((place, number) => {
    const suffix = ` ${place + 1} (z${subscript(place + 1)})`; // counted from 1, as a student counts
    const limits = { suffix, digits: 1, min: -3, max: 3, step: 0.1, value: 0 };
    return slider(more, page, texts.path_number, limits, (value) => {
      chosen.offsets[number] = value;
      update();
    });
  });
  button(more, (element) => page.say(element, texts.path_reset), () => {
    chosen.offsets.fill(0);
    sliders.forEach(({ set }) => set(0));
    update();
  }).className = "course-reset";

  const mix = (first, second) => first.map((value, n) => (1 - chosen.share) * value + chosen.share * second[n]);
  function update() {
    rows.forEach(({ mark }, end) => mark(chosen.ends[end]));
    const [first, second] = chosen.ends.map((number) => originals[number]);
    const code = mix(...chosen.ends.map((number) => codes[number]));
    strongest.forEach((place, number) => (code[place] += chosen.offsets[number]));
    const decoded = new Float32Array(side * side);
    forward(decoder, code).forEach((value, n) => (decoded[used[n]] = value));
    showFirst(first);
    showLatent(decoded);
    showPixels(mix(first, second));
    showSecond(second);
  }
  update();
}

export default { render };
